//! What can be had of a zip archive without a directory: the entries whose local headers and bytes are all there.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;

use flate2::bufread::DeflateDecoder;
use rawzip::CompressionMethod;

use crate::source::takeout::directory::{Place, Record};
use crate::source::takeout::entry::path_of;
use crate::source::takeout::names::Roots;
use crate::source::takeout::unpack::Range;
use crate::source::takeout::{Skip, is_photo_like};

/// All that can be had of such an archive.
#[derive(Default)]
pub(super) struct Salvaged {
    pub(super) records: Vec<Record>,
    pub(super) roots: Roots,
    /// Bytes of all files that are to be read.
    pub(super) unpacked: u64,
}

impl Salvaged {
    /// From the first `length` bytes of it.
    pub(super) fn of(file: &File, length: u64) -> io::Result<Self> {
        let records = records(file, length)?;
        let mut roots = Roots::default();
        for path in records
            .iter()
            .filter_map(|record| record.path.as_ref().ok())
        {
            roots.count(path);
        }
        let read = records.iter();
        let read =
            read.filter(|record| record.skip.is_none() && !matches!(record.place, Place::Gone));
        let unpacked = read.fold(0_u64, |sum, record| sum.saturating_add(record.size));
        Ok(Self {
            records,
            roots,
            unpacked,
        })
    }
}

/// The entries of the first `length` bytes whose headers are there, from the front; the last one may be cut off. Where
/// something is no entry, the next one is looked for.
fn records(file: &File, length: u64) -> io::Result<Vec<Record>> {
    let mut records = Vec::new();
    let mut at = 0;
    while at < length {
        let (record, next) = match record_at(file, at, length)? {
            Some(found) => found,
            None => match next_header(file, at, length)? {
                Some(next) => (None, next),
                None => break,
            },
        };
        at = next;
        // A folder's entry is empty, and its name ends in a slash, which the path no longer shows.
        records.extend(record);
    }
    Ok(records)
}

/// Where, behind `at`, the header of an entry of an export stands: that of a file in `Takeout/`, so that no chance pattern
/// in a photo is taken for one.
fn next_header(file: &File, at: u64, length: u64) -> io::Result<Option<u64>> {
    let mut window = vec![0; WINDOW];
    let mut at = at + 1;
    while at + (HEADER + TAKEOUT.len()) as u64 <= length {
        let most = usize::try_from(length - at)
            .unwrap_or(usize::MAX)
            .min(window.len());
        file.read_exact_at(&mut window[..most], at)?;
        let found = window[..most]
            .windows(HEADER + TAKEOUT.len())
            .position(|found| found.starts_with(&SIGNATURE) && found.ends_with(TAKEOUT));
        if let Some(found) = found {
            return Ok(Some(at + found as u64));
        }
        // A header may lie across two windows.
        at += (most - (HEADER + TAKEOUT.len()) + 1) as u64;
    }
    Ok(None)
}

/// How the name of every entry of an export begins.
const TAKEOUT: &[u8] = b"Takeout/";
/// Bytes read at a time.
const WINDOW: usize = 1 << 18;

/// APPNOTE.TXT 4.3.7: signature, version, flags, method, time, date, crc, packed, size, name's length, extra's length.
const SIGNATURE: [u8; 4] = *b"PK\x03\x04";
const HEADER: usize = 30;
/// APPNOTE.TXT 4.3.9; writers may leave it out.
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
const ENCRYPTED: u16 = 1;
const HAS_DESCRIPTOR: u16 = 1 << 3;

/// The entry at this offset, `None` within for a folder, and where the next one begins. `None` when there is no whole one.
fn record_at(file: &File, at: u64, length: u64) -> io::Result<Option<(Option<Record>, u64)>> {
    let mut header = [0; HEADER];
    if at + HEADER as u64 > length {
        return Ok(None);
    }
    file.read_exact_at(&mut header, at)?;
    if header[..4] != SIGNATURE {
        return Ok(None);
    }
    let short = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
    let long = |at: usize| {
        u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
    };
    let (flags, method, mut crc) = (short(6), short(8), long(14));
    let (mut packed, mut size) = (u64::from(long(18)), u64::from(long(22)));
    let (name_length, extra_length) = (short(26), short(28));
    let data = at + HEADER as u64 + u64::from(name_length) + u64::from(extra_length);
    if data > length {
        return Ok(None);
    }
    let mut rest = vec![0; usize::from(name_length) + usize::from(extra_length)];
    file.read_exact_at(&mut rest, at + HEADER as u64)?;
    let (name, extra) = rest.split_at(usize::from(name_length));
    if let Some((wide_size, wide_packed)) = zip64(extra) {
        size = if long(22) == u32::MAX {
            wide_size
        } else {
            size
        };
        packed = if long(18) == u32::MAX {
            wide_packed
        } else {
            packed
        };
    }
    let mut end = data.saturating_add(packed);
    if flags & HAS_DESCRIPTOR != 0 {
        let found = match method {
            8 => deflated(file, data, length)?,
            _ => stored(file, data, length)?,
        };
        match found {
            Some(found) => {
                (packed, size, crc, end) = (found.packed, found.size, found.crc, found.end);
            }
            // Where it ends is not known; whether another one follows can be.
            None => end = u64::MAX,
        }
    }
    let is_cut = end > length;
    if is_cut {
        size = size.min(length - data);
        end = next_header(file, at, length)?.unwrap_or(length);
    }
    let skip = match method {
        _ if flags & ENCRYPTED != 0 => Some(Skip::Encrypted),
        0 | 8 => (!is_photo_like(packed, size)).then_some(Skip::Bomb),
        _ => Some(Skip::UnknownMethod),
    };
    let record = Record {
        path: path_of(name),
        skip,
        method: if method == 0 {
            CompressionMethod::STORE
        } else {
            CompressionMethod::DEFLATE
        },
        place: if is_cut {
            Place::Gone
        } else {
            Place::Data(data)
        },
        header: None,
        packed,
        size,
        crc,
        modified: None,
    };
    Ok(Some(((!name.ends_with(b"/")).then_some(record), end)))
}

/// Sizes in the extra field 0x0001 (APPNOTE.TXT 4.5.3): the file's, then the packed.
fn zip64(mut extra: &[u8]) -> Option<(u64, u64)> {
    while let Some((head, rest)) = extra.split_at_checked(4) {
        let id = u16::from_le_bytes([head[0], head[1]]);
        let length = usize::from(u16::from_le_bytes([head[2], head[3]]));
        let (field, after) = rest.split_at_checked(length)?;
        if id == 1 {
            let wide = |at: usize| Some(u64::from_le_bytes(*field.get(at..)?.first_chunk()?));
            return Some((wide(0)?, wide(8)?));
        }
        extra = after;
    }
    None
}

/// What a data descriptor says of the entry before it.
struct Described {
    packed: u64,
    size: u64,
    crc: u32,
    end: u64,
}

/// The end of a deflated entry is where its stream says that it ends.
fn deflated(file: &File, data: u64, length: u64) -> io::Result<Option<Described>> {
    let range = Range {
        file,
        at: data,
        left: length - data,
    };
    let mut decoder = DeflateDecoder::new(BufReader::with_capacity(WINDOW, range));
    if io::copy(&mut decoder, &mut io::sink()).is_err() {
        return Ok(None);
    }
    let (packed, size) = (decoder.total_in(), decoder.total_out());
    let found = descriptor_at(file, data + packed, length, packed)?;
    Ok(found.filter(|found| found.size == size))
}

/// The end of a stored entry is where a descriptor of just that many bytes stands.
fn stored(file: &File, data: u64, length: u64) -> io::Result<Option<Described>> {
    let mut window = vec![0; WINDOW];
    let mut at = data;
    while at < length {
        let most = usize::try_from(length - at)
            .unwrap_or(usize::MAX)
            .min(window.len());
        Range {
            file,
            at,
            left: most as u64,
        }
        .read_exact(&mut window[..most])?;
        for (offset, found) in window[..most].windows(4).enumerate() {
            if found == DESCRIPTOR {
                let here = at + offset as u64;
                let described = descriptor_at(file, here, length, here - data)?;
                if described
                    .as_ref()
                    .is_some_and(|found| found.size == found.packed)
                {
                    return Ok(described);
                }
            }
        }
        if most < 4 {
            break;
        }
        // The signature may lie across two windows.
        at += most as u64 - 3;
    }
    Ok(None)
}

/// A descriptor at this place whose packed size is `packed`: with its signature or without, sizes of 4 or of 8 bytes.
fn descriptor_at(file: &File, at: u64, length: u64, packed: u64) -> io::Result<Option<Described>> {
    let mut bytes = [0; 24];
    let most = usize::try_from(length.saturating_sub(at))
        .unwrap_or(0)
        .min(bytes.len());
    Range {
        file,
        at,
        left: most as u64,
    }
    .read_exact(&mut bytes[..most])?;
    let bytes = &bytes[..most];
    let signature = if bytes.starts_with(&DESCRIPTOR) { 4 } else { 0 };
    let fields = &bytes[signature..];
    let word = |at: usize| {
        fields
            .get(at..)
            .and_then(|rest| rest.first_chunk())
            .map(|chunk| u32::from_le_bytes(*chunk))
    };
    let wide = |at: usize| {
        fields
            .get(at..)
            .and_then(|rest| rest.first_chunk())
            .map(|chunk| u64::from_le_bytes(*chunk))
    };
    let Some(crc) = word(0) else { return Ok(None) };
    let described = |size, end: usize| Described {
        packed,
        size,
        crc,
        end: at + (signature + end) as u64,
    };
    if wide(4) == Some(packed)
        && let Some(size) = wide(12)
    {
        return Ok(Some(described(size, 20)));
    }
    if word(4).map(u64::from) == Some(packed)
        && let Some(size) = word(8)
    {
        return Ok(Some(described(u64::from(size), 12)));
    }
    Ok(None)
}
