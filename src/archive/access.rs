//! The ways to open an index for reading: beside a run that works, in a copy, or without leaving anything beside it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags};
use url::Url;

use crate::archive::ArchiveError;
use crate::archive::index::Index;
use crate::archive::journal::PATIENCE;
use crate::archive::{schema, snapshot};

/// How an index is read.
pub(crate) enum Access<'a> {
    /// While somebody may be writing to it.
    Shared(&'a Path),
    /// As a copy that is brought into today's shape.
    Copied(&'a Path),
    /// Without so much as a lock file beside it.
    Untouched(&'a Path),
    /// Made for this run alone.
    Memory(Index),
}

impl<'a> Access<'a> {
    /// How to read an index, whoever else may be at it, and leave nothing behind where that can be avoided.
    pub(crate) fn of(path: &'a Path) -> Self {
        let header = Header::of(path);
        if header.shape < schema::VERSION {
            Self::Copied(path)
        } else if header.has_log_mode && !path.with_extension("db-wal").exists() {
            Self::Untouched(path)
        } else {
            Self::Shared(path)
        }
    }
}

/// What the file says of itself, read without the database library: <https://www.sqlite.org/fileformat.html>.
pub(super) struct Header {
    /// Whoever writes to it has a log beside it all the while.
    pub(super) has_log_mode: bool,
    pub(super) shape: usize,
}

impl Header {
    pub(super) fn of(path: &Path) -> Self {
        let mut header = Vec::new();
        // Whatever is wrong with the file is found out by opening it.
        let _ = File::open(path).and_then(|file| file.take(64).read_to_end(&mut header));
        let is_database = header.starts_with(b"SQLite format 3\0");
        // At 19 the version for reading, 2 with a log; at 60 the user version.
        let shape = header.get(60..64).and_then(|bytes| bytes.first_chunk());
        let shape = shape.filter(|_| is_database);
        Self {
            has_log_mode: header.get(19) == Some(&2),
            shape: shape.map_or(0, |bytes| u32::from_be_bytes(*bytes) as usize),
        }
    }
}

/// A connection that only reads.
pub(super) fn connect(access: Access<'_>) -> Result<Connection, ArchiveError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match access {
        Access::Shared(path) => shared(path, flags)?,
        Access::Copied(path) => snapshot::of(path)?,
        Access::Untouched(path) => {
            let mut address = Url::from_file_path(path).map_err(|()| {
                ArchiveError::storage(
                    "read",
                    path.display().to_string(),
                    std::io::ErrorKind::InvalidFilename.into(),
                )
            })?;
            address.set_query(Some("immutable=1"));
            Connection::open_with_flags(address.as_str(), flags | OpenFlags::SQLITE_OPEN_URI)?
        }
        Access::Memory(index) => index.into_connection(),
    };
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}

/// A connection beside others. Where it would have to write, to mend what a run has left, and cannot: to a copy.
fn shared(path: &Path, flags: OpenFlags) -> Result<Connection, ArchiveError> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    let looked = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
    match looked.as_ref().map_err(rusqlite::Error::sqlite_error_code) {
        Err(Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen)) => {
            drop(connection);
            snapshot::of(path)
        }
        _ => Ok(looked.map(|()| connection)?),
    }
}
