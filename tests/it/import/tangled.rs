//! Exports in which nothing is as it should be: names that several photos share or that are cut, copies without metadata, addresses
//! that two photos claim, equal bytes under different names. Whatever comes of them, it does not depend on which part comes first.

use std::collections::BTreeMap;

use bytes::Bytes;
use gphotos_sim::takeout::{Export, FolderKind, Form, Role, Shot};
use serde_json::json;

use super::halves::known;
use super::lab::Lab;
use crate::support::Dice;

/// Files by their paths in Google Photos, and the part that each is in.
#[derive(Default)]
pub(super) struct Tangle {
    files: BTreeMap<String, (usize, Bytes)>,
}

impl Tangle {
    pub(super) fn put(mut self, part: usize, path: &str, bytes: impl Into<Bytes>) -> Self {
        self.files.insert(path.to_owned(), (part, bytes.into()));
        self
    }

    /// A photo or a film.
    pub(super) fn media(self, part: usize, path: &str, shows: &str) -> Self {
        let bytes = media(path, shows);
        self.put(part, path, bytes)
    }

    /// What describes the item of this address.
    pub(super) fn sidecar(self, part: usize, path: &str, address: &str, taken: i64) -> Self {
        let (_, name) = path.split_once('/').expect("a folder and a name");
        let title = name.split(".supplemental").next().unwrap_or(name);
        self.put(part, path, sidecar(title, address, taken, ""))
    }

    pub(super) fn album(self, part: usize, folder: &str) -> Self {
        let text = json!({ "title": folder }).to_string();
        self.put(part, &format!("{folder}/metadata.json"), text)
    }

    pub(super) fn export(&self) -> Export {
        self.stamped("20261101T000000Z")
    }

    pub(super) fn stamped(&self, stamp: &str) -> Export {
        let mut export = Export::new();
        stamp.clone_into(&mut export.stamp);
        for (path, (part, bytes)) in &self.files {
            let (folder, name) = path.split_once('/').expect("a folder and a name");
            let folder = export.folder(folder, FolderKind::Other);
            export.loose(folder, name, bytes.clone(), &[]).part = *part;
        }
        export
    }
}

fn media(name: &str, shows: &str) -> Bytes {
    let is_film = name.to_lowercase().ends_with(".mp4");
    let form = if is_film { Form::Mp4 } else { Form::Jpeg };
    let shot = Shot {
        form,
        ..Shot::photo(shows, "2017-07-14T02:40:00Z").undated()
    };
    shot.bytes(Role::Original)
}

pub(super) fn sidecar(title: &str, address: &str, taken: i64, description: &str) -> String {
    json!({
        "title": title,
        "description": description,
        "photoTakenTime": { "timestamp": taken.to_string() },
        "url": format!("https://photos.google.com/photo/AF1Qip{address}"),
    })
    .to_string()
}

/// Of every file its item, its part, its bytes, its item's date and description; and the sidecars that say something, by the bytes
/// of the photos beside them.
pub(super) fn seen(lab: &Lab) -> (Vec<[String; 5]>, BTreeMap<String, String>) {
    let (described, _, mut beside) = known(lab);
    let described = described.into_iter();
    let described = described.map(|[id, role, sha256, _, created, description, _]| {
        [id, role, sha256, created, description]
    });
    for text in beside.values_mut() {
        let said = text.lines().filter(|line| line.starts_with("   <"));
        *text = said.collect::<Vec<_>>().join("\n");
    }
    let described: Vec<[String; 5]> = described.collect();
    // What two photos have in common has one sidecar, which says what the last of them is; and what says something beside a clip
    // is from when its photo was not there.
    beside.retain(|sha256, text| {
        let owners = described.iter();
        let mut owners = owners.filter(|row| row[2].eq_ignore_ascii_case(sha256));
        let is_photo = owners.next().is_some_and(|row| row[1] != "motion");
        !text.is_empty() && is_photo && owners.next().is_none()
    });
    (described, beside)
}

/// Imports all parts in one call, and one after another in every order; with `losing_the_index`, between two of them.
#[track_caller]
fn every_order_agrees(about: &str, export: &Export, losing_the_index: bool) {
    let whole = Lab::new();
    let parts = whole.zips(export);
    whole.import(&parts, &[]).assert_exit(0);
    let (expected, albums) = (seen(&whole), whole.albums());
    for order in orders(parts.len()) {
        let about = format!("{about}, parts in the order {order:?}");
        let mut lab = Lab::new();
        for (turn, part) in order.iter().enumerate() {
            if losing_the_index && turn == 1 {
                super::unproven::lose_index(&mut lab);
            }
            lab.import(&[&parts[*part]], &[]).assert_exit(0);
        }
        let found = seen(&lab);
        assert_eq!(found.0, expected.0, "{about}");
        assert_eq!(found.1, expected.1, "{about}");
        assert_eq!(lab.albums(), albums, "{about}");
        lab.env.run(&["verify"]).assert_exit(0);
    }
}

/// All orders of so many parts.
pub(super) fn orders(parts: usize) -> Vec<Vec<usize>> {
    let Some(last) = parts.checked_sub(1) else {
        return vec![Vec::new()];
    };
    let shorter = orders(last);
    let longer = shorter.into_iter().flat_map(|order| {
        (0..=order.len()).map(move |at| {
            let mut order = order.clone();
            order.insert(at, last);
            order
        })
    });
    longer.collect()
}

const YEAR: &str = "Photos from 2017";

#[test]
fn what_goes_with_another_photo_than_was_thought_leaves_the_former_one() {
    // The first photo has no metadata, and the better match for the clip comes later.
    let clip = Tangle::default()
        .media(0, &format!("{YEAR}/I.jpg"), "N")
        .media(0, &format!("{YEAR}/I.MP4"), "M")
        .media(1, &format!("{YEAR}/I.HEIC"), "B")
        .sidecar(
            1,
            &format!("{YEAR}/I.HEIC.supplemental-metadata.json"),
            "H",
            1_500_000_500,
        )
        .sidecar(
            1,
            &format!("{YEAR}/I.jpg.supplemental-metadata.json"),
            "J",
            1_500_000_000,
        );
    every_order_agrees("a clip", &clip.export(), false);
    let edited = Tangle::default()
        .album(0, "Fun")
        .media(0, "Fun/I.HEIC", "B")
        .media(0, "Fun/I-edited.jpg", "E")
        .media(1, "Fun/I.jpg", "N")
        .sidecar(
            1,
            "Fun/I.jpg.supplemental-metadata.json",
            "J",
            1_500_000_000,
        )
        .media(1, "Photos from 2018/I.HEIC", "B")
        .sidecar(
            1,
            "Photos from 2018/I.HEIC.supplemental-metadata.json",
            "H",
            1_540_000_000,
        );
    every_order_agrees("an edited version", &edited.export(), false);
    // Until its photo comes, the edited version goes with the clip, whose photo it is.
    let equal = Tangle::default()
        .media(0, &format!("{YEAR}/I.MP4"), "M")
        .media(0, &format!("{YEAR}/I-edited.jpg"), "N")
        .media(1, &format!("{YEAR}/I.jpg"), "N");
    every_order_agrees(
        "an edited version that is its photo",
        &equal.export(),
        false,
    );
}

#[test]
fn a_photo_leaves_an_album_that_only_its_supposed_clip_was_in() {
    let tangle = Tangle::default()
        .album(0, "Fun")
        .media(0, &format!("{YEAR}/I.MP4"), "M")
        .media(0, "Fun/I.MP4", "M")
        .media(0, "Fun/I.HEIC", "B")
        .sidecar(
            0,
            &format!("{YEAR}/I.jpg.supplemental-metadata.json"),
            "J",
            1_500_000_000,
        )
        .media(1, &format!("{YEAR}/I.HEIC"), "B")
        .media(1, &format!("{YEAR}/I.jpg"), "N");
    every_order_agrees("an album", &tangle.export(), false);
}

#[test]
fn an_address_that_two_photos_claim_leaves_nothing_behind_where_it_was_believed() {
    let clip = Tangle::default()
        .album(0, "Trip")
        .media(0, "Trip/A.MP4", "M")
        .sidecar(
            0,
            "Trip/A.jpg.supplemental-metadata.json",
            "U",
            1_500_000_000,
        )
        .media(1, "Trip/A.jpg", "N")
        .media(1, &format!("{YEAR}/C.jpg"), "B")
        .sidecar(
            1,
            &format!("{YEAR}/C.jpg.supplemental-metadata.json"),
            "U",
            1_510_000_000,
        );
    every_order_agrees("a clip that came first", &clip.export(), false);
    let album = Tangle::default()
        .media(0, &format!("{YEAR}/C.jpg"), "N")
        .sidecar(
            0,
            &format!("{YEAR}/C.jpg.supplemental-metadata.json"),
            "U",
            1_500_000_000,
        )
        .album(0, "Trip")
        .sidecar(
            0,
            "Trip/A.jpg.supplemental-metadata.json",
            "U",
            1_500_000_900,
        )
        .media(1, "Trip/A.jpg", "B");
    every_order_agrees("an album's entry without a photo", &album.export(), false);
}

#[test]
fn a_photo_that_was_described_by_anothers_metadata_is_known_by_its_bytes_again() {
    let long = "x".repeat(47);
    let tangle = Tangle::default()
        .media(0, &format!("{YEAR}/{long}.jpg"), "A")
        .put(
            0,
            &format!("{YEAR}/{}.json", &long[..46]),
            sidecar(
                &format!("{long}y.HEIC"),
                "U",
                1_500_000_000,
                "of the other one",
            ),
        )
        .media(1, &format!("{YEAR}/{long}.HEIC"), "B");
    every_order_agrees("a cut title", &tangle.export(), false);
}

/// A library that somebody has made to be difficult.
fn library(dice: &mut Dice) -> Tangle {
    const TITLES: [&str; 7] = ["IMG_1", "IMG_2", "IMG_1", "PXL_1.MP", CUT, CUT_TOO, "Foto"];
    const CUT: &str = "a title that is longer than what an export leaves of it, one";
    const CUT_TOO: &str = "a title that is longer than what an export leaves of it, two";
    let parts = 2 + dice.below(2);
    let albums: Vec<&str> = ["Trip", "Fun", "Trip(1)"]
        .into_iter()
        .filter(|_| dice.percent(60))
        .collect();
    let mut tangle = Tangle::default();
    for album in &albums {
        if dice.percent(80) {
            tangle = tangle.album(dice.below(parts), album);
        }
    }
    let items = 2 + dice.below(4);
    for item in 0..items {
        let title = TITLES[dice.below(TITLES.len())];
        let ending = [".jpg", ".jpg", ".HEIC", ".mp4"][dice.below(4)];
        let taken = [1_500_000_000, 1_510_000_000, 1_540_000_000][dice.below(3)]
            + 1000 * i64::try_from(item).unwrap_or_default();
        let year = if taken < 1_515_000_000 {
            YEAR
        } else {
            "Photos from 2018"
        };
        let shows = if dice.percent(20) { 0 } else { item };
        let address = if dice.percent(15) {
            dice.below(items)
        } else {
            item
        };
        let description = if dice.percent(50) {
            format!("photo {item}")
        } else {
            String::new()
        };
        let text = sidecar(
            &format!("{title}{ending}"),
            &format!("address{address}"),
            taken,
            &description,
        );
        let (is_edited, has_clip) = (dice.percent(40), dice.percent(35) && ending != ".mp4");
        let mut folders = vec![year];
        folders.extend(albums.iter().copied().filter(|_| dice.percent(40)));
        for folder in folders {
            let stem = &title[..title.len().min(47)];
            let mut counter = String::new();
            for number in 1.. {
                if !tangle
                    .files
                    .contains_key(&format!("{folder}/{stem}{counter}{ending}"))
                {
                    break;
                }
                counter = format!("({number})");
            }
            let part = |dice: &mut Dice| dice.below(parts);
            if dice.percent(70) {
                let full = format!("{stem}{ending}.supplemental-metadata");
                let cut = &full[..full.len().min(46)];
                tangle = tangle.put(
                    part(dice),
                    &format!("{folder}/{cut}{counter}.json"),
                    text.clone(),
                );
            }
            if folder != year && dice.percent(15) {
                continue;
            }
            tangle = tangle.media(
                part(dice),
                &format!("{folder}/{stem}{counter}{ending}"),
                &format!("{shows}"),
            );
            if is_edited && dice.percent(85) {
                let edited = format!("{stem}-edited");
                let edited = &edited[..edited.len().min(47)];
                let shows = if dice.percent(20) {
                    format!("{shows}")
                } else {
                    format!("{shows}, edited")
                };
                tangle = tangle.media(
                    part(dice),
                    &format!("{folder}/{edited}{counter}.jpg"),
                    &shows,
                );
            }
            if has_clip && dice.percent(85) {
                tangle = tangle.media(
                    part(dice),
                    &format!("{folder}/{stem}{counter}.MP4"),
                    &format!("{shows}, moving"),
                );
            }
        }
    }
    tangle
}

#[test]
fn whatever_comes_of_a_tangled_export_does_not_depend_on_the_order_of_its_parts() {
    let mut seen = 0;
    for seed in 0..24 {
        let export = library(&mut Dice::new(seed)).export();
        if (0..export.parts()).all(|part| export.part(part).next().is_some()) {
            every_order_agrees(&format!("library {seed}"), &export, seed % 3 == 0);
            seen += 1;
        }
    }
    assert!(
        seen >= 15,
        "only {seen} libraries with something in every part"
    );
}
