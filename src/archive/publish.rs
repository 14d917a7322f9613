//! The way to a final name: in one step, in place of nothing, and only for bytes that are complete and on disk.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use aws_lc_rs::digest;
use rustix::fs::{self, AtFlags, Mode, OFlags, RenameFlags, Timespec, Timestamps};
use rustix::io::Errno;

use crate::archive::store::{PRIVATE, TempName};
use crate::archive::tree::{Missing, Tree, split};
use crate::known_bad::{self, Flaw};

/// How giving a file its final name went.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Published {
    Yes,
    /// Something has that name already; it is as it was.
    NameTaken,
}

impl Tree {
    /// Gives a temporary file its final name. Durable after [`Tree::sync_folder`].
    pub(crate) fn publish(
        &mut self,
        temp: &TempName,
        sha256: &[u8; 32],
        path: &str,
    ) -> io::Result<Published> {
        match self.try_publish(temp, sha256, path) {
            // A folder that was open has been deleted meanwhile: made anew, once.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.forget();
                self.try_publish(temp, sha256, path)
            }
            done => done,
        }
    }

    /// Removes the copies of temporary files that a run which is no more was making beside their final places in this
    /// folder. Whatever else has such a name is somebody's: only what begins like the temporary file that it is named after
    /// is known to be ours. Returns how many. The caller holds the archive's lock, so nobody is making them.
    pub(crate) fn remove_copies(&mut self, folder: &str, temps: &[TempName]) -> io::Result<usize> {
        let open = match self.folder(folder, Missing::IsAnError) {
            Ok(open) => open,
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(0),
            Err(error) => return Err(error.into()),
        };
        let mut removed = 0;
        for temp in temps {
            let name = copy_name(temp);
            let Some(copy) = open_file(open.as_fd(), &name)? else {
                continue;
            };
            let is_ours = match open_file(self.store.shared.temps.as_fd(), &temp.0)? {
                Some(temp) => begins(&temp, &copy)?,
                None => false,
            };
            if is_ours {
                fs::unlinkat(&open, &name, AtFlags::empty())?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    fn try_publish(
        &mut self,
        temp: &TempName,
        sha256: &[u8; 32],
        path: &str,
    ) -> io::Result<Published> {
        let (folder, name) = split(path);
        let open = self.folder(folder, Missing::IsMade)?;
        if known_bad::makes(Flaw::DirectWrite) {
            let root = self.store.path();
            let from = root.join(PRIVATE).join("tmp").join(&temp.0);
            return known_bad::write_directly(&from, &root.join(path)).map(|()| Published::Yes);
        }
        match take_name(self.store.shared.temps.as_fd(), &temp.0, &open, name) {
            // Another file system is mounted there, or the same one a second time.
            Err(Errno::XDEV) => self.publish_copy(temp, sha256, &open, name),
            published => Ok(published?),
        }
    }

    /// Makes the file once more beside its final place, and names it there. Should the run die meanwhile, the announced
    /// path tells the next start in which folder to look for what is left, and the temporary file what it is called.
    fn publish_copy(
        &self,
        temp: &TempName,
        sha256: &[u8; 32],
        folder: &OwnedFd,
        name: &str,
    ) -> io::Result<Published> {
        let temps = &self.store.shared.temps;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let from: File = fs::openat(temps, &temp.0, flags, Mode::empty())?.into();
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let create = |name: &str| fs::openat(folder, name, flags, Mode::from_raw_mode(0o666));
        let mut copy = copy_name(temp);
        let to: File = match create(&copy) {
            Err(Errno::EXIST) => {
                // Somebody else's.
                copy = copy_name(&self.store.next_temp_name());
                create(&copy)?
            }
            created => created?,
        }
        .into();
        let published = copy_bytes(&from, &to, sha256)
            .and_then(|()| Ok(take_name(folder.as_fd(), &copy, folder, name)?));
        if !matches!(published, Ok(Published::Yes)) {
            // What stays behind all the same is removed by the next start.
            let _ = fs::unlinkat(folder, &copy, AtFlags::empty());
        }
        published.inspect(|published| {
            if *published == Published::Yes {
                let _ = self.store.remove_temp(temp);
            }
        })
    }
}

/// What a file in the making is called beside its final place.
fn copy_name(temp: &TempName) -> String {
    format!(".gpdl-{}", temp.0)
}

/// A regular file; `None` for anything else.
fn open_file(folder: BorrowedFd<'_>, name: &str) -> io::Result<Option<File>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    match fs::openat(folder, name, flags, Mode::empty()) {
        Ok(file) => {
            let file = File::from(file);
            Ok(file.metadata()?.is_file().then_some(file))
        }
        // A socket or a device without a driver cannot be opened, and what we may not read is not ours.
        Err(Errno::NOENT | Errno::LOOP | Errno::NXIO | Errno::NODEV | Errno::ACCESS) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether a whole begins with all the bytes of a part.
fn begins(mut whole: &File, mut part: &File) -> io::Result<bool> {
    let mut chunks = (vec![0; 256 << 10], vec![0; 256 << 10]);
    loop {
        let count = part.read(&mut chunks.0)?;
        let (part, whole_part) = (&chunks.0[..count], &mut chunks.1[..count]);
        match whole.read_exact(whole_part) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            read => read?,
        }
        if part != whole_part {
            return Ok(false);
        }
        if count == 0 {
            return Ok(true);
        }
    }
}

fn take_name(
    from: BorrowedFd<'_>,
    temp: &str,
    folder: &OwnedFd,
    name: &str,
) -> Result<Published, Errno> {
    match fs::renameat_with(from, temp, folder, name, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(Published::Yes),
        Err(Errno::EXIST) => Ok(Published::NameTaken),
        // NFS, FUSE, exFAT and old kernels do not know the flag. A second link does not replace either.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            match fs::linkat(from, temp, folder, name, AtFlags::empty()) {
                Ok(()) => {
                    fs::unlinkat(from, temp, AtFlags::empty())?;
                    Ok(Published::Yes)
                }
                Err(Errno::EXIST) => Ok(Published::NameTaken),
                // No links either (exFAT): we hold the lock, so look, then rename.
                Err(
                    Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL | Errno::MLINK,
                ) => match fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
                    Err(Errno::NOENT) => {
                        fs::renameat(from, temp, folder, name)?;
                        Ok(Published::Yes)
                    }
                    Ok(_) => Ok(Published::NameTaken),
                    Err(error) => Err(error),
                },
                Err(error) => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

/// Copies a whole file, with its time, onto the disk. The bytes must be those that were hashed when they arrived.
fn copy_bytes(mut from: &File, mut to: &File, sha256: &[u8; 32]) -> io::Result<()> {
    let mut hash = digest::Context::new(&digest::SHA256);
    let mut chunk = vec![0; 256 << 10];
    loop {
        let count = from.read(&mut chunk)?;
        if count == 0 {
            break;
        }
        hash.update(&chunk[..count]);
        to.write_all(&chunk[..count])?;
    }
    if hash.finish().as_ref() != sha256 {
        // As an error of the disk, because that is what it is.
        return Err(Errno::IO.into());
    }
    let stat = fs::fstat(from)?;
    let time = Timespec {
        tv_sec: stat.st_mtime,
        tv_nsec: 0,
    };
    let times = Timestamps {
        last_access: time,
        last_modification: time,
    };
    if let Err(error) = fs::futimens(to, &times) {
        tracing::debug!(%error, "could not set a file's time");
    }
    to.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::store::Store;

    fn stage(store: &Store, bytes: &[u8]) -> (TempName, [u8; 32]) {
        let mut temp = store.create_temp().expect("a temporary file");
        temp.file.write_all(bytes).expect("written");
        let digest = digest::digest(&digest::SHA256, bytes);
        (temp.name, *digest.as_ref().first_chunk().expect("32 bytes"))
    }

    #[test]
    fn publishing_never_replaces() {
        let root = tempfile::tempdir().expect("a folder");
        let store = Store::open(root.path()).expect("a store");
        let mut tree = Tree::new(store.clone());
        let (first, digest) = stage(&store, b"first");
        assert_eq!(
            tree.publish(&first, &digest, "2024/03/a.jpg")
                .expect("published"),
            Published::Yes
        );
        let (second, other) = stage(&store, b"second");
        assert_eq!(
            tree.publish(&second, &other, "2024/03/a.jpg")
                .expect("published"),
            Published::NameTaken
        );
        assert_eq!(
            std::fs::read(root.path().join("2024/03/a.jpg")).expect("read"),
            b"first"
        );
        assert_eq!(
            store
                .stale_temps(&std::collections::HashSet::new())
                .expect("listed"),
            [second]
        );
    }

    #[test]
    fn a_planted_link_leads_nowhere() {
        let root = tempfile::tempdir().expect("a folder");
        let outside = tempfile::tempdir().expect("a folder");
        let store = Store::open(root.path()).expect("a store");
        std::os::unix::fs::symlink(outside.path(), root.path().join("2024")).expect("linked");
        let mut tree = Tree::new(store.clone());
        let (temp, digest) = stage(&store, b"x");
        assert!(tree.publish(&temp, &digest, "2024/03/a.jpg").is_err());
        assert!(tree.publish(&temp, &digest, "2024/a.jpg").is_err());
        assert_eq!(
            std::fs::read_dir(outside.path()).expect("a folder").count(),
            0
        );
    }
}
