//! A file that is known by its bytes alone, although its export gives it an address.

use data_encoding::HEXLOWER;
use rusqlite::{OptionalExtension, params};

use crate::archive::ArchiveError;
use crate::archive::index::Rows;
use crate::archive::staged::UNPROVEN;
use crate::archive::word::Described;
use crate::media::item::{BY_CONTENT, MediaItem, MediaItemId, Part};
use crate::takeout::name::{MediaName, fold};

impl Rows<'_> {
    /// An original as it is known by its bytes, where the item of its address is here as a photo of another name and has not
    /// these bytes: a sidecar with a foreign address must not rewrite what is known of that photo. Copies of one photo may be
    /// counted, and cut.
    pub(super) fn alone(
        &self,
        file: &Described<'_>,
        sha256: &[u8],
    ) -> Result<Option<MediaItem>, ArchiveError> {
        let item = file.item;
        if file.part != Part::Original || item.id.0.starts_with(BY_CONTENT) {
            return Ok(None);
        }
        let Some(row) = self.row_of(item)? else {
            return Ok(None);
        };
        let known = self
            .transaction
            .prepare_cached(
                "SELECT filename FROM items WHERE item = ?1
                 AND EXISTS (SELECT 1 FROM roles WHERE item = ?1 AND role = 'original' AND state = 'done'
                     AND coalesce(instr(note, ?3), 0) = 0)
                 AND NOT EXISTS (SELECT 1 FROM roles JOIN files USING (file) WHERE item = ?1 AND sha256 = ?2)",
            )?
            .query_row(params![row, sha256, UNPROVEN], |row| {
                row.get::<_, Option<String>>(0)
            })
            .optional()?;
        let stem = |name: &str| fold(&MediaName::parse(name).stem);
        let is_another = match (known.flatten(), item.filename.as_deref()) {
            (Some(known), Some(new)) => {
                let (known, new) = (stem(&known), stem(new));
                !known.starts_with(&new) && !new.starts_with(&known)
            }
            _ => false,
        };
        Ok(is_another.then(|| MediaItem {
            id: MediaItemId(format!("{BY_CONTENT}{}", HEXLOWER.encode(sha256))),
            product_url: None,
            ..item.clone()
        }))
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
