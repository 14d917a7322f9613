//! Files that a part has brought which is not read again, and that are not in the archive any more: to skip the part and to
//! say nothing would hide that something is lost.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;

use data_encoding::HEXLOWER;
use serde::{Serialize, Serializer};

use crate::archive::export_record::{self, Line};
use crate::archive::store::Store;
use crate::archive::{self, ArchiveError, Paths};
use crate::http::Stop;
use crate::import::outcome::Outcome;

/// Files of one export that are not in the archive any more.
#[derive(Debug, Serialize)]
pub(crate) struct Missing {
    pub(crate) export: String,
    pub(crate) files: u64,
    /// The parts that have them, as they were called when they were read.
    pub(crate) parts: BTreeSet<String>,
    /// Where those of them lie that this import was given, by name.
    #[serde(serialize_with = "as_texts")]
    pub(crate) paths: BTreeMap<String, PathBuf>,
}

/// A path that is no text must not keep the rest from being told.
fn as_texts<S: Serializer>(paths: &BTreeMap<String, PathBuf>, to: S) -> Result<S::Ok, S::Error> {
    let paths = paths.iter();
    to.collect_map(paths.map(|(name, path)| (name, path.display().to_string())))
}

/// Of every export of which a part was left out because it was imported before.
pub(super) fn missing(
    outcomes: &[Outcome],
    (paths, store): (&Paths, &Store),
    stop: &Stop,
) -> Result<Vec<Missing>, ArchiveError> {
    let exports = outcomes.iter().map(|outcome| &outcome.export);
    let exports: Vec<_> = exports
        .filter(|export| !export.finished.is_empty())
        .collect();
    if exports.is_empty() {
        return Ok(Vec::new());
    }
    let nowhere = archive::reader(paths, store)?.nowhere(stop)?;
    let nowhere: HashSet<String> = nowhere.iter().map(|one| HEXLOWER.encode(one)).collect();
    if nowhere.is_empty() {
        return Ok(Vec::new());
    }
    let mut all = Vec::new();
    for export in exports {
        let (mut files, mut parts) = (HashSet::new(), BTreeSet::new());
        // A line that cannot be read is the next verification's to tell.
        for (_, line) in export_record::read(&paths.manifests, &export.id)?.flatten() {
            if let Line::Entry(entry) = line
                && let Some(digest) = entry.sha256.filter(|digest| nowhere.contains(digest))
            {
                files.insert(digest);
                parts.insert(entry.part);
            }
        }
        if !files.is_empty() {
            let given = export.finished.iter().map(|part| {
                let path = std::path::absolute(&part.path);
                (part.name(), path.unwrap_or_else(|_| part.path.clone()))
            });
            all.push(Missing {
                export: export.id.clone(),
                files: files.len() as u64,
                paths: given.filter(|(name, _)| parts.contains(name)).collect(),
                parts,
            });
        }
    }
    Ok(all)
}
