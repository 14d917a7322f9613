//! The index as somebody reads it who is not its writer: beside a run that works, or on a disk that takes no writes.

use std::path::Path;

use rusqlite::Connection;

use crate::archive::known::{Access, Header, connect};
use crate::archive::{ArchiveError, schema};

/// How an index is best looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gaze {
    /// For milliseconds. Nothing is left beside the index where no run is at work.
    Short,
    /// For minutes or hours, in which a run may begin: with the locks that a database needs for that.
    Long,
}

/// An index that is being looked at.
pub(crate) struct Look {
    pub(crate) connection: Connection,
    /// The log beside the index could not be read too, so that the last moments of a run may be missing.
    pub(crate) is_stale: bool,
}

impl Look {
    /// Opens the index; `None` where there is none.
    pub(crate) fn open(path: &Path, gaze: Gaze) -> Result<Option<Self>, ArchiveError> {
        if !path.exists() {
            return Ok(None);
        }
        let logs = ["db-wal", "db-journal"].map(|log| path.with_extension(log).metadata());
        // Without a log mode, nothing beside it tells whether a run is at work.
        let has_log = logs.iter().any(Result::is_ok) || !Header::of(path).has_log_mode;
        if has_log || gaze == Gaze::Long {
            match read(Access::Shared(path)) {
                Err(ArchiveError::Index(error)) if is_closed_to_us(&error) => {}
                connection => {
                    return Ok(Some(Self {
                        connection: connection?,
                        is_stale: false,
                    }));
                }
            }
        }
        // A disk that takes no writes takes no lock either; nobody writes to it meanwhile.
        Ok(Some(Self {
            connection: read(Access::Untouched(path))?,
            is_stale: logs.iter().flatten().any(|log| log.len() > 0),
        }))
    }
}

fn read(access: Access<'_>) -> Result<Connection, ArchiveError> {
    let connection = connect(access)?;
    schema::check(&connection)?;
    Ok(connection)
}

/// Reading a shared index needs a lock file beside it, which cannot be made everywhere.
fn is_closed_to_us(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{CannotOpen, PermissionDenied, ReadOnly, SystemIoFailure};
    matches!(
        error.sqlite_error_code(),
        Some(CannotOpen | PermissionDenied | ReadOnly | SystemIoFailure)
    )
}

/// Bytes that this folder's disk would still take.
pub(crate) fn free_space(folder: &Path) -> std::io::Result<u64> {
    let stat = rustix::fs::statvfs(folder)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}
