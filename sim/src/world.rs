//! The simulated world as plain data: what is in the library, and how this Google behaves.
//!
//! A world is built before the server starts and may be changed while it runs (`Sim::world`). A scenario file is a
//! world in JSON without items.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::content::splitmix::{hash, media_item_id};
use crate::fault::Fault;
use crate::item::{Content, Item, Kind, VideoStatus};
use crate::library::Library;
use crate::media::Media;
use crate::network::Network;
use crate::oauth::Oauth;
use crate::picker::{Person, Pick, Picker};
use crate::quota::Quota;

/// Everything that decides an answer, apart from time and tokens.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct World {
    #[serde(skip)]
    pub items: Vec<Item>,
    #[serde(skip)]
    pub albums: Vec<Album>,
    /// What the simulated clock shows when the server starts. `None`: the real time.
    pub now: Option<DateTime<Utc>>,
    pub oauth: Oauth,
    pub library: Library,
    pub picker: Picker,
    pub media: Media,
    pub quota: Quota,
    pub network: Network,
    /// Asked in order at every request; the first one that is due takes it.
    pub faults: Vec<Fault>,
}

/// An album that the app created.
#[derive(Debug, Clone)]
pub struct Album {
    pub id: String,
    pub title: String,
    pub writeable: bool,
    /// In album order. Ids without an item are not listed.
    pub item_ids: Vec<String>,
}

impl World {
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn with_items(mut self, items: Vec<Item>) -> Self {
        self.items.extend(items);
        self
    }

    #[must_use]
    pub fn item(mut self, item: Item) -> Self {
        self.items.push(item);
        self
    }

    /// A small JPEG, taken at `created` (RFC 3339, such as `2024-03-09T06:15:42Z`).
    ///
    /// # Panics
    /// If `created` is not such a time.
    #[must_use]
    pub fn photo(self, filename: &str, created: &str) -> Self {
        let item = Item::photo(self.items.len() as u64, filename, created);
        self.item(item)
    }

    /// A short video that is READY, taken at `created`.
    ///
    /// # Panics
    /// If `created` is not a time in RFC 3339.
    #[must_use]
    pub fn video(self, filename: &str, created: &str) -> Self {
        let item = Item::video(self.items.len() as u64, filename, created);
        self.item(item)
    }

    /// An album of the items with these filenames.
    #[must_use]
    pub fn album(mut self, title: &str, filenames: &[&str]) -> Self {
        let of_name = |name: &&str| {
            self.items
                .iter()
                .find(|item| item.filename.as_deref() == Some(name))
        };
        let item_ids = filenames
            .iter()
            .filter_map(of_name)
            .map(|item| item.id.clone())
            .collect();
        let id = opaque_id(self.albums.len() as u64, title);
        self.albums.push(Album {
            id,
            title: title.to_owned(),
            writeable: true,
            item_ids,
        });
        self
    }

    /// In every picking session somebody picks this and presses Done, after the client has asked in vain `after_polls`
    /// times.
    #[must_use]
    pub fn person_picks(mut self, what: Pick, after_polls: u32) -> Self {
        self.picker.person = Person::Picks { what, after_polls };
        self
    }

    #[must_use]
    pub fn fail(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Changes any switch in the middle of a chain of builders.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// The first item with this filename.
    ///
    /// # Panics
    /// If there is none: a test that names an item means one that exists.
    pub fn named(&mut self, filename: &str) -> &mut Item {
        self.items
            .iter_mut()
            .find(|item| item.filename.as_deref() == Some(filename))
            .unwrap_or_else(|| panic!("the simulated library has no item named {filename:?}"))
    }
}

impl Item {
    /// A JPEG of 64 × 48 pixels. `number` makes id and picture differ from other items of the same name.
    ///
    /// # Panics
    /// If `created` is not a time in RFC 3339.
    pub fn photo(number: u64, filename: &str, created: &str) -> Self {
        Self {
            id: opaque_id(number, filename),
            filename: Some(filename.to_owned()),
            mime_type: Some("image/jpeg".to_owned()),
            created: Some(time(created)),
            utc_offset_minutes: 0,
            fresh: false,
            archived: false,
            description: None,
            kind: Kind::Photo,
            dimensions: Some((64, 48)),
            camera: None,
            content: Content::Jpeg {
                seed: number,
                size: 0,
            },
        }
    }

    /// An MP4 that is READY.
    ///
    /// # Panics
    /// If `created` is not a time in RFC 3339.
    pub fn video(number: u64, filename: &str, created: &str) -> Self {
        Self {
            mime_type: Some("video/mp4".to_owned()),
            kind: Kind::Video(VideoStatus::Ready),
            content: Content::Mp4 {
                seed: number,
                size: 0,
            },
            ..Self::photo(number, filename, created)
        }
    }

    /// The same item with exactly these bytes.
    #[must_use]
    pub fn with_bytes(mut self, bytes: impl Into<Bytes>) -> Self {
        self.content = Content::Raw(bytes.into());
        self
    }
}

/// The same on every run.
fn opaque_id(number: u64, name: &str) -> String {
    media_item_id(hash(number, name))
}

fn time(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text)
        .unwrap_or_else(|error| panic!("{text:?} is not a time in RFC 3339: {error}"))
        .to_utc()
}
