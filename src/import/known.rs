//! What earlier imports have recorded of an export.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::archive::ArchiveError;
use crate::archive::export_record::{self, EntryLine, Line};
use crate::takeout::json::{self, Json};
use crate::takeout::plan::Listed;

/// The record of an export, as an import needs it.
#[derive(Default)]
pub(crate) struct Known {
    /// Fingerprints of parts that were read to their end and were whole, and whether all of them is stored: otherwise what
    /// is in the trash was left out.
    finished: HashMap<String, bool>,
    /// Bytes of these parts, of those that have to be read whole to be told from others.
    pub(crate) finished_sizes: HashSet<u64>,
    /// What is recorded of files, by path in the export and size in bytes: digests, hexadecimal.
    pub(crate) files: HashMap<(String, u64), Vec<String>>,
    /// JSON files whose text is recorded, by path and size.
    pub(crate) texts: HashSet<(String, u64)>,
    /// Numbers of the parts that were read.
    pub(crate) numbers: Vec<u32>,
    /// When the export was made, where a part has told: seconds since 1970.
    pub(crate) exported: Option<i64>,
    entries: Vec<Recorded>,
}

/// An entry that is recorded.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) listed: Listed,
    /// Bytes.
    size: u64,
    /// Of a photo's bytes, hexadecimal.
    pub(crate) sha256: Option<String>,
    /// Where its line begins.
    pub(crate) line: u64,
}

impl Known {
    pub(crate) fn read(manifests: &Path, export: &str) -> Result<Self, ArchiveError> {
        let mut known = Self::default();
        for line in export_record::read(manifests, export)? {
            let (at, line) = line.map_err(|error| {
                ArchiveError::storage("read", format!("the record of {export}"), error)
            })?;
            match line {
                Line::Part(part) => {
                    known.numbers.extend(part.number);
                    known.exported = known.exported.max(part.exported);
                    if let (true, Some(fingerprint)) = (part.whole, part.fingerprint) {
                        known.finished_sizes.extend(part.bytes);
                        *known.finished.entry(fingerprint).or_default() |= !part.without_trash;
                    }
                }
                Line::Entry(entry) => known.remember(entry, at),
            }
        }
        Ok(known)
    }

    /// Whether there is nothing more to be had of a part.
    pub(crate) fn is_finished(&self, fingerprint: &str, with_trash: bool) -> bool {
        self.finished
            .get(fingerprint)
            .is_some_and(|has_all| *has_all || !with_trash)
    }

    fn remember(&mut self, entry: EntryLine, line: u64) {
        // Only with its last piece is a large text there.
        if entry.piece.is_some_and(|(number, of)| number + 1 != of) {
            return;
        }
        let key = (entry.entry.clone(), entry.size);
        match &entry.sha256 {
            Some(sha256) => {
                let digests = self.files.entry(key).or_default();
                if digests.contains(sha256) {
                    return;
                }
                digests.push(sha256.clone());
            }
            None if !self.texts.insert(key) => return,
            None => {}
        }
        let json = match entry.piece {
            Some(_) => Some(Json::Unreadable),
            None => entry.text().map(|text| json::read(&text)),
        };
        self.entries.push(Recorded {
            listed: Listed {
                path: entry.entry,
                json,
            },
            size: entry.size,
            sha256: entry.sha256,
            line,
        });
    }

    /// Takes out the recorded entries that are not among these: of other parts of the export.
    pub(crate) fn take_others(&mut self, here: &HashSet<(String, u64)>) -> Vec<Recorded> {
        let entries = std::mem::take(&mut self.entries).into_iter();
        let is_here = |entry: &Recorded| here.contains(&(entry.listed.path.clone(), entry.size));
        entries.filter(|entry| !is_here(entry)).collect()
    }
}
