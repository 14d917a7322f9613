//! Small files of our own beside stored ones: derived, so that they may be written anew, but never over what is not ours.
//!
//! They are made in bundles: many are written, all are pressed onto the disk, then each gets its name in one step.

use std::fs::File;
use std::io::{self, Read, Write};

use aws_lc_rs::digest::{SHA256, digest};
use rustix::fs::{self, AtFlags, Mode, OFlags};
use rustix::io::Errno;

use crate::archive::descriptors::share_of_few;
use crate::archive::publish::Published;
use crate::archive::store::{Store, Temp, TempName};
use crate::archive::tree::{Missing, Tree, split};

/// What has a name that we would like to have.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum There {
    Nothing,
    /// A regular file of no more than the asked size.
    File(Vec<u8>),
    /// A larger file, a folder, a link.
    Something,
}

/// Files on their way to their places.
pub(crate) struct Beside {
    pub(crate) tree: Tree,
    store: Store,
    waiting: Vec<Waiting>,
    bundle: usize,
}

struct Waiting {
    path: String,
    temp: TempName,
    file: File,
    sha256: [u8; 32],
    replaces: bool,
}

/// Files that are made at a time: each keeps a descriptor open.
const BUNDLE: usize = 64;
/// Threads that press them onto the disk: file systems do many in one go.
const THREADS: usize = 8;

impl Beside {
    pub(crate) fn new(store: &Store) -> Self {
        Self {
            tree: Tree::new(store.clone()),
            store: store.clone(),
            waiting: Vec::new(),
            bundle: share_of_few(BUNDLE),
        }
    }

    /// What has this name. A link is not followed.
    pub(crate) fn look(&mut self, path: &str, most: u64) -> io::Result<There> {
        let Some(entry) = self.tree.entry(path)? else {
            return Ok(There::Nothing);
        };
        if !entry.is_file || entry.size > most {
            return Ok(There::Something);
        }
        let mut bytes = Vec::new();
        let read = self
            .tree
            .open(path)
            .and_then(|file| file.take(most + 1).read_to_end(&mut bytes));
        match read {
            Ok(read) if read as u64 <= most => Ok(There::File(bytes)),
            Ok(_) => Ok(There::Something),
            // Whoever closed it to us does not want it replaced.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(There::Something),
            Err(error) => Err(error),
        }
    }

    /// Writes a file. `replaces`: a file of ours that has the name goes. Named after [`Beside::flush`] at the latest.
    pub(crate) fn put(&mut self, path: String, bytes: &[u8], replaces: bool) -> io::Result<()> {
        let Temp { mut file, name } = self.store.create_temp()?;
        file.write_all(bytes)?;
        self.waiting.push(Waiting {
            path,
            temp: name,
            file,
            sha256: digest(&SHA256, bytes)
                .as_ref()
                .first_chunk()
                .copied()
                .unwrap_or_default(),
            replaces,
        });
        if self.waiting.len() >= self.bundle {
            self.flush()?;
        }
        Ok(())
    }

    /// Names everything that was written, durably.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        let waiting = std::mem::take(&mut self.waiting);
        sync_all(&waiting)?;
        let mut folders: Vec<&str> = Vec::new();
        for one in &waiting {
            if one.replaces {
                self.replace(one)?;
            } else if self.tree.publish(&one.temp, &one.sha256, &one.path)? == Published::NameTaken
            {
                // Somebody was faster; theirs stays.
                self.store.remove_temp(&one.temp)?;
            }
            folders.push(split(&one.path).0);
        }
        folders.sort_unstable();
        folders.dedup();
        for folder in folders {
            self.tree.sync_folder(folder)?;
        }
        Ok(())
    }

    fn replace(&mut self, one: &Waiting) -> io::Result<()> {
        let (folder, name) = split(&one.path);
        let open = self.tree.folder(folder, Missing::IsAnError)?;
        match fs::renameat(&self.store.shared.temps, &one.temp.0, &open, name) {
            // Another file system is mounted there: made once more beside its place.
            Err(Errno::XDEV) => {
                let beside = format!(".gpdl-{}", self.store.next_temp_name().0);
                let from = fs::openat(
                    &self.store.shared.temps,
                    &one.temp.0,
                    OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC,
                    Mode::empty(),
                )?;
                let flags = OFlags::WRONLY
                    | OFlags::CREATE
                    | OFlags::EXCL
                    | OFlags::NOFOLLOW
                    | OFlags::CLOEXEC;
                let to = fs::openat(&open, &beside, flags, Mode::from_raw_mode(0o666))?;
                let (mut from, mut to) = (File::from(from), File::from(to));
                let named = io::copy(&mut from, &mut to)
                    .and_then(|_| to.sync_all())
                    .and_then(|()| Ok(fs::renameat(&open, &beside, &open, name)?));
                if named.is_err() {
                    let _ = fs::unlinkat(&open, &beside, AtFlags::empty());
                }
                named?;
                self.store.remove_temp(&one.temp)
            }
            renamed => Ok(renamed?),
        }
    }
}

fn sync_all(waiting: &[Waiting]) -> io::Result<()> {
    let share = waiting.len().div_ceil(THREADS).max(1);
    std::thread::scope(|scope| {
        let threads = waiting.chunks(share).map(|share| {
            let sync = || share.iter().try_for_each(|one| one.file.sync_all());
            // Where there may be no more threads, that is an error and no reason to die.
            std::thread::Builder::new().spawn_scoped(scope, sync)
        });
        let threads: Vec<_> = threads.collect::<io::Result<_>>()?;
        threads.into_iter().try_for_each(|thread| {
            thread
                .join()
                .unwrap_or_else(|_| Err(io::Error::other("a task has died")))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_said_to_be_ours_is_replaced_and_no_link_is_followed() {
        let root = tempfile::tempdir().expect("a folder");
        let outside = tempfile::tempdir().expect("a folder");
        let store = Store::open(root.path()).expect("a store");
        let read = |name: &str| std::fs::read_to_string(root.path().join(name)).expect("read");
        for name in ["ours.xmp", "theirs.xmp"] {
            std::fs::write(root.path().join(name), "old").expect("written");
        }
        std::os::unix::fs::symlink(outside.path().join("x"), root.path().join("link.xmp"))
            .expect("linked");
        std::os::unix::fs::symlink(outside.path(), root.path().join("out")).expect("linked");
        let mut beside = Beside::new(&store);
        assert_eq!(beside.look("none.xmp", 9).expect("looked"), There::Nothing);
        assert_eq!(beside.look("out/x.xmp", 9).expect("looked"), There::Nothing);
        assert_eq!(
            beside.look("link.xmp", 9).expect("looked"),
            There::Something
        );
        assert_eq!(
            beside.look("ours.xmp", 2).expect("looked"),
            There::Something
        );
        let old = There::File(b"old".to_vec());
        assert_eq!(beside.look("ours.xmp", 3).expect("looked"), old);
        for (name, replaces) in [
            ("ours.xmp", true),
            ("theirs.xmp", false),
            ("new.xmp", false),
        ] {
            beside.put(name.to_owned(), b"new", replaces).expect("put");
        }
        beside.flush().expect("named");
        assert_eq!(read("ours.xmp") + &read("new.xmp"), "newnew");
        assert_eq!(read("theirs.xmp"), "old");
        beside
            .put("out/x.xmp".to_owned(), b"new", false)
            .expect("put");
        assert!(beside.flush().is_err());
        assert!(!outside.path().join("x.xmp").exists());
    }
}
