//! Beginnings of large files, kept from one run to the next: what the index says of them, and which of them can still be
//! gone on with.
//!
//! A part is a promise about bytes on disk: it is recorded after these are durable, and forgotten in the same transaction
//! that announces the whole file. Whoever goes on with it hashes it again first, so that no part is ever believed.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::params;

use crate::archive::ArchiveError;
use crate::archive::index::{Index, Rows, Sync};
use crate::archive::store::TempName;
use crate::archive::tree::Tree;
use crate::http::resume::Held;
use crate::media::item::Role;

/// The beginning of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// The item's row in the index.
    pub(crate) item: i64,
    pub(crate) role: Role,
    pub(crate) temp: TempName,
    /// How much of it is durable, and by what the rest can be told to belong to it.
    pub(crate) held: Held,
    /// Of the durable bytes.
    pub(crate) sha256: [u8; 32],
}

/// A part that nobody has gone on with for so long would only take up room: the item is out of every run's range, or
/// Google no longer lists it.
const KEPT_FOR: TimeDelta = TimeDelta::days(7);

/// Removes every temporary file but those that can be gone on with, wherever copies of it were being made, and forgets what
/// has no file. Returns the parts, and how many files were removed.
pub(super) fn sort_out(
    index: &mut Index,
    tree: &mut Tree,
    now: DateTime<Utc>,
) -> Result<(Vec<Part>, usize), ArchiveError> {
    let store = tree.store().clone();
    let storage = |error| ArchiveError::storage("clear", store.path().display().to_string(), error);
    let parts = index.transact(Sync::Later, |rows| {
        let mut good = Vec::new();
        for (part, is_wanted) in rows.parts(now - KEPT_FOR)? {
            let is_here = is_wanted
                && store
                    .open_temp(&part.temp, part.held.size)
                    .map_err(storage)?
                    .is_some();
            if is_here {
                good.push(part);
            } else {
                rows.forget_part(part.item, part.role)?;
            }
        }
        Ok(good)
    })?;
    let kept: HashSet<&str> = parts.iter().map(|part| part.temp.0.as_str()).collect();
    let stale = store.stale_temps(&kept).map_err(storage)?;
    if stale.is_empty() {
        return Ok((parts, 0));
    }
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method's own path is not general over the lifetime"
    )]
    let folders = index.transact(Sync::Later, |rows| rows.folders())?;
    let mut removed = stale.len();
    // The copies first: by the temporary files they are known.
    for folder in folders {
        let copies = tree.remove_copies(&folder, &stale);
        removed += copies.map_err(|error| ArchiveError::storage("clear", &folder, error))?;
    }
    for temp in &stale {
        store.remove_temp(temp).map_err(storage)?;
    }
    Ok((parts, removed))
}

impl Rows<'_> {
    /// Remembers a part. Its bytes must be durable by now.
    pub(crate) fn keep_part(&self, part: &Part, now: DateTime<Utc>) -> Result<(), ArchiveError> {
        let Held { size, total, etag } = &part.held;
        self.transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO partials (item, role, temp, etag, total, size, sha256, kept)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                part.item,
                part.role.text(),
                part.temp.0,
                etag,
                total,
                size,
                part.sha256.as_slice(),
                now.timestamp(),
            ])?;
        Ok(())
    }

    pub(crate) fn forget_part(&self, item: i64, role: Role) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached("DELETE FROM partials WHERE item = ?1 AND role = ?2")?
            .execute(params![item, role.text()])?;
        Ok(())
    }

    /// Every part, and whether somebody may still want it: it has grown since `oldest`, and its file is not given up. One
    /// that is here may be so damaged that it is fetched again, or be asked for once more. A clip has no row of its own
    /// before its still is stored.
    fn parts(&self, oldest: DateTime<Utc>) -> Result<Vec<(Part, bool)>, ArchiveError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT partials.item, partials.role, temp, etag, total, size, sha256,
                 kept >= ?1 AND coalesce(state IN ('wanted', 'failed', 'done'), TRUE)
             FROM partials LEFT JOIN roles ON roles.item = partials.item AND roles.role = partials.role",
        )?;
        let rows = statement.query_map([oldest.timestamp()], |row| {
            let role: String = row.get(1)?;
            let held = Held {
                etag: row.get(3)?,
                total: row.get(4)?,
                size: row.get(5)?,
            };
            let part = Part {
                item: row.get(0)?,
                role: Role::parse(&role).unwrap_or(Role::Original),
                temp: TempName(row.get(2)?),
                held,
                sha256: row.get(6)?,
            };
            Ok((part, row.get(7)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
