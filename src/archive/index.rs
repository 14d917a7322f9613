//! The index as its one writer uses it: every statement that changes it is here.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use crate::archive::files::{self, FileRow};
use crate::archive::journal::Journal;
use crate::archive::unite::BECAME;
use crate::archive::{ArchiveError, schema, snapshot};
use crate::http::limit::Used;
use crate::media::item::{MediaItem, Role};

/// The writing connection.
pub(crate) struct Index {
    connection: Connection,
    journal: Journal,
    /// Where its file was when it was opened, and which one that was: device and number.
    place: Option<(PathBuf, u64, u64)>,
    /// It holds more than it did when it was opened, beyond the run's own dates.
    pub(crate) changed: bool,
}

/// Statements that are kept ready: more than a run has. Fewer would be made anew with every file.
const STATEMENTS: usize = 256;

/// Pages of the log, of 4 KiB each, before they are carried over into the database: digests and ids are spread over all of their
/// indexes, and a page that many batches have changed is then written once. 32 MiB, of the 64 that a log may have.
const LOG_PAGES: u32 = 8192;

/// How hard a transaction is pressed onto the disk.
#[derive(Clone, Copy)]
pub(crate) enum Sync {
    /// On disk when the call returns.
    Now,
    /// With the next one that is: a claim that a power cut takes back has promised nothing yet.
    Later,
}

impl Index {
    pub(crate) fn open(path: &Path) -> Result<Self, ArchiveError> {
        let (mut connection, journal) = Journal::open(path)?;
        // Before anything is made to fit: tables where there should be none are no new index.
        if !schema::is_as_made(&connection)? {
            return Err(damaged());
        }
        connection.pragma_update(None, "synchronous", journal.level(true))?;
        connection.pragma_update(None, "foreign_keys", true)?;
        // KiB: 16 MiB hold the tree's upper levels for a million items.
        connection.pragma_update(None, "cache_size", -16 * 1024)?;
        connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
        schema::migrate(&mut connection, Some(path))?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.execute_batch(BECAME)?;
        let place = std::fs::metadata(path)
            .ok()
            .map(|found| (path.to_owned(), found.dev(), found.ino()));
        Ok(Self {
            connection,
            journal,
            place,
            changed: false,
        })
    }

    /// An index that is forgotten with this process.
    pub(crate) fn in_memory() -> Result<Self, ArchiveError> {
        let mut connection = Connection::open_in_memory()?;
        schema::migrate(&mut connection, None)?;
        connection.execute_batch(BECAME)?;
        Ok(Self {
            connection,
            journal: Journal::Log,
            place: None,
            changed: false,
        })
    }

    /// A copy of an index that is open, forgotten with this process.
    pub(super) fn copied(connection: &Connection) -> Result<Self, ArchiveError> {
        let connection = snapshot::of_open(connection)?;
        connection.execute_batch(BECAME)?;
        Ok(Self {
            connection,
            ..Self::in_memory()?
        })
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Where its file and the copies of it are.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.place.as_ref()?.0.parent()
    }

    pub(crate) fn into_connection(self) -> Connection {
        self.connection
    }

    /// Runs one transaction, which ends what [`Index::gather`] has begun.
    pub(crate) fn transact<T>(
        &mut self,
        sync: Sync,
        work: impl FnOnce(&Rows<'_>) -> Result<T, ArchiveError>,
    ) -> Result<T, ArchiveError> {
        self.begin(sync)?;
        let undo = Undo(&self.connection);
        let result = work(&Rows {
            transaction: undo.0,
        })?;
        // What could not be committed must not go along with what comes next.
        undo.0.execute_batch("COMMIT")?;
        std::mem::forget(undo);
        Ok(result)
    }

    /// Does work that promises nothing yet in a transaction that stays open for more of it, because a commit costs more than
    /// such work does. After an error nothing of what was gathered remains.
    pub(crate) fn gather<T>(
        &mut self,
        work: impl FnOnce(&Rows<'_>) -> Result<T, ArchiveError>,
    ) -> Result<T, ArchiveError> {
        // What ends it may have to last.
        self.begin(Sync::Now)?;
        let undo = Undo(&self.connection);
        let result = work(&Rows {
            transaction: undo.0,
        })?;
        std::mem::forget(undo);
        Ok(result)
    }

    /// Ends the transaction that [`Index::gather`] has left open.
    pub(crate) fn commit_gathered(&mut self) -> Result<(), ArchiveError> {
        if !self.connection.is_autocommit() {
            self.connection.execute_batch("COMMIT")?;
        }
        Ok(())
    }

    fn begin(&mut self, sync: Sync) -> Result<(), ArchiveError> {
        if self.connection.is_autocommit() {
            let level = self.journal.level(matches!(sync, Sync::Now));
            self.connection.pragma_update(None, "synchronous", level)?;
            self.connection.execute_batch("BEGIN")?;
        }
        Ok(())
    }

    /// Whether its file is still the one that the next start will open.
    pub(crate) fn is_in_place(&self) -> bool {
        self.place.as_ref().is_none_or(|(path, device, number)| {
            std::fs::metadata(path)
                .is_ok_and(|found| (found.dev(), found.ino()) == (*device, *number))
        })
    }

    /// Whether no item was ever recorded: a new index, or one in place of a lost one.
    pub(crate) fn is_blank(&self) -> Result<bool, ArchiveError> {
        let any = self
            .connection
            .query_row("SELECT EXISTS (SELECT 1 FROM items)", [], |row| {
                row.get::<_, bool>(0)
            })?;
        Ok(!any)
    }

    /// Folds the log into the database file, so that a quiet archive is one file.
    pub(crate) fn checkpoint(&self) -> Result<(), ArchiveError> {
        let level = self.journal.level(true);
        self.connection.pragma_update(None, "synchronous", level)?;
        self.connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }
}

/// Takes a transaction back unless it is forgotten.
struct Undo<'a>(&'a Connection);

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.0.execute_batch("ROLLBACK") {
            tracing::debug!(%error, "could not take a transaction back");
        }
    }
}

/// The statements, inside one transaction.
pub(crate) struct Rows<'a> {
    pub(super) transaction: &'a Connection,
}

impl Rows<'_> {
    pub(crate) fn start_run(&self, command: &str, now: DateTime<Utc>) -> Result<i64, ArchiveError> {
        self.transaction.execute(
            "INSERT INTO runs (command, started) VALUES (?1, ?2)",
            params![command, now.timestamp()],
        )?;
        Ok(self.transaction.last_insert_rowid())
    }

    pub(crate) fn end_run(
        &self,
        run: i64,
        manifest: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), ArchiveError> {
        self.transaction.execute(
            "UPDATE runs SET finished = ?2, manifest = ?3 WHERE run = ?1",
            params![run, now.timestamp(), manifest],
        )?;
        manifest.map_or(Ok(()), |name| self.took_in(name))
    }

    pub(crate) fn quota(&self, used: Used) -> Result<Used, ArchiveError> {
        let row = self
            .transaction
            .query_row(
                "SELECT api, bytes FROM quota WHERE day = ?1",
                [used.day.to_string()],
                |row| {
                    Ok(Used {
                        day: used.day,
                        api: row.get(0)?,
                        bytes: row.get(1)?,
                    })
                },
            )
            .optional()?;
        Ok(row.unwrap_or(used))
    }

    pub(crate) fn save_quota(&self, used: Used) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached("INSERT OR REPLACE INTO quota (day, api, bytes) VALUES (?1, ?2, ?3)")?
            .execute(params![used.day.to_string(), used.api, used.bytes])?;
        Ok(())
    }

    /// Records what the source says of an item, and returns the item's row.
    pub(crate) fn record(&self, item: &MediaItem, now: DateTime<Utc>) -> Result<i64, ArchiveError> {
        let (width, height) = item.dimensions.unzip();
        let row = self
            .transaction
            .prepare_cached(
                "INSERT INTO items (item, source, id, filename, mime_type, kind, created, width, height, camera_make,
                     camera_model, description, product_url, fingerprint, first_listed)
                 VALUES (1 + max(coalesce((SELECT max(item) FROM main.items), 0), coalesce((SELECT max(item) FROM temp.became), 0)),
                     ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
                 ON CONFLICT (source, id) DO UPDATE SET filename = ?3, mime_type = ?4, kind = ?5, created = ?6, width = ?7,
                     height = ?8, camera_make = ?9, camera_model = ?10, description = ?11, product_url = ?12,
                     fingerprint = ?13
                 RETURNING item",
            )?
            .query_row(
                params![
                    item.source.as_str(),
                    item.id.0,
                    item.filename,
                    item.mime_type,
                    item.kind.as_str(),
                    item.created.map(|created| created.timestamp_millis()),
                    width,
                    height,
                    item.camera_make,
                    item.camera_model,
                    item.description,
                    item.product_url,
                    fingerprint(item),
                    now.timestamp(),
                ],
                |row| row.get(0),
            )?;
        Ok(row)
    }

    /// The file that a role of an item points to.
    pub(crate) fn file_of(&self, item: i64, role: Role) -> Result<Option<FileRow>, ArchiveError> {
        let row = self
            .transaction
            .prepare_cached(
                "SELECT file, path, files.state, sha256, size, roles.state FROM roles JOIN files USING (file)
                 WHERE item = ?1 AND role = ?2",
            )?
            .query_row(params![item, role.text()], files::row)
            .optional()?;
        Ok(row)
    }
}

fn damaged() -> ArchiveError {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    rusqlite::Error::SqliteFailure(code, Some("tables are missing".to_owned())).into()
}

/// A number that changes when the source says something else of an item. Only compared with itself, on one machine's
/// index, so any stable hash will do.
pub(crate) fn fingerprint(item: &MediaItem) -> i64 {
    let said = serde_json::json!([
        item.filename,
        item.mime_type,
        item.kind.as_str(),
        item.created.map(|created| created.timestamp_millis()),
        item.dimensions,
        item.camera_make,
        item.camera_model,
        item.description,
        item.product_url,
    ]);
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, said.to_string().as_bytes());
    digest
        .as_ref()
        .first_chunk()
        .map_or(0, |bytes| i64::from_be_bytes(*bytes))
}
