//! What an import says while it works: to a person, to a script, and before anything is written.

use gphotos_sim::takeout::{Export, Format, Shot, ZipStyle};
use serde_json::Value;

use super::formats::library;
use super::lab::Lab;
use crate::support::{CommandOutput, Snapshot};

fn run(lab: &Lab, export: &Export, args: &[&str]) -> CommandOutput {
    let parts = lab.write(export, Format::Zip(ZipStyle::default()));
    let mut all = vec!["import", "--time-zone", "UTC"];
    all.extend(args);
    all.extend(parts.iter().map(|part| part.to_str().expect("text")));
    lab.env.run(&all)
}

#[test]
fn what_is_read_is_said_at_once_and_what_will_be_written_before_it_is() {
    let lab = Lab::new();
    let output = run(&lab, &library(), &[]).assert_exit(0);
    assert_eq!(output.stdout, "");
    let mut lines = output.stderr.lines();
    let first = lines.next().unwrap_or_default();
    assert!(first.starts_with("part 1 of 4: reading what is in takeout-"));
    let plan = lines.next().unwrap_or_default();
    let (files, rest) = plan.split_once(" files to read, ").expect("a plan");
    let read = output.stderr.lines().filter(|line| {
        ["stored", "held already"]
            .iter()
            .any(|end| line.ends_with(end))
    });
    let read: u64 = read
        .filter_map(|line| line.split_whitespace().next()?.parse::<u64>().ok())
        .sum();
    assert_eq!(files.parse(), Ok(read), "{output}");
    assert!(rest.contains(". At most ") && rest.ends_with(" are free"));
}

#[test]
fn a_script_hears_it_as_lines_of_json_and_q_hears_nothing() {
    let lab = Lab::new();
    let output = run(&lab, &library(), &["--log-format", "json"]).assert_exit(0);
    let lines = output.stderr.lines();
    let lines: Result<Vec<Value>, _> = lines.map(serde_json::from_str).collect();
    let lines = lines.unwrap_or_else(|error| panic!("{error}: {output}"));
    let events: Vec<_> = lines
        .iter()
        .filter_map(|line| line["event"].as_str())
        .collect();
    assert_eq!(
        events[..5],
        ["indexing", "indexing", "indexing", "indexing", "importing"]
    );
    assert_eq!(
        (&lines[3]["number"], &lines[3]["of"]),
        (&4.into(), &4.into())
    );
    let needed = lines[4]["bytes_needed"].as_u64().expect("bytes");
    let bytes = lines[4]["bytes"].as_u64().expect("bytes");
    // Beside the photos, what the export says of them; and no photo twice.
    assert!(needed > 0 && needed < 2 * bytes, "{needed} of {bytes}");
    assert!(lines[4]["free_bytes"].as_u64() > Some(needed));

    let output = run(&Lab::new(), &library(), &["-q"]).assert_exit(0);
    assert_eq!(output.stderr, "");
}

#[test]
fn what_there_is_no_room_for_is_refused_with_both_numbers_and_leaves_nothing() {
    let lab = Lab::new();
    // The archive is there, and nothing of it changes.
    run(&lab, &super::albums::one_photo(), &[]).assert_exit(0);
    let before = (
        Snapshot::of_all(&lab.env.path("media_items_list")),
        Snapshot::of(&lab.env.path("downloads")),
    );
    let output = run(&lab, &library(), &["--min-free", "999T"]).assert_exit(7);
    let output = output.assert_says("files to read");
    let output = output.assert_says(" TiB are to be left free");
    assert!(!output.stderr.contains("Imported"), "{output}");
    let after = (
        Snapshot::of_all(&lab.env.path("media_items_list")),
        Snapshot::of(&lab.env.path("downloads")),
    );
    let mut changed = before.0.differences(&after.0);
    changed.extend(before.1.differences(&after.1));
    assert!(changed.is_empty(), "{changed:?}");
}

#[test]
fn a_dry_run_says_which_part_it_reads_and_prints_its_plan_alone() {
    let lab = Lab::new();
    let output = run(&lab, &library(), &["--dry-run", "--log-format", "json"]).assert_exit(0);
    assert_eq!(output.stderr.matches("\"indexing\"").count(), 4, "{output}");
    let lines = output.stdout.lines();
    assert!(lines.clone().all(|line| line.split('\t').count() == 7));
    assert!(!lab.env.path("downloads").exists());
}

#[test]
fn a_dry_run_names_the_paths_that_the_import_gives() {
    let lab = Lab::new();
    let planned = run(&lab, &library(), &["-n", "--json"])
        .assert_exit(0)
        .json();
    assert_eq!(
        (&planned["exit"], &planned["dry_run"]),
        (&0.into(), &true.into())
    );
    for number in [
        "files_to_read",
        "bytes_to_read",
        "alike",
        "bytes_needed",
        "free_bytes",
        "elapsed_seconds",
    ] {
        assert!(planned[number].is_number(), "{number}: {planned:#}");
    }
    assert!(planned["files_to_read"].as_u64() > Some(10), "{planned:#}");
    run(&lab, &library(), &[]).assert_exit(0);
    let archive = lab.env.archive();
    let files = planned["exports"][0]["files"].as_array().expect("files");
    let mut known = 0;
    for file in files {
        let Some(target) = file["target"].as_str() else {
            // Only the date in the file decides.
            assert_eq!(file["taken"], Value::Null, "{file:#}");
            continue;
        };
        known += 1;
        let stem = target.rsplit_once('.').map_or(target, |(stem, _)| stem);
        let is_there = archive.files.keys().any(|path| path.starts_with(stem));
        assert!(is_there, "{file:#}: {:#?}", archive.paths());
    }
    assert!(known > 10, "{files:#?}");
    // As a person sees it.
    let output = run(&Lab::new(), &super::albums::one_photo(), &["-n"]).assert_exit(0);
    assert!(output.stdout.contains("2023/06/"), "{output}");
    let output = output.assert_says("Dry run: nothing was changed");
    let output = output.assert_says("1 file to read, ");
    assert!(output.stderr.trim_end().ends_with(" are free"), "{output}");
}

#[test]
fn a_dry_run_names_what_is_damaged() {
    let lab = Lab::new();
    let empty = lab.put("takeout-20261101T000000Z-3-009.zip", b"");
    let mut parts = lab.zips(&library());
    parts.push(empty);
    let output = lab.import(&parts, &["-n"]).assert_exit(3);
    let planned = output.json();
    assert_eq!(planned["exit"], 3);
    let damaged = &planned["exports"][0]["damaged_parts"][0]["part"];
    assert_eq!(*damaged, "takeout-20261101T000000Z-3-009.zip");
    let _ = output.assert_says("it is empty");
}

#[test]
fn what_has_no_metadata_is_told_by_folder_and_named_in_full_for_a_script() {
    let mut export = Export::new();
    for year in 2001..2020 {
        let folder = export.year(year);
        for number in 0..5 {
            let shot = Shot::photo(&format!("P{year}_{number}.jpg"), "2023-06-09T10:19:47Z");
            let shot = export.add(shot);
            export.media(folder, &format!("P{year}_{number}.jpg"), shot);
        }
    }
    let trash = export.folder("Trash", gphotos_sim::takeout::FolderKind::Trash);
    let shot = export.add(Shot::photo("old.jpg", "2023-06-09T10:19:47Z"));
    export.media(trash, "old.jpg", shot);
    let output = run(&Lab::new(), &export, &["--json"]).assert_exit(0);
    let all = output.json();
    assert_eq!(all["exit"], 0);
    let unmatched = all["exports"][0]["unmatched_media"].as_array();
    assert_eq!(unmatched.map(Vec::len), Some(95));
    let output =
        output.assert_says("Photos from 2001: P2001_0.jpg, P2001_1.jpg, P2001_2.jpg and 2 more");
    let told = output.stderr.matches("without metadata").count();
    assert_eq!(told, 11, "{output}");
    let _ = output.assert_says("skipped: in the trash (--include-trashed keeps it)");
}

#[test]
fn a_dry_run_marks_what_is_here_and_what_comes_twice() {
    let shot = |name: &str| Shot::photo(name, "2023-06-09T10:19:47Z");
    let mut export = Export::new();
    let (year, album) = (export.year(2023), export.album("Trip"));
    for name in ["IMG_1.jpg", "IMG_2.jpg"] {
        let shot = export.add(shot(name));
        export.media(year, name, shot);
        export.sidecar(year, &format!("{name}.json"), shot);
        if name == "IMG_1.jpg" {
            export.media(album, name, shot);
        }
    }
    let undescribed = export.add(shot("IMG_3.jpg"));
    export.media(year, "IMG_3.jpg", undescribed);
    let marks = |lab: &Lab, export: &Export| -> Vec<String> {
        let output = run(lab, export, &["-n"]).assert_exit(0);
        let marked = |line: &str| {
            let cells: Vec<_> = line.split('\t').collect();
            let place = cells[4].trim_start_matches("Takeout/Google Photos/");
            format!("{} {place}", cells[6])
        };
        let mut marks: Vec<_> = output.stdout.lines().map(marked).collect();
        marks.sort();
        let json = run(lab, export, &["-n", "--json"]).assert_exit(0).json();
        let files = json["exports"][0]["files"].as_array().expect("files");
        assert_eq!(files.len(), marks.len());
        assert!(files.iter().all(|file| file["mark"].is_string()), "{json}");
        marks
    };
    let lab = Lab::new();
    assert_eq!(
        marks(&lab, &export),
        [
            "again Trip/IMG_1.jpg",
            "new Photos from 2023/IMG_1.jpg",
            "new Photos from 2023/IMG_2.jpg",
            "new Photos from 2023/IMG_3.jpg",
        ]
    );
    run(&lab, &export, &[]).assert_exit(0);
    // The next full export, which has one photo more. Of what nothing dates, only reading tells.
    "20270101T000000Z".clone_into(&mut export.stamp);
    let shot = export.add(shot("IMG_4.jpg"));
    export.media(year, "IMG_4.jpg", shot);
    export.sidecar(year, "IMG_4.jpg.json", shot);
    assert_eq!(
        marks(&lab, &export),
        [
            "? Photos from 2023/IMG_3.jpg",
            "again Trip/IMG_1.jpg",
            "here Photos from 2023/IMG_1.jpg",
            "here Photos from 2023/IMG_2.jpg",
            "new Photos from 2023/IMG_4.jpg",
        ]
    );
}
