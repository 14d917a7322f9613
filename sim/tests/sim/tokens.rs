//! The token endpoint and the life of tokens.

use std::time::Duration;

use gphotos_sim::{Fault, FaultKind, LIBRARY_READ_SCOPE, RefreshTokens, Rotation, Rule, World};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::client::{Google, answer, google, signed_out};

fn text<'v>(answer: &'v Value, field: &str) -> &'v str {
    answer[field].as_str().unwrap()
}

/// The exchange with one field changed, or left out if the value is empty.
async fn exchange_with(google: &Google, field: &str, value: &str) -> (StatusCode, Value) {
    let form = google.exchange(&google.code().await).into_iter();
    let form: Vec<_> = form
        .map(|(key, old)| (key, if key == field { value.to_owned() } else { old }))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    google.token_endpoint(&form).await
}

#[tokio::test]
async fn a_code_becomes_tokens_once() {
    let google = signed_out(World::new()).await;
    let form = google.exchange(&google.code().await);
    let (status, tokens) = google.token_endpoint(&form).await;
    assert_eq!(status, StatusCode::OK);
    assert!(text(&tokens, "access_token").starts_with("ya29."));
    assert!(text(&tokens, "refresh_token").starts_with("1//0"));
    assert_eq!(tokens["expires_in"], 3599);
    assert_eq!(tokens["scope"], LIBRARY_READ_SCOPE);
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens.get("refresh_token_expires_in"), None);

    let (status, again) = google.token_endpoint(&form).await;
    assert_eq!(
        (status, text(&again, "error")),
        (StatusCode::BAD_REQUEST, "invalid_grant")
    );
    assert_eq!(google.sim.broken_rules()[0].rule, Rule::CodeReused);
    assert_eq!(google.sim.stats().exchanges, 1);
}

#[tokio::test]
async fn every_flaw_of_an_exchange_has_its_error() {
    let google = signed_out(World::new()).await;
    for (field, value, status, error) in [
        ("client_id", "another", 401, "invalid_client"),
        ("client_secret", "wrong", 401, "invalid_client"),
        ("client_id", "", 400, "invalid_request"),
        ("code", "4/0Amade-up", 400, "invalid_grant"),
        ("code", "", 400, "invalid_request"),
        (
            "code_verifier",
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXX",
            400,
            "invalid_grant",
        ),
        ("code_verifier", "", 400, "invalid_grant"),
        (
            "redirect_uri",
            "http://127.0.0.1:54321/",
            400,
            "invalid_grant",
        ),
        ("grant_type", "password", 400, "unsupported_grant_type"),
        ("grant_type", "", 400, "invalid_request"),
    ] {
        let (got, answer) = exchange_with(&google, field, value).await;
        assert_eq!(
            (got.as_u16(), text(&answer, "error")),
            (status, error),
            "{field}={value}: {answer}"
        );
    }
}

#[tokio::test]
async fn the_secret_of_a_desktop_client_is_optional() {
    let google = signed_out(World::new()).await;
    assert_eq!(
        exchange_with(&google, "client_secret", "").await.0,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_code_dies_after_ten_minutes() {
    let google = signed_out(World::new()).await;
    let form = google.exchange(&google.code().await);
    google.sim.advance(Duration::from_mins(11));
    assert_eq!(
        google.token_endpoint(&form).await.1["error"],
        "invalid_grant"
    );
}

#[tokio::test]
async fn the_token_endpoint_wants_a_form() {
    let google = signed_out(World::new()).await;
    let (status, _) = answer(
        google
            .http
            .post(google.url("/token"))
            .json(&json!({}))
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_refresh_keeps_the_refresh_token_unless_told_otherwise() {
    let google = signed_out(World::new()).await;
    let first = google.sign_in().await;
    let old = text(&first, "refresh_token").to_owned();

    let (_, refreshed) = google.token_endpoint(&google.refresh_form(&old)).await;
    assert_eq!(refreshed.get("refresh_token"), None);
    assert_ne!(refreshed["access_token"], first["access_token"]);

    google.sim.world(|w| w.oauth.rotation = Rotation::KeepOld);
    let (_, rotated) = google.token_endpoint(&google.refresh_form(&old)).await;
    let new = text(&rotated, "refresh_token").to_owned();
    assert_ne!(new, old);

    google.sim.world(|w| w.oauth.rotation = Rotation::DropOld);
    assert_eq!(
        google.token_endpoint(&google.refresh_form(&old)).await.0,
        StatusCode::OK
    );
    let (status, refused) = google.token_endpoint(&google.refresh_form(&old)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(
        refused,
        json!({ "error": "invalid_grant", "error_description": "Token has been expired or revoked." })
    );
    assert_eq!(
        google.token_endpoint(&google.refresh_form(&new)).await.0,
        StatusCode::OK
    );
    assert_eq!(google.sim.stats().refreshes, 4);
}

#[tokio::test]
async fn access_tokens_live_as_long_as_they_say() {
    let mut google = signed_out(World::new().with(|w| w.oauth.expires_in_seconds = 2)).await;
    let tokens = google.sign_in().await;
    assert_eq!(tokens["expires_in"], 2);
    text(&tokens, "access_token").clone_into(&mut google.token);
    assert_eq!(google.get("/v1/mediaItems").await.0, StatusCode::OK);
    google.sim.advance(Duration::from_secs(2));
    assert_eq!(
        google.get("/v1/mediaItems").await.0,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_project_in_testing_loses_its_refresh_token_after_a_week() {
    let google =
        signed_out(World::new().with(|w| w.oauth.refresh_token_seconds = Some(604_799))).await;
    let tokens = google.sign_in().await;
    assert_eq!(tokens["refresh_token_expires_in"], 604_799);
    let form = google.refresh_form(text(&tokens, "refresh_token"));
    google.sim.advance(Duration::from_hours(6 * 24));
    assert_eq!(google.token_endpoint(&form).await.0, StatusCode::OK);
    google.sim.advance(Duration::from_hours(2 * 24));
    assert_eq!(
        google.token_endpoint(&form).await.1["error"],
        "invalid_grant"
    );
}

#[tokio::test]
async fn an_answer_may_lack_the_refresh_token() {
    let google =
        signed_out(World::new().with(|w| w.oauth.refresh_tokens = RefreshTokens::Never)).await;
    assert_eq!(google.sign_in().await.get("refresh_token"), None);

    google
        .sim
        .world(|w| w.oauth.refresh_tokens = RefreshTokens::FirstOrPrompted);
    assert!(
        google.sign_in().await.get("refresh_token").is_some(),
        "prompt=consent was sent"
    );
    let unprompted = google.request_with("prompt", "");
    let back = crate::client::redirect_of(&google.authorize(&unprompted).await);
    let code = crate::client::query_of(&back, "code").unwrap();
    let (_, tokens) = google.token_endpoint(&google.exchange(&code)).await;
    assert_eq!(tokens.get("refresh_token"), None);
}

#[tokio::test]
async fn the_hundred_and_first_refresh_token_drops_the_first() {
    let google = signed_out(World::new()).await;
    let first = google.sign_in().await;
    for _ in 0..100 {
        google.sign_in().await;
    }
    let (_, refused) = google
        .token_endpoint(&google.refresh_form(text(&first, "refresh_token")))
        .await;
    assert_eq!(refused["error"], "invalid_grant");
}

#[tokio::test]
async fn revoking_any_token_takes_back_everything() {
    let mut google = signed_out(World::new()).await;
    let tokens = google.sign_in().await;
    text(&tokens, "access_token").clone_into(&mut google.token);
    let revoke = |token: &str| {
        google
            .http
            .post(google.url("/revoke"))
            .form(&[("token", token)])
            .send()
    };
    assert_eq!(
        revoke("made-up").await.unwrap().status(),
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        revoke(text(&tokens, "access_token"))
            .await
            .unwrap()
            .status(),
        StatusCode::OK
    );
    assert_eq!(
        google.get("/v1/mediaItems").await.0,
        StatusCode::UNAUTHORIZED
    );
    let (_, refused) = google
        .token_endpoint(&google.refresh_form(text(&tokens, "refresh_token")))
        .await;
    assert_eq!(refused["error"], "invalid_grant");
    assert_eq!(
        revoke(text(&tokens, "refresh_token"))
            .await
            .unwrap()
            .status(),
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn the_handle_can_revoke_and_expire() {
    let google = google(World::new()).await;
    google.sim.expire_access_tokens();
    assert_eq!(
        google.get("/v1/mediaItems").await.0,
        StatusCode::UNAUTHORIZED
    );
    let tokens = google.sign_in().await;
    google.sim.revoke_all();
    let (_, refused) = google
        .token_endpoint(&google.refresh_form(text(&tokens, "refresh_token")))
        .await;
    assert_eq!(refused["error"], "invalid_grant");
}

#[tokio::test]
async fn the_token_endpoint_fails_on_demand() {
    let subtype = FaultKind::TokenError {
        error: "invalid_grant".to_owned(),
        description: "reauth related error".to_owned(),
        subtype: Some("invalid_rapt".to_owned()),
    };
    let world = World::new()
        .fail(Fault::new(FaultKind::token_error("invalid_client")).path("/token"))
        .fail(Fault::new(subtype).path("/token"))
        .fail(Fault::new(FaultKind::status(503)).path("/token"))
        .fail(Fault::new(FaultKind::HtmlOk).path("/token"));
    let google = signed_out(world).await;
    let form = google.exchange(&google.code().await);
    let (status, answer) = google.token_endpoint(&form).await;
    assert_eq!(
        (status, text(&answer, "error")),
        (StatusCode::UNAUTHORIZED, "invalid_client")
    );
    let (status, answer) = google.token_endpoint(&form).await;
    assert_eq!(
        (status, text(&answer, "error_subtype")),
        (StatusCode::BAD_REQUEST, "invalid_rapt")
    );
    assert_eq!(
        google.token_endpoint(&form).await.0,
        StatusCode::SERVICE_UNAVAILABLE
    );
    let (status, page) = google.token_endpoint(&form).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.as_str().unwrap().contains("<html"));
    assert_eq!(
        google.token_endpoint(&form).await.0,
        StatusCode::OK,
        "the code was never looked at"
    );
}
