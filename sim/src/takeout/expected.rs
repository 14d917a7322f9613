//! What must come of an export, whoever imports it: files, albums, and the class of every entry for the balance sheet.
//!
//! Separate from how it is worked out, so that a test's author reads one page. Where the format reference marks something \[?\] or
//! leaves a choice, an answer is a set, and any member of it is right.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Serialize;

use super::shot::{Flags, Role};

/// Everything that can be asked of an archive after the import of one or more exports.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Expected {
    /// One for each (item, role, bytes).
    pub files: Vec<ExpectedFile>,
    /// One for each entry of each part, in the order of parts and of entries in them.
    pub entries: Vec<ExpectedEntry>,
    pub albums: Vec<ExpectedAlbum>,
    /// SHA-256 of bytes that may be kept or not: hostile entries, JSON that nobody can read. An archive holds media of `files`, of
    /// these, and nothing else.
    pub tolerated: BTreeSet<String>,
}

/// One file that the archive holds, or that was left out for a reason.
#[derive(Debug, Clone, Serialize)]
pub struct ExpectedFile {
    /// Lower-case hexadecimal.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    pub item: OneOf<Identity>,
    pub role: OneOf<Role>,
    pub date: OneOf<Dated>,
    /// Real titles, or the folder's name for an album without one. Of the item, so the same for all its files.
    pub albums: BTreeSet<String>,
    pub flags: Flags,
    pub people: Vec<String>,
    pub description: String,
    /// Latitude, longitude, altitude, where the sidecar that is surely paired has them.
    pub geo: Option<(f64, f64, f64)>,
    /// Where the bytes lie in the export, for messages.
    pub paths: Vec<String>,
    pub kept: Kept,
}

/// What becomes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// In the archive, at least once by hash, as this role of this item.
    Stored,
    /// Not in the archive, and counted as skipped for this reason.
    LeftOut(Reason),
}

/// One entry of one part.
#[derive(Debug, Clone, Serialize)]
pub struct ExpectedEntry {
    /// From 0.
    pub part: usize,
    pub path: String,
    pub size: u64,
    pub class: OneOf<Class>,
    /// The file whose bytes it carries, as an index into [`Expected::files`].
    pub file: Option<usize>,
}

/// An album that has at least one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExpectedAlbum {
    /// From its metadata, else the folder's name.
    pub title: String,
    /// The folder's name was all there is.
    pub untitled: bool,
    pub folder: String,
}

/// Any one of these is right. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OneOf<T>(pub Vec<T>);

impl<T: PartialEq> OneOf<T> {
    pub fn only(answer: T) -> Self {
        Self(vec![answer])
    }

    pub fn allows(&self, answer: &T) -> bool {
        self.0.contains(answer)
    }

    /// The answer, if there is only one.
    pub fn certain(&self) -> Option<&T> {
        match self.0.as_slice() {
            [answer] => Some(answer),
            _ => None,
        }
    }
}

/// What makes an item the same item (issue 4 §2): the sidecar's `url`, else the hash of its original.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    Url(String),
    /// SHA-256, lower-case hexadecimal.
    Hash(String),
}

/// A date and the rung of the ladder (§7) that it stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Dated {
    pub source: DateSource,
    /// The instant, where it is known.
    pub at: Option<DateTime<Utc>>,
    /// The wall time where the photo was taken, where it is known.
    pub local: Option<NaiveDateTime>,
}

/// The rungs of §7, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DateSource {
    Exif,
    QuickTimeKeys,
    QuickTimeCreateDate,
    Xmp,
    Sidecar,
    FileName,
    YearFolder,
    None,
}

/// The columns of the balance sheet (issue 4 §3): every entry is in exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The first copy of an original.
    MediaStored,
    /// Bytes that the archive holds already.
    Duplicate,
    /// The first copy of an edited version or of the film of a live photo.
    Companion,
    /// A sidecar of a photo that is there, or the metadata of an album.
    MetadataUsed,
    MetadataUnused,
    /// The index page, `print-subscriptions.json` and their like.
    Special,
    OtherProduct,
    Skipped(Reason),
}

/// Why an entry was not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    Trashed,
    /// `..`, an absolute path, a drive, NUL: nothing may be written where it says.
    UnsafePath,
    /// A symbolic or hard link, a device, a pipe.
    NotAFile,
    /// Wrong checksum, lying sizes, cut off.
    Damaged,
    /// A second entry of one name, or data shared by two entries.
    Ambiguous,
    /// Larger, or more strongly compressed, than a photo can be.
    Bomb,
    /// Encrypted or of an unknown method.
    Unsupported,
}

impl Expected {
    /// How many entries of each class there are over all parts. A range where the reference leaves it open; the order of parts and
    /// entries never matters.
    pub fn totals(&self) -> BTreeMap<Class, RangeInclusive<usize>> {
        let mut totals = BTreeMap::<Class, RangeInclusive<usize>>::new();
        let mut add = |class: Class, least: usize, most: usize| {
            let total = totals.entry(class).or_insert(0..=0);
            *total = total.start() + least..=total.end() + most;
        };
        let mut copies = vec![Vec::new(); self.files.len()];
        for entry in &self.entries {
            match entry.file {
                Some(file) => copies[file].push(entry),
                None => {
                    for class in &entry.class.0 {
                        add(*class, usize::from(entry.class.0.len() == 1), 1);
                    }
                }
            }
        }
        for entries in copies {
            // One copy is the first and the others are duplicates, whichever comes first.
            let firsts: BTreeSet<Class> = entries
                .iter()
                .flat_map(|entry| entry.class.0.iter().copied())
                .filter(|class| *class != Class::Duplicate)
                .collect();
            let may_all_be_copies = entries
                .iter()
                .all(|entry| entry.class.0[0] == Class::Duplicate);
            let certain = firsts.len() == 1 && !may_all_be_copies;
            let repeats = matches!(firsts.first(), Some(Class::Skipped(_)));
            for class in &firsts {
                let all = if repeats { entries.len() } else { 1 };
                add(*class, if certain { all } else { 0 }, all);
            }
            if !repeats {
                let most = entries.len() - usize::from(!may_all_be_copies);
                add(Class::Duplicate, entries.len() - 1, most);
            }
        }
        totals.retain(|_, total| *total.end() > 0);
        totals
    }

    /// Whether a balance sheet is right: its classes lie in the ranges and add up to the number of entries.
    pub fn check(&self, sheet: &BTreeMap<Class, usize>) -> Result<(), String> {
        let sum: usize = sheet.values().sum();
        if sum != self.entries.len() {
            return Err(format!(
                "{sum} entries are accounted for, not {}",
                self.entries.len()
            ));
        }
        let totals = self.totals();
        for (class, range) in &totals {
            let count = sheet.get(class).copied().unwrap_or(0);
            if !range.contains(&count) {
                return Err(format!("{class:?}: {count} entries, not {range:?}"));
            }
        }
        match sheet
            .iter()
            .find(|(class, count)| **count > 0 && !totals.contains_key(class))
        {
            Some((class, count)) => Err(format!("{class:?}: {count} entries, not 0")),
            None => Ok(()),
        }
    }

    /// The hashes that must be in the archive.
    pub fn stored(&self) -> BTreeSet<&str> {
        let stored = |file: &&ExpectedFile| file.kept == Kept::Stored;
        let hashes = self.files.iter().filter(stored);
        hashes.map(|file| file.sha256.as_str()).collect()
    }
}
