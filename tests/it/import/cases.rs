//! The quirks of real exports, Q01 to Q50 of the format reference.

use gphotos_sim::takeout::cases;

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
