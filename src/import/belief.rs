//! How far the bytes of an entry can be believed: a tar archive has one checksum for all of them, and where that is wrong, any
//! may be.

use std::collections::HashMap;

use crate::archive::ArchiveError;
use crate::archive::staged::UNPROVEN;
use crate::archive::unproven::Belief;
use crate::import::fate::{DAMAGED, Fate};
use crate::import::known::key;
use crate::import::look::Export;
use crate::import::second::Bytes;
use crate::import::store::Importer;
use crate::source::takeout::Integrity;

/// Why bytes are left out for which nothing vouches.
const OUTDONE: &str = "its part is damaged, and a whole part has other bytes there";

/// Entries whose parts vouch for their bytes, by the [`key`] of the path; none where all parts do.
pub(super) fn vouched(export: &Export) -> HashMap<u64, usize> {
    let parts = &export.catalog.integrity;
    if parts.iter().all(Integrity::is_proven) {
        return HashMap::new();
    }
    let entries = 0..export.catalog.origins.len();
    let vouched = entries.filter(|entry| export.is_proven(*entry));
    vouched
        .map(|entry| (key(&export.entries[entry].path), entry))
        .collect()
}

impl Importer<'_> {
    pub(super) fn belief(&self, entry: usize, sha256: &[u8; 32]) -> Belief {
        if !self.export.is_proven(entry) {
            return Belief::Unproven;
        }
        let path = &self.export.entries[entry].path;
        let mut instead_of = self.export.known.doubted.at(path);
        instead_of.retain(|doubted| doubted != sha256);
        self.settling.proven(instead_of)
    }

    /// What the manifest is to say of an entry.
    pub(super) fn noted(&self, entry: usize, note: Option<String>) -> Option<String> {
        if self.export.is_proven(entry) {
            return note;
        }
        Some(match note {
            Some(note) => format!("{note}; {UNPROVEN}"),
            None => UNPROVEN.to_owned(),
        })
    }

    /// Whether nothing vouches for bytes, and a part that is whole has other ones at their path.
    pub(super) fn is_outdone(&self, entry: usize, sha256: &[u8; 32], digest: &str) -> bool {
        let export = self.export;
        if export.is_proven(entry) {
            return false;
        }
        let path = export.entries[entry].path.as_str();
        let place = (path.to_owned(), export.catalog.origins[entry].size);
        let recorded = export.known.files.get(&place).into_iter().flatten();
        let doubted = &export.known.doubted;
        let mut proven = recorded
            .filter(|known| !doubted.is_open(key(path), key(known.as_str())))
            .peekable();
        if proven.peek().is_some() {
            return proven.all(|known| known != digest);
        }
        let here = self.vouched.get(&key(path));
        let here = here.and_then(|here| self.imported.fates.get(*here));
        here.is_some_and(|fate| !matches!(fate, Some(Fate::Skipped(_))))
            && !self.met.contains_key(sha256)
    }

    pub(super) fn leave_out(&mut self, entry: usize, bytes: &Bytes) -> Result<(), ArchiveError> {
        self.imported.fates[entry] = Some(Fate::Skipped(DAMAGED.to_owned()));
        self.imported.troubles.push((entry, OUTDONE.to_owned()));
        self.discard(bytes)
    }
}
