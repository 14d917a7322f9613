//! Tells from the bytes of a file, as they stream by, what it is and whether its end is there.
#![cfg_attr(
    not(test),
    expect(dead_code, unused_imports, reason = "used by the pipeline")
)]

use std::fmt;

use chrono::NaiveDateTime;

mod format;

pub(crate) use format::{Format, FormatKind};

/// What was seen of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Inspection {
    pub(crate) format: Option<Format>,
    /// Pixels as stored, before any rotation.
    pub(crate) dimensions: Option<(u32, u32)>,
    pub(crate) verdict: Verdict,
    /// Bytes after a complete structure: normal for motion photos and for phones that append data of their own.
    pub(crate) trailing: u64,
    /// The XMP says that a clip belongs to the photo.
    pub(crate) motion: bool,
    /// When it was taken, by the camera's clock and without its zone (EXIF), or in UTC (`mvhd`).
    pub(crate) taken: Option<NaiveDateTime>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The structure is complete from the first byte to its own end.
    Whole,
    /// A known beginning, and nothing in the format that says where its end is.
    Unchecked,
    /// Cut short or damaged: what is wrong.
    Broken(&'static str),
    /// No photo and no video.
    NotMedia(NotMedia),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotMedia {
    Empty,
    Html,
    Json,
    Xml,
    Text,
    Unknown,
}

impl fmt::Display for NotMedia {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "an empty file",
            Self::Html => "an HTML page",
            Self::Json => "JSON",
            Self::Xml => "XML",
            Self::Text => "text",
            Self::Unknown => "no known media format",
        })
    }
}

/// Fed the very chunks that are hashed; the answer does not depend on how the bytes are cut into chunks.
#[derive(Debug)]
pub(crate) struct Inspector {
    seen: u64,
}

impl Inspector {
    pub(crate) fn new() -> Self {
        Self { seen: 0 }
    }

    pub(crate) fn feed(&mut self, chunk: &[u8]) {
        self.seen = self.seen.saturating_add(chunk.len() as u64);
    }

    pub(crate) fn finish(self) -> Inspection {
        let empty = Verdict::NotMedia(NotMedia::Empty);
        let verdict = if self.seen == 0 {
            empty
        } else {
            Verdict::Unchecked
        };
        Inspection {
            format: None,
            dimensions: None,
            verdict,
            trailing: 0,
            motion: false,
            taken: None,
        }
    }
}
