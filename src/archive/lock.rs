//! One writer at a time, and none that a dead one could block.
//!
//! The lock is on the archive's folder itself: somebody may delete our own folder in it while a run works, and a second
//! run must not slip in. Some network file systems lock no folders, or only files that are open for writing; so there is a
//! lock file too, which also stops versions of this program that know only that one.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{self, Mode, OFlags};
use rustix::io::Errno;

use crate::archive::ArchiveError;
use crate::archive::store::{FOLDER, PRIVATE, Store};

/// The archive's lock, held until dropped. The kernel releases it when the process ends, however it ends.
pub(crate) struct Lock {
    _folder: Option<File>,
    _file: File,
}

impl Lock {
    /// The lock for a run. A check may have it for milliseconds, and somebody who only looks for less ([`is_held`]).
    pub(crate) fn take(store: &Store) -> Result<Self, ArchiveError> {
        for _ in 0..GLANCES {
            match Self::take_at_once(store) {
                Err(ArchiveError::Locked { .. }) => std::thread::sleep(GLANCE),
                done => return done,
            }
        }
        Self::take_at_once(store)
    }

    /// The lock, unless anybody has it at this moment.
    pub(super) fn take_at_once(store: &Store) -> Result<Self, ArchiveError> {
        let storage =
            |error| ArchiveError::storage("lock", store.path().display().to_string(), error);
        let root = &store.shared.root;
        // Descriptors of its own: a lock lives as long as any copy of what it was taken with.
        let folder: File = fs::openat(root, ".", FOLDER, Mode::empty())
            .map_err(|error| storage(error.into()))?
            .into();
        // Should it have become a pipe by now, that is not waited for.
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let path = format!("{PRIVATE}/lock");
        let file: File = fs::openat(root, path, flags, Mode::from_raw_mode(0o666))
            .map_err(|error| storage(error.into()))?
            .into();
        let locked = || ArchiveError::Locked {
            path: store.path().to_owned(),
        };
        let folder = match folder.try_lock() {
            Ok(()) => Some(folder),
            Err(TryLockError::WouldBlock) => return Err(locked()),
            Err(TryLockError::Error(error)) if locks_no_folders(&error) => None,
            Err(TryLockError::Error(error)) => return Err(storage(error)),
        };
        match file.try_lock() {
            Ok(()) => Ok(Self {
                _folder: folder,
                _file: file,
            }),
            Err(TryLockError::WouldBlock) => Err(locked()),
            Err(TryLockError::Error(error)) => Err(storage(error)),
        }
    }
}

/// Whether a run holds the lock of the archive in this folder, for one who only looks. Where that cannot be told, none does.
pub(super) fn is_held(downloads: &Path) -> bool {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let path = downloads.join(PRIVATE).join("lock");
    let Ok(file) = fs::open(path, flags, Mode::empty()) else {
        return false;
    };
    // Shared, so that others who look are not taken for a run; let go of at once.
    matches!(
        File::from(file).try_lock_shared(),
        Err(TryLockError::WouldBlock)
    )
}

/// A quarter of a second together: longer than a check takes to write down a batch, and nothing to wait for who is refused.
const GLANCE: Duration = Duration::from_millis(10);
const GLANCES: u32 = 25;

/// NFS wants a descriptor that is open for writing (EBADF), which a folder's never is; others do not lock at all.
fn locks_no_folders(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(
            Errno::BADF
                | Errno::INVAL
                | Errno::ISDIR
                | Errno::OPNOTSUPP
                | Errno::NOLCK
                | Errno::NOSYS
        )
    )
}
