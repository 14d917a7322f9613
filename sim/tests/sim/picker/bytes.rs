//! Base URLs of picked items: the token on every request, redirects, lifetimes, quota.

use std::time::Duration;

use gphotos_sim::{Digest, Host, Kind, Quota, Redirects, Route, Rule, VideoStatus};
use reqwest::header::LOCATION;
use reqwest::{Response, StatusCode};

use super::world;
use crate::client::{Google, google, picker};

async fn digest(response: Response) -> Digest {
    assert_eq!(response.status(), StatusCode::OK);
    Digest::of(&response.bytes().await.unwrap())
}

fn location(response: &Response) -> String {
    assert_eq!(response.status(), StatusCode::FOUND);
    response.headers()[LOCATION].to_str().unwrap().to_owned()
}

fn rules(google: &Google) -> Vec<Rule> {
    google
        .sim
        .broken_rules()
        .into_iter()
        .map(|it| it.rule)
        .collect()
}

#[tokio::test]
async fn what_is_loaded_is_the_truth() {
    let google = picker(world()).await;
    let photo = google.picked_url("a.jpg").await;
    let video = google.picked_url("c.mp4").await;
    let truth = google.sim.picked_truth();
    assert_eq!(truth.len(), 2);
    assert_eq!(
        digest(google.load(&format!("{photo}=d")).await).await,
        truth[&google.id("a.jpg")].original
    );
    let onward = location(&google.load(&format!("{video}=dv")).await);
    assert!(
        onward.starts_with(google.sim.downloads_endpoint()),
        "{onward}"
    );
    // A signed address: no token needed.
    let film = google.http.get(&onward).send().await.unwrap();
    assert_eq!(digest(film).await, truth[&google.id("c.mp4")].original);

    let stats = google.sim.stats();
    assert_eq!(stats.picked_bytes[&google.id("a.jpg")]["=d"], 1);
    assert_eq!(stats.picked_bytes[&google.id("c.mp4")]["=dv"], 1);
    assert_eq!(stats.picked_bytes[&google.id("c.mp4")]["redirected"], 1);
    assert_eq!(stats.picked_byte_requests(&google.id("c.mp4")), 2);
    assert_eq!(stats.all_byte_requests(), 3);
    assert!(stats.bytes.is_empty(), "that is the Library's");
    assert_eq!((stats.picker_media_calls, stats.picker_calls), (2, 4));
    assert!(stats.api_calls.is_empty() && stats.media_calls.is_empty());
    assert_eq!(rules(&google), []);
}

#[tokio::test]
async fn it_is_a_processed_copy_and_not_what_was_uploaded() {
    let google = picker(world()).await;
    google.picked_url("a.jpg").await;
    google.picked_url("c.mp4").await;
    let truth = google.sim.picked_truth();
    for name in ["a.jpg", "c.mp4"] {
        let item = google.sim.world(|w| w.named(name).clone());
        assert_ne!(
            truth[&item.id].original,
            Digest::of(&item.stored()),
            "{name}"
        );
    }
}

#[tokio::test]
async fn suffixes_are_those_of_the_library() {
    let google = picker(world()).await;
    let photo = google.picked_url("a.jpg").await;
    let original = google.sim.picked_truth()[&google.id("a.jpg")]
        .original
        .clone();
    for preview in ["", "=w512-h512"] {
        let got = digest(google.load(&format!("{photo}{preview}")).await).await;
        assert_ne!(got, original, "{preview}");
    }
    assert_eq!(
        google.load(&format!("{photo}=x")).await.status(),
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        google.load(&format!("{photo}=dv")).await.status(),
        StatusCode::NOT_FOUND
    );
    google
        .sim
        .world(|w| w.named("c.mp4").kind = Kind::Video(VideoStatus::Processing));
    let video = google.picked_url("c.mp4").await;
    assert_eq!(
        google.load(&format!("{video}=dv")).await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn every_request_wants_a_good_token() {
    let google = picker(world()).await;
    let url = format!("{}=d", google.picked_url("a.jpg").await);
    for status in [403, 401] {
        google.sim.world(|w| w.picker.no_token_status = status);
        let refused = google.http.get(&url).send().await.unwrap();
        assert_eq!(refused.status().as_u16(), status);
        assert!(refused.text().await.unwrap().contains("<html"));
    }
    assert_eq!(
        rules(&google),
        [
            Rule::NoCredentialOnPickedBytes,
            Rule::NoCredentialOnPickedBytes
        ]
    );
    google.sim.expire_access_tokens();
    for status in [401, 403] {
        google.sim.world(|w| w.picker.dead_token_status = status);
        assert_eq!(google.load(&url).await.status().as_u16(), status);
    }
}

#[tokio::test]
async fn the_library_s_token_does_not_load_picked_items() {
    let mut google = google(world()).await;
    let library = google.token.clone();
    google.token = google.picker_token().await;
    let url = format!("{}=d", google.picked_url("a.jpg").await);
    assert_eq!(google.load(&url).await.status(), StatusCode::OK);
    google.token = library;
    assert_eq!(google.load(&url).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_address_dies_after_an_hour_and_with_its_session() {
    let google = picker(world().with(|w| w.oauth.expires_in_seconds = 99_999)).await;
    let url = format!("{}=d", google.picked_url("a.jpg").await);
    google.sim.advance(Duration::from_secs(3590));
    assert_eq!(google.load(&url).await.status(), StatusCode::OK);
    google.sim.advance(Duration::from_secs(10));
    let refused = google.load(&url).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(refused.text().await.unwrap().contains("<html"));

    // Listing again gives one that works.
    let session = google.sim.sessions()[0].id.clone();
    let (_, page) = google.list(&session, "").await;
    let fresh = format!(
        "{}=d",
        page["mediaItems"][0]["mediaFile"]["baseUrl"]
            .as_str()
            .unwrap()
    );
    assert_ne!(fresh, url);
    assert_eq!(google.load(&fresh).await.status(), StatusCode::OK);
    google.delete(&session).await;
    assert_eq!(google.load(&fresh).await.status(), StatusCode::FORBIDDEN);
    google.sim.world(|w| w.picker.urls_survive_delete = true);
    assert_eq!(google.load(&fresh).await.status(), StatusCode::OK);
    assert_eq!(
        google.load(&google.url("/ppa/made-up=d")).await.status(),
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn redirects_lead_to_the_same_host_or_to_the_second() {
    let google = picker(world()).await;
    let truth = google.sim.truth();
    for name in ["a.jpg", "c.mp4"] {
        let suffix = if name == "a.jpg" { "=d" } else { "=dv" };
        let original = &truth[&google.id(name)].original;
        let url = format!("{}{suffix}", google.picked_url(name).await);

        google.sim.world(|w| w.picker.redirects = Redirects::Never);
        assert_eq!(&digest(google.load(&url).await).await, original);

        google
            .sim
            .world(|w| w.picker.redirects = Redirects::SameHost);
        let onward = location(&google.load(&url).await);
        assert!(onward.starts_with(&google.url("/ppa/")), "{onward}");
        let refused = google.http.get(&onward).send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
        assert_eq!(&digest(google.load(&onward).await).await, original);

        google
            .sim
            .world(|w| w.picker.redirects = Redirects::SecondHost);
        let onward = location(&google.load(&url).await);
        assert!(
            onward.starts_with(google.sim.downloads_endpoint()),
            "{onward}"
        );
        assert_eq!(
            &digest(google.http.get(&onward).send().await.unwrap()).await,
            original
        );
        google
            .sim
            .world(|w| w.picker.second_host_wants_token = true);
        let refused = google.http.get(&onward).send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
        assert_eq!(&digest(google.load(&onward).await).await, original);
        google
            .sim
            .world(|w| w.picker.second_host_wants_token = false);
    }
    assert_eq!(google.sim.stats().bearers_at(Host::Downloads), 2);
}

#[tokio::test]
async fn a_base_url_does_not_work_at_the_second_host() {
    let google = picker(world()).await;
    let url = google.picked_url("a.jpg").await;
    let sealed = url.rsplit('/').next().unwrap();
    let elsewhere = format!(
        "{}/video-downloads/ppa/{sealed}",
        google.sim.downloads_endpoint()
    );
    assert_eq!(
        google.load(&elsewhere).await.status(),
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn a_token_that_reaches_a_foreign_host_is_noticed() {
    let google = picker(world().with(|w| w.picker.redirects = Redirects::Foreign)).await;
    let url = format!("{}=d", google.picked_url("a.jpg").await);
    let onward = location(&google.load(&url).await);
    assert!(
        onward.starts_with(google.sim.foreign_endpoint()),
        "{onward}"
    );
    assert!(
        onward.starts_with("http://0.0.0.0:"),
        "no loopback address: {onward}"
    );

    let friendly = google.http.get(&onward).send().await.unwrap();
    let original = google.sim.picked_truth()[&google.id("a.jpg")]
        .original
        .clone();
    assert_ne!(digest(friendly).await, original, "not what was asked for");
    assert_eq!(google.sim.stats().bearers_at(Host::Foreign), 0);
    assert_eq!(rules(&google), []);
    google.load(&onward).await;
    assert_eq!(google.sim.stats().bearers_at(Host::Foreign), 1);
    assert_eq!(google.sim.stats().count(Route::Foreign), 2);
    assert_eq!(rules(&google), [Rule::CredentialAtForeignHost]);
}

#[tokio::test]
async fn the_quota_is_per_minute_and_the_picker_s_own() {
    let quota = Quota {
        api_per_day: Some(0),
        media_per_day: Some(0),
        picker_api_per_minute: Some(2),
        picker_media_per_minute: Some(1),
        retry_after_seconds: Some(30),
        ..Quota::default()
    };
    let now = Some("2024-06-01T12:00:00Z".parse().unwrap());
    let google = picker(world().with(|w| (w.quota, w.now) = (quota, now))).await;
    let url = format!("{}=d", google.picked_url("a.jpg").await);
    let (status, error) = google.create(None).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    let message = error["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("per minute") && message.contains("'photospicker.googleapis.com'"),
        "{message}"
    );
    assert_eq!(google.load(&url).await.status(), StatusCode::OK);
    let refused = google.load(&url).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "30");
    google.sim.advance(Duration::from_mins(1));
    assert_eq!(google.load(&url).await.status(), StatusCode::OK);
    assert_eq!(google.create(None).await.0, StatusCode::OK);
}
