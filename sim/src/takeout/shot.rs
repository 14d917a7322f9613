//! One photo or video as its owner knows it: what Google says about it, and what its files hold.
//!
//! Plain data: everything that an export says about an item, and all of its bytes, follow from these fields alone, so that two
//! exports of one library agree, and a test can compute what must lie on disk.

use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use serde::Serialize;

use crate::content::splitmix::{SplitMix64, hash};

/// An item of the exported library.
#[derive(Debug, Clone)]
pub struct Shot {
    /// The file name as it was uploaded; may be anything (§4.2).
    pub title: String,
    pub form: Form,
    /// `photoTakenTime`. `None` writes `"0"`, which means unknown (§7).
    pub taken: Option<DateTime<Utc>>,
    /// The date inside the bytes.
    pub embedded: Embedded,
    /// The date that the file's name spells, if any, as the wall time or the instant that §7 says it is. Only stated, never parsed.
    pub name_date: Option<NaiveDateTime>,
    /// Whether the sidecar has a `url`. It follows from the shot, so two exports of the same shot carry the same one.
    pub has_url: bool,
    pub flags: Flags,
    /// Written into the sidecar as `people`.
    pub people: Vec<String>,
    pub description: String,
    /// Latitude and longitude in degrees, altitude in metres.
    pub geo: Option<(f64, f64, f64)>,
    /// `googlePhotosOrigin`.
    pub origin: Origin,
    /// What pixels, padding and url depend on. Follows from title and time at first, and stays when they are changed, as an item
    /// stays itself when its owner moves its date.
    pub key: u64,
    /// Bytes of the original; 0 for as small as it can be, about 1 to 4 KB. JPEG and MP4 only.
    pub size: usize,
}

/// What a file is inside, whatever its name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// A decodable JPEG, with EXIF.
    Jpeg,
    /// A JPEG that announces a clip in XMP and carries it after its end, as phones write motion photos.
    MotionJpeg,
    /// The boxes of a HEIC file around noise: recognised, not decodable.
    Heic,
    /// A decodable PNG of 8 × 8 pixels.
    Png,
    /// A decodable GIF of one pixel.
    Gif,
    /// A decodable WebP of one pixel.
    Webp,
    /// A TIFF header with EXIF and noise, as raw files begin: recognised, not decodable.
    Dng,
    /// A playable MP4.
    Mp4,
    /// A playable film in the `QuickTime` brand.
    Mov,
    /// A print order's preview.
    Pdf,
    /// Exactly these bytes.
    Bytes(bytes::Bytes),
}

impl Form {
    pub fn is_video(&self) -> bool {
        matches!(self, Self::Mp4 | Self::Mov)
    }
}

/// The date that the bytes carry (§7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Embedded {
    Nothing,
    /// `DateTimeOriginal`, and `OffsetTimeOriginal` in minutes east of UTC. JPEG, and DNG where a reader looks into it.
    Exif {
        local: NaiveDateTime,
        offset_minutes: Option<i32>,
    },
    /// `mvhd` creation time, UTC. Videos only.
    QuickTime(DateTime<Utc>),
    /// `com.apple.quicktime.creationdate`: a wall time with its offset, beside an `mvhd` of the same instant. Videos only.
    QuickTimeKeys {
        local: NaiveDateTime,
        offset_minutes: i32,
    },
}

/// What the sidecar flags, or the folder that a file lies in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of its own at Google"
)]
pub struct Flags {
    pub favorited: bool,
    pub archived: bool,
    pub trashed: bool,
    /// From the Locked Folder; no sidecar field is known for it.
    pub locked: bool,
    /// From `Failed Videos`.
    pub failed: bool,
    /// `fromPartnerSharing`.
    pub partner: bool,
}

impl Flags {
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            favorited: self.favorited || other.favorited,
            archived: self.archived || other.archived,
            trashed: self.trashed || other.trashed,
            locked: self.locked || other.locked,
            failed: self.failed || other.failed,
            partner: self.partner || other.partner,
        }
    }
}

/// How the item came to Google: one key of `googlePhotosOrigin` (§4.2). [`Flags::partner`] adds `fromPartnerSharing` beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    None,
    Android,
    IPhone,
    Web,
    DriveSync,
    SharedAlbum,
    Composition,
}

/// Which file of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Original,
    Edited,
    /// The film half of a live or motion photo.
    Motion,
}

impl Shot {
    /// A JPEG photo taken at `taken` (RFC 3339, UTC) by a camera one hour ahead of UTC that wrote its offset.
    pub fn photo(title: &str, taken: &str) -> Self {
        let taken: DateTime<Utc> = taken.parse().expect("the time is RFC 3339");
        Self {
            embedded: Embedded::Exif {
                local: taken.naive_utc() + Duration::hours(1),
                offset_minutes: Some(60),
            },
            ..Self::of(Form::Jpeg, title, taken)
        }
    }

    /// An MP4 whose headers say `taken`.
    pub fn video(title: &str, taken: &str) -> Self {
        let taken: DateTime<Utc> = taken.parse().expect("the time is RFC 3339");
        Self {
            embedded: Embedded::QuickTime(taken),
            ..Self::of(Form::Mp4, title, taken)
        }
    }

    /// A still of an iPhone, in a form that holds no date that we can write: the sidecar tells it.
    pub fn heic(title: &str, taken: &str) -> Self {
        Self {
            form: Form::Heic,
            embedded: Embedded::Nothing,
            origin: Origin::IPhone,
            ..Self::photo(title, taken)
        }
    }

    /// Any form, without a date inside.
    pub fn of(form: Form, title: &str, taken: DateTime<Utc>) -> Self {
        Self {
            title: title.to_owned(),
            form,
            taken: Some(taken),
            embedded: Embedded::Nothing,
            name_date: None,
            has_url: true,
            flags: Flags::default(),
            people: Vec::new(),
            description: String::new(),
            geo: None,
            origin: Origin::Android,
            key: hash(0, &format!("{title} {}", taken.timestamp())),
            size: 0,
        }
    }

    /// Another item with the same title and time.
    #[must_use]
    pub fn variant(mut self, variant: u32) -> Self {
        self.key = hash(u64::from(variant), &format!("{:x}", self.key));
        self
    }

    /// Without a date in the bytes.
    #[must_use]
    pub fn undated(mut self) -> Self {
        self.embedded = Embedded::Nothing;
        self
    }

    /// `https://photos.google.com/photo/AF1Qip…`, the key of the item (§4.2), where the sidecar has one.
    pub fn url(&self) -> Option<String> {
        let mut numbers = SplitMix64::new(self.key);
        self.has_url.then(|| {
            let tail: String = (0..38)
                .map(|_| char::from(*numbers.pick(URL_ALPHABET)))
                .collect();
            format!("https://photos.google.com/photo/AF1Qip{tail}")
        })
    }
}

const URL_ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
