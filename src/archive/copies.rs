//! Copies of the index, kept beside it: two of the last days, and one from before each change of its shape.
//!
//! The manifests and the folder can rebuild an index by themselves; a copy also knows what they do not hold, such as how
//! often an item has failed and since when. It is a start, and what manifests say that are newer comes on top.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDateTime, Utc};
use rusqlite::Connection;

use crate::archive::ArchiveError;
use crate::archive::fault::is_damage;
use crate::archive::index::Index;

/// Copies the index if the newest copy is not of today, and removes older ones than the last two. A disk that has no room
/// for it is no reason to complain: what is needed is elsewhere too. An index that turns out to be damaged is one.
pub(crate) fn rotate(index: &Index, now: DateTime<Utc>) -> Result<(), ArchiveError> {
    let Some(folder) = index.folder().filter(|_| index.changed) else {
        return Ok(());
    };
    let is_due = dated(folder, now)
        .first()
        .is_none_or(|(date, _)| date.date_naive() != now.date_naive());
    if !is_due || !has_room(folder) {
        return Ok(());
    }
    let path = folder.join(format!("{PREFIX}{}.db", now.format(STAMP)));
    match copy(index.connection(), &path) {
        Ok(()) => {}
        Err(ArchiveError::Index(error)) if is_damage(&error) => return Err(error.into()),
        Err(error) => {
            tracing::debug!(%error, "could not copy the index");
            return Ok(());
        }
    }
    for old in superfluous(dated(folder, now), now) {
        let _ = fs::remove_file(old);
    }
    Ok(())
}

/// Older ones than the last two, and than the last two of a time that is yet to come by the clock: which of the clocks was
/// wrong, the one of then or the one of now, nobody knows.
fn superfluous(
    copies: Vec<(DateTime<Utc>, PathBuf)>,
    now: DateTime<Utc>,
) -> impl Iterator<Item = PathBuf> {
    let (past, future): (Vec<_>, Vec<_>) = copies.into_iter().partition(|(date, _)| *date <= now);
    let old = past.into_iter().skip(KEPT);
    old.chain(future.into_iter().skip(KEPT))
        .map(|(_, path)| path)
}

/// The copies, the one to start from first.
pub(super) fn newest_first(folder: &Path, now: DateTime<Utc>) -> Vec<PathBuf> {
    dated(folder, now)
        .into_iter()
        .map(|(_, path)| path)
        .collect()
}

/// Removes copies in the making that a run which is no more has left, and what the database has made beside them. The
/// caller holds the archive's lock, so nobody is making them.
pub(super) fn sweep(folder: &Path) {
    // What cannot be looked at or removed is only untidy.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_str().unwrap_or_default();
        let name = name.strip_suffix("-journal").unwrap_or(name);
        let is_ours = name.strip_suffix(".db.new").is_some_and(|name| {
            let is_copy = |stem: &str| name.strip_prefix(stem).is_some_and(|rest| !rest.is_empty());
            name == "index" || is_copy("index.backup-") || is_copy("index.version-")
        });
        if is_ours && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Keeps the index as it was before its shape is changed.
pub(super) fn keep_before(
    connection: &Connection,
    path: &Path,
    version: usize,
) -> Result<(), ArchiveError> {
    copy(
        connection,
        &path.with_extension(format!("version-{version}.db")),
    )
}

const PREFIX: &str = "index.backup-";
const STAMP: &str = "%Y%m%dT%H%M%SZ";
const KEPT: usize = 2;
/// MiB that are left to others.
const SPARE: u64 = 64;

/// Puts a copy under its name in one step: whoever finds it, finds it whole.
fn copy(connection: &Connection, to: &Path) -> Result<(), ArchiveError> {
    let storage =
        |error| ArchiveError::storage("copy the index to", to.display().to_string(), error);
    let new = to.with_extension("db.new");
    // Left by a run that died; nobody else makes this name.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(storage(error)),
        _ => {}
    }
    // SQLite takes a file name as text only.
    let name = new.to_str().ok_or(io::ErrorKind::InvalidFilename);
    let name = name.map_err(|kind| storage(kind.into()))?;
    let copied = connection
        .execute("VACUUM INTO ?1", [name])
        .map_err(ArchiveError::from)
        .and_then(|_| {
            File::open(&new)
                .and_then(|file| file.sync_all())
                .map_err(storage)
        })
        .and_then(|()| fs::rename(&new, to).map_err(storage));
    if copied.is_err() {
        let _ = fs::remove_file(&new);
        return copied;
    }
    let folder = to.parent().unwrap_or(to);
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(storage)
}

/// The copies and their dates, newest first; those from a future that a wrong clock made up come last.
fn dated(folder: &Path, now: DateTime<Utc>) -> Vec<(DateTime<Utc>, PathBuf)> {
    let mut copies: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .filter_map(|entry| Some((date_of(entry.file_name().to_str()?)?, entry.path())))
        .collect();
    copies.sort_by_key(|(date, _)| std::cmp::Reverse((*date <= now, *date)));
    copies
}

fn date_of(name: &str) -> Option<DateTime<Utc>> {
    let stamp = name.strip_prefix(PREFIX)?.strip_suffix(".db")?;
    let date = NaiveDateTime::parse_from_str(stamp, STAMP).ok()?;
    Some(date.and_utc())
}

fn has_room(folder: &Path) -> bool {
    let size = fs::metadata(folder.join("index.db")).map_or(0, |found| found.len());
    rustix::fs::statvfs(folder)
        .is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) > size + (SPARE << 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_jumps_makes_no_copy_superfluous_that_was_none() {
        let folder = tempfile::tempdir().expect("a folder");
        for day in ["20260101", "20261121", "20261122"] {
            let name = format!("{PREFIX}{day}T000000Z.db");
            fs::write(folder.path().join(name), "").expect("written");
        }
        let gone = |now: &str| -> Vec<String> {
            let now = now.parse().expect("a moment");
            let gone = superfluous(dated(folder.path(), now), now);
            let names = gone.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()));
            names.collect()
        };
        let oldest = format!("{PREFIX}20260101T000000Z.db");
        assert_eq!(gone("2026-11-23T00:00:00Z"), [oldest.as_str()]);
        // A copy that was made when the clock stood in the past or far ahead takes nobody's place.
        let wrong = format!("{PREFIX}20700101T000000Z.db");
        fs::write(folder.path().join(wrong), "").expect("written");
        assert_eq!(gone("2026-11-23T00:00:00Z"), [oldest.as_str()]);
        let wrong = format!("{PREFIX}19700101T000000Z.db");
        fs::write(folder.path().join(&wrong), "").expect("written");
        assert!(!gone("1970-01-01T01:00:00Z").contains(&wrong));
    }
}
