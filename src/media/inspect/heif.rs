//! The `meta` box of HEIC and AVIF files: sizes of pictures, where EXIF and XMP lie, and how far the picture data reach
//! (ISO/IEC 14496-12, 8.11; ISO/IEC 23008-12, 6.5.3 and annex A).

use super::fields::Fields;
use super::stream::LIMIT;
use super::{Seen, xmp};

#[derive(Debug, Default)]
pub(super) struct Meta {
    /// Of the largest picture: a grid is larger than its tiles, a picture than its thumbnail.
    pub(super) dimensions: Option<(u32, u32)>,
    pub(super) items: Vec<Item>,
    /// Offset behind the last byte of picture data.
    pub(super) needed: u64,
    /// The picture data may lie in the `meta` box itself.
    pub(super) has_item_data: bool,
}

/// EXIF or XMP somewhere in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    what: What,
    pub(super) offset: u64,
    pub(super) length: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Exif,
    Xmp,
}

impl Item {
    pub(super) fn read(self, bytes: &[u8], seen: &mut Seen) {
        match self.what {
            What::Xmp => seen.motion |= xmp::says_motion(bytes),
            What::Exif => {
                // The first number says where behind it the TIFF header begins (ISO/IEC 23008-12, A.2.1).
                let fields = Fields::big(bytes);
                let block = fields
                    .index(0)
                    .and_then(|skip| fields.from(skip.checked_add(4)?));
                if let Some(block) = block {
                    seen.exif(block);
                }
            }
        }
    }
}

/// Reads the payload of a `meta` box. What cannot be read is not there.
pub(super) fn read(payload: &[u8]) -> Meta {
    let mut meta = Meta {
        has_item_data: payload.is_empty(),
        ..Meta::default()
    };
    let mut kinds = Vec::new();
    let mut locations = None;
    for (kind, body) in boxes(payload.get(4..).unwrap_or_default()) {
        match &kind {
            b"iprp" => meta.dimensions = largest_picture(body),
            b"iinf" => kinds = item_kinds(body).unwrap_or_default(),
            b"iloc" => locations = Some(body),
            b"idat" => meta.has_item_data = true,
            _ => {}
        }
    }
    if let Some(body) = locations {
        // A table that stops early gives what it had until then.
        let _: Option<()> = read_locations(body, &kinds, &mut meta);
    }
    meta
}

/// The boxes in a row, until one does not fit.
fn boxes(row: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = row;
    std::iter::from_fn(move || {
        let fields = Fields::big(rest);
        let (size, kind) = (fields.index(0)?, fields.array(4)?);
        let body = fields.slice(8, size.checked_sub(8)?)?;
        rest = fields.from(size)?;
        Some((kind, body))
    })
}

fn largest_picture(properties: &[u8]) -> Option<(u32, u32)> {
    let containers = boxes(properties).filter(|(kind, _)| kind == b"ipco");
    let sizes = containers
        .flat_map(|(_, body)| boxes(body))
        .filter(|(kind, _)| kind == b"ispe");
    let sizes =
        sizes.filter_map(|(_, body)| Some((Fields::big(body).u32(4)?, Fields::big(body).u32(8)?)));
    sizes.max_by_key(|&(width, height)| u64::from(width) * u64::from(height))
}

/// `iinf`: the ids of the items that are EXIF or XMP.
fn item_kinds(body: &[u8]) -> Option<Vec<(u32, What)>> {
    let entries = if Fields::big(body).u8(0)? == 0 {
        body.get(6..)?
    } else {
        body.get(8..)?
    };
    let kinds = boxes(entries).filter_map(|(_, entry)| {
        let fields = Fields::big(entry);
        let (id, at) = match fields.u8(0)? {
            2 => (fields.u16(4)?.into(), 8),
            3 => (fields.u32(4)?, 10),
            _ => return None,
        };
        match fields.slice(at, 4)? {
            b"Exif" => Some((id, What::Exif)),
            b"mime" => {
                // Name and content type, each ended by a NUL.
                let content_type = fields.from(at + 4)?.split(|&byte| byte == 0).nth(1)?;
                (content_type == b"application/rdf+xml").then_some((id, What::Xmp))
            }
            _ => None,
        }
    });
    Some(kinds.collect())
}

/// `iloc`: extents of every item, in fields whose sizes the box itself declares.
fn read_locations(body: &[u8], kinds: &[(u32, What)], meta: &mut Meta) -> Option<()> {
    let fields = Fields::big(body);
    let version = fields.u8(0)?;
    let nibbles = |at: usize| {
        fields
            .u8(at)
            .map(|byte| (usize::from(byte >> 4), usize::from(byte & 15)))
    };
    let (offset_size, length_size) = nibbles(4)?;
    let (base_size, index_size) = nibbles(5)?;
    let index_size = if version == 0 { 0 } else { index_size };
    let mut at = 6;
    let mut next = |size: usize| {
        let value = fields.sized(at, size)?;
        at += size;
        Some(value)
    };
    let id_size = if version < 2 { 2 } else { 4 };
    for _ in 0..next(id_size)? {
        let id = next(id_size)?;
        // Offsets count from the beginning of the file only with construction method 0 and data reference 0.
        let method = if version == 0 { 0 } else { next(2)? & 15 };
        let is_here = (next(2)? == 0) && method == 0;
        let base = next(base_size)?;
        let extents = next(2)?;
        for _ in 0..extents {
            next(index_size)?;
            let offset = base.saturating_add(next(offset_size)?);
            let length = next(length_size)?;
            if !is_here || length == 0 {
                continue;
            }
            meta.needed = meta.needed.max(offset.saturating_add(length));
            let what = kinds
                .iter()
                .find(|(of, _)| u64::from(*of) == id)
                .map(|(_, what)| *what);
            let length = usize::try_from(length)
                .ok()
                .filter(|&length| length <= LIMIT && extents == 1);
            if let (Some(what), Some(length)) = (what, length) {
                meta.items.push(Item {
                    what,
                    offset,
                    length,
                });
            }
        }
    }
    Some(())
}
