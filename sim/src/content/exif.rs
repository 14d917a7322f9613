//! The EXIF block of a photo: when, with which camera, how large; and where, in the file as its owner has it. Google takes the
//! location out of what it serves (API reference §4.4).
//!
//! Separate because it is a small file format of its own (TIFF), and the JPEG around it only needs the finished bytes.

use chrono::{Datelike, Duration};

use crate::item::Item;

/// Degrees, minutes and seconds north, and the same east.
pub(super) type Place = [[u8; 3]; 2];

/// The payload of an APP1 segment: the `Exif` signature and a big-endian TIFF. `pixels`: width and height of the image.
///
/// Dates are the local time of the camera, as cameras write them, with the offset beside it.
pub(super) fn payload(item: &Item, (width, height): (u16, u16), place: Option<Place>) -> Vec<u8> {
    let mut main = Vec::new();
    if let Some((make, model)) = &item.camera {
        main.push(Entry::ascii(MAKE, make));
        main.push(Entry::ascii(MODEL, model));
    }
    let mut detail = vec![
        Entry {
            tag: EXIF_VERSION,
            kind: UNDEFINED,
            value: b"0232".to_vec(),
        },
        Entry::long(PIXEL_X_DIMENSION, u32::from(width)),
        Entry::long(PIXEL_Y_DIMENSION, u32::from(height)),
    ];
    if let Some((time, offset)) = local_time(item) {
        main.push(Entry::ascii(DATE_TIME, &time));
        detail.insert(1, Entry::ascii(DATE_TIME_ORIGINAL, &time));
        detail.insert(2, Entry::ascii(OFFSET_TIME_ORIGINAL, &offset));
    }

    let pointers = 1 + usize::from(place.is_some());
    let detail_at = HEADER.len() + directory(&main, HEADER.len()).len() + 12 * pointers;
    let detail = directory(&detail, detail_at);
    main.push(Entry::long(EXIF_IFD, offset(detail_at)));
    let location = place.map(|place| {
        let at = detail_at + detail.len();
        main.push(Entry::long(GPS_IFD, offset(at)));
        directory(&location(place), at)
    });

    let mut out = b"Exif\0\0".to_vec();
    out.extend_from_slice(HEADER);
    out.extend(directory(&main, HEADER.len()));
    out.extend(detail);
    out.extend(location.unwrap_or_default());
    out
}

fn location([north, east]: Place) -> Vec<Entry> {
    vec![
        Entry::ascii(GPS_LATITUDE_REF, "N"),
        Entry::angle(GPS_LATITUDE, north),
        Entry::ascii(GPS_LONGITUDE_REF, "E"),
        Entry::angle(GPS_LONGITUDE, east),
    ]
}

/// `2024:03:09 07:15:42` and `+01:00`; `None` for undated items and for years that the format cannot hold.
fn local_time(item: &Item) -> Option<(String, String)> {
    let minutes = item.utc_offset_minutes;
    let local = item
        .created?
        .naive_utc()
        .checked_add_signed(Duration::minutes(minutes.into()))?;
    let sign = if minutes < 0 { '-' } else { '+' };
    let offset = format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60);
    (0..=9999)
        .contains(&local.year())
        .then(|| (local.format("%Y:%m:%d %H:%M:%S").to_string(), offset))
}

/// Takes the offset out of a finished photo, as cameras write that know no zone: its field gets a number without a meaning.
#[cfg(feature = "takeout")]
pub(crate) fn forget_offset(photo: &mut [u8]) {
    const UNASSIGNED: u16 = 0x9005;
    let mut field = OFFSET_TIME_ORIGINAL.to_be_bytes().to_vec();
    field.extend(ASCII.to_be_bytes());
    if let Some(at) = photo.windows(field.len()).position(|bytes| bytes == field) {
        photo[at..at + 2].copy_from_slice(&UNASSIGNED.to_be_bytes());
    }
}

/// One field of a TIFF directory.
struct Entry {
    tag: u16,
    kind: u16,
    value: Vec<u8>,
}

impl Entry {
    /// NUL ends the text in the file, so none may be inside; cut so that no camera name can burst the segment.
    fn ascii(tag: u16, text: &str) -> Self {
        let mut value: Vec<u8> = text.bytes().filter(|byte| *byte != 0).take(255).collect();
        value.push(0);
        Self {
            tag,
            kind: ASCII,
            value,
        }
    }

    fn long(tag: u16, value: u32) -> Self {
        Self {
            tag,
            kind: LONG,
            value: value.to_be_bytes().to_vec(),
        }
    }

    /// Three fractions.
    fn angle(tag: u16, parts: [u8; 3]) -> Self {
        let fraction = |part| [u32::from(part), 1].map(u32::to_be_bytes).concat();
        Self {
            tag,
            kind: RATIONAL,
            value: parts.map(fraction).concat(),
        }
    }

    fn count(&self) -> u32 {
        offset(match self.kind {
            LONG => self.value.len() / 4,
            RATIONAL => self.value.len() / 8,
            _ => self.value.len(),
        })
    }
}

/// A directory that starts `at` bytes into the TIFF: the table, then the values that do not fit into its four-byte fields.
fn directory(entries: &[Entry], at: usize) -> Vec<u8> {
    let table_len = 2 + 12 * entries.len() + 4;
    let mut table = Vec::with_capacity(table_len);
    let mut values = Vec::new();
    table.extend(
        u16::try_from(entries.len())
            .unwrap_or_default()
            .to_be_bytes(),
    );
    for entry in entries {
        table.extend(entry.tag.to_be_bytes());
        table.extend(entry.kind.to_be_bytes());
        table.extend(entry.count().to_be_bytes());
        if entry.value.len() <= 4 {
            let mut field = [0; 4];
            field[..entry.value.len()].copy_from_slice(&entry.value);
            table.extend(field);
        } else {
            table.extend(offset(at + table_len + values.len()).to_be_bytes());
            values.extend(&entry.value);
            // Values start on even offsets.
            values.resize(values.len().next_multiple_of(2), 0);
        }
    }
    table.extend([0; 4]);
    table.extend(values);
    table
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).expect("the block is cut to fit a segment of 64 KiB")
}

/// Big-endian TIFF whose first directory follows at once.
const HEADER: &[u8] = b"MM\0\x2a\0\0\0\x08";
const ASCII: u16 = 2;
const LONG: u16 = 4;
const RATIONAL: u16 = 5;
const UNDEFINED: u16 = 7;
const MAKE: u16 = 0x010f;
const MODEL: u16 = 0x0110;
const DATE_TIME: u16 = 0x0132;
const EXIF_IFD: u16 = 0x8769;
const GPS_IFD: u16 = 0x8825;
const GPS_LATITUDE_REF: u16 = 1;
const GPS_LATITUDE: u16 = 2;
const GPS_LONGITUDE_REF: u16 = 3;
const GPS_LONGITUDE: u16 = 4;
const EXIF_VERSION: u16 = 0x9000;
const DATE_TIME_ORIGINAL: u16 = 0x9003;
const OFFSET_TIME_ORIGINAL: u16 = 0x9011;
const PIXEL_X_DIMENSION: u16 = 0xa002;
const PIXEL_Y_DIMENSION: u16 = 0xa003;
