//! A file of an export that turns out to be another item's than was thought when it was stored.

use rusqlite::{OptionalExtension, params};

use crate::archive::ArchiveError;
use crate::archive::index::Rows;
use crate::archive::staged::UNPROVEN;

impl Rows<'_> {
    /// Where the stored file with these bytes lies.
    pub(crate) fn path_with(&self, sha256: &[u8]) -> Result<Option<String>, ArchiveError> {
        let path = self
            .transaction
            .prepare_cached("SELECT path FROM files WHERE sha256 = ?1 AND state = 'stored' ORDER BY file LIMIT 1")?
            .query_row([sha256], |row| row.get(0))
            .optional()?;
        Ok(path)
    }

    /// Notes what is known of an item's file with these bytes. That nothing vouches for them stays known.
    pub(crate) fn note_file(
        &self,
        item: i64,
        sha256: &[u8],
        note: &str,
    ) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached(
                "UPDATE roles SET note = ?3 || iif(instr(note, ?4), '; ' || ?4, '') WHERE item = ?1 AND state = 'done'
                 AND file IN (SELECT file FROM files WHERE sha256 = ?2)",
            )?
            .execute(params![item, sha256, note, UNPROVEN])?;
        Ok(())
    }

    /// Whether the item of this id has these bytes too, besides their `owner`.
    pub(crate) fn has_too(
        &self,
        id: &str,
        owner: i64,
        sha256: &[u8],
    ) -> Result<bool, ArchiveError> {
        let has = self
            .transaction
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM files JOIN roles USING (file) JOIN items USING (item)
                 WHERE sha256 = ?3 AND id = ?2 AND item <> ?1
                     AND +source = (SELECT source FROM items WHERE item = ?1))",
            )?
            .query_row(params![owner, id, sha256], |row| row.get(0))?;
        Ok(has)
    }

    /// Takes these bytes from the item of this id, which `owner` has by now; an item that has no file left was none.
    pub(crate) fn disown(&self, id: &str, owner: i64, sha256: &[u8]) -> Result<(), ArchiveError> {
        let item = self
            .transaction
            .prepare_cached("SELECT item FROM items WHERE source = (SELECT source FROM items WHERE item = ?1) AND id = ?2")?
            .query_row(params![owner, id], |row| row.get::<_, i64>(0))
            .optional()?;
        let Some(item) = item.filter(|item| *item != owner) else {
            return Ok(());
        };
        self.transaction
            .prepare_cached("DELETE FROM roles WHERE item = ?1 AND file IN (SELECT file FROM files WHERE sha256 = ?2)")?
            .execute(params![item, sha256])?;
        self.forget_item_without_files(item)?;
        let is_gone = !self
            .transaction
            .prepare_cached("SELECT 1 FROM items WHERE item = ?1")?
            .exists([item])?;
        if is_gone {
            self.became(item, owner)?;
        }
        Ok(())
    }

    /// An item that has no file, and of which none is wanted, was none.
    pub(super) fn forget_item_without_files(&self, item: i64) -> Result<(), ArchiveError> {
        for sql in [
            "DELETE FROM album_items WHERE item = ?1 AND NOT EXISTS (SELECT 1 FROM roles WHERE item = ?1)",
            "DELETE FROM told WHERE item = ?1 AND NOT EXISTS (SELECT 1 FROM roles WHERE item = ?1)",
            "DELETE FROM pairs WHERE original = ?1 AND NOT EXISTS (SELECT 1 FROM roles WHERE item = ?1)",
            "DELETE FROM items WHERE item = ?1 AND NOT EXISTS (SELECT 1 FROM roles WHERE item = ?1)",
        ] {
            self.transaction.prepare_cached(sql)?.execute([item])?;
        }
        Ok(())
    }
}
