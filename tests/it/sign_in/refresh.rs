//! Renewing the access token: early, once, and patiently.

use std::time::{Duration, Instant};

use gphotos_sim::{Fault, FaultKind, Rotation, Route};

use super::{TOKEN, library, refused_calls, token};
use crate::support::TestEnv;

/// Everything at a time that a run may ask for at a time.
const MANY: [&str; 6] = ["--window", "month", "--list-jobs", "16", "--jobs", "16"];

fn sync_many(env: &TestEnv) -> crate::support::CommandOutput {
    let mut args = vec!["sync", "--since", "2022-01-01"];
    args.extend(MANY);
    env.run(&args)
}

/// *Now* so many seconds later, for the program alone.
fn later(env: &mut TestEnv, seconds: i64) {
    env.set(
        "GPHOTOS_DL_TEST_CLOCK",
        &format!("offset={seconds},waits=0.001"),
    );
}

#[test]
fn an_old_token_is_refreshed_once_however_many_requests_ask() {
    let mut env = TestEnv::signed_in(library());
    later(&mut env, 7200);
    sync_many(&env).assert_exit(0);
    let stats = env.google.stats();
    assert_eq!(stats.refreshes, 1);
    assert_eq!(stats.count(Route::Token), 1);
    assert!(stats.count(Route::Search) > 16, "too few to tell");
    assert_eq!(env.archive().files.len(), 24);
}

#[test]
fn a_token_is_refreshed_some_minutes_before_its_end() {
    let mut env = TestEnv::signed_in(library());
    // Of 3,599 seconds, ten minutes are left: good enough. Four minutes: not for what a run may take.
    for (seconds, refreshes) in [(2999, 0), (3359, 1)] {
        env.google.reset_stats();
        later(&mut env, seconds);
        sync_many(&env).assert_exit(0);
        let stats = env.google.stats();
        assert_eq!(stats.refreshes, refreshes, "after {seconds} s");
        assert_eq!(refused_calls(&stats), 0, "after {seconds} s");
    }
}

#[test]
fn tokens_that_live_for_two_seconds_are_refreshed_once_in_a_life() {
    let world = library().with(|world| world.oauth.expires_in_seconds = 2);
    // One slow answer makes the run outlive a token while the others ask.
    let slow = Fault::new(FaultKind::Delay { ms: 2500 })
        .route(Route::Search)
        .nth(20);
    let env = TestEnv::signed_in(world.fail(slow));
    let start = Instant::now();
    sync_many(&env).assert_exit(0);
    let lives = start.elapsed().as_secs() / 2 + 1;
    let refreshes = env.google.stats().refreshes;
    assert!(
        (1..=lives).contains(&refreshes),
        "{refreshes} in {lives} lives"
    );
    assert_eq!(env.archive().files.len(), 24);
}

#[test]
fn tokens_that_die_in_the_middle_of_a_run_cost_one_refresh_and_no_item() {
    for (route, nth) in [(Route::Search, 1), (Route::Search, 12), (Route::List, 1)] {
        let death = Fault::new(FaultKind::AccessTokensDie).route(route).nth(nth);
        let env = TestEnv::signed_in(library().fail(death));
        sync_many(&env).assert_exit(0);
        let stats = env.google.stats();
        assert!(refused_calls(&stats) >= 1, "{route:?} {nth}: nothing died");
        assert_eq!(stats.refreshes, 1, "{route:?} {nth}");
        assert_eq!(env.archive().files.len(), 24, "{route:?} {nth}");
    }
}

#[test]
fn a_token_that_died_between_two_runs_is_replaced() {
    let env = TestEnv::signed_in(library());
    env.google.expire_access_tokens();
    sync_many(&env).assert_exit(0);
    assert_eq!(env.google.stats().refreshes, 1);
    // And kept: the next run needs no other.
    env.google.reset_stats();
    sync_many(&env).assert_exit(0);
    assert_eq!(env.google.stats().count(Route::Token), 0);
}

#[test]
fn a_token_that_is_never_accepted_is_not_refreshed_for_ever() {
    let fault = Fault::new(FaultKind::status(401)).path("/v1/").always();
    let env = TestEnv::signed_in(library().fail(fault));
    env.sync(&["--list-jobs", "1", "--no-full-listing"])
        .assert_exit(4)
        .assert_says("hint:")
        .assert_says("`gphotos-dl login`");
    assert_eq!(env.google.stats().refreshes, 1);
}

#[test]
fn a_refresh_token_that_google_replaces_is_kept_for_the_next_run() {
    for rotation in [Rotation::DropOld, Rotation::KeepOld] {
        let world = library().with(|world| world.oauth.rotation = rotation);
        let env = TestEnv::signed_in(world);
        let mut seen = vec![token(&env)["refresh_token"].clone()];
        for _ in 0..3 {
            env.google.expire_access_tokens();
            env.google.reset_stats();
            sync_many(&env).assert_exit(0);
            assert_eq!(env.google.stats().refreshes, 1);
            let newest = token(&env)["refresh_token"].clone();
            assert!(!seen.contains(&newest), "the old one is still in the file");
            seen.push(newest);
        }
    }
}

#[test]
fn a_refresh_token_that_google_does_not_replace_stays() {
    let env = TestEnv::signed_in(library());
    let before = token(&env);
    env.google.expire_access_tokens();
    sync_many(&env).assert_exit(0);
    let after = token(&env);
    assert_eq!(before["refresh_token"], after["refresh_token"]);
    assert_ne!(before["access_token"], after["access_token"]);
}

#[test]
fn a_token_endpoint_that_is_down_for_a_moment_is_asked_again() {
    for trouble in [
        FaultKind::status(503),
        FaultKind::ResetBeforeHeaders,
        FaultKind::CloseBeforeHeaders,
        FaultKind::HtmlOk,
        FaultKind::CloseAfter { bytes: 20 },
        FaultKind::MinuteQuota,
    ] {
        let fault = Fault::new(trouble.clone())
            .route(Route::Token)
            .nth(2)
            .times(2);
        let env = TestEnv::signed_in(library().fail(fault));
        env.google.expire_access_tokens();
        let output = sync_many(&env);
        assert_eq!(output.exit, 0, "{trouble:?}:\n{output}");
        assert_eq!(env.google.stats().count(Route::Token), 3, "{trouble:?}");
    }
}

#[test]
fn a_token_endpoint_that_stays_down_ends_the_run_and_leaves_the_token_file_alone() {
    for trouble in [FaultKind::status(500), FaultKind::HtmlOk] {
        let fault = Fault::new(trouble.clone())
            .route(Route::Token)
            .nth(2)
            .always();
        let env = TestEnv::signed_in(library().fail(fault));
        let before = std::fs::read(env.path(TOKEN)).expect("readable");
        env.google.expire_access_tokens();
        // One lane, because others may be asking when the first gives up.
        let output = env
            .sync(&["--list-jobs", "1", "--no-full-listing"])
            .assert_exit(1)
            .assert_says("sign-in service");
        assert!(output.stderr.contains("hint:"), "{trouble:?}:\n{output}");
        assert_eq!(std::fs::read(env.path(TOKEN)).expect("readable"), before);
        let attempts = env.google.stats().count(Route::Token);
        assert!(
            (2..10).contains(&attempts),
            "{trouble:?}: {attempts} attempts"
        );
    }
}

#[test]
fn a_clock_that_is_far_off_costs_one_refresh() {
    // A day slow, two hours fast, and past 2038.
    for seconds in [-86_400, 7200, 15 * 365 * 86_400] {
        let mut env = TestEnv::signed_in(library());
        later(&mut env, seconds);
        env.google.advance(Duration::from_hours(2));
        sync_many(&env).assert_exit(0);
        assert_eq!(env.google.stats().refreshes, 1, "{seconds} s off");
        // Set right again, it is no trouble either.
        later(&mut env, 7200);
        env.google.expire_access_tokens();
        env.google.reset_stats();
        sync_many(&env).assert_exit(0);
        assert_eq!(env.google.stats().refreshes, 1, "{seconds} s off before");
    }
}
