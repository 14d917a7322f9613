//! The small JPEG that a bare `baseUrl` answers with, status 200, where a client has forgotten `=d` or `=dv` (API reference §4.3).
//!
//! Separate because it is what must never end up in an archive: it shows the same picture, decodes without complaint, and only its
//! size, its bytes and the missing metadata give it away.

use bytes::Bytes;

use super::picture;

/// A JPEG of an image of `width` × `height` pixels, scaled down so that no side is longer than 512 pixels.
pub(super) fn preview(fingerprint: u64, (width, height): (u16, u16)) -> Bytes {
    let longest = u32::from(width.max(height)).max(MAX_SIDE);
    let scale = |side: u16| {
        u16::try_from((u32::from(side) * MAX_SIDE / longest).max(1)).unwrap_or(u16::MAX)
    };
    picture::encode(fingerprint, (scale(width), scale(height)), QUALITY).into()
}

const MAX_SIDE: u32 = 512;
/// Lower than that of the original, so that the bytes differ where the sizes do not.
const QUALITY: u8 = 60;
