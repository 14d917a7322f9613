//! What a listing says about an item, in every spelling that a client may meet.

use gphotos_sim::{CameraIn, Item, Kind, Numbers, VideoStatus, World};
use serde_json::{Value, json};

use super::{DAY, world};
use crate::client::picker;

fn camera() -> World {
    let camera = Some(("Acme".to_owned(), "A1".to_owned()));
    world().with(|w| {
        w.items
            .iter_mut()
            .for_each(|item| item.camera.clone_from(&camera));
    })
}

fn metadata(item: &Value) -> &Value {
    &item["mediaFile"]["mediaFileMetadata"]
}

#[tokio::test]
async fn a_photo_is_as_the_reference_says() {
    let google = picker(camera()).await;
    let item = google.listed("a.jpg").await;
    let base_url = item["mediaFile"]["baseUrl"].as_str().unwrap();
    assert!(base_url.starts_with(&google.url("/ppa/")), "{base_url}");
    assert_eq!(
        item,
        json!({ "id": google.id("a.jpg"), "createTime": "2024-03-09T06:15:42Z", "type": "PHOTO",
            "mediaFile": { "baseUrl": base_url, "mimeType": "image/jpeg", "filename": "a.jpg",
                "mediaFileMetadata": { "width": 64, "height": 48, "cameraMake": "Acme", "cameraModel": "A1",
                    "photoMetadata": { "focalLength": 4.44, "apertureFNumber": 1.7, "isoEquivalent": 61, "exposureTime": "0.008333s" } } } })
    );
}

#[tokio::test]
async fn a_video_says_whether_it_is_ready() {
    let google = picker(camera()).await;
    for (status, word) in [
        (VideoStatus::Processing, "PROCESSING"),
        (VideoStatus::Ready, "READY"),
        (VideoStatus::Failed, "FAILED"),
    ] {
        google
            .sim
            .world(|w| w.named("c.mp4").kind = Kind::Video(status));
        let item = google.listed("c.mp4").await;
        assert_eq!(item["type"], "VIDEO");
        assert_eq!(
            metadata(&item)["videoMetadata"],
            json!({ "fps": 29.97, "processingStatus": word })
        );
        assert_eq!(metadata(&item).get("photoMetadata"), None);
    }
}

#[tokio::test]
async fn camera_fields_are_in_either_place() {
    let google = picker(camera()).await;
    google.sim.world(|w| w.picker.camera = CameraIn::Kind);
    for (name, kind) in [("a.jpg", "photoMetadata"), ("c.mp4", "videoMetadata")] {
        let item = google.listed(name).await;
        assert_eq!(metadata(&item).get("cameraMake"), None);
        assert_eq!(metadata(&item)[kind]["cameraMake"], "Acme");
        assert_eq!(metadata(&item)[kind]["cameraModel"], "A1");
    }
    google.sim.world(|w| w.picker.camera = CameraIn::Nowhere);
    let item = google.listed("a.jpg").await;
    assert!(!item.to_string().contains("Acme"));
}

#[tokio::test]
async fn numbers_may_be_strings() {
    let google = picker(camera().with(|w| w.picker.numbers = Numbers::Strings)).await;
    let item = google.listed("a.jpg").await;
    assert_eq!(metadata(&item)["width"], "64");
    assert_eq!(metadata(&item)["photoMetadata"]["isoEquivalent"], "61");
    let item = google.listed("c.mp4").await;
    assert_eq!(metadata(&item)["videoMetadata"]["fps"], "29.97");
}

#[tokio::test]
async fn anything_but_id_and_address_may_be_missing() {
    let bare = Item {
        filename: None,
        mime_type: None,
        created: None,
        dimensions: None,
        kind: Kind::Neither,
        ..Item::photo(7, "bare", DAY)
    };
    let id = bare.id.clone();
    let google = picker(world().item(bare)).await;
    let item = google.listed(&id).await;
    let base_url = item["mediaFile"]["baseUrl"].clone();
    assert_eq!(
        item,
        json!({ "id": id, "mediaFile": { "baseUrl": base_url, "mediaFileMetadata": {} } })
    );

    google.sim.world(|w| w.picker.filenames = false);
    let item = google.listed("a.jpg").await;
    assert_eq!(item["mediaFile"].get("filename"), None);
    assert_eq!(item["mediaFile"]["mimeType"], "image/jpeg");

    google.sim.world(|w| w.picker.sparse = true);
    let item = google.listed("c.mp4").await;
    let base_url = item["mediaFile"]["baseUrl"].clone();
    assert_eq!(
        item,
        json!({ "id": google.id("c.mp4"), "mediaFile": { "baseUrl": base_url } })
    );
}

#[tokio::test]
async fn ids_stay_the_same_and_may_be_the_picker_s_own() {
    let google = picker(world()).await;
    let one = google.listed("a.jpg").await["id"].clone();
    assert_eq!(google.listed("a.jpg").await["id"], one);
    assert_eq!(one, google.id("a.jpg"));
    google.sim.world(|w| w.picker.library_ids = false);
    let own = google.listed("a.jpg").await["id"].clone();
    assert_ne!(own, google.id("a.jpg"));
    assert_eq!(google.listed("a.jpg").await["id"], own);
    let own = own.as_str().unwrap();
    assert_eq!(
        google.sim.picked_truth().into_keys().collect::<Vec<_>>(),
        [own]
    );
    assert_eq!(
        google.sim.sessions()[0].picked.as_deref(),
        Some(&[own.to_owned()][..])
    );
}
