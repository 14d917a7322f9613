//! The records of a zip file (APPNOTE.TXT 6.3.10, §4.3), from the fields of an entry to bytes.

use chrono::{DateTime, Datelike, Timelike, Utc};

use super::zip::RawEntry;

/// A local header, or with an offset a directory record. `later`: sizes follow in a descriptor.
pub(super) fn record(
    signature: [u8; 4],
    entry: &RawEntry,
    later: bool,
    large: bool,
    offset: Option<u64>,
) -> Vec<u8> {
    let version = if large { ZIP64_VERSION } else { [20, 0] };
    let (crc, compressed, size) = if later {
        (0, 0, 0)
    } else {
        (entry.crc, entry.compressed_size, entry.size)
    };
    let mut extra = Vec::new();
    if large {
        let wide: Vec<u64> = [Some(size), Some(compressed), offset]
            .into_iter()
            .flatten()
            .collect();
        extra.extend(1_u16.to_le_bytes());
        extra.extend(
            u16::try_from(wide.len() * 8)
                .unwrap_or_default()
                .to_le_bytes(),
        );
        extra.extend(wide.iter().flat_map(|number| number.to_le_bytes()));
    }
    let narrow = |number: u64| if large { u32::MAX } else { clip_32(number) };
    let name = if offset.is_some() {
        &entry.name
    } else {
        &entry.local_name
    };
    let (date, time) = dos(entry.modified);

    let mut out = signature.to_vec();
    if offset.is_some() {
        out.extend(UNIX_45);
    }
    out.extend(version);
    for number in [entry.flags, entry.method, time, date] {
        out.extend(number.to_le_bytes());
    }
    for number in [crc, narrow(compressed), narrow(size)] {
        out.extend(number.to_le_bytes());
    }
    out.extend(u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes());
    out.extend(u16::try_from(extra.len()).unwrap_or_default().to_le_bytes());
    if let Some(offset) = offset {
        // No comment, first disk, no internal attributes.
        out.extend([0; 6]);
        out.extend(entry.attributes.to_le_bytes());
        out.extend(narrow(offset).to_le_bytes());
    }
    out.extend_from_slice(name);
    out.extend(extra);
    out
}

pub(super) fn descriptor(entry: &RawEntry, large: bool) -> Vec<u8> {
    let mut out = b"PK\x07\x08".to_vec();
    out.extend(entry.crc.to_le_bytes());
    for number in [entry.compressed_size, entry.size] {
        if large {
            out.extend(number.to_le_bytes());
        } else {
            out.extend(clip_32(number).to_le_bytes());
        }
    }
    out
}

/// What stands at the end of the file: the 64-bit records if `large`, then the old one.
pub(super) fn directory_end(
    entries: u64,
    start: u64,
    len: u64,
    large: bool,
    comment: &[u8],
) -> Vec<u8> {
    let mut out = Vec::new();
    if large {
        out.extend(b"PK\x06\x06");
        out.extend(44_u64.to_le_bytes());
        out.extend(UNIX_45);
        out.extend(ZIP64_VERSION);
        out.extend([0; 8]);
        for number in [entries, entries, len, start] {
            out.extend(number.to_le_bytes());
        }
        out.extend(b"PK\x06\x07\0\0\0\0");
        out.extend((start + len).to_le_bytes());
        out.extend(1_u32.to_le_bytes());
    }
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([clip_16(entries).to_le_bytes(); 2].concat());
    out.extend(clip_32(len).to_le_bytes());
    out.extend(clip_32(start).to_le_bytes());
    out.extend(clip_16(comment.len() as u64).to_le_bytes());
    out.extend_from_slice(comment);
    out
}

/// Date and time in two-second steps, without a zone. The format knows 1980 to 2107.
fn dos(at: DateTime<Utc>) -> (u16, u16) {
    let two = |number: u32| u16::try_from(number).unwrap_or_default();
    let years = u16::try_from((at.year() - 1980).clamp(0, 127)).unwrap_or_default();
    (
        years << 9 | two(at.month()) << 5 | two(at.day()),
        two(at.hour()) << 11 | two(at.minute()) << 5 | two(at.second() / 2),
    )
}

fn clip_16(number: u64) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

fn clip_32(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Made on Unix, by version 4.5 of the format.
const UNIX_45: [u8; 2] = [45, 3];
const ZIP64_VERSION: [u8; 2] = [45, 0];
/// Values from which on the 64-bit record is needed, since all ones stands for "see there".
pub(super) const LIMIT_32: u64 = u32::MAX as u64;
pub(super) const LIMIT_16: u64 = u16::MAX as u64;
