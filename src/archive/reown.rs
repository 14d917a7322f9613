//! A file of an export that turns out to be another item's than was thought when it was stored.

use std::collections::HashMap;

use data_encoding::HEXLOWER;
use rusqlite::{OptionalExtension, params};

use crate::archive::ArchiveError;
use crate::archive::index::Rows;
use crate::archive::staged::UNPROVEN;
use crate::media::item::{BY_CONTENT, Role};

/// No item's row.
pub(crate) const NOBODY: i64 = 0;

/// Who has some bytes.
#[derive(Debug)]
pub(crate) struct Holder {
    pub(crate) item: i64,
    /// The item's.
    pub(crate) id: String,
    pub(crate) role: Role,
}

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

    /// The files of a source whose bytes more than one of its roles has, by their digests.
    pub(crate) fn shared(
        &self,
        source: &str,
    ) -> Result<HashMap<[u8; 32], Vec<Holder>>, ArchiveError> {
        let mut statement = self.transaction.prepare(
            "SELECT sha256, item, id, role FROM files JOIN roles USING (file) JOIN items USING (item)
             WHERE +source = ?1 AND roles.state = 'done' AND sha256 IN (
                 SELECT sha256 FROM files JOIN roles USING (file) JOIN items USING (item)
                 WHERE +source = ?1 AND roles.state = 'done' GROUP BY sha256 HAVING count(*) > 1)
             ORDER BY item, role",
        )?;
        let mut rows = statement.query([source])?;
        let mut shared: HashMap<_, Vec<_>> = HashMap::new();
        while let Some(row) = rows.next()? {
            let (sha256, role): (Vec<u8>, String) = (row.get(0)?, row.get(3)?);
            if let (Ok(sha256), Some(role)) = (sha256.try_into(), Role::parse(&role)) {
                let (item, id) = (row.get(1)?, row.get(2)?);
                let holders = shared.entry(sha256).or_default();
                holders.push(Holder { item, id, role });
            }
        }
        Ok(shared)
    }

    /// Who of a source has these bytes; the `+` as in [`Self::owner_of`].
    pub(crate) fn who_has(
        &self,
        source: &str,
        sha256: &[u8; 32],
    ) -> Result<Vec<Holder>, ArchiveError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT item, id, role FROM files JOIN roles USING (file) JOIN items USING (item)
             WHERE sha256 = ?1 AND +source = ?2 AND roles.state = 'done' ORDER BY item, role",
        )?;
        let mut rows = statement.query(params![sha256, source])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            if let Some(role) = Role::parse(&row.get::<_, String>(2)?) {
                let (item, id) = (row.get(0)?, row.get(1)?);
                found.push(Holder { item, id, role });
            }
        }
        Ok(found)
    }

    /// The items of a source that are known by bytes alone, and these.
    pub(crate) fn known_by_bytes(
        &self,
        source: &str,
    ) -> Result<HashMap<i64, [u8; 32]>, ArchiveError> {
        let mut statement = self
            .transaction
            .prepare("SELECT item, id FROM items WHERE source = ?1 AND id LIKE 'sha256:%'")?;
        let mut rows = statement.query([source])?;
        let mut known = HashMap::new();
        while let Some(row) = rows.next()? {
            let id: String = row.get(1)?;
            let digest = id.strip_prefix(BY_CONTENT).unwrap_or(&id);
            let sha256 = HEXLOWER.decode(digest.as_bytes()).ok();
            if let Some(Ok(sha256)) = sha256.map(TryInto::try_into) {
                known.insert(row.get(0)?, sha256);
            }
        }
        Ok(known)
    }

    /// The one of several items whose id comes first.
    pub(crate) fn first_of(
        &self,
        items: impl Iterator<Item = i64>,
    ) -> Result<Option<i64>, ArchiveError> {
        let mut statement = self
            .transaction
            .prepare_cached("SELECT id FROM items WHERE item = ?1")?;
        let mut first: Option<(String, i64)> = None;
        for item in items {
            let id: String = statement.query_row([item], |row| row.get(0))?;
            if first.as_ref().is_none_or(|(known, _)| id < *known) {
                first = Some((id, item));
            }
        }
        Ok(first.map(|(_, item)| item))
    }

    /// Takes a file from an item. One that has no file left was none; [`Self::succeed`] says who is in its place.
    pub(crate) fn disown(&self, (item, role): (i64, Role)) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached("DELETE FROM roles WHERE item = ?1 AND role = ?2")?
            .execute(params![item, role.text()])?;
        self.promote(item, role)?;
        self.forget_item_without_files(item)?;
        self.succeed(item, NOBODY)
    }

    /// Notes that an item which is gone has become another one.
    pub(crate) fn succeed(&self, item: i64, owner: i64) -> Result<(), ArchiveError> {
        let mut statement = self
            .transaction
            .prepare_cached("SELECT 1 FROM items WHERE item = ?1")?;
        if !statement.exists([item])? {
            self.became(item, owner)?;
        }
        Ok(())
    }

    /// Items of a source that have no file, and of which none is wanted: they were none.
    pub(crate) fn forget_items_without_files(&self, source: &str) -> Result<(), ArchiveError> {
        let mut statement = self.transaction.prepare(
            "SELECT item FROM items WHERE source = ?1 AND NOT EXISTS (SELECT 1 FROM roles WHERE roles.item = items.item)",
        )?;
        let items = statement.query_map([source], |row| row.get(0))?;
        for item in items.collect::<Result<Vec<i64>, _>>()? {
            self.forget_item_without_files(item)?;
            self.became(item, NOBODY)?;
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
