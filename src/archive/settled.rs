//! What the records of exports say of files for whose bytes nothing vouched, and at whose paths a whole part has something by
//! now: old manifests still list them.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::archive::ArchiveError;
use crate::archive::export_record::{self, Line};

/// Digests of such files, lower-case hexadecimal.
#[derive(Default)]
pub(super) struct Settled {
    /// Something else: these were wrong.
    wrong: HashSet<String>,
    /// The same: these were right, and a newer manifest says whose.
    right: HashSet<String>,
}

impl Settled {
    pub(super) fn read(manifests: &Path) -> Result<Self, ArchiveError> {
        let (mut settled, mut unsettled) = (Self::default(), HashSet::new());
        for (export, _) in export_record::all(manifests)? {
            let mut open: HashMap<String, HashSet<String>> = HashMap::new();
            for line in export_record::read(manifests, &export)? {
                let line = line.map_err(|error| {
                    ArchiveError::storage("read", format!("the record of {export}"), error)
                })?;
                let (_, Line::Entry(entry)) = line else {
                    continue;
                };
                let Some(sha256) = entry.sha256 else {
                    continue;
                };
                if entry.unproven {
                    open.entry(entry.entry).or_default().insert(sha256);
                    continue;
                }
                for before in open.remove(&entry.entry).into_iter().flatten() {
                    if before == sha256 {
                        settled.right.insert(before);
                    } else {
                        settled.wrong.insert(before);
                    }
                }
            }
            unsettled.extend(open.into_values().flatten());
        }
        settled.wrong.retain(|digest| !unsettled.contains(digest));
        settled.right.retain(|digest| !unsettled.contains(digest));
        Ok(settled)
    }

    /// Whether a row that has the mark is no longer so. `is_elsewhere`: a newer manifest says whose the file at its path is.
    pub(super) fn is_outdated(&self, sha256: &str, is_elsewhere: bool) -> bool {
        self.wrong.contains(sha256) || is_elsewhere && self.right.contains(sha256)
    }
}
