//! A file that is known by its bytes alone, although it is known by now whose it is.

use data_encoding::HEXLOWER;
use rusqlite::{OptionalExtension, params};

use crate::archive::ArchiveError;
use crate::archive::index::Rows;
use crate::media::item::{BY_CONTENT, Part, Role, SourceName};

impl Rows<'_> {
    /// The item that is known by these bytes alone, if there is one.
    pub(super) fn alone(
        &self,
        source: SourceName,
        sha256: &[u8],
    ) -> Result<Option<i64>, ArchiveError> {
        let id = format!("{BY_CONTENT}{}", HEXLOWER.encode(sha256));
        self.item_of(source.as_str(), &id)
    }

    /// A file that was thought to be a photo of its own goes with another: a clip, or an edited version, that came first.
    pub(super) fn take_along(
        &self,
        (alone, role): (i64, Role),
        (main, part): (i64, Part),
        run: i64,
    ) -> Result<(), ArchiveError> {
        let new = self.free_role(main, part, run)?;
        self.hand_role((alone, &role.text()), (main, new))?;
        self.absorb(alone, main, run)
    }

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
