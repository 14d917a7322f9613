//! A session's life, from `sessions.create` to `sessions.delete`.

use std::time::Duration;

use gphotos_sim::{Numbers, Route, World};
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{limit, status_of, world};
use crate::client::picker;

#[tokio::test]
async fn a_session_is_made_polled_and_deleted() {
    let google =
        picker(world().with(|w| w.now = Some("2024-06-01T12:00:00Z".parse().unwrap()))).await;
    let (status, session) = google.create(None).await;
    assert_eq!(status, StatusCode::OK);
    let id = session["id"].as_str().unwrap();
    assert_eq!(id.len(), 36);
    assert_eq!(
        session["pickerUri"],
        format!("{}/picker/{id}", google.sim.picker_endpoint())
    );
    assert_eq!(session["pollingConfig"]["pollInterval"], "5s");
    assert!(
        session["pollingConfig"]["timeoutIn"]
            .as_str()
            .unwrap()
            .ends_with('s')
    );
    assert_eq!(session["pickingConfig"], json!({ "maxItemCount": "2000" }));
    assert!(
        session["expireTime"]
            .as_str()
            .unwrap()
            .starts_with("2024-06-08T12:00:")
    );
    assert_eq!(session.get("mediaItemsSet"), None, "a default is left out");

    let (status, polled) = google.poll(id).await;
    assert_eq!((status, &polled["id"]), (StatusCode::OK, &session["id"]));
    google.sim.pick(id, &["a.jpg", "c.mp4"]);
    let (_, polled) = google.poll(id).await;
    assert_eq!(polled["mediaItemsSet"], true);
    assert_eq!(
        polled.get("pollingConfig"),
        None,
        "nothing is left to poll for"
    );

    assert_eq!(google.delete(id).await, (StatusCode::OK, json!({})));
    assert_eq!(google.poll(id).await.0, StatusCode::NOT_FOUND);
    assert_eq!(google.list(id, "").await.0, StatusCode::NOT_FOUND);
    let known = &google.sim.sessions()[0];
    assert_eq!(
        (known.id.as_str(), known.polls, known.deleted),
        (id, 2, true)
    );
    assert_eq!(known.picked.as_ref().unwrap().len(), 2);
    let stats = google.sim.stats();
    assert_eq!(stats.count_with(Route::CreateSession, 200), 1);
    assert_eq!(stats.count(Route::GetSession), 3);
    assert_eq!(stats.count_with(Route::DeleteSession, 200), 1);
    assert_eq!(stats.count_with(Route::ListPicked, 404), 1);
}

#[tokio::test]
async fn the_most_items_are_read_in_both_spellings_and_kept_within_bounds() {
    let google = picker(World::new()).await;
    for (asked, given) in [
        (json!("7"), "7"),
        (json!(7), "7"),
        (json!("2001"), "2000"),
        (json!("9223372036854775807"), "2000"),
        (json!("0"), "2000"),
        (json!(null), "2000"),
    ] {
        let (status, session) = google.create(Some(limit(&asked))).await;
        assert_eq!(status, StatusCode::OK, "{asked}");
        assert_eq!(session["pickingConfig"]["maxItemCount"], given, "{asked}");
    }
    for asked in [json!("-1"), json!(-1), json!("many"), json!(1.5), json!([])] {
        let (status, error) = google.create(Some(limit(&asked))).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{asked}");
        assert_eq!(status_of(&error), "INVALID_ARGUMENT");
    }
    let (status, _) = google.create(Some(json!({ "pickerConfig": {} }))).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "an unknown field");
    let (status, session) = google.create(Some(json!({ "id": "mine" }))).await;
    assert_eq!(status, StatusCode::OK);
    assert_ne!(session["id"], "mine", "output only");
}

#[tokio::test]
async fn a_request_id_changes_nothing() {
    let google = picker(World::new()).await;
    let path = "/v1/sessions?requestId=7f3a1f7e-0c5e-4a8e-9a55-3f0a1c9be001";
    assert_eq!(
        google.picking(Method::POST, path, None).await.0,
        StatusCode::OK
    );
}

#[tokio::test]
async fn patience_runs_out_with_the_clock() {
    let google = picker(World::new()).await;
    let id = google.session().await;
    let left = async || {
        let (_, session) = google.poll(&id).await;
        let text = session["pollingConfig"]["timeoutIn"]
            .as_str()
            .unwrap()
            .to_owned();
        text.strip_suffix('s').unwrap().parse::<f64>().unwrap()
    };
    google.sim.advance(Duration::from_mins(10));
    assert!((1100.0..=1200.0).contains(&left().await));
    google.sim.world(|w| w.picker.timeout_counts_down = false);
    assert!((left().await - 1800.0).abs() < 0.1);
    google.sim.advance(Duration::from_mins(20));
    let (_, session) = google.poll(&id).await;
    assert_eq!(session["pollingConfig"]["timeoutIn"], "0s");
    // The session itself goes on.
    google.sim.pick(&id, &[]);
    assert_eq!(google.poll(&id).await.1["mediaItemsSet"], true);
}

#[tokio::test]
async fn a_session_expires_with_its_items() {
    let world = world().with(|w| {
        w.picker.session_seconds = 3000;
        w.media.base_url_seconds = 99_999;
    });
    let google = picker(world).await;
    let url = google.picked_url("a.jpg").await;
    assert_eq!(
        google.load(&format!("{url}=d")).await.status(),
        StatusCode::OK
    );
    let id = google.sim.sessions()[0].id.clone();
    google.sim.advance(Duration::from_mins(50));
    assert_eq!(google.poll(&id).await.0, StatusCode::NOT_FOUND);
    assert_eq!(google.list(&id, "").await.0, StatusCode::NOT_FOUND);
    assert_eq!(google.delete(&id).await.0, StatusCode::NOT_FOUND);
    assert_eq!(
        google.load(&format!("{url}=d")).await.status(),
        StatusCode::FORBIDDEN
    );
    let id = google.session().await;
    google.sim.expire_sessions();
    assert_eq!(google.poll(&id).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_a_client_is_told_about_polling_may_be_anything() {
    let google = picker(World::new().with(|w| {
        w.picker.poll_interval = Some("1000000000s".to_owned());
        w.picker.timeout_seconds = None;
        w.picker.writes_false = true;
    }))
    .await;
    let (_, session) = google.create(None).await;
    assert_eq!(
        session["pollingConfig"],
        json!({ "pollInterval": "1000000000s" })
    );
    assert_eq!(session["mediaItemsSet"], false);
    google.sim.world(|w| {
        w.picker.poll_interval = None;
        w.picker.timeout_seconds = Some(0);
        w.picker.numbers = Numbers::Numbers;
    });
    let (_, session) = google.create(None).await;
    assert_eq!(session["pollingConfig"], json!({ "timeoutIn": "0s" }));
    assert_eq!(session["pickingConfig"]["maxItemCount"], 2000);
}
