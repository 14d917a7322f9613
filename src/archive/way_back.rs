//! How a damaged or missing file can be had again: by whatever brought it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use data_encoding::HEXLOWER;
use rusqlite::Connection;

use crate::archive::checks::Problem;
use crate::archive::examine::Verdict;
use crate::archive::export_record::{self, Line};
use crate::archive::verify::Finding;
use crate::archive::{ArchiveError, Paths};
use crate::media::item::SourceName;

/// How a file can be had again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WayBack {
    /// Its bytes are elsewhere: a repair records them there.
    Follow,
    /// A repair asks the Library for it.
    Fetch,
    /// The same, were it not that most files are gone, which a repair takes for a disk that is not mounted.
    Restore,
    /// An export has it: in these parts, as they were called when they were read; none where their record is lost.
    Import { parts: BTreeSet<String> },
    /// A person has to select it.
    Pick,
    /// A repair has asked the Library, which no longer has it, and nothing else brought it.
    Gone,
}

/// Finds the way back of every damaged file; `open` is what former checks have found. What no item needs any more has none.
pub(super) fn find(
    connection: &Connection,
    paths: &Paths,
    open: &BTreeMap<String, Problem>,
    findings: &mut [Finding],
) -> Result<(), ArchiveError> {
    let mut exported: HashMap<String, BTreeSet<String>> = HashMap::new();
    for finding in findings.iter_mut() {
        finding.way_back = match finding.verdict {
            Verdict::Misplaced { .. } => Some(WayBack::Follow),
            Verdict::Unreadable {
                is_broken: false, ..
            } => None,
            ref verdict if verdict.is_damage() => {
                let known = open.get(&finding.record.path);
                let is_gone = known.is_some_and(|problem| problem.is_gone);
                source(connection, finding.record.file, is_gone)?
            }
            _ => None,
        };
        if let Some(WayBack::Import { .. }) = finding.way_back {
            exported.insert(HEXLOWER.encode(&finding.record.sha256), BTreeSet::new());
        }
    }
    if exported.is_empty() {
        return Ok(());
    }
    // A list that cannot be read is no reason to say nothing of the rest.
    for (export, _) in export_record::all(&paths.manifests).unwrap_or_default() {
        for (_, line) in export_record::read(&paths.manifests, &export)?.flatten() {
            if let Line::Entry(entry) = line
                && let Some(digest) = &entry.sha256
                && let Some(parts) = exported.get_mut(digest)
            {
                parts.insert(entry.part);
            }
        }
    }
    for finding in findings {
        if let Some(WayBack::Import { parts }) = &mut finding.way_back {
            let found = exported.get(&HEXLOWER.encode(&finding.record.sha256));
            parts.extend(found.into_iter().flatten().cloned());
        }
    }
    Ok(())
}

/// What a repair would do, done by a run that is told to restore: a repair would refuse it.
pub(super) fn by_restoring(findings: &mut [Finding]) {
    for finding in findings {
        if let Some(WayBack::Fetch | WayBack::Follow) = finding.way_back {
            finding.way_back = Some(WayBack::Restore);
        }
    }
}

/// By the sources of the items that have the file, the one first that costs a person least.
fn source(
    connection: &Connection,
    file: i64,
    is_gone: bool,
) -> Result<Option<WayBack>, ArchiveError> {
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT source FROM roles JOIN items USING (item)
         WHERE file = ?1 AND state IN ('done', 'failed', 'wanted')",
    )?;
    let sources = statement.query_map([file], |row| row.get::<_, String>(0))?;
    let sources: Vec<String> = sources.collect::<Result<_, _>>()?;
    let has = |source: SourceName| sources.iter().any(|found| found == source.as_str());
    Ok(if has(SourceName::Library) && !is_gone {
        Some(WayBack::Fetch)
    } else if has(SourceName::Takeout) {
        let parts = BTreeSet::new();
        Some(WayBack::Import { parts })
    } else if has(SourceName::Picker) {
        Some(WayBack::Pick)
    } else if has(SourceName::Library) {
        Some(WayBack::Gone)
    } else {
        None
    })
}
