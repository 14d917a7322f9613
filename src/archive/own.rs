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
use crate::archive::repair::Damaged;
use crate::archive::staged::UNPROVEN;
use crate::archive::tree::Tree;
use crate::archive::unproven::Belief;
use crate::archive::word::Described;
use crate::media::item::{BY_CONTENT, MediaItem, Part, Role};

/// Whose a file is.
#[derive(Debug, Clone)]
pub(crate) enum Owned {
    /// It is to be stored as this role of this item.
    Wanted { item: i64, role: Role },
    /// The archive has these bytes as this item's already, or, where nothing says whose they are, as another's.
    Held { item: i64 },
}

/// Whose a file is, and what it takes the place of: a file that nothing vouches for.
#[derive(Debug, Clone)]
pub(crate) struct Owning {
    pub(crate) owned: Owned,
    pub(crate) instead_of: Option<Damaged>,
}

/// A file that has these bytes.
struct Holder {
    item: i64,
    role: Role,
    path: String,
    /// Nothing vouches for it, nor for what says whose it is.
    is_unproven: bool,
}

impl Rows<'_> {
    /// Says whose a file is, and reserves its role if it is to be stored.
    pub(crate) fn own(
        &self,
        tree: &mut Tree,
        file: &Described<'_>,
        sha256: &[u8; 32],
        belief: &Belief,
        (run, now): (i64, DateTime<Utc>),
    ) -> Result<Owned, ArchiveError> {
        let (item, part) = (file.item, file.part);
        let mut holders = self.holders(item, sha256)?;
        if item.id.0.starts_with(BY_CONTENT) && part == Part::Original {
            self.know_by(item, belief)?;
        }
        if is_id_of(&item.id.0, sha256) {
            let own = self.row_of(item)?;
            // What is proven does not become that of an item which may be none.
            holders.retain(|holder| {
                !holder.is_unproven || !belief.is_proven() || own == Some(holder.item)
            });
            for holder in &holders {
                if is_there(tree, &holder.path)? {
                    if own == Some(holder.item) {
                        self.described(file, now)?;
                        self.believe(holder.item, sha256, belief)?;
                    }
                    return Ok(Owned::Held { item: holder.item });
                }
            }
            if let Some(holder) = holders.first() {
                return self.wanted(holder.item, holder.role, run);
            }
        }
        let row = match self.main_of(item, sha256)? {
            Some(row) => row,
            None => self.described(file, now)?,
        };
        let held = holders
            .iter()
            .find(|holder| holder.item == row && holder.role.part() == part);
        if let Some(holder) = held {
            if !is_there(tree, &holder.path)? {
                return self.wanted(row, holder.role, run);
            }
            self.believe(row, sha256, belief)?;
            return Ok(Owned::Held { item: row });
        }
        let role = self.role_for(tree, row, part, belief, run)?;
        self.wanted(row, role, run)
    }

    fn believe(&self, item: i64, sha256: &[u8], belief: &Belief) -> Result<(), ArchiveError> {
        if belief.is_proven() {
            self.prove(item, sha256)?;
        }
        Ok(())
    }

    fn role_for(
        &self,
        tree: &mut Tree,
        item: i64,
        part: Part,
        belief: &Belief,
        run: i64,
    ) -> Result<Role, ArchiveError> {
        match self.unproven_role(tree, item, part, belief, run)? {
            Some(role) => Ok(role),
            None => self.free_role(item, part, run),
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
            self.link((row, part), file, run)?;
        }
        Ok(Some(row))
    }

    /// Makes a stored file an item's too. Returns its role.
    fn link(&self, (item, part): (i64, Part), file: i64, run: i64) -> Result<Role, ArchiveError> {
        let note = self.is_unproven(file)?.then_some(UNPROVEN);
        let role = self.free_role(item, part, run)?;
        self.wanted(item, role, run)?;
        self.transaction
            .prepare_cached(
                "UPDATE roles SET file = ?3, state = 'done', how = 'linked', note = ?4 WHERE item = ?1 AND role = ?2",
            )?
            .execute(params![item, role.text(), file, note])?;
        Ok(role)
    }

    /// Gives stored bytes to an item: what it had of them as something else, or else one more role.
    pub(crate) fn give(
        &self,
        (item, part): (i64, Part),
        sha256: &[u8; 32],
        instead_of: Option<Role>,
        run: i64,
    ) -> Result<(), ArchiveError> {
        if let Some(before) = instead_of {
            let role = self.free_role(item, part, run)?;
            self.hand_role((item, &before.text()), (item, role))?;
            return self.promote(item, before);
        }
        let file = self
            .transaction
            .prepare_cached("SELECT file FROM files WHERE sha256 = ?1 AND state = 'stored' ORDER BY file LIMIT 1")?
            .query_row([sha256.as_slice()], |row| row.get(0))
            .optional()?;
        match file {
            Some(file) => self.link((item, part), file, run).map(drop),
            None => Ok(()),
        }
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
            "SELECT item, role, path, coalesce(instr(note, ?3), 0) > 0
             FROM files JOIN roles USING (file) JOIN items USING (item)
             WHERE sha256 = ?1 AND +source = ?2 AND roles.state = 'done' ORDER BY item, role",
        )?;
        let rows = statement.query_map(params![sha256, item.source.as_str(), UNPROVEN], |row| {
            Ok(Holder {
                item: row.get(0)?,
                role: Role::parse(&row.get::<_, String>(1)?).unwrap_or(Role::Original),
                path: row.get(2)?,
                is_unproven: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
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
