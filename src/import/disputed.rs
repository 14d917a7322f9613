//! Addresses that two photos claim, whichever exports they are of and whenever these are imported.

use std::collections::BTreeSet;

use crate::archive::ArchiveError;
use crate::archive::index::Rows;
use crate::import::known::key;
use crate::import::look::Export;
use crate::media::item::SourceName;
use crate::takeout::plan::{Media, Verdict, disputes};

/// Notes who claims which address, and marks in every plan what is claimed by two. Returns these addresses.
pub(super) fn mark(
    rows: &Rows<'_>,
    exports: &mut [Export],
) -> Result<BTreeSet<String>, ArchiveError> {
    let mut disputed = BTreeSet::new();
    for export in exports.iter() {
        let counts = |entry| is_proven(export, entry) && is_described_truly(export, entry);
        for (id, stem) in disputes::claims(&export.entries, &export.plan.verdicts, counts) {
            if rows.claim_address(id, stem.as_deref())? {
                disputed.insert(id.to_owned());
            }
        }
    }
    if !disputed.is_empty() {
        for export in exports {
            let verdicts = &mut export.plan.verdicts;
            disputes::mark(&export.entries, verdicts, |id| disputed.contains(id));
        }
    }
    Ok(disputed)
}

/// Whether a photo's bytes, and so its name, are what was exported: one that was read wrong takes nobody's address.
fn is_proven(export: &Export, entry: usize) -> bool {
    let Some(recorded) = entry.checked_sub(export.catalog.origins.len()) else {
        return export.is_proven(entry);
    };
    let doubted = &export.known.doubted;
    let path = key(&export.entries[entry].path);
    let sha256 = export.recorded[recorded].sha256.as_deref();
    sha256.is_none_or(|sha256| !doubted.is_open(path, key(sha256)))
}

/// Whether what describes a photo is what was exported.
fn is_described_truly(export: &Export, entry: usize) -> bool {
    let Verdict::Media(Media {
        sidecar: Some(sidecar),
        ..
    }) = &export.plan.verdicts[entry]
    else {
        return true;
    };
    match sidecar.checked_sub(export.catalog.origins.len()) {
        Some(recorded) => !export.recorded[recorded].is_doubted,
        None => export.is_proven(*sidecar),
    }
}

/// Takes these addresses from the photos that have them. Returns the ids that these have now.
pub(super) fn give_up(
    rows: &Rows<'_>,
    disputed: &BTreeSet<String>,
    run: i64,
) -> Result<Vec<String>, ArchiveError> {
    let mut ids = Vec::new();
    for id in disputed {
        ids.extend(rows.give_up(SourceName::Takeout.as_str(), id, run)?);
    }
    Ok(ids)
}
