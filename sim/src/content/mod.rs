//! What the bytes of an item are: a JPEG, a clip, a preview, each made on demand from the item alone.
//!
//! Separate from the HTTP half, which only decides whether, when and how broken they arrive. Bytes depend on nothing but the item,
//! so a test can compute what must lie on disk, and two runs of a benchmark serve the same files.

mod exif;
mod filler;
mod jpeg;
mod mp4;
mod picture;
mod preview;
pub(crate) mod splitmix;
mod stored;

use aws_lc_rs::digest;
use bytes::Bytes;
use data_encoding::HEXLOWER;

use crate::item::{Content, Item};

#[cfg(feature = "takeout")]
pub(crate) use exif::forget_offset;

/// Width and height of every clip that the simulator serves, in pixels: what a video item should list.
pub const VIDEO_DIMENSIONS: (u32, u32) = (mp4::PIXELS.0 as u32, mp4::PIXELS.1 as u32);

impl Item {
    /// What `=d` serves: the file of a photo; for a video only a picture of it, as at Google (API reference §4.3).
    pub fn original(&self) -> Bytes {
        match &self.content {
            Content::Jpeg { size, .. } => jpeg::photo(self, self.fingerprint(), *size, None, None),
            Content::MotionPhoto { size, .. } => jpeg::photo(
                self,
                self.fingerprint(),
                *size,
                Some(self.motion_clip().len()),
                None,
            ),
            Content::Mp4 { .. } => self.preview(),
            Content::Raw(bytes) => bytes.clone(),
        }
    }

    /// What `=dv` serves: the file of a video or the clip of a motion photo; `None` for other photos.
    pub fn clip(&self) -> Option<Bytes> {
        match &self.content {
            Content::Jpeg { .. } => None,
            Content::MotionPhoto { .. } => Some(self.motion_clip()),
            Content::Mp4 { size, .. } => Some(mp4::clip(self, self.fingerprint(), *size)),
            Content::Raw(bytes) => Some(bytes.clone()),
        }
    }

    /// What a bare `baseUrl` serves: a JPEG whose longer side has at most 512 pixels.
    pub fn preview(&self) -> Bytes {
        let pixels = match self.content {
            Content::Mp4 { .. } if self.dimensions.is_none() => mp4::PIXELS,
            _ => jpeg::pixels(self),
        };
        preview::preview(self.fingerprint(), pixels)
    }

    /// The type of the item's own download (`=d` of a photo, `=dv` of a video), told from the bytes: it may contradict `mime_type`.
    /// For the other downloads of an item ask [`content_type`].
    pub fn content_type(&self) -> &'static str {
        match &self.content {
            Content::Jpeg { .. } | Content::MotionPhoto { .. } => JPEG,
            Content::Mp4 { .. } => MP4,
            Content::Raw(bytes) => content_type(bytes),
        }
    }

    /// SHA-256 of [`original`](Self::original) in lower-case hexadecimal.
    pub fn sha256_original(&self) -> String {
        sha256(&self.original())
    }

    /// SHA-256 of [`clip`](Self::clip) in lower-case hexadecimal.
    pub fn sha256_clip(&self) -> Option<String> {
        self.clip().map(|clip| sha256(&clip))
    }

    fn motion_clip(&self) -> Bytes {
        mp4::clip(self, self.fingerprint(), 0)
    }

    /// Decides pixels and padding. The id counts, so that items differ even where a test gives all of them the same seed.
    fn fingerprint(&self) -> u64 {
        let seed = match self.content {
            Content::Jpeg { seed, .. }
            | Content::MotionPhoto { seed, .. }
            | Content::Mp4 { seed, .. } => seed,
            Content::Raw(_) => 0,
        };
        splitmix::hash(seed, &self.id)
    }
}

/// The media type that the first bytes tell; `application/octet-stream` for what the simulator does not make.
pub fn content_type(bytes: &[u8]) -> &'static str {
    if bytes.starts_with(b"\xff\xd8\xff") {
        JPEG
    } else if bytes.get(4..8) == Some(b"ftyp") {
        MP4
    } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        "image/png"
    } else if bytes.starts_with(b"GIF8") {
        "image/gif"
    } else {
        "application/octet-stream"
    }
}

/// The EXIF of `item` as a file of its own: a TIFF, as raw files begin.
#[cfg(feature = "takeout")]
pub(crate) fn exif_block(item: &Item) -> Vec<u8> {
    exif::payload(item, jpeg::pixels(item), None).split_off(b"Exif\0\0".len())
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(digest::digest(&digest::SHA256, bytes).as_ref())
}

const JPEG: &str = "image/jpeg";
const MP4: &str = "video/mp4";

#[cfg(test)]
mod tests;
