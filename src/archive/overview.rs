//! What the index tells about the archive as a whole: what is held, what is owed, what was run.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;
use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, params};
use serde::Serialize;

use crate::archive::ArchiveError;
use crate::archive::look::Look;
use crate::http::limit::Used;

/// Items and files of one kind, year and source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Held {
    /// Items of which at least one file is here.
    pub(crate) items: u64,
    /// Stored files: what two items share is counted with the first.
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    /// Of the items: those with a file that was counted with another item.
    pub(crate) shared: u64,
}

/// What [`Held`] is counted by: the year in the archive's own zone, the source, the kind.
pub(crate) type Group = (Option<i32>, String, String);

/// The same as the database gives it.
type RawGroup = (Option<i32>, Vec<u8>, Vec<u8>);

/// One run.
#[derive(Debug, Serialize)]
pub(crate) struct Run {
    /// Its number in the index; absent where it has no row there.
    #[serde(skip)]
    pub(crate) run: Option<i64>,
    pub(crate) command: String,
    pub(crate) started: Option<DateTime<Utc>>,
    /// Absent while it works, and for ever when it did not end in good order.
    pub(crate) finished: Option<DateTime<Utc>>,
    pub(crate) manifest: Option<String>,
    /// The exit code, where it is remembered.
    pub(crate) exit: Option<u8>,
    /// What has ended it before everything was done.
    pub(crate) error: Option<String>,
    /// How many files came to what.
    pub(crate) counts: BTreeMap<String, u64>,
}

/// A file that is owed or in doubt.
#[derive(Debug, Serialize)]
pub(crate) struct Open {
    pub(crate) name: String,
    pub(crate) source: String,
    pub(crate) id: String,
    pub(crate) role: String,
    pub(crate) why: String,
    pub(crate) attempts: u64,
    pub(crate) since: Option<DateTime<Utc>>,
    pub(crate) last_tried: Option<DateTime<Utc>>,
}

/// How many there are, and the first of them.
#[derive(Debug, Serialize)]
pub(crate) struct Opens {
    pub(crate) count: u64,
    pub(crate) first: Vec<Open>,
}

/// More than a screen holds are in the manifest.
const SHOWN: usize = 20;
pub(crate) const RUNS: usize = 5;

impl Look {
    /// What is here, in one pass over the index.
    pub(crate) fn held(&self, zone: Tz) -> Result<BTreeMap<Group, Held>, ArchiveError> {
        // `CROSS` keeps the roles the outer loop: their key has them item by item, so that nothing is sorted.
        let mut statement = self.connection.prepare(
            "SELECT source, kind, created, roles.item, file, size
             FROM roles CROSS JOIN items USING (item) CROSS JOIN files USING (file)
             WHERE roles.state = 'done' ORDER BY roles.item",
        )?;
        let mut rows = statement.query([])?;
        let mut years = Years::of(zone);
        let mut groups: HashMap<RawGroup, Held> = HashMap::new();
        let mut current: (RawGroup, Held) = Default::default();
        let mut counted: HashMap<i64, i64> = HashMap::new();
        let (mut last, mut is_shared) = (None, false);
        while let Some(row) = rows.next()? {
            let (source, kind) = (text(row.get_ref(0)?), text(row.get_ref(1)?));
            let created: Option<i64> = row.get(2)?;
            let year = created.and_then(|created| years.year(created));
            // Neighbours are mostly alike: a name is copied only where they are not.
            let (group, held) = &mut current;
            if group.0 != year || group.1 != source || group.2 != kind {
                add(&mut groups, std::mem::take(group), *held);
                current = ((year, source.to_vec(), kind.to_vec()), Held::default());
            }
            let held = &mut current.1;
            let (item, file): (i64, i64) = (row.get(3)?, row.get(4)?);
            if last.replace(item) != Some(item) {
                held.items += 1;
                is_shared = false;
            }
            match counted.entry(file) {
                Entry::Vacant(entry) => {
                    entry.insert(item);
                    held.files += 1;
                    held.bytes += row.get::<_, Option<u64>>(5)?.unwrap_or(0);
                }
                Entry::Occupied(first) if *first.get() != item && !is_shared => {
                    held.shared += 1;
                    is_shared = true;
                }
                Entry::Occupied(_) => {}
            }
        }
        add(&mut groups, current.0, current.1);
        let name = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let named = |((year, source, kind), held)| ((year, name(source), name(kind)), held);
        Ok(groups.into_iter().map(named).collect())
    }

    /// The last runs, the newest first.
    pub(crate) fn runs(&self) -> Result<Vec<Run>, ArchiveError> {
        let mut statement = self.connection.prepare(
            "SELECT run, command, started, finished, manifest FROM runs ORDER BY run DESC LIMIT ?1",
        )?;
        let runs = statement.query_map([RUNS], |row| {
            Ok(Run {
                run: row.get(0)?,
                command: row.get(1)?,
                started: moment(row.get(2)?),
                finished: moment(row.get(3)?),
                manifest: row.get(4)?,
                exit: None,
                error: None,
                counts: BTreeMap::new(),
            })
        })?;
        Ok(runs.collect::<Result<_, _>>()?)
    }

    /// Files that could not be had, those that have failed longest first.
    pub(crate) fn failed(&self) -> Result<Opens, ArchiveError> {
        self.opens("roles.state = 'failed'", "cause")
    }

    /// Files that are here although they look broken, and are to be asked for once more.
    pub(crate) fn doubtful(&self) -> Result<Opens, ArchiveError> {
        self.opens(
            "roles.state = 'done' AND recheck_after IS NOT NULL",
            "roles.note",
        )
    }

    /// How many files are in each state other than here.
    pub(crate) fn owed(&self) -> Result<BTreeMap<String, u64>, ArchiveError> {
        let mut statement = self.connection.prepare(
            "SELECT state, count(*) FROM roles WHERE state NOT IN ('done', 'none') GROUP BY state",
        )?;
        let counts = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(counts.collect::<Result<_, _>>()?)
    }

    /// What of a day's quota is used up.
    pub(crate) fn quota(&self, none: Used) -> Result<Used, ArchiveError> {
        let used = self
            .connection
            .query_row(
                "SELECT api, bytes FROM quota WHERE day = ?1",
                [none.day.to_string()],
                |row| {
                    Ok(Used {
                        api: row.get(0)?,
                        bytes: row.get(1)?,
                        ..none
                    })
                },
            )
            .optional()?;
        Ok(used.unwrap_or(none))
    }

    fn opens(&self, condition: &str, why: &str) -> Result<Opens, ArchiveError> {
        let mut first = Vec::new();
        let mut statement = self.connection.prepare(&format!(
            "SELECT coalesce(path, filename, id), source, id, role, coalesce({why}, ''), attempts, first_failed, last_tried
             FROM roles JOIN items USING (item) LEFT JOIN files USING (file) WHERE {condition}
             ORDER BY first_failed, items.id LIMIT ?1"
        ))?;
        let mut rows = statement.query(params![SHOWN])?;
        while let Some(row) = rows.next()? {
            first.push(Open {
                name: row.get(0)?,
                source: row.get(1)?,
                id: row.get(2)?,
                role: row.get(3)?,
                why: row.get(4)?,
                attempts: row.get(5)?,
                since: moment(row.get(6)?),
                last_tried: moment(row.get(7)?),
            });
        }
        let count = if first.len() < SHOWN {
            first.len() as u64
        } else {
            let sql = format!("SELECT count(*) FROM roles WHERE {condition}");
            self.connection.query_row(&sql, [], |row| row.get(0))?
        };
        Ok(Opens { count, first })
    }
}

/// The years of one zone, so that a hundred thousand moments cost one conversion for each change of year.
struct Years {
    zone: Tz,
    /// The year of the last moment, and its first and last known milliseconds since 1970.
    last: Option<(i32, i64, i64)>,
}

impl Years {
    fn of(zone: Tz) -> Self {
        Self { zone, last: None }
    }

    fn year(&mut self, millis: i64) -> Option<i32> {
        if let Some((year, first, last)) = self.last
            && (first..=last).contains(&millis)
        {
            return Some(year);
        }
        let moment = DateTime::from_timestamp_millis(millis)?;
        let year = moment.with_timezone(&self.zone).year();
        // The same day in every zone: clear of both ends of the year.
        let inner = |month, day| {
            let day = chrono::NaiveDate::from_ymd_opt(year, month, day)?;
            Some(
                day.and_time(chrono::NaiveTime::MIN)
                    .and_utc()
                    .timestamp_millis(),
            )
        };
        self.last = inner(1, 2)
            .zip(inner(12, 31))
            .map(|(first, last)| (year, first, last));
        Some(year)
    }
}

fn add(groups: &mut HashMap<RawGroup, Held>, group: RawGroup, held: Held) {
    // What a pass begins with is no group.
    if held == Held::default() {
        return;
    }
    let sum = groups.entry(group).or_default();
    sum.items += held.items;
    sum.files += held.files;
    sum.bytes += held.bytes;
    sum.shared += held.shared;
}

fn text(value: ValueRef<'_>) -> &[u8] {
    value.as_bytes().unwrap_or_default()
}

fn moment(seconds: Option<i64>) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds?, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_is_that_of_the_archives_own_zone() {
        let at = |text: &str| {
            text.parse::<DateTime<Utc>>()
                .expect("a moment")
                .timestamp_millis()
        };
        let mut years = Years::of(chrono_tz::Asia::Tokyo);
        for (moment, year) in [
            ("2023-06-01T00:00:00Z", 2023),
            ("2023-12-31T14:59:59Z", 2023),
            ("2023-12-31T15:00:00Z", 2024),
            ("2024-01-01T00:00:00Z", 2024),
            ("1969-12-31T23:00:00Z", 1970),
        ] {
            assert_eq!(years.year(at(moment)), Some(year), "{moment}");
        }
        let mut years = Years::of(chrono_tz::Pacific::Honolulu);
        assert_eq!(years.year(at("2024-07-01T00:00:00Z")), Some(2024));
        assert_eq!(years.year(at("2024-01-01T09:00:00Z")), Some(2023));
        assert_eq!(years.year(i64::MAX), None);
    }
}
