//! Exports and parts that come in between: what they do not speak of stays as it was.

use gphotos_sim::takeout::{Export, Format, TarNames};

use super::lab::Lab;
use super::tangled::{Tangle, orders, seen, sidecar};

const YEAR: &str = "Photos from 2018";
const TGZ: Format = Format::Tgz(TarNames::Gnu);

/// What an archive holds that has imported all these in one call.
fn together(exports: &[Export]) -> Lab {
    let lab = Lab::new();
    let parts: Vec<_> = exports.iter().flat_map(|export| lab.zips(export)).collect();
    lab.import(&parts, &[]).assert_exit(0);
    lab
}

/// Imports these exports in one call, and one after another in every order.
#[track_caller]
fn every_order_agrees(exports: &[Export]) {
    let whole = together(exports);
    let expected = (seen(&whole).0, whole.albums());
    for order in orders(exports.len()) {
        let lab = Lab::new();
        for export in &order {
            lab.import(&lab.zips(&exports[*export]), &[]).assert_exit(0);
        }
        assert_eq!((seen(&lab).0, lab.albums()), expected, "{order:?}");
    }
}

#[test]
fn a_part_that_is_not_read_again_still_says_what_it_has_said() {
    let text = sidecar("I.jpg", "A", 1_540_000_000, "Grandma at the sea");
    let old = Tangle::default()
        .media(0, &format!("{YEAR}/I.jpg"), "I")
        .put(0, &format!("{YEAR}/I.jpg.supplemental-metadata.json"), text);
    let new = Tangle::default()
        .album(0, "Trip")
        .media(0, "Trip/I.jpg", "I");
    let (old, new) = (
        old.stamped("20230110T101010Z"),
        new.stamped("20260307T053026Z"),
    );
    let lab = Lab::new();
    let mut parts = lab.zips(&old);
    lab.import(&parts, &[]).assert_exit(0);
    let before = seen(&lab).0;
    assert_eq!(before[0][4], "Grandma at the sea");
    parts.extend(lab.zips(&new));
    lab.import(&parts, &[]).assert_exit(0);
    assert_eq!(seen(&lab).0, before);
}

#[test]
fn whose_a_clip_is_may_be_told_by_an_export_that_another_one_leads_to() {
    let exports = [
        Tangle::default()
            .media(0, "B/live.MP4", "V")
            .stamped("20260307T053026Z"),
        Tangle::default()
            .media(0, "A/live.MP4", "V")
            .media(0, "A/live.HEIC", "J")
            .stamped("20230110T101010Z"),
        Tangle::default()
            .media(0, "A/live.HEIC", "J")
            .media(0, "A/clip.MP4", "W")
            .stamped("20250921T194402Z"),
        Tangle::default()
            .media(0, "B/clip.HEIC", "K")
            .media(0, "B/clip.MP4", "W")
            .stamped("20240525T201456Z"),
    ];
    every_order_agrees(&exports);
}

#[test]
fn albums_of_other_exports_follow_the_photos_that_are_in_them() {
    let clip = [
        Tangle::default()
            .album(0, "Trip")
            .media(0, "Trip/b.MP4", "M")
            .stamped("20260307T053026Z"),
        Tangle::default()
            .media(0, &format!("{YEAR}/b.jpg"), "J")
            .media(0, "Trip/b.jpg", "J")
            .media(0, "Trip/b.MP4", "M")
            .stamped("20230110T101010Z"),
    ];
    every_order_agrees(&clip);
    let film = [
        Tangle::default()
            .media(0, &format!("{YEAR}/I.mp4"), "V")
            .sidecar(
                0,
                &format!("{YEAR}/I.mp4.supplemental-metadata.json"),
                "U",
                1_540_000_000,
            )
            .stamped("20260307T053026Z"),
        Tangle::default()
            .media(0, &format!("{YEAR}/I.mp4"), "V")
            .media(0, &format!("{YEAR}/I.jpg"), "J")
            .album(0, "Trip")
            .media(0, "Trip/I.mp4", "V")
            .stamped("20230110T101010Z"),
    ];
    every_order_agrees(&film);
}

/// A `.tgz` of these files with these other ones in their places, whose checksum is that of the first.
fn damaged(lab: &Lab, good: &Tangle, bad: &Tangle) -> (std::path::PathBuf, std::path::PathBuf) {
    let write = |tangle: &Tangle| {
        let export = tangle.stamped("20240525T201456Z");
        lab.write(&export, TGZ).remove(0)
    };
    let (good, bad) = (write(good), write(bad));
    let whole = std::fs::read(&good).expect("read");
    let mut bytes = std::fs::read(&bad).expect("read");
    let trailer = bytes.len() - 8;
    bytes.splice(trailer.., whole[whole.len() - 8..].iter().copied());
    std::fs::write(&bad, bytes).expect("written");
    (good, bad)
}

fn described(text: &str) -> Tangle {
    Tangle::default()
        .media(0, &format!("{YEAR}/I.jpg"), "I")
        .media(0, &format!("{YEAR}/O.jpg"), "O")
        .put(
            0,
            &format!("{YEAR}/O.jpg.json"),
            sidecar("O.jpg", "Other", 1_540_000_900, ""),
        )
        .put(0, &format!("{YEAR}/I.jpg.json"), text.to_owned())
}

#[test]
fn what_a_damaged_copy_says_of_a_photo_changes_nothing_that_a_whole_part_has_said() {
    let right = sidecar("I.jpg", "Right", 1_540_000_000, "what it shows");
    for (what, wrong) in [
        ("no JSON", right.replace("\"title\":", "\"title\";")),
        ("another date", right.replace("1540000000", "1540000001")),
        (
            "another description",
            right.replace("what it shows", "what it showz"),
        ),
        ("another title", right.replace("I.jpg", "X.jpg")),
        ("another photo", right.replace("AF1QipRight", "AF1QipOther")),
        (
            "nobody's address",
            right.replace("AF1QipRight", "AF1QipWrong"),
        ),
    ] {
        assert_ne!(wrong, right, "{what}");
        let lab = Lab::new();
        let (good, bad) = damaged(&lab, &described(&right), &described(&wrong));
        lab.import(&[&good], &[]).assert_exit(0);
        let expected = seen(&lab).0;
        lab.import(&[&bad], &[]).assert_exit(3);
        assert_eq!(seen(&lab).0, expected, "{what}");
        lab.import(&[&good], &[]).assert_exit(0);
        assert_eq!(seen(&lab).0, expected, "{what}");
        // The other way round.
        let lab = Lab::new();
        lab.import(&[&bad], &[]).assert_exit(3);
        lab.import(&[&good], &[]).assert_exit(0);
        assert_eq!(seen(&lab).0, expected, "{what}, first");
    }
}

#[test]
fn what_stands_behind_the_end_of_a_tar_archive_is_named() {
    let lab = Lab::new();
    let one = lab.write(
        &Tangle::default()
            .media(0, &format!("{YEAR}/a.jpg"), "A")
            .export(),
        TGZ,
    );
    let two = lab.write(
        &Tangle::default()
            .media(0, &format!("{YEAR}/b.jpg"), "B")
            .export(),
        TGZ,
    );
    let mut bytes = std::fs::read(&one[0]).expect("read");
    bytes.extend(std::fs::read(&two[0]).expect("read"));
    let both = lab.put("takeout-20261101T000000Z-3-001.tgz", &bytes);
    let run = lab.import(&[&both], &[]).assert_exit(3);
    assert!(
        run.stderr.contains("what follows the end of its archive"),
        "{run}"
    );
}
