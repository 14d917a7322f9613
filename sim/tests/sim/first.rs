use gphotos_sim::World;
use serde_json::json;

use crate::client::{google, on_day};

#[tokio::test]
async fn a_client_signs_in_lists_and_downloads() {
    let google = google(
        World::new()
            .photo("a.jpg", "2024-03-09T06:15:42Z")
            .video("b.mp4", "2024-03-10T06:15:42Z"),
    )
    .await;
    assert_eq!(google.names(on_day(2024, 3, 9)).await, ["a.jpg"]);
    let (_, list) = google.get("/v1/mediaItems?pageSize=1").await;
    assert_eq!(list["mediaItems"][0]["filename"], "b.mp4");
    println!("{list:#}");
    let id = google.id("a.jpg");
    let (_, one) = google.get(&format!("/v1/mediaItems/{id}")).await;
    let bytes = google
        .http
        .get(format!("{}=d", one["baseUrl"].as_str().unwrap()))
        .send()
        .await
        .unwrap();
    println!("{bytes:?}");
    let bytes = bytes.bytes().await.unwrap();
    assert_eq!(
        gphotos_sim::Digest::of(&bytes),
        google.sim.truth()[&id].original
    );
    let (_, batch) = google
        .get(&format!(
            "/v1/mediaItems:batchGet?mediaItemIds={id}&mediaItemIds=nope"
        ))
        .await;
    assert_eq!(
        batch["mediaItemResults"][1]["status"],
        json!({"code": 3, "message": "Invalid media item ID."})
    );
    assert!(google.sim.broken_rules().is_empty());
}
