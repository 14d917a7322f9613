//! `logout`: the sign-in is given up at Google and here, and what could not be done is said.

use std::fs;

use gphotos_sim::{ErrorBody, Fault, FaultKind, Route, World};

use crate::support::TestEnv;

const TOKEN: &str = "credentials/token_library.json";

fn read(env: &TestEnv, path: &str) -> String {
    fs::read_to_string(env.path(path)).expect("readable")
}

#[test]
fn the_sign_in_is_revoked_at_google_and_deleted_here() {
    let env = TestEnv::signed_in(World::new());
    let token = read(&env, TOKEN);
    let output = env.run(&["logout"]).assert_exit(0);
    assert!(output.stderr.contains("revoked"), "{output}");
    assert!(
        output.stderr.contains("those of other roots too"),
        "{output}"
    );
    assert_eq!(output.stdout, "");
    assert_eq!(env.google.stats().count_with(Route::Revoke, 200), 1);
    assert!(!env.path(TOKEN).exists());
    assert!(env.path("credentials/client_secret.json").is_file());
    // A copy that somebody kept is worth nothing any more.
    fs::write(env.path(TOKEN), token).expect("written");
    env.sync(&[]).assert_exit(4);
}

#[test]
fn the_token_is_sent_in_the_body_and_not_in_the_address() {
    let env = TestEnv::signed_in(World::new());
    env.run(&["logout"]).assert_exit(0);
    assert_eq!(env.google.broken_rules(), []);
}

#[test]
fn without_a_sign_in_there_is_nothing_to_do() {
    let env = TestEnv::new(World::new());
    env.run(&["logout"])
        .assert_exit(0)
        .assert_says("no sign-in");
    assert_eq!(env.google.stats().total(), 0);
}

#[test]
fn a_sign_in_that_google_has_forgotten_already_is_given_up_all_the_same() {
    let env = TestEnv::signed_in(World::new());
    env.google.revoke_all();
    env.run(&["logout"]).assert_exit(0);
    assert!(!env.path(TOKEN).exists());
}

#[test]
fn when_google_cannot_be_told_it_is_deleted_here_and_that_is_said() {
    for refusal in [
        FaultKind::ResetBeforeHeaders,
        FaultKind::CloseBeforeHeaders,
        FaultKind::Status {
            code: 503,
            body: ErrorBody::Html,
            retry_after: None,
        },
        FaultKind::Status {
            code: 403,
            body: ErrorBody::Html,
            retry_after: None,
        },
    ] {
        let fault = Fault::new(refusal.clone()).route(Route::Revoke).always();
        let env = TestEnv::signed_in(World::new().fail(fault));
        let output = env
            .run(&["logout"])
            .assert_exit(1)
            .assert_says("deleted here")
            .assert_says("https://myaccount.google.com/permissions")
            .assert_says("error:");
        assert!(!env.path(TOKEN).exists(), "{refusal:?}:\n{output}");
    }
}

#[test]
fn when_nothing_listens_at_google_it_is_deleted_here_and_that_is_said() {
    let env = TestEnv::signed_in(World::new());
    let client = read(&env, "credentials/client_secret.json");
    // Nobody may listen on port 1 without being asked by an administrator.
    let client = client.replace(env.google.endpoint(), "http://127.0.0.1:1");
    fs::write(env.path("credentials/client_secret.json"), client).expect("written");
    env.run(&["logout"])
        .assert_exit(1)
        .assert_says("deleted here")
        .assert_says("https://myaccount.google.com/permissions")
        .assert_says("hint:");
    assert!(!env.path(TOKEN).exists());
}

#[test]
fn a_damaged_token_file_is_deleted() {
    let env = TestEnv::signed_in(World::new());
    fs::write(env.path(TOKEN), "{\"client_id\": ").expect("written");
    let output = env.run(&["logout"]);
    assert!(!env.path(TOKEN).exists(), "{output}");
}

#[test]
fn a_sign_in_of_another_client_is_not_dropped_in_silence() {
    let env = TestEnv::signed_in(World::new());
    let client =
        read(&env, "credentials/client_secret.json").replace("111222333444", "555666777888");
    fs::write(env.path("credentials/client_secret.json"), client).expect("written");
    let output = env.run(&["logout"]);
    assert!(!env.path(TOKEN).exists());
    // Either Google was told, or the person must be: the refresh token lives on.
    let told = env.google.stats().count_with(Route::Revoke, 200) == 1;
    assert!(
        told || output.stderr.contains("myaccount.google.com/permissions"),
        "{output}"
    );
}

#[test]
fn a_missing_client_file_does_not_keep_the_token() {
    let env = TestEnv::signed_in(World::new());
    fs::remove_file(env.path("credentials/client_secret.json")).expect("removed");
    env.run(&["logout"])
        .assert_exit(1)
        .assert_says("client_secret.json")
        .assert_says("hint:");
    assert!(!env.path(TOKEN).exists());
}

#[test]
fn with_json_the_result_is_one_object() {
    let env = TestEnv::signed_in(World::new());
    let result = env.run(&["logout", "--json"]).assert_exit(0).json();
    assert_eq!(
        (&result["command"], &result["exit"]),
        (&"logout".into(), &0.into())
    );
}
