//! Which journal the index keeps: the quick one that needs shared memory, or, where a file system cannot give that, the old
//! one that needs nothing but files.
//!
//! "WAL does not work over a network filesystem" (sqlite.org/wal.html): all who use the database must share memory.
//! On a network mount it may seem to work and damage the index later, so that asking is not enough there.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode};

/// How the index is made safe against a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Journal {
    /// A write-ahead log beside the database.
    Log,
    /// The old pages beside the database while new ones are written.
    Rollback,
}

impl Journal {
    /// Opens the index at `path` and sets its journal; it may have another one from a time on another disk.
    pub(super) fn open(path: &Path) -> rusqlite::Result<(Connection, Self)> {
        if !is_shared(path.parent().unwrap_or(path)) {
            let connection = connect(path)?;
            // The promise is easily given; only an access shows whether it can be kept.
            match mode(&connection, "WAL").and_then(|set| look(&connection).map(|()| set)) {
                Ok(set) if set == "wal" => return Ok((connection, Self::Log)),
                Ok(_) => {}
                Err(error) if is_refusal(&error) => {}
                Err(error) => return Err(error),
            }
        }
        // Alone at the index from the first access on, a log that is still there is folded in without shared memory.
        let connection = connect(path)?;
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        mode(&connection, "DELETE")?;
        connection.pragma_update(None, "locking_mode", "NORMAL")?;
        // The lock is given back with the next access.
        look(&connection)?;
        Ok((connection, Self::Rollback))
    }

    /// The database's word for how hard a commit is pressed onto the disk.
    pub(super) fn level(self, must_last: bool) -> &'static str {
        match (self, must_last) {
            (Self::Log, true) => "FULL",
            (Self::Log, false) => "NORMAL",
            // The folder too: a journal that comes back would take the commit back. And nothing less, because without a
            // log a lazy commit may cost more than itself.
            (Self::Rollback, _) => "EXTRA",
        }
    }
}

/// How long to wait for somebody else who is just reading or writing.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    // A plan that looks at what is bound is made anew with every file.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

fn look(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
}

fn mode(connection: &Connection, wanted: &str) -> rusqlite::Result<String> {
    connection.pragma_update_and_check(None, "journal_mode", wanted, |row| row.get(0))
}

/// Whether the file system could not give what a log needs: shared memory, or the locks in it.
fn is_refusal(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::FileLockingProtocolFailed
        )
    )
}

/// Whether a folder is on a file system that other machines may share, or that is a program of its own.
#[cfg(target_os = "linux")]
fn is_shared(folder: &Path) -> bool {
    // One that cannot say what it is, is asked by trying.
    rustix::fs::statfs(folder).is_ok_and(|found| {
        let magic = u64::try_from(found.f_type).map_or(0, |magic| magic & 0xffff_ffff);
        SHARED.contains(&magic)
    })
}

#[cfg(not(target_os = "linux"))]
fn is_shared(_: &Path) -> bool {
    false
}

/// `f_type` of file systems that several machines share, of FUSE, and of folders that a virtual machine shares with its
/// host: from Linux' `include/uapi/linux/magic.h` and statfs(2), the last four from the sources of the modules themselves.
#[cfg(target_os = "linux")]
const SHARED: [u64; 17] = [
    0x6969,      // NFS
    0x517b,      // SMB
    0xff53_4d42, // CIFS
    0xfe53_4d42, // SMB2 and later
    0x564c,      // NCP
    0x6573_5546, // FUSE
    0x0102_1997, // 9P
    0x5346_414f, // AFS
    0x6b41_4653, // kAFS
    0x7375_7245, // Coda
    0x0116_1970, // GFS2
    0x7461_636f, // OCFS2
    0x00c3_6400, // Ceph
    0x0bd0_0bd0, // Lustre
    0x4750_4653, // GPFS
    0xbacb_acbc, // VMware's shared folders
    0x786f_4256, // VirtualBox' shared folders
];
