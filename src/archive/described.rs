//! What is known of the files of one item, for what is derived from the archive: sidecars, links.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, params};

use crate::archive::ArchiveError;
use crate::archive::index::Rows;
use crate::media::item::{Part, Role, SourceName};
use crate::takeout::taken::By;

/// A stored file that shows an item.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    /// Relative to `downloads/`.
    pub(crate) path: String,
    /// What was noted when it was stored.
    pub(crate) note: Option<String>,
}

/// The `+` keep `SQLite` from looking through all items of the source, for every item again.
const SHOWN: &str = "SELECT path, note, role FROM roles JOIN files USING (file)
    WHERE roles.item = ?1 AND roles.state = 'done' AND files.state = 'stored' AND NOT EXISTS (
        SELECT 1 FROM roles AS theirs JOIN items AS other USING (item) JOIN items AS mine ON mine.item = ?1
        WHERE theirs.file = roles.file AND theirs.state = 'done' AND +other.source = mine.source AND +other.id < mine.id)
    ORDER BY path";

impl Rows<'_> {
    /// The files of an item that are pictures of it: the original and edited versions, no clips. A file that is several items'
    /// is the one's with the smallest id.
    pub(crate) fn shown(&self, item: i64) -> Result<Vec<Shown>, ArchiveError> {
        let mut statement = self.transaction.prepare_cached(SHOWN)?;
        let rows = statement.query_map([item], |row| {
            let shown = Shown {
                path: row.get(0)?,
                note: row.get(1)?,
            };
            Ok((shown, row.get::<_, String>(2)?))
        })?;
        let mut all = Vec::new();
        for row in rows {
            let (shown, role) = row?;
            if Role::parse(&role).is_some_and(|role| role.part() != Part::Motion) {
                all.push(shown);
            }
        }
        Ok(all)
    }

    /// The rows of all items of a source.
    pub(crate) fn items_of(&self, source: SourceName) -> Result<Vec<i64>, ArchiveError> {
        let mut statement = self
            .transaction
            .prepare_cached("SELECT item FROM items WHERE source = ?1")?;
        let items = statement.query_map([source.as_str()], |row| row.get(0))?;
        Ok(items.collect::<Result<_, _>>()?)
    }

    /// The titles of the albums that an item is in, each once, in order.
    pub(crate) fn albums_of(&self, item: i64) -> Result<Vec<String>, ArchiveError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT DISTINCT title FROM albums JOIN album_items USING (album)
             WHERE item = ?1 AND title <> '' ORDER BY title",
        )?;
        let titles = statement.query_map([item], |row| row.get(0))?;
        Ok(titles.collect::<Result<_, _>>()?)
    }

    pub(crate) fn dated_and_described(
        &self,
        item: i64,
    ) -> Result<(Option<DateTime<Utc>>, Option<String>), ArchiveError> {
        let found = self
            .transaction
            .prepare_cached("SELECT created, description FROM items WHERE item = ?1")?
            .query_row([item], |row| {
                Ok((row.get::<_, Option<i64>>(0)?, row.get(1)?))
            })
            .optional()?;
        let (created, description) = found.unwrap_or_default();
        let created = created.and_then(DateTime::from_timestamp_millis);
        Ok((created, description))
    }

    /// Notes whose word the date of a file is, now that it is known.
    pub(crate) fn note_date(&self, item: i64, file: &Shown, by: By) -> Result<(), ArchiveError> {
        let known = file.note.as_deref().unwrap_or_default();
        let rest = known.split_once("; ").map_or("", |(_, rest)| rest);
        let note = [by.as_str(), rest].join("; ");
        self.transaction
            .prepare_cached(
                "UPDATE roles SET note = ?3 WHERE item = ?1 AND file IN (SELECT file FROM files WHERE path = ?2)",
            )?
            .execute(params![item, file.path, note.trim_end_matches("; ")])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::index::{Index, Sync};

    #[test]
    fn what_shows_an_item_is_found_without_looking_through_all_items() {
        let mut index = Index::in_memory().expect("an index");
        let steps: Vec<String> = index
            .transact(Sync::Later, |rows| {
                let explained = format!("EXPLAIN QUERY PLAN {SHOWN}");
                let mut statement = rows.transaction.prepare(&explained)?;
                let steps = statement.query_map([1], |row| row.get(3))?;
                Ok(steps.collect::<Result<_, _>>()?)
            })
            .expect("explained");
        for step in steps
            .iter()
            .filter(|step| step.starts_with('S') && !step.contains("SUBQUERY"))
        {
            let by_number = step.contains("PRIMARY KEY") || step.contains("roles_by_file");
            assert!(by_number, "{step}");
        }
        assert!(steps.len() > 3, "{steps:?}");
    }
}
