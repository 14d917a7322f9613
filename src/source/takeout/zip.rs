//! A zip archive, read in place.
//!
//! The central directory is what counts. Where a local header has another name for an entry, one of the two is damaged, and
//! neither is believed. Where there is no directory (a download that was cut short), the local headers are searched for
//! instead, and the part counts as damaged.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::source::takeout::directory::{Place, directory};
use crate::source::takeout::part::open;
use crate::source::takeout::unpack::bytes_of;
use crate::source::takeout::{
    Entry, Integrity, PartError, Skip, Visitor, WalkError, hand, is_photo_like, is_plausible,
    names, salvage,
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
                "it has no readable directory ({error}); perhaps it was not downloaded to its end"
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
    let roots = names::roots(&records);
    let mut ordinal = 0;
    for record in records {
        let (entry_path, skip) = match &record.path {
            Ok(path) => (path.clone(), record.skip),
            Err(path) => (path.clone(), Some(Skip::NoName)),
        };
        if let Some(skip) = skip {
            if skip.is_loss() {
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
        let mut bytes = bytes_of(&record, archive.as_ref(), &reading);
        hand(visitor, &entry, &mut bytes, &mut integrity).map_err(WalkError::Own)?;
    }
    Ok(integrity)
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
