//! What the newest export says of an item, beyond what every source says: where it was, who is on it, whether it is a favourite.
//!
//! Exports may be imported in any order. What an older one says of an item is kept in its record, and never takes the place of
//! what a newer one says.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, params};

use crate::archive::ArchiveError;
use crate::archive::index::Rows;
use crate::media::item::{MediaItem, Part};
use crate::takeout::json::{Place, Sidecar};

/// What an export says of an item.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Told {
    /// When the export was made: seconds since 1970; 0 where nobody knows, which is older than any that is known.
    pub(crate) exported: i64,
    pub(crate) taken: Option<DateTime<Utc>>,
    pub(crate) place: Option<Place>,
    pub(crate) people: Vec<String>,
    pub(crate) favorited: bool,
}

/// A file, and what its export says of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Described<'a> {
    pub(crate) item: &'a MediaItem,
    pub(crate) part: Part,
    /// What the sidecar says; `None` where there is none.
    pub(crate) told: Option<&'a Told>,
}

impl Told {
    pub(crate) fn of(sidecar: &Sidecar, exported: i64) -> Self {
        Self {
            exported,
            taken: sidecar.taken,
            place: sidecar.place,
            people: sidecar.people.clone(),
            favorited: sidecar.flags.favorited,
        }
    }
}

impl Rows<'_> {
    /// The item's row, with what this file of it says: an original says what the item is, a companion only where nothing is
    /// known yet, and an older export nothing where a newer one has spoken.
    pub(crate) fn described(
        &self,
        file: &Described<'_>,
        now: DateTime<Utc>,
    ) -> Result<i64, ArchiveError> {
        if let Some(row) = self.row_of(file.item)? {
            let exported = file.told.map_or(i64::MIN, |told| told.exported);
            if file.part != Part::Original || !self.is_newest(row, exported)? {
                return Ok(row);
            }
            // A further copy that nothing describes says nothing either; of its date see [`Rows::date_by_copy`].
            if file.told.is_none() && self.has_original(row)? {
                return Ok(row);
            }
        }
        let row = self.record(file.item, now)?;
        if let Some(told) = file.told {
            self.tell(row, told)?;
        }
        Ok(row)
    }

    /// Takes a photo that nothing describes to be of the latest time that one of its copies tells: a name tells the day, and a
    /// folder only the year, which is taken for its first day. Only a photo that is known by these bytes.
    pub(crate) fn date_by_copy(
        &self,
        (item, sha256): (i64, &[u8; 32]),
        at: DateTime<Utc>,
        note: &str,
    ) -> Result<(), ArchiveError> {
        let is_news = self
            .transaction
            .prepare_cached(
                "UPDATE items SET created = ?2 WHERE item = ?1 AND id = 'sha256:' || lower(hex(?3)) AND coalesce(created, ?2 - 1) < ?2
                 AND NOT EXISTS (SELECT 1 FROM told WHERE told.item = items.item)",
            )?
            .execute(params![item, at.timestamp_millis(), sha256])?
            > 0;
        if !is_news {
            return Ok(());
        }
        // How a date is known stands first in a note.
        let first = note.split_once("; ").map_or(note, |(first, _)| first);
        self.transaction
            .prepare_cached(
                "UPDATE roles SET note = ?2 || iif(instr(note, '; '), substr(note, instr(note, '; ')), '')
                 WHERE item = ?1 AND role = 'original' AND state = 'done' AND note IS NOT NULL",
            )?
            .execute(params![item, first])?;
        Ok(())
    }

    /// The same of a file that was stored before this was known of it: its row, where it has one, knows the bytes better.
    pub(super) fn described_later(
        &self,
        file: &Described<'_>,
        dimensions: Option<(u32, u32)>,
        now: DateTime<Utc>,
    ) -> Result<i64, ArchiveError> {
        let Some(row) = self.row_of(file.item)? else {
            let item = MediaItem {
                dimensions,
                ..file.item.clone()
            };
            let row = self.record(&item, now)?;
            if let Some(told) = file.told {
                self.tell(row, told)?;
            }
            return Ok(row);
        };
        let Some(told) = file.told.filter(|_| file.part == Part::Original) else {
            return Ok(row);
        };
        if self
            .told(row)?
            .is_none_or(|known| known.exported < told.exported)
        {
            self.transaction
                .prepare_cached(
                    "UPDATE items SET description = ?2, created = coalesce(?3, created) WHERE item = ?1",
                )?
                .execute(params![
                    row,
                    file.item.description,
                    file.item.created.map(|created| created.timestamp_millis()),
                ])?;
            self.tell(row, told)?;
        }
        Ok(row)
    }

    pub(super) fn row_of(&self, item: &MediaItem) -> Result<Option<i64>, ArchiveError> {
        let row = self
            .transaction
            .prepare_cached("SELECT item FROM items WHERE source = ?1 AND id = ?2")?
            .query_row(params![item.source.as_str(), item.id.0], |row| row.get(0))
            .optional()?;
        Ok(row)
    }

    pub(crate) fn told(&self, item: i64) -> Result<Option<Told>, ArchiveError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT exported, taken, latitude, longitude, altitude, people, favorited FROM told WHERE item = ?1",
        )?;
        let told = statement.query_row([item], |row| {
            let place = row.get::<_, Option<f64>>(2)?.zip(row.get(3)?);
            let altitude = row.get(4)?;
            let people: String = row.get(5)?;
            Ok(Told {
                exported: row.get(0)?,
                taken: row
                    .get::<_, Option<i64>>(1)?
                    .and_then(|taken| DateTime::from_timestamp(taken, 0)),
                place: place.map(|(latitude, longitude)| Place {
                    latitude,
                    longitude,
                    altitude,
                }),
                people: serde_json::from_str(&people).unwrap_or_default(),
                favorited: row.get(6)?,
            })
        });
        Ok(told.optional()?)
    }

    /// What is said of an item, and its description.
    pub(crate) fn said_of(
        &self,
        item: i64,
    ) -> Result<(Option<Told>, Option<String>), ArchiveError> {
        let description = self
            .transaction
            .prepare_cached("SELECT description FROM items WHERE item = ?1")?
            .query_row([item], |row| row.get(0))
            .optional()?;
        Ok((self.told(item)?, description.flatten()))
    }

    pub(crate) fn is_undated(&self, item: i64) -> Result<bool, ArchiveError> {
        let mut statement = self
            .transaction
            .prepare_cached("SELECT 1 FROM items WHERE item = ?1 AND created IS NULL")?;
        Ok(statement.exists([item])?)
    }

    /// Takes back what was said of an item, its date as well.
    pub(crate) fn untell(&self, item: i64) -> Result<(), ArchiveError> {
        for sql in [
            "DELETE FROM told WHERE item = ?1",
            "UPDATE items SET description = NULL, created = NULL WHERE item = ?1",
        ] {
            self.transaction.prepare_cached(sql)?.execute([item])?;
        }
        Ok(())
    }

    /// Says of an item what this file of it says, whatever was said before. Its name is that of its original.
    pub(crate) fn describe_anew(
        &self,
        item: i64,
        file: &Described<'_>,
    ) -> Result<(), ArchiveError> {
        let name = file.item.filename.as_deref();
        self.transaction
            .prepare_cached(
                "UPDATE items SET description = ?2, created = coalesce(?3, created), filename = coalesce(?4, filename) WHERE item = ?1",
            )?
            .execute(params![
                item,
                file.item.description,
                file.item.created.map(|created| created.timestamp_millis()),
                name.filter(|_| file.part == Part::Original),
            ])?;
        file.told.map_or(Ok(()), |told| self.tell(item, told))
    }

    fn has_original(&self, item: i64) -> Result<bool, ArchiveError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT 1 FROM roles WHERE item = ?1 AND role = 'original' AND state = 'done'",
        )?;
        Ok(statement.exists([item])?)
    }

    /// Whether no export has said anything newer of an item than one of this time.
    fn is_newest(&self, item: i64, exported: i64) -> Result<bool, ArchiveError> {
        let known = self
            .transaction
            .prepare_cached("SELECT exported FROM told WHERE item = ?1")?
            .query_row([item], |row| row.get::<_, i64>(0))
            .optional()?;
        Ok(known.is_none_or(|known| known <= exported))
    }

    fn tell(&self, item: i64, told: &Told) -> Result<(), ArchiveError> {
        let place = told.place;
        let people = serde_json::Value::from(told.people.clone()).to_string();
        self.transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO told (item, exported, taken, latitude, longitude, altitude, people, favorited)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                item,
                told.exported,
                told.taken.map(|taken| taken.timestamp()),
                place.map(|place| place.latitude),
                place.map(|place| place.longitude),
                place.and_then(|place| place.altitude),
                people,
                told.favorited,
            ])?;
        Ok(())
    }

    /// How many bytes of an export's record are taken in.
    pub(crate) fn recorded(&self, export: &str) -> Result<Option<u64>, ArchiveError> {
        let size = self
            .transaction
            .prepare_cached("SELECT size FROM records WHERE export = ?1")?
            .query_row([export], |row| row.get(0))
            .optional()?;
        Ok(size)
    }

    /// Notes that the index holds what this much of an export's record says.
    pub(crate) fn note_record(&self, export: &str, size: u64) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached("INSERT OR REPLACE INTO records (export, size) VALUES (?1, ?2)")?
            .execute(params![export, size])?;
        Ok(())
    }
}
