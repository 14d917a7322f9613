//! The JSON beside the photos (§4 of the format reference), written the way Google writes it.
//!
//! Separate from the export so that what a file says and where it lies are two questions.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::shot::{Origin, Shot};

/// A media sidecar, the fields in Google's order. `escaped` writes `&`, `'`, `<`, `>`, `=` as `\u0026` and so on, as seen (§4.2).
pub fn media(shot: &Shot, escaped: bool) -> Vec<u8> {
    let (latitude, longitude, altitude) = shot.geo.unwrap_or_default();
    let geo = Geo {
        latitude,
        longitude,
        altitude,
        latitude_span: 0.0,
        longitude_span: 0.0,
    };
    let sidecar = Sidecar {
        title: &shot.title,
        description: &shot.description,
        image_views: "0",
        creation_time: Time::of(UPLOADED),
        photo_taken_time: Time::of(shot.taken.map_or(0, |taken| taken.timestamp())),
        geo_data: geo,
        geo_data_exif: geo,
        people: shot.people.iter().map(|name| Person { name }).collect(),
        url: shot.url(),
        favorited: shot.flags.favorited,
        archived: shot.flags.archived,
        trashed: shot.flags.trashed,
        google_photos_origin: origin(shot),
    };
    written(&sidecar, escaped)
}

/// The metadata file of an album, in one of the forms of §4.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlbumForm {
    /// Everything under `albumData`: 2019 to 2021.
    Wrapped,
    /// The same keys at the top: since 2022.
    Flat,
    /// Only the title: sometimes since 2025.
    TitleOnly,
    /// `{}`, which tells nothing (§4.1).
    Empty,
}

/// An album's own metadata. `date`: its `date.timestamp`; `None` writes `"0"`, an album "of 1970".
pub fn album(title: &str, form: AlbumForm, date: Option<DateTime<Utc>>) -> Vec<u8> {
    let album = Album {
        title,
        description: "",
        access: "protected",
        date: Time::of(date.map_or(0, |date| date.timestamp())),
        location: "",
        geo_data: Geo::default(),
    };
    match form {
        AlbumForm::Wrapped => written(&AlbumData { album_data: album }, false),
        AlbumForm::Flat => written(&album, false),
        AlbumForm::TitleOnly => written(&json!({ "title": title }), false),
        AlbumForm::Empty => b"{}".to_vec(),
    }
}

/// The special files of the Photos folder (§4.4): name in English, content.
pub fn specials() -> Vec<(&'static str, Vec<u8>)> {
    let comments = json!([{
        "text": "Nice!",
        "creationTime": Time::of(UPLOADED),
        "contentOwnerName": "A Friend",
        "liked": true,
    }]);
    vec![
        ("print-subscriptions.json", b"{}".to_vec()),
        ("shared_album_comments.json", written(&comments, false)),
        (
            "user-generated-memory-titles.json",
            written(&json!({ "title": ["Summer / winter", ""] }), false),
        ),
    ]
}

/// A print order (§4.4): times without `timestamp`, and no title.
pub fn print_order() -> Vec<u8> {
    let order = json!({
        "externalOrderId": "0000000000000000000",
        "type": "PURCHASED",
        "quantity": "1",
        "numPages": "20",
        "creationTime": { "formatted": "12 Dec 2020, 10:20:30 UTC" },
        "modificationTime": { "formatted": "13 Dec 2020, 10:20:30 UTC" },
        "client": "WEB",
        "category": "SHIPPED_PRINTS",
    });
    written(&order, false)
}

/// When everything was added to Google Photos: one moment, as after a bulk upload (§4.2). 2023-09-24T11:20:28Z.
pub const UPLOADED: i64 = 1_695_554_428;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sidecar<'a> {
    title: &'a str,
    description: &'a str,
    image_views: &'a str,
    creation_time: Time,
    photo_taken_time: Time,
    geo_data: Geo,
    geo_data_exif: Geo,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    people: Vec<Person<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    // Present only when true (§4.2).
    #[serde(skip_serializing_if = "is_false")]
    favorited: bool,
    #[serde(skip_serializing_if = "is_false")]
    archived: bool,
    #[serde(skip_serializing_if = "is_false")]
    trashed: bool,
    #[serde(skip_serializing_if = "Map::is_empty")]
    google_photos_origin: Map<String, Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Album<'a> {
    title: &'a str,
    description: &'a str,
    access: &'a str,
    date: Time,
    location: &'a str,
    geo_data: Geo,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AlbumData<'a> {
    album_data: Album<'a>,
}

#[derive(Serialize)]
struct Person<'a> {
    name: &'a str,
}

#[derive(Clone, Copy, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Geo {
    latitude: f64,
    longitude: f64,
    altitude: f64,
    latitude_span: f64,
    longitude_span: f64,
}

/// A string of epoch seconds, and display text that nobody may parse.
#[derive(Serialize)]
struct Time {
    timestamp: String,
    formatted: String,
}

impl Time {
    fn of(seconds: i64) -> Self {
        let at = DateTime::<Utc>::from_timestamp(seconds, 0).unwrap_or_default();
        // Both forms occur; the newer one has U+202F before AM and PM (§4.2).
        let format = if seconds % 2 == 0 {
            "%-d %b %Y, %H:%M:%S UTC"
        } else {
            "%b %-d, %Y, %-I:%M:%S\u{202f}%p UTC"
        };
        Self {
            timestamp: seconds.to_string(),
            formatted: at.format(format).to_string(),
        }
    }
}

fn origin(shot: &Shot) -> Map<String, Value> {
    let mut map = Map::new();
    let (key, value) = match shot.origin {
        Origin::None => ("", Value::Null),
        Origin::Android => (
            "mobileUpload",
            json!({ "deviceFolder": { "localFolderName": "Camera" }, "deviceType": "ANDROID_PHONE" }),
        ),
        Origin::IPhone => ("mobileUpload", json!({ "deviceType": "IOS_PHONE" })),
        Origin::Web => ("webUpload", json!({ "computerUpload": {} })),
        Origin::DriveSync => ("driveSync", json!({})),
        Origin::SharedAlbum => ("fromSharedAlbum", json!({})),
        Origin::Composition => ("composition", json!({ "type": "AUTO" })),
    };
    if !key.is_empty() {
        map.insert(key.to_owned(), value);
    }
    if shot.flags.partner {
        map.insert("fromPartnerSharing".to_owned(), json!({}));
    }
    map
}

fn written(value: &impl Serialize, escaped: bool) -> Vec<u8> {
    let mut text = serde_json::to_string_pretty(value).expect("every key is a string");
    if escaped {
        for (plain, escape) in ESCAPES {
            text = text.replace(plain, escape);
        }
    }
    text.into_bytes()
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// None of them occurs in JSON outside strings.
const ESCAPES: [(&str, &str); 5] = [
    ("&", "\\u0026"),
    ("'", "\\u0027"),
    ("<", "\\u003c"),
    (">", "\\u003e"),
    ("=", "\\u003d"),
];
