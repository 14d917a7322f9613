//! One item of the simulated library: what the API says about it, and what its bytes are.
//!
//! Everything is plain data, so that a test can state an item field by field and a scenario can break any of them.

use bytes::Bytes;
use chrono::{DateTime, Utc};

/// One photo or video as it is stored at the simulated Google.
#[derive(Debug, Clone)]
pub struct Item {
    /// Opaque, `[A-Za-z0-9_-]`, at least 55 characters unless a test says otherwise.
    pub id: String,
    /// `None`: the field is left out of every answer.
    pub filename: Option<String>,
    /// `None`: the field is left out of every answer.
    pub mime_type: Option<String>,
    /// `mediaMetadata.creationTime`. `None`: left out; no date filter returns the item then.
    pub created: Option<DateTime<Utc>>,
    /// Where the camera was, in minutes east of UTC: the "local day" of the item, for the switch that filters by it.
    pub utc_offset_minutes: i32,
    /// Uploaded so recently that date filters do not return it yet (they will once a test clears the flag).
    pub fresh: bool,
    /// Hidden from searches that do not ask for archived media.
    pub archived: bool,
    pub description: Option<String>,
    pub kind: Kind,
    /// Pixels as listed. `None`: left out.
    pub dimensions: Option<(u32, u32)>,
    pub camera: Option<(String, String)>,
    pub content: Content,
}

/// Which metadata object the item carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Photo,
    Video(VideoStatus),
    /// Neither `photo` nor `video` in `mediaMetadata`.
    Neither,
}

/// `mediaMetadata.video.status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VideoStatus {
    Processing,
    Ready,
    Failed,
}

/// How the bytes of an item come to be: made on demand and always the same, so that a library of 20,000 items costs no memory.
#[derive(Debug, Clone)]
pub enum Content {
    /// A decodable JPEG of the listed dimensions, padded to about `size` bytes when that is larger.
    Jpeg { seed: u64, size: usize },
    /// A JPEG whose XMP says that it is a motion photo; the clip is served under `=dv`.
    MotionPhoto { seed: u64, size: usize },
    /// A playable MP4 with the item's dates and a unique box, padded to about `size` bytes when that is larger.
    Mp4 { seed: u64, size: usize },
    /// Exactly these bytes, for `=d` and `=dv` alike.
    Raw(Bytes),
}
