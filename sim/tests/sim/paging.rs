//! Pages and their tokens, with every habit that surprises.

use std::time::Duration;

use gphotos_sim::{Item, Oversize, Rule, World};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::client::{google, names};

/// So many photos, named by their number, newest first.
fn photos(count: u32) -> World {
    (0..count).fold(World::new(), |world, n| {
        world.photo(
            &n.to_string(),
            &format!("2024-03-09T06:{:02}:{:02}Z", 59 - n / 60, 59 - n % 60),
        )
    })
}

fn sizes(pages: &[Vec<String>]) -> Vec<usize> {
    pages.iter().map(Vec::len).collect()
}

#[tokio::test]
async fn page_sizes_have_their_defaults_and_limits() {
    let google = google(photos(130)).await;
    for (size, expected) in [
        (json!(null), 25),
        (json!(0), 25),
        (json!(7), 7),
        (json!("7"), 7),
        (json!(100), 100),
        (json!(101), 100),
    ] {
        assert_eq!(
            google.names(json!({ "pageSize": size })).await.len(),
            expected,
            "{size}"
        );
    }
    let (_, listed) = google.get("/v1/mediaItems").await;
    assert_eq!(names(&listed).len(), 25);
    let (_, listed) = google.get("/v1/mediaItems?pageSize=1000").await;
    assert_eq!(names(&listed).len(), 100);
    assert_eq!(
        google.get("/v1/mediaItems?pageSize=x").await.0,
        StatusCode::BAD_REQUEST
    );
    google
        .sim
        .world(|w| w.library.oversized_page = Oversize::Reject);
    assert_eq!(
        google.search(json!({ "pageSize": 101 })).await.0,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn pages_join_to_the_whole() {
    let google = google(photos(10)).await;
    let pages = google.pages(json!({ "pageSize": 4 })).await;
    assert_eq!(sizes(&pages), [4, 4, 2]);
    assert_eq!(
        pages.concat(),
        (0..10).map(|n| n.to_string()).collect::<Vec<_>>()
    );
    assert_eq!(
        sizes(&google.pages(json!({ "pageSize": 5 })).await),
        [5, 5],
        "no token behind the last item"
    );
}

#[tokio::test]
async fn nothing_is_an_empty_object() {
    let google = google(World::new()).await;
    assert_eq!(google.search(json!({})).await, (StatusCode::OK, json!({})));
}

#[tokio::test]
async fn a_token_is_bound_to_its_parameters() {
    let google = google(photos(10)).await;
    let (_, first) = google.search(json!({ "pageSize": 4 })).await;
    let token = first["nextPageToken"].as_str().unwrap();
    let changed =
        json!({ "pageSize": 4, "pageToken": token, "filters": { "includeArchivedMedia": true } });
    let exact = json!({ "error": { "code": 400, "message": "When using a page token, you must use the same parameters as the previous request.", "status": "INVALID_ARGUMENT" } });
    assert_eq!(
        google.search(changed).await,
        (StatusCode::BAD_REQUEST, exact)
    );
    assert_eq!(
        google
            .get(&format!("/v1/mediaItems?pageToken={token}"))
            .await
            .0,
        StatusCode::BAD_REQUEST,
        "another call"
    );
    assert_eq!(
        google.sim.broken_rules()[0].rule,
        Rule::PageTokenParametersChanged
    );

    assert_eq!(
        google
            .search(json!({ "pageSize": 5, "pageToken": token }))
            .await
            .0,
        StatusCode::OK
    );
    assert_eq!(
        google.search(json!({ "pageToken": "made-up" })).await.0,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn whether_the_size_of_pages_may_change_is_a_switch() {
    let google = google(photos(10).with(|w| w.library.page_size_bound = true)).await;
    let (_, first) = google.search(json!({ "pageSize": 4 })).await;
    let token = &first["nextPageToken"];
    assert_eq!(
        google
            .search(json!({ "pageSize": 5, "pageToken": token }))
            .await
            .0,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        google
            .search(json!({ "pageSize": 4, "pageToken": token }))
            .await
            .0,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_token_may_grow_old() {
    let google = google(photos(10).with(|w| w.library.page_token_seconds = Some(600))).await;
    let (_, first) = google.search(json!({ "pageSize": 4 })).await;
    let next = json!({ "pageSize": 4, "pageToken": first["nextPageToken"] });
    assert_eq!(google.search(next.clone()).await.0, StatusCode::OK);
    google.sim.advance(Duration::from_mins(10));
    assert_eq!(google.search(next).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn short_pages() {
    let google = google(photos(5).with(|w| w.library.short_pages = Some(2))).await;
    assert_eq!(
        sizes(&google.pages(json!({ "pageSize": 100 })).await),
        [2, 2, 1]
    );
}

#[tokio::test]
async fn empty_pages_with_a_token() {
    let google = google(photos(5).with(|w| w.library.empty_pages = 2)).await;
    assert_eq!(
        sizes(&google.pages(json!({ "pageSize": 3 })).await),
        [0, 0, 3, 0, 0, 2]
    );
    let (_, first) = google.search(json!({ "pageSize": 3 })).await;
    assert_eq!(
        first.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["nextPageToken"],
        "no empty list either"
    );
}

#[tokio::test]
async fn a_repeated_item_at_the_boundary() {
    let google = google(photos(5).with(|w| w.library.repeat_boundary = true)).await;
    let pages = google.pages(json!({ "pageSize": 3 })).await;
    assert_eq!(pages, [vec!["0", "1", "2"], vec!["2", "3", "4"]]);
    let single = google.pages(json!({ "pageSize": 1 })).await;
    assert_eq!(
        single.last().unwrap(),
        &["3", "4"],
        "it goes on even with pages of one"
    );
}

#[tokio::test]
async fn a_token_with_nothing_behind_it() {
    let google = google(photos(4).with(|w| w.library.empty_last_page = true)).await;
    assert_eq!(
        sizes(&google.pages(json!({ "pageSize": 2 })).await),
        [2, 2, 0]
    );
    let mut last = Value::Null;
    for _ in 0..3 {
        last = google
            .search(json!({ "pageSize": 2, "pageToken": last["nextPageToken"] }))
            .await
            .1;
    }
    assert_eq!(last, json!({}));
}

#[tokio::test]
async fn an_item_that_appears_shifts_the_pages() {
    let google = google(photos(4)).await;
    let (_, first) = google.search(json!({ "pageSize": 2 })).await;
    google
        .sim
        .world(|w| w.items.push(Item::photo(99, "new", "2025-01-01T00:00:00Z")));
    let second = google
        .names(json!({ "pageSize": 2, "pageToken": first["nextPageToken"] }))
        .await;
    assert_eq!(second, ["1", "2"]);
}
