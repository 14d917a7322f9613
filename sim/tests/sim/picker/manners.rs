//! What a client should not do, although it is answered.

use std::time::Duration;

use gphotos_sim::{Kind, Rule, VideoStatus};

use super::world;
use crate::client::{Google, picker};

fn rules(google: &Google) -> Vec<Rule> {
    google
        .sim
        .broken_rules()
        .into_iter()
        .map(|it| it.rule)
        .collect()
}

#[tokio::test]
async fn polling_takes_its_time() {
    let google = picker(world()).await;
    let session = google.session().await;
    for _ in 0..5 {
        google.sim.advance(Duration::from_secs(5));
        google.poll(&session).await;
    }
    // Somebody starts the program again: once is fine, and so is what follows at the right pace.
    google.poll(&session).await;
    google.sim.advance(Duration::from_secs(5));
    google.poll(&session).await;
    google.poll(&session).await;
    assert_eq!(rules(&google), []);
    google.poll(&session).await;
    assert_eq!(rules(&google), [Rule::PolledTooFast]);
}

#[tokio::test]
async fn waits_that_tests_shorten_are_allowed_for() {
    let google = picker(world().with(|w| w.picker.waits = 0.1)).await;
    let session = google.session().await;
    for _ in 0..5 {
        google.sim.advance(Duration::from_millis(500));
        google.poll(&session).await;
    }
    assert_eq!(rules(&google), []);
    google.sim.advance(Duration::from_millis(50));
    google.poll(&session).await;
    google.poll(&session).await;
    assert_eq!(rules(&google), [Rule::PolledTooFast]);
}

#[tokio::test]
async fn an_interval_that_is_none_binds_nobody() {
    for interval in [None, Some("0s"), Some("soon"), Some("-3s")] {
        let interval = interval.map(str::to_owned);
        let google = picker(world().with(|w| w.picker.poll_interval = interval)).await;
        let session = google.session().await;
        google.poll(&session).await;
        google.poll(&session).await;
        google.poll(&session).await;
        assert_eq!(rules(&google), []);
    }
}

#[tokio::test]
async fn who_has_been_told_to_stop_stops() {
    let google = picker(world().with(|w| w.picker.timeout_seconds = Some(8))).await;
    let session = google.session().await;
    google.sim.advance(Duration::from_secs(10));
    let (_, told) = google.poll(&session).await;
    assert_eq!(told["pollingConfig"]["timeoutIn"], "0s");
    // Taken up again after a while.
    google.sim.advance(Duration::from_mins(10));
    google.poll(&session).await;
    assert_eq!(rules(&google), []);
    google.sim.advance(Duration::from_secs(5));
    google.poll(&session).await;
    assert_eq!(rules(&google), [Rule::PolledAfterTheEnd]);
}

#[tokio::test]
async fn a_deleted_session_is_left_alone() {
    let google = picker(world()).await;
    let session = google.picked(&[]).await;
    google.delete(&session).await;
    assert_eq!(rules(&google), []);
    google.poll(&session).await;
    google.list(&session, "").await;
    google.delete(&session).await;
    assert_eq!(rules(&google), [Rule::UsedAfterDelete; 3]);
}

#[tokio::test]
async fn a_session_is_deleted_when_everything_has_been_fetched() {
    let google = picker(world()).await;
    let url = google.picked_url("a.jpg").await;
    let first = google.sim.sessions()[0].id.clone();
    google.load(&url).await;
    google.delete(&first).await;
    assert_eq!(
        rules(&google),
        [Rule::DeletedBeforeFetched],
        "a preview is nothing"
    );

    let url = google.picked_url("b.jpg").await;
    google.load(&format!("{url}=d")).await;
    let second = google.sim.sessions()[1].id.clone();
    google.delete(&second).await;
    // Known already, not to be had, and never picked.
    google
        .sim
        .world(|w| w.named("c.mp4").kind = Kind::Video(VideoStatus::Failed));
    let third = google.picked(&["b.jpg", "c.mp4"]).await;
    google.delete(&third).await;
    let fourth = google.session().await;
    google.delete(&fourth).await;
    assert_eq!(rules(&google).len(), 1);
}

#[tokio::test]
async fn a_redirect_alone_has_fetched_nothing() {
    let google = picker(world()).await;
    let url = google.picked_url("c.mp4").await;
    google.load(&format!("{url}=dv")).await;
    let session = google.sim.sessions()[0].id.clone();
    google.delete(&session).await;
    assert_eq!(rules(&google), [Rule::DeletedBeforeFetched]);
}

#[tokio::test]
async fn a_body_is_announced_and_no_token_is_in_an_address() {
    let google = picker(world()).await;
    let url = format!("{}/v1/sessions", google.sim.picker_endpoint());
    let post = || google.http.post(&url).bearer_auth(&google.token);
    post().send().await.unwrap();
    assert_eq!(rules(&google), [], "an empty body needs no type");
    assert!(
        post()
            .body("{}")
            .send()
            .await
            .unwrap()
            .status()
            .is_success()
    );
    assert_eq!(rules(&google), [Rule::NotAnnouncedAsJson]);
    let leak = format!("{url}?access_token={}", google.token);
    google.http.post(leak).send().await.unwrap();
    assert_eq!(rules(&google)[1..], [Rule::CredentialInUrl]);
}
