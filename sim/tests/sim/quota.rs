//! Quotas: 10,000 calls and 75,000 loads a day, or whatever a test sets.

use std::time::Duration;

use gphotos_sim::{Fault, FaultKind, MediaRefusal, Midnight, Quota, Route, World};
use reqwest::StatusCode;
use serde_json::json;

use crate::client::google;

fn world(quota: Quota) -> World {
    World::new()
        .photo("a.jpg", "2024-03-09T06:15:42Z")
        .with(|w| {
            w.quota = quota;
            w.now = Some("2024-06-01T12:00:00Z".parse().unwrap());
        })
}

#[tokio::test]
async fn the_day_is_over_after_so_many_calls() {
    let google = google(world(Quota {
        api_per_day: Some(2),
        ..Quota::default()
    }))
    .await;
    for _ in 0..2 {
        assert_eq!(google.get("/v1/mediaItems").await.0, StatusCode::OK);
    }
    let (status, body) = google.get("/v1/albums").await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        body,
        json!({ "error": { "code": 429, "status": "RESOURCE_EXHAUSTED",
            "message": "Quota exceeded for quota metric 'All requests' and limit 'All requests per day' of service 'photoslibrary.googleapis.com' for consumer 'project_number:111'." } })
    );
    assert_eq!(
        google.bytes("a.jpg", "=d").await.status(),
        StatusCode::OK,
        "bytes have a quota of their own"
    );

    // Noon in UTC is 04:00 Pacific: 20 hours to go.
    google.sim.expire_access_tokens();
    google.sim.advance(Duration::from_hours(19));
    let tokens = google.sign_in().await;
    let call = || {
        google
            .http
            .get(google.url("/v1/mediaItems"))
            .bearer_auth(tokens["access_token"].as_str().unwrap())
            .send()
    };
    assert_eq!(
        call().await.unwrap().status(),
        StatusCode::TOO_MANY_REQUESTS
    );
    google.sim.world(|w| w.oauth.expires_in_seconds = 99_999);
    google.sim.advance(Duration::from_hours(1));
    let tokens = google.sign_in().await;
    let call = || {
        google
            .http
            .get(google.url("/v1/mediaItems"))
            .bearer_auth(tokens["access_token"].as_str().unwrap())
            .send()
    };
    assert_eq!(call().await.unwrap().status(), StatusCode::OK);
    assert_eq!(
        google
            .sim
            .stats()
            .api_calls
            .values()
            .copied()
            .collect::<Vec<_>>(),
        [4, 1]
    );
}

#[tokio::test]
async fn midnight_may_be_that_of_utc() {
    let google = google(world(Quota {
        media_per_day: Some(1),
        resets_at: Midnight::Utc,
        ..Quota::default()
    }))
    .await;
    assert_eq!(google.bytes("a.jpg", "=d").await.status(), StatusCode::OK);
    google.sim.advance(Duration::from_hours(11));
    assert_eq!(
        google.bytes("a.jpg", "=d").await.status(),
        StatusCode::TOO_MANY_REQUESTS
    );
    google.sim.advance(Duration::from_hours(1));
    assert_eq!(google.bytes("a.jpg", "=d").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn exhausted_bytes_are_refused_in_html_or_json() {
    let google = google(world(Quota {
        media_per_day: Some(0),
        ..Quota::default()
    }))
    .await;
    let refusal = google.bytes("a.jpg", "=d").await;
    assert_eq!(refusal.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refusal.text().await.unwrap().contains("<html"));
    google
        .sim
        .world(|w| w.quota.media_refusal = MediaRefusal::Json);
    assert!(
        google
            .bytes("a.jpg", "=d")
            .await
            .text()
            .await
            .unwrap()
            .contains("per day")
    );
    assert_eq!(google.get("/v1/mediaItems").await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_minute_has_its_quota_too() {
    let google = google(world(Quota {
        api_per_minute: Some(1),
        retry_after_seconds: Some(42),
        ..Quota::default()
    }))
    .await;
    assert_eq!(google.get("/v1/mediaItems").await.0, StatusCode::OK);
    let refusal = google
        .http
        .get(google.url("/v1/mediaItems"))
        .bearer_auth(&google.token)
        .send()
        .await
        .unwrap();
    assert_eq!(refusal.headers()["retry-after"], "42");
    assert!(refusal.text().await.unwrap().contains("per minute"));
    google.sim.advance(Duration::from_mins(1));
    assert_eq!(google.get("/v1/mediaItems").await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_quota_may_be_exhausted_by_decree() {
    let world = world(Quota::default())
        .fail(Fault::new(FaultKind::DailyQuota).route(Route::List))
        .fail(Fault::new(FaultKind::MinuteQuota).route(Route::List))
        .fail(Fault::new(FaultKind::DailyQuota).path("/lr/"));
    let google = google(world).await;
    assert!(
        google.get("/v1/mediaItems").await.1["error"]["message"]
            .as_str()
            .unwrap()
            .contains("per day")
    );
    assert!(
        google.get("/v1/mediaItems").await.1["error"]["message"]
            .as_str()
            .unwrap()
            .contains("per minute")
    );
    assert_eq!(google.get("/v1/mediaItems").await.0, StatusCode::OK);
    assert_eq!(
        google.bytes("a.jpg", "=d").await.status(),
        StatusCode::TOO_MANY_REQUESTS
    );
}
