//! An index that cannot be read where it is, copied to where it can: on a disk that cannot be written to, the log of a run
//! that died can be neither folded in nor left out.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use rusqlite::Connection;

use crate::archive::{ArchiveError, schema};

/// A connection to a copy, in today's shape, that goes with this process.
pub(super) fn of(path: &Path) -> Result<Connection, ArchiveError> {
    let number = std::process::id();
    let folder = std::env::temp_dir().join(format!("gphotos-dl-{number}-index"));
    let made = DirBuilder::new().mode(0o700).create(&folder);
    made.map_err(|error| {
        ArchiveError::storage("make the folder", folder.display().to_string(), error)
    })?;
    let opened = open_copy(path, &folder);
    // What is open stays readable.
    let _ = fs::remove_dir_all(&folder);
    opened
}

fn open_copy(path: &Path, folder: &Path) -> Result<Connection, ArchiveError> {
    for ending in ["db", "db-wal", "db-journal"] {
        let from = path.with_extension(ending);
        match fs::copy(&from, folder.join("index").with_extension(ending)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(ArchiveError::storage(
                    "copy",
                    from.display().to_string(),
                    error,
                ));
            }
            _ => {}
        }
    }
    let mut connection = Connection::open(folder.join("index.db"))?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    // Without any file that would have to be made later, where the folder is no more.
    connection.pragma_update(None, "journal_mode", "MEMORY")?;
    schema::migrate(&mut connection, None)?;
    Ok(connection)
}
