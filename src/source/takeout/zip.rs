//! A zip archive, read in place.
//!
//! The central directory is what counts. Where a local header has another name for an entry, one of the two is damaged, and
//! neither is believed. Where there is no directory (a download that was cut short), the local headers are searched for
//! instead, and the part counts as damaged.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::source::takeout::directory::{self, Directory, Place};
use crate::source::takeout::part::open;
use crate::source::takeout::salvage::Salvaged;
use crate::source::takeout::unpack::bytes_of;
use crate::source::takeout::{
    Entry, Integrity, PartError, Skip, Visitor, WalkError, hand, is_plausible, names,
};

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
    let directory = match believable(file, &reading) {
        Ok(directory) => {
            if !directory.is_complete {
                integrity.note("its directory has another number of entries than it says");
            }
            Some(directory)
        }
        Err(error) => {
            integrity.note(format!(
                "it has no readable directory ({error}); perhaps it was not downloaded to its end"
            ));
            None
        }
    };
    let mut salvaged = Salvaged::default();
    if directory.is_none() {
        salvaged = Salvaged::of(&reading, packed).map_err(unreadable)?;
    }
    let (roots, unpacked) = match &directory {
        Some(directory) => (&directory.roots, directory.unpacked),
        None => (&salvaged.roots, salvaged.unpacked),
    };
    if !is_plausible(packed, unpacked) {
        return Err(WalkError::Part(PartError::Implausible {
            path: path.to_owned(),
            why: format!("claims to hold {} GiB in {packed} bytes", unpacked >> 30),
        }));
    }
    let mut buffer = directory::buffer();
    let listed = directory
        .as_ref()
        .map(|directory| directory.records(&mut buffer));
    let records = listed.into_iter().flatten();
    let records = records.chain(salvaged.records.into_iter().map(Ok));
    let archive = directory.as_ref().map(|directory| &directory.archive);
    let mut ordinal = 0;
    for record in records {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                integrity.note(format!("its directory can no longer be read ({error})"));
                break;
            }
        };
        let (entry_path, skip) = match &record.path {
            Ok(path) => (path.clone(), record.skip),
            Err(path) => (path.clone(), Some(Skip::NoName)),
        };
        if let Some(skip) = skip {
            if skip.is_damage() {
                integrity.note(format!("{entry_path}: {}", skip.reason()));
            }
            visitor.skipped(&entry_path, skip).map_err(WalkError::Own)?;
            continue;
        }
        let mut entry = Entry {
            path: entry_path,
            size: record.size,
            crc: Some(record.crc),
            ordinal,
            other_name: None,
            modified: record.modified,
        };
        ordinal += 1;
        if matches!(record.place, Place::Gone) {
            let why = "the archive ends inside it";
            integrity.note(format!("{}: {why}", entry.path));
            visitor.damaged(&entry, why).map_err(WalkError::Own)?;
            continue;
        }
        // Of what does not lie where the others do, the name may be all that is wrong.
        let is_astray = roots.is_astray(&entry.path);
        if is_astray && let Some(other) = names::other(&reading, &record, &entry.path) {
            let doubted = std::mem::replace(&mut entry.path, other);
            entry.other_name = Some(doubted);
            note_doubt(&entry, &mut integrity);
        }
        if !visitor.wants(&entry).map_err(WalkError::Own)? {
            continue;
        }
        if !is_astray {
            entry.other_name = names::other(&reading, &record, &entry.path);
            note_doubt(&entry, &mut integrity);
        }
        let mut bytes = bytes_of(&record, archive, &reading);
        hand(visitor, &entry, &mut bytes, &mut integrity).map_err(WalkError::Own)?;
    }
    Ok(integrity)
}

/// The directory of an archive, unless what is there is none of it.
fn believable(file: File, reading: &File) -> Result<Directory, String> {
    let found = directory::directory(file).map_err(|error| error.to_string())?;
    // What a comment holds can look like the directory of an empty archive.
    if found.archive.entries_hint() == 0 && begins_with_entry(reading) {
        return Err("it is empty, and the archive is not".to_owned());
    }
    Ok(found)
}

fn note_doubt(entry: &Entry, integrity: &mut Integrity) {
    if let Some(doubt) = entry.doubt() {
        integrity.note(format!("{}: {doubt}", entry.path));
    }
}

fn begins_with_entry(file: &File) -> bool {
    let mut start = [0; 4];
    file.read_exact_at(&mut start, 0).is_ok() && start == *b"PK\x03\x04"
}
