//! What an import that died had in mind for bytes that have become another item's since.

use data_encoding::HEXLOWER_PERMISSIVE;
use rusqlite::params;

use crate::archive::ArchiveError;
use crate::archive::index::Rows;
use crate::media::item::{BY_CONTENT, Role};

/// A file that an earlier run wanted.
struct Open {
    item: i64,
    id: String,
    role: String,
    file: Option<i64>,
}

impl Rows<'_> {
    /// Forgets what earlier runs have wanted of a source and this one has not, where nothing is owed: the bytes that an item
    /// is known by are here as another's, or the item has a file of this kind.
    pub(crate) fn forget_superfluous(&self, source: &str, run: i64) -> Result<(), ArchiveError> {
        let mut statement = self.transaction.prepare(
            "SELECT item, id, role, file FROM roles JOIN items USING (item)
             WHERE roles.state = 'wanted' AND roles.run <> ?1 AND +source = ?2
             AND (file IS NULL OR file IN (SELECT file FROM files WHERE state = 'claimed'))",
        )?;
        let open = statement.query_map(params![run, source], |row| {
            Ok(Open {
                item: row.get(0)?,
                id: row.get(1)?,
                role: row.get(2)?,
                file: row.get(3)?,
            })
        })?;
        for one in open.collect::<Result<Vec<_>, _>>()? {
            if self.is_superfluous(&one)? {
                self.forget(&one)?;
            }
        }
        Ok(())
    }

    fn is_superfluous(&self, open: &Open) -> Result<bool, ArchiveError> {
        if let Some(digest) = open.id.strip_prefix(BY_CONTENT) {
            return match HEXLOWER_PERMISSIVE.decode(digest.as_bytes()) {
                Ok(sha256) => Ok(self.path_with(&sha256)?.is_some()),
                Err(_) => Ok(false),
            };
        }
        let mut statement = self
            .transaction
            .prepare_cached("SELECT role FROM roles WHERE item = ?1 AND state = 'done'")?;
        let roles = statement.query_map([open.item], |row| row.get::<_, String>(0))?;
        let part = Role::parse(&open.role).map(Role::part);
        for role in roles {
            if Role::parse(&role?).map(Role::part) == part {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn forget(&self, open: &Open) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached("DELETE FROM roles WHERE item = ?1 AND role = ?2")?
            .execute(params![open.item, open.role])?;
        if let Some(file) = open.file {
            self.release(file)?;
        }
        self.forget_item_without_files(open.item)
    }
}
