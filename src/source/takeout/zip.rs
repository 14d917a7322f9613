//! A zip archive, read in place.
//!
//! The central directory is what counts; what local headers say otherwise is not looked at. Where there is no directory (a
//! download that was cut short), the local headers are searched for instead, and the part counts as damaged.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;

use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use rawzip::{
    CompressionMethod, FileReader, RECOMMENDED_BUFFER_SIZE, ZipArchive, ZipArchiveEntryWayfinder,
};

use crate::source::takeout::entry::path_of;
use crate::source::takeout::part::open;
use crate::source::takeout::{
    Entry, Integrity, PartError, Skip, Visitor, WalkError, hand, is_photo_like, is_plausible,
    salvage,
};

/// What the directory, or a local header, says of an entry.
pub(super) struct Record {
    pub(super) path: Result<String, String>,
    pub(super) skip: Option<Skip>,
    pub(super) method: CompressionMethod,
    pub(super) place: Place,
    /// Bytes in the archive.
    pub(super) packed: u64,
    /// Bytes of the file.
    pub(super) size: u64,
    pub(super) crc: u32,
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

pub(super) fn walk<V: Visitor>(
    path: &Path,
    visitor: &mut V,
) -> Result<Integrity, WalkError<V::Error>> {
    let unreadable = |source| {
        WalkError::Part(PartError::Unreadable {
            path: path.to_owned(),
            source,
        })
    };
    let file = open(path).map_err(unreadable)?;
    let packed = file.metadata().map_err(unreadable)?.len();
    let reading = file.try_clone().map_err(unreadable)?;
    let mut integrity = Integrity::Whole;
    let found = directory(file).map_err(|error| error.to_string());
    // What a comment holds can look like the directory of an empty archive.
    let found = found.and_then(|found| {
        if found.archive.entries_hint() == 0 && begins_with_entry(&reading) {
            return Err("it is empty, and the archive is not".to_owned());
        }
        Ok(found)
    });
    let (archive, records) = match found {
        Ok(found) => {
            if !found.is_complete {
                integrity.note("its directory has another number of entries than it says");
            }
            (Some(found.archive), found.records)
        }
        Err(error) => {
            integrity.note(format!(
                "it has no readable directory ({error}): was it downloaded to its end?"
            ));
            let found = salvage::records(&reading, packed);
            (None, found.map_err(unreadable)?)
        }
    };
    let mut records = records;
    for record in &mut records {
        if record.skip.is_none() && !is_photo_like(record.packed, record.size) {
            record.skip = Some(Skip::Bomb);
        }
    }
    let unpacked = records
        .iter()
        .filter(|record| record.skip.is_none() && !matches!(record.place, Place::Gone))
        .fold(0_u64, |sum, record| sum.saturating_add(record.size));
    if !is_plausible(packed, unpacked) {
        return Err(WalkError::Part(PartError::Implausible {
            path: path.to_owned(),
            why: format!("claims to hold {} GiB in {packed} bytes", unpacked >> 30),
        }));
    }
    let mut ordinal = 0;
    for record in records {
        let (entry_path, skip) = match &record.path {
            Ok(path) => (path.clone(), record.skip),
            Err(path) => (path.clone(), Some(Skip::UnsafePath)),
        };
        if let Some(skip) = skip {
            if skip.is_loss() {
                integrity.note(format!("{entry_path}: {}", skip.reason()));
            }
            visitor.skipped(&entry_path, skip).map_err(WalkError::Own)?;
            continue;
        }
        let entry = Entry {
            path: entry_path,
            size: record.size,
            ordinal,
        };
        ordinal += 1;
        if matches!(record.place, Place::Gone) {
            let why = "the archive ends inside it";
            integrity.note(format!("{}: {why}", entry.path));
            visitor.damaged(&entry, why).map_err(WalkError::Own)?;
            continue;
        }
        if !visitor.wants(&entry).map_err(WalkError::Own)? {
            continue;
        }
        let mut bytes = bytes_of(&record, archive.as_ref(), &reading);
        hand(visitor, &entry, &mut bytes, &mut integrity).map_err(WalkError::Own)?;
    }
    Ok(integrity)
}

/// The bytes of an entry, unpacked and checked; where they cannot be had, whoever reads is told.
fn bytes_of<'a>(
    record: &Record,
    archive: Option<&ZipArchive<FileReader>>,
    file: &'a File,
) -> Box<dyn Read + 'a> {
    let start = match (&record.place, archive) {
        (Place::Data(start), _) => Ok(*start),
        (Place::Header(wayfinder), Some(archive)) => {
            let found = archive.get_entry(*wayfinder);
            found
                .map(|found| found.compressed_data_range().0)
                .map_err(io::Error::other)
        }
        (Place::Header(_), None) | (Place::Gone, _) => {
            Err(io::Error::other("the archive ends inside it"))
        }
    };
    let at = match start {
        Ok(at) => at,
        Err(error) => return Box::new(Broken(error)),
    };
    let range = Range {
        file,
        at,
        left: record.packed,
    };
    let buffered = BufReader::with_capacity(BUFFER, range);
    let inner: Box<dyn Read + 'a> = if record.method == CompressionMethod::STORE {
        Box::new(buffered)
    } else {
        Box::new(DeflateDecoder::new(buffered))
    };
    Box::new(Checked {
        inner,
        left: record.size,
        crc: Crc::new(),
        expected: record.crc,
    })
}

fn begins_with_entry(file: &File) -> bool {
    let mut start = [0; 4];
    file.read_exact_at(&mut start, 0).is_ok() && start == *b"PK\x03\x04"
}

/// Reads of the disk, in bytes.
const BUFFER: usize = 1 << 18;

fn directory(file: File) -> Result<Directory, rawzip::Error> {
    let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
    let archive = ZipArchive::from_file(file, &mut buffer)?;
    let mut records = Vec::new();
    let mut starts = Vec::new();
    let mut listed = 0_u64;
    let mut entries = archive.entries(&mut buffer);
    while let Some(header) = entries.next_entry()? {
        listed += 1;
        if header.is_dir() {
            continue;
        }
        let method = header.compression_method();
        let skip = if !is_file(header.mode().value()) {
            Some(Skip::NotAFile)
        } else if header.flags().is_encrypted() {
            Some(Skip::Encrypted)
        } else if ![CompressionMethod::STORE, CompressionMethod::DEFLATE].contains(&method) {
            Some(Skip::UnknownMethod)
        } else {
            None
        };
        starts.push((header.local_header_offset(), records.len()));
        records.push(Record {
            path: path_of(header.file_path().as_bytes()),
            skip,
            method,
            place: Place::Header(header.wayfinder()),
            packed: header.compressed_size_hint(),
            size: header.uncompressed_size_hint(),
            crc: header.crc32(),
        });
    }
    refuse_overlaps(&mut records, starts, archive.directory_offset());
    // Old writers count to 65,535 and begin again.
    let is_complete = listed & 0xffff == archive.entries_hint() & 0xffff;
    Ok(Directory {
        archive,
        records,
        is_complete,
    })
}

/// What the end of an archive says of its entries.
struct Directory {
    archive: ZipArchive<FileReader>,
    records: Vec<Record>,
    /// It has as many entries as it says.
    is_complete: bool,
}

/// Of a Unix mode; many writers leave the kind of file out.
fn is_file(mode: u32) -> bool {
    matches!(mode & 0o170_000, 0 | 0o100_000)
}

/// Bytes of a local header without its name and extra fields.
const LOCAL_HEADER: u64 = 30;

/// Entries that share bytes are how a small archive unpacks to petabytes; no honest writer makes them.
fn refuse_overlaps(records: &mut [Record], mut starts: Vec<(u64, usize)>, directory: u64) {
    starts.sort_unstable();
    let mut furthest: Option<(u64, usize)> = None;
    for (start, at) in starts {
        let end = start
            .saturating_add(LOCAL_HEADER)
            .saturating_add(records[at].packed);
        if end > directory {
            // Damaged alone: the others are not to suffer for it.
            records[at].place = Place::Gone;
            continue;
        }
        if let Some((reached, other)) = furthest
            && start < reached
        {
            records[at].skip = Some(Skip::Overlaps);
            records[other].skip = Some(Skip::Overlaps);
        }
        if furthest.is_none_or(|(reached, _)| end > reached) {
            furthest = Some((end, at));
        }
    }
}

/// Some bytes of a file, by their place.
pub(super) struct Range<'a> {
    pub(super) file: &'a File,
    pub(super) at: u64,
    pub(super) left: u64,
}

impl Read for Range<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let read = self.file.read_at(&mut buffer[..most], self.at)?;
        self.at += read as u64;
        self.left -= read as u64;
        Ok(read)
    }
}

/// Bytes that must be as many as promised, and have the promised checksum.
struct Checked<R> {
    inner: R,
    left: u64,
    crc: Crc,
    expected: u32,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.crc.update(&buffer[..read]);
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| invalid("it is longer than its archive says"))?;
        if read == 0 && !buffer.is_empty() {
            if self.left > 0 {
                return Err(invalid("it is shorter than its archive says"));
            }
            if self.crc.sum() != self.expected {
                return Err(invalid("its checksum is wrong"));
            }
        }
        Ok(read)
    }
}

fn invalid(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// Bytes that cannot be had, told to whoever reads.
struct Broken(io::Error);

impl Read for Broken {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::new(self.0.kind(), self.0.to_string()))
    }
}
