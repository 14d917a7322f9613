//! Archives that mean harm: that each does what it says to a reader that trusts it.

use std::collections::{BTreeSet, HashSet};
use std::fs;

use gphotos_sim::takeout::cases::case;
use gphotos_sim::takeout::hostile::{all, big_json, bomb, cut_at, truncations};
use gphotos_sim::takeout::{Class, Reason};

use super::folder;
use super::readers::{tgz, zip};

#[test]
fn each_is_there_once_and_always_the_same() {
    let hostile = all();
    let names: HashSet<_> = hostile.iter().map(|one| one.name.clone()).collect();
    assert_eq!(names.len(), hostile.len());
    for (one, again) in hostile.iter().zip(all()) {
        assert_eq!(one.bytes, again.bytes, "{}", one.name);
        let honest = one
            .expected
            .files
            .iter()
            .filter(|file| file.paths[0].contains("/honest "));
        assert_eq!(
            honest.count(),
            if one.name == "noise" { 0 } else { 2 },
            "{}",
            one.name
        );
    }
}

#[test]
fn those_that_only_name_things_badly_are_well_formed() {
    let folder = folder("hostile");
    for one in all() {
        let path = folder.join(format!("{}.{}", one.name, one.extension));
        fs::write(&path, &one.bytes).unwrap();
        let well_formed = [
            "escapes",
            "links",
            "control-characters",
            "long-names",
            "collisions",
            "unknown-encoding",
            "duplicates",
            "json",
            "nested",
            "bomb",
            "big-json",
        ];
        if well_formed.contains(&one.name.as_str()) {
            assert_eq!(zip(&path).len(), one.expected.entries.len(), "{}", one.name);
        }
        if ["tgz-paths", "tgz-links", "tgz-pax"].contains(&one.name.as_str()) {
            assert_eq!(tgz(&path).len(), one.expected.entries.len(), "{}", one.name);
        }
    }
}

#[test]
fn those_that_lie_are_refused_by_a_reader_that_checks() {
    let folder = folder("lies");
    for one in all() {
        if [
            "sizes",
            "checksum",
            "many-entries",
            "noise",
            "tgz-header",
            "tgz-cut",
            "tgz-checksum",
        ]
        .contains(&one.name.as_str())
        {
            assert_eq!(one.incomplete, Some(true));
            let path = folder.join(format!("{}.{}", one.name, one.extension));
            fs::write(&path, &one.bytes).unwrap();
            let read = std::panic::catch_unwind(|| {
                if one.extension == "zip" {
                    zip(&path)
                } else {
                    tgz(&path)
                }
            });
            assert!(read.is_err(), "{}", one.name);
        }
    }
}

#[test]
fn a_bomb_is_small_and_unpacks_to_what_it_claims() {
    let bomb = bomb(16);
    assert!(bomb.bytes.len() < 200_000, "{}", bomb.bytes.len());
    let path = folder("bomb").join("bomb.zip");
    fs::write(&path, &bomb.bytes).unwrap();
    let (_, bytes) = zip(&path).pop().unwrap();
    assert_eq!(bytes, vec![0; 16 << 20]);
    assert!(
        bomb.expected
            .totals()
            .contains_key(&Class::Skipped(Reason::Bomb))
    );
}

#[test]
fn a_sidecar_can_be_as_large_as_asked_for() {
    let hostile = big_json(3_000_000);
    assert!(hostile.bytes.len() > 3_000_000);
    assert!(
        hostile
            .expected
            .entries
            .iter()
            .any(|entry| entry.size > 3_000_000)
    );
}

#[test]
fn a_cut_keeps_what_lies_before_it() {
    let export = &case("Q01").unwrap().exports[0];
    let whole = cut_at(export, usize::MAX);
    assert_eq!(whole.incomplete, Some(false));
    assert_eq!(whole.expected.entries.len(), 6);
    let first = export.files()[0].bytes.len();
    // Inside the first entry's data: it is seen, damaged, and nothing else is.
    let early = cut_at(export, 100 + first / 2);
    assert_eq!(early.expected.entries.len(), 1);
    assert!(
        early.expected.entries[0]
            .class
            .allows(&Class::Skipped(Reason::Damaged))
    );
    // Behind it, but before its sidecar: kept, under its own hash.
    let alone = cut_at(export, 30 + export.files()[0].path.len() + first);
    assert_eq!(alone.expected.files.len(), 1);
    assert!(format!("{:?}", alone.expected.files[0].item).contains("Hash"));

    let cuts = truncations(export, 11, 50);
    let lengths: BTreeSet<_> = cuts.iter().map(|cut| cut.bytes.len()).collect();
    assert!(lengths.len() > 40);
    for cut in cuts {
        assert_eq!(cut.bytes, whole.bytes[..cut.bytes.len()]);
        assert!(cut.incomplete == Some(true) && cut.expected.entries.len() <= 6);
    }
}
