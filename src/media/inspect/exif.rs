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

/// `OffsetTimeOriginal` and `OffsetTimeDigitized`: the zone of the date before it.
const OFFSET_TIME_ORIGINAL: u16 = 0x9011;
const OFFSET_TIME_DIGITIZED: u16 = 0x9012;
/// `+HH:MM`, without the final NUL.
const OFFSET_LENGTH: usize = 6;

/// `DateTimeOriginal`, or else `DateTimeDigitized`, of a whole EXIF block that begins with its TIFF header; and by how many
/// minutes that clock was ahead of UTC, where it says so.
pub(super) fn taken(block: &[u8]) -> Option<(NaiveDateTime, Option<i16>)> {
    let order = byte_order(block)?;
    let fields = Fields::new(block, order);
    let exif = fields.index(entry(fields, fields.index(4)?, EXIF_IFD)? + 8)?;
    let text = |tag, length| {
        let value = fields.index(entry(fields, exif, tag)? + 8)?;
        fields.slice(value, length)
    };
    let date = |tag, zone| {
        let taken = parse_date(text(tag, DATE_TIME_LENGTH)?)?;
        Some((taken, text(zone, OFFSET_LENGTH).and_then(parse_offset)))
    };
    date(DATE_TIME_ORIGINAL, OFFSET_TIME_ORIGINAL)
        .or_else(|| date(DATE_TIME_DIGITIZED, OFFSET_TIME_DIGITIZED))
}

/// `+01:00`; blank where the camera does not know.
fn parse_offset(text: &[u8]) -> Option<i16> {
    let [sign @ (b'+' | b'-'), hours @ .., b':', tens, ones] = text else {
        return None;
    };
    let number = |digits: &[u8]| -> Option<i16> { std::str::from_utf8(digits).ok()?.parse().ok() };
    let minutes = number(hours)? * 60 + number(&[*tens, *ones])?;
    let is_zone = text[1..]
        .iter()
        .all(|byte| byte.is_ascii_digit() || *byte == b':')
        && minutes <= FURTHEST_ZONE;
    is_zone.then_some(if *sign == b'-' { -minutes } else { minutes })
}

/// Minutes; no zone is further from UTC.
const FURTHEST_ZONE: i16 = 14 * 60;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_read_or_left_unknown() {
        for (text, minutes) in [
            ("+01:00", Some(60)),
            ("-09:30", Some(-570)),
            ("+14:00", Some(840)),
            ("+15:00", None),
            ("      ", None),
            ("   :  ", None),
            ("+-1:00", None),
            ("01:00+", None),
        ] {
            assert_eq!(parse_offset(text.as_bytes()), minutes, "{text}");
        }
    }
}
