//! An index that was lost, or that is older than the archive, filled from the manifests and the folder, so that nothing
//! intact is fetched again.
//!
//! A manifest row is believed only as far as the folder bears it out: the file must be there and have the row's size and
//! SHA-256. The newest manifest is read first, so that what it says of an item wins. All of it is one transaction: one
//! that is cut short leaves the index as it was, and the next start begins again.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::path::Path;

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use crate::archive::index::{Index, Sync};
use crate::archive::loss::{Loss, check_loss};
use crate::archive::restore::{Restorer, is_held};
use crate::archive::survey::Survey;
use crate::archive::tree::Tree;
use crate::archive::{ArchiveError, Paths, about, manifest, row};
use crate::http::Stop;

/// What was found in manifests that the index did not know.
#[derive(Debug, Default)]
pub(crate) struct Rebuilt {
    /// The index held nothing before.
    pub(crate) was_blank: bool,
    /// Files that are as the manifests say.
    pub(crate) found: usize,
    /// Of these, files under another path than the manifests say.
    pub(crate) moved: usize,
    /// Manifests that could not be read, or not all of them: how many lines, where that can be said.
    pub(crate) unreadable: BTreeMap<String, usize>,
    /// Paths where no file is as the manifests say, as numbers: a million of them must fit into memory.
    pub(super) missing: Numbers,
    /// The same of paths whose file cannot be read.
    pub(super) unread: Numbers,
}

pub(super) type Numbers = HashSet<u64, BuildHasherDefault<DefaultHasher>>;

/// Whether there is a manifest that the index does not know.
pub(super) fn is_behind(connection: &Connection, archive: &Paths) -> Result<bool, ArchiveError> {
    let known = about::manifests(connection)?;
    let folder = &archive.manifests;
    let names = names(folder)?;
    Ok(names
        .iter()
        .any(|name| !about::is_taken_in(&known, folder, name)))
}

/// Whether the index knows of no file although a manifest lists one that was stored: it was lost, and no run has brought it
/// back yet. One that was refused, or that died, has left an empty one.
pub(super) fn is_due(connection: &Connection, archive: &Paths) -> Result<bool, ArchiveError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM files WHERE state <> 'claimed')";
    Ok(!connection.query_row(sql, [], |row| row.get::<_, bool>(0))? && is_listed(archive)?)
}

/// Whether a manifest lists a file that was stored.
pub(super) fn is_listed(archive: &Paths) -> Result<bool, ArchiveError> {
    if !archive.manifests.is_dir() {
        return Ok(false);
    }
    for name in names(&archive.manifests)?.iter().rev() {
        // What cannot be read is said by the run that rebuilds.
        let path = archive.manifests.join(name);
        let rows = row::read(&path);
        let mut rows = rows.into_iter().flatten().flatten();
        if rows.any(|row| is_held(&row) && row.is_possible() && !row.local_path.is_empty()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes in what the index does not know: every manifest if it is blank, otherwise those that it has not seen yet.
pub(crate) fn take_in(
    index: &mut Index,
    tree: &mut Tree,
    archive: &Paths,
    now: DateTime<Utc>,
    loss: Loss,
    stop: &Stop,
) -> Result<Rebuilt, ArchiveError> {
    let mut rebuilt = Rebuilt {
        was_blank: index.is_blank()?,
        ..Rebuilt::default()
    };
    let names = names(&archive.manifests)?;
    let survey = Survey::new(Some(tree.store().clone()));
    // Only when something is not where it should be. What the index knows is looked at too: items may share it.
    let mut look = || {
        survey.take(stop, |_| Ok(false))?;
        Ok(survey.clone())
    };
    index.transact(Sync::Now, |rows| {
        let newest = rows.newest_manifest()?;
        let unknown = rows.unknown_manifests(&names, &archive.manifests)?;
        let wanted = if rebuilt.was_blank { names } else { unknown };
        let mut wanted: Vec<String> = wanted.into_iter().collect();
        wanted.sort_by(|a, b| about::moment(a).cmp(about::moment(b)));
        let mut restorer = Restorer {
            rows,
            tree,
            look: &mut look,
            now,
            manifests: &archive.manifests,
            settled: None,
            rebuilt: &mut rebuilt,
            is_newer: true,
            told: Numbers::default(),
        };
        for name in wanted.iter().rev() {
            let path = archive.manifests.join(name);
            let as_it_is = about::as_it_is(&path, name);
            let is_older = |newest: &String| about::moment(name) < about::moment(newest);
            restorer.is_newer = !newest.as_ref().is_some_and(is_older);
            let (Ok(listed), Ok(is_whole)) = (row::read(&path), row::is_whole(&path)) else {
                restorer.rebuilt.unreadable.insert(name.clone(), 0);
                continue;
            };
            let mut bad = usize::from(!is_whole);
            for row in listed {
                if stop.soon.is_cancelled() {
                    return Err(ArchiveError::Stopped);
                }
                match row {
                    Ok(row) if row.is_possible() => restorer.restore(&row)?,
                    _ => bad += 1,
                }
            }
            if bad == 0 {
                rows.took_in(name)?;
                continue;
            }
            restorer.rebuilt.unreadable.insert(name.clone(), bad);
            // Somebody may correct it.
            if let Some(as_it_is) = as_it_is {
                rows.took_in(&as_it_is)?;
            }
        }
        rows.close_open()?;
        // Undone with the transaction: the next start must ask again.
        let missing = rebuilt.missing.len();
        match loss {
            Loss::Refused if rebuilt.was_blank => check_loss(
                missing as u64,
                (missing + rebuilt.found) as u64,
                &archive.downloads,
            ),
            _ => Ok(()),
        }
    })?;
    let seen = rebuilt.found + rebuilt.missing.len() + rebuilt.unread.len();
    index.changed |= seen > 0;
    Ok(rebuilt)
}

/// The names of the complete manifests.
pub(super) fn names(folder: &Path) -> Result<BTreeSet<String>, ArchiveError> {
    let storage =
        |error| ArchiveError::storage("read the manifests in", folder.display().to_string(), error);
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(storage)? {
        let entry = entry.map_err(storage)?;
        let path = entry.path();
        // A folder, a link or a pipe of that name is none of ours.
        if manifest::is_complete_name(&path)
            && entry.file_type().is_ok_and(|kind| kind.is_file())
            && let Some(name) = path.file_name().and_then(|name| name.to_str())
        {
            names.insert(name.to_owned());
        }
    }
    Ok(names)
}
