//! Items for which a file of their name is there already, held back until everything is listed: only then is it known whether
//! a match is the only one.

use chrono::DateTime;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::archive::ArchiveError;
use crate::archive::adopt::{self, Candidate, Verdict, Wanted};
use crate::archive::survey::{Found, Survey};
use crate::media::inspect::FormatKind;
use crate::media::item::{Kind, MediaItem};
use crate::media::naming;

/// A held item's place in the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    /// Its row in the index; 0 where none was made.
    pub(crate) item: i64,
    pub(crate) id: String,
    /// Where it would go.
    pub(crate) path: String,
    /// A number of the caller's.
    pub(crate) why: u8,
}

/// What is to become of a held item.
pub(crate) struct Judged {
    pub(crate) held: Held,
    pub(crate) verdict: Verdict,
    /// The file that the verdict is about, and what it says of itself.
    pub(crate) file: Option<(Found, Candidate)>,
}

impl Survey {
    /// Holds an item back.
    pub(crate) fn hold(&self, item: &MediaItem, held: &Held) -> Result<(), ArchiveError> {
        let unknown = self.lock();
        let Some(unknown) = &*unknown else {
            return Ok(());
        };
        let (width, height) = item.dimensions.unzip();
        let name = item.filename.as_deref().unwrap_or_default();
        unknown
            .connection
            .prepare_cached(
                "INSERT OR IGNORE INTO held (item, id, key, path, why, kind, width, height, created)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                held.item,
                held.id,
                naming::match_key(name),
                held.path,
                held.why,
                matches!(item.kind, Kind::Video(_)),
                width,
                height,
                item.created.map(|created| created.timestamp_millis()),
            ])?;
        Ok(())
    }

    /// Adds what else the index holds under the names of held items: a file could be theirs as well.
    pub(crate) fn add_rivals(&self, index: &Connection) -> Result<(), ArchiveError> {
        let unknown = self.lock();
        let Some(unknown) = &*unknown else {
            return Ok(());
        };
        let held = &unknown.connection;
        if !held.prepare("SELECT 1 FROM held")?.exists([])? {
            return Ok(());
        }
        held.execute_batch("BEGIN")?;
        {
            let mut is_held =
                held.prepare("SELECT 1 FROM held WHERE key = ?1 AND path IS NOT NULL")?;
            let mut insert = held.prepare(
                "INSERT OR IGNORE INTO held (id, key, why, kind, width, height, created) VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6)",
            )?;
            let mut items = index.prepare(
                "SELECT id, filename, kind = 'video', width, height, created FROM items WHERE filename IS NOT NULL",
            )?;
            let mut rows = items.query([])?;
            while let Some(row) = rows.next()? {
                let key = naming::match_key(&row.get::<_, String>(1)?);
                if is_held.exists([&key])? {
                    insert.execute(params![
                        row.get::<_, String>(0)?,
                        key,
                        row.get::<_, bool>(2)?,
                        row.get::<_, Option<u32>>(3)?,
                        row.get::<_, Option<u32>>(4)?,
                        row.get::<_, Option<i64>>(5)?,
                    ])?;
                }
            }
        }
        held.execute_batch("COMMIT")?;
        Ok(())
    }

    /// Judges the held items of the name that comes after `key`, and returns that name. `None` when there is no more.
    pub(crate) fn judge_after(
        &self,
        key: &str,
    ) -> Result<Option<(String, Vec<Judged>)>, ArchiveError> {
        let mut unknown = self.lock();
        let Some(unknown) = &mut *unknown else {
            return Ok(None);
        };
        let next: Option<String> = unknown
            .connection
            .prepare_cached("SELECT key FROM held WHERE key > ?1 ORDER BY key LIMIT 1")?
            .query_row([key], |row| row.get(0))
            .optional()?;
        let Some(key) = next else { return Ok(None) };
        let files = unknown.called(&key)?;
        let items: Vec<(Option<Held>, Wanted)> = {
            let mut statement = unknown.connection.prepare_cached(
                "SELECT item, id, path, why, kind, width, height, created FROM held WHERE key = ?1 ORDER BY rowid",
            )?;
            let rows = statement.query_map([&key], item)?;
            rows.collect::<Result<_, _>>()?
        };
        let wanted: Vec<Wanted> = items.iter().map(|(_, wanted)| wanted.clone()).collect();
        let candidates: Vec<Candidate> = files.iter().map(|(_, file)| file.clone()).collect();
        let verdicts = adopt::judge(&wanted, &candidates);
        let judged = items.into_iter().zip(verdicts);
        let judged = judged.filter_map(|((held, _), verdict)| {
            let file = match verdict {
                Verdict::Adopt { file } | Verdict::Refuse { file, .. } => files.get(file).cloned(),
                Verdict::Nothing => None,
            };
            Some(Judged {
                held: held?,
                verdict,
                file,
            })
        });
        Ok(Some((key, judged.collect())))
    }
}

/// A held item, or a rival, which has no place.
fn item(row: &Row<'_>) -> rusqlite::Result<(Option<Held>, Wanted)> {
    let path: Option<String> = row.get(2)?;
    let wanted = Wanted {
        kind: if row.get(4)? {
            FormatKind::Video
        } else {
            FormatKind::Photo
        },
        dimensions: row
            .get::<_, Option<u32>>(5)?
            .zip(row.get::<_, Option<u32>>(6)?),
        created: row
            .get::<_, Option<i64>>(7)?
            .and_then(DateTime::from_timestamp_millis),
        is_rival: path.is_none(),
    };
    let held = path.map(|path| -> rusqlite::Result<Held> {
        Ok(Held {
            item: row.get(0)?,
            id: row.get(1)?,
            path,
            why: row.get(3)?,
        })
    });
    Ok((held.transpose()?, wanted))
}
