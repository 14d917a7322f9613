//! An index in a copy that goes with this process. Of one that cannot be read where it is: on a disk that cannot be written
//! to, the log of a run that died can be neither folded in nor left out. And of one that is to be changed for the moment.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::archive::{ArchiveError, schema};

/// A connection to a copy, in today's shape, of an index that nobody writes to.
pub(super) fn of(path: &Path) -> Result<Connection, ArchiveError> {
    make(|copy| {
        for ending in ["db", "db-wal", "db-journal"] {
            let from = path.with_extension(ending);
            match fs::copy(&from, copy.with_extension(ending)) {
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
        Ok(())
    })
}

/// A connection to a copy of an index that is open, whoever writes to it meanwhile.
pub(super) fn of_open(connection: &Connection) -> Result<Connection, ArchiveError> {
    make(|copy| {
        let path = copy.display().to_string();
        connection.execute("VACUUM INTO ?1", [path])?;
        Ok(())
    })
}

fn make(copy: impl FnOnce(&Path) -> Result<(), ArchiveError>) -> Result<Connection, ArchiveError> {
    let folder = make_folder(&std::env::temp_dir())?;
    let path = folder.join("index.db");
    let opened = copy(&path).and_then(|()| open(&path));
    // What is open stays readable.
    let _ = fs::remove_dir_all(&folder);
    opened
}

/// Makes a folder for this user alone, under a name that nothing has: what another process or somebody else has left or put
/// there is no hindrance.
fn make_folder(parent: &Path) -> Result<PathBuf, ArchiveError> {
    let number = std::process::id();
    for attempt in 0u64.. {
        let folder = parent.join(format!("gphotos-dl-{number}-{attempt}-index"));
        match DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => {
                return made.map(|()| folder.clone()).map_err(|error| {
                    ArchiveError::storage("make the folder", folder.display().to_string(), error)
                });
            }
        }
    }
    unreachable!("there are more names than folders")
}

fn open(path: &Path) -> Result<Connection, ArchiveError> {
    let mut connection = Connection::open(path)?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    // Without any file that would have to be made later, where the folder is no more.
    connection.pragma_update(None, "journal_mode", "MEMORY")?;
    schema::migrate(&mut connection, None)?;
    Ok(connection)
}
