//! One run at a time, whatever somebody does to our own folder meanwhile.

use std::fs;

use gphotos_sim::{Fault, FaultKind, Route, World};

use super::three;
use crate::support::{Signal, TestEnv, signal, until};

/// A run that waits for the listing and has nothing else to do. Later ones have.
fn waiting() -> (TestEnv, std::process::Child) {
    let slow = Fault::new(FaultKind::StallBeforeHeaders { seconds: None });
    let env = TestEnv::signed_in(World::new().fail(slow.route(Route::List)));
    let run = env.spawn(&["sync", "--since", "2024-03-01", "--window", "year"]);
    until("the first run lists", || {
        env.google.stats().count(Route::List) == 1
    });
    env.google.world(|world| world.items = three().items);
    (env, run)
}

#[test]
fn two_runs_at_once_are_one_too_many() {
    let (env, mut first) = waiting();
    env.sync(&[]).assert_exit(6).assert_says("another run");
    // A lock dies with its holder, however that dies.
    first.kill().expect("killed");
    let _ = env.finish(first);
    env.google.world(|world| world.faults.clear());
    env.sync(&[]).assert_exit(0);
    env.archive().assert_true_to(&env.google);
}

#[test]
fn deleting_our_folder_lets_no_second_run_in() {
    let (env, mut first) = waiting();
    fs::remove_dir_all(env.path("downloads/.gphotos-dl")).expect("removed");
    env.sync(&[]).assert_exit(6).assert_says("another run");
    first.kill().expect("killed");
    let _ = env.finish(first);
    env.google.world(|world| world.faults.clear());
    env.sync(&[]).assert_exit(0);
    env.archive().assert_true_to(&env.google);
}

#[test]
fn a_run_whose_folder_is_deleted_says_so_and_the_next_one_finds_everything_again() {
    for (nth, deleted) in [
        (1, "downloads/.gphotos-dl"),
        (3, "downloads/.gphotos-dl"),
        (3, "downloads/.gphotos-dl/index"),
    ] {
        let world = three().with(|world| world.network.latency_ms = 1);
        let env = TestEnv::signed_in(world);
        let private = env.path(deleted);
        env.google.before(Route::Bytes, nth, move |_| {
            fs::remove_dir_all(private).expect("removed");
        });
        env.sync(&["--jobs", "1"])
            .assert_exit(7)
            .assert_says(".gphotos-dl was deleted while the run worked")
            .assert_says("hint:");
        env.sync(&[]).assert_exit(0);
        let archive = env.archive();
        archive.assert_true_to(&env.google);
        assert_eq!(archive.files.len(), 3);
        env.google.reset_stats();
        env.sync(&[]).assert_exit(0);
        assert_eq!(env.google.stats().all_byte_requests(), 0);
    }
}

#[test]
fn a_run_with_nothing_to_do_does_not_claim_to_have_kept_what_is_deleted() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let private = env.path("downloads/.gphotos-dl");
    env.google.before(Route::List, 1, move |_| {
        fs::remove_dir_all(private).expect("removed");
    });
    env.sync(&[])
        .assert_exit(7)
        .assert_says("was deleted while the run worked");
    env.google.reset_stats();
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.google.stats().all_byte_requests(), 0);
    env.archive().assert_true_to(&env.google);
}

#[test]
fn a_month_that_is_deleted_during_the_run_is_made_anew() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let fresh = gphotos_sim::Item::photo(9, "d.jpg", "2024-03-10T12:00:00Z");
    env.google.world(|world| world.items.push(fresh));
    let month = env.path("downloads/2024/03");
    env.google.before(Route::Bytes, 1, move |_| {
        fs::remove_dir_all(month).expect("removed");
    });
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.archive().paths(), ["2024/03/d.jpg"]);
    env.sync(&["--restore"]).assert_exit(0);
    env.archive().assert_true_to(&env.google);
}

#[test]
fn a_stopped_run_still_holds_the_lock() {
    let (env, mut first) = waiting();
    signal(&first, Signal::STOP);
    env.sync(&[]).assert_exit(6);
    first.kill().expect("killed");
    let _ = env.finish(first);
}

#[test]
fn a_run_whose_archive_is_moved_says_so_and_the_next_one_goes_on_there() {
    for nth in [1, 3] {
        for is_whole_root in [false, true] {
            let world = three().with(|world| world.network.latency_ms = 1);
            let env = TestEnv::signed_in(world);
            let from = if is_whole_root {
                env.root().to_owned()
            } else {
                env.path("downloads")
            };
            let to = from.with_extension("moved");
            let (old, new) = (from.clone(), to.clone());
            env.google.before(Route::Bytes, nth, move |_| {
                fs::rename(old, new).expect("moved");
            });
            let output = env.sync(&["--jobs", "1"]).assert_exit(7);
            let output = output
                .assert_says("downloads was moved or deleted while the run worked")
                .assert_says("hint: nothing is lost");
            assert!(!from.exists(), "nothing is made in its place\n{output}");
            if is_whole_root {
                let there = to.to_str().expect("text").to_owned();
                let args = [
                    "--root",
                    &there,
                    "sync",
                    "--since",
                    "2024-01-01",
                    "--window",
                    "year",
                ];
                let run = env.command(&args).current_dir("/").spawn();
                env.finish(run.expect("it starts")).assert_exit(0);
                fs::rename(&to, &from).expect("moved back");
            } else {
                fs::rename(&to, &from).expect("moved back");
                env.sync(&[]).assert_exit(0);
            }
            env.archive().assert_true_to(&env.google);
            assert_eq!(env.archive().files.len(), 3);
            env.google.reset_stats();
            env.sync(&[]).assert_exit(0);
            assert_eq!(env.google.stats().all_byte_requests(), 0);
        }
    }
}

#[test]
fn the_list_of_a_run_at_work_is_its_own() {
    let slow = Fault::new(FaultKind::StallBeforeHeaders { seconds: None });
    let env = TestEnv::signed_in(three().fail(slow.item("c.jpg")));
    let mut first = env.spawn(&["sync", "--since", "2024-03-01", "--window", "year"]);
    let partial = || {
        let entries = fs::read_dir(env.path("media_items_list")).into_iter();
        let paths = entries
            .flatten()
            .map(|entry| entry.expect("an entry").path());
        paths
            .filter(|path| path.extension().is_some_and(|ending| ending == "partial"))
            .map(|path| (fs::read(&path).expect("read"), path))
            .collect::<Vec<_>>()
    };
    until("two photos are listed", || {
        partial()
            .first()
            .is_some_and(|(list, _)| list.split(|byte| *byte == b'\n').count() == 4)
    });
    let before = partial();
    fs::create_dir(env.path("export")).expect("made");
    fs::write(env.path("export/a.jpg"), "a photo").expect("written");
    for (command, code) in [
        (&["status"][..], 0),
        (&["verify"], 0),
        (
            &[
                "sync",
                "--since",
                "2024-03-01",
                "--window",
                "year",
                "--dry-run",
            ],
            0,
        ),
        (&["sync", "--since", "2024-03-01", "--window", "year"], 6),
        (&["verify", "--repair"], 6),
        (&["pick", "--no-browser"], 6),
        (&["import", "export"], 6),
    ] {
        let _ = env.run(command).assert_exit(code);
        assert_eq!(partial(), before, "{command:?}");
    }
    // Wherever it is by then: the lock is on the folder itself.
    let (here, there) = (env.path("downloads"), env.path("elsewhere"));
    fs::rename(&here, &there).expect("moved");
    fs::rename(&there, &here).expect("moved back");
    env.sync(&[]).assert_exit(6);
    assert_eq!(partial(), before);
    first.kill().expect("killed");
    let _ = env.finish(first);
    env.google.world(|world| world.faults.clear());
    env.sync(&[]).assert_exit(0);
    assert_eq!(partial(), []);
    env.archive().assert_true_to(&env.google);
}
