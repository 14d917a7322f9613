//! The directory of a zip archive: what stands at its end, and which entries it is not to be believed about.

use std::fs::File;

use chrono::NaiveDate;
use rawzip::time::ZipDateTimeKind;
use rawzip::{
    CompressionMethod, FileReader, RECOMMENDED_BUFFER_SIZE, ZipArchive, ZipArchiveEntryWayfinder,
    ZipFileHeaderRecord,
};

use crate::source::takeout::entry::path_of;
use crate::source::takeout::names::Roots;
use crate::source::takeout::{Skip, is_photo_like};

/// What the end of an archive says of its entries. They are read again whenever they are wanted: a part may have a million,
/// and of each only what all the others decide about it is remembered.
pub(super) struct Directory {
    pub(super) archive: ZipArchive<FileReader>,
    pub(super) roots: Roots,
    /// Bytes of all files that are to be read.
    pub(super) unpacked: u64,
    /// It has as many entries as it says.
    pub(super) is_complete: bool,
    marks: Vec<Mark>,
}

/// What the other entries, and the end of the archive, say of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Sound,
    Gone,
    Overlaps,
}

/// What the directory, or a local header, says of an entry.
pub(super) struct Record {
    pub(super) path: Result<String, String>,
    pub(super) skip: Option<Skip>,
    pub(super) method: CompressionMethod,
    pub(super) place: Place,
    /// Where its local header begins, where the directory says so.
    pub(super) header: Option<u64>,
    /// Bytes in the archive.
    pub(super) packed: u64,
    /// Bytes of the file.
    pub(super) size: u64,
    pub(super) crc: u32,
    /// When it was last changed, in seconds since 1970, by whatever clock has packed it.
    pub(super) modified: Option<i64>,
}

/// Where an entry's bytes are.
pub(super) enum Place {
    /// Behind the local header, whose length must be looked up.
    Header(ZipArchiveEntryWayfinder),
    /// At this offset.
    Data(u64),
    /// Beyond the end of the archive, all of them or some.
    Gone,
}

/// Reads the directory; an error is one of its shape, not of its entries.
pub(super) fn directory(file: File) -> Result<Directory, rawzip::Error> {
    let mut buffer = buffer();
    let archive = ZipArchive::from_file(file, &mut buffer)?;
    let (mut spans, mut roots, mut listed) = (Vec::new(), Roots::default(), 0_u64);
    let mut entries = archive.entries(&mut buffer);
    while let Some(header) = entries.next_entry()? {
        listed += 1;
        let Some(record) = Record::of(&header) else {
            continue;
        };
        if let Ok(path) = &record.path {
            roots.count(path);
        }
        if spans.len() == spans.capacity() {
            // By an eighth, not twofold.
            spans.reserve_exact(spans.len() / 8 + 64);
        }
        spans.push(Span {
            start: header.local_header_offset(),
            packed: record.packed,
            size: record.skip.map_or(record.size, |_| 0),
        });
    }
    let marks = marks(&spans, archive.directory_offset());
    let sound = spans.iter().zip(&marks);
    let sound = sound.filter(|(_, mark)| **mark == Mark::Sound);
    let unpacked = sound.fold(0_u64, |sum, (span, _)| sum.saturating_add(span.size));
    // Old writers count to 65,535 and begin again.
    let is_complete = listed & 0xffff == archive.entries_hint() & 0xffff;
    Ok(Directory {
        archive,
        roots,
        unpacked,
        is_complete,
        marks,
    })
}

/// Bytes that the directory reads at a time.
pub(super) fn buffer() -> Vec<u8> {
    vec![0; RECOMMENDED_BUFFER_SIZE]
}

impl Directory {
    /// The files in it, in its order.
    pub(super) fn records<'a>(
        &'a self,
        buffer: &'a mut [u8],
    ) -> impl Iterator<Item = Result<Record, rawzip::Error>> + 'a {
        let mut entries = self.archive.entries(buffer);
        let headers = std::iter::from_fn(move || match entries.next_entry() {
            Ok(None) => None,
            Ok(Some(header)) => Some(Ok(Record::of(&header))),
            Err(error) => Some(Err(error)),
        });
        // A directory that has grown meanwhile ends where it ended.
        let files = headers.filter_map(Result::transpose).zip(&self.marks);
        files.map(|(record, mark)| record.map(|record| record.marked(*mark)))
    }
}

impl Record {
    /// `None` of a folder.
    fn of(header: &ZipFileHeaderRecord<'_>) -> Option<Self> {
        if header.is_dir() {
            return None;
        }
        let method = header.compression_method();
        let (packed, size) = (
            header.compressed_size_hint(),
            header.uncompressed_size_hint(),
        );
        let kind = not_a_file(header.mode().value());
        let skip = if kind.is_some() {
            kind
        } else if header.flags().is_encrypted() {
            Some(Skip::Encrypted)
        } else if ![CompressionMethod::STORE, CompressionMethod::DEFLATE].contains(&method) {
            Some(Skip::UnknownMethod)
        } else if !is_photo_like(packed, size) {
            Some(Skip::Bomb)
        } else {
            None
        };
        Some(Self {
            path: path_of(header.file_path().as_bytes()),
            skip,
            method,
            place: Place::Header(header.wayfinder()),
            header: Some(header.local_header_offset()),
            packed,
            size,
            crc: header.crc32(),
            modified: modified(&header.last_modified()),
        })
    }

    fn marked(mut self, mark: Mark) -> Self {
        match mark {
            Mark::Sound => {}
            Mark::Gone => self.place = Place::Gone,
            Mark::Overlaps => self.skip = Some(Skip::Overlaps),
        }
        self
    }
}

/// Where the directory begins that an archive has at its end; `None` where none can be found.
pub(super) fn offset(file: File) -> Option<u64> {
    let mut buffer = buffer();
    let archive = ZipArchive::from_file(file, &mut buffer).ok()?;
    Some(archive.directory_offset())
}

/// Times without a zone count as UTC: what is told by them is which of two exports is the later one.
fn modified(time: &ZipDateTimeKind) -> Option<i64> {
    let day = NaiveDate::from_ymd_opt(time.year().into(), time.month().into(), time.day().into())?;
    let moment = day.and_hms_opt(
        time.hour().into(),
        time.minute().into(),
        time.second().into(),
    )?;
    Some(moment.and_utc().timestamp())
}

/// What a Unix mode says that is no file; many writers leave the kind of file out.
fn not_a_file(mode: u32) -> Option<Skip> {
    match mode & 0o170_000 {
        0 | 0o100_000 => None,
        // A pipe, a device of characters, one of blocks, a socket.
        0o010_000 | 0o020_000 | 0o060_000 | 0o140_000 => Some(Skip::Device),
        _ => Some(Skip::NotAFile),
    }
}

/// Bytes of a local header without its name and extra fields.
const LOCAL_HEADER: u64 = 30;

/// Where an entry lies in the archive.
struct Span {
    /// Of its local header.
    start: u64,
    /// Bytes in the archive.
    packed: u64,
    /// Bytes of the file; 0 of one that is not read anyway.
    size: u64,
}

/// Entries that share bytes are how a small archive unpacks to petabytes; no honest writer makes them.
fn marks(spans: &[Span], directory: u64) -> Vec<Mark> {
    let mut marks = vec![Mark::Sound; spans.len()];
    let mut starts: Vec<(u64, usize)> = Vec::with_capacity(spans.len());
    starts.extend(spans.iter().map(|span| span.start).zip(0..));
    starts.sort_unstable();
    let mut furthest: Option<(u64, usize)> = None;
    for (start, at) in starts {
        let end = start
            .saturating_add(LOCAL_HEADER)
            .saturating_add(spans[at].packed);
        if end > directory {
            // Damaged alone: the others are not to suffer for it.
            marks[at] = Mark::Gone;
            continue;
        }
        if let Some((reached, other)) = furthest
            && start < reached
        {
            marks[at] = Mark::Overlaps;
            marks[other] = Mark::Overlaps;
        }
        if furthest.is_none_or(|(reached, _)| end > reached) {
            furthest = Some((end, at));
        }
    }
    marks
}
