//! Which items are in which albums.

use rusqlite::params;

use crate::archive::ArchiveError;
use crate::archive::index::Rows;

impl Rows<'_> {
    /// The album of a folder of an export, made if need be.
    pub(crate) fn album(
        &self,
        export: &str,
        folder: &str,
        title: &str,
    ) -> Result<i64, ArchiveError> {
        let row = self
            .transaction
            .prepare_cached(
                "INSERT INTO albums (export, folder, title) VALUES (?1, ?2, ?3)
                 ON CONFLICT (export, folder) DO UPDATE SET title = ?3 RETURNING album",
            )?
            .query_row(params![export, folder, title], |row| row.get(0))?;
        Ok(row)
    }

    pub(crate) fn put_into_album(&self, album: i64, item: i64) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached("INSERT OR IGNORE INTO album_items (album, item) VALUES (?1, ?2)")?
            .execute(params![album, item])?;
        Ok(())
    }
}
