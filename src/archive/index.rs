//! The index as its one writer uses it: every statement that changes it is here.

use std::path::Path;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::archive::staged::Staged;
use crate::archive::{ArchiveError, schema};
use crate::http::limit::Used;
use crate::media::item::{MediaItem, Role};
use crate::media::naming;

/// The writing connection.
pub(crate) struct Index {
    connection: Connection,
}

/// How hard a transaction is pressed onto the disk.
#[derive(Clone, Copy)]
pub(crate) enum Sync {
    /// On disk when the call returns.
    Now,
    /// With the next one that is: a claim that a power cut takes back has promised nothing yet.
    Later,
}

/// A row of `files`.
#[derive(Debug, Clone)]
pub(crate) struct FileRow {
    pub(crate) file: i64,
    pub(crate) path: String,
    pub(crate) stored: bool,
    pub(crate) sha256: Option<Vec<u8>>,
    pub(crate) size: Option<u64>,
    /// Where it was asked for as a role's: that role is done.
    pub(crate) is_done: bool,
}

impl Index {
    pub(crate) fn open(path: &Path) -> Result<Self, ArchiveError> {
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(std::time::Duration::from_secs(10))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        // KiB: 16 MiB hold the tree's upper levels for a million items.
        connection.pragma_update(None, "cache_size", -16 * 1024)?;
        schema::migrate(&mut connection)?;
        Ok(Self { connection })
    }

    /// An index that is forgotten with this process.
    pub(crate) fn in_memory() -> Result<Self, ArchiveError> {
        let mut connection = Connection::open_in_memory()?;
        schema::migrate(&mut connection)?;
        Ok(Self { connection })
    }

    pub(crate) fn into_connection(self) -> Connection {
        self.connection
    }

    /// Runs one transaction.
    pub(crate) fn transact<T>(
        &mut self,
        sync: Sync,
        work: impl FnOnce(&Rows<'_>) -> Result<T, ArchiveError>,
    ) -> Result<T, ArchiveError> {
        let level = match sync {
            Sync::Now => "FULL",
            Sync::Later => "NORMAL",
        };
        self.connection.pragma_update(None, "synchronous", level)?;
        let transaction = self.connection.transaction()?;
        let result = work(&Rows {
            transaction: &transaction,
        })?;
        transaction.commit()?;
        Ok(result)
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
        self.connection.pragma_update(None, "synchronous", "FULL")?;
        self.connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }
}

/// The statements, inside one transaction.
pub(crate) struct Rows<'a> {
    pub(super) transaction: &'a Transaction<'a>,
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
        Ok(())
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
                "INSERT INTO items (source, id, filename, mime_type, kind, created, width, height, camera_make,
                     camera_model, description, product_url, fingerprint, first_listed)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
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
            .query_row(params![item, role.as_str()], file_row)
            .optional()?;
        Ok(row)
    }

    /// A stored file with this content.
    pub(crate) fn stored_with(
        &self,
        sha256: &[u8],
        size: u64,
    ) -> Result<Vec<FileRow>, ArchiveError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT file, path, state, sha256, size, '' FROM files WHERE sha256 = ?1 AND size = ?2 AND state = 'stored'",
        )?;
        let rows = statement.query_map(params![sha256, size], file_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether a file of this item is in the archive.
    pub(crate) fn is_known(&self, item: &MediaItem, role: Role) -> Result<bool, ArchiveError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT 1 FROM items JOIN roles USING (item) WHERE source = ?1 AND id = ?2 AND role = ?3 AND state = 'done'",
        )?;
        Ok(statement.exists(params![item.source.as_str(), item.id.0, role.as_str()])?)
    }

    /// The stored file at this path, and the digest of its bytes.
    pub(crate) fn stored_at(&self, path: &str) -> Result<Option<(i64, Vec<u8>)>, ArchiveError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT file, sha256 FROM files WHERE path = ?1 AND state = 'stored'",
        )?;
        let found = statement.query_row([path], |row| Ok((row.get(0)?, row.get(1)?)));
        Ok(found.optional()?)
    }

    /// A file that turned out to be in the folder, proven.
    pub(crate) fn found(
        &self,
        path: &str,
        sha256: &[u8; 32],
        size: u64,
        modified: i64,
    ) -> Result<i64, ArchiveError> {
        self.transaction
            .prepare_cached(
                "INSERT INTO files (path, fold, state, sha256, size, modified) VALUES (?1, ?2, 'stored', ?3, ?4, ?5)",
            )?
            .execute(params![path, naming::fold_key(path), sha256.as_slice(), size, modified])?;
        Ok(self.transaction.last_insert_rowid())
    }

    /// Whether more than one role points to this file.
    pub(crate) fn is_shared(&self, file: i64) -> Result<bool, ArchiveError> {
        let mut statement = self
            .transaction
            .prepare_cached("SELECT count(*) > 1 FROM roles WHERE file = ?1")?;
        Ok(statement.query_row([file], |row| row.get(0))?)
    }

    /// Whether no file has a path that some file system would take for this one.
    pub(crate) fn is_free(&self, path: &str) -> Result<bool, ArchiveError> {
        let mut statement = self
            .transaction
            .prepare_cached("SELECT 1 FROM files WHERE fold = ?1")?;
        Ok(!statement.exists([naming::fold_key(path)])?)
    }

    /// Whether bytes of ours have, or are about to get, this path or one that some file system takes for it.
    pub(crate) fn is_stored(&self, path: &str) -> Result<bool, ArchiveError> {
        let mut statement = self
            .transaction
            .prepare_cached("SELECT 1 FROM files WHERE fold = ?1 AND state <> 'claimed'")?;
        Ok(statement.exists([naming::fold_key(path)])?)
    }

    /// Gives back whatever reservation stands in the way of this path.
    pub(crate) fn release_twin(&self, path: &str) -> Result<(), ArchiveError> {
        let twin = self
            .transaction
            .prepare_cached("SELECT file FROM files WHERE fold = ?1 AND state = 'claimed'")?
            .query_row([naming::fold_key(path)], |row| row.get(0))
            .optional()?;
        twin.map_or(Ok(()), |file| self.release(file))
    }

    /// Reserves a path, for ever.
    pub(crate) fn claim(&self, path: &str) -> Result<i64, ArchiveError> {
        self.transaction
            .prepare_cached("INSERT INTO files (path, fold, state) VALUES (?1, ?2, 'claimed')")?
            .execute(params![path, naming::fold_key(path)])?;
        Ok(self.transaction.last_insert_rowid())
    }

    /// Gives a reserved path back, unless bytes are or may be there.
    pub(crate) fn release(&self, file: i64) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached("UPDATE roles SET file = NULL WHERE file = ?1 AND state <> 'done'")?
            .execute([file])?;
        self.transaction
            .prepare_cached(
                "DELETE FROM files WHERE file = ?1 AND state = 'claimed' AND NOT EXISTS (SELECT 1 FROM roles WHERE roles.file = ?1)",
            )?
            .execute([file])?;
        Ok(())
    }

    /// Says, before it happens, which bytes are about to appear under which name: whoever finds the file after a crash
    /// can prove whose it is.
    pub(crate) fn announce(&self, file: i64, staged: &Staged) -> Result<(), ArchiveError> {
        let (width, height) = staged.inspection.dimensions.unzip();
        self.transaction
            .prepare_cached(
                "UPDATE files SET state = 'announced', sha256 = ?2, size = ?3, modified = NULL, format = ?4, width = ?5,
                     height = ?6, temp = ?7 WHERE file = ?1",
            )?
            .execute(params![
                file,
                staged.sha256.as_slice(),
                staged.size,
                staged.inspection.format.map(|format| format.to_string()),
                width,
                height,
                staged.temp.0,
            ])?;
        Ok(())
    }

    pub(crate) fn stored(&self, file: i64, modified: i64) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached(
                "UPDATE files SET state = 'stored', modified = ?2, temp = NULL WHERE file = ?1",
            )?
            .execute(params![file, modified])?;
        Ok(())
    }

    /// An announced file that turned out to be there: it is stored, and so is every role that waited for it.
    pub(crate) fn confirm(&self, file: i64, modified: i64) -> Result<(), ArchiveError> {
        self.stored(file, modified)?;
        self.transaction
            .prepare_cached(
                "UPDATE roles SET state = 'done', how = 'downloaded', cause = NULL, attempts = 0, first_failed = NULL,
                     last_tried = NULL WHERE file = ?1 AND state <> 'done'",
            )?
            .execute([file])?;
        Ok(())
    }

    /// Roles that were to share a file that is there, and whose run died before it said so.
    pub(crate) fn confirm_links(&self) -> Result<(), ArchiveError> {
        self.transaction.execute(
            "UPDATE roles SET state = 'done', how = coalesce(how, 'linked')
             WHERE state = 'wanted' AND file IN (SELECT file FROM files WHERE state = 'stored')",
            [],
        )?;
        Ok(())
    }

    /// Takes an announcement back: the bytes did not come to be.
    pub(crate) fn withdraw(&self, file: i64) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached(
                "UPDATE files SET state = 'claimed', sha256 = NULL, size = NULL, modified = NULL, format = NULL, temp = NULL
                 WHERE file = ?1",
            )?
            .execute([file])?;
        Ok(())
    }

    /// Files that were announced and never confirmed: a run died in between.
    pub(crate) fn announced(&self) -> Result<Vec<FileRow>, ArchiveError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT file, path, state, sha256, size, '' FROM files WHERE state = 'announced'",
        )?;
        let rows = statement.query_map([], file_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
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

fn file_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<FileRow> {
    Ok(FileRow {
        file: row.get(0)?,
        path: row.get(1)?,
        stored: row.get::<_, String>(2)? == "stored",
        sha256: row.get(3)?,
        size: row.get(4)?,
        is_done: row.get::<_, String>(5)? == "done",
    })
}
