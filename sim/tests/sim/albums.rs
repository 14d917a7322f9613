//! Albums.

use gphotos_sim::World;
use reqwest::StatusCode;
use serde_json::json;

use crate::client::google;

#[tokio::test]
async fn albums_are_listed_in_pages_and_got() {
    let world = (0..21).fold(
        World::new().photo("a.jpg", "2024-03-09T06:15:42Z"),
        |world, n| world.album(&format!("Album {n}"), &["a.jpg"]),
    );
    let google = google(world).await;
    let (_, first) = google.get("/v1/albums").await;
    assert_eq!(first["albums"].as_array().unwrap().len(), 20);
    let token = first["nextPageToken"].as_str().unwrap();
    let (_, second) = google.get(&format!("/v1/albums?pageToken={token}")).await;
    assert_eq!(second["albums"].as_array().unwrap().len(), 1);
    assert_eq!(second.get("nextPageToken"), None);
    assert_eq!(
        google.get("/v1/albums?pageSize=99").await.1["albums"]
            .as_array()
            .unwrap()
            .len(),
        21
    );

    let album = &first["albums"][0];
    assert_eq!(album["title"], "Album 0");
    assert_eq!(album["isWriteable"], true);
    assert_eq!(album["mediaItemsCount"], "1");
    assert_eq!(album["coverPhotoMediaItemId"], google.id("a.jpg"));
    let (status, one) = google
        .get(&format!("/v1/albums/{}", album["id"].as_str().unwrap()))
        .await;
    assert_eq!((status, &one["title"]), (StatusCode::OK, &json!("Album 0")));
    assert_eq!(
        google.get("/v1/albums/made-up").await.0,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn an_empty_album_says_nothing_of_its_contents() {
    let google = google(
        World::new()
            .album("", &[])
            .with(|w| w.albums[0].writeable = false),
    )
    .await;
    let (_, answer) = google.get("/v1/albums").await;
    let keys: Vec<&String> = answer["albums"][0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["id", "productUrl"]);
}
