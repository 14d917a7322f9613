//! `mediaItems:search`: what may be asked, and what comes back.

#![expect(
    clippy::needless_pass_by_value,
    reason = "JSON in a test is said and forgotten"
)]

use std::time::Duration;

use gphotos_sim::{FilterZone, Item, Kind, Rule, World};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::client::{google, names, on_day};

fn dates(dates: Value) -> Value {
    json!({ "filters": { "dateFilter": { "dates": dates } } })
}

fn range(start: Value, end: Value) -> Value {
    json!({ "filters": { "dateFilter": { "ranges": [{ "startDate": start, "endDate": end }] } } })
}

/// One photo on each of these days, named by the day.
fn days(days: &[&str]) -> World {
    days.iter().fold(World::new(), |world, day| {
        world.photo(day, &format!("{day}T12:00:00Z"))
    })
}

#[tokio::test]
async fn zero_fields_widen_a_date() {
    let google = google(days(&[
        "2023-03-09",
        "2024-03-09",
        "2024-03-10",
        "2024-04-01",
        "2025-01-01",
    ]))
    .await;
    for (date, expected) in [
        (
            json!({ "year": 2024, "month": 3, "day": 9 }),
            vec!["2024-03-09"],
        ),
        (
            json!({ "year": 2024, "month": 3 }),
            vec!["2024-03-10", "2024-03-09"],
        ),
        (
            json!({ "year": 2024, "month": 0, "day": 0 }),
            vec!["2024-04-01", "2024-03-10", "2024-03-09"],
        ),
        (
            json!({ "month": 3, "day": 9 }),
            vec!["2024-03-09", "2023-03-09"],
        ),
    ] {
        assert_eq!(google.names(dates(json!([date]))).await, expected, "{date}");
    }
}

#[tokio::test]
async fn dates_and_ranges_are_ored_and_ends_included() {
    let google = google(days(&[
        "2024-03-01",
        "2024-03-05",
        "2024-03-09",
        "2024-03-10",
        "2024-06-01",
    ]))
    .await;
    let march = range(
        json!({ "year": 2024, "month": 3, "day": 1 }),
        json!({ "year": 2024, "month": 3, "day": 9 }),
    );
    assert_eq!(
        google.names(march.clone()).await,
        ["2024-03-09", "2024-03-05", "2024-03-01"]
    );
    let mut both = march;
    both["filters"]["dateFilter"]["dates"] =
        json!([{ "year": 2024, "month": 6, "day": 1 }, { "year": 2024, "month": 3, "day": 5 }]);
    assert_eq!(
        google.names(both).await,
        ["2024-06-01", "2024-03-09", "2024-03-05", "2024-03-01"]
    );
    let months = range(
        json!({ "year": 2024, "month": 3 }),
        json!({ "year": 2024, "month": 6 }),
    );
    assert_eq!(google.names(months).await.len(), 5);
    let all = range(
        json!({ "year": 1, "month": 1, "day": 1 }),
        json!({ "year": 9999, "month": 12, "day": 31 }),
    );
    assert_eq!(google.names(all).await.len(), 5);
}

#[tokio::test]
async fn midnight_belongs_to_the_day_it_begins() {
    let world = World::new()
        .photo("late", "2024-03-09T23:59:59.999Z")
        .photo("midnight", "2024-03-10T00:00:00Z")
        .photo("early", "2024-03-09T00:00:00Z");
    let google = google(world).await;
    assert_eq!(google.names(on_day(2024, 3, 9)).await, ["late", "early"]);
    assert_eq!(google.names(on_day(2024, 3, 10)).await, ["midnight"]);
}

#[tokio::test]
async fn the_zone_of_the_filter_is_a_switch() {
    let abroad = Item {
        utc_offset_minutes: -480,
        ..Item::photo(1, "california.jpg", "2024-03-10T02:00:00Z")
    };
    let google = google(World::new().item(abroad)).await;
    assert_eq!(google.names(on_day(2024, 3, 10)).await.len(), 1);
    google
        .sim
        .world(|w| w.library.filter_zone = FilterZone::ItemLocal);
    assert_eq!(google.names(on_day(2024, 3, 10)).await.len(), 0);
    assert_eq!(google.names(on_day(2024, 3, 9)).await, ["california.jpg"]);
}

#[tokio::test]
async fn date_filters_hide_what_an_unfiltered_search_shows() {
    let world = days(&["2024-03-09"])
        .with(|w| {
            w.now = Some("2024-06-01T00:00:00Z".parse().unwrap());
            w.oauth.expires_in_seconds = 99_999_999;
        })
        .item(Item {
            created: None,
            ..Item::photo(11, "undated", "2024-01-01T00:00:00Z")
        })
        .item(Item::photo(12, "future", "2024-07-01T00:00:00Z"))
        .item(Item {
            fresh: true,
            ..Item::photo(13, "fresh", "2024-03-09T00:00:00Z")
        })
        .item(Item {
            archived: true,
            ..Item::photo(14, "archived", "2024-03-09T00:00:00Z")
        });
    let google = google(world).await;
    let all_years = range(json!({ "year": 1 }), json!({ "year": 9999 }));
    assert_eq!(google.names(all_years.clone()).await, ["2024-03-09"]);
    assert_eq!(
        google.names(json!({})).await,
        ["future", "2024-03-09", "fresh", "undated"]
    );

    let mut archived = all_years.clone();
    archived["filters"]["includeArchivedMedia"] = true.into();
    assert_eq!(google.names(archived).await, ["2024-03-09", "archived"]);
    assert_eq!(
        google
            .names(json!({ "filters": { "includeArchivedMedia": true } }))
            .await
            .len(),
        5
    );

    google.sim.world(|w| w.named("fresh").fresh = false);
    assert_eq!(
        google.names(all_years.clone()).await,
        ["2024-03-09", "fresh"]
    );
    google.sim.advance(Duration::from_hours(31 * 24));
    assert_eq!(
        google.names(all_years).await,
        ["future", "2024-03-09", "fresh"]
    );
}

#[tokio::test]
async fn a_media_type_filter_has_one_type() {
    let neither = Item {
        kind: Kind::Neither,
        ..Item::photo(9, "neither", "2024-03-09T01:00:00Z")
    };
    let google = google(
        days(&["2024-03-09"])
            .video("film", "2024-03-08T00:00:00Z")
            .item(neither),
    )
    .await;
    let of = |types: Value| json!({ "filters": { "mediaTypeFilter": { "mediaTypes": types } } });
    assert_eq!(google.names(of(json!(["PHOTO"]))).await, ["2024-03-09"]);
    assert_eq!(google.names(of(json!(["VIDEO"]))).await, ["film"]);
    assert_eq!(google.names(of(json!(["ALL_MEDIA"]))).await.len(), 3);
    assert_eq!(
        google.search(of(json!(["PHOTO", "VIDEO"]))).await.0,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        google.search(of(json!(["MUSIC"]))).await.0,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn nothing_is_a_favourite_or_has_a_category() {
    let google = google(days(&["2024-03-09"])).await;
    let favourites =
        json!({ "filters": { "featureFilter": { "includedFeatures": ["FAVORITES"] } } });
    assert_eq!(google.search(favourites).await.1, json!({}));
    let pets = json!({ "filters": { "contentFilter": { "includedContentCategories": ["PETS"] } } });
    assert_eq!(google.search(pets).await.1, json!({}));
    let no_receipts =
        json!({ "filters": { "contentFilter": { "excludedContentCategories": ["RECEIPTS"] } } });
    assert_eq!(google.names(no_receipts).await.len(), 1);
    let eleven = json!({ "filters": { "contentFilter": { "excludedContentCategories": vec!["PETS"; 11] } } });
    assert_eq!(google.search(eleven).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn ordering_goes_with_a_date_filter_only() {
    let google = google(days(&["2024-03-09", "2024-03-10"])).await;
    let ordered = |order: &str| {
        let mut request = dates(json!([{ "year": 2024 }]));
        request["orderBy"] = order.into();
        request
    };
    assert_eq!(
        google.names(ordered("MediaMetadata.creation_time")).await,
        ["2024-03-09", "2024-03-10"]
    );
    assert_eq!(
        google
            .names(ordered("MediaMetadata.creation_time desc"))
            .await,
        ["2024-03-10", "2024-03-09"]
    );
    let mut archived = ordered("MediaMetadata.creation_time");
    archived["filters"]["includeArchivedMedia"] = true.into();
    archived["filters"]["excludeNonAppCreatedData"] = true.into();
    assert_eq!(google.names(archived).await.len(), 2);

    let mut with_type = ordered("MediaMetadata.creation_time");
    with_type["filters"]["mediaTypeFilter"] = json!({ "mediaTypes": ["PHOTO"] });
    for refused in [
        json!({ "orderBy": "MediaMetadata.creation_time" }),
        ordered("filename"),
        with_type,
    ] {
        let (status, answer) = google.search(refused).await;
        assert_eq!(
            (status, &answer["error"]["status"]),
            (StatusCode::BAD_REQUEST, &json!("INVALID_ARGUMENT"))
        );
    }
}

#[tokio::test]
async fn an_album_excludes_every_filter() {
    let google = google(
        days(&["2024-03-09", "2024-03-10", "2024-03-11"])
            .album("Trip", &["2024-03-11", "2024-03-09"]),
    )
    .await;
    let album = google.sim.world(|w| w.albums[0].id.clone());
    assert_eq!(
        google.names(json!({ "albumId": album })).await,
        ["2024-03-11", "2024-03-09"]
    );
    for refused in [
        json!({ "albumId": album, "filters": { "includeArchivedMedia": true } }),
        json!({ "albumId": album, "filters": {} }),
        json!({ "albumId": album, "orderBy": "MediaMetadata.creation_time" }),
    ] {
        assert_eq!(google.search(refused).await.0, StatusCode::BAD_REQUEST);
    }
    assert_eq!(
        google.search(json!({ "albumId": "made-up" })).await.0,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn impossible_requests_are_invalid_arguments() {
    let google = google(days(&["2024-03-09"])).await;
    let day = |n: u32| json!({ "year": 2024, "month": 3, "day": n });
    let six: Vec<Value> = (1..=6).map(day).collect();
    let six_ranges: Vec<Value> = (1..=6)
        .map(|n| json!({ "startDate": day(n), "endDate": day(n) }))
        .collect();
    for refused in [
        dates(json!(six)),
        json!({ "filters": { "dateFilter": { "ranges": six_ranges } } }),
        dates(json!([{}])),
        dates(json!([{ "year": 2024, "day": 9 }])),
        dates(json!([{ "month": 3 }])),
        dates(json!([{ "year": 2023, "month": 2, "day": 29 }])),
        dates(json!([{ "year": 2024, "month": -1 }])),
        range(day(9), json!({ "year": 2024, "month": 4 })),
        range(day(9), day(8)),
        json!({ "unknownField": 1 }),
        json!({ "pageSize": -1 }),
        json!({ "pageSize": "many" }),
        json!([]),
    ] {
        let (status, answer) = google.search(refused.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{refused}");
        assert_eq!(answer["error"]["status"], "INVALID_ARGUMENT");
        assert_eq!(answer["error"]["code"], 400);
    }
    let five: Vec<Value> = (1..=5).map(day).collect();
    assert_eq!(
        google.search(dates(json!(five))).await,
        (StatusCode::OK, json!({}))
    );
}

#[tokio::test]
async fn an_empty_body_asks_for_everything() {
    let google = google(days(&["2024-03-09"])).await;
    let response = google
        .http
        .post(google.url("/v1/mediaItems:search"))
        .bearer_auth(&google.token)
        .send()
        .await
        .unwrap();
    assert_eq!(names(&response.json().await.unwrap()).len(), 1);
    assert_eq!(google.sim.broken_rules()[0].rule, Rule::NotAnnouncedAsJson);
}
