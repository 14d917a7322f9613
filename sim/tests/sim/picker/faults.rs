//! Faults reach the Picker's routes like all others.

use gphotos_sim::{Fault, FaultKind, Route, World, WrongJson};
use reqwest::StatusCode;
use serde_json::Value;

use super::{filenames, world};
use crate::client::picker;

fn failing(route: Route, code: u16) -> World {
    world().fail(Fault::new(FaultKind::status(code)).route(route))
}

#[tokio::test]
async fn each_call_may_fail() {
    let google = picker(failing(Route::CreateSession, 503)).await;
    assert_eq!(google.create(None).await.0.as_u16(), 503);
    assert_eq!(google.sim.sessions(), [], "nothing was made");
    let session = google.picked(&["a.jpg"]).await;
    let url = {
        let (_, page) = google.list(&session, "").await;
        page["mediaItems"][0]["mediaFile"]["baseUrl"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    for route in [
        Route::GetSession,
        Route::ListPicked,
        Route::DeleteSession,
        Route::PickedBytes,
    ] {
        let fault = Fault::new(FaultKind::status(500)).route(route);
        google.sim.world(|w| w.faults.push(fault.clone()));
        let status = match route {
            Route::GetSession => google.poll(&session).await.0,
            Route::ListPicked => google.list(&session, "").await.0,
            Route::DeleteSession => google.delete(&session).await.0,
            _ => google.load(&format!("{url}=d")).await.status(),
        };
        assert_eq!(status.as_u16(), 500, "{route:?}");
        assert_eq!(fault.fired(), 1);
    }
    assert_eq!(google.delete(&session).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_fault_may_be_about_one_picked_item() {
    let fault = |suffix| {
        Fault::new(FaultKind::UrlExpired)
            .item("c.mp4")
            .suffix(suffix)
            .path("/ppa/")
    };
    let google = picker(world().fail(fault("=dv"))).await;
    let (photo, video) = (
        google.picked_url("a.jpg").await,
        google.picked_url("c.mp4").await,
    );
    assert_eq!(
        google.load(&format!("{photo}=d")).await.status(),
        StatusCode::OK
    );
    assert_eq!(
        google.load(&format!("{video}=dv")).await.status(),
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        google.load(&format!("{video}=dv")).await.status(),
        StatusCode::FOUND
    );
}

#[tokio::test]
async fn quotas_by_decree_speak_of_the_picker() {
    let world = failing(Route::GetSession, 500)
        .with(|w| w.faults.clear())
        .fail(Fault::new(FaultKind::MinuteQuota).route(Route::CreateSession))
        .fail(Fault::new(FaultKind::DailyQuota).route(Route::CreateSession));
    let google = picker(world).await;
    for limit in ["per minute", "per day"] {
        let (status, error) = google.create(None).await;
        assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
        let message = error["error"]["message"].as_str().unwrap();
        assert!(
            message.contains(limit) && message.contains("photospicker.googleapis.com"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn answers_may_be_spoilt() {
    let on_list = |what| Fault::new(what).route(Route::ListPicked);
    let world = world()
        .fail(on_list(FaultKind::BaseUrl("http://0.0.0.0:9/x".to_owned())))
        .fail(on_list(FaultKind::Json(WrongJson::ItemWithoutId)))
        .fail(on_list(FaultKind::Json(WrongJson::MediaItemsIsText)))
        .fail(on_list(FaultKind::HtmlOk));
    let google = picker(world).await;
    let session = google.picked(&["a.jpg"]).await;
    let (_, page) = google.list(&session, "").await;
    assert_eq!(
        page["mediaItems"][0]["mediaFile"]["baseUrl"],
        "http://0.0.0.0:9/x"
    );
    let (_, page) = google.list(&session, "").await;
    assert_eq!(page["mediaItems"][0].get("id"), None);
    let (_, page) = google.list(&session, "").await;
    assert!(page["mediaItems"].is_string());
    let (status, page) = google.list(&session, "").await;
    assert!(status.is_success() && matches!(page, Value::String(_)));
    assert_eq!(filenames(&google.list(&session, "").await.1), ["a.jpg"]);
}

#[tokio::test]
async fn a_session_may_run_out_in_the_middle() {
    let week = FaultKind::Advance {
        seconds: 7 * 24 * 3600,
    };
    let google = picker(
        world()
            .with(|w| w.oauth.expires_in_seconds = 9_999_999)
            .fail(Fault::new(week).route(Route::ListPicked).nth(2)),
    )
    .await;
    let session = google.picked(&["a.jpg"]).await;
    assert_eq!(google.list(&session, "").await.0, StatusCode::OK);
    assert_eq!(google.list(&session, "").await.0, StatusCode::NOT_FOUND);
}
