//! What the Library API says to those it does not let in, to the letter.

use gphotos_sim::{LIBRARY_READ_SCOPE, World};
use reqwest::StatusCode;
use reqwest::header::WWW_AUTHENTICATE;
use serde_json::json;

use crate::client::{answer, google, query_of, redirect_of, signed_out};

#[tokio::test]
async fn a_wrong_or_missing_token_is_unauthenticated() {
    let google = google(World::new()).await;
    for request in [
        google.http.get(google.url("/v1/mediaItems")),
        google
            .http
            .get(google.url("/v1/mediaItems"))
            .bearer_auth("ya29.made-up"),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(
            response.headers()[WWW_AUTHENTICATE],
            "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\""
        );
        let (status, body) = answer(response).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert_eq!(
            body,
            json!({ "error": { "code": 401, "status": "UNAUTHENTICATED", "message": "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project." } })
        );
    }
}

#[tokio::test]
async fn a_missing_scope_is_permission_denied() {
    let mut google = signed_out(World::new()).await;
    // A removed scope, and one that may only write.
    for scope in [
        "https://www.googleapis.com/auth/photoslibrary.readonly",
        "https://www.googleapis.com/auth/photoslibrary.appendonly",
    ] {
        let back = redirect_of(&google.authorize(&google.request_with("scope", scope)).await);
        let (_, tokens) = google
            .token_endpoint(&google.exchange(&query_of(&back, "code").unwrap()))
            .await;
        tokens["access_token"]
            .as_str()
            .unwrap()
            .clone_into(&mut google.token);
        let (status, body) = google.get("/v1/mediaItems").await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert_eq!(
            body,
            json!({ "error": { "code": 403, "message": "Request had insufficient authentication scopes.", "status": "PERMISSION_DENIED" } })
        );
    }
    google.sim.world(|w| w.library.scope_details = true);
    let (_, body) = google.get("/v1/mediaItems").await;
    assert_eq!(
        body["error"]["details"][0]["reason"],
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    );
    assert!(LIBRARY_READ_SCOPE.ends_with("readonly.appcreateddata"));
}

#[tokio::test]
async fn an_api_that_is_not_enabled_says_how_to_enable_it() {
    let google = google(World::new().with(|w| w.library.enabled = false)).await;
    let (status, body) = google.get("/v1/albums").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let error = &body["error"];
    assert_eq!(error["status"], "PERMISSION_DENIED");
    assert!(error["message"].as_str().unwrap().starts_with(
        "Photos Library API has not been used in project 111 before or it is disabled."
    ));
    assert_eq!(error["details"][0]["reason"], "SERVICE_DISABLED");
    assert_eq!(
        error["details"][0]["metadata"]["service"],
        "photoslibrary.googleapis.com"
    );
    assert_eq!(error["details"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn an_ordinary_account_has_nothing_to_show() {
    let google = google(
        World::new()
            .photo("a.jpg", "2024-03-09T06:15:42Z")
            .album("Trip", &["a.jpg"]),
    )
    .await;
    let id = google.id("a.jpg");
    google.sim.world(|w| w.library.visible = false);
    assert_eq!(google.search(json!({})).await, (StatusCode::OK, json!({})));
    assert_eq!(
        google.get("/v1/mediaItems").await,
        (StatusCode::OK, json!({}))
    );
    assert_eq!(google.get("/v1/albums").await, (StatusCode::OK, json!({})));
    assert_eq!(
        google.get(&format!("/v1/mediaItems/{id}")).await.0,
        StatusCode::NOT_FOUND
    );
    let (_, batch) = google
        .get(&format!("/v1/mediaItems:batchGet?mediaItemIds={id}"))
        .await;
    assert_eq!(batch["mediaItemResults"][0]["status"]["code"], 3);
}

#[tokio::test]
async fn unknown_paths_are_html() {
    let google = google(World::new()).await;
    for path in [
        "/",
        "/favicon.ico",
        "/v1/sharedAlbums",
        "/v2/mediaItems",
        "/v1/mediaItems/a/b",
    ] {
        let (status, body) = google.get(path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert!(body.as_str().unwrap().contains("Error 404 (Not Found)!!1"));
    }
    let (status, _) = google.get("/v1/mediaItems:search").await;
    assert_eq!(status, StatusCode::NOT_FOUND, "search is a POST");
}
