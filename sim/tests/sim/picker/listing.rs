//! `mediaItems.list`: when it works, and its pages.

use std::time::Duration;

use gphotos_sim::{Endless, Fault, FaultKind, Item, Pick, Route, Rule, World};
use reqwest::StatusCode;
use serde_json::json;

use super::{DAY, filenames, status_of, world};
use crate::client::{Google, picker};

fn many(count: u64) -> World {
    let items = (0..count).map(|n| Item::photo(n, &format!("{n:04}.jpg"), DAY));
    World::new()
        .with_items(items.collect())
        .person_picks(Pick::Everything, 0)
}

/// The sizes of the pages, up to the one without a token.
async fn sizes(google: &Google, more: &str) -> Vec<usize> {
    let session = google.session().await;
    google.poll(&session).await;
    let (mut token, mut sizes) = (String::new(), Vec::new());
    loop {
        let (status, page) = google
            .list(&session, &format!("{more}&pageToken={token}"))
            .await;
        assert_eq!(status, StatusCode::OK, "{page}");
        sizes.push(filenames(&page).len());
        assert!(sizes.len() < 60, "the listing does not end");
        match page["nextPageToken"].as_str() {
            Some(next) => next.clone_into(&mut token),
            None => return sizes,
        }
    }
}

#[tokio::test]
async fn nothing_is_listed_before_done() {
    let google = picker(world()).await;
    let session = google.session().await;
    let (status, error) = google.list(&session, "").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(status_of(&error), "FAILED_PRECONDITION");
    google.sim.pick(&session, &["b.jpg", "a.jpg"]);
    let (status, page) = google.list(&session, "").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(filenames(&page), ["b.jpg", "a.jpg"], "as picked");
    assert_eq!(page.get("nextPageToken"), None);
}

#[tokio::test]
async fn a_session_has_to_be_named() {
    let google = picker(world()).await;
    let (status, error) = google.list("", "").await;
    assert_eq!(
        (status, status_of(&error)),
        (StatusCode::BAD_REQUEST, "INVALID_ARGUMENT")
    );
}

#[tokio::test]
async fn nothing_picked_is_an_empty_object() {
    let google = picker(world()).await;
    let session = google.picked(&[]).await;
    assert_eq!(google.list(&session, "").await, (StatusCode::OK, json!({})));
}

#[tokio::test]
async fn two_thousand_items_come_in_pages_of_a_hundred_at_most() {
    let google = picker(many(2001)).await;
    assert_eq!(sizes(&google, "&pageSize=100").await, [100; 20]);
    assert_eq!(sizes(&google, "&pageSize=5000").await, [100; 20]);
    assert_eq!(sizes(&google, "").await, [50; 40]);
    let session = google.sim.sessions()[0].id.clone();
    for size in ["-1", "x"] {
        let (status, error) = google.list(&session, &format!("&pageSize={size}")).await;
        assert_eq!(
            (status, status_of(&error)),
            (StatusCode::BAD_REQUEST, "INVALID_ARGUMENT")
        );
    }
}

#[tokio::test]
async fn pages_may_be_short_empty_or_overlap() {
    let google = picker(many(5).with(|w| w.picker.empty_pages = 1)).await;
    assert_eq!(sizes(&google, "&pageSize=3").await, [0, 3, 0, 2]);
    google.sim.world(|w| {
        w.picker.empty_pages = 0;
        w.picker.short_pages = Some(2);
    });
    assert_eq!(sizes(&google, "&pageSize=3").await, [2, 2, 1]);
    google.sim.world(|w| w.picker.empty_last_page = true);
    assert_eq!(sizes(&google, "&pageSize=3").await, [2, 2, 1, 0]);
    google.sim.world(|w| {
        w.picker.empty_last_page = false;
        w.picker.repeat_boundary = true;
    });
    assert_eq!(sizes(&google, "&pageSize=3").await, [2, 2, 2, 2]);
}

#[tokio::test]
async fn a_listing_may_never_end() {
    let google = picker(many(3).with(|w| w.picker.endless = Endless::Empty)).await;
    let session = google.session().await;
    google.poll(&session).await;
    let mut tokens: Vec<String> = vec![String::new()];
    for n in 0..10 {
        let (_, page) = google
            .list(&session, &format!("&pageToken={}", tokens[n]))
            .await;
        assert_eq!(filenames(&page).len(), if n == 0 { 3 } else { 0 });
        let token = page["nextPageToken"].as_str().unwrap().to_owned();
        assert!(!tokens.contains(&token), "each token is new");
        tokens.push(token);
    }

    google.sim.world(|w| {
        w.picker.endless = Endless::Never;
        w.faults.push(
            Fault::new(FaultKind::SamePageToken)
                .route(Route::ListPicked)
                .always(),
        );
    });
    let (_, page) = google.list(&session, "&pageSize=1").await;
    let token = page["nextPageToken"].clone();
    let (_, page) = google
        .list(
            &session,
            &format!("&pageSize=1&pageToken={}", token.as_str().unwrap()),
        )
        .await;
    assert_eq!(page["nextPageToken"], token);
}

#[tokio::test]
async fn a_token_is_for_one_session_and_may_grow_old() {
    let google = picker(many(5).with(|w| w.picker.page_token_seconds = Some(60))).await;
    let (one, two) = (google.session().await, google.session().await);
    google.poll(&one).await;
    google.poll(&two).await;
    let (_, page) = google.list(&one, "&pageSize=2").await;
    let token = page["nextPageToken"].as_str().unwrap().to_owned();
    let next = format!("&pageSize=2&pageToken={token}");
    assert_eq!(google.list(&two, &next).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(
        google.sim.broken_rules()[0].rule,
        Rule::PageTokenParametersChanged
    );
    assert_eq!(google.list(&one, &next).await.0, StatusCode::OK);
    google.sim.advance(Duration::from_mins(1));
    assert_eq!(google.list(&one, &next).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(
        google.list(&one, "&pageToken=nonsense").await.0,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn an_item_may_go_from_the_library_while_it_is_picked() {
    let google = picker(world()).await;
    let session = google.picked(&["a.jpg", "b.jpg"]).await;
    google.sim.world(|w| {
        w.items
            .retain(|item| item.filename.as_deref() != Some("a.jpg"));
    });
    let (_, page) = google.list(&session, "").await;
    assert_eq!(filenames(&page), ["b.jpg"]);
}
