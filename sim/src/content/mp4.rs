//! A video as `=dv` serves it: one real recording, made distinct for every item by its dates and a box of its own.
//!
//! Separate because boxes are another format, and because encoding video is not something that a test should wait for. The
//! recording, `sample.mp4` (64 × 48, one second, H.264 baseline and AAC, index at the end as phones write it), was made with
//!
//! ```text
//! ffmpeg -f lavfi -i testsrc2=size=64x48:rate=10:duration=1 -f lavfi -i sine=frequency=440:sample_rate=8000:duration=1 \
//!   -c:v libx264 -profile:v baseline -pix_fmt yuv420p -crf 38 -g 10 -bf 0 -c:a aac -b:a 8k -ac 1 -shortest \
//!   -map_metadata -1 -fflags +bitexact -flags:v +bitexact -flags:a +bitexact -movflags -faststart sample.mp4
//! ```
//!
//! Everything that is added goes between the recording's data and its index, so that no sample moves and no offset needs correction.

use std::ops::Range;

use bytes::Bytes;

use super::filler;
use crate::item::Item;

/// Width and height of the recording: what a video item should list.
pub(super) const PIXELS: (u16, u16) = (64, 48);

/// The file of `item`, exactly `size` bytes long unless the recording alone needs more (or up to seven bytes less).
pub(super) fn clip(item: &Item, fingerprint: u64, size: usize) -> Bytes {
    let index = boxes(SAMPLE, 0..SAMPLE.len())
        .find(|found| found.kind == b"moov")
        .map_or(SAMPLE.len(), |found| found.start);
    let (head, moov) = SAMPLE.split_at(index);
    let mut moov = moov.to_vec();
    let whole = 0..moov.len();
    date(&mut moov, whole, seconds_since_1904(item));

    let mut out = Vec::with_capacity(size.max(SAMPLE.len() + 4096));
    out.extend_from_slice(head);
    let mut unique = USER_TYPE.to_vec();
    unique.extend(fingerprint.to_be_bytes());
    unique.extend_from_slice(item.id.as_bytes());
    box_head(&mut out, *b"uuid", unique.len());
    out.extend_from_slice(&unique);
    let missing = size.saturating_sub(out.len() + moov.len());
    pad(&mut out, missing, fingerprint);
    out.extend_from_slice(&moov);
    out.into()
}

/// Adds boxes that every reader must skip, `missing` bytes in all.
fn pad(out: &mut Vec<u8>, mut missing: usize, fingerprint: u64) {
    while missing >= BOX_HEAD {
        let mut take = missing.min(MAX_PAD);
        // What is left for the next box must have room for its head.
        if (1..BOX_HEAD).contains(&(missing - take)) {
            take -= BOX_HEAD;
        }
        box_head(out, *b"free", take - BOX_HEAD);
        filler::append(
            out,
            take - BOX_HEAD,
            fingerprint.wrapping_add(missing as u64),
        );
        missing -= take;
    }
}

fn box_head(out: &mut Vec<u8>, kind: [u8; 4], payload_len: usize) {
    let len = u32::try_from(BOX_HEAD + payload_len)
        .expect("padding is cut into boxes of at most MAX_PAD");
    out.extend(len.to_be_bytes());
    out.extend(kind);
}

/// Writes creation and modification time into the movie, track and media headers within `range`.
fn date(file: &mut [u8], range: Range<usize>, seconds: u32) {
    let found: Vec<_> = boxes(file, range)
        .map(|found| (*found.kind, found.start..found.end))
        .collect();
    for (kind, Range { start, end }) in found {
        match &kind {
            b"moov" | b"trak" | b"mdia" => date(file, start + BOX_HEAD..end, seconds),
            b"mvhd" | b"tkhd" | b"mdhd" => {
                // The recording has version 0 headers: two times of 32 bits after version and flags.
                let times = start + BOX_HEAD + 4;
                file[times..times + 4].copy_from_slice(&seconds.to_be_bytes());
                file[times + 4..times + 8].copy_from_slice(&seconds.to_be_bytes());
            }
            _ => {}
        }
    }
}

/// The epoch of the format. Undated items and years outside 1904 to 2040 get 0, which readers take as unknown.
fn seconds_since_1904(item: &Item) -> u32 {
    const TO_UNIX_EPOCH: i64 = 2_082_844_800;
    item.created
        .and_then(|created| u32::try_from(created.timestamp() + TO_UNIX_EPOCH).ok())
        .unwrap_or(0)
}

/// One box: its bytes are `start..end` of the file, the head included.
struct Found<'a> {
    kind: &'a [u8; 4],
    start: usize,
    end: usize,
}

/// The boxes that lie side by side in `range`, up to the first that is not whole. Knows 32-bit sizes only, as the recording has.
fn boxes(file: &[u8], range: Range<usize>) -> impl Iterator<Item = Found<'_>> {
    let mut start = range.start;
    std::iter::from_fn(move || {
        let (len, rest) = file.get(start..range.end)?.split_first_chunk()?;
        let end = start + usize::try_from(u32::from_be_bytes(*len)).ok()?;
        let kind = rest.first_chunk()?;
        let found =
            (start + BOX_HEAD <= end && end <= range.end).then_some(Found { kind, start, end })?;
        start = end;
        Some(found)
    })
}

static SAMPLE: &[u8] = include_bytes!("sample.mp4");
/// Names our box; readers skip user types that they do not know.
const USER_TYPE: &[u8; 16] = b"gphotos-sim item";
/// Size and kind.
const BOX_HEAD: usize = 8;
/// Small enough for any 32-bit size, large enough that a video needs few boxes.
const MAX_PAD: usize = 1 << 24;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::zoo;

    fn video() -> Item {
        let created: DateTime<Utc> = "2024-03-09T06:15:42Z".parse().unwrap();
        zoo::unplayable_videos(created.date_naive()).remove(0)
    }

    fn top_level(file: &[u8]) -> Vec<Found<'_>> {
        boxes(file, 0..file.len()).collect()
    }

    /// The boxes found by walking down `path`, in every branch.
    fn descend<'a>(file: &'a [u8], path: &[&[u8; 4]], range: Range<usize>) -> Vec<Found<'a>> {
        let (first, rest) = path.split_first().unwrap();
        let here = boxes(file, range).filter(|found| found.kind == *first);
        if rest.is_empty() {
            here.collect()
        } else {
            here.flat_map(|found| descend(file, rest, found.start + BOX_HEAD..found.end))
                .collect()
        }
    }

    #[test]
    fn boxes_tile_the_file_and_fill_the_wanted_size() {
        let natural = clip(&video(), 7, 0).len();
        for size in [
            0,
            natural,
            natural + 8,
            natural + 9,
            100_000,
            MAX_PAD + natural + 5,
            2 * MAX_PAD + natural,
        ] {
            let file = clip(&video(), 7, size);
            let found = top_level(&file);
            assert_eq!(found[0].kind, b"ftyp");
            assert_eq!(found.last().unwrap().kind, b"moov");
            assert_eq!(found.last().unwrap().end, file.len());
            assert_eq!(file.len(), size.max(natural));
        }
    }

    #[test]
    fn chunks_still_lie_in_the_data() {
        let file = clip(&video(), 7, 50_000);
        let data = top_level(&file)
            .into_iter()
            .find(|found| found.kind == b"mdat")
            .unwrap();
        let tables = descend(
            &file,
            &[b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stco"],
            0..file.len(),
        );
        assert_eq!(tables.len(), 2);
        for table in tables {
            let body = &file[table.start + BOX_HEAD + 4..table.end];
            let (count, offsets) = body.split_first_chunk().unwrap();
            assert_eq!(u32::from_be_bytes(*count) as usize, offsets.len() / 4);
            for offset in offsets.as_chunks::<4>().0 {
                let offset = u32::from_be_bytes(*offset) as usize;
                assert!(
                    (data.start + BOX_HEAD..data.end).contains(&offset),
                    "{offset}"
                );
                assert_eq!(file[offset], SAMPLE[offset]);
            }
        }
    }

    #[test]
    fn every_header_carries_the_item_s_date() {
        let mut item = video();
        for (created, expected) in [
            ("2024-03-09T06:15:42Z", 3_792_809_742_u32),
            ("1890-01-01T00:00:00Z", 0),
            ("2099-01-01T00:00:00Z", 0),
        ] {
            item.created = Some(created.parse().unwrap());
            let file = clip(&item, 7, 0);
            let paths: [&[&[u8; 4]]; 3] = [
                &[b"moov", b"mvhd"],
                &[b"moov", b"trak", b"tkhd"],
                &[b"moov", b"trak", b"mdia", b"mdhd"],
            ];
            let headers: Vec<_> = paths
                .iter()
                .flat_map(|path| descend(&file, path, 0..file.len()))
                .collect();
            assert_eq!(headers.len(), 5);
            for header in headers {
                assert_eq!(file[header.start + BOX_HEAD], 0, "version");
                let times = header.start + BOX_HEAD + 4;
                assert_eq!(file[times..times + 4], expected.to_be_bytes(), "{created}");
                assert_eq!(
                    file[times + 4..times + 8],
                    expected.to_be_bytes(),
                    "{created}"
                );
            }
        }
    }
}
