//! The JSON of the Library API. Its habits stay here: camelCase, numbers as strings, fields that are left out when they
//! have their default value (<https://developers.google.com/photos/library/reference/rest/v1/mediaItems>).

use std::time::Instant;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::media::item::{self, BaseUrl, Kind, ListedUrl, MediaItemId, SourceName, VideoStatus};

/// The answer of `search` and `list`. Nothing found is `{}`.
#[derive(Debug, Deserialize)]
#[serde(try_from = "AnyListing")]
pub(crate) struct Listing {
    /// Read one by one later, so that one odd item does not spoil the page.
    pub(crate) media_items: Vec<Value>,
    pub(crate) next_page_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnyListing {
    #[serde(default)]
    media_items: Vec<Value>,
    next_page_token: Option<String>,
    #[serde(flatten)]
    others: serde_json::Map<String, Value>,
}

impl TryFrom<AnyListing> for Listing {
    type Error = String;

    /// An object without anything is an empty listing. One with other things only, such as an error under status 200, is
    /// none at all.
    fn try_from(any: AnyListing) -> Result<Self, String> {
        let is_blank = any.media_items.is_empty() && any.next_page_token.is_none();
        match any.others.keys().next() {
            Some(key) if is_blank => Err(format!("a listing has no {key:?}")),
            _ => Ok(Self {
                media_items: any.media_items,
                next_page_token: any.next_page_token,
            }),
        }
    }
}

/// The answer of `batchGet`: a failed id has only a `status`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BatchGet {
    #[serde(default)]
    pub(crate) media_item_results: Vec<BatchResult>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BatchResult {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) media_item: Option<MediaItem>,
}

/// A media item. Only the id is relied on; a field of the wrong type counts as left out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MediaItem {
    id: String,
    #[serde(default, deserialize_with = "lenient")]
    description: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    product_url: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    base_url: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    mime_type: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    filename: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    media_metadata: Option<Metadata>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default, deserialize_with = "lenient")]
    creation_time: Option<DateTime<Utc>>,
    #[serde(default)]
    width: Value,
    #[serde(default)]
    height: Value,
    #[serde(default, deserialize_with = "lenient")]
    photo: Option<Camera>,
    #[serde(default, deserialize_with = "lenient")]
    video: Option<Camera>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Camera {
    #[serde(default, deserialize_with = "lenient")]
    camera_make: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    camera_model: Option<String>,
    /// Videos only.
    #[serde(default, deserialize_with = "lenient")]
    status: Option<String>,
}

impl MediaItem {
    /// The item as the rest of the program knows it; `None` without an id.
    pub(crate) fn into_item(self, now: DateTime<Utc>) -> Option<item::MediaItem> {
        if self.id.is_empty() || self.id.len() > MAX_ID {
            return None;
        }
        let metadata = self.media_metadata.unwrap_or_default();
        let kind = kind(
            &metadata,
            self.mime_type.as_deref(),
            self.filename.as_deref(),
        );
        let camera = metadata.photo.or(metadata.video).unwrap_or_default();
        Some(item::MediaItem {
            id: MediaItemId(self.id),
            source: SourceName::Library,
            filename: self.filename.filter(|name| !name.is_empty()),
            mime_type: self.mime_type.filter(|mime| !mime.is_empty()),
            created: metadata.creation_time,
            kind,
            dimensions: pixels(&metadata.width).zip(pixels(&metadata.height)),
            camera_make: camera.camera_make,
            camera_model: camera.camera_model,
            description: self.description.filter(|text| !text.is_empty()),
            product_url: self.product_url,
            url: self.base_url.map(|url| ListedUrl {
                url: BaseUrl::new(url),
                at: now,
                since: Instant::now(),
            }),
        })
    }
}

/// Ids are 55 to about 100 characters in practice; a server that sends kilobytes is not Google.
pub(super) const MAX_ID: usize = 1024;

/// A date as the API wants it.
pub(crate) fn date(day: NaiveDate) -> Value {
    json!({ "year": day.year(), "month": day.month(), "day": day.day() })
}

/// By which metadata object there is; where neither is, by type, then by name. A video asked for as a photo would give
/// a thumbnail with status 200.
fn kind(metadata: &Metadata, mime: Option<&str>, filename: Option<&str>) -> Kind {
    match (&metadata.photo, &metadata.video) {
        (_, Some(video)) => Kind::Video(match video.status.as_deref() {
            Some("PROCESSING") => VideoStatus::Processing,
            Some("FAILED") => VideoStatus::Failed,
            // Absent or unknown: asking for the bytes is the only way to find out.
            _ => VideoStatus::Ready,
        }),
        (None, None) if names_a_video(mime, filename) => Kind::Video(VideoStatus::Ready),
        (_, None) => Kind::Photo,
    }
}

/// Whether type or, without one, name are a video's.
pub(super) fn names_a_video(mime: Option<&str>, filename: Option<&str>) -> bool {
    match mime {
        Some(mime) => mime.starts_with("video/"),
        None => filename
            .and_then(|name| name.rsplit_once('.'))
            .is_some_and(|(_, extension)| {
                VIDEO_EXTENSIONS
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(extension))
            }),
    }
}

/// What phones and cameras name their videos.
const VIDEO_EXTENSIONS: [&str; 12] = [
    "mp4", "m4v", "mov", "3gp", "3g2", "avi", "mkv", "webm", "mpg", "mts", "m2ts", "wmv",
];

/// An int64 is a string on the wire; a number is taken too.
pub(super) fn pixels(value: &Value) -> Option<u32> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.as_u64()?.try_into().ok(),
        _ => None,
    }
}

pub(super) fn lenient<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: for<'a> Deserialize<'a>,
{
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(json: Value) -> Option<item::MediaItem> {
        serde_json::from_value::<MediaItem>(json)
            .ok()?
            .into_item(Utc::now())
    }

    #[test]
    fn googles_sample_is_read() {
        let item = item(json!({
            "id": "A1", "baseUrl": "https://lh3.googleusercontent.com/lr/x", "mimeType": "image/jpeg", "filename": "a.jpg",
            "mediaMetadata": { "creationTime": "2024-03-09T06:15:42.123Z", "width": "4032", "height": "3024",
                "photo": { "cameraMake": "Acme", "exposureTime": "0.008333s" } },
        }))
        .expect("an item");
        assert_eq!(item.dimensions, Some((4032, 3024)));
        assert_eq!(
            (item.kind, item.camera_make.as_deref()),
            (Kind::Photo, Some("Acme"))
        );
        assert_eq!(
            item.created.expect("a date").timestamp_millis(),
            1_709_964_942_123
        );
    }

    #[test]
    fn fields_of_the_wrong_type_count_as_left_out() {
        let item = item(json!({ "id": "A1", "filename": 7, "baseUrl": null, "mimeType": [],
            "mediaMetadata": { "creationTime": "yesterday", "width": 640, "height": "-1", "photo": "yes" } }))
        .expect("an item");
        assert!(
            item.filename.is_none()
                && item.url.is_none()
                && item.created.is_none()
                && item.dimensions.is_none()
        );
    }

    #[test]
    fn an_item_without_an_id_is_none() {
        for json in [
            json!({}),
            json!({ "id": "" }),
            json!({ "id": 3 }),
            json!("x"),
            json!({ "id": "x".repeat(2000) }),
        ] {
            assert!(item(json).is_none());
        }
    }

    #[test]
    fn a_video_is_known_by_its_metadata_then_its_type_then_its_name() {
        let kind_of = |json: Value| item(json).expect("an item").kind;
        let with_status = |status: &str| json!({ "id": "1", "filename": "a.jpg", "mediaMetadata": { "video": { "status": status } } });
        assert_eq!(
            kind_of(with_status("PROCESSING")),
            Kind::Video(VideoStatus::Processing)
        );
        assert_eq!(
            kind_of(with_status("FAILED")),
            Kind::Video(VideoStatus::Failed)
        );
        assert_eq!(
            kind_of(json!({ "id": "1", "mediaMetadata": { "video": {} } })),
            Kind::Video(VideoStatus::Ready)
        );
        assert_eq!(
            kind_of(json!({ "id": "1", "mimeType": "video/mp4" })),
            Kind::Video(VideoStatus::Ready)
        );
        assert_eq!(
            kind_of(json!({ "id": "1", "filename": "A.MP4" })),
            Kind::Video(VideoStatus::Ready)
        );
        assert_eq!(
            kind_of(json!({ "id": "1", "filename": "A.MP4", "mimeType": "image/jpeg" })),
            Kind::Photo
        );
        assert_eq!(kind_of(json!({ "id": "1" })), Kind::Photo);
    }
}
