//! `login`: how a person gets in, and everything that may come between.

mod browser;
mod consent;
mod listener;
mod page;
mod paste;
mod refusal;
mod token_file;

use gphotos_sim::{LIBRARY_READ_SCOPE, Route, World};

use crate::support::{Login, Signal, TestEnv, signal, until_says, visit};

#[test]
fn the_address_carries_what_google_asks_for_and_no_more() {
    let env = TestEnv::new(World::new());
    let login = Login::start(&env, &[]);
    let (endpoint, _) = login.address.split_once('?').expect("a query");
    assert_eq!(
        endpoint,
        format!("{}/o/oauth2/v2/auth", env.google.endpoint())
    );
    let mut query = login.query();
    let mut take = |name: &str| query.remove(name).unwrap_or_default();
    assert_eq!(
        take("client_id"),
        env.google.world(|world| world.oauth.client_id.clone())
    );
    assert_eq!(
        take("redirect_uri"),
        format!("http://127.0.0.1:{}/", login.listener().port())
    );
    assert_eq!(take("response_type"), "code");
    assert_eq!(take("scope"), LIBRARY_READ_SCOPE);
    assert!(LIBRARY_READ_SCOPE.ends_with("/auth/photoslibrary.readonly.appcreateddata"));
    assert_eq!(take("code_challenge_method"), "S256");
    // SHA-256 in base64url without padding.
    assert_eq!(take("code_challenge").len(), 43);
    // 16 random bytes at least.
    assert!(take("state").len() >= 22);
    assert_eq!(
        (take("access_type"), take("prompt")),
        ("offline".to_owned(), "consent".to_owned())
    );
    assert!(query.is_empty(), "{query:?}");
}

#[test]
fn the_address_stands_alone_on_stdout() {
    let env = TestEnv::new(World::new());
    let login = Login::start(&env, &[]);
    visit(&login.address);
    let output = login.finish().assert_exit(0).assert_says("Signed in");
    assert_eq!(output.stdout, "");
}

#[test]
fn with_json_the_summary_is_all_of_stdout_and_the_address_is_on_stderr() {
    let env = TestEnv::new(World::new());
    let mut login = env.spawn(&["--json", "login", "--no-browser"]);
    let said = until_says(login.stderr.as_mut().expect("piped"), "\nhttp");
    let rest = until_says(login.stderr.as_mut().expect("piped"), "\n");
    visit(&format!("http{}", rest.trim_end()));
    assert!(
        said.starts_with("Within 5 minutes, open this address"),
        "{said}"
    );
    let summary = env.finish(login).assert_exit(0).json();
    assert_eq!(
        (&summary["command"], &summary["exit"]),
        (&"login".into(), &0.into())
    );
    let args = ["--json", "--log-format", "json", "login", "--no-browser"];
    let mut login = env.spawn(&args);
    let said = until_says(login.stderr.as_mut().expect("piped"), "\"open\"}\n");
    let told = said.lines().last().expect("a line");
    let told: serde_json::Value = serde_json::from_str(told).expect("JSON");
    visit(told["address"].as_str().expect("an address"));
    let summary = env.finish(login).assert_exit(0).json();
    assert_eq!(
        (&summary["command"], &summary["exit"]),
        (&"login".into(), &0.into())
    );
}

#[test]
fn every_sign_in_has_a_state_and_a_proof_key_of_its_own() {
    let env = TestEnv::new(World::new());
    let (first, second) = (Login::start(&env, &[]), Login::start(&env, &[]));
    for name in ["state", "code_challenge", "redirect_uri"] {
        assert_ne!(first.query()[name], second.query()[name], "{name}");
    }
}

#[test]
fn one_sign_in_is_enough_for_the_runs_to_come() {
    let env = TestEnv::new(World::new().photo("IMG_1.jpg", "2024-03-09T06:15:42Z"));
    env.sign_in();
    let stats = env.google.stats();
    assert_eq!((stats.codes_issued, stats.exchanges), (1, 1));
    env.google.reset_stats();
    env.sync(&[]).assert_exit(0);
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.google.stats().count(Route::Authorize), 0);
    assert_eq!(env.google.stats().count(Route::Token), 0);
    // Among them: a sign-in without state or without an S256 proof key.
    assert_eq!(env.google.broken_rules(), []);
}

#[test]
fn an_interrupted_sign_in_says_nothing_and_has_the_signals_exit_code() {
    let env = TestEnv::new(World::new());
    for (number, exit) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let login = Login::start(&env, &[]);
        signal(login.child(), number);
        let output = login.finish().assert_exit(exit);
        assert!(!output.stderr.contains("error"), "{output}");
    }
    assert!(!env.path("credentials/token_library.json").exists());
}

#[test]
fn a_script_gets_its_object_of_an_interrupted_sign_in_too() {
    use std::io::{BufRead, BufReader};
    let env = TestEnv::new(World::new());
    let mut login = env.spawn(&["login", "--no-browser", "--json"]);
    let stderr = login.stderr.take().expect("stderr is piped");
    // Kept open to its end, so that the program can go on writing to it.
    let mut lines = BufReader::new(stderr).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.starts_with("http")));
    signal(&login, Signal::INT);
    let told = env.finish(login).assert_exit(130).json();
    assert_eq!(told["exit"], 130);
    assert!(told["error"].is_string(), "{told}");
}
