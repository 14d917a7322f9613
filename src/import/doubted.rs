//! What the record of an export has from parts that were found damaged and that have one checksum for all their bytes: kept,
//! because it may be all that is left of a photo, and believed until the same path comes from a part that is whole.

use std::collections::{HashMap, HashSet};

use crate::archive::export_record::EntryLine;
use crate::import::fate::Fate;
use crate::import::known::{digest, key};
use crate::import::look::Export;
use crate::import::outcome::Outcome;
use crate::source::takeout::Integrity;

/// Entries of one export whose bytes nothing vouched for when they were recorded.
#[derive(Default)]
pub(crate) struct Doubted {
    /// Files, by the [`key`] of the path: also those that are proven by now.
    files: HashMap<u64, Vec<Doubt>>,
    /// The keys of a path and of a digest or text, of which nothing better is known.
    open: HashSet<(u64, u64)>,
}

struct Doubt {
    sha256: [u8; 32],
    /// The [`key`] of the same as text.
    content: u64,
    /// The [`key`] of the name of its part.
    part: u64,
}

impl Doubted {
    /// `content` is the [`key`] of the line's digest or text.
    pub(super) fn doubt(&mut self, line: &EntryLine, content: u64) {
        let path = key(&line.entry);
        self.open.insert((path, content));
        if let Some(sha256) = line.sha256.as_deref().and_then(digest) {
            let part = key(&line.part);
            self.files.entry(path).or_default().push(Doubt {
                sha256,
                content,
                part,
            });
        }
    }

    /// A part that is whole has this at the path.
    pub(super) fn settle(&mut self, path: u64, content: u64) {
        self.open.remove(&(path, content));
    }

    pub(crate) fn is_open(&self, path: u64, content: u64) -> bool {
        self.open.contains(&(path, content))
    }

    /// The files at a path of which nothing better is known.
    pub(crate) fn at(&self, path: &str) -> Vec<[u8; 32]> {
        let path = key(path);
        let doubts = self.files.get(&path).into_iter().flatten();
        let doubts = doubts.filter(|doubt| self.is_open(path, doubt.content));
        doubts.map(|doubt| doubt.sha256).collect()
    }
}

/// The digests that are no longer in doubt after an import: what a part that is whole has at their paths is here. Whatever
/// still has the mark and one of these digests is not of the export.
pub(crate) fn settled(outcome: &Outcome) -> HashSet<[u8; 32]> {
    let export = &outcome.export;
    let doubted = &export.known.doubted;
    if doubted.files.is_empty() {
        return HashSet::new();
    }
    let here: HashSet<u64> = proven(export)
        .filter(|entry| {
            let fate = outcome.imported.fates[*entry].as_ref();
            matches!(fate, Some(Fate::Stored | Fate::Duplicate | Fate::Companion))
        })
        .map(|entry| key(&export.entries[entry].path))
        .collect();
    let parts = export.parts.iter().zip(&export.catalog.integrity);
    let parts = parts.zip(&outcome.read);
    let whole: HashSet<u64> = parts
        .filter(|((_, integrity), is_read)| **integrity == Integrity::Whole && **is_read)
        .map(|((part, _), _)| key(&part.name()))
        .collect();
    let listed: HashSet<u64> = proven(export)
        .map(|entry| key(&export.entries[entry].path))
        .collect();
    let (mut settled, mut kept) = (HashSet::new(), HashSet::new());
    for (path, doubts) in &doubted.files {
        for doubt in doubts {
            // A path that the whole part does not have was read wrong.
            let is_none = !listed.contains(path) && whole.contains(&doubt.part);
            if here.contains(path) || is_none {
                settled.insert(doubt.sha256);
            } else {
                kept.insert(doubt.sha256);
            }
        }
    }
    &settled - &kept
}

/// The entries that are read from parts of which nothing is in doubt.
fn proven(export: &Export) -> impl Iterator<Item = usize> {
    (0..export.catalog.origins.len()).filter(|entry| export.is_proven(*entry))
}
