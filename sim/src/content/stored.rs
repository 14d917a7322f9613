//! The file as its owner has it and as Takeout gives it, where the APIs give a processed copy: with the place in it, videos as they
//! were recorded, a motion photo's clip at its end (API reference §4.4).
//!
//! Separate because nothing is served from here: it says what a copy through an API can never be.

use bytes::Bytes;

use super::exif::Place;
use super::{jpeg, mp4};
use crate::item::{Content, Item};

impl Item {
    /// What was uploaded. Bytes that a test has stated are not processed, so they are what is served, too.
    pub fn stored(&self) -> Bytes {
        let fingerprint = self.fingerprint();
        let place = Some(place(fingerprint));
        match &self.content {
            Content::Jpeg { size, .. } => jpeg::photo(self, fingerprint, *size, None, place),
            Content::MotionPhoto { size, .. } => {
                let clip = self.motion_clip();
                let still = jpeg::photo(self, fingerprint, *size, Some(clip.len()), place);
                [still, clip].concat().into()
            }
            // Another encoding of the same film: larger, and no byte of its own box the same.
            Content::Mp4 { size, .. } => {
                let served = mp4::clip(self, fingerprint, *size).len();
                mp4::clip(self, !fingerprint, 2 * served)
            }
            Content::Raw(bytes) => bytes.clone(),
        }
    }
}

/// Somewhere between the equator and 89 degrees north.
fn place(fingerprint: u64) -> Place {
    let bytes = fingerprint.to_be_bytes();
    let angle = |at: usize, degrees| [bytes[at] % degrees, bytes[at + 1] % 60, bytes[at + 2] % 60];
    [angle(0, 90), angle(3, 180)]
}
