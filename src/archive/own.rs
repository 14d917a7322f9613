//! Whose a file of an export is: which item's, and which of its files.
//!
//! An item is known by its address in Google Photos; a file that nothing describes is known by its bytes, until something
//! describes the same bytes. So it does not matter in which order files and descriptions come, nor in how many imports.

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use rusqlite::{OptionalExtension, params};

use crate::archive::ArchiveError;
use crate::archive::commit::is_there;
use crate::archive::index::Rows;
use crate::archive::tree::Tree;
use crate::archive::word::Described;
use crate::media::item::{BY_CONTENT, MediaItem, MediaItemId, Part, Role};
use crate::takeout::name::{MediaName, fold};

/// Whose a file is.
#[derive(Debug, Clone)]
pub(crate) enum Owned {
    /// It is to be stored as this role of this item.
    Wanted { item: i64, role: Role },
    /// The archive has these bytes as this item's already, or, where nothing says whose they are, as another's.
    Held { item: i64 },
}

/// Whose a file is, and whether that is the item that its export names: it is known by its bytes where the address in its
/// sidecar is another photo's.
#[derive(Debug, Clone)]
pub(crate) struct Owning {
    pub(crate) owned: Owned,
    pub(crate) is_alone: bool,
}

/// A file that has these bytes.
struct Holder {
    item: i64,
    role: Role,
    path: String,
}

impl Rows<'_> {
    /// Says whose a file is, and reserves its role if it is to be stored.
    pub(crate) fn own(
        &self,
        tree: &mut Tree,
        file: &Described<'_>,
        sha256: &[u8; 32],
        run: i64,
        now: DateTime<Utc>,
    ) -> Result<Owning, ArchiveError> {
        let alone = self.alone(file, sha256)?;
        let file = Described {
            item: alone.as_ref().unwrap_or(file.item),
            ..*file
        };
        Ok(Owning {
            owned: self.own_as(tree, &file, sha256, run, now)?,
            is_alone: alone.is_some(),
        })
    }

    fn own_as(
        &self,
        tree: &mut Tree,
        file: &Described<'_>,
        sha256: &[u8; 32],
        run: i64,
        now: DateTime<Utc>,
    ) -> Result<Owned, ArchiveError> {
        let (item, part) = (file.item, file.part);
        let holders = self.holders(item, sha256)?;
        if item.id.0.starts_with(BY_CONTENT) {
            for holder in &holders {
                if is_there(tree, &holder.path)? {
                    if self.row_of(item)? == Some(holder.item) {
                        self.described(file, now)?;
                    }
                    return Ok(Owned::Held { item: holder.item });
                }
            }
            if let Some(holder) = holders.first() {
                return self.wanted(holder.item, holder.role, run);
            }
            let row = match self.main_of(item, sha256)? {
                Some(row) => row,
                None => self.described(file, now)?,
            };
            let role = self.free_role(row, part, run)?;
            return self.wanted(row, role, run);
        }
        let row = self.described(file, now)?;
        let own = holders
            .iter()
            .find(|holder| holder.item == row && holder.role.part() == part);
        match own {
            Some(holder) if is_there(tree, &holder.path)? => Ok(Owned::Held { item: row }),
            Some(holder) => self.wanted(row, holder.role, run),
            None => {
                let role = self.free_role(row, part, run)?;
                self.wanted(row, role, run)
            }
        }
    }

    /// Says of bytes that are stored already whose they are, now that it is known. Returns the item, `None` where the bytes
    /// are not stored.
    pub(crate) fn own_stored(
        &self,
        described: &Described<'_>,
        sha256: &[u8],
        run: i64,
        now: DateTime<Utc>,
    ) -> Result<Option<i64>, ArchiveError> {
        let file = self
            .transaction
            .prepare_cached(
                "SELECT file, width, height FROM files WHERE sha256 = ?1 AND state = 'stored' ORDER BY file LIMIT 1",
            )?
            .query_row([sha256], |row| {
                let sides = row.get::<_, Option<u32>>(1)?.zip(row.get(2)?);
                Ok((row.get::<_, i64>(0)?, sides))
            })
            .optional()?;
        let Some((file, dimensions)) = file else {
            return Ok(None);
        };
        let alone = self.alone(described, sha256)?;
        let described = &Described {
            item: alone.as_ref().unwrap_or(described.item),
            ..*described
        };
        let (item, part) = (described.item, described.part);
        if item.id.0.starts_with(BY_CONTENT) && self.row_of(item)?.is_none() {
            // Another item has them, by an address; unless they go with another file.
            let owner = self.owner_of(item.source.as_str(), sha256)?;
            if owner.is_some() && is_id_of(&item.id.0, sha256) {
                return Ok(owner);
            }
        }
        let row = match self.main_of(item, sha256)? {
            Some(row) => row,
            None => self.described_later(described, dimensions, now)?,
        };
        let is_known = self
            .transaction
            .prepare_cached(
                "SELECT role FROM roles WHERE item = ?1 AND file = ?2 AND state = 'done'",
            )?
            .query_map(params![row, file], |row| row.get::<_, String>(0))?
            .filter_map(Result::ok)
            .any(|role| Role::parse(&role).is_some_and(|role| role.part() == part));
        if !is_known {
            let role = self.free_role(row, part, run)?;
            self.wanted(row, role, run)?;
            self.transaction
                .prepare_cached("UPDATE roles SET file = ?3, state = 'done', how = 'linked' WHERE item = ?1 AND role = ?2")?
                .execute(params![row, role.text(), file])?;
        }
        Ok(Some(row))
    }

    /// An original as it is known by its bytes, where the item of its address is here as a photo of another name and has not
    /// these bytes: a sidecar with a foreign address must not rewrite what is known of that photo. Copies of one photo may be
    /// counted, and cut.
    fn alone(
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
                 AND EXISTS (SELECT 1 FROM roles WHERE item = ?1 AND role = 'original' AND state = 'done')
                 AND NOT EXISTS (SELECT 1 FROM roles JOIN files USING (file) WHERE item = ?1 AND sha256 = ?2)",
            )?
            .query_row(params![row, sha256], |row| row.get::<_, Option<String>>(0))
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

    /// The row of the item that a file goes with which is known by its bytes: of the item that has these bytes by now.
    fn main_of(&self, item: &MediaItem, sha256: &[u8]) -> Result<Option<i64>, ArchiveError> {
        let Some(digest) = item.id.0.strip_prefix(BY_CONTENT) else {
            return Ok(None);
        };
        match HEXLOWER.decode(digest.as_bytes()) {
            Ok(main) if main != sha256 => self.owner_of(item.source.as_str(), &main),
            _ => Ok(None),
        }
    }

    /// The item of this source that has these bytes. The `+` keeps `SQLite` from looking through all items of the source
    /// first, which would take the square of their number.
    pub(crate) fn owner_of(
        &self,
        source: &str,
        sha256: &[u8],
    ) -> Result<Option<i64>, ArchiveError> {
        let item = self
            .transaction
            .prepare_cached(
                "SELECT min(item) FROM files JOIN roles USING (file) JOIN items USING (item)
                 WHERE sha256 = ?1 AND +source = ?2 AND roles.state = 'done'",
            )?
            .query_row(params![sha256, source], |row| row.get(0))?;
        Ok(item)
    }

    /// The files of this source that have these bytes; the `+` as in [`Self::owner_of`].
    fn holders(&self, item: &MediaItem, sha256: &[u8]) -> Result<Vec<Holder>, ArchiveError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT item, role, path FROM files JOIN roles USING (file) JOIN items USING (item)
             WHERE sha256 = ?1 AND +source = ?2 AND roles.state = 'done' ORDER BY item, role",
        )?;
        let rows = statement.query_map(params![sha256, item.source.as_str()], |row| {
            Ok(Holder {
                item: row.get(0)?,
                role: Role::parse(&row.get::<_, String>(1)?).unwrap_or(Role::Original),
                path: row.get(2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
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

    /// The first role of this part that no file has: what an earlier run wanted and did not get is free, what this run
    /// wants is not.
    pub(super) fn free_role(&self, item: i64, part: Part, run: i64) -> Result<Role, ArchiveError> {
        for number in 1..=u16::MAX {
            let role = Role::nth(part, number);
            let taken = self
                .transaction
                .prepare_cached(
                    "SELECT state = 'done' OR run = ?3 FROM roles WHERE item = ?1 AND role = ?2",
                )?
                .query_row(params![item, role.text(), run], |row| row.get::<_, bool>(0))
                .optional()?;
            if taken != Some(true) {
                return Ok(role);
            }
        }
        Ok(Role::nth(part, u16::MAX))
    }

    fn wanted(&self, item: i64, role: Role, run: i64) -> Result<Owned, ArchiveError> {
        self.transaction
            .prepare_cached(
                "INSERT INTO roles (item, role, state, run) VALUES (?1, ?2, 'wanted', ?3)
                 ON CONFLICT (item, role) DO UPDATE SET run = ?3",
            )?
            .execute(params![item, role.text(), run])?;
        Ok(Owned::Wanted { item, role })
    }
}

/// Whether an item is known by just these bytes.
fn is_id_of(id: &str, sha256: &[u8]) -> bool {
    id.strip_prefix(BY_CONTENT) == Some(HEXLOWER.encode(sha256).as_str())
}
