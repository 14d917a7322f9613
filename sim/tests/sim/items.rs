//! Items as they are listed and got.

use gphotos_sim::{BatchOrder, Item, Kind, Rule, VideoStatus, World};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::client::{google, names};

fn ids(count: usize) -> String {
    (0..count)
        .map(|n| format!("mediaItemIds=id{n}"))
        .collect::<Vec<_>>()
        .join("&")
}

#[tokio::test]
async fn an_item_is_listed_as_proto_json() {
    let rich = Item {
        description: Some("Für Oma".to_owned()),
        camera: Some(("Acme".to_owned(), "A1".to_owned())),
        dimensions: Some((4032, 3024)),
        ..Item::photo(1, "IMG_1.jpg", "2024-03-09T06:15:42.125Z")
    };
    let google = google(World::new().item(rich)).await;
    let id = google.id("IMG_1.jpg");
    let (status, mut item) = google.get(&format!("/v1/mediaItems/{id}")).await;
    assert_eq!(status, StatusCode::OK);
    let base_url = item.as_object_mut().unwrap().remove("baseUrl").unwrap();
    assert!(base_url.as_str().unwrap().starts_with(&google.url("/lr/")));
    assert_eq!(
        item,
        json!({
            "id": id,
            "description": "Für Oma",
            "productUrl": format!("https://photos.google.com/lr/photo/{id}"),
            "mimeType": "image/jpeg",
            "filename": "IMG_1.jpg",
            "mediaMetadata": {
                "creationTime": "2024-03-09T06:15:42.125Z", "width": "4032", "height": "3024",
                "photo": { "cameraMake": "Acme", "cameraModel": "A1" }
            }
        })
    );
    assert!(id.len() >= 55);
}

#[tokio::test]
async fn what_is_not_known_is_left_out() {
    let bare = Item {
        filename: None,
        mime_type: None,
        created: None,
        dimensions: None,
        kind: Kind::Neither,
        ..Item::photo(1, "x", "2024-03-09T06:15:42Z")
    };
    let id = bare.id.clone();
    let google = google(
        World::new()
            .item(bare)
            .photo("plain.jpg", "2024-03-09T06:15:42Z"),
    )
    .await;
    let (_, item) = google.get(&format!("/v1/mediaItems/{id}")).await;
    assert_eq!(item["mediaMetadata"], json!({}));
    let keys: Vec<&String> = item.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["baseUrl", "id", "mediaMetadata", "productUrl"]);
    let (_, plain) = google
        .get(&format!("/v1/mediaItems/{}", google.id("plain.jpg")))
        .await;
    assert_eq!(
        plain["mediaMetadata"]["photo"],
        json!({}),
        "a photo without a camera says that it is a photo"
    );
}

#[tokio::test]
async fn videos_have_a_status() {
    let google = google(World::new().video("a.mp4", "2024-03-09T06:15:42Z")).await;
    let path = format!("/v1/mediaItems/{}", google.id("a.mp4"));
    for (status, name) in [
        (VideoStatus::Processing, "PROCESSING"),
        (VideoStatus::Ready, "READY"),
        (VideoStatus::Failed, "FAILED"),
    ] {
        google
            .sim
            .world(|w| w.named("a.mp4").kind = Kind::Video(status));
        let (_, item) = google.get(&path).await;
        assert_eq!(item["mediaMetadata"]["video"], json!({ "status": name }));
        assert_eq!(item["mediaMetadata"].get("photo"), None);
    }
}

#[tokio::test]
async fn the_list_shows_everything_that_is_visible() {
    let world = World::new()
        .with(|w| w.now = Some("2024-06-01T00:00:00Z".parse().unwrap()))
        .photo("a", "2024-03-09T06:15:42Z")
        .item(Item {
            created: None,
            ..Item::photo(2, "undated", "2024-01-01T00:00:00Z")
        })
        .item(Item::photo(3, "future", "2099-07-01T00:00:00Z"))
        .item(Item {
            fresh: true,
            ..Item::photo(4, "fresh", "2024-03-10T00:00:00Z")
        })
        .item(Item {
            archived: true,
            ..Item::photo(5, "archived", "2024-03-11T00:00:00Z")
        });
    let google = google(world).await;
    assert_eq!(
        names(&google.get("/v1/mediaItems").await.1),
        ["future", "archived", "fresh", "a", "undated"]
    );
    google.sim.world(|w| w.library.list_archived = false);
    assert_eq!(names(&google.get("/v1/mediaItems").await.1).len(), 4);
}

#[tokio::test]
async fn every_listing_gives_a_new_url() {
    let google = google(World::new().photo("a", "2024-03-09T06:15:42Z")).await;
    let url = |answer: Value| {
        answer["mediaItems"][0]["baseUrl"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_ne!(
        url(google.get("/v1/mediaItems").await.1),
        url(google.get("/v1/mediaItems").await.1)
    );
}

#[tokio::test]
async fn getting_what_is_not_there() {
    let google = google(World::new().photo("a", "2024-03-09T06:15:42Z")).await;
    let id = google.id("a");
    google.sim.world(|w| w.items.clear());
    let (status, answer) = google.get(&format!("/v1/mediaItems/{id}")).await;
    assert_eq!(
        (status, &answer["error"]["status"]),
        (StatusCode::NOT_FOUND, &json!("NOT_FOUND"))
    );
    assert_eq!(
        google.get("/v1/mediaItems/no%20id").await.0,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn a_batch_mixes_items_and_failures() {
    let google = google(
        World::new()
            .photo("a", "2024-03-09T06:15:42Z")
            .photo("b", "2024-03-09T06:15:42Z"),
    )
    .await;
    let (a, b) = (google.id("a"), google.id("b"));
    let path =
        format!("/v1/mediaItems:batchGet?mediaItemIds={a}&mediaItemIds=made-up&mediaItemIds={b}");
    let order = |answer: &Value| -> Vec<String> {
        let results = answer["mediaItemResults"].as_array().unwrap();
        results
            .iter()
            .map(|it| {
                it["mediaItem"]["filename"]
                    .as_str()
                    .unwrap_or("-")
                    .to_owned()
            })
            .collect()
    };
    let (status, answer) = google.get(&path).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(order(&answer), ["a", "-", "b"]);
    assert_eq!(
        answer["mediaItemResults"][1],
        json!({ "status": { "code": 3, "message": "Invalid media item ID." } })
    );
    google
        .sim
        .world(|w| w.library.batch_order = BatchOrder::Reversed);
    assert_eq!(order(&google.get(&path).await.1), ["b", "-", "a"]);
    google
        .sim
        .world(|w| w.library.batch_order = BatchOrder::ById);
    assert_eq!(order(&google.get(&path).await.1)[0], "-");
}

#[tokio::test]
async fn a_batch_has_at_most_fifty_different_ids() {
    let google = google(World::new()).await;
    assert_eq!(
        google
            .get(&format!("/v1/mediaItems:batchGet?{}", ids(50)))
            .await
            .0,
        StatusCode::OK
    );
    assert!(google.sim.broken_rules().is_empty());
    assert_eq!(
        google
            .get(&format!("/v1/mediaItems:batchGet?{}", ids(51)))
            .await
            .0,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        google
            .get("/v1/mediaItems:batchGet?mediaItemIds=a&mediaItemIds=a")
            .await
            .0,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        google.get("/v1/mediaItems:batchGet").await.0,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        google
            .sim
            .broken_rules()
            .iter()
            .map(|it| it.rule)
            .collect::<Vec<_>>(),
        [Rule::BadBatch, Rule::BadBatch]
    );
}

#[tokio::test]
async fn one_poisoned_id_spoils_a_batch() {
    let google = google(
        World::new()
            .photo("a", "2024-03-09T06:15:42Z")
            .photo("b", "2024-03-09T06:15:42Z"),
    )
    .await;
    let (a, b) = (google.id("a"), google.id("b"));
    google.sim.world(|w| w.library.poisoned.insert(b.clone()));
    let (status, answer) = google
        .get(&format!(
            "/v1/mediaItems:batchGet?mediaItemIds={a}&mediaItemIds={b}"
        ))
        .await;
    assert_eq!(
        (status, &answer["error"]["status"]),
        (StatusCode::INTERNAL_SERVER_ERROR, &json!("INTERNAL"))
    );
    assert_eq!(
        google
            .get(&format!("/v1/mediaItems:batchGet?mediaItemIds={a}"))
            .await
            .0,
        StatusCode::OK
    );
    assert_eq!(
        google.get(&format!("/v1/mediaItems/{b}")).await.0,
        StatusCode::INTERNAL_SERVER_ERROR
    );
    google.sim.world(|w| w.library.poison_single = false);
    assert_eq!(
        google.get(&format!("/v1/mediaItems/{b}")).await.0,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_field_mask_trims_the_answer() {
    let google = google(
        World::new()
            .photo("a", "2024-03-09T06:15:42Z")
            .photo("b", "2024-03-08T06:15:42Z"),
    )
    .await;
    let (_, answer) = google.get("/v1/mediaItems?pageSize=1&fields=mediaItems(filename,mediaMetadata/width),nextPageToken").await;
    assert_eq!(
        answer["mediaItems"],
        json!([{ "filename": "a", "mediaMetadata": { "width": "64" } }])
    );
    assert!(answer["nextPageToken"].is_string());
    assert_eq!(
        google.get("/v1/mediaItems?fields=mediaItems(").await.0,
        StatusCode::BAD_REQUEST
    );
}
