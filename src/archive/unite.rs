//! One item out of two: what was known by its bytes alone, once an address is known for it.

use rusqlite::{OptionalExtension, params};

use crate::archive::ArchiveError;
use crate::archive::index::Rows;
use crate::media::item::Role;

impl Rows<'_> {
    /// Items that are known by their bytes alone, while an item with an address has the same bytes: their files become that
    /// item's. Returns how many.
    pub(crate) fn unite(&self, source: &str, run: i64) -> Result<usize, ArchiveError> {
        let mut statement = self.transaction.prepare(
            "SELECT unnamed.item, min(named.item) FROM items AS unnamed
             JOIN roles AS theirs ON theirs.item = unnamed.item AND theirs.state = 'done'
             JOIN roles AS ours ON ours.file = theirs.file AND ours.state = 'done' AND ours.item <> unnamed.item
             JOIN items AS named ON named.item = ours.item AND named.source = ?1 AND named.id NOT LIKE 'sha256:%'
             WHERE unnamed.source = ?1 AND unnamed.id = 'sha256:' || lower(hex((SELECT sha256 FROM files WHERE file = theirs.file)))
             GROUP BY unnamed.item",
        )?;
        let pairs = statement.query_map([source], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let pairs: Vec<(i64, i64)> = pairs.collect::<Result<_, _>>()?;
        for (unnamed, named) in &pairs {
            self.absorb(*unnamed, *named, run)?;
        }
        Ok(pairs.len())
    }

    /// Notes that an item is gone, and which one has its files.
    pub(super) fn became(&self, item: i64, owner: i64) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached("INSERT OR REPLACE INTO temp.became (item, owner) VALUES (?1, ?2)")?
            .execute([item, owner])?;
        Ok(())
    }

    /// The item that this one has become in this run; most often itself.
    pub(crate) fn is_now(&self, item: i64) -> Result<i64, ArchiveError> {
        let mut statement = self
            .transaction
            .prepare_cached("SELECT owner FROM temp.became WHERE item = ?1")?;
        let mut now = item;
        while let Some(owner) = statement.query_row([now], |row| row.get(0)).optional()? {
            now = owner;
        }
        Ok(now)
    }

    /// Makes a role of one item this one of another.
    pub(super) fn hand_role(
        &self,
        (item, role): (i64, &str),
        (into, new): (i64, Role),
    ) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached(
                "UPDATE OR REPLACE roles SET item = ?3, role = ?4 WHERE item = ?1 AND role = ?2",
            )?
            .execute(params![item, role, into, new.text()])?;
        Ok(())
    }

    /// Moves the files of one item to another, which may have some of them already.
    pub(super) fn absorb(&self, item: i64, into: i64, run: i64) -> Result<(), ArchiveError> {
        let roles_of = |item: i64| -> Result<Vec<(Role, Option<i64>)>, ArchiveError> {
            let mut statement = self
                .transaction
                .prepare_cached("SELECT role, file FROM roles WHERE item = ?1 ORDER BY role")?;
            let roles =
                statement.query_map([item], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
            let roles = roles.collect::<Result<Vec<_>, _>>()?;
            Ok(roles
                .into_iter()
                .filter_map(|(role, file)| Some((Role::parse(&role)?, file)))
                .collect())
        };
        let mut held: Vec<Option<i64>> =
            roles_of(into)?.into_iter().map(|(_, file)| file).collect();
        for (role, file) in roles_of(item)? {
            if held.contains(&file) {
                continue;
            }
            let new = self.free_role(into, role.part(), run)?;
            self.hand_role((item, &role.text()), (into, new))?;
            held.push(file);
        }
        for sql in [
            "UPDATE OR IGNORE album_items SET item = ?2 WHERE item = ?1",
            "DELETE FROM album_items WHERE item = ?1 AND ?2 <> ?1",
            "UPDATE OR IGNORE told SET item = ?2 WHERE item = ?1",
            "DELETE FROM told WHERE item = ?1 AND ?2 <> ?1",
            "UPDATE pairs SET original = ?2 WHERE original = ?1",
            "DELETE FROM roles WHERE item = ?1 AND ?2 <> ?1",
            "DELETE FROM items WHERE item = ?1 AND ?2 <> ?1",
        ] {
            self.transaction
                .prepare_cached(sql)?
                .execute([item, into])?;
        }
        self.became(item, into)
    }
}

/// Which items have become which, in this run. [`Rows::record`] gives none of their numbers away again.
pub(super) const BECAME: &str =
    "CREATE TEMP TABLE IF NOT EXISTS became (item INTEGER PRIMARY KEY, owner INTEGER NOT NULL)";
