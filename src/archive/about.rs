//! What the index knows of the archive that it belongs to, and which manifests it has taken in.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};

use crate::archive::index::{Index, Rows, Sync};
use crate::archive::settings::OnDisk;
use crate::archive::{ArchiveError, schema};

/// What the index says of its archive, if it says anything: one from before version 3 does not.
pub(super) fn about(connection: &Connection) -> rusqlite::Result<Option<OnDisk>> {
    if schema::version(connection)? < 3 {
        return Ok(None);
    }
    let sql = "SELECT archive_id, created, layout, time_zone, naming FROM about";
    let found = connection.query_row(sql, [], |row| {
        Ok(OnDisk {
            archive_id: row.get(0)?,
            created: row.get::<_, String>(1)?.parse().unwrap_or_default(),
            layout: row.get(2)?,
            time_zone: row.get(3)?,
            naming: row.get(4)?,
        })
    });
    found.optional()
}

impl Index {
    pub(super) fn about(&self) -> Result<Option<OnDisk>, ArchiveError> {
        Ok(about(self.connection())?)
    }

    /// Notes which archive this is the index of.
    pub(super) fn belongs_to(&mut self, archive: &OnDisk) -> Result<(), ArchiveError> {
        if self.about()?.as_ref() == Some(archive) {
            return Ok(());
        }
        self.transact(Sync::Now, |rows| {
            rows.transaction.execute(
                "INSERT OR REPLACE INTO about (one, archive_id, created, layout, time_zone, naming)
                 VALUES (1, ?1, ?2, ?3, ?4, ?5)",
                params![
                    archive.archive_id,
                    archive.created.to_rfc3339(),
                    archive.layout,
                    archive.time_zone,
                    archive.naming
                ],
            )?;
            Ok(())
        })
    }
}

/// The names of the manifests that the index has taken in.
pub(super) fn manifests(connection: &Connection) -> Result<BTreeSet<String>, ArchiveError> {
    let mut statement = connection.prepare("SELECT name FROM manifests")?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

/// Whether a manifest is among these as it is.
pub(super) fn is_taken_in(known: &BTreeSet<String>, folder: &Path, name: &str) -> bool {
    let as_it_is = || as_it_is(&folder.join(name), name);
    known.contains(name) || as_it_is().is_some_and(|name| known.contains(&name))
}

/// Under what name a manifest is noted of which not all could be read: with its size and time, so that it is read again
/// once somebody has corrected it.
pub(super) fn as_it_is(path: &Path, name: &str) -> Option<String> {
    let found = fs::metadata(path).ok()?;
    let (size, seconds) = (found.size(), found.mtime());
    Some(format!("{name} {size} {seconds}.{:09}", found.mtime_nsec()))
}

/// What of a manifest's name tells when it was begun: by this, `…Z-2` is newer than `…Z`.
pub(super) fn moment(name: &str) -> &str {
    name_of(name).trim_end_matches(".csv")
}

/// A manifest's own name.
fn name_of(noted: &str) -> &str {
    noted.split(' ').next().unwrap_or(noted)
}

impl Rows<'_> {
    /// The newest manifest that the index has taken in.
    pub(super) fn newest_manifest(&self) -> Result<Option<String>, ArchiveError> {
        let known = manifests(self.transaction)?;
        Ok(known.into_iter().max_by(|a, b| moment(a).cmp(moment(b))))
    }

    /// Which of these manifests the index has not taken in yet, or not as they are. Forgets those that are no more.
    pub(super) fn unknown_manifests(
        &self,
        names: &BTreeSet<String>,
        folder: &Path,
    ) -> Result<BTreeSet<String>, ArchiveError> {
        let known = manifests(self.transaction)?;
        let is_unknown = |name: &&String| !is_taken_in(&known, folder, name);
        let unknown: BTreeSet<String> = names.iter().filter(is_unknown).cloned().collect();
        for noted in &known {
            let name = name_of(noted);
            if !names.contains(name) || unknown.contains(name) {
                self.transaction
                    .execute("DELETE FROM manifests WHERE name = ?1", [noted])?;
            }
        }
        Ok(unknown)
    }

    /// Notes that the index holds what a manifest says.
    pub(super) fn took_in(&self, manifest: &str) -> Result<(), ArchiveError> {
        self.transaction.execute(
            "INSERT OR IGNORE INTO manifests (name) VALUES (?1)",
            [manifest],
        )?;
        Ok(())
    }
}
