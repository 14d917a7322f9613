//! One entry of a TIFF directory (TIFF 6.0, section 2), and the tags that matter here.

use super::fields::Fields;

pub(super) const WIDTH: u16 = 256;
pub(super) const HEIGHT: u16 = 257;
pub(super) const STRIP_OFFSETS: u16 = 273;
pub(super) const STRIP_COUNTS: u16 = 279;
pub(super) const TILE_OFFSETS: u16 = 324;
pub(super) const TILE_COUNTS: u16 = 325;
pub(super) const SUB_DIRECTORIES: u16 = 330;
pub(super) const PREVIEW_OFFSET: u16 = 513;
pub(super) const PREVIEW_LENGTH: u16 = 514;
pub(super) const DNG_VERSION: u16 = 50706;

/// One entry of a directory. Its value lies in the entry where it fits into four bytes, else elsewhere.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) tag: u16,
    pub(super) width: usize,
    pub(super) count: usize,
    /// Offset of the value in the file.
    pub(super) place: u64,
    /// The first number, if it is in the entry.
    pub(super) first: Option<u64>,
}

impl Entry {
    /// `None` for an entry of a type that TIFF 6.0 does not know, which readers are told to pass over.
    pub(super) fn read(fields: Fields<'_>, directory: u64, at: usize) -> Option<Self> {
        let width: usize = match fields.u16(at + 2)? {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 => 8,
            _ => return None,
        };
        let count = fields.index(at + 4)?;
        let is_inside = width.saturating_mul(count.max(1)) <= 4;
        let (place, first) = if is_inside {
            (directory + at as u64 + 8, fields.sized(at + 8, width))
        } else {
            (fields.u32(at + 8)?.into(), None)
        };
        Some(Self {
            tag: fields.u16(at)?,
            width,
            count,
            place,
            first,
        })
    }
}
