//! Sign-ins that end at Google: taken back, or dead after seven days because the project is in "Testing".

use std::time::Duration;

use gphotos_sim::{Fault, FaultKind, Route};

use super::library;
use crate::support::{CommandOutput, TestEnv};

#[track_caller]
fn assert_explains(output: CommandOutput) {
    output
        .assert_exit(4)
        .assert_says("no longer valid")
        .assert_says("hint:")
        .assert_says("`gphotos-dl login`")
        .assert_says("Testing")
        .assert_says("7 days");
}

#[test]
fn a_sign_in_that_was_taken_back_needs_a_new_one() {
    let env = TestEnv::signed_in(library());
    env.google.revoke_all();
    assert_explains(env.sync(&[]));
    let stats = env.google.stats();
    assert_eq!(stats.count(Route::Authorize), 0);
    assert_eq!(stats.count(Route::Token), 1, "asking again is no use");
    // A new one mends it.
    env.sign_in();
    env.sync(&[]).assert_exit(0);
}

#[test]
fn a_project_in_testing_is_the_likely_cause_after_seven_days() {
    let week = 604_799;
    let world = library().with(|world| world.oauth.refresh_token_seconds = Some(week));
    let mut env = TestEnv::signed_in(world);
    env.sync(&[]).assert_exit(0);
    env.google.advance(Duration::from_secs(week + 1));
    env.in_hours(24 * 7);
    assert_explains(env.sync(&[]));
}

#[test]
fn a_sign_in_that_is_taken_back_in_the_middle_keeps_what_was_fetched() {
    // Days are listed one after another, so bytes are asked for long before the last of them.
    let world = library().with(|world| world.network.latency_ms = 5);
    let revoke = Fault::new(FaultKind::Revoke).route(Route::Bytes).nth(6);
    let env = TestEnv::signed_in(world.fail(revoke));
    let output = env.run(&[
        "sync",
        "--since",
        "2022-01-01",
        "--window",
        "month",
        "--list-jobs",
        "1",
        "--no-full-listing",
    ]);
    assert_explains(output);
    let archive = env.archive();
    assert!(!archive.files.is_empty() && archive.files.len() < 24);
    for row in archive
        .rows
        .iter()
        .filter(|row| row["status"] == "downloaded")
    {
        assert!(archive.files.contains_key(&row["local_path"]), "{row:?}");
    }
    env.sign_in();
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.archive().files.len(), 24);
}
