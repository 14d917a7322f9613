//! A survey once it is taken: the temporary database of the files that the index does not know. Each is read at most once, when
//! somebody asks for its content.

use chrono::{DateTime, NaiveDateTime};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::archive::ArchiveError;
use crate::archive::adopt::Candidate;
use crate::archive::recover::inspect;
use crate::archive::tree::Tree;
use crate::media::inspect::{FormatKind, Inspection, Verdict};

pub(super) struct Unknown {
    pub(super) connection: Connection,
    pub(super) tree: Tree,
    /// What could not be taken in, in words, until it was told.
    pub(super) oddities: Vec<String>,
}

/// A file that is there and that the index does not know.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) path: String,
    pub(crate) size: u64,
    /// Seconds since 1970.
    pub(crate) modified: i64,
    pub(crate) sha256: [u8; 32],
    /// The photo says that a clip belongs to it.
    pub(crate) has_clip: bool,
}

impl Unknown {
    pub(super) fn find(
        &mut self,
        sha256: &[u8],
        size: u64,
        key: &str,
    ) -> Result<Option<Found>, ArchiveError> {
        let mut called_so = true;
        loop {
            if let Some(found) = self.known_to_hold(sha256, size)? {
                return Ok(Some(found));
            }
            let sql = if called_so {
                "SELECT rowid, path FROM unknown WHERE size = ?1 AND looked = 0 AND key = ?2 LIMIT 1"
            } else {
                "SELECT rowid, path FROM unknown WHERE size = ?1 AND looked = 0 LIMIT 1"
            };
            let next: Option<(i64, String)> = {
                let mut statement = self.connection.prepare_cached(sql)?;
                let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
                if called_so {
                    statement.query_row(params![size, key], row).optional()?
                } else {
                    statement.query_row(params![size], row).optional()?
                }
            };
            match next {
                Some((rowid, path)) => self.look(rowid, &path)?,
                None if called_so => called_so = false,
                None => return Ok(None),
            }
        }
    }

    fn known_to_hold(&self, sha256: &[u8], size: u64) -> Result<Option<Found>, ArchiveError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT path, size, modified, sha256, motion FROM unknown WHERE size = ?1 AND looked = 1 AND sha256 = ?2
             ORDER BY path LIMIT 1",
        )?;
        Ok(statement
            .query_row(params![size, sha256], found)
            .optional()?)
    }

    /// Reads a file. One that cannot be read, or is not what it was when the folder was walked, is nobody's.
    pub(super) fn look(&mut self, rowid: i64, path: &str) -> Result<(), ArchiveError> {
        let is_same = |tree: &mut Tree, size: u64, modified: i64| {
            let entry = tree.entry(path).ok().flatten();
            entry.is_some_and(|it| it.is_file && it.size == size && it.modified == modified)
        };
        let (size, modified) = self
            .connection
            .prepare_cached("SELECT size, modified FROM unknown WHERE rowid = ?1")?
            .query_row([rowid], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let seen = is_same(&mut self.tree, size, modified)
            .then(|| inspect(&mut self.tree, path).ok())
            .flatten()
            .filter(|_| is_same(&mut self.tree, size, modified));
        let (sha256, inspection) = seen.unzip();
        let of = |field: fn(&Inspection) -> Option<i64>| inspection.as_ref().and_then(field);
        self.connection
            .prepare_cached(
                "UPDATE unknown SET looked = 1, sha256 = ?2, kind = ?3, whole = ?4, width = ?5, height = ?6, taken = ?7,
                     motion = ?8 WHERE rowid = ?1",
            )?
            .execute(params![
                rowid,
                sha256,
                of(|it| it.format.map(|format| i64::from(format.kind() == FormatKind::Video))),
                of(|it| Some(i64::from(it.verdict == Verdict::Whole))),
                of(|it| it.dimensions.map(|(width, _)| width.into())),
                of(|it| it.dimensions.map(|(_, height)| height.into())),
                of(|it| it.taken.map(|taken| taken.and_utc().timestamp())),
                of(|it| Some(i64::from(it.motion))),
            ])?;
        Ok(())
    }

    /// The unknown files of one key, each with what it says of itself; in the order of their paths.
    pub(super) fn called(&mut self, key: &str) -> Result<Vec<(Found, Candidate)>, ArchiveError> {
        let unseen: Vec<(i64, String)> = {
            let mut statement = self
                .connection
                .prepare_cached("SELECT rowid, path FROM unknown WHERE key = ?1 AND looked = 0")?;
            let rows = statement.query_map([key], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        for (rowid, path) in unseen {
            self.look(rowid, &path)?;
        }
        let mut statement = self.connection.prepare_cached(
            "SELECT path, size, modified, sha256, motion, kind, whole, width, height, taken FROM unknown
             WHERE key = ?1 AND sha256 IS NOT NULL ORDER BY path",
        )?;
        let rows = statement.query_map([key], |row| Ok((found(row)?, candidate(row)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn found(row: &Row<'_>) -> rusqlite::Result<Found> {
    Ok(Found {
        path: row.get(0)?,
        size: row.get(1)?,
        modified: row.get(2)?,
        sha256: row.get(3)?,
        has_clip: row.get::<_, Option<bool>>(4)?.unwrap_or(false),
    })
}

fn candidate(row: &Row<'_>) -> rusqlite::Result<Candidate> {
    let side = |index| row.get::<_, Option<u32>>(index);
    let taken: Option<NaiveDateTime> = row
        .get::<_, Option<i64>>(9)?
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .map(|moment| moment.naive_utc());
    Ok(Candidate {
        kind: row.get::<_, Option<bool>>(5)?.map(|is_video| {
            if is_video {
                FormatKind::Video
            } else {
                FormatKind::Photo
            }
        }),
        is_whole: row.get(6)?,
        dimensions: side(7)?.zip(side(8)?),
        taken,
    })
}

/// Nothing of it outlives the process, so that no write waits for the disk. 4 MiB of cache.
pub(super) const SHAPE: &str = "
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA temp_store = FILE;
    PRAGMA cache_size = -4096;
    CREATE TABLE unknown (
        path TEXT NOT NULL,
        key TEXT NOT NULL,
        size INTEGER NOT NULL,
        modified INTEGER NOT NULL,
        looked INTEGER NOT NULL DEFAULT 0,
        sha256 BLOB,                    -- of those that were looked at and could be read, as is the rest
        kind INTEGER,                   -- 0 photo, 1 video
        whole INTEGER,
        width INTEGER,
        height INTEGER,
        taken INTEGER,
        motion INTEGER
    );
    CREATE TABLE held (
        item INTEGER,                   -- its row in the index, which a dry run has not made
        id TEXT NOT NULL UNIQUE,
        key TEXT NOT NULL,
        path TEXT,                      -- where it would go; none of a rival
        why INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        width INTEGER,
        height INTEGER,
        created INTEGER                 -- milliseconds since 1970
    );
    CREATE INDEX held_by_key ON held (key);
";
pub(super) const INDEXES: &str = "
    CREATE INDEX unknown_by_size ON unknown (size, looked);
    CREATE INDEX unknown_by_key ON unknown (key);
";
