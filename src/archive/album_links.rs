//! `albums/<title>/`: links to the photos of every album, for people and programs that look at folders. Derived from the index,
//! and made to agree with it at every import.
//!
//! What is touched is only what is ours: symbolic links into `downloads/`, and names of files that `downloads/` has under another
//! name. Folders are entered by descriptor and links are not followed, so that a link planted here leads nowhere.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;
use std::os::fd::OwnedFd;

use rustix::fs::{self, AtFlags, Dir, FileType, Mode};
use rustix::io::Errno;
use serde::Serialize;

use crate::archive::albums::Album;
use crate::archive::index::Rows;
use crate::archive::link_folder::{Found, LinkFolder};
use crate::archive::store::{FOLDER, Store};
use crate::archive::tree::{Missing, Tree, split};
use crate::archive::{ArchiveError, Paths};
use crate::media::naming;

/// What albums are shown with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    Symlink,
    Hardlink,
    /// Whatever is there stays as it is.
    None,
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Linked {
    pub(crate) albums: u64,
    /// Links that are there now.
    pub(crate) links: u64,
    pub(crate) made: u64,
    pub(crate) removed: u64,
    /// Why there are not as many as there should be.
    pub(crate) problem: Option<String>,
}

/// Makes the links agree with the index.
pub(crate) fn rebuild(
    rows: &Rows<'_>,
    store: &Store,
    paths: &Paths,
    kind: Links,
    go_on: &dyn Fn() -> bool,
) -> Result<Linked, ArchiveError> {
    let albums = rows.shown_albums()?;
    if kind == Links::None || albums.is_empty() {
        return Ok(Linked::default());
    }
    let folder = paths.albums();
    let storage = |error| ArchiveError::storage("use", folder.display().to_string(), error);
    match std::fs::create_dir(&folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(storage(error)),
        _ => {}
    }
    let root = match fs::open(&folder, FOLDER, Mode::empty()) {
        Ok(root) => root,
        Err(Errno::LOOP | Errno::NOTDIR) => {
            return Ok(Linked {
                problem: Some("albums is a link or a file, and is left alone".to_owned()),
                ..Linked::default()
            });
        }
        Err(error) => return Err(storage(error.into())),
    };
    let downloads = paths.downloads.file_name().unwrap_or_default();
    let mut links = Rebuilding {
        rows,
        tree: Tree::new(store.clone()),
        root,
        prefix: format!("../../{}/", downloads.to_string_lossy()),
        kind,
        held: None,
        linked: Linked::default(),
    };
    links.all(&albums, go_on)?;
    if links.linked.problem.is_some() {
        // Only an empty one goes.
        let _ = std::fs::remove_dir(&folder);
    }
    Ok(links.linked)
}

struct Rebuilding<'a> {
    rows: &'a Rows<'a>,
    tree: Tree,
    root: OwnedFd,
    /// With which a link of ours begins.
    prefix: String,
    kind: Links,
    /// Device and number of every stored file, as soon as somebody asks.
    held: Option<HashSet<(u64, u64)>>,
    linked: Linked,
}

impl Rebuilding<'_> {
    fn all(&mut self, albums: &[Album], go_on: &dyn Fn() -> bool) -> Result<(), ArchiveError> {
        let mut taken = HashSet::new();
        for album in albums {
            if !go_on() {
                return Err(ArchiveError::Stopped);
            }
            let (name, folder) = self.folder(&album.title, &mut taken).map_err(failed)?;
            let wanted = self.rows.paths_in(album)?;
            self.linked.albums += 1;
            let folder = LinkFolder { name, folder };
            self.agree(&folder, wanted)?;
            if self.linked.problem.is_some() {
                // Only an empty one goes.
                let _ = fs::unlinkat(&self.root, &folder.name, AtFlags::REMOVEDIR);
                return Ok(());
            }
        }
        for entry in Dir::read_from(&self.root).map_err(|error| failed(error.into()))? {
            let entry = entry.map_err(|error| failed(error.into()))?;
            let Ok(name) = entry.file_name().to_str() else {
                continue;
            };
            if !matches!(name, "." | "..") && !taken.contains(&naming::fold_key(name)) {
                self.clear(name)?;
            }
        }
        Ok(())
    }

    /// The folder of an album, made if need be; of two that some file system takes for one, the second gets a number.
    fn folder(&self, title: &str, taken: &mut HashSet<String>) -> io::Result<(String, OwnedFd)> {
        for name in naming::numbered(&naming::folder_name(title)) {
            if taken.contains(&naming::fold_key(&name)) {
                continue;
            }
            match fs::mkdirat(&self.root, &name, Mode::from_raw_mode(0o777)) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
            match fs::openat(&self.root, &name, FOLDER, Mode::empty()) {
                Ok(folder) => {
                    taken.insert(naming::fold_key(&name));
                    return Ok((name, folder));
                }
                // A file or a link of that name is somebody's.
                Err(Errno::NOTDIR | Errno::LOOP) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(io::Error::other("there are more albums than names"))
    }

    fn agree(
        &mut self,
        folder: &LinkFolder,
        mut wanted: BTreeSet<String>,
    ) -> Result<(), ArchiveError> {
        let mut numbers = BTreeMap::new();
        if self.kind == Links::Hardlink {
            for path in &wanted {
                if let Some(number) = number_of(&mut self.tree, path).map_err(failed)? {
                    numbers.insert(number, path.clone());
                }
            }
        }
        let mut taken = HashSet::new();
        for (name, found) in folder.read(&self.prefix).map_err(failed)? {
            let shows = match &found {
                Found::Link(path) if self.kind == Links::Symlink => Some(path.clone()),
                Found::File(number) if self.kind == Links::Hardlink => numbers.get(number).cloned(),
                _ => None,
            };
            if shows.is_some_and(|path| wanted.remove(&path)) {
                self.linked.links += 1;
            } else if self.is_ours(&found)? {
                folder.remove(&name).map_err(failed)?;
                self.linked.removed += 1;
                continue;
            }
            taken.insert(naming::fold_key(&name));
        }
        for path in wanted {
            if self.linked.problem.is_some() {
                break;
            }
            self.link(folder, &path, &mut taken)?;
        }
        Ok(())
    }

    fn link(
        &mut self,
        folder: &LinkFolder,
        path: &str,
        taken: &mut HashSet<String>,
    ) -> Result<(), ArchiveError> {
        // Nothing is shown that is not there.
        if number_of(&mut self.tree, path).map_err(failed)?.is_none() {
            return Ok(());
        }
        let (from, name) = split(path);
        let from = self.tree.folder(from, Missing::IsAnError);
        let from = from.map_err(|error| failed(error.into()))?;
        for new in naming::numbered(name) {
            if taken.contains(&naming::fold_key(&new)) {
                continue;
            }
            let made = if self.kind == Links::Hardlink {
                fs::linkat(&from, name, &folder.folder, &new, AtFlags::empty())
            } else {
                fs::symlinkat(format!("{}{path}", self.prefix), &folder.folder, &new)
            };
            match made {
                Ok(()) => {
                    taken.insert(naming::fold_key(&new));
                    self.linked.made += 1;
                    self.linked.links += 1;
                    return Ok(());
                }
                Err(Errno::EXIST) => {}
                Err(
                    error @ (Errno::PERM
                    | Errno::OPNOTSUPP
                    | Errno::NOSYS
                    | Errno::INVAL
                    | Errno::XDEV
                    | Errno::MLINK),
                ) => {
                    let error = io::Error::from(error);
                    self.linked.problem =
                        Some(format!("this disk does not take such links: {error}"));
                    return Ok(());
                }
                Err(error) => return Err(failed(error.into())),
            }
        }
        Ok(())
    }

    /// A folder of no album, perhaps of one that had another title: links of ours go, but for photos of whose albums nothing is
    /// known any more.
    fn clear(&mut self, name: &str) -> Result<(), ArchiveError> {
        let folder = match fs::openat(&self.root, name, FOLDER, Mode::empty()) {
            Ok(folder) => folder,
            Err(Errno::NOTDIR | Errno::LOOP | Errno::NOENT | Errno::ACCESS) => return Ok(()),
            Err(error) => return Err(failed(error.into())),
        };
        let folder = LinkFolder {
            name: name.to_owned(),
            folder,
        };
        let mut removed = false;
        for (name, found) in folder.read(&self.prefix).map_err(failed)? {
            if let Found::Link(path) = &found
                && self.rows.is_in_an_album(path)?
            {
                folder.remove(&name).map_err(failed)?;
                self.linked.removed += 1;
                removed = true;
            }
        }
        if removed {
            // Only an empty folder goes, and its links have made it one.
            let _ = fs::unlinkat(&self.root, &folder.name, AtFlags::REMOVEDIR);
        }
        Ok(())
    }

    fn is_ours(&mut self, found: &Found) -> Result<bool, ArchiveError> {
        let number = match found {
            Found::Link(_) => return Ok(true),
            Found::Other => return Ok(false),
            Found::File(number) => number,
        };
        if self.held.is_none() {
            let (mut held, mut failure) = (HashSet::new(), None);
            let tree = &mut self.tree;
            self.rows.stored_paths(|path| match number_of(tree, path) {
                Ok(number) => held.extend(number),
                Err(error) => failure = Some(error),
            })?;
            if let Some(error) = failure {
                return Err(failed(error));
            }
            self.held = Some(held);
        }
        Ok(self.held.as_ref().is_some_and(|held| held.contains(number)))
    }
}

/// Device and number of a stored file; `None` where there is none.
fn number_of(tree: &mut Tree, path: &str) -> io::Result<Option<(u64, u64)>> {
    let (folder, name) = split(path);
    let folder = match tree.folder(folder, Missing::IsAnError) {
        Ok(folder) => folder,
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    match fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile => {
            Ok(Some((stat.st_dev, stat.st_ino)))
        }
        Ok(_) | Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn failed(error: io::Error) -> ArchiveError {
    ArchiveError::storage("make links in", "albums", error)
}
