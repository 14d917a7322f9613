//! `PickingSession` and `PickedMediaItem` in JSON (`photos/picker/reference/rest/v1`).

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::google::Google;
use crate::host::Host;
use crate::item::{Item, Kind};
use crate::library::wire::{said, status_name, timestamp};
use crate::picker::sessions::Session;
use crate::picker::{CameraIn, Numbers, Picker};

pub(super) fn session(google: &Google, picker: &Picker, session: &Session, now_ms: i64) -> Value {
    let mut value = json!({
        "id": session.id,
        "pickerUri": session.uri(google.endpoint(Host::Picker)),
        "expireTime": timestamp(time(session.expires_ms)),
        "pickingConfig": { "maxItemCount": max_item_count(picker.numbers, session.max_items) },
    });
    if session.picked.is_some() {
        value["mediaItemsSet"] = true.into();
        return value;
    }
    if picker.writes_false {
        value["mediaItemsSet"] = false.into();
    }
    // Only while nothing has been picked (reference §5.1).
    let mut polling = Map::new();
    if let Some(interval) = &picker.poll_interval {
        polling.insert("pollInterval".to_owned(), interval.clone().into());
    }
    if let Some(left) = session.patience_ms(now_ms, picker) {
        polling.insert("timeoutIn".to_owned(), duration(left).into());
    }
    value["pollingConfig"] = polling.into();
    value
}

pub(super) fn item(picker: &Picker, item: &Item, base_url: String) -> Value {
    let mut file = Map::new();
    file.insert("baseUrl".to_owned(), base_url.into());
    let mut value = json!({ "id": picker.id_of(item) });
    if !picker.sparse {
        if let Some(created) = item.created {
            value["createTime"] = timestamp(created).into();
        }
        match item.kind {
            Kind::Photo => value["type"] = "PHOTO".into(),
            Kind::Video(_) => value["type"] = "VIDEO".into(),
            // TYPE_UNSPECIFIED is the default, and so not sent.
            Kind::Neither => {}
        }
        if let Some(mime_type) = item.mime_type.as_deref().and_then(said) {
            file.insert("mimeType".to_owned(), mime_type.into());
        }
        let filename = item.filename.as_deref().and_then(said);
        if let Some(filename) = filename.filter(|_| picker.filenames) {
            file.insert("filename".to_owned(), filename.into());
        }
        file.insert("mediaFileMetadata".to_owned(), metadata(picker, item));
    }
    value["mediaFile"] = file.into();
    value
}

fn metadata(picker: &Picker, item: &Item) -> Value {
    let number = |value: Value| match picker.numbers {
        Numbers::Strings => value.to_string().into(),
        Numbers::AsDocumented | Numbers::Numbers => value,
    };
    let mut value = Map::new();
    if let Some((width, height)) = item.dimensions {
        for (name, pixels) in [("width", width), ("height", height)] {
            if pixels != 0 {
                value.insert(name.to_owned(), number(pixels.into()));
            }
        }
    }
    // A photo always has its object, empty where nothing is known.
    let mut kind = Map::new();
    let camera = match picker.camera {
        CameraIn::Metadata => Some(&mut value),
        CameraIn::Kind => Some(&mut kind),
        CameraIn::Nowhere => None,
    };
    if let (Some(place), Some((make, model))) = (camera, &item.camera) {
        for (name, text) in [("cameraMake", make), ("cameraModel", model)] {
            if let Some(text) = said(text) {
                place.insert(name.to_owned(), text.into());
            }
        }
    }
    match item.kind {
        Kind::Photo => {
            if item.camera.is_some() {
                // Those of the sample in reference §3.1: no client does anything with them.
                kind.insert("focalLength".to_owned(), number(json!(4.44)));
                kind.insert("apertureFNumber".to_owned(), number(json!(1.7)));
                kind.insert("isoEquivalent".to_owned(), number(json!(61)));
                kind.insert("exposureTime".to_owned(), "0.008333s".into());
            }
            value.insert("photoMetadata".to_owned(), kind.into());
        }
        Kind::Video(status) => {
            kind.insert("fps".to_owned(), number(json!(29.97)));
            kind.insert("processingStatus".to_owned(), status_name(status).into());
            value.insert("videoMetadata".to_owned(), kind.into());
        }
        Kind::Neither => {}
    }
    value.into()
}

/// 64 bits: a string, unless told otherwise.
fn max_item_count(numbers: Numbers, count: usize) -> Value {
    match numbers {
        Numbers::AsDocumented | Numbers::Strings => count.to_string().into(),
        Numbers::Numbers => count.into(),
    }
}

/// As short as proto JSON writes it: `0s`, `1798.250s`.
fn duration(ms: i64) -> String {
    match (ms / 1000, ms % 1000) {
        (seconds, 0) => format!("{seconds}s"),
        (seconds, rest) => format!("{seconds}.{rest:03}s"),
    }
}

pub(super) fn time(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
