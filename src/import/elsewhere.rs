//! Other exports that have the same bytes, by their records.

use std::collections::HashSet;
use std::path::Path;

use crate::archive::ArchiveError;
use crate::archive::export_record::{self, Line};
use crate::import::known::digest;

/// The exports besides those that were `heard` whose records have some of these digests.
pub(super) fn with(
    manifests: &Path,
    heard: &[&str],
    digests: &HashSet<[u8; 32]>,
) -> Result<Vec<String>, ArchiveError> {
    let mut found = Vec::new();
    for (export, _) in export_record::all(manifests)? {
        if heard.contains(&export.as_str()) {
            continue;
        }
        if has(manifests, &export, digests)? {
            found.push(export);
        }
    }
    Ok(found)
}

fn has(manifests: &Path, export: &str, digests: &HashSet<[u8; 32]>) -> Result<bool, ArchiveError> {
    for line in export_record::read(manifests, export)? {
        let line = line.map_err(|error| {
            ArchiveError::storage("read", format!("the record of {export}"), error)
        })?;
        if is_of(&line.1, digests) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_of(line: &Line, digests: &HashSet<[u8; 32]>) -> bool {
    let Line::Entry(entry) = line else {
        return false;
    };
    let sha256 = entry.sha256.as_deref().and_then(digest);
    sha256.is_some_and(|sha256| digests.contains(&sha256))
}
