//! The authorization request: what comes back to the client's listener, and what never does.

use std::time::{Duration, Instant};

use gphotos_sim::{
    ClientType, Consent, LIBRARY_READ_SCOPE, LoopbackPath, RemovedScopes, Rule, World,
};
use reqwest::StatusCode;

use crate::client::{CHALLENGE, REDIRECT, VERIFIER, query_of, redirect_of, signed_out};

const PICKER: &str = "https://www.googleapis.com/auth/photospicker.mediaitems.readonly";

#[tokio::test]
async fn automatic_consent_comes_back_with_code_state_and_extra_keys() {
    let google = signed_out(World::new()).await;
    let back = redirect_of(&google.authorize(&google.request()).await);
    assert!(back.as_str().starts_with(&format!("{REDIRECT}/?")));
    assert_eq!(query_of(&back, "state").as_deref(), Some("xyz"));
    assert!(query_of(&back, "code").unwrap().starts_with("4/0A"));
    assert_eq!(
        query_of(&back, "scope").as_deref(),
        Some(LIBRARY_READ_SCOPE)
    );
    for extra in ["iss", "authuser", "prompt"] {
        assert!(query_of(&back, extra).is_some(), "{extra}");
    }
    assert_eq!(google.sim.stats().codes_issued, 1);
    assert!(google.sim.broken_rules().is_empty());
}

#[tokio::test]
async fn the_older_path_of_client_files_answers_too() {
    let google = signed_out(World::new()).await;
    let response = google
        .http
        .get(google.url("/o/oauth2/auth"))
        .query(&google.request())
        .send()
        .await
        .unwrap();
    assert!(query_of(&redirect_of(&response), "code").is_some());
}

#[tokio::test]
async fn a_wrong_request_ends_on_a_page() {
    let google = signed_out(World::new()).await;
    for (name, value, status, error) in [
        ("client_id", "", 400, "invalid_request"),
        ("client_id", "another", 401, "invalid_client"),
        ("response_type", "", 400, "invalid_request"),
        ("response_type", "token", 400, "unsupported_response_type"),
        ("redirect_uri", "", 400, "invalid_request"),
        (
            "redirect_uri",
            "https://example.com/",
            400,
            "redirect_uri_mismatch",
        ),
        (
            "redirect_uri",
            "http://192.168.0.1:80/",
            400,
            "redirect_uri_mismatch",
        ),
        (
            "redirect_uri",
            "https://127.0.0.1:80/",
            400,
            "redirect_uri_mismatch",
        ),
        ("redirect_uri", "nonsense", 400, "redirect_uri_mismatch"),
        (
            "redirect_uri",
            "urn:ietf:wg:oauth:2.0:oob",
            400,
            "invalid_request",
        ),
        ("scope", "", 400, "invalid_request"),
        (
            "scope",
            "https://www.googleapis.com/auth/photoslibrary.everything",
            400,
            "invalid_scope",
        ),
        ("code_challenge", "short", 400, "invalid_request"),
        ("code_challenge_method", "S512", 400, "invalid_request"),
        ("access_type", "sometimes", 400, "invalid_request"),
        ("prompt", "please", 400, "invalid_request"),
    ] {
        let response = google.authorize(&google.request_with(name, value)).await;
        assert_eq!(response.status().as_u16(), status, "{name}={value}");
        let page = response.text().await.unwrap();
        assert!(
            page.contains(&format!("Error {status}: {error}")),
            "{name}={value}: {page}"
        );
        assert!(page.starts_with("<!DOCTYPE html>"));
    }
    assert_eq!(google.sim.stats().codes_issued, 0);
}

#[tokio::test]
async fn every_loopback_redirect_is_accepted() {
    let google = signed_out(World::new()).await;
    for redirect in [
        "http://127.0.0.1:1",
        "http://127.0.0.1:2/",
        "http://[::1]:3/",
        "http://localhost:4/",
        "http://127.0.0.1:5/callback",
    ] {
        let response = google
            .authorize(&google.request_with("redirect_uri", redirect))
            .await;
        assert!(
            query_of(&redirect_of(&response), "code").is_some(),
            "{redirect}"
        );
    }
    google
        .sim
        .world(|w| w.oauth.loopback_path = LoopbackPath::RootOnly);
    let response = google
        .authorize(&google.request_with("redirect_uri", "http://127.0.0.1:5/callback"))
        .await;
    assert!(
        response
            .text()
            .await
            .unwrap()
            .contains("redirect_uri_mismatch")
    );
}

#[tokio::test]
async fn a_web_client_accepts_only_what_is_registered() {
    let google = signed_out(World::new()).await;
    let registered = "http://127.0.0.1:8080/".to_owned();
    google.sim.world(|w| {
        w.oauth.client_type = ClientType::Web {
            redirect_uris: vec![registered.clone()],
        }
    });
    assert_eq!(
        google.authorize(&google.request()).await.status(),
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        google
            .authorize(&google.request_with("redirect_uri", &registered))
            .await
            .status(),
        StatusCode::FOUND
    );
    assert!(google.sim.client_secret_json().contains("\"web\""));
}

#[tokio::test]
async fn photos_and_drive_are_not_asked_for_together() {
    let google = signed_out(World::new()).await;
    let scopes = format!("{LIBRARY_READ_SCOPE} https://www.googleapis.com/auth/drive.readonly");
    let page = google
        .authorize(&google.request_with("scope", &scopes))
        .await
        .text()
        .await
        .unwrap();
    assert!(page.contains("cannot be requested together"), "{page}");
}

#[tokio::test]
async fn a_removed_scope_gives_either_consent_or_a_page() {
    let google = signed_out(World::new()).await;
    let request = google.request_with(
        "scope",
        "https://www.googleapis.com/auth/photoslibrary.readonly",
    );
    assert_eq!(google.authorize(&request).await.status(), StatusCode::FOUND);
    google
        .sim
        .world(|w| w.oauth.removed_scopes = RemovedScopes::Invalid);
    assert!(
        google
            .authorize(&request)
            .await
            .text()
            .await
            .unwrap()
            .contains("invalid_scope")
    );
}

#[tokio::test]
async fn cancelling_comes_back_as_access_denied() {
    let google = signed_out(World::new().with(|w| w.oauth.consent = Consent::Deny)).await;
    let back = redirect_of(&google.authorize(&google.request()).await);
    assert_eq!(query_of(&back, "error").as_deref(), Some("access_denied"));
    assert_eq!(query_of(&back, "state").as_deref(), Some("xyz"));
    assert_eq!(query_of(&back, "code"), None);
}

#[tokio::test]
async fn pages_that_end_the_matter_never_redirect() {
    let google = signed_out(World::new().with(|w| w.oauth.consent = Consent::TesterBlock)).await;
    let response = google.authorize(&google.request()).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let page = response.text().await.unwrap();
    assert!(
        page.contains("Error 403: access_denied")
            && page.contains("has not completed the Google verification process")
    );

    let consent = Consent::Page {
        status: 400,
        error: "admin_policy_enforced".to_owned(),
    };
    google.sim.world(|w| w.oauth.consent = consent);
    let page = google
        .authorize(&google.request())
        .await
        .text()
        .await
        .unwrap();
    assert!(page.contains("Error 400: admin_policy_enforced"));
}

#[tokio::test]
async fn an_unticked_scope_is_missing_from_the_redirect() {
    let google = signed_out(
        World::new()
            .with(|w| w.oauth.consent = Consent::Untick(vec![LIBRARY_READ_SCOPE.to_owned()])),
    )
    .await;
    let both = format!("{LIBRARY_READ_SCOPE} {PICKER}");
    let back = redirect_of(&google.authorize(&google.request_with("scope", &both)).await);
    assert_eq!(query_of(&back, "scope").as_deref(), Some(PICKER));
}

#[tokio::test]
async fn the_form_has_a_box_per_scope_and_works_once() {
    let google = signed_out(World::new().with(|w| w.oauth.consent = Consent::Form)).await;
    let both = format!("{LIBRARY_READ_SCOPE} {PICKER}");
    let page = google
        .authorize(&google.request_with("scope", &both))
        .await
        .text()
        .await
        .unwrap();
    assert_eq!(page.matches("type=\"checkbox\"").count(), 2);
    let request = page
        .split("name=\"request\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();

    let approve = |decision: &'static str| {
        let form = [
            ("request", request.clone()),
            ("scope", PICKER.to_owned()),
            ("decision", decision.to_owned()),
        ];
        google
            .http
            .post(google.url("/o/oauth2/v2/approval"))
            .form(&form)
            .send()
    };
    let back = redirect_of(&approve("allow").await.unwrap());
    assert_eq!(query_of(&back, "scope").as_deref(), Some(PICKER));
    assert_eq!(query_of(&back, "state").as_deref(), Some("xyz"));
    assert_eq!(
        approve("allow").await.unwrap().status(),
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn the_cancel_button_of_the_form_denies() {
    let google = signed_out(World::new().with(|w| w.oauth.consent = Consent::Form)).await;
    let page = google
        .authorize(&google.request())
        .await
        .text()
        .await
        .unwrap();
    let request = page
        .split("name=\"request\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let form = [("request", request), ("decision", "cancel".to_owned())];
    let response = google
        .http
        .post(google.url("/o/oauth2/v2/approval"))
        .form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(
        query_of(&redirect_of(&response), "error").as_deref(),
        Some("access_denied")
    );
}

#[tokio::test]
async fn a_slow_person_keeps_the_browser_waiting() {
    let google = signed_out(World::new().with(|w| w.oauth.person_ms = 120)).await;
    let start = Instant::now();
    google.code().await;
    assert!(start.elapsed() >= Duration::from_millis(120));
}

#[tokio::test]
async fn a_client_without_state_or_proof_key_breaks_a_rule() {
    let google = signed_out(World::new()).await;
    google.authorize(&google.request_with("state", "")).await;
    let without: Vec<_> = google
        .request()
        .into_iter()
        .filter(|(name, _)| !name.starts_with("code_challenge"))
        .collect();
    assert_eq!(google.authorize(&without).await.status(), StatusCode::FOUND);
    let rules: Vec<Rule> = google
        .sim
        .broken_rules()
        .into_iter()
        .map(|it| it.rule)
        .collect();
    assert_eq!(rules, [Rule::StateMissing, Rule::NoProofKey]);
}

#[tokio::test]
async fn a_challenge_without_method_is_plain() {
    let google = signed_out(World::new()).await;
    let plain: Vec<_> = google
        .request_with("code_challenge_method", "")
        .into_iter()
        .map(|(k, v)| {
            (
                k,
                if k == "code_challenge" {
                    VERIFIER.to_owned()
                } else {
                    v
                },
            )
        })
        .collect();
    let code = query_of(&redirect_of(&google.authorize(&plain).await), "code").unwrap();
    assert_eq!(
        google.token_endpoint(&google.exchange(&code)).await.0,
        StatusCode::OK
    );
    assert_ne!(VERIFIER, CHALLENGE);
}
