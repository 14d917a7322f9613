//! The directory of a zip archive: what stands at its end, and which entries it is not to be believed about.

use std::fs::File;

use chrono::NaiveDate;
use rawzip::time::ZipDateTimeKind;
use rawzip::{
    CompressionMethod, FileReader, RECOMMENDED_BUFFER_SIZE, ZipArchive, ZipArchiveEntryWayfinder,
};

use crate::source::takeout::Skip;
use crate::source::takeout::entry::path_of;

/// What the end of an archive says of its entries.
pub(super) struct Directory {
    pub(super) archive: ZipArchive<FileReader>,
    pub(super) records: Vec<Record>,
    /// It has as many entries as it says.
    pub(super) is_complete: bool,
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
        if records.len() == records.capacity() {
            // By an eighth, not twofold: there may be a million of them.
            let more = records.len() / 8 + 64;
            records.reserve_exact(more);
            starts.reserve_exact(more);
        }
        starts.push((header.local_header_offset(), records.len()));
        records.push(Record {
            path: path_of(header.file_path().as_bytes()),
            skip,
            method,
            place: Place::Header(header.wayfinder()),
            header: Some(header.local_header_offset()),
            packed: header.compressed_size_hint(),
            size: header.uncompressed_size_hint(),
            crc: header.crc32(),
            modified: modified(&header.last_modified()),
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

/// Where the directory begins that an archive has at its end; `None` where none can be found.
pub(super) fn offset(file: File) -> Option<u64> {
    let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
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
