//! Sign-ins that end at Google: taken back, or dead after seven days because the project is in "Testing".

use std::time::Duration;

use gphotos_sim::{Fault, FaultKind, Route};

use serde_json::{Value, json};

use super::{edit_token, library};
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

#[test]
fn what_google_has_refused_is_not_shown_as_good_until_it_is_again() {
    let mut env = TestEnv::signed_in(library());
    let token = |env: &TestEnv| {
        let told = env.run(&["status", "--json"]).assert_exit(0).json();
        told["tokens"][0].clone()
    };
    env.google.revoke_all();
    env.in_hours(3);
    assert_eq!(token(&env)["state"], "signedin", "nobody has asked yet");
    assert_explains(env.sync(&[]));
    let told = token(&env);
    assert_eq!(told["state"], "refused", "{told:#}");
    assert!(told["refused"]["at"].is_string(), "{told:#}");
    let why = told["refused"]["why"].as_str().unwrap_or_default();
    assert!(why.contains("invalid_grant"), "{told:#}");
    let warning = told["warnings"][0].as_str().unwrap_or_default();
    assert!(warning.starts_with("Google refused it on "), "{told:#}");
    assert!(warning.ends_with("run `gphotos-dl login`"), "{told:#}");
    let output = env.run(&["status"]).assert_exit(0);
    assert!(output.stdout.contains("refused, signed in on "), "{output}");
    assert!(output.stdout.contains("run `gphotos-dl login`"), "{output}");
    // The refusal is of this token, and goes with it.
    env.sign_in();
    let told = token(&env);
    assert_eq!(
        (&told["state"], &told["refused"]),
        (&json!("signedin"), &Value::Null)
    );
    assert_eq!(told["warnings"], json!([]));
    // So it does where Google takes the same one again.
    edit_token(&env, |token| {
        token["expires_at"] = json!("2024-01-01T00:00:00Z");
        token["refused"] = json!({ "at": "2024-01-01T00:00:00Z", "why": "invalid_grant" });
    });
    assert_eq!(token(&env)["state"], "refused");
    env.sync(&[]).assert_exit(0);
    assert_eq!(token(&env)["state"], "signedin");
}
