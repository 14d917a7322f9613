//! A `PickedMediaItem` in JSON. It differs from the Library's items in small ways: `createTime`, numbers that are numbers,
//! camera fields in one of two places, and a `filename` that older answers leave out
//! (<https://developers.google.com/photos/picker/reference/rest/v1/mediaItems>).

use std::time::Instant;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use crate::google::wire::{MAX_ID, lenient, names_a_video, pixels};
use crate::media::item::{
    BaseUrl, Kind, ListedUrl, MediaItem, MediaItemId, SourceName, VideoStatus,
};

/// A selected item. Only the id is relied on; a field of the wrong type counts as left out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PickedItem {
    #[serde(default)]
    id: Value,
    #[serde(default, deserialize_with = "lenient")]
    create_time: Option<DateTime<Utc>>,
    #[serde(default, rename = "type", deserialize_with = "lenient")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    media_file: Option<MediaFile>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MediaFile {
    #[serde(default, deserialize_with = "lenient")]
    base_url: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    mime_type: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    filename: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    media_file_metadata: Option<Metadata>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    width: Value,
    #[serde(default)]
    height: Value,
    #[serde(default, deserialize_with = "lenient")]
    camera_make: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    camera_model: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    photo_metadata: Option<Inner>,
    #[serde(default, deserialize_with = "lenient")]
    video_metadata: Option<Inner>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inner {
    #[serde(default, deserialize_with = "lenient")]
    camera_make: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    camera_model: Option<String>,
    /// Videos only.
    #[serde(default, deserialize_with = "lenient")]
    processing_status: Option<String>,
}

impl PickedItem {
    /// The item as the rest of the program knows it, or why it cannot be one.
    pub(super) fn into_item(self, now: DateTime<Utc>) -> Result<MediaItem, &'static str> {
        let id = match self.id {
            Value::String(id) if id.len() > MAX_ID => return Err("its id is too long"),
            // What stands in for bytes that were no text: nobody could ask for it by this id again.
            Value::String(id) if id.contains(char::REPLACEMENT_CHARACTER) => {
                return Err("its id cannot be read");
            }
            Value::String(id) if !id.is_empty() => id,
            Value::String(_) | Value::Null => return Err("it has no id"),
            _ => return Err("its id is no text"),
        };
        let file = self.media_file.unwrap_or_default();
        let metadata = file.media_file_metadata.unwrap_or_default();
        let is_video = match self.kind.as_deref() {
            Some("VIDEO") => true,
            Some("PHOTO") => false,
            _ if metadata.video_metadata.is_some() => true,
            _ => {
                metadata.photo_metadata.is_none()
                    && names_a_video(file.mime_type.as_deref(), file.filename.as_deref())
            }
        };
        let status = metadata
            .video_metadata
            .as_ref()
            .and_then(|video| video.processing_status.as_deref());
        let kind = match status {
            _ if !is_video => Kind::Photo,
            Some("PROCESSING") => Kind::Video(VideoStatus::Processing),
            Some("FAILED") => Kind::Video(VideoStatus::Failed),
            // Absent or unknown: asking for the bytes is the only way to find out.
            _ => Kind::Video(VideoStatus::Ready),
        };
        let inner = metadata.photo_metadata.or(metadata.video_metadata);
        let inner = inner.unwrap_or_default();
        Ok(MediaItem {
            id: MediaItemId(id),
            source: SourceName::Picker,
            filename: file.filename.filter(|name| !name.is_empty()),
            mime_type: file.mime_type.filter(|mime| !mime.is_empty()),
            created: self.create_time,
            kind,
            dimensions: pixels(&metadata.width).zip(pixels(&metadata.height)),
            // The reference has them outside, clients have found them inside.
            camera_make: metadata.camera_make.or(inner.camera_make),
            camera_model: metadata.camera_model.or(inner.camera_model),
            description: None,
            product_url: None,
            url: file.base_url.map(|url| ListedUrl {
                url: BaseUrl::new(url),
                at: now,
                since: Instant::now(),
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn item(json: Value) -> MediaItem {
        let item: PickedItem = serde_json::from_value(json).expect("an item");
        item.into_item(Utc::now()).expect("an id")
    }

    #[test]
    fn camera_fields_are_read_in_either_place_and_numbers_in_either_form() {
        for json in [
            json!({ "id": "A", "type": "PHOTO", "mediaFile": { "mediaFileMetadata": { "width": 40, "height": 30,
                "cameraMake": "Acme", "cameraModel": "A1", "photoMetadata": {} } } }),
            json!({ "id": "A", "type": "PHOTO", "mediaFile": { "mediaFileMetadata": { "width": "40", "height": "30",
                "photoMetadata": { "cameraMake": "Acme", "cameraModel": "A1" } } } }),
        ] {
            let item = item(json);
            assert_eq!(item.dimensions, Some((40, 30)));
            assert_eq!(item.camera_make.as_deref(), Some("Acme"));
            assert_eq!(item.camera_model.as_deref(), Some("A1"));
        }
    }

    #[test]
    fn a_video_is_known_by_its_type_then_its_metadata_then_its_name() {
        let ready = Kind::Video(VideoStatus::Ready);
        for (json, kind) in [
            (json!({ "id": "A" }), Kind::Photo),
            (json!({ "id": "A", "type": "VIDEO" }), ready),
            (
                json!({ "id": "A", "mediaFile": { "filename": "a.mp4" } }),
                ready,
            ),
            (
                json!({ "id": "A", "mediaFile": { "mimeType": "video/mp4" } }),
                ready,
            ),
            (
                json!({ "id": "A", "type": "PHOTO", "mediaFile": { "mimeType": "video/mp4" } }),
                Kind::Photo,
            ),
            (
                json!({ "id": "A", "mediaFile": { "mediaFileMetadata": { "videoMetadata": { "processingStatus": "PROCESSING" } } } }),
                Kind::Video(VideoStatus::Processing),
            ),
            (
                json!({ "id": "A", "type": "VIDEO", "mediaFile": { "mediaFileMetadata": { "videoMetadata": { "processingStatus": "FAILED" } } } }),
                Kind::Video(VideoStatus::Failed),
            ),
        ] {
            assert_eq!(item(json.clone()).kind, kind, "{json}");
        }
    }
}
