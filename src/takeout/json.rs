//! What a JSON file of an export is, told by its content: names are localized, contents are not.
//!
//! Read field by field: a field of the wrong type is as good as absent, and never costs the file or its neighbours.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::media::item::BY_CONTENT;
use crate::takeout::parse::parse;
use crate::takeout::surrogates;

/// A JSON file of an export.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    /// Describes a photo or video.
    Sidecar(Box<Sidecar>),
    Album(Box<Album>),
    /// Print orders, subscriptions, comments, memory titles: kept, and of no use to a photo.
    Special,
    /// Not JSON, not UTF-8, or cut.
    Unreadable,
}

/// What a sidecar says of its photo.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Sidecar {
    /// The file's name as it was uploaded: not cut, without counter.
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    /// The date that Google Photos shows, with the user's corrections.
    pub(crate) taken: Option<DateTime<Utc>>,
    /// `https://photos.google.com/photo/…`: the same in every copy of the sidecar, so it is the item's identity.
    pub(crate) url: Option<String>,
    pub(crate) place: Option<Place>,
    pub(crate) people: Vec<String>,
    pub(crate) flags: Flags,
}

/// Where a picture was taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    /// Degrees, north positive.
    pub(crate) latitude: f64,
    /// Degrees, east positive.
    pub(crate) longitude: f64,
    /// Metres above the sea, where said.
    pub(crate) altitude: Option<f64>,
}

/// What Google Photos has marked an item with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "Google's flags, each on its own"
)]
pub(crate) struct Flags {
    pub(crate) favorited: bool,
    pub(crate) archived: bool,
    pub(crate) trashed: bool,
    /// `googlePhotosOrigin.fromPartnerSharing`.
    pub(crate) from_partner: bool,
}

/// What an album's metadata file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Album {
    /// As the user gave it; empty for an untitled album.
    pub(crate) title: String,
    pub(crate) description: Option<String>,
}

/// Tells what a JSON file is, and reads it.
pub(crate) fn read(bytes: &[u8]) -> Json {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Ok(value) = serde_json::from_slice(bytes) {
        return told_by(value);
    }
    let read = match surrogates::mended(bytes) {
        // Halves of characters in the texts of a sidecar. For anything else they are no reason to believe it.
        Some(mended) => parse(&mended)
            .map(told_by)
            .filter(|json| matches!(json, Json::Sidecar(_))),
        None => parse(bytes).map(told_by),
    };
    read.unwrap_or(Json::Unreadable)
}

fn told_by(value: Value) -> Json {
    let Value::Object(object) = value else {
        return Json::Special;
    };
    if let Some(Value::Object(album)) = object.get("albumData") {
        return Json::Album(Box::new(read_album(album)));
    }
    let Some(title) = object.get("title") else {
        return Json::Special;
    };
    let has_moment = |name| {
        object
            .get(name)
            .and_then(Value::as_object)
            .is_some_and(|time| time.contains_key("timestamp"))
    };
    if has_moment("photoTakenTime") || has_moment("creationTime") {
        return Json::Sidecar(Box::new(read_sidecar(&object)));
    }
    match title {
        Value::String(_) => Json::Album(Box::new(read_album(&object))),
        // Memory titles are a list; anything else is nothing we know.
        _ => Json::Special,
    }
}

/// Whether this can be the address of a photo: none is what is known by its bytes alone, and an address that looks like it
/// would give one photo the bytes of another.
fn is_address(url: &str) -> bool {
    let is_content = |part: &str| {
        let start = part.get(..BY_CONTENT.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(BY_CONTENT))
    };
    !url.is_empty() && !url.split('/').any(is_content)
}

fn read_sidecar(object: &Map<String, Value>) -> Sidecar {
    let flag = |name| object.get(name).and_then(Value::as_bool).unwrap_or(false);
    let origin = object.get("googlePhotosOrigin").and_then(Value::as_object);
    let place = |name| object.get(name).and_then(read_place);
    Sidecar {
        title: text(object, "title").unwrap_or_default(),
        description: text(object, "description").filter(|text| !text.is_empty()),
        taken: object.get("photoTakenTime").and_then(read_moment),
        url: text(object, "url").filter(|url| is_address(url)),
        // What the user corrected stands in the first.
        place: place("geoData").or_else(|| place("geoDataExif")),
        people: read_people(object.get("people")),
        flags: Flags {
            favorited: flag("favorited"),
            archived: flag("archived"),
            trashed: flag("trashed"),
            from_partner: origin.is_some_and(|origin| origin.contains_key("fromPartnerSharing")),
        },
    }
}

fn read_album(object: &Map<String, Value>) -> Album {
    Album {
        title: text(object, "title").unwrap_or_default(),
        description: text(object, "description").filter(|text| !text.is_empty()),
    }
}

fn text(object: &Map<String, Value>, name: &str) -> Option<String> {
    Some(object.get(name)?.as_str()?.to_owned())
}

/// `{"timestamp": "1696573800", …}`: seconds since 1970, signed, as text; a number is accepted. Zero means that Google does not
/// know. The localized `formatted` beside it is for reading by people only.
fn read_moment(time: &Value) -> Option<DateTime<Utc>> {
    let seconds = match time.get("timestamp")? {
        Value::String(text) => text.trim().parse().ok()?,
        Value::Number(number) => number.as_i64()?,
        _ => return None,
    };
    if seconds == 0 {
        return None;
    }
    DateTime::from_timestamp(seconds, 0)
}

/// Nought and nought mean that nothing is known; values that are nowhere on Earth are dropped.
fn read_place(place: &Value) -> Option<Place> {
    let number = |name| {
        place
            .get(name)
            .and_then(Value::as_f64)
            .filter(|value| value.is_finite())
    };
    let (latitude, longitude) = (number("latitude")?, number("longitude")?);
    let is_known = latitude != 0.0 || longitude != 0.0;
    let is_on_earth = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
    (is_known && is_on_earth).then(|| Place {
        latitude,
        longitude,
        altitude: number("altitude").filter(|altitude| *altitude != 0.0),
    })
}

fn read_people(people: Option<&Value>) -> Vec<String> {
    let people = people.and_then(Value::as_array).into_iter().flatten();
    let name = |person: &Value| Some(person.get("name")?.as_str()?.to_owned());
    people
        .filter_map(name)
        .filter(|name| !name.trim().is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sidecar(text: &str) -> Sidecar {
        match read(text.as_bytes()) {
            Json::Sidecar(sidecar) => *sidecar,
            other => panic!("not a sidecar: {other:?}"),
        }
    }

    #[test]
    fn content_tells_what_a_file_is() {
        let kind = |text: &str| match read(text.as_bytes()) {
            Json::Sidecar(_) => "sidecar",
            Json::Album(_) => "album",
            Json::Special => "special",
            Json::Unreadable => "unreadable",
        };
        for (text, expected) in [
            (
                r#"{"title":"a.jpg","photoTakenTime":{"timestamp":"1"}}"#,
                "sidecar",
            ),
            (
                r#"{"title":"a.jpg","creationTime":{"timestamp":"1"}}"#,
                "sidecar",
            ),
            (
                r#"{"title":["x"],"photoTakenTime":{"timestamp":1}}"#,
                "sidecar",
            ),
            (r#"{"albumData":{"title":"Trip"}}"#, "album"),
            (r#"{"title":""}"#, "album"),
            (
                "\u{feff}{\"title\":\"Trip\",\"date\":{\"timestamp\":\"0\"}}",
                "album",
            ),
            (r#"{"title":["Memory"]}"#, "special"),
            (
                r#"{"externalOrderId":"1","creationTime":{"formatted":"x"}}"#,
                "special",
            ),
            ("{}", "special"),
            ("[]", "special"),
            ("{", "unreadable"),
            ("", "unreadable"),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
        assert_eq!(read(b"{\"title\":\"\xff\"}"), Json::Unreadable);
    }

    #[test]
    fn a_field_of_the_wrong_type_is_as_good_as_absent() {
        let read = sidecar(
            r#"{"title":7,"description":[],"photoTakenTime":{"timestamp":-86400},"people":[{"name":"Ann"},{"x":1},7,{"name":" "}],
                "geoData":{"latitude":"NaN","longitude":1.0},"geoDataExif":{"latitude":-0.0,"longitude":8.5,"altitude":"NaN"},
                "favorited":"yes","trashed":true,"url":""}"#,
        );
        assert_eq!(read.title, "");
        assert_eq!(read.taken.expect("a date").timestamp(), -86400);
        assert_eq!(read.people, ["Ann"]);
        let place = read.place.expect("a place");
        assert_eq!((place.longitude, place.altitude), (8.5, None));
        assert!(read.flags.trashed && !read.flags.favorited);
        assert_eq!((read.url, read.description), (None, None));
    }

    #[test]
    fn half_an_emoji_costs_no_more_than_itself() {
        let read = sidecar(
            r#"{"title":"a.jpg","description":"by the sea \ud83c","photoTakenTime":{"timestamp":"1"},"url":"https://x/1"}"#,
        );
        assert_eq!(read.description.as_deref(), Some("by the sea \u{fffd}"));
        assert_eq!(read.url.as_deref(), Some("https://x/1"));
    }

    #[test]
    fn what_no_value_can_hold_costs_no_more_than_itself() {
        let deep = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        for odd in ["1e999".to_owned(), deep(200), deep(100_000)] {
            let read = sidecar(&format!(
                r#"{{"title":"a.jpg","x":{odd},"photoTakenTime":{{"timestamp":"1","x":{odd}}},"people":[{odd},{{"name":"Ann","x":[{odd}]}}],
                    "geoData":{{"latitude":{odd},"longitude":2.0}},"geoDataExif":{{"latitude":1.0,"longitude":2.0,"altitude":{odd}}}}}"#
            ));
            assert_eq!(
                (read.title.as_str(), &read.people[..]),
                ("a.jpg", &["Ann".to_owned()][..])
            );
            assert_eq!(read.taken.expect("a date").timestamp(), 1);
            let place = read.place.expect("a place");
            assert_eq!((place.latitude, place.altitude), (1.0, None));
            let album = format!(r#"{{"title":"Trip","x":{odd}}}"#);
            assert!(matches!(super::read(album.as_bytes()), Json::Album(_)));
            // What is cut or wrong stays so, however deep.
            for text in [
                &album[..album.len() - 1],
                &album.replace(r#""x":"#, r#""x":[}"#),
            ] {
                assert_eq!(super::read(text.as_bytes()), Json::Unreadable);
            }
        }
        for depth in [200, 100_000] {
            assert_eq!(super::read(deep(depth).as_bytes()), Json::Special);
            assert_eq!(super::read(&deep(depth).as_bytes()[1..]), Json::Unreadable);
        }
    }

    #[test]
    fn what_means_not_known_is_not_known() {
        let read = sidecar(
            r#"{"title":"a","photoTakenTime":{"timestamp":"0"},"geoData":{"latitude":0.0,"longitude":-0.0},
                "geoDataExif":{"latitude":91.0,"longitude":1.0}}"#,
        );
        assert_eq!((read.taken, read.place), (None, None));
        let far = sidecar(r#"{"title":"a","photoTakenTime":{"timestamp":"99999999999999999"}}"#);
        assert_eq!(far.taken, None);
    }
}
