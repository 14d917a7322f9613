//! Items and albums in proto3 JSON: what has its default value is left out, 64-bit integers are strings, nothing is `{}`.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use crate::item::{Item, Kind, VideoStatus};
use crate::world::Album;

/// `MediaItem` (`photos/library/reference/rest/v1/mediaItems`).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MediaItem<'w> {
    id: &'w str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'w str>,
    product_url: String,
    base_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    mime_type: Option<&'w str>,
    media_metadata: MediaMetadata<'w>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filename: Option<&'w str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MediaMetadata<'w> {
    #[serde(skip_serializing_if = "Option::is_none")]
    creation_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    photo: Option<Metadata<'w>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    video: Option<Metadata<'w>>,
}

/// `Photo` or `Video`; possibly `{}`.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'w> {
    #[serde(skip_serializing_if = "Option::is_none")]
    camera_make: Option<&'w str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    camera_model: Option<&'w str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
}

/// The answer to every listing of items.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MediaItems<'w> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) media_items: Vec<MediaItem<'w>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_page_token: Option<String>,
}

impl<'w> MediaItem<'w> {
    pub(crate) fn of(item: &'w Item, base_url: String) -> Self {
        let camera = item.camera.as_ref();
        let metadata = Metadata {
            camera_make: camera.and_then(|(make, _)| said(make)),
            camera_model: camera.and_then(|(_, model)| said(model)),
            status: None,
        };
        let (photo, video) = match item.kind {
            Kind::Photo => (Some(metadata), None),
            Kind::Video(status) => (
                None,
                Some(Metadata {
                    status: Some(status_name(status)),
                    ..metadata
                }),
            ),
            Kind::Neither => (None, None),
        };
        let pixels = |n: u32| (n != 0).then(|| n.to_string());
        Self {
            id: &item.id,
            description: item.description.as_deref().and_then(said),
            product_url: format!("https://photos.google.com/lr/photo/{}", item.id),
            base_url,
            mime_type: item.mime_type.as_deref().and_then(said),
            media_metadata: MediaMetadata {
                creation_time: item.created.map(timestamp),
                width: item.dimensions.and_then(|(width, _)| pixels(width)),
                height: item.dimensions.and_then(|(_, height)| pixels(height)),
                photo,
                video,
            },
            filename: item.filename.as_deref().and_then(said),
        }
    }
}

/// `Album` (`photos/library/reference/rest/v1/albums`).
pub(crate) fn album(album: &Album, count: usize, cover: Option<(&str, String)>) -> Value {
    let mut value = json!({ "id": album.id, "productUrl": format!("https://photos.google.com/lr/album/{}", album.id) });
    if !album.title.is_empty() {
        value["title"] = album.title.clone().into();
    }
    if album.writeable {
        value["isWriteable"] = true.into();
    }
    if count > 0 {
        value["mediaItemsCount"] = count.to_string().into();
    }
    if let Some((id, base_url)) = cover {
        value["coverPhotoBaseUrl"] = base_url.into();
        value["coverPhotoMediaItemId"] = id.into();
    }
    value
}

/// RFC 3339 in UTC with 0, 3, 6 or 9 digits after the second.
pub(crate) fn timestamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// An empty string is a default and so is never sent.
pub(crate) fn said(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

pub(crate) fn status_name(status: VideoStatus) -> &'static str {
    match status {
        VideoStatus::Processing => "PROCESSING",
        VideoStatus::Ready => "READY",
        VideoStatus::Failed => "FAILED",
    }
}
