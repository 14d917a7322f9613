//! One photo through two sources with other bytes: both are kept, and told to be one photo.

use std::fs;

use gphotos_sim::takeout::{Export, Shot};
use gphotos_sim::{Item, Pick, World};
use serde_json::Value;

use super::lab::Lab;
use crate::support::TestEnv;

const DAY: &str = "2024-03-09T12:00:00Z";
/// Of every photo that the generator of exports makes.
const PIXELS: (u32, u32) = (96, 64);

/// As programs get them: the first is a photo of the export, the others only look like one.
fn world() -> World {
    let photos = [
        ("recoded.jpg", DAY, PIXELS),
        ("named.jpg", DAY, PIXELS),
        ("later.jpg", DAY, PIXELS),
        ("smaller.jpg", DAY, (64, 48)),
        ("twice.jpg", DAY, PIXELS),
    ];
    let items = (0..).zip(photos).map(|(n, (name, created, pixels))| Item {
        dimensions: Some(pixels),
        ..Item::photo(n, name, created)
    });
    World::new().with_items(items.collect())
}

fn export() -> Export {
    let mut export = Export::new();
    let year = export.year(2024);
    let mut put = |name: &str, sidecar: &str, shot: Shot| {
        let shot = export.add(shot);
        export.media(year, name, shot);
        export.sidecar(year, sidecar, shot);
    };
    for (title, taken) in [
        ("recoded.jpg", DAY),
        ("otherwise.jpg", DAY),
        ("later.jpg", "2024-03-09T12:00:01Z"),
        ("smaller.jpg", DAY),
        ("twice.jpg", DAY),
    ] {
        put(title, &format!("{title}.json"), Shot::photo(title, taken));
    }
    let second = Shot::photo("twice.jpg", DAY).variant(1);
    put("twice(1).jpg", "twice.jpg(1).json", second);
    export
}

/// Copy and original of every pair, by their paths.
fn pairs(lab: &Lab) -> Vec<[String; 2]> {
    let status = lab.env.run(&["status", "--json"]).assert_exit(0).json();
    let path = |pair: &Value, which: &str| pair[which].as_str().expect("a path").to_owned();
    let first = status["pairs"]["first"].as_array().into_iter().flatten();
    let first: Vec<_> = first
        .map(|pair| ["copy", "original"].map(|which| path(pair, which)))
        .collect();
    assert_eq!(
        status["pairs"]["count"].as_u64().unwrap_or(0),
        first.len() as u64
    );
    first
}

#[test]
fn what_sync_and_an_export_have_of_one_photo_is_told_to_be_one() {
    for is_sync_first in [true, false] {
        let lab = Lab::of(TestEnv::signed_in(world()));
        let parts = lab.zips(&export());
        let sync = || drop(lab.env.sync(&["--time-zone", "UTC"]).assert_exit(0));
        if is_sync_first {
            sync();
        }
        assert_eq!(
            pairs(&lab),
            [[""; 2]; 0].map(|pair| pair.map(str::to_owned))
        );
        lab.import(&parts, &[]).assert_exit(0);
        if !is_sync_first {
            sync();
        }
        let found = pairs(&lab);
        let archive = lab.env.archive();
        let [[copy, original]] = &found[..] else {
            panic!("{found:#?} of {:#?}", archive.paths());
        };
        assert_eq!(archive.files.len(), 5 + 6);
        assert_ne!(archive.files[copy], archive.files[original]);
        let newest = archive.row("recoded.jpg");
        let is_copy = newest["source"] == "library";
        assert_eq!(&newest["local_path"], if is_copy { copy } else { original });
        let said = lab.env.run(&["status"]).assert_exit(0);
        assert!(said.stdout.contains("1 photo is here twice"), "{said}");

        // A lost index finds it again, and nothing is ever deleted for it.
        fs::remove_dir_all(lab.env.path("downloads/.gphotos-dl")).expect("removed");
        sync();
        assert_eq!(pairs(&lab), found);
        assert_eq!(lab.env.archive().files, archive.files);
    }
}

#[test]
fn what_was_picked_is_a_copy_too_and_no_rival_of_what_was_listed() {
    let world = world()
        .person_picks(Pick::Everything, 2)
        .with(|world| world.picker.waits = 0.001);
    let env = TestEnv::new(world);
    env.sign_in_to_pick();
    let lab = Lab::of(env);
    lab.env.run(&["pick", "--no-browser"]).assert_exit(0);
    let parts = lab.zips(&export());
    let part = parts[0].to_str().expect("text");
    lab.env.run(&["import", part]).assert_exit(0);
    let found = pairs(&lab);
    assert_eq!(found.len(), 1, "{found:#?}");
    lab.env.sign_in();
    lab.env.sync(&[]).assert_exit(0);
    assert_eq!(pairs(&lab), found);
}

#[test]
fn a_pair_that_is_none_any_more_is_forgotten() {
    let lab = Lab::of(TestEnv::signed_in(world()));
    lab.env.sync(&["--time-zone", "UTC"]).assert_exit(0);
    lab.import(&lab.zips(&export()), &[]).assert_exit(0);
    assert_eq!(pairs(&lab).len(), 1);
    // A second photo that it could be.
    let mut next = Export::new();
    next.stamp = "20270101T000000Z".to_owned();
    let year = next.year(2024);
    let shot = next.add(Shot::photo("recoded.jpg", DAY).variant(9));
    next.media(year, "recoded.jpg", shot);
    next.sidecar(year, "recoded.jpg.json", shot);
    lab.import(&lab.zips(&next), &[]).assert_exit(0);
    assert_eq!(pairs(&lab).len(), 0);
}
