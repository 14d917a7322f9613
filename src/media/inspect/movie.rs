//! What the boxes of a film say: when it was made, how large its picture is, how far its fragments reach
//! (ISO/IEC 14496-12, 8.2.2, 8.3.2 and 8.16.3). All take the payload of a box, which may be too short.

use chrono::{DateTime, NaiveDateTime};

use super::fields::Fields;

/// From 1904, where these boxes count from, to 1970.
const EPOCH: u64 = 2_082_844_800;

/// `mvhd`: creation time in UTC. Zero and anything before 1970 are the marks of a clock that was never set.
pub(super) fn created(payload: &[u8]) -> Option<NaiveDateTime> {
    let fields = Fields::big(payload);
    let seconds = if fields.u8(0)? == 1 {
        fields.u64(4)?
    } else {
        fields.u32(4)?.into()
    };
    let seconds = i64::try_from(seconds.checked_sub(EPOCH)?).ok()?;
    DateTime::from_timestamp(seconds, 0).map(|time| time.naive_utc())
}

/// `tkhd`: width and height, fixed-point numbers of 16.16 bits; zero for sound.
pub(super) fn track_size(payload: &[u8]) -> Option<(u32, u32)> {
    let fields = Fields::big(payload);
    let at = if fields.u8(0)? == 1 { 88 } else { 76 };
    let (width, height) = (fields.u32(at)? >> 16, fields.u32(at + 4)? >> 16);
    (width > 0 && height > 0).then_some((width, height))
}

/// `sidx`: how many bytes after the box the segments that it lists take.
pub(super) fn indexed_length(payload: &[u8]) -> Option<u64> {
    let fields = Fields::big(payload);
    let (first, at) = if fields.u8(0)? == 0 {
        (fields.u32(16)?.into(), 20)
    } else {
        (fields.u64(20)?, 28)
    };
    let count = usize::from(fields.u16(at + 2)?);
    let sizes = (0..count).map(|n| {
        fields
            .u32(at + 4 + 12 * n)
            .map(|size| u64::from(size & 0x7fff_ffff))
    });
    sizes.sum::<Option<u64>>()?.checked_add(first)
}
