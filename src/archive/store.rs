//! The archive's folder, and the files in the making inside it.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use rustix::fs::{self, AtFlags, Mode, OFlags, Timespec, Timestamps};
use rustix::io::Errno;

/// The archive's folder, opened once: whatever its path means later, this is what is written to. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Store {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    path: PathBuf,
    pub(super) root: OwnedFd,
    pub(super) temps: OwnedFd,
    next_temp: AtomicU64,
}

/// A new file that nobody sees yet.
pub(crate) struct Temp {
    pub(crate) file: File,
    pub(crate) name: TempName,
}

/// The name of a file in the folder of temporary files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TempName(pub(crate) String);

impl Store {
    /// Opens the archive's folder, made if need be.
    pub(crate) fn open(downloads: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(downloads.join(PRIVATE).join("tmp"))?;
        Self::open_existing(downloads)
    }

    /// Opens the archive's folder as it is.
    pub(crate) fn open_existing(downloads: &Path) -> io::Result<Self> {
        let root = fs::open(
            downloads,
            FOLDER.difference(OFlags::NOFOLLOW),
            Mode::empty(),
        )?;
        let temps = match fs::openat(&root, PRIVATE, FOLDER, Mode::empty()) {
            Ok(private) => fs::openat(&private, "tmp", FOLDER, Mode::empty())?,
            // For one who only looks: nothing is ever made there then.
            Err(Errno::NOENT) => fs::openat(&root, ".", FOLDER, Mode::empty())?,
            Err(error) => return Err(error.into()),
        };
        let shared = Shared {
            path: downloads.to_owned(),
            root,
            temps,
            next_temp: AtomicU64::new(0),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// For messages only.
    pub(crate) fn path(&self) -> &Path {
        &self.shared.path
    }

    /// A new temporary file. The umask alone decides who may read it, as it does for the final file.
    pub(crate) fn create_temp(&self) -> io::Result<Temp> {
        let TempName(name) = self.next_temp_name();
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = fs::openat(&self.shared.temps, &name, flags, Mode::from_raw_mode(0o666))?;
        Ok(Temp {
            file: file.into(),
            name: TempName(name),
        })
    }

    pub(super) fn next_temp_name(&self) -> TempName {
        let number = self.shared.next_temp.fetch_add(1, Ordering::Relaxed);
        TempName(format!("{}-{number}.part", std::process::id()))
    }

    /// Whether the folder of temporary files still lies where the next start will look for it.
    pub(crate) fn is_in_place(&self) -> io::Result<bool> {
        let opened = fs::fstat(&self.shared.temps)?;
        let path = format!("{PRIVATE}/tmp");
        match fs::statat(&self.shared.root, path, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(found) => Ok((found.st_dev, found.st_ino) == (opened.st_dev, opened.st_ino)),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn remove_temp(&self, name: &TempName) -> io::Result<()> {
        match fs::unlinkat(&self.shared.temps, &name.0, AtFlags::empty()) {
            Err(Errno::NOENT) | Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes what runs that are no more have left behind. Only names of our own pattern are touched. The caller holds
    /// the archive's lock, so nobody is using them.
    pub(crate) fn remove_stale_temps(&self) -> io::Result<usize> {
        let mut removed = 0;
        for entry in fs::Dir::read_from(&self.shared.temps)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else {
                continue;
            };
            if is_temp_name(name) {
                self.remove_temp(&TempName(name.to_owned()))?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// Bytes that the file system would still take from us.
    pub(crate) fn free_space(&self) -> io::Result<u64> {
        let stat = fs::fstatvfs(&self.shared.root)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }
}

/// Our own folder inside the archive's. Deleting it loses nothing.
pub(crate) const PRIVATE: &str = ".gphotos-dl";
pub(super) const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);
/// Sets a file's modification time. File systems differ in what dates they take, so that a refusal is no error.
pub(crate) fn set_modified(file: &File, created: DateTime<Utc>) {
    let time = Timespec {
        tv_sec: created.timestamp(),
        tv_nsec: 0,
    };
    if let Err(error) = fs::futimens(
        file,
        &Timestamps {
            last_access: time,
            last_modification: time,
        },
    ) {
        tracing::debug!(%error, "could not set a file's time");
    }
}

fn is_temp_name(name: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    name.strip_suffix(".part")
        .and_then(|stem| stem.split_once('-'))
        .is_some_and(|(run, number)| digits(run) && digits(number))
}

/// A file in the making beside its final place, which is where it is made when no folder of ours is on the same file system.
pub(super) fn is_stray_temp(name: &str) -> bool {
    name.strip_prefix(".gpdl-").is_some_and(is_temp_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_leftovers_are_removed() {
        let root = tempfile::tempdir().expect("a folder");
        let store = Store::open(root.path()).expect("a store");
        let temps = root.path().join(PRIVATE).join("tmp");
        for name in ["12-3.part", "photo.part", "12-.part", "notes.txt"] {
            std::fs::write(temps.join(name), "x").expect("written");
        }
        assert_eq!(store.remove_stale_temps().expect("removed"), 1);
        assert!(!temps.join("12-3.part").exists() && temps.join("photo.part").exists());
    }
}
