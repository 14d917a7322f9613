//! The files in the folder that the index does not know: where a missing file may have gone, and what may be there already.
//!
//! Taken once a run, and only by a run that has something to fetch. It is kept in a temporary database of its own, because a
//! folder of a million foreign files must not be a million names in memory; a file is read at most once, when somebody asks.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, params};

use crate::archive::ArchiveError;
use crate::archive::store::Store;
use crate::archive::tree::{Tree, split};
pub(crate) use crate::archive::unknown::Found;
use crate::archive::unknown::{INDEXES, SHAPE, Unknown};
use crate::archive::walk::{Walked, walk};
use crate::http::Stop;
use crate::media::naming;

/// Cheap to clone; all clones are one survey.
#[derive(Clone)]
pub(crate) struct Survey {
    store: Option<Store>,
    unknown: Arc<Mutex<Option<Unknown>>>,
}

/// Told size and SHA-256 of a file.
pub(super) type Tell<'a> = dyn FnMut(u64, &[u8]) -> Result<(), ArchiveError> + 'a;

impl Survey {
    /// Of no folder at all, nothing is ever found.
    pub(crate) fn new(store: Option<Store>) -> Self {
        Self {
            store,
            unknown: Arc::default(),
        }
    }

    /// Walks the folder, unless that was done before. `is_known` says whether the index has stored something at a path.
    pub(crate) fn take(
        &self,
        stop: &Stop,
        mut is_known: impl FnMut(&str) -> Result<bool, ArchiveError>,
    ) -> Result<(), ArchiveError> {
        let mut unknown = self.lock();
        let Some(store) = self.store.as_ref().filter(|_| unknown.is_none()) else {
            return Ok(());
        };
        let connection = Connection::open("")?;
        connection.execute_batch(SHAPE)?;
        let mut unnameable = Oddity::of(
            "names in the archive's folder are no UTF-8, and what has them is left alone",
        );
        let mut unreadable = Oddity::of(
            "files or folders in the archive's folder cannot be looked at, and nothing in them is recognised",
        );
        connection.execute_batch("BEGIN")?;
        {
            let mut insert = connection.prepare(
                "INSERT INTO unknown (path, key, size, modified) VALUES (?1, ?2, ?3, ?4)",
            )?;
            for walked in walk(store) {
                if stop.soon.is_cancelled() {
                    return Err(ArchiveError::Stopped);
                }
                match walked {
                    Walked::File { path, .. } if is_known(&path)? => {}
                    Walked::File { path, entry } => {
                        let key = naming::match_key(split(&path).1);
                        insert.execute(params![path, key, entry.size, entry.modified])?;
                    }
                    Walked::Unnameable { shown } => unnameable.add(shown),
                    // Root's, in every file system of its own.
                    Walked::Unreadable { path, .. } if path == "lost+found" => {}
                    Walked::Unreadable { path, error } => {
                        unreadable.add(format!("{path} ({error})"));
                    }
                }
            }
        }
        connection.execute_batch("COMMIT")?;
        connection.execute_batch(INDEXES)?;
        *unknown = Some(Unknown {
            connection,
            tree: Tree::new(store.clone()),
            oddities: [unnameable, unreadable]
                .iter()
                .filter_map(Oddity::describe)
                .collect(),
        });
        Ok(())
    }

    /// What could not be taken in, in words; told once.
    pub(crate) fn oddities(&self) -> Vec<String> {
        let mut unknown = self.lock();
        let oddities = unknown.as_mut().map(|unknown| &mut unknown.oddities);
        oddities.map(std::mem::take).unwrap_or_default()
    }

    /// An unknown file with exactly this content; of several, rather one that is called so. Nothing before the survey is
    /// taken.
    pub(crate) fn find(
        &self,
        sha256: &[u8],
        size: u64,
        name: &str,
    ) -> Result<Option<Found>, ArchiveError> {
        match &mut *self.lock() {
            Some(unknown) => unknown.find(sha256, size, &naming::match_key(name)),
            None => Ok(None),
        }
    }

    /// Whether an unknown file has a name like this.
    pub(crate) fn has_like(&self, name: &str) -> Result<bool, ArchiveError> {
        let unknown = self.lock();
        let Some(unknown) = &*unknown else {
            return Ok(false);
        };
        let mut statement = unknown
            .connection
            .prepare_cached("SELECT 1 FROM unknown WHERE key = ?1")?;
        Ok(statement.exists([naming::match_key(name)])?)
    }

    /// A file that the index knows from now on.
    pub(crate) fn forget(&self, path: &str, size: u64) -> Result<(), ArchiveError> {
        if let Some(unknown) = &*self.lock() {
            unknown
                .connection
                .prepare_cached("DELETE FROM unknown WHERE size = ?1 AND path = ?2")?
                .execute(params![size, path])?;
        }
        Ok(())
    }

    /// How many of these lost files (size and SHA-256) are probably only somewhere else: as many as there are unknown files
    /// of their sizes, if the content of a few bears it out.
    pub(crate) fn explains(
        &self,
        lost: impl FnOnce(&mut Tell<'_>) -> Result<(), ArchiveError>,
    ) -> Result<u64, ArchiveError> {
        let mut unknown = self.lock();
        let Some(unknown) = &mut *unknown else {
            return Ok(0);
        };
        unknown.connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS lost (size INTEGER NOT NULL, sha256 BLOB NOT NULL); DELETE FROM lost; BEGIN;",
        )?;
        {
            let mut insert = unknown
                .connection
                .prepare("INSERT INTO lost (size, sha256) VALUES (?1, ?2)")?;
            lost(&mut |size, sha256| Ok(insert.execute(params![size, sha256]).map(drop)?))?;
        }
        unknown.connection.execute_batch("COMMIT")?;
        let covered = unknown.connection.query_row(
            "SELECT coalesce(sum(min(lost.n, there.n)), 0)
             FROM (SELECT size, count(*) AS n FROM lost GROUP BY size) AS lost
             JOIN (SELECT size, count(*) AS n FROM unknown GROUP BY size) AS there USING (size)",
            [],
            |row| row.get(0),
        )?;
        let sample: Vec<(u64, Vec<u8>)> = {
            // The smallest: what is to be read at every start, until the files are settled, should not be films.
            let mut statement = unknown.connection.prepare(
                "SELECT size, sha256 FROM lost WHERE size IN (SELECT size FROM unknown) GROUP BY size ORDER BY size LIMIT ?1",
            )?;
            let rows = statement.query_map([SAMPLE], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        let mut proven = 0;
        for (size, sha256) in &sample {
            proven += usize::from(unknown.find(sha256, *size, "")?.is_some());
        }
        Ok(if proven * 2 >= sample.len() {
            covered
        } else {
            0
        })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Option<Unknown>> {
        self.unknown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Things that a survey cannot take in: how many, and the first.
struct Oddity {
    what: &'static str,
    count: u64,
    first: String,
}

impl Oddity {
    fn of(what: &'static str) -> Self {
        Self {
            what,
            count: 0,
            first: String::new(),
        }
    }

    fn add(&mut self, name: String) {
        if self.count == 0 {
            self.first = name;
        }
        self.count += 1;
    }

    fn describe(&self) -> Option<String> {
        let Self { what, count, first } = self;
        (*count > 0).then(|| format!("{count} {what}: {first}"))
    }
}

/// Lost files whose content is looked for before a loss is believed to be a move.
const SAMPLE: usize = 16;
