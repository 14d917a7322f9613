//! Sign-ins that do not succeed, and what the person is told.

use gphotos_sim::{
    Consent, ErrorBody, Fault, FaultKind, LIBRARY_READ_SCOPE, RefreshTokens, Route, World,
};

use crate::support::{CommandOutput, Login, TestEnv, visit};

fn consent(consent: Consent) -> World {
    World::new().with(|world| world.oauth.consent = consent)
}

fn at_token_endpoint(what: FaultKind) -> World {
    World::new().fail(Fault::new(what).route(Route::Token).always())
}

/// A sign-in that must leave no token behind.
#[track_caller]
fn failed_login(env: &TestEnv, args: &[&str]) -> CommandOutput {
    let login = Login::start(env, args);
    visit(&login.address);
    let output = login.finish();
    assert!(
        !env.path("credentials/token_library.json").exists(),
        "{output}"
    );
    output
}

#[test]
fn a_denied_consent_says_how_to_try_again() {
    let env = TestEnv::new(consent(Consent::Deny));
    failed_login(&env, &[])
        .assert_exit(4)
        .assert_says("access_denied")
        .assert_says("hint:")
        .assert_says("`gphotos-dl login`");
    assert_eq!(env.google.stats().count(Route::Token), 0);
}

#[test]
fn the_only_permission_unticked_is_a_denial() {
    let env = TestEnv::new(consent(Consent::Untick(vec![
        LIBRARY_READ_SCOPE.to_owned(),
    ])));
    failed_login(&env, &[])
        .assert_exit(4)
        .assert_says("`gphotos-dl login`");
}

#[test]
fn a_token_for_another_permission_is_not_kept() {
    let text = serde_json::json!({
        "access_token": "ya29.narrow", "refresh_token": "1//0narrow", "expires_in": 3599, "token_type": "Bearer",
        "scope": "https://www.googleapis.com/auth/photoslibrary.appendonly",
    });
    let env = TestEnv::new(at_token_endpoint(FaultKind::Body {
        status: 200,
        content_type: "application/json".to_owned(),
        text: text.to_string(),
    }));
    failed_login(&env, &[])
        .assert_exit(4)
        .assert_says("permission")
        .assert_says(LIBRARY_READ_SCOPE)
        .assert_says("hint:")
        .assert_says("ticked");
}

#[test]
fn a_page_that_never_comes_back_ends_with_the_likely_causes() {
    for page in [
        Consent::TesterBlock,
        Consent::Page {
            status: 400,
            error: "redirect_uri_mismatch".to_owned(),
        },
    ] {
        let env = TestEnv::new(consent(page));
        failed_login(&env, &["--timeout", "1"])
            .assert_exit(4)
            .assert_says("nobody signed in within 1 second")
            .assert_says("hint:")
            .assert_says("test user")
            .assert_says("redirect_uri_mismatch")
            .assert_says("`gphotos-dl login --paste`");
    }
}

#[test]
fn without_a_terminal_it_waits_for_as_long_as_it_says() {
    let mut env = TestEnv::new(World::new());
    env.set("BROWSER", "/bin/true");
    for args in [["login"].as_slice(), &["login", "--no-browser"]] {
        let mut all = args.to_vec();
        all.extend(["--timeout", "1"]);
        env.run_or_kill(&all)
            .assert_exit(4)
            .assert_says("ithin 1 second")
            .assert_says("nobody signed in within 1 second")
            .assert_says("`gphotos-dl login --paste`");
    }
}

#[test]
fn a_missing_refresh_token_is_explained() {
    let env =
        TestEnv::new(World::new().with(|world| world.oauth.refresh_tokens = RefreshTokens::Never));
    failed_login(&env, &[])
        .assert_exit(4)
        .assert_says("refresh token")
        .assert_says("hint:")
        .assert_says("https://myaccount.google.com/permissions");
}

#[test]
fn google_is_asked_so_that_it_always_sends_a_refresh_token() {
    let world =
        World::new().with(|world| world.oauth.refresh_tokens = RefreshTokens::FirstOrPrompted);
    let env = TestEnv::new(world);
    env.sign_in();
    env.sign_in();
}

#[test]
fn a_wrong_client_secret_points_to_the_file() {
    let env = TestEnv::new(World::new());
    let file = env.path("credentials/client_secret.json");
    let wrong = std::fs::read_to_string(&file)
        .expect("readable")
        .replace("GOCSPX-simulated", "GOCSPX-wrong");
    std::fs::write(&file, wrong).expect("written");
    let output = failed_login(&env, &[])
        .assert_exit(1)
        .assert_says("refused")
        .assert_says("invalid_client")
        .assert_says("hint:")
        .assert_says("client_secret.json");
    assert!(!output.stderr.contains("GOCSPX-wrong"), "{output}");
}

#[test]
fn a_code_that_google_does_not_take_says_to_sign_in_again() {
    let env = TestEnv::new(at_token_endpoint(FaultKind::token_error("invalid_grant")));
    failed_login(&env, &[])
        .assert_exit(4)
        .assert_says("invalid_grant")
        .assert_says("hint:")
        .assert_says("`gphotos-dl login`");
}

#[test]
fn a_token_endpoint_that_is_down_is_named_with_a_hint() {
    for body in [ErrorBody::Google, ErrorBody::Html, ErrorBody::Empty] {
        let env = TestEnv::new(at_token_endpoint(FaultKind::Status {
            code: 503,
            body,
            retry_after: None,
        }));
        failed_login(&env, &[])
            .assert_exit(1)
            .assert_says("sign-in service")
            .assert_says("503")
            .assert_says("hint:");
    }
}

#[test]
fn a_token_endpoint_that_cannot_be_reached_is_named_with_a_hint() {
    let env = TestEnv::new(World::new());
    let file = env.path("credentials/client_secret.json");
    let token_uri = format!("{}/token", env.google.endpoint());
    let unreachable = std::fs::read_to_string(&file)
        .expect("readable")
        .replace(&token_uri, "http://127.0.0.1:1/token");
    std::fs::write(&file, unreachable).expect("written");
    failed_login(&env, &[])
        .assert_exit(1)
        .assert_says("sign-in service")
        .assert_says("no connection")
        .assert_says("hint:")
        .assert_says("online");
}

#[test]
fn an_answer_that_is_no_token_is_named_with_a_hint() {
    for answer in [
        FaultKind::HtmlOk,
        FaultKind::EmptyOk,
        FaultKind::JsonOk,
        FaultKind::CloseAfter { bytes: 20 },
    ] {
        let env = TestEnv::new(at_token_endpoint(answer.clone()));
        let output = failed_login(&env, &[]).assert_exit(1);
        let output = output.assert_says("sign-in service");
        assert!(output.stderr.contains("hint:"), "{answer:?}:\n{output}");
    }
}

#[test]
fn a_redirect_of_the_token_endpoint_is_not_followed() {
    let elsewhere = TestEnv::new(World::new());
    let env = TestEnv::new(at_token_endpoint(FaultKind::Redirect {
        to: format!("{}/token", elsewhere.google.endpoint()),
        code: 307,
    }));
    failed_login(&env, &[])
        .assert_exit(1)
        .assert_says("sign-in service");
    assert_eq!(
        elsewhere.google.stats().total(),
        0,
        "the code went to a stranger"
    );
}
