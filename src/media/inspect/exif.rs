//! The one thing wanted from EXIF: when the picture was taken.
//!
//! CIPA DC-008 (Exif 3.0): a small TIFF structure, in which IFD0 points to the Exif IFD and that holds `DateTimeOriginal`, the
//! camera's wall clock without a zone.

use chrono::NaiveDateTime;

use super::fields::{Fields, Order};

pub(super) const EXIF_IFD: u16 = 0x8769;
pub(super) const DATE_TIME_ORIGINAL: u16 = 0x9003;
pub(super) const DATE_TIME_DIGITIZED: u16 = 0x9004;
/// `YYYY:MM:DD HH:MM:SS`, without the final NUL.
pub(super) const DATE_TIME_LENGTH: usize = 19;

/// `DateTimeOriginal`, or else `DateTimeDigitized`, of a whole EXIF block that begins with its TIFF header.
pub(super) fn taken(block: &[u8]) -> Option<NaiveDateTime> {
    let order = byte_order(block)?;
    let fields = Fields::new(block, order);
    let exif = fields.index(entry(fields, fields.index(4)?, EXIF_IFD)? + 8)?;
    let date = |tag| {
        let value = fields.index(entry(fields, exif, tag)? + 8)?;
        parse_date(fields.slice(value, DATE_TIME_LENGTH)?)
    };
    date(DATE_TIME_ORIGINAL).or_else(|| date(DATE_TIME_DIGITIZED))
}

pub(super) fn byte_order(block: &[u8]) -> Option<Order> {
    match block.get(..2)? {
        b"II" => Some(Order::Little),
        b"MM" => Some(Order::Big),
        _ => None,
    }
}

pub(super) fn parse_date(text: &[u8]) -> Option<NaiveDateTime> {
    let text = std::str::from_utf8(text).ok()?;
    NaiveDateTime::parse_from_str(text, "%Y:%m:%d %H:%M:%S").ok()
}

/// Where in the block the entry with that tag lies.
fn entry(fields: Fields<'_>, ifd: usize, tag: u16) -> Option<usize> {
    let count = usize::from(fields.u16(ifd)?);
    (0..count)
        .map(|n| ifd + 2 + 12 * n)
        .find(|&at| fields.u16(at) == Some(tag))
}
