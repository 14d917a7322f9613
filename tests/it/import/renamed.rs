//! Parts whose names do not tell their export: however many calls they come in, once they are named together the archive is
//! what one call would have made of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use gphotos_sim::takeout::{Embedded, Export, Form, Format, Shot, TarNames, ZipStyle};

use super::exports::{one, unnamed};
use super::formats::library;
use super::halves::{Known, apart, cut_titles, known};
use super::lab::Lab;
use crate::support::{Action, Shim, keys};

const DAY: &str = "2023-06-09T10:19:47Z";

fn zip() -> Format {
    Format::Zip(ZipStyle::default())
}

/// All parts in one folder, under names that say nothing.
fn renamed(lab: &Lab, export: &Export, format: Format) -> Vec<PathBuf> {
    let folder = lab.folder();
    let parts = 0..export.parts();
    parts
        .map(|part| unnamed(&folder, export, part, format, &format!("part {part}")))
        .collect()
}

/// Everything that is known of the photos, the albums they are in, and what the newest list says of their dates.
#[derive(Debug, PartialEq)]
struct Everything {
    known: Known,
    albums: BTreeSet<(String, String)>,
    dates: BTreeSet<[String; 4]>,
}

fn everything(lab: &Lab) -> Everything {
    let rows = lab.env.archive().rows;
    let cell = |row: &crate::support::Row, name: &str| row[name].clone();
    Everything {
        known: known(lab),
        albums: lab.albums(),
        dates: rows
            .iter()
            .map(|row| ["sha256", "id", "creation_time", "albums"].map(|name| cell(row, name)))
            .collect(),
    }
}

/// The ids of the exports that are recorded.
fn records(lab: &Lab) -> Vec<String> {
    let names = fs::read_dir(lab.env.path("media_items_list")).expect("a folder");
    let names = names.map(|entry| entry.expect("an entry").file_name());
    let names = names.map(|name| name.into_string().expect("text"));
    let mut ids: Vec<String> = names
        .filter_map(|name| {
            let id = name.strip_prefix("takeout-")?.strip_suffix(".jsonl")?;
            Some(id.to_owned())
        })
        .collect();
    ids.sort();
    ids
}

#[track_caller]
fn ends_as_one_call(export: &Export, format: Format, calls: &[&[usize]]) {
    let whole = Lab::new();
    whole
        .import(&renamed(&whole, export, format), &[])
        .assert_exit(0);
    let lab = Lab::new();
    let parts = renamed(&lab, export, format);
    for call in calls {
        let parts: Vec<&PathBuf> = call.iter().map(|at| &parts[*at]).collect();
        lab.import(&parts, &[]).assert_exit(0);
    }
    assert_eq!(everything(&lab), everything(&whole), "{format:?} {calls:?}");
    assert_eq!(records(&lab).len(), 1, "{format:?} {calls:?}");
    lab.env.run(&["verify"]).assert_exit(0);
    // Nor does an index that is made anew know anything else.
    fs::remove_dir_all(lab.env.path("downloads/.gphotos-dl")).expect("removed");
    lab.import(&parts, &[]).assert_exit(0);
    let (found, expected) = (everything(&lab), everything(&whole));
    assert_eq!(
        (&found.known.1, &found.albums, &found.dates),
        (&expected.known.1, &expected.albums, &expected.dates),
        "{format:?} {calls:?}"
    );
}

#[test]
fn two_parts_that_come_one_after_the_other_are_one_export_once_they_are_named_together() {
    let mut shot = Shot::photo("IMG_1.jpg", DAY);
    "what it shows".clone_into(&mut shot.description);
    shot.embedded = Embedded::Nothing;
    for export in [
        cut_titles(false),
        cut_titles(true),
        apart(shot, "IMG_1.jpg"),
    ] {
        for calls in [
            [&[0][..], &[0, 1]].as_slice(),
            &[&[1], &[0, 1]],
            &[&[0], &[1], &[0, 1]],
            &[&[1], &[0], &[1, 0]],
        ] {
            ends_as_one_call(&export, zip(), calls);
        }
    }
    for format in [Format::Tgz(TarNames::Gnu), Format::Folder] {
        ends_as_one_call(&cut_titles(false), format, &[&[0], &[0, 1]]);
        ends_as_one_call(&cut_titles(false), format, &[&[0], &[1], &[1, 0]]);
    }
}

#[test]
fn a_library_may_come_in_overlapping_calls() {
    for calls in [
        [&[1][..], &[0, 1, 2, 3]].as_slice(),
        &[&[0], &[1], &[2], &[3], &[3, 2, 1, 0]],
        &[&[0, 1], &[2, 3], &[1, 2]],
        &[&[0], &[0, 1], &[1, 2], &[2, 3]],
    ] {
        ends_as_one_call(&library(), zip(), calls);
    }
    ends_as_one_call(&library(), Format::Folder, &[&[2, 3], &[0, 1], &[0, 3]]);
}

#[test]
fn a_part_that_was_moved_or_renamed_is_known_again() {
    for format in [zip(), Format::Tgz(TarNames::Gnu)] {
        let lab = Lab::new();
        let mut parts = renamed(&lab, &library(), format);
        lab.import(&parts, &[]).assert_exit(0);
        // A list tells only of what its own run has seen.
        let all = |lab: &Lab| (lab.set(), lab.described(), lab.albums(), records(lab));
        let (before, ids) = (all(&lab), records(&lab));
        let moved = lab.folder().join("another name");
        fs::rename(&parts[1], &moved).expect("moved");
        parts[1] = moved.clone();
        for call in [&[moved][..], &parts] {
            let run = lab.import(call, &[]).assert_exit(0).json();
            assert_eq!(run["exports"][0]["export"], ids[0], "{run:#}");
            let skipped = run["exports"][0]["already_imported"].as_array();
            assert_eq!(skipped.map(Vec::len), Some(call.len()), "{run:#}");
            assert_eq!(all(&lab), before);
        }
    }
    // A folder by where it lies, whichever way leads there.
    let lab = Lab::new();
    let part = lab.write(&library(), Format::Folder).remove(0);
    let link = lab.folder().join("link");
    let folder = part.with_file_name("extracted");
    fs::rename(&part, &folder).expect("renamed");
    std::os::unix::fs::symlink(&folder, &link).expect("a link");
    for path in [&folder, &link, &folder.join(".")] {
        lab.import(&[path], &[]).assert_exit(0);
    }
    assert_eq!(records(&lab).len(), 1);
}

/// One photo that has nothing to do with any other.
fn photo(name: &str) -> Export {
    let mut export = Export::new();
    let year = export.year(2023);
    let shot = export.add(Shot {
        form: Form::Png,
        ..Shot::photo(name, DAY)
    });
    export.media(year, name, shot);
    export.sidecar(year, &format!("{name}.json"), shot);
    export
}

fn put(folder: &Path, name: &str, export: &Export) -> PathBuf {
    unnamed(folder, export, 0, zip(), name)
}

#[test]
fn a_part_that_contradicts_a_recorded_export_is_none_of_it() {
    let (first, other) = (one("hers", 1), one("his", 2));
    let write = |lab: &Lab| {
        let folder = lab.folder();
        [
            put(&folder, "a.zip", &photo("a.png")),
            put(&folder, "c.zip", &first),
            put(&folder, "b.zip", &other),
        ]
    };
    let alone = Lab::new();
    for part in write(&alone) {
        alone.import(&[part], &[]).assert_exit(0);
    }
    let lab = Lab::new();
    let [shared, ours, theirs] = write(&lab);
    lab.import(&[&shared, &ours], &[]).assert_exit(0);
    for _ in 0..2 {
        // Together they are an export; what is recorded of one of them is another.
        lab.import(&[&shared, &theirs], &[]).assert_exit(0);
        assert_eq!(records(&lab).len(), 2);
        assert_eq!(
            (lab.set(), lab.described()),
            (alone.set(), alone.described())
        );
    }
}

#[test]
fn recorded_exports_that_contradict_each_other_are_never_made_one() {
    let mut found = Vec::new();
    for is_backwards in [false, true] {
        let lab = Lab::new();
        let folder = lab.folder();
        let ours = [
            put(&folder, "a.zip", &photo("a.png")),
            put(&folder, "c.zip", &one("hers", 1)),
        ];
        let theirs = [
            put(&folder, "b.zip", &photo("b.png")),
            put(&folder, "d.zip", &one("his", 2)),
        ];
        let mut calls = vec![ours.clone(), theirs.clone()];
        if is_backwards {
            calls.reverse();
        }
        calls.push([ours[0].clone(), theirs[0].clone()]);
        for call in calls {
            lab.import(&call, &[]).assert_exit(0);
            assert!(records(&lab).len() <= 2);
        }
        assert_eq!(records(&lab).len(), 2);
        found.push((lab.set(), lab.described()));
    }
    assert_eq!(found[0], found[1]);
    assert_eq!(found[0].0.len(), 4);
}

#[test]
fn another_export_in_the_place_of_a_former_one_is_another_one() {
    let lab = Lab::new();
    let folder = lab.folder();
    for (export, count) in [(one("hers", 1), 1), (one("his", 2), 2), (one("its", 3), 3)] {
        let path = put(&folder, "photos.zip", &export);
        lab.import(&[&path], &[]).assert_exit(0);
        lab.import(&[&path], &[]).assert_exit(0);
        assert_eq!((records(&lab).len(), lab.set().len()), (count, count));
    }
    assert_eq!(lab.described().len(), 3);
    // The same part in the same place, whole at last, is what it was.
    let lab = Lab::new();
    let path = renamed(&lab, &library(), zip()).remove(0);
    let bytes = fs::read(&path).expect("read");
    fs::write(&path, &bytes[..bytes.len() - 40]).expect("cut");
    lab.import(&[&path], &[]).assert_exit(3);
    fs::write(&path, &bytes).expect("whole");
    lab.import(&[&path], &[]).assert_exit(0);
    assert_eq!(records(&lab).len(), 1);
    let whole = Lab::new();
    whole
        .import(&renamed(&whole, &library(), zip())[..1], &[])
        .assert_exit(0);
    assert_eq!((lab.set(), lab.albums()), (whole.set(), whole.albums()));
}

#[test]
fn parts_that_get_googles_name_back_are_the_export_of_that_name() {
    let export = library();
    let whole = Lab::new();
    whole.import(&whole.zips(&export), &[]).assert_exit(0);
    let lab = Lab::new();
    for part in renamed(&lab, &export, zip()) {
        lab.import(&[part], &[]).assert_exit(0);
    }
    assert_eq!(records(&lab).len(), 4);
    let named = lab.zips(&export);
    lab.import(&named, &[]).assert_exit(0);
    assert_eq!(everything(&lab), everything(&whole));
    assert_eq!(records(&lab), records(&whole));
    // And without it they still are.
    let renamed = renamed(&lab, &export, zip());
    let run = lab.import(&renamed[..1], &[]).assert_exit(0).json();
    assert_eq!(run["exports"][0]["export"], records(&whole)[0], "{run:#}");
    assert_eq!((lab.set(), lab.albums()), (whole.set(), whole.albums()));
    assert_eq!(records(&lab), records(&whole));
}

#[test]
fn an_import_that_is_killed_while_two_exports_become_one_is_finished_by_the_next_one() {
    let export = cut_titles(false);
    let whole = Lab::new();
    whole
        .import(&renamed(&whole, &export, zip()), &[])
        .assert_exit(0);
    let prepared = || {
        let lab = Lab::new();
        let parts = renamed(&lab, &export, zip());
        for part in &parts {
            lab.import(&[part], &[]).assert_exit(0);
        }
        (lab, parts)
    };
    let command = |lab: &Lab, parts: &[PathBuf]| {
        let parts = parts.iter().map(|part| part.to_str().expect("text"));
        let mut all = vec!["import", "--json", "--time-zone", "UTC"];
        all.extend(parts);
        lab.env.command(&all)
    };
    let (lab, parts) = prepared();
    let record = lab.folder().join("record");
    let mut run = command(&lab, &parts);
    let run = Shim::on(lab.env.root())
        .record(&record)
        .apply(&mut run)
        .spawn();
    let _ = lab.env.finish(run.expect("it starts")).assert_exit(0);
    let moments = keys(&record);
    let moments = moments
        .iter()
        .filter(|key| key.path.contains("media_items_list") && !key.path.contains("item-list"));
    let mut struck = 0;
    for key in moments {
        let (lab, parts) = prepared();
        let mark = lab.folder().join("mark");
        let shim = Shim::on(lab.env.root())
            .mark(&mark)
            .fault(key, Action::Kill);
        let mut run = command(&lab, &parts);
        let run = shim.apply(&mut run).spawn().expect("it starts");
        let _ = lab.env.finish(run);
        struck += usize::from(mark.exists());
        lab.import(&parts, &[]).assert_exit(0);
        let all = |lab: &Lab| (lab.set(), lab.described(), lab.albums());
        assert_eq!(all(&lab), all(&whole), "{key}");
        assert_eq!(records(&lab).len(), 1, "{key}");
    }
    assert!(struck > 3, "only {struck} faults struck");
}
