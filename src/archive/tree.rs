//! The tree of stored files, and the way to a final name.
//!
//! A final name is a promise: it appears in one step, never in place of something else, and only for bytes that are
//! complete and on disk. Folders are walked by descriptor and links are not followed, so that a link planted in the tree
//! leads nowhere.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

use crate::archive::descriptors::share_of_few;
use crate::archive::store::{FOLDER, PRIVATE, Store};

/// The tree as one user of it walks it: keeps the folders that it has been to open.
pub(crate) struct Tree {
    pub(super) store: Store,
    folders: HashMap<String, Arc<OwnedFd>>,
    /// How many of them may be open.
    most: usize,
}

impl Tree {
    pub(crate) fn new(store: Store) -> Self {
        Self {
            store,
            folders: HashMap::new(),
            most: share_of_few(MAX_OPEN_FOLDERS),
        }
    }

    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    /// Walks from the root again, instead of through folders that it has been to.
    pub(crate) fn forget(&mut self) {
        self.folders.clear();
    }

    /// What has the name `path`, a relative path with `/`. A link counts as something that is no file.
    pub(crate) fn entry(&mut self, path: &str) -> io::Result<Option<Entry>> {
        if !is_inside(path) {
            return Err(Errno::INVAL.into());
        }
        let (folder, name) = split(path);
        let folder = match self.folder(folder, Missing::IsAnError) {
            Ok(folder) => folder,
            // A link where a folder should be leads nowhere.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::NAMETOOLONG) => {
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        match fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(Entry::of(&stat))),
            // Nothing can have a name that this file system does not take.
            Err(Errno::NOENT | Errno::NAMETOOLONG) => Ok(None),
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

    /// Makes the names in the folder of `path` durable.
    pub(crate) fn sync_folder(&mut self, folder: &str) -> io::Result<()> {
        let folder = self.folder(folder, Missing::IsAnError)?;
        sync(&folder)
    }

    /// Makes the bytes of a file durable that somebody else has written.
    pub(crate) fn sync_file(&mut self, path: &str) -> io::Result<()> {
        sync(&self.open(path)?.into())
    }

    pub(super) fn folder(&mut self, path: &str, missing: Missing) -> Result<Arc<OwnedFd>, Errno> {
        // Paths come from the index and from manifests, which are files that anybody may have written.
        if !is_inside(path) {
            return Err(Errno::INVAL);
        }
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
        if self.folders.len() >= self.most {
            self.folders.clear();
        }
        self.folders.insert(path.to_owned(), at.clone());
        Ok(at)
    }
}

#[derive(Clone, Copy)]
pub(super) enum Missing {
    IsMade,
    IsAnError,
}

/// What is known of a file from its directory entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) size: u64,
    /// Seconds since 1970.
    pub(crate) modified: i64,
    pub(crate) is_file: bool,
}

impl Entry {
    /// Of an open file, whatever its name means by now.
    pub(super) fn of_file(file: &File) -> io::Result<Self> {
        Ok(Self::of(&fs::fstat(file)?))
    }

    pub(super) fn of(stat: &fs::Stat) -> Self {
        Self {
            size: u64::try_from(stat.st_size).unwrap_or(0),
            modified: stat.st_mtime,
            is_file: FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile,
        }
    }
}

/// Whether an error of reading a file says something of that file alone: a bad sector, or a right that is missing. Otherwise
/// this process or its machine is at a limit, and no other file would fare better.
pub(super) fn is_about_file(error: &io::Error) -> bool {
    let errno = Errno::from_io_error(error);
    !matches!(errno, Some(Errno::MFILE | Errno::NFILE | Errno::NOMEM))
}

/// Two years of months fit; each costs a descriptor.
const MAX_OPEN_FOLDERS: usize = 24;

/// The folder and the name in it.
pub(crate) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Whether a path stays inside the archive, and out of our own folder in it.
pub(crate) fn is_inside(path: &str) -> bool {
    // The root itself has no name.
    path.is_empty()
        || !path.contains('\0')
            && path
                .split('/')
                .all(|name| !matches!(name, "" | "." | ".." | PRIVATE))
}

/// The path of a name in a folder.
pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

/// Some file systems cannot sync a folder, or what is open for reading, and say so; an error of the disk is always one.
pub(super) fn sync(folder: &OwnedFd) -> io::Result<()> {
    match fs::fsync(folder) {
        Ok(()) | Err(Errno::INVAL | Errno::OPNOTSUPP) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leads_out_is_no_path() {
        let root = tempfile::tempdir().expect("a folder");
        std::fs::write(root.path().join("secret"), "x").expect("written");
        let store = Store::open(&root.path().join("downloads")).expect("a store");
        let mut tree = Tree::new(store.clone());
        for path in [
            "../secret",
            "a/../../secret",
            "/etc/passwd",
            "./x",
            "a//x",
            "a/",
            ".gphotos-dl/lock",
        ] {
            assert!(tree.entry(path).is_err(), "{path}");
            assert!(tree.open(path).is_err(), "{path}");
        }
    }
}
