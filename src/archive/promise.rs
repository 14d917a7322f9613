//! What the index promises: which bytes are at which path.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::archive::checks::Slice;
use crate::archive::restore::DOUBTFUL;
use crate::archive::staged::{BROKEN, NO_MEDIA};
use crate::archive::{ArchiveError, schema};

/// A file that is to be in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) file: i64,
    pub(crate) path: String,
    pub(crate) sha256: Vec<u8>,
    pub(crate) size: u64,
    /// Seconds since 1970.
    pub(crate) modified: Option<i64>,
    /// An item has it. Without one it is a copy that a better one has taken the place of.
    pub(crate) is_needed: bool,
    /// What a run was about to put there when it died. Until the next one has looked, either is right.
    pub(super) announced: Option<Announced>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Announced {
    pub(super) sha256: Vec<u8>,
    pub(super) size: u64,
}

impl Record {
    /// Whether a file of this size may be the one that is meant.
    pub(super) fn may_have(&self, size: u64) -> bool {
        let is_announced = |other: &Announced| other.size == size;
        self.size == size || self.announced.as_ref().is_some_and(is_announced)
    }

    /// Whether a file with this digest is the one that is meant.
    pub(super) fn is(&self, digest: &[u8; 32]) -> bool {
        let is_announced = |other: &Announced| other.sha256 == digest;
        self.sha256 == digest || self.announced.as_ref().is_some_and(is_announced)
    }
}

/// How to ask an index for them, which depends on its shape: one that nobody has written to since an older program is read
/// as it is.
#[derive(Clone, Copy)]
pub(crate) struct Promises(&'static str);

/// In an index that keeps nothing of a file that is being brought back.
const STORED: &str = "SELECT files.file, path, sha256, size, modified,
        EXISTS (SELECT 1 FROM roles WHERE roles.file = files.file) AS is_needed, NULL AS other, NULL AS other_size
    FROM files WHERE state = 'stored'";
/// A file that is being brought back is still promised as it was.
const STORED_OR_FORMER: &str = "SELECT files.file, path, coalesce(former.sha256, files.sha256) AS sha256,
        coalesce(former.size, files.size) AS size, iif(former.file IS NULL, files.modified, former.modified) AS modified,
        EXISTS (SELECT 1 FROM roles WHERE roles.file = files.file) AS is_needed,
        iif(former.file IS NULL, NULL, files.sha256) AS other, iif(former.file IS NULL, NULL, files.size) AS other_size
    FROM files LEFT JOIN former ON former.file = files.file AND state = 'announced'
    WHERE (state = 'stored' OR former.file IS NOT NULL)";

impl Promises {
    pub(crate) fn of(connection: &Connection) -> Result<Self, ArchiveError> {
        let keeps_former = schema::version(connection)? >= schema::WITH_FORMER;
        Ok(Self(if keeps_former {
            STORED_OR_FORMER
        } else {
            STORED
        }))
    }

    /// The next files after one, in their order; a page is one short read, so that a run at work is never kept from writing.
    pub(super) fn page(
        self,
        connection: &Connection,
        after: i64,
        slice: Option<Slice>,
        length: usize,
    ) -> Result<Vec<Record>, ArchiveError> {
        let (parts, number) = parts(slice);
        let sql = format!(
            "{} AND files.file > ?1 AND files.file % ?2 = ?3 ORDER BY files.file LIMIT ?4",
            self.0
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let rows = statement.query_map(params![after, parts, number, length], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One file as it is promised now, if it is.
    pub(super) fn file(
        self,
        connection: &Connection,
        file: i64,
    ) -> Result<Option<Record>, ArchiveError> {
        let sql = format!("{} AND files.file = ?1", self.0);
        let mut statement = connection.prepare_cached(&sql)?;
        Ok(statement.query_row([file], read).optional()?)
    }

    /// What is promised at a path.
    pub(super) fn at(
        self,
        connection: &Connection,
        path: &str,
    ) -> Result<Option<Record>, ArchiveError> {
        let sql = format!("{} AND path = ?1", self.0);
        let mut statement = connection.prepare_cached(&sql)?;
        Ok(statement.query_row([path], read).optional()?)
    }

    /// Whether a file was a whole picture or video when it was stored, as far as anybody noted.
    pub(super) fn was_whole(connection: &Connection, file: i64) -> Result<bool, ArchiveError> {
        let mut noted = connection.prepare_cached(
            "SELECT 1 FROM roles WHERE file = ?1 AND (instr(note, ?2) OR instr(note, ?3) OR instr(note, ?4))",
        )?;
        Ok(!noted.exists(params![file, DOUBTFUL, BROKEN, NO_MEDIA])?)
    }

    /// How many files there are, and how many bytes.
    pub(super) fn sum(
        self,
        connection: &Connection,
        slice: Option<Slice>,
    ) -> Result<(u64, u64), ArchiveError> {
        let (parts, number) = parts(slice);
        let sql = format!(
            "SELECT count(*), coalesce(sum(size), 0) FROM ({} AND files.file % ?1 = ?2)",
            self.0
        );
        let sums =
            connection.query_row(&sql, [parts, number], |row| Ok((row.get(0)?, row.get(1)?)));
        Ok(sums?)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Record> {
    let other: Option<Vec<u8>> = row.get(6)?;
    let other_size: Option<u64> = row.get(7)?;
    Ok(Record {
        file: row.get(0)?,
        path: row.get(1)?,
        sha256: row.get(2)?,
        size: row.get(3)?,
        modified: row.get(4)?,
        is_needed: row.get(5)?,
        announced: other
            .zip(other_size)
            .map(|(sha256, size)| Announced { sha256, size }),
    })
}

/// As a divisor and a remainder; everything leaves 0 when it is divided by 1.
fn parts(slice: Option<Slice>) -> (u16, u16) {
    slice.map_or((1, 0), |slice| (slice.of, slice.number))
}
