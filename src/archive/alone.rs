//! A file that is known by its bytes alone, although it is known by now whose it is.

use rusqlite::{OptionalExtension, params};

use crate::archive::ArchiveError;
use crate::archive::index::Rows;
use crate::media::item::BY_CONTENT;

impl Rows<'_> {
    /// An item that is known by these bytes alone, while they are known to be another one's: its files become that one's.
    pub(crate) fn unite_alone(
        &self,
        into: i64,
        digest: &str,
        run: i64,
    ) -> Result<(), ArchiveError> {
        let alone = self
            .transaction
            .prepare_cached("SELECT item FROM items WHERE source = (SELECT source FROM items WHERE item = ?1) AND id = ?2")?
            .query_row(params![into, format!("{BY_CONTENT}{digest}")], |row| row.get(0))
            .optional()?;
        match alone {
            Some(alone) if alone != into => self.absorb(alone, into, run),
            _ => Ok(()),
        }
    }
}
