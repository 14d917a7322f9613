//! What the index and the folder hold about the items of one page: one query on a connection of its own that only reads,
//! so that nothing needs the whole library in memory.

use std::collections::HashMap;
use std::rc::Rc;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use rusqlite::types::Value;
use rusqlite::{Connection, params};

use crate::archive::ArchiveError;
use crate::archive::access::{Access, connect};
use crate::archive::examine::is_ruined;
use crate::archive::in_the_way::InTheWay;
use crate::archive::index::{Rows, fingerprint};
use crate::archive::roles::DISPUTED;
use crate::archive::survey::Survey;
use crate::archive::tree::{self, Tree};
use crate::http::limit::Used;
use crate::media::day::DayRange;
use crate::media::item::{MediaItem, MediaItemId, Role, SourceName};
use crate::media::naming;

/// The reading side of the archive, for one run: it also remembers which items the run has seen.
pub(crate) struct Reader {
    pub(crate) connection: Connection,
    pub(super) tree: Option<Tree>,
    /// What else lies in the folder.
    pub(crate) survey: Survey,
    /// Files that are not as they were stored, and their sizes now.
    pub(super) changed: HashMap<String, u64>,
    /// Folders into which something was to be stored, and what stands in the place of each.
    pub(super) blocked: HashMap<String, Option<InTheWay>>,
}

/// What is held of one item.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) original: Option<KnownFile>,
    pub(crate) motion: Option<KnownFile>,
    /// The source says the same of it as last time.
    pub(crate) unchanged: bool,
}

/// What is held of one role of an item.
#[derive(Debug)]
pub(crate) struct KnownFile {
    pub(crate) state: State,
    pub(crate) path: Option<String>,
    pub(crate) on_disk: OnDisk,
    /// The SHA-256 and size of what was stored.
    pub(crate) content: Option<(Vec<u8>, u64)>,
    /// What is there under its name was seen not to be what was stored.
    pub(crate) is_disputed: bool,
    pub(crate) recheck_after: Option<DateTime<Utc>>,
    pub(crate) cause: Option<String>,
    /// Seconds since 1970 of the first failure, while it fails.
    pub(crate) first_failed: Option<i64>,
}

/// `roles.state`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Wanted,
    Done,
    Failed,
    Skipped,
    Gone,
    None,
}

/// What the folder has under a recorded path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnDisk {
    AsRecorded,
    /// A file of another size, in bytes: somebody edited it, so it is theirs now.
    Edited(u64),
    /// The same, but under the time that it was stored with, and no whole picture or video: nobody did that.
    Damaged(u64),
    Missing,
}

impl Reader {
    /// Opens a connection of its own.
    pub(crate) fn open(access: Access<'_>, tree: Option<Tree>) -> Result<Self, ArchiveError> {
        let connection = connect(access)?;
        rusqlite::vtab::array::load_module(&connection)?;
        // On disk beyond its cache: a million items seen must not be a million ids in memory. What undoes a page's worth of
        // them is small, and written to disk it would cost more than they do. The cache in KiB.
        connection.execute_batch(
            "PRAGMA temp_store = FILE;
             PRAGMA temp.cache_size = -8192;
             PRAGMA temp.journal_mode = MEMORY;
             CREATE TEMP TABLE seen (id TEXT, source TEXT, PRIMARY KEY (id, source)) WITHOUT ROWID;
             CREATE TEMP TABLE moved (path TEXT PRIMARY KEY, was TEXT NOT NULL) WITHOUT ROWID;",
        )?;
        let store = tree.as_ref().map(|tree| tree.store().clone());
        Ok(Self {
            connection,
            tree,
            survey: Survey::new(store),
            changed: HashMap::new(),
            blocked: HashMap::new(),
        })
    }

    /// Whether the archive holds anything at all.
    pub(crate) fn has_files(&self) -> Result<bool, ArchiveError> {
        let any = "SELECT EXISTS (SELECT 1 FROM files WHERE state = 'stored')";
        Ok(self.connection.query_row(any, [], |row| row.get(0))?)
    }

    /// Whether it holds a file of so many bytes at this path.
    pub(crate) fn holds(&self, path: &str, size: u64) -> Result<bool, ArchiveError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT 1 FROM files WHERE fold = ?1 AND size = ?2 AND state = 'stored'",
        )?;
        Ok(statement.exists(params![naming::fold_key(path), size])?)
    }

    /// Leaves out what this run has seen before (the walk and the full listing overlap) and notes the rest as seen.
    pub(crate) fn first_seen(
        &mut self,
        items: Vec<MediaItem>,
    ) -> Result<Vec<MediaItem>, ArchiveError> {
        let transaction = self.connection.unchecked_transaction()?;
        let mut fresh = Vec::with_capacity(items.len());
        {
            let mut insert = transaction
                .prepare_cached("INSERT OR IGNORE INTO temp.seen (id, source) VALUES (?1, ?2)")?;
            for item in items {
                if insert.execute([item.id.0.as_str(), item.source.as_str()])? == 1 {
                    fresh.push(item);
                }
            }
        }
        transaction.commit()?;
        Ok(fresh)
    }

    /// Notes items as seen by this run, so that they are listed.
    pub(crate) fn note_seen<'a>(
        &mut self,
        source: SourceName,
        ids: impl Iterator<Item = &'a str>,
    ) -> Result<(), ArchiveError> {
        let transaction = self.connection.unchecked_transaction()?;
        {
            let mut insert = transaction
                .prepare_cached("INSERT OR IGNORE INTO temp.seen (id, source) VALUES (?1, ?2)")?;
            for id in ids {
                insert.execute([id, source.as_str()])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    /// How many items of this source the index holds that were taken on these days, wherever on Earth.
    pub(crate) fn held(&self, source: &str, days: DayRange) -> Result<u64, ArchiveError> {
        let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        // No zone is more than 14 hours from UTC.
        let first = midnight(days.first) + TimeDelta::hours(14);
        let last = midnight(days.last) + TimeDelta::hours(10);
        // In the order of the rows (`+`): by the index over the ids, each of a million would be a page of its own.
        Ok(self.connection.query_row(
            "SELECT count(*) FROM items WHERE +source = ?1 AND created BETWEEN ?2 AND ?3",
            params![source, first.timestamp_millis(), last.timestamp_millis()],
            |row| row.get(0),
        )?)
    }

    /// Whether every file of all these items of a source is here.
    pub(crate) fn are_done(
        &self,
        source: SourceName,
        ids: &[MediaItemId],
    ) -> Result<bool, ArchiveError> {
        let values = ids.iter().map(|id| Value::Text(id.0.clone())).collect();
        let values: Rc<Vec<Value>> = Rc::new(values);
        let done: usize = self.connection.query_row(
            "SELECT count(*) FROM items WHERE source = ?1 AND id IN rarray(?2)
             AND EXISTS (SELECT 1 FROM roles WHERE roles.item = items.item AND role = 'original' AND state = 'done')
             AND NOT EXISTS (SELECT 1 FROM roles WHERE roles.item = items.item AND state NOT IN ('done', 'none'))",
            params![source.as_str(), values],
            |row| row.get(0),
        )?;
        Ok(done == ids.len())
    }

    /// What of a day's quota is used up, as far as the index knows.
    pub(crate) fn quota(&mut self, none: Used) -> Result<Used, ArchiveError> {
        let transaction = self.connection.unchecked_transaction()?;
        Rows {
            transaction: &transaction,
        }
        .quota(none)
    }

    /// What is held of each of these items of one source, in their order.
    pub(crate) fn look_up(&mut self, items: &[MediaItem]) -> Result<Vec<Known>, ArchiveError> {
        let Some(first) = items.first() else {
            return Ok(Vec::new());
        };
        let ids: Vec<Value> = items
            .iter()
            .map(|item| Value::Text(item.id.0.clone()))
            .collect();
        let mut found: HashMap<String, (i64, Known)> = HashMap::new();
        let mut statement = self.connection.prepare_cached(
            "SELECT id, fingerprint, role, roles.state, path, size, recheck_after, cause, first_failed, sha256,
                 files.state = 'stored', note, files.modified
             FROM items LEFT JOIN roles USING (item) LEFT JOIN files USING (file)
             WHERE source = ?1 AND id IN rarray(?2)",
        )?;
        let mut rows = statement.query(params![first.source.as_str(), Rc::new(ids)])?;
        while let Some(row) = rows.next()? {
            let known = found
                .entry(row.get(0)?)
                .or_insert_with(|| (0, Known::default()));
            known.0 = row.get(1)?;
            let Some(role) = row
                .get::<_, Option<String>>(2)?
                .and_then(|role| Role::parse(&role))
            else {
                continue;
            };
            let path: Option<String> = row.get(4)?;
            let size: Option<u64> = row.get(5)?;
            let state = State::parse(&row.get::<_, String>(3)?);
            let mut on_disk = on_disk(self.tree.as_mut(), path.as_deref(), size)?;
            if let (State::Done, OnDisk::Edited(size), Some(path)) = (state, on_disk, &path) {
                self.changed.insert(path.clone(), size);
                if let (Some(tree), Some(modified)) = (self.tree.as_mut(), row.get(12)?)
                    && is_ruined(tree, path, modified)
                {
                    on_disk = OnDisk::Damaged(size);
                }
            }
            let is_stored: Option<bool> = row.get(10)?;
            let content: Option<Vec<u8>> = row.get(9)?;
            let content = content.filter(|_| is_stored == Some(true)).zip(size);
            let file = KnownFile {
                state,
                on_disk,
                path,
                content,
                is_disputed: row.get::<_, Option<String>>(11)?.as_deref() == Some(DISPUTED),
                recheck_after: row
                    .get::<_, Option<i64>>(6)?
                    .and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
                cause: row.get(7)?,
                first_failed: row.get(8)?,
            };
            match role {
                Role::Original => known.1.original = Some(file),
                Role::Motion => known.1.motion = Some(file),
                // Only exports have these, and nobody asks for them like this.
                Role::Edited | Role::Further(..) => {}
            }
        }
        let of = |item: &MediaItem| {
            let (said, mut known) = found.remove(&item.id.0).unwrap_or_default();
            known.unchanged = known.original.is_some() && said == fingerprint(item);
            known
        };
        Ok(items.iter().map(of).collect())
    }
}

impl State {
    fn parse(text: &str) -> Self {
        match text {
            "done" => Self::Done,
            "failed" => Self::Failed,
            "skipped" => Self::Skipped,
            "gone" => Self::Gone,
            "none" => Self::None,
            // The schema allows nothing else but "wanted".
            _ => Self::Wanted,
        }
    }
}

pub(super) fn on_disk(
    tree: Option<&mut Tree>,
    path: Option<&str>,
    size: Option<u64>,
) -> Result<OnDisk, ArchiveError> {
    let (Some(tree), Some(path)) = (tree, path) else {
        return Ok(OnDisk::Missing);
    };
    if !tree::is_inside(path) {
        return Err(ArchiveError::ImpossibleIndex(format!(
            "a file has the path {path:?}"
        )));
    }
    let entry = tree
        .entry(path)
        .map_err(|source| ArchiveError::storage("look at", path, source))?;
    Ok(match entry {
        None => OnDisk::Missing,
        // A folder or a link in its place: the file itself is gone.
        Some(entry) if !entry.is_file => OnDisk::Missing,
        Some(entry) if size.is_some_and(|size| size != entry.size) => OnDisk::Edited(entry.size),
        Some(_) => OnDisk::AsRecorded,
    })
}
