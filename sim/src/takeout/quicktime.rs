//! What the simulator's films lack: a `QuickTime` brand, and Apple's creation date with its offset (§7, `Keys:CreationDate`).
//!
//! Separate because both are patches to a finished film, whose index is its last box and may therefore grow.

use chrono::NaiveDateTime;

/// Makes the film a `.mov` by its major brand.
pub(super) fn brand(film: &mut [u8]) {
    if let Some(major) = film.get_mut(8..12) {
        major.copy_from_slice(b"qt  ");
    }
}

/// Adds `com.apple.quicktime.creationdate` to the index, in Apple's metadata layout (`QuickTime` File Format, "Metadata atoms").
pub(super) fn creation_date(film: &mut Vec<u8>, local: NaiveDateTime, offset_minutes: i32) {
    const KEY: &[u8] = b"com.apple.quicktime.creationdate";
    let sign = if offset_minutes < 0 { '-' } else { '+' };
    let (hours, minutes) = (offset_minutes.abs() / 60, offset_minutes.abs() % 60);
    let value = format!(
        "{}{sign}{hours:02}{minutes:02}",
        local.format("%Y-%m-%dT%H:%M:%S")
    );

    let mut keys = vec![0, 0, 0, 0, 0, 0, 0, 1];
    push_box(&mut keys, *b"mdta", KEY);
    // Type 1 is UTF-8; no locale.
    let mut data = vec![0, 0, 0, 1, 0, 0, 0, 0];
    data.extend(value.bytes());
    let mut first = Vec::new();
    push_box(&mut first, *b"data", &data);
    let mut list = Vec::new();
    push_box(&mut list, 1_u32.to_be_bytes(), &first);

    let mut meta = Vec::new();
    push_box(
        &mut meta,
        *b"hdlr",
        b"\0\0\0\0\0\0\0\0mdta\0\0\0\0\0\0\0\0\0\0\0\0\0",
    );
    push_box(&mut meta, *b"keys", &keys);
    push_box(&mut meta, *b"ilst", &list);
    let start = film.len();
    push_box(film, *b"meta", &meta);
    let grown = u32::try_from(film.len() - start).expect("the metadata is small");

    if let Some(moov) = last_box(film, start)
        && let Some(size) = film[moov..].first_chunk_mut()
    {
        *size = (u32::from_be_bytes(*size) + grown).to_be_bytes();
    }
}

/// Where the last top-level box before `end` starts.
fn last_box(film: &[u8], end: usize) -> Option<usize> {
    let mut at = 0;
    loop {
        let len = u32::from_be_bytes(*film.get(at..end)?.first_chunk()?) as usize;
        if len < 8 || at + len >= end {
            return (at + len == end).then_some(at);
        }
        at += len;
    }
}

pub(super) fn push_box(out: &mut Vec<u8>, kind: [u8; 4], payload: &[u8]) {
    let len = u32::try_from(8 + payload.len()).expect("boxes made here are small");
    out.extend(len.to_be_bytes());
    out.extend(kind);
    out.extend_from_slice(payload);
}
