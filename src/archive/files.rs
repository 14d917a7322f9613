//! What the index says of files: paths that are reserved, bytes that are announced, bytes that are stored.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, params};

use crate::archive::ArchiveError;
use crate::archive::index::Rows;
use crate::archive::staged::Staged;
use crate::archive::tree::split;
use crate::media::item::{MediaItem, Part, Role};
use crate::media::naming;

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

impl Rows<'_> {
    /// A stored file with this content.
    pub(crate) fn stored_with(
        &self,
        sha256: &[u8],
        size: u64,
    ) -> Result<Vec<FileRow>, ArchiveError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT file, path, state, sha256, size, '' FROM files WHERE sha256 = ?1 AND size = ?2 AND state = 'stored'",
        )?;
        let rows = statement.query_map(params![sha256, size], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The file of this item that is in the archive.
    pub(crate) fn known_file(
        &self,
        item: &MediaItem,
        role: Role,
    ) -> Result<Option<FileRow>, ArchiveError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT file, path, files.state, sha256, size, roles.state
             FROM items JOIN roles USING (item) JOIN files USING (file)
             WHERE source = ?1 AND id = ?2 AND role = ?3 AND roles.state = 'done'",
        )?;
        let found = statement.query_row(params![item.source.as_str(), item.id.0, role.text()], row);
        Ok(found.optional()?)
    }

    /// The roles of this part in which an item has a file.
    pub(crate) fn roles_done(
        &self,
        item: &MediaItem,
        part: Part,
    ) -> Result<Vec<Role>, ArchiveError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT role FROM items JOIN roles USING (item) WHERE source = ?1 AND id = ?2 AND roles.state = 'done' ORDER BY role",
        )?;
        let roles = statement.query_map(params![item.source.as_str(), item.id.0], |row| {
            Ok(Role::parse(&row.get::<_, String>(0)?))
        })?;
        let roles = roles.collect::<Result<Vec<_>, _>>()?;
        let of_part = |role: &Role| role.part() == part;
        Ok(roles.into_iter().flatten().filter(of_part).collect())
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
        self.lost(path, sha256, size, Some(modified))
    }

    /// A file that was stored, whether or not it is in the folder.
    pub(crate) fn lost(
        &self,
        path: &str,
        sha256: &[u8],
        size: u64,
        modified: Option<i64>,
    ) -> Result<i64, ArchiveError> {
        self.transaction
            .prepare_cached(
                "INSERT INTO files (path, fold, state, sha256, size, modified) VALUES (?1, ?2, 'stored', ?3, ?4, ?5)",
            )?
            .execute(params![path, naming::fold_key(path), sha256, size, modified])?;
        Ok(self.transaction.last_insert_rowid())
    }

    /// A stored file that is another one by now, proven as well. Whose it was until now, has none any more.
    pub(crate) fn renewed(
        &self,
        file: i64,
        sha256: &[u8; 32],
        size: u64,
        modified: i64,
    ) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached(
                "UPDATE files SET sha256 = ?2, size = ?3, modified = ?4, format = NULL, width = NULL, height = NULL
                 WHERE file = ?1",
            )?
            .execute(params![file, sha256.as_slice(), size, modified])?;
        self.transaction
            .prepare_cached(
                "UPDATE roles SET file = NULL, how = NULL, state = iif(state = 'done', 'wanted', state) WHERE file = ?1",
            )?
            .execute([file])?;
        Ok(())
    }

    /// Every folder that has a file, or is to have one.
    pub(crate) fn folders(&self) -> Result<BTreeSet<String>, ArchiveError> {
        let mut statement = self.transaction.prepare("SELECT path FROM files")?;
        let mut rows = statement.query([])?;
        let mut folders = BTreeSet::new();
        while let Some(row) = rows.next()? {
            let path = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
            let folder = split(path).0;
            if !folders.contains(folder) {
                folders.insert(folder.to_owned());
            }
        }
        Ok(folders)
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
    /// can prove whose it is. What a stored file was is kept until then.
    pub(crate) fn announce(&self, file: i64, staged: &Staged) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO former
                 SELECT file, sha256, size, modified, format, width, height FROM files WHERE file = ?1 AND state = 'stored'",
            )?
            .execute([file])?;
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
        self.forget_former(file)
    }

    /// A stored file of these bytes that was proved under another time than it had so far. Whether it is still so.
    pub(crate) fn retime(
        &self,
        file: i64,
        sha256: &[u8],
        was: Option<i64>,
        modified: i64,
    ) -> Result<bool, ArchiveError> {
        let changed = self
            .transaction
            .prepare_cached(
                "UPDATE files SET modified = ?4
                 WHERE file = ?1 AND state = 'stored' AND sha256 = ?2 AND modified IS ?3",
            )?
            .execute(params![file, sha256, was, modified])?;
        Ok(changed == 1)
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

    /// Takes an announcement back: the bytes did not come to be. A file that was stored is so again, and missing.
    pub(crate) fn withdraw(&self, file: i64) -> Result<(), ArchiveError> {
        let restored = self
            .transaction
            .prepare_cached(
                "UPDATE files SET state = 'stored', sha256 = former.sha256, size = former.size, modified = former.modified,
                     format = former.format, width = former.width, height = former.height, temp = NULL
                 FROM former WHERE files.file = ?1 AND former.file = ?1",
            )?
            .execute([file])?;
        if restored == 1 {
            return self.forget_former(file);
        }
        self.transaction
            .prepare_cached(
                "UPDATE files SET state = 'claimed', sha256 = NULL, size = NULL, modified = NULL, format = NULL, temp = NULL
                 WHERE file = ?1",
            )?
            .execute([file])?;
        Ok(())
    }

    /// An announced file is to come under another name: what it was before goes along.
    pub(crate) fn hand_on(&self, from: i64, to: i64) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached("UPDATE OR REPLACE former SET file = ?2 WHERE file = ?1")?
            .execute([from, to])?;
        Ok(())
    }

    fn forget_former(&self, file: i64) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached("DELETE FROM former WHERE file = ?1")?
            .execute([file])?;
        Ok(())
    }

    /// Files that were announced and never confirmed: a run died in between.
    pub(crate) fn announced(&self) -> Result<Vec<FileRow>, ArchiveError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT file, path, state, sha256, size, '' FROM files WHERE state = 'announced'",
        )?;
        let rows = statement.query_map([], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

pub(super) fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<FileRow> {
    Ok(FileRow {
        file: row.get(0)?,
        path: row.get(1)?,
        stored: row.get::<_, String>(2)? == "stored",
        sha256: row.get(3)?,
        size: row.get(4)?,
        is_done: row.get::<_, String>(5)? == "done",
    })
}
