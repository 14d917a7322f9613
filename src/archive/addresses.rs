//! Who claims which address in Google Photos. One that two photos claim is nobody's: each of them is known by its bytes.
//!
//! Claims may come in any order and in any number of imports, so what is kept of them must not depend on that: names that go
//! together are all the beginning of the longest one, and an address that is disputed stays so.

use data_encoding::HEXLOWER;
use rusqlite::{OptionalExtension, params};

use crate::archive::ArchiveError;
use crate::archive::index::Rows;
use crate::archive::tree::split;
use crate::media::item::{BY_CONTENT, Part, Role};
use crate::takeout::name::{fold, split_extension};

/// A file of an item.
struct Held {
    role: String,
    part: Part,
    sha256: Vec<u8>,
    /// Of its name, without the ending.
    stem: String,
}

impl Rows<'_> {
    /// Notes the longest name of those that claim an address now; none where they dispute it among themselves. Returns whether it
    /// is disputed.
    pub(crate) fn claim_address(&self, id: &str, stem: Option<&str>) -> Result<bool, ArchiveError> {
        let known: Option<Option<String>> = self
            .transaction
            .prepare_cached("SELECT stem FROM addresses WHERE id = ?1")?
            .query_row([id], |row| row.get(0))
            .optional()?;
        let longest = match (&known, stem) {
            (None, stem) => stem,
            (Some(None), _) => return Ok(true),
            (Some(Some(known)), Some(stem)) if known.starts_with(stem) => return Ok(false),
            (Some(Some(known)), Some(stem)) if stem.starts_with(known) => Some(stem),
            _ => None,
        };
        self.transaction
            .prepare_cached("INSERT OR REPLACE INTO addresses (id, stem) VALUES (?1, ?2)")?
            .execute(params![id, longest])?;
        Ok(longest.is_none())
    }

    /// The item of this address becomes one that is known by its bytes: as many as it has originals. What goes with an original
    /// has its name and more. Returns the ids that they have now.
    pub(crate) fn give_up(
        &self,
        source: &str,
        id: &str,
        run: i64,
    ) -> Result<Vec<String>, ArchiveError> {
        let Some(item) = self.item_of(source, id)? else {
            return Ok(Vec::new());
        };
        let held = self.held_by(item)?;
        let originals: Vec<&Held> = held
            .iter()
            .filter(|one| one.part == Part::Original)
            .collect();
        let Some(first) = originals.first().copied().or(held.first()) else {
            return Ok(Vec::new());
        };
        for one in &held {
            let fitting = originals
                .iter()
                .filter(|main| one.stem.starts_with(&main.stem));
            let main = match one.part {
                Part::Original => one,
                _ => fitting
                    .max_by_key(|main| main.stem.len())
                    .copied()
                    .unwrap_or(first),
            };
            if main.sha256 != first.sha256 {
                self.move_role(item, one, &by_bytes(&main.sha256), run)?;
            }
        }
        let new = by_bytes(&first.sha256);
        match self.item_of(source, &new)? {
            Some(own) => self.absorb(item, own, run)?,
            None => {
                self.transaction
                    .prepare_cached("UPDATE items SET id = ?2, product_url = NULL WHERE item = ?1")?
                    .execute(params![item, new])?;
            }
        }
        let mains = originals.iter().map(|main| by_bytes(&main.sha256));
        Ok(mains.chain([new]).collect())
    }

    /// Gives a file of an item to another one of its source, which is made after it if need be; its date and description are
    /// what its own files tell.
    fn move_role(&self, item: i64, held: &Held, to: &str, run: i64) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO items (source, id, filename, mime_type, kind, created, width, height, camera_make,
                     camera_model, description, fingerprint, first_listed)
                 SELECT source, ?2, filename, mime_type, kind, NULL, width, height, camera_make,
                     camera_model, NULL, fingerprint, first_listed FROM items WHERE item = ?1",
            )?
            .execute(params![item, to])?;
        let own: i64 = self
            .transaction
            .prepare_cached(
                "SELECT item FROM items WHERE id = ?2 AND source = (SELECT source FROM items WHERE item = ?1)",
            )?
            .query_row(params![item, to], |row| row.get(0))?;
        let is_there = self
            .transaction
            .prepare_cached(
                "SELECT 1 FROM roles JOIN files USING (file) WHERE item = ?1 AND sha256 = ?2",
            )?
            .exists(params![own, held.sha256])?;
        if is_there {
            self.transaction
                .prepare_cached("DELETE FROM roles WHERE item = ?1 AND role = ?2")?
                .execute(params![item, held.role])?;
        } else {
            let role = self.free_role(own, held.part, run)?;
            self.hand_role((item, &held.role), (own, role))?;
        }
        Ok(())
    }

    pub(super) fn item_of(&self, source: &str, id: &str) -> Result<Option<i64>, ArchiveError> {
        let item = self
            .transaction
            .prepare_cached("SELECT item FROM items WHERE source = ?1 AND id = ?2")?
            .query_row([source, id], |row| row.get(0))
            .optional()?;
        Ok(item)
    }

    fn held_by(&self, item: i64) -> Result<Vec<Held>, ArchiveError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT role, sha256, path FROM roles JOIN files USING (file)
             WHERE item = ?1 AND sha256 IS NOT NULL ORDER BY length(role), role",
        )?;
        let rows = statement.query_map([item], |row| {
            let role: String = row.get(0)?;
            let part = Role::parse(&role).map_or(Part::Original, Role::part);
            let path: String = row.get(2)?;
            Ok(Held {
                role,
                part,
                sha256: row.get(1)?,
                stem: fold(split_extension(split(&path).1).0),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn by_bytes(sha256: &[u8]) -> String {
    format!("{BY_CONTENT}{}", HEXLOWER.encode(sha256))
}
