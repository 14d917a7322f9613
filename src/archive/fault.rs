//! What is wrong with an index, if anything is: it is damaged, says what cannot be, or belongs to another archive.

use rusqlite::{Connection, Error, ErrorCode};

use crate::archive::about::about;
use crate::archive::{ArchiveError, content, schema};

/// Why an index is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Damaged,
    /// It belongs to another archive.
    Foreign,
}

impl Fault {
    /// What is to be said of the index.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Damaged => "is damaged",
            Self::Foreign => "belongs to another archive",
        }
    }
}

/// Looks through an index as far as there is reason to. A whole check reads all of it, which one of more than `size` bytes
/// pays only after a run that did not come to its end: what a run comes across that is damaged, ends it.
pub(super) fn find(
    connection: &Connection,
    size: u64,
    archive_id: Option<&str>,
) -> Result<Option<Fault>, ArchiveError> {
    let found = glance(connection, archive_id).and_then(|found| match found {
        None if size <= SMALL || !has_ended(connection)? => look_through(connection),
        found => Ok(found),
    });
    as_fault(found)
}

/// What can be told without reading much of it.
pub(super) fn at_first_sight(
    connection: &Connection,
    archive_id: Option<&str>,
) -> Result<Option<Fault>, ArchiveError> {
    as_fault(glance(connection, archive_id))
}

/// Whether this is what is said of a damaged database, or comes of a row that nobody can have written.
pub(super) fn is_damage(error: &Error) -> bool {
    match error {
        Error::FromSqlConversionFailure(..)
        | Error::IntegralValueOutOfRange(..)
        | Error::Utf8Error(..)
        | Error::InvalidColumnType(..) => true,
        error => matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
        ),
    }
}

fn as_fault(found: rusqlite::Result<Option<Fault>>) -> Result<Option<Fault>, ArchiveError> {
    match found {
        Err(error) if is_damage(&error) => Ok(Some(Fault::Damaged)),
        found => Ok(found?),
    }
}

fn glance(connection: &Connection, archive_id: Option<&str>) -> rusqlite::Result<Option<Fault>> {
    if !schema::is_as_made(connection)? {
        return Ok(Some(Fault::Damaged));
    }
    let known = about(connection)?;
    let is_foreign = known
        .zip(archive_id)
        .is_some_and(|(known, id)| known.archive_id != id);
    Ok(is_foreign.then_some(Fault::Foreign))
}

/// Whether the last run came to its end, if there was one.
fn has_ended(connection: &Connection) -> rusqlite::Result<bool> {
    let last: Option<bool> = connection.query_row(
        "SELECT (SELECT finished IS NOT NULL FROM runs ORDER BY run DESC LIMIT 1)",
        [],
        |row| row.get(0),
    )?;
    Ok(last != Some(false))
}

fn look_through(connection: &Connection) -> rusqlite::Result<Option<Fault>> {
    let verdict: String =
        connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    let problem = match verdict.as_str() {
        "ok" => content::problems(connection, 1)?.pop(),
        _ => Some(verdict),
    };
    if let Some(problem) = &problem {
        tracing::debug!(problem, "the index is damaged");
    }
    Ok(problem.map(|_| Fault::Damaged))
}

/// Bytes that are read at every start without anybody noticing.
const SMALL: u64 = 8 << 20;
