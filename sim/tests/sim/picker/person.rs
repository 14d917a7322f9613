//! The person who picks without a page: stated beforehand, or by the test.

use std::panic::{AssertUnwindSafe, catch_unwind};

use gphotos_sim::{Person, Pick, Route, World};
use serde_json::json;

use super::{filenames, limit, world};
use crate::client::picker;

#[tokio::test]
async fn somebody_picks_after_so_many_polls() {
    let google = picker(world().person_picks(Pick::Newest(2), 2)).await;
    let session = google.session().await;
    for _ in 0..2 {
        assert_eq!(google.poll(&session).await.1.get("mediaItemsSet"), None);
    }
    assert_eq!(google.poll(&session).await.1["mediaItemsSet"], true);
    let (_, page) = google.list(&session, "").await;
    assert_eq!(filenames(&page), ["c.mp4", "b.jpg"], "the newest first");
    assert_eq!(google.sim.stats().count(Route::GetSession), 3);
}

#[tokio::test]
async fn somebody_picks_certain_items_or_everything_or_nothing() {
    let these = Pick::These(vec!["a.jpg".to_owned(), "absent".to_owned()]);
    for (what, names) in [
        (these, vec!["a.jpg"]),
        (Pick::Everything, vec!["c.mp4", "b.jpg", "a.jpg"]),
        (Pick::Nothing, vec![]),
    ] {
        let google = picker(world().person_picks(what, 0)).await;
        let session = google.session().await;
        assert_eq!(google.poll(&session).await.1["mediaItemsSet"], true);
        assert_eq!(filenames(&google.list(&session, "").await.1), names);
    }
}

#[tokio::test]
async fn nobody_picks_more_than_the_session_allows() {
    let google = picker(world().person_picks(Pick::Everything, 0)).await;
    let (_, session) = google.create(Some(limit(&json!("2")))).await;
    let session = session["id"].as_str().unwrap();
    google.poll(session).await;
    assert_eq!(
        filenames(&google.list(session, "").await.1),
        ["c.mp4", "b.jpg"]
    );
}

#[tokio::test]
async fn without_anybody_a_session_is_never_finished() {
    let google = picker(world()).await;
    let session = google.session().await;
    for _ in 0..20 {
        assert_eq!(google.poll(&session).await.1.get("mediaItemsSet"), None);
    }
    assert_eq!(google.sim.sessions()[0].picked, None);
}

#[tokio::test]
async fn a_test_that_picks_what_is_not_there_hears_of_it() {
    let google = picker(world()).await;
    let (_, session) = google.create(Some(limit(&json!("1")))).await;
    let session = session["id"].as_str().unwrap().to_owned();
    let pick = |session: &str, items: &[&str]| {
        catch_unwind(AssertUnwindSafe(|| google.sim.pick(session, items))).is_err()
    };
    assert!(pick(&session, &["absent"]), "no such item");
    assert!(pick("nobody", &["a.jpg"]), "no such session");
    assert!(pick(&session, &["a.jpg", "b.jpg"]), "too many");
    assert!(!pick(&session, &["a.jpg"]));
    assert!(pick(&session, &["b.jpg"]), "finished already");
}

#[tokio::test]
async fn a_scenario_may_state_all_of_it() {
    let scenario = json!({
        "picker": {
            "person": { "picks": { "what": { "newest": 1 }, "after_polls": 1 } },
            "max_sessions": 3, "poll_interval": "0.5s", "gone": "invalid_argument",
            "redirects": "second_host", "camera": "kind", "numbers": "strings"
        },
        "quota": { "picker_api_per_minute": 50 },
        "faults": [{ "on": { "route": "list_picked" }, "what": { "status": { "code": 503 } } }]
    });
    let mut scenario: World = serde_json::from_value(scenario).unwrap();
    assert_eq!(
        scenario.picker.person,
        Person::Picks {
            what: Pick::Newest(1),
            after_polls: 1
        }
    );
    scenario.items = world().items;
    let google = picker(scenario).await;
    let session = google.session().await;
    google.poll(&session).await;
    google.poll(&session).await;
    assert_eq!(google.list(&session, "").await.0.as_u16(), 503);
    let (_, page) = google.list(&session, "").await;
    assert_eq!(filenames(&page), ["c.mp4"]);
    for wrong in [
        json!({ "picker": { "persons": 1 } }),
        json!({ "picker": { "person": "me" } }),
    ] {
        assert!(serde_json::from_value::<World>(wrong).is_err());
    }
}
