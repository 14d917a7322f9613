//! The walk over the days: one request a day, several at a time, beside the fetching, within the day's calls.

use std::collections::BTreeSet;

use gphotos_sim::{Fault, FaultKind, FilterZone, Item, Route, Seeded, World, zoo};

use crate::support::{Signal, TestEnv, signal, until};

const SEARCH: &str = "/v1/mediaItems:search";

fn march(items: usize) -> World {
    let seeded = Seeded {
        seed: 3,
        items,
        start: "2024-03-01".parse().expect("a date"),
        days: 31,
        photo_size: 0,
        video_share_percent: 0,
        motion_share_percent: 0,
    };
    World::new().with_items(seeded.items())
}

#[test]
fn every_day_costs_one_call_and_every_item_one_load() {
    let env = TestEnv::signed_in(march(62));
    env.sync_days("2024-03-01", "2024-03-31", &[])
        .assert_exit(0);
    let stats = env.google.stats();
    assert_eq!(stats.count(Route::Search), 31);
    assert_eq!(stats.count(Route::List), 1);
    assert_eq!(stats.count(Route::Get) + stats.count(Route::BatchGet), 0);
    // Both lanes have listed each of them.
    for id in env.google.truth().keys() {
        assert_eq!(stats.byte_requests(id), 1, "{id}");
    }
    let archive = env.archive();
    assert_eq!(archive.files.len(), 62);
    archive.assert_true_to(&env.google);
}

#[test]
fn longer_windows_list_the_same_items_with_fewer_calls() {
    let mut seen = Vec::new();
    for (window, calls) in [("day", 91), ("month", 3), ("year", 1)] {
        let env = TestEnv::signed_in(march(40));
        let args = ["--window", window, "--no-full-listing"];
        env.sync_days("2024-02-01", "2024-05-01", &args)
            .assert_exit(0);
        // February to April, and May's first day.
        let calls = if window == "month" { calls + 1 } else { calls };
        assert_eq!(env.google.stats().count(Route::Search), calls, "{window}");
        let ids: BTreeSet<String> = env
            .archive()
            .rows
            .iter()
            .map(|row| row["id"].clone())
            .collect();
        seen.push(ids);
    }
    assert_eq!(seen[0].len(), 40);
    assert!(seen.iter().all(|ids| *ids == seen[0]));
}

#[test]
fn so_many_days_are_listed_at_a_time() {
    for (args, most) in [
        (&["--no-full-listing"][..], 4),
        (&["--no-full-listing", "--list-jobs", "7"], 7),
        (&["--no-full-listing", "--list-jobs", "1"], 1),
        // The full listing is a lane of its own.
        (&["--list-jobs", "2"], 3),
    ] {
        let env = TestEnv::signed_in(World::new().with(|world| world.network.latency_ms = 20));
        env.sync_days("2024-03-01", "2024-03-31", args)
            .assert_exit(0);
        assert_eq!(env.google.stats().in_flight_max, most, "{args:?}");
    }
}

#[test]
fn photos_reach_the_disk_while_later_days_are_still_being_listed() {
    let never = Fault::new(FaultKind::StallBeforeHeaders { seconds: None });
    let world = World::new()
        .photo("early.jpg", "2024-03-01T12:00:00Z")
        .photo("late.jpg", "2024-03-31T12:00:00Z")
        .fail(never.path(SEARCH).nth(31).always());
    let env = TestEnv::signed_in(world);
    let run = env.spawn(&[
        "sync",
        "--since",
        "2024-03-01",
        "--until",
        "2024-03-31",
        "--no-full-listing",
    ]);
    until("the early photo is on disk", || {
        env.path("downloads/2024/03/early.jpg").exists()
    });
    signal(&run, Signal::INT);
    env.finish(run).assert_exit(130);
    assert_eq!(env.archive().paths(), ["2024/03/early.jpg"]);
}

#[test]
fn the_set_of_items_does_not_depend_on_whose_midnight_google_cuts_at() {
    for zone in [FilterZone::Utc, FilterZone::ItemLocal] {
        let items = zoo::around_midnight("2024-03-09".parse().expect("a date"));
        let count = items.len();
        let world = World::new().with_items(items);
        let env = TestEnv::signed_in(world.with(|world| world.library.filter_zone = zone));
        env.sync_days("2024-03-07", "2024-03-10", &["--no-full-listing"])
            .assert_exit(0);
        let archive = env.archive();
        assert_eq!(archive.files.len(), count, "{zone:?}");
        archive.assert_true_to(&env.google);
    }
}

#[test]
fn a_leap_day_is_neither_skipped_nor_repeated() {
    let items = zoo::leap_day("2024-12-31".parse().expect("a date"));
    let env = TestEnv::signed_in(World::new().with_items(items));
    env.sync_days("2024-02-28", "2024-03-01", &["--no-full-listing"])
        .assert_exit(0);
    assert_eq!(env.archive().files.len(), 4);
    assert_eq!(env.google.stats().count(Route::Search), 3);
}

#[test]
fn a_walk_that_would_eat_most_of_the_days_calls_goes_by_month_and_says_so() {
    let env = TestEnv::signed_in(march(31));
    let args = ["--no-full-listing", "--api-budget", "181"];
    let output = env.sync_days("2024-02-01", "2024-05-01", &args);
    output
        .assert_exit(0)
        .assert_says("listed by month, to spare today's quota");
    assert_eq!(env.google.stats().count(Route::Search), 4);
    assert_eq!(env.archive().files.len(), 31);
}

#[test]
fn a_walk_within_half_of_the_days_calls_goes_by_day() {
    let env = TestEnv::signed_in(march(31));
    let args = ["--no-full-listing", "--api-budget", "182"];
    let output = env.sync_days("2024-02-01", "2024-05-01", &args);
    assert!(!output.assert_exit(0).stderr.contains("by month"));
    assert_eq!(env.google.stats().count(Route::Search), 91);
}

#[test]
fn an_empty_listing_is_explained_and_no_failure() {
    let env = TestEnv::signed_in(march(9).with(|world| world.library.visible = false));
    env.sync(&[])
        .assert_exit(0)
        .assert_says("That does not mean that your library is empty")
        .assert_says("https://takeout.google.com");
    assert!(env.archive().files.is_empty());
}

#[test]
fn an_empty_listing_on_an_archive_with_items_is_an_alarm_and_deletes_nothing() {
    let env = TestEnv::signed_in(march(9));
    env.sync(&[]).assert_exit(0);
    let before = env.archive().files;
    env.google.world(|world| world.library.visible = false);
    env.sync(&[])
        .assert_exit(3)
        .assert_says("this archive holds 9 items of what it listed before");
    assert_eq!(env.archive().files, before);
}

#[test]
fn a_range_without_items_in_a_library_that_has_others_is_no_alarm() {
    let env = TestEnv::signed_in(march(9));
    env.sync(&[]).assert_exit(0);
    let output = env.sync_days("2024-06-01", "2024-06-03", &[]);
    assert!(!output.assert_exit(0).stderr.contains("Google listed no"));
}

#[test]
fn what_is_deleted_at_google_stays_here() {
    let env = TestEnv::signed_in(march(9));
    env.sync(&[]).assert_exit(0);
    let before = env.archive().files;
    env.google.world(|world| world.items.truncate(5));
    env.sync(&[]).assert_exit(0);
    let after = env.archive();
    assert_eq!(after.files, before);
    assert_eq!(after.rows.len(), 5, "the list tells what Google has");
}

#[test]
fn a_photo_that_is_added_to_a_day_long_past_is_found() {
    let env = TestEnv::signed_in(march(9));
    env.sync_days("2024-03-01", "2024-03-31", &["--no-full-listing"])
        .assert_exit(0);
    env.google.world(|world| {
        let scan = Item::photo(99, "scan.jpg", "2024-03-02T08:00:00Z");
        world.items.push(scan);
    });
    env.sync_days("2024-03-01", "2024-03-31", &["--no-full-listing"])
        .assert_exit(0);
    assert_eq!(env.archive().row("scan.jpg")["status"], "downloaded");
    assert_eq!(env.archive().files.len(), 10);
}
