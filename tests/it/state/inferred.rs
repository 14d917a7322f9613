//! `archive.json` and the index, lost together: layout and time zone are what the lists tell, or the run asks for them.

use std::fs;

use gphotos_sim::World;
use serde_json::Value;

use super::three;
use crate::support::TestEnv;

const FILE: &str = "media_items_list/archive.json";

fn lose_both(env: &TestEnv) {
    fs::remove_dir_all(env.path("downloads/.gphotos-dl")).expect("removed");
    fs::remove_file(env.path(FILE)).expect("removed");
    env.google.world(|world| {
        let number = world.items.len() as u64 + 1;
        let new = gphotos_sim::Item::photo(number, "new.jpg", "2024-05-06T12:00:00Z");
        world.items.push(new);
    });
}

fn said(env: &TestEnv) -> Value {
    serde_json::from_str(&fs::read_to_string(env.path(FILE)).expect("read")).expect("JSON")
}

#[test]
fn the_lists_tell_the_layout() {
    let (untold, told) = ("no path can tell", "the paths agree");
    for (layout, new, zone) in [
        ("flat", "new.jpg", untold),
        ("{year}/{filename}", "2024/new.jpg", untold),
        ("{year}/{month}/{filename}", "2024/05/new.jpg", untold),
        (
            "{year}/{month}/{day}/{filename}",
            "2024/05/06/new.jpg",
            told,
        ),
    ] {
        let env = TestEnv::signed_in(three());
        env.sync(&["--layout", layout]).assert_exit(0);
        lose_both(&env);
        env.google.reset_stats();
        let plan = env.sync(&["--dry-run"]).assert_exit(0);
        assert_eq!(plan.stdout, format!("{new}\tnew\n"));
        env.sync(&[])
            .assert_exit(0)
            .assert_says(&format!("by the manifests the layout is \"{layout}\""))
            .assert_says(zone);
        assert!(env.archive().paths().contains(&new), "{layout}");
        assert_eq!(said(&env)["layout"], layout);
        assert_eq!(env.google.stats().all_byte_requests(), 1);
        env.archive().assert_true_to(&env.google);
    }
}

#[test]
fn a_layout_of_somebodys_own_has_to_be_named() {
    let env = TestEnv::signed_in(three());
    let layout = ["--layout", "Photos/{year}/{filename}"];
    env.sync(&layout).assert_exit(0);
    lose_both(&env);
    let before = env.archive().files;
    for flags in [&[][..], &["--dry-run"]] {
        env.sync(flags)
            .assert_exit(7)
            .assert_says("do not tell how this archive is laid out")
            .assert_says("--layout flat");
    }
    assert!(!env.path(FILE).exists());
    assert_eq!(env.archive().files, before);
    env.sync(&layout).assert_exit(0);
    assert_eq!(said(&env)["layout"], layout[1]);
    env.archive().assert_true_to(&env.google);
}

#[test]
fn a_time_zone_that_the_folders_contradict_has_to_be_named() {
    // New year's eve in one place, the new year in the other.
    let world = World::new().photo("a.jpg", "2023-12-31T20:00:00Z");
    let env = TestEnv::signed_in(world.photo("b.jpg", "2024-03-09T12:00:00Z"));
    let zone = ["--time-zone", "Asia/Tokyo"];
    env.sync_days("2023-01-01", "2024-12-31", &zone)
        .assert_exit(0);
    assert_eq!(env.archive().paths(), ["2024/01/a.jpg", "2024/03/b.jpg"]);
    lose_both(&env);
    env.sync(&[])
        .assert_exit(7)
        .assert_says("do not lie where the time zone")
        .assert_says("--time-zone Europe/Berlin");
    env.sync(&zone).assert_exit(0);
    assert_eq!(said(&env)["time_zone"], "Asia/Tokyo");
    assert_eq!(said(&env)["layout"], "{year}/{month}/{filename}");
}
