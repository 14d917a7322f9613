//! L rows that no other file of the suite provokes: a listing that is cut, silent, or full of impossible dates and ids.

use gphotos_sim::{Fault, FaultKind, Framing, Item, Kind, Route, VideoStatus, World};

use crate::support::{CommandOutput, TestEnv};

const DAY: &str = "2024-03-09";
const NOON: &str = "2024-03-09T12:00:00Z";

fn sync_day(env: &TestEnv, args: &[&str]) -> CommandOutput {
    let mut all = vec!["--no-full-listing", "--list-jobs", "1"];
    all.extend(args);
    env.sync_days(DAY, DAY, &all)
}

/// A video in the making: it is listed and costs no load, so that a thousand of them are quick.
fn listed(number: u64) -> Item {
    Item {
        kind: Kind::Video(VideoStatus::Processing),
        ..Item::video(number, &format!("{number:04}.mp4"), NOON)
    }
}

/// One page for every byte of a page, each cut there the first time and whole the second.
#[test]
fn l04_a_page_that_is_cut_at_any_byte_is_no_page() {
    const LONGEST: u64 = 650;
    let mut world = World::new().with_items((0..LONGEST).map(listed).collect());
    world.library.short_pages = Some(1);
    for page in 0..LONGEST {
        let cut = FaultKind::Truncate {
            bytes: usize::try_from(page).expect("small"),
            framing: Framing::Length,
        };
        let nth = u32::try_from(page).expect("small") + 1;
        world = world.fail(Fault::new(cut).route(Route::Search).nth(nth));
    }
    let env = TestEnv::signed_in(world);
    sync_day(&env, &[]).assert_exit(0);
    let archive = env.archive();
    assert_eq!(archive.names().len() as u64, LONGEST);
    let stats = env.google.stats();
    // A page has some 540 bytes: a cut behind its end is none, all the others were asked for again.
    let again = stats.count(Route::Search) - LONGEST;
    assert!(again > 500, "{again} answers were cut");
    assert!(
        again < LONGEST,
        "{again} answers were cut, and not the longest"
    );
}

/// An honest cut, one that the framing shows, at a few places of the head and of the body.
#[test]
fn l04_l07_a_page_that_breaks_off_is_asked_for_again() {
    let broken = [
        FaultKind::CloseAfter { bytes: 0 },
        FaultKind::CloseAfter { bytes: 1 },
        FaultKind::ResetAfter { bytes: 200 },
        FaultKind::ChunkedWithoutEnd { bytes: 200 },
        FaultKind::ResetBeforeHeaders,
        FaultKind::CloseBeforeHeaders,
        FaultKind::FalseGzip,
        FaultKind::TwoLengths { delta: 3 },
        FaultKind::LengthText("-1".to_owned()),
    ];
    for fault in broken {
        for route in [Route::Search, Route::List] {
            let once = Fault::new(fault.clone()).route(route);
            let env = TestEnv::signed_in(World::new().photo("a.jpg", NOON).fail(once));
            env.sync(&[]).assert_exit(0);
            assert_eq!(env.google.stats().faults, 1, "{fault:?}");
            env.archive().assert_true_to(&env.google);
            assert_eq!(env.archive().files.len(), 1, "{fault:?}");
        }
    }
}

/// One that never answers, one that begins to, and one that says a byte now and then, which no idle deadline would see.
#[test]
fn l15_a_listing_that_falls_silent_is_given_up_and_said() {
    let silent = [
        FaultKind::StallBeforeHeaders { seconds: None },
        FaultKind::StallAfter {
            bytes: 100,
            seconds: None,
        },
        FaultKind::Drip {
            bytes_per_second: 5.0,
        },
    ];
    let mut runs: Vec<_> = Vec::new();
    for fault in &silent {
        for times in [1, 5] {
            let fault = Fault::new(fault.clone()).route(Route::Search).times(times);
            let mut env = TestEnv::signed_in(World::new().photo("a.jpg", NOON).fail(fault));
            env.set("GPHOTOS_DL_API_TIMEOUT", "1");
            let args = ["sync", "--since", DAY, "--until", DAY, "--no-full-listing"];
            let run = env.spawn(&args);
            runs.push((times, env, run));
        }
    }
    for (times, env, run) in runs {
        let output = env.finish(run);
        if times == 1 {
            output.assert_exit(0);
        } else {
            output
                .assert_exit(3)
                .assert_says("not listed: 2024-03-09")
                .assert_says("nothing arrived in time");
            sync_day(&env, &[]).assert_exit(0);
        }
        env.archive().assert_true_to(&env.google);
        assert_eq!(env.archive().files.len(), 1);
    }
}

#[test]
fn l12_the_first_and_the_last_year_are_years() {
    let world = World::new()
        .photo("first.jpg", "0001-01-01T00:00:00Z")
        .photo("old.jpg", "1800-02-28T23:59:59Z")
        .photo("last.jpg", "9999-12-31T23:59:59Z");
    let env = TestEnv::signed_in(world);
    let args = [
        "sync",
        "--since",
        "0001-01-01",
        "--window",
        "year",
        "--list-jobs",
        "8",
    ];
    env.run(&args).assert_exit(0);
    let archive = env.archive();
    archive.assert_true_to(&env.google);
    assert_eq!(
        archive.paths(),
        ["0001/01/first.jpg", "1800/02/old.jpg", "9999/12/last.jpg"]
    );
}

#[test]
fn l18_an_id_with_a_null_byte_is_an_id() {
    let odd = Item {
        id: "before\0after\u{1b}[31m".to_owned(),
        ..Item::photo(1, "odd.jpg", NOON)
    };
    let refused = Fault::new(FaultKind::UrlExpired).route(Route::Bytes);
    let env = TestEnv::signed_in(World::new().item(odd).fail(refused.each_item()));
    let output = sync_day(&env, &[]).assert_exit(0);
    assert!(!output.stderr.contains('\u{1b}'), "{output}");
    assert_eq!(env.archive().files.len(), 1);
    env.google.reset_stats();
    sync_day(&env, &[]).assert_exit(0);
    assert_eq!(env.google.stats().all_byte_requests(), 0);
}

/// Flapping: every other answer is an error, whatever is asked for.
#[test]
fn l07_a_server_that_answers_every_other_time_is_good_enough() {
    let photo = |day: u64| {
        let noon = format!("2024-03-0{day}T12:00:00Z");
        Item::photo(day, &format!("{day}.jpg"), &noon)
    };
    let mut world = World::new().with_items((1..=6).map(photo).collect());
    for nth in 1..=30 {
        world = world.fail(Fault::new(FaultKind::status(503)).path("/v1/").nth(nth));
    }
    let env = TestEnv::signed_in(world);
    env.sync_days("2024-03-01", "2024-03-06", &[])
        .assert_exit(0);
    env.archive().assert_true_to(&env.google);
    assert_eq!(env.archive().files.len(), 6);
}
