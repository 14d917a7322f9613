//! Signals: the first one ends the run in good order, the second one at once.

use std::process::Child;

use gphotos_sim::{Content, Fault, FaultKind, Item, Route, World};

use crate::support::{Signal, TestEnv, ends, signal, until};

const SEARCH: &str = "/v1/mediaItems:search";

fn three() -> World {
    World::new()
        .photo("1.jpg", "2024-03-01T12:00:00Z")
        .photo("2.jpg", "2024-03-02T12:00:00Z")
        .photo("3.jpg", "2024-03-03T12:00:00Z")
}

fn never() -> Fault {
    Fault::new(FaultKind::StallBeforeHeaders { seconds: None }).always()
}

fn spawn(env: &TestEnv) -> Child {
    env.spawn(&[
        "sync",
        "--since",
        "2024-03-01",
        "--until",
        "2024-03-03",
        "--no-full-listing",
        "--list-jobs",
        "1",
    ])
}

fn has_partial(env: &TestEnv) -> bool {
    let lists = env.archive().lists;
    lists.iter().any(|name| name.ends_with(".partial"))
}

#[test]
fn a_run_that_is_interrupted_keeps_what_it_has_and_lists_it() {
    for (number, exit) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        // The third day is never listed.
        let env = TestEnv::signed_in(three().fail(never().path(SEARCH).nth(3)));
        let run = spawn(&env);
        until(
            "two photos are fetched and the third day is asked for",
            || {
                let stats = env.google.stats();
                stats.count_with(Route::Bytes, 200) == 2 && stats.count(Route::Search) == 3
            },
        );
        signal(&run, number);
        let output = env.finish(run).assert_exit(exit);
        let output = output.assert_says("Not finished");
        assert!(!output.stderr.contains("error:"), "{output}");
        let archive = env.archive();
        assert_eq!(archive.paths(), ["2024/03/1.jpg", "2024/03/2.jpg"]);
        archive.assert_true_to(&env.google);
        assert_eq!(archive.names(), ["1.jpg", "2.jpg"]);
        assert!(!has_partial(&env));
        env.google.world(|world| world.faults.clear());
        env.google.reset_stats();
        env.sync(&[]).assert_exit(0);
        assert_eq!(env.google.stats().count(Route::Bytes), 1);
        env.archive().assert_true_to(&env.google);
    }
}

#[test]
fn how_a_run_ended_is_told_the_same_by_its_exit_code_its_object_and_status() {
    for (number, exit) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        // In the middle of its work, and before it has begun.
        for (path, asked) in [(SEARCH, Route::Search), ("/token", Route::Token)] {
            let mut env = TestEnv::signed_in(three());
            env.sync(&[]).assert_exit(0);
            // The sign-in's token is too old by then.
            env.in_hours(2);
            env.google
                .world(|world| world.faults.push(never().path(path)));
            env.google.reset_stats();
            let run = env.spawn(&["sync", "--since", "2024-03-01", "--json"]);
            until("Google is asked", || env.google.stats().count(asked) > 0);
            signal(&run, number);
            let told = env.finish(run).assert_exit(exit).json();
            assert_eq!(told["exit"], exit, "{told:#}");
            let status = env.run(&["status", "--json"]).assert_exit(0).json();
            assert_eq!(status["runs"][0]["exit"], exit, "{status:#}");
        }
    }
}

#[test]
fn what_the_run_did_not_get_to_is_in_the_list_as_well() {
    let world = three().fail(Fault::new(FaultKind::StallAfter {
        bytes: 500,
        seconds: Some(1.0),
    }));
    let env = TestEnv::signed_in(world.with(|world| world.faults[0].on.path = Some("/lr/".into())));
    let run = env.spawn(&[
        "sync",
        "--since",
        "2024-03-01",
        "--window",
        "year",
        "--jobs",
        "1",
    ]);
    until("the first load is under way", || {
        env.google.stats().count(Route::Bytes) == 1
    });
    signal(&run, Signal::TERM);
    env.finish(run).assert_exit(143);
    let archive = env.archive();
    assert_eq!(archive.names(), ["1.jpg", "2.jpg", "3.jpg"]);
    // Newest first: that one was under way, and had its time to end.
    assert_eq!(archive.paths(), ["2024/03/3.jpg"]);
    archive.assert_true_to(&env.google);
    for name in ["1.jpg", "2.jpg"] {
        let row = archive.row(name);
        assert_eq!(row["status"], "skipped");
        assert_eq!(row["detail"], "not fetched: the run ended before its turn");
    }
}

#[test]
fn a_load_that_is_under_way_may_end_even_if_no_byte_has_come_yet() {
    let slow = Fault::new(FaultKind::Delay { ms: 700 }).path("/lr/");
    let env = TestEnv::signed_in(three().fail(slow));
    let run = env.spawn(&[
        "sync",
        "--since",
        "2024-03-01",
        "--window",
        "year",
        "--jobs",
        "1",
    ]);
    until("the first load is asked for", || {
        env.google.stats().count(Route::Bytes) == 1
    });
    signal(&run, Signal::INT);
    env.finish(run).assert_exit(130);
    // Google has counted it, so it would be a waste to let it go.
    assert_eq!(env.archive().paths(), ["2024/03/3.jpg"]);
}

#[test]
fn waits_between_attempts_do_not_hold_up_an_interruption() {
    let down = Fault::new(FaultKind::status(503))
        .item("2.jpg")
        .path("/lr/")
        .always();
    let mut env = TestEnv::signed_in(three().fail(down));
    // Waits as they are: 15 seconds in all, at least.
    env.set("GPHOTOS_DL_TEST_CLOCK", "waits=1");
    let mut run = env.spawn(&["sync", "--since", "2024-03-01", "--window", "year", "-v"]);
    until("it has failed once", || {
        env.google.stats().count_with(Route::Bytes, 503) == 1
    });
    until("the others are fetched", || {
        env.google.stats().count_with(Route::Bytes, 200) == 2
    });
    signal(&run, Signal::INT);
    assert!(ends(&mut run), "it goes on");
    env.finish(run).assert_exit(130);
    assert_eq!(env.google.stats().count_with(Route::Bytes, 503), 1);
    let archive = env.archive();
    assert_eq!(archive.paths(), ["2024/03/1.jpg", "2024/03/3.jpg"]);
    assert_eq!(
        archive.row("2.jpg")["status"],
        "skipped",
        "it has not failed"
    );
}

#[test]
fn a_second_signal_leaves_at_once_and_the_next_run_mends_what_is_left() {
    let large = Item {
        content: Content::Jpeg {
            seed: 3,
            size: 3_000_000,
        },
        ..Item::photo(3, "large.jpg", "2024-03-03T12:00:00Z")
    };
    let stalled = FaultKind::StallAfter {
        bytes: 2_500_000,
        seconds: None,
    };
    let world = World::new()
        .photo("1.jpg", "2024-03-01T12:00:00Z")
        .item(large)
        .fail(Fault::new(stalled).item("large.jpg").always());
    let env = TestEnv::signed_in(world);
    let run = spawn(&env);
    until("the load that never ends is under way", || {
        env.archive().temps.len() == 1 && env.archive().files.len() == 1
    });
    signal(&run, Signal::INT);
    // As long as the first signal is obeyed, the list is not finished, because the load has its time to end.
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(has_partial(&env));
    signal(&run, Signal::TERM);
    env.finish(run).assert_exit(143);
    assert!(has_partial(&env), "it has left without finishing anything");
    assert_eq!(env.archive().temps.len(), 1);
    env.google.world(|world| world.faults.clear());
    env.sync(&[]).assert_exit(0);
    assert!(!has_partial(&env));
    let archive = env.archive();
    archive.assert_true_to(&env.google);
    assert_eq!(archive.files.len(), 2);
}

#[test]
fn an_interruption_before_anything_is_listed_leaves_a_list_of_nothing() {
    let env = TestEnv::signed_in(three().fail(never().path(SEARCH)));
    let run = spawn(&env);
    until("the first day is asked for", || {
        env.google.stats().count(Route::Search) == 1
    });
    signal(&run, Signal::INT);
    env.finish(run).assert_exit(130);
    let archive = env.archive();
    assert!(archive.files.is_empty() && archive.rows.is_empty());
    assert!(!has_partial(&env));
    assert_eq!(archive.lists.len(), 2, "the list, and archive.json");
}

#[test]
fn a_signal_ends_a_start_that_takes_its_time() {
    let file = "downloads/2024/03/1.jpg";
    for (sent, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let env = TestEnv::signed_in(three());
        env.sync(&[]).assert_exit(0);
        let bytes = std::fs::read(env.path(file)).expect("read");
        let list = env
            .path("media_items_list")
            .join(env.archive().newest_list());
        // A hole of a terabyte takes longer to read than any test may, and the list says that it is so large.
        let large = std::fs::File::options().write(true).open(env.path(file));
        large.expect("opened").set_len(1 << 40).expect("set");
        let text = std::fs::read_to_string(&list).expect("read");
        let (was, is) = (
            format!("1.jpg,{},", bytes.len()),
            format!("1.jpg,{},", 1_u64 << 40),
        );
        assert!(text.contains(&was), "{text}");
        std::fs::write(&list, text.replace(&was, &is)).expect("written");
        std::fs::remove_dir_all(env.path("downloads/.gphotos-dl")).expect("removed");
        let mut run = spawn(&env);
        until("it is rebuilding the index", || {
            env.path("downloads/.gphotos-dl/index/index.db-wal")
                .exists()
        });
        signal(&run, sent);
        assert!(ends(&mut run));
        env.finish(run).assert_exit(code);
        std::fs::write(env.path(file), bytes).expect("written");
        std::fs::write(&list, text).expect("written");
        env.google.reset_stats();
        env.sync(&[]).assert_exit(0);
        assert_eq!(env.google.stats().all_byte_requests(), 0);
    }
}
