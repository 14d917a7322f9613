//! The same library in every form in which exports come, in any order, whole or in halves: always the same archive.

use std::path::PathBuf;

use gphotos_sim::takeout::{
    Export, Format, Library, PartNames, TarNames, ZipNames, ZipStyle, language,
};

use super::expect::differences;
use super::lab::{Lab, counted};
use crate::support::Snapshot;

/// Some of everything, over four parts: sidecars apart from their photos, copies, files without a sidecar.
pub(super) fn library() -> Export {
    let library = Library {
        seed: 11,
        items: 24,
        parts: 4,
        missing_json_percent: 8,
        repeated_percent: 10,
        ..Library::default()
    };
    library.export()
}

pub(super) const FORMS: [(&str, Format); 9] = [
    ("stored", Format::Zip(STORED)),
    (
        "deflated",
        Format::Zip(ZipStyle {
            deflated: true,
            ..STORED
        }),
    ),
    (
        "zip64",
        Format::Zip(ZipStyle {
            zip64: true,
            ..STORED
        }),
    ),
    (
        "descriptors",
        Format::Zip(ZipStyle {
            descriptors: true,
            deflated: true,
            ..STORED
        }),
    ),
    (
        "unflagged",
        Format::Zip(ZipStyle {
            names: ZipNames::Unflagged,
            ..STORED
        }),
    ),
    (
        "code page 437",
        Format::Zip(ZipStyle {
            names: ZipNames::Cp437,
            ..STORED
        }),
    ),
    ("tgz", Format::Tgz(TarNames::Gnu)),
    ("pax", Format::Tgz(TarNames::Pax)),
    ("folders", Format::Folder),
];
const STORED: ZipStyle = ZipStyle {
    deflated: false,
    zip64: false,
    descriptors: false,
    names: ZipNames::Flagged,
};

#[test]
fn every_form_of_an_export_gives_the_same_archive() {
    let export = library();
    let expected = export.expected();
    let mut first = None;
    for (form, format) in FORMS {
        let lab = Lab::new();
        let mut parts = lab.write(&export, format);
        parts.reverse();
        let run = lab.import(&parts, &[]).assert_exit(0);
        let found = differences(&lab.env.archive(), &run.json(), &expected);
        assert!(found.is_empty(), "{form}:\n  {}", found.join("\n  "));
        let held = (lab.set(), lab.albums());
        assert_eq!(first.get_or_insert(held.clone()), &held, "{form}");
    }
}

/// One part in each form, under every name that Google or a browser gives.
fn mixed(lab: &Lab, export: &Export) -> Vec<PathBuf> {
    let folder = lab.folder();
    let kinds = [
        (Format::Zip(STORED), PartNames::Numbered(3)),
        (Format::Tgz(TarNames::Gnu), PartNames::Browser),
        (Format::Folder, PartNames::Numbered(3)),
        (Format::Tgz(TarNames::Pax), PartNames::Classic),
    ];
    let parts = kinds.iter().enumerate();
    parts
        .map(|(part, (format, names))| {
            let written = export.write_part(&folder, part, *format, *names);
            written.expect("written")
        })
        .collect()
}

#[test]
fn parts_may_be_mixed_and_come_in_halves() {
    let export = library();
    let whole = Lab::new();
    whole.import(&whole.zips(&export), &[]).assert_exit(0);
    let expected = (whole.set(), whole.albums());

    let lab = Lab::new();
    let parts = mixed(&lab, &export);
    let run = lab.import(&parts, &[]).assert_exit(0);
    let found = differences(&lab.env.archive(), &run.json(), &export.expected());
    assert!(found.is_empty(), "mixed:\n  {}", found.join("\n  "));
    assert_eq!((lab.set(), lab.albums()), expected, "mixed");

    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
        let lab = Lab::new();
        let parts = mixed(&lab, &export);
        let parts = order.map(|part| parts[part].clone());
        let first = lab.import(&parts[..2], &[]);
        assert_eq!(first.exit, 0, "{order:?}: {first}");
        let held = lab.set();
        let last = lab.import(&parts[2..], &[]).assert_exit(0);
        assert_eq!((lab.set(), lab.albums()), expected, "{order:?}");
        let bytes = |held: &super::lab::Set| {
            let bytes = held.iter().map(|(_, _, sha256)| sha256.clone());
            bytes.collect::<std::collections::BTreeSet<_>>()
        };
        assert!(bytes(&held).is_subset(&bytes(&lab.set())), "{order:?}");
        let missing = &last.json()["exports"][0]["missing_parts"];
        assert_eq!(*missing, serde_json::json!([]), "{order:?}");
    }
    for part in 0..4 {
        let lab = Lab::new();
        let mut parts = lab.zips(&export);
        let late = parts.remove(part);
        let run = lab.import(&parts, &[]).assert_exit(0);
        if part < 3 {
            let missing = &run.json()["exports"][0]["missing_parts"];
            assert_eq!(*missing, serde_json::json!([part + 1]));
        }
        lab.import(&[late], &[]).assert_exit(0);
        assert_eq!((lab.set(), lab.albums()), expected, "part {part} late");
    }
}

#[test]
fn a_folder_of_parts_is_all_of_them() {
    let export = library();
    for format in [Format::Zip(STORED), Format::Folder] {
        let lab = Lab::new();
        let parts = lab.write(&export, format);
        let folder = parts[0].parent().expect("a folder");
        let run = lab.import(&[folder], &[]).assert_exit(0);
        let found = differences(&lab.env.archive(), &run.json(), &export.expected());
        assert!(found.is_empty(), "{format:?}:\n  {}", found.join("\n  "));
    }
}

#[test]
fn a_second_import_changes_nothing() {
    let export = library();
    for format in [
        Format::Zip(STORED),
        Format::Tgz(TarNames::Gnu),
        Format::Folder,
    ] {
        let lab = Lab::new();
        let parts = lab.write(&export, format);
        let first = lab.import(&parts, &[]).assert_exit(0).json();
        let (before, held) = (
            Snapshot::of(lab.env.root()),
            (lab.set(), lab.albums(), record(&lab)),
        );
        for args in [&[][..], &["--reread"]] {
            let again = lab.import(&parts, args).assert_exit(0).json();
            assert_eq!(counted(&again, "media_stored"), 0, "{format:?}");
            assert_eq!(counted(&again, "companions"), 0, "{format:?}");
            let changed = before.differences(&Snapshot::of(lab.env.root()));
            assert!(changed.is_empty(), "{format:?}: {changed:?}");
            assert_eq!(
                (&lab.set(), &lab.albums()),
                (&held.0, &held.1),
                "{format:?}"
            );
            let is_skipped = args.is_empty() && format != Format::Folder;
            let entries = counted(&again, "entries");
            let all = counted(&first, "entries");
            assert_eq!(entries, if is_skipped { 0 } else { all }, "{format:?}");
            let skipped = again["exports"][0]["already_imported"].as_array();
            assert_eq!(
                skipped.map(Vec::len),
                Some(if is_skipped { parts.len() } else { 0 })
            );
        }
        assert_eq!(record(&lab), held.2, "{format:?}: the record grows");
    }
}

/// The entries that are recorded of the one export.
fn record(lab: &Lab) -> Vec<String> {
    let list = lab
        .env
        .path("media_items_list/takeout-20261101T000000Z.jsonl");
    let text = std::fs::read_to_string(list).expect("a record");
    let entries = text.lines().filter(|line| line.contains("\"entry\""));
    let mut entries: Vec<_> = entries.map(str::to_owned).collect();
    entries.sort();
    entries
}

#[test]
fn every_language_and_style_is_understood() {
    for (seed, language) in language::LANGUAGES.iter().enumerate() {
        let library = Library {
            seed: seed as u64,
            items: 12,
            language,
            parts: 2,
            ..Library::default()
        };
        let export = library.export();
        let lab = Lab::new();
        let run = lab.import(&lab.zips(&export), &[]).assert_exit(0);
        let found = differences(&lab.env.archive(), &run.json(), &export.expected());
        assert!(
            found.is_empty(),
            "{}:\n  {}",
            language.code,
            found.join("\n  ")
        );
    }
}

#[test]
fn what_is_in_the_trash_is_kept_when_asked_for() {
    let export = library();
    let lab = Lab::new();
    let parts = lab.zips(&export);
    let run = lab.import(&parts, &[]).assert_exit(0).json();
    let left_out = run["balance"]["skipped"]["in the trash"].as_u64();
    assert!(left_out.is_some_and(|count| count > 0), "{run:#}");
    let run = lab.import(&parts, &["--include-trashed"]).assert_exit(0);
    assert!(counted(&run.json(), "media_stored") > 0, "{run}");
    let all = Lab::new();
    let everything = &["--include-trashed"];
    all.import(&all.zips(&export), everything).assert_exit(0);
    assert_eq!(lab.set(), all.set());
    let again = lab.import(&parts, everything).assert_exit(0).json();
    assert_eq!(counted(&again, "entries"), 0);
}

#[test]
fn an_export_that_holds_the_archive_is_not_read() {
    let lab = Lab::new();
    let parts = lab.zips(&library());
    lab.import(&parts, &[]).assert_exit(0);
    let before = Snapshot::of(lab.env.root());
    let root = lab.env.root().to_owned();
    for path in [root.clone(), root.join("downloads")] {
        let output = lab.import(&[&path], &[]).assert_exit(1);
        let _ = output
            .assert_says("one inside the other")
            .assert_says("hint:");
    }
    let changed = before.differences(&Snapshot::of(lab.env.root()));
    assert!(changed.is_empty(), "{changed:#?}");
}
