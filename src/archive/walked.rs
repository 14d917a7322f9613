//! How far the walk over the days came when Google's quota ended a run: the next one goes on from there.

use chrono::NaiveDate;
use rusqlite::{OptionalExtension, params};

use crate::archive::ArchiveError;
use crate::archive::index::Rows;
use crate::archive::known::Reader;

impl Reader {
    /// The last day that the newest `sync` has listed, if the quota ended it.
    pub(crate) fn walked(&self) -> Result<Option<NaiveDate>, ArchiveError> {
        let day = self
            .connection
            .query_row(
                "SELECT day FROM runs LEFT JOIN walked USING (run)
                 WHERE command = 'sync' AND finished IS NOT NULL ORDER BY run DESC LIMIT 1",
                [],
                |row| row.get::<_, Option<String>>(0),
            )
            .optional()?;
        // What is no day says nothing: the walk then begins with its first.
        Ok(day.flatten().and_then(|day| day.parse().ok()))
    }
}

impl Rows<'_> {
    pub(crate) fn note_walked(&self, run: i64, day: NaiveDate) -> Result<(), ArchiveError> {
        self.transaction.execute(
            "INSERT OR REPLACE INTO walked (run, day) VALUES (?1, ?2)",
            params![run, day.to_string()],
        )?;
        Ok(())
    }
}
