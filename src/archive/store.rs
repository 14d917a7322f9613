//! The archive's folder, and the files in the making inside it.

use std::collections::HashSet;
use std::fs::File;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, Timespec, Timestamps};
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
    /// Begins the names of this process's temporary files. Not its number, which comes again: a name stays in the index
    /// as long as what a run has begun is kept.
    run: u64,
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
            // For one who only looks: nothing is ever made there then.
            Ok(private) => match fs::openat(&private, "tmp", FOLDER, Mode::empty()) {
                Err(Errno::NOENT) => fs::openat(&root, ".", FOLDER, Mode::empty())?,
                temps => temps?,
            },
            Err(Errno::NOENT) => fs::openat(&root, ".", FOLDER, Mode::empty())?,
            Err(error) => return Err(error.into()),
        };
        let shared = Shared {
            path: downloads.to_owned(),
            root,
            temps,
            run: RandomState::new().build_hasher().finish(),
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
        TempName(format!("{}-{number}.part", self.shared.run))
    }

    /// Whether the archive's path still leads to its folder.
    pub(crate) fn is_where_it_was(&self) -> io::Result<bool> {
        let opened = fs::fstat(&self.shared.root)?;
        match fs::stat(&self.shared.path) {
            Ok(found) => Ok((found.st_dev, found.st_ino) == (opened.st_dev, opened.st_ino)),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(false),
            Err(error) => Err(error.into()),
        }
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

    /// A file for a moment, to write and to read, which has no name and so leaves nothing behind.
    pub(crate) fn create_unnamed(&self) -> io::Result<File> {
        let name = self.next_temp_name();
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = fs::openat(
            &self.shared.temps,
            &name.0,
            flags,
            Mode::from_raw_mode(0o600),
        )?;
        self.remove_temp(&name)?;
        Ok(file.into())
    }

    pub(crate) fn remove_temp(&self, name: &TempName) -> io::Result<()> {
        match fs::unlinkat(&self.shared.temps, &name.0, AtFlags::empty()) {
            Err(Errno::NOENT) | Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The beginning of a file that an earlier run has written under this name, cut to `size` bytes: what lies behind
    /// them was never promised to be there. `None` for anything but a regular file of our own of at least that size.
    pub(crate) fn open_temp(&self, name: &TempName, size: u64) -> io::Result<Option<File>> {
        if !is_temp_name(&name.0) {
            return Ok(None);
        }
        let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file: File = match fs::openat(&self.shared.temps, &name.0, flags, Mode::empty()) {
            Ok(file) => file.into(),
            Err(Errno::NOENT | Errno::LOOP | Errno::ISDIR | Errno::NXIO) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let metadata = file.metadata()?;
        // With a second name it may be somebody's photo by now.
        if !metadata.is_file() || metadata.nlink() != 1 || metadata.len() < size {
            return Ok(None);
        }
        if metadata.len() > size {
            file.set_len(size)?;
        }
        Ok(Some(file))
    }

    /// What runs that are no more have left behind, but for what is to be gone on with. Only names of our own pattern count.
    /// The caller holds the archive's lock, so nobody is using them.
    pub(crate) fn stale_temps(&self, kept: &HashSet<&str>) -> io::Result<Vec<TempName>> {
        let mut stale = Vec::new();
        for entry in fs::Dir::read_from(&self.shared.temps)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else {
                continue;
            };
            let is_file = |name: &str| {
                let stat = fs::statat(&self.shared.temps, name, AtFlags::SYMLINK_NOFOLLOW);
                stat.is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) != FileType::Directory)
            };
            // A folder of that name is none of ours.
            if is_temp_name(name) && !kept.contains(name) && is_file(name) {
                stale.push(TempName(name.to_owned()));
            }
        }
        Ok(stale)
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

pub(super) fn is_temp_name(name: &str) -> bool {
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
    fn only_our_own_leftovers_are_stale() {
        let root = tempfile::tempdir().expect("a folder");
        let store = Store::open(root.path()).expect("a store");
        let temps = root.path().join(PRIVATE).join("tmp");
        for name in [
            "12-3.part",
            "12-4.part",
            "photo.part",
            "12-.part",
            "notes.txt",
        ] {
            std::fs::write(temps.join(name), "x").expect("written");
        }
        let kept = HashSet::from(["12-4.part"]);
        let stale = store.stale_temps(&kept).expect("listed");
        assert_eq!(stale, [TempName("12-3.part".to_owned())]);
    }

    #[test]
    fn only_a_file_of_our_own_that_is_long_enough_is_gone_on_with() {
        let root = tempfile::tempdir().expect("a folder");
        let store = Store::open(root.path()).expect("a store");
        let temps = root.path().join(PRIVATE).join("tmp");
        let open = |name: &str, size| {
            let file = store.open_temp(&TempName(name.to_owned()), size);
            file.expect("looked at").is_some()
        };
        std::fs::write(temps.join("1-1.part"), "12345").expect("written");
        assert!(!open("1-1.part", 6) && open("1-1.part", 5) && open("1-1.part", 3));
        assert_eq!(std::fs::read(temps.join("1-1.part")).expect("read"), b"123");
        std::os::unix::fs::symlink("1-1.part", temps.join("1-2.part")).expect("linked");
        std::fs::create_dir(temps.join("1-3.part")).expect("made");
        std::fs::write(root.path().join("photo.jpg"), "12345").expect("written");
        std::fs::hard_link(root.path().join("photo.jpg"), temps.join("1-4.part")).expect("linked");
        for other in [
            "1-2.part",
            "1-3.part",
            "1-4.part",
            "1-5.part",
            "../../photo.jpg",
        ] {
            assert!(!open(other, 1), "{other}");
        }
        assert_eq!(
            std::fs::read(root.path().join("photo.jpg")).expect("read"),
            b"12345"
        );
    }
}
