//! Calls that are refused, and in which words.

use std::time::Duration;

use gphotos_sim::{Gone, PICKER_SCOPE, World};
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{status_of, world};
use crate::client::{google, picker, signed_out};

#[tokio::test]
async fn without_a_token_nothing_is_answered() {
    let google = signed_out(World::new()).await;
    let (status, error) = google.create(None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(status_of(&error), "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_token_of_one_api_does_not_serve_the_other() {
    let words = "Request had insufficient authentication scopes.";
    let library = google(world()).await;
    let (status, error) = library.create(None).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(error["error"]["message"], words);
    assert_eq!(error["error"].get("details"), None);
    library.sim.world(|w| w.library.scope_details = true);
    let (_, error) = library.create(None).await;
    assert_eq!(
        error["error"]["details"][0]["metadata"]["service"],
        "photospicker.googleapis.com"
    );

    let picker = picker(world()).await;
    assert_eq!(picker.create(None).await.0, StatusCode::OK);
    let (status, error) = picker.get("/v1/mediaItems").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(error["error"]["message"], words);
}

#[tokio::test]
async fn the_scope_is_named_in_the_answer() {
    let google = signed_out(World::new()).await;
    let request = google.request_with("scope", PICKER_SCOPE);
    let back = crate::client::redirect_of(&google.authorize(&request).await);
    assert_eq!(
        crate::client::query_of(&back, "scope").as_deref(),
        Some(PICKER_SCOPE)
    );
}

#[tokio::test]
async fn each_api_is_enabled_for_itself() {
    let google = picker(world().with(|w| w.picker.enabled = false)).await;
    let (status, error) = google.create(None).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let message = error["error"]["message"].as_str().unwrap();
    assert!(
        message.starts_with("Photos Picker API has not been used in project 111")
            && message.contains("apis/api/photospicker.googleapis.com/overview"),
        "{message}"
    );
    assert_eq!(error["error"]["details"][0]["reason"], "SERVICE_DISABLED");
    assert_eq!(
        error["error"]["details"][0]["metadata"]["service"],
        "photospicker.googleapis.com"
    );
    google.sim.world(|w| {
        w.picker.enabled = true;
        w.library.enabled = false;
    });
    assert_eq!(google.create(None).await.0, StatusCode::OK);
}

#[tokio::test]
async fn without_google_photos_there_is_no_session() {
    let google = picker(World::new().with(|w| w.picker.has_account = false)).await;
    let (status, error) = google.create(None).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(status_of(&error), "FAILED_PRECONDITION");
}

#[tokio::test]
async fn there_are_only_so_many_sessions_at_a_time() {
    let google = picker(World::new().with(|w| {
        w.picker.max_sessions = Some(2);
        w.picker.session_seconds = 60;
    }))
    .await;
    let first = google.session().await;
    google.session().await;
    let (status, error) = google.create(None).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(status_of(&error), "RESOURCE_EXHAUSTED");
    google.delete(&first).await;
    google.session().await;
    assert_eq!(google.create(None).await.0, StatusCode::TOO_MANY_REQUESTS);
    google.sim.advance(Duration::from_mins(1));
    google.session().await;
}

#[tokio::test]
async fn a_session_that_is_not_there_is_refused_in_one_of_three_ways() {
    let google = picker(World::new()).await;
    for (gone, status, words) in [
        (Gone::NotFound, 404, "NOT_FOUND"),
        (Gone::InvalidArgument, 400, "INVALID_ARGUMENT"),
        (Gone::FailedPrecondition, 400, "FAILED_PRECONDITION"),
    ] {
        google.sim.world(|w| w.picker.gone = gone);
        for (got, error) in [
            google.poll("nobody").await,
            google.list("nobody", "").await,
            google.delete("nobody").await,
        ] {
            assert_eq!(
                (got.as_u16(), status_of(&error)),
                (status, words),
                "{gone:?}"
            );
        }
    }
}

#[tokio::test]
async fn other_paths_are_not_there() {
    let google = picker(world()).await;
    let session = google.picked(&["a.jpg"]).await;
    for (method, path) in [
        (Method::GET, format!("/v1/sessions/{session}/mediaItems")),
        (Method::GET, "/v1/sessions".to_owned()),
        (
            Method::GET,
            format!("/v1/mediaItems/{}", google.id("a.jpg")),
        ),
        (Method::GET, "/v1/albums".to_owned()),
        (Method::POST, "/v1/mediaItems:search".to_owned()),
        (Method::PATCH, format!("/v1/sessions/{session}")),
    ] {
        let (status, _) = google.picking(method, &path, Some(json!({}))).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    // And the Library's host knows no sessions.
    assert_eq!(
        google.get(&format!("/v1/sessions/{session}")).await.0,
        StatusCode::NOT_FOUND
    );
}
