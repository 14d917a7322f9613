//! The folder itself: files that are being fetched, and their way to their final names.
//!
//! A final name is a promise: it appears in one step, never in place of something else, and only for bytes that are
//! complete and on disk. Folders are walked by descriptor and links are not followed, so that a link planted in the tree
//! leads nowhere.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, RenameFlags, Timespec, Timestamps};
use rustix::io::Errno;

/// The archive's folder, opened once: whatever its path means later, this is what is written to. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    root: OwnedFd,
    temps: OwnedFd,
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

/// What is known of a file from its directory entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) size: u64,
    /// Seconds since 1970.
    pub(crate) modified: i64,
    pub(crate) is_file: bool,
}

/// How giving a file its final name went.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Published {
    Yes,
    /// Something has that name already; it is as it was.
    NameTaken,
}

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
        let private = fs::openat(&root, PRIVATE, FOLDER, Mode::empty())?;
        let temps = fs::openat(&private, "tmp", FOLDER, Mode::empty())?;
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
        let number = self.shared.next_temp.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}.part", std::process::id());
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = fs::openat(&self.shared.temps, &name, flags, Mode::from_raw_mode(0o666))?;
        Ok(Temp {
            file: file.into(),
            name: TempName(name),
        })
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

/// The tree as one user of it walks it: keeps the folders that it has been to open.
pub(crate) struct Tree {
    store: Store,
    folders: HashMap<String, Arc<OwnedFd>>,
}

impl Tree {
    pub(crate) fn new(store: Store) -> Self {
        Self {
            store,
            folders: HashMap::new(),
        }
    }

    /// What has the name `path`, a relative path with `/`. A link counts as something that is no file.
    pub(crate) fn entry(&mut self, path: &str) -> io::Result<Option<Entry>> {
        let (folder, name) = split(path);
        let folder = match self.folder(folder, Missing::IsAnError) {
            Ok(folder) => folder,
            Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        match fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(Entry {
                size: u64::try_from(stat.st_size).unwrap_or(0),
                modified: stat.st_mtime,
                is_file: FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile,
            })),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens a stored file for reading.
    pub(crate) fn open(&mut self, path: &str) -> io::Result<File> {
        let (folder, name) = split(path);
        let folder = self.folder(folder, Missing::IsAnError)?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(fs::openat(&folder, name, flags, Mode::empty())?.into())
    }

    /// Gives a temporary file its final name, in one step and in place of nothing. Durable after [`Tree::sync_folder`].
    pub(crate) fn publish(&mut self, temp: &TempName, path: &str) -> io::Result<Published> {
        let (folder, name) = split(path);
        let folder = self.folder(folder, Missing::IsMade)?;
        let temps = self.store.shared.temps.as_fd();
        match fs::renameat_with(temps, &temp.0, &folder, name, RenameFlags::NOREPLACE) {
            Ok(()) => Ok(Published::Yes),
            Err(Errno::EXIST) => Ok(Published::NameTaken),
            // NFS, FUSE, exFAT and old kernels do not know the flag. A second link does not replace either.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                match fs::linkat(temps, &temp.0, &folder, name, AtFlags::empty()) {
                    Ok(()) => {
                        fs::unlinkat(temps, &temp.0, AtFlags::empty())?;
                        Ok(Published::Yes)
                    }
                    Err(Errno::EXIST) => Ok(Published::NameTaken),
                    // No links either (exFAT): we hold the lock, so look, then rename.
                    Err(
                        Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL | Errno::MLINK,
                    ) => match fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
                        Err(Errno::NOENT) => {
                            fs::renameat(temps, &temp.0, &folder, name)?;
                            Ok(Published::Yes)
                        }
                        Ok(_) => Ok(Published::NameTaken),
                        Err(error) => Err(error.into()),
                    },
                    Err(error) => Err(error.into()),
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Makes the names in the folder of `path` durable.
    pub(crate) fn sync_folder(&mut self, folder: &str) -> io::Result<()> {
        let folder = self.folder(folder, Missing::IsAnError)?;
        sync(&folder)
    }

    fn folder(&mut self, path: &str, missing: Missing) -> Result<Arc<OwnedFd>, Errno> {
        if let Some(known) = self.folders.get(path) {
            return Ok(known.clone());
        }
        let mut at = Arc::new(fs::openat(
            &self.store.shared.root,
            ".",
            FOLDER,
            Mode::empty(),
        )?);
        for name in path.split('/').filter(|name| !name.is_empty()) {
            let next = match (fs::openat(&at, name, FOLDER, Mode::empty()), missing) {
                (Err(Errno::NOENT), Missing::IsMade) => {
                    match fs::mkdirat(&at, name, Mode::from_raw_mode(0o777)) {
                        Ok(()) | Err(Errno::EXIST) => {}
                        Err(error) => return Err(error),
                    }
                    // A folder that a power cut takes away takes its files along.
                    sync(&at).map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
                    fs::openat(&at, name, FOLDER, Mode::empty())?
                }
                (opened, _) => opened?,
            };
            at = Arc::new(next);
        }
        if self.folders.len() >= MAX_OPEN_FOLDERS {
            self.folders.clear();
        }
        self.folders.insert(path.to_owned(), at.clone());
        Ok(at)
    }
}

#[derive(Clone, Copy)]
enum Missing {
    IsMade,
    IsAnError,
}

/// Our own folder inside the archive's. Deleting it loses nothing.
pub(crate) const PRIVATE: &str = ".gphotos-dl";
const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);
/// Twenty years of months fit; a process may usually have 1,024 files open.
const MAX_OPEN_FOLDERS: usize = 256;

/// The folder and the name in it.
pub(crate) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// The path of a name in a folder.
pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

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

/// Some file systems cannot sync a folder and say so; an error of the disk is always one.
fn sync(folder: &OwnedFd) -> io::Result<()> {
    match fs::fsync(folder) {
        Ok(()) | Err(Errno::INVAL | Errno::OPNOTSUPP) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn is_temp_name(name: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    name.strip_suffix(".part")
        .and_then(|stem| stem.split_once('-'))
        .is_some_and(|(run, number)| digits(run) && digits(number))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn stage(store: &Store, bytes: &[u8]) -> TempName {
        let mut temp = store.create_temp().expect("a temporary file");
        temp.file.write_all(bytes).expect("written");
        temp.name
    }

    #[test]
    fn publishing_never_replaces() {
        let root = tempfile::tempdir().expect("a folder");
        let store = Store::open(root.path()).expect("a store");
        let mut tree = Tree::new(store.clone());
        let first = stage(&store, b"first");
        assert_eq!(
            tree.publish(&first, "2024/03/a.jpg").expect("published"),
            Published::Yes
        );
        let second = stage(&store, b"second");
        assert_eq!(
            tree.publish(&second, "2024/03/a.jpg").expect("published"),
            Published::NameTaken
        );
        assert_eq!(
            std::fs::read(root.path().join("2024/03/a.jpg")).expect("read"),
            b"first"
        );
        assert_eq!(store.remove_stale_temps().expect("removed"), 1);
    }

    #[test]
    fn a_planted_link_leads_nowhere() {
        let root = tempfile::tempdir().expect("a folder");
        let outside = tempfile::tempdir().expect("a folder");
        let store = Store::open(root.path()).expect("a store");
        std::os::unix::fs::symlink(outside.path(), root.path().join("2024")).expect("linked");
        let mut tree = Tree::new(store.clone());
        let temp = stage(&store, b"x");
        assert!(tree.publish(&temp, "2024/03/a.jpg").is_err());
        assert!(tree.publish(&temp, "2024/a.jpg").is_err());
        assert_eq!(
            std::fs::read_dir(outside.path()).expect("a folder").count(),
            0
        );
    }

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
