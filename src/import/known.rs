//! What earlier imports have recorded of an export.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use data_encoding::BASE64;

use crate::archive::ArchiveError;
use crate::archive::export_record::{self, EntryLine, Line};
use crate::takeout::json;
use crate::takeout::plan::Listed;

/// The record of an export, as an import needs it.
#[derive(Default)]
pub(crate) struct Known {
    /// Fingerprints of parts that were read to their end and were whole, and whether all of them is stored: otherwise what
    /// is in the trash was left out.
    finished: HashMap<String, bool>,
    /// What is recorded of files, by path in the export and size in bytes: digests, hexadecimal.
    pub(crate) files: HashMap<(String, u64), Vec<String>>,
    /// JSON files whose text is recorded, by path and size.
    pub(crate) texts: HashSet<(String, u64)>,
    /// Numbers of the parts that were read.
    pub(crate) numbers: Vec<u32>,
    lines: Vec<EntryLine>,
}

impl Known {
    pub(crate) fn read(manifests: &Path, export: &str) -> Result<Self, ArchiveError> {
        let mut known = Self::default();
        for line in export_record::read(manifests, export)? {
            let line = line.map_err(|error| {
                ArchiveError::storage("read", format!("the record of {export}"), error)
            })?;
            match line {
                Line::Part(part) => {
                    known.numbers.extend(part.number);
                    if let (true, Some(fingerprint)) = (part.whole, part.fingerprint) {
                        *known.finished.entry(fingerprint).or_default() |= !part.without_trash;
                    }
                }
                Line::Entry(entry) => known.remember(entry),
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

    fn remember(&mut self, mut entry: EntryLine) {
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
        entry.part = String::new();
        self.lines.push(entry);
    }

    /// The recorded entries that are not among these: of other parts of the export. With their digests, where they are
    /// photos.
    pub(crate) fn others(&self, here: &HashSet<(String, u64)>) -> Vec<(Listed, Option<String>)> {
        let elsewhere = self
            .lines
            .iter()
            .filter(|line| !here.contains(&(line.entry.clone(), line.size)));
        elsewhere
            .map(|line| {
                let text = match (&line.json, &line.json_base64) {
                    (Some(text), _) => Some(text.clone().into_bytes()),
                    (None, Some(text)) => BASE64.decode(text.as_bytes()).ok(),
                    (None, None) => None,
                };
                let listed = Listed {
                    path: line.entry.clone(),
                    json: text.map(|text| json::read(&text)),
                };
                (listed, line.sha256.clone())
            })
            .collect()
    }
}
