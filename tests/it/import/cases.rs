//! The quirks of real exports, Q01 to Q50 of the format reference.

use gphotos_sim::takeout::{Export, Shot, cases, sidecar};

use super::expect::differences;
use super::lab::Lab;

#[test]
fn every_quirk_of_real_exports_is_understood() {
    let mut wrong = Vec::new();
    for case in cases::all() {
        let lab = Lab::new();
        let parts = case.exports.iter().map(|export| lab.zips(export));
        let parts: Vec<_> = parts.flatten().collect();
        let run = lab.import(&parts, &[]);
        let mut found = differences(&lab.env.archive(), &run.json(), &case.expected());
        if run.exit != 0 {
            found.push(format!("exit code {}: {}", run.exit, run.stderr));
        }
        let found: Vec<_> = found.iter().map(|what| format!("\n    {what}")).collect();
        if !found.is_empty() {
            wrong.push(format!("{}: {}{}", case.id, case.about, found.concat()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_no_number_and_no_program_can_hold_costs_nothing_else_of_a_sidecar() {
    let deep = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let mut export = Export::new();
    let year = export.year(2019);
    for (number, odd) in ["1e999".to_owned(), deep(200), deep(100_000)]
        .iter()
        .enumerate()
    {
        let name = format!("IMG_{number}.jpg");
        let mut shot = Shot::photo(&name, "2019-05-18T10:00:00Z");
        "by the sea".clone_into(&mut shot.description);
        let json = String::from_utf8(sidecar::media(&shot, false)).expect("text");
        let json = json.replacen('{', &format!(r#"{{"odd": {odd},"#), 1);
        let shot = export.add(shot);
        export.media(year, &name, shot);
        export.sidecar_holding(year, &format!("{name}.json"), shot, json);
    }
    let lab = Lab::new();
    let run = lab.import(&lab.zips(&export), &[]).assert_exit(0);
    let found = differences(&lab.env.archive(), &run.json(), &export.expected());
    assert!(found.is_empty(), "{found:#?}");
    let described = lab.described();
    assert!(
        described.iter().all(|row| row[5] == "by the sea"),
        "{described:?}"
    );
    // Nor when it is known from its record alone.
    let mut lab = lab;
    std::fs::remove_dir_all(lab.env.path("downloads/.gphotos-dl/index")).expect("removed");
    lab.env.in_hours(1);
    lab.env.run(&["verify", "--repair"]).assert_exit(0);
    assert_eq!(lab.described(), described);
}
