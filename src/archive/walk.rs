//! Every file below the archive's folder, one after another, without following a link.
//!
//! Lazily: one descriptor is open at a time, and what is kept is the names of the folders that are still to be read, so that
//! a folder of a million files needs no more memory than an empty one.

use std::io;
use std::sync::Arc;

use rustix::fs::{self, AtFlags, Dir, FileType, Mode};
use rustix::io::Errno;

use crate::archive::store::{FOLDER, PRIVATE, Shared, Store, is_stray_temp};
use crate::archive::tree::{Entry, join};

/// What a walk comes across. Links, pipes and the like are passed over, and so is what is ours: our own folder, and files in
/// the making.
#[derive(Debug)]
pub(crate) enum Walked {
    File {
        /// Relative, with `/`.
        path: String,
        entry: Entry,
    },
    /// A file or folder whose name is no UTF-8, as it can be shown: no index and no list can hold it, and it is left alone.
    Unnameable { shown: String },
    /// What could not be looked at; the walk goes on with the next.
    Unreadable { path: String, error: io::Error },
}

/// A walk in progress.
pub(crate) struct Walk {
    store: Arc<Shared>,
    /// Folders that are still to be read; the last is next.
    waiting: Vec<String>,
    reading: Option<Reading>,
}

struct Reading {
    path: String,
    entries: Dir,
}

/// Walks the whole folder, in no particular order of names.
pub(crate) fn walk(store: &Store) -> Walk {
    Walk {
        store: store.shared.clone(),
        waiting: vec![String::new()],
        reading: None,
    }
}

impl Iterator for Walk {
    type Item = Walked;

    fn next(&mut self) -> Option<Walked> {
        loop {
            let Some(reading) = &mut self.reading else {
                let path = self.waiting.pop()?;
                match self.open(&path) {
                    Ok(entries) => self.reading = Some(Reading { path, entries }),
                    // Gone since it was seen, or something else by now.
                    Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => {}
                    Err(error) => return Some(unreadable(path, error)),
                }
                continue;
            };
            match reading.entries.read() {
                None => self.reading = None,
                Some(Err(error)) => {
                    let path = std::mem::take(&mut reading.path);
                    self.reading = None;
                    return Some(unreadable(path, error));
                }
                Some(Ok(entry)) => {
                    if let Some(walked) = look(reading, &entry, &mut self.waiting) {
                        return Some(walked);
                    }
                }
            }
        }
    }
}

impl Walk {
    /// Opened anew from the top, name by name, so that no link on the way is followed and no path is too long.
    fn open(&self, path: &str) -> Result<Dir, Errno> {
        let mut at = fs::openat(&self.store.root, ".", FOLDER, Mode::empty())?;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            at = fs::openat(&at, name, FOLDER, Mode::empty())?;
        }
        Dir::new(at)
    }
}

fn look(reading: &Reading, entry: &fs::DirEntry, waiting: &mut Vec<String>) -> Option<Walked> {
    let name = entry.file_name();
    if matches!(name.to_bytes(), b"." | b"..") {
        return None;
    }
    let Ok(text) = name.to_str() else {
        let is_thing = !matches!(
            entry.file_type(),
            FileType::RegularFile | FileType::Directory | FileType::Unknown
        );
        let shown = join(&reading.path, &name.to_string_lossy());
        return (!is_thing).then_some(Walked::Unnameable { shown });
    };
    if text == PRIVATE || is_stray_temp(text) {
        return None;
    }
    let path = join(&reading.path, text);
    match entry.file_type() {
        FileType::Directory => {
            waiting.push(path);
            return None;
        }
        // Some file systems leave it open.
        FileType::RegularFile | FileType::Unknown => {}
        _ => return None,
    }
    let stat = reading
        .entries
        .fd()
        .and_then(|folder| fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW));
    match stat.map(|stat| (FileType::from_raw_mode(stat.st_mode), Entry::of(&stat))) {
        Ok((FileType::RegularFile, entry)) => Some(Walked::File { path, entry }),
        Ok((FileType::Directory, _)) => {
            waiting.push(path);
            None
        }
        Ok(_) | Err(Errno::NOENT) => None,
        Err(error) => Some(unreadable(path, error)),
    }
}

fn unreadable(path: String, error: Errno) -> Walked {
    let error = error.into();
    Walked::Unreadable { path, error }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    use super::*;

    fn write(root: &Path, path: impl AsRef<Path>) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, "12345").expect("written");
    }

    fn files(store: &Store) -> BTreeSet<String> {
        walk(store)
            .map(|walked| match walked {
                Walked::File { path, entry } => {
                    assert!(entry.is_file && entry.size == 5 && entry.modified > 1_600_000_000);
                    path
                }
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn every_file_is_found_and_none_of_ours() {
        let root = tempfile::tempdir().expect("a folder");
        let store = Store::open(root.path()).expect("a store");
        let theirs = [
            "a.jpg",
            "2024/03/b.jpg",
            "2024/03/.hidden",
            "2024/12-3.part",
            "x/y/z/ä.jpg",
        ];
        for path in theirs {
            write(root.path(), path);
        }
        for path in [
            ".gphotos-dl/index/index.db",
            "2024/.gphotos-dl/x",
            "2024/.gpdl-7-1.part",
        ] {
            write(root.path(), path);
        }
        std::fs::create_dir(root.path().join("empty")).expect("made");
        assert_eq!(files(&store), theirs.map(str::to_owned).into());
    }

    #[test]
    fn no_link_is_followed_and_no_pipe_opened() {
        let root = tempfile::tempdir().expect("a folder");
        let outside = tempfile::tempdir().expect("a folder");
        write(outside.path(), "secret");
        let store = Store::open(root.path()).expect("a store");
        write(root.path(), "a.jpg");
        std::os::unix::fs::symlink(outside.path(), root.path().join("out")).expect("linked");
        std::os::unix::fs::symlink("a.jpg", root.path().join("b.jpg")).expect("linked");
        std::os::unix::fs::symlink(".", root.path().join("loop")).expect("linked");
        let pipe = std::process::Command::new("mkfifo")
            .arg(root.path().join("pipe"))
            .status();
        assert!(pipe.expect("mkfifo runs").success());
        assert_eq!(files(&store), ["a.jpg".to_owned()].into());
    }

    #[test]
    fn a_name_that_is_no_text_is_shown_and_its_folder_left_alone() {
        let root = tempfile::tempdir().expect("a folder");
        let store = Store::open(root.path()).expect("a store");
        for path in [&b"d/\xffx.jpg"[..], b"\xfe/b.jpg"] {
            write(root.path(), OsStr::from_bytes(path));
        }
        let mut shown: Vec<String> = walk(&store)
            .map(|walked| match walked {
                Walked::Unnameable { shown } => shown,
                other => panic!("{other:?}"),
            })
            .collect();
        shown.sort();
        assert_eq!(shown, ["d/\u{fffd}x.jpg", "\u{fffd}"]);
    }

    #[test]
    fn a_tree_deeper_than_any_path_may_be_long_is_walked() {
        let root = tempfile::tempdir().expect("a folder");
        let store = Store::open(root.path()).expect("a store");
        let name = "d".repeat(200);
        let mut at = fs::openat(&store.shared.root, ".", FOLDER, Mode::empty()).expect("opened");
        for _ in 0..30 {
            fs::mkdirat(&at, &name, Mode::from_raw_mode(0o777)).expect("made");
            at = fs::openat(&at, &name, FOLDER, Mode::empty()).expect("opened");
        }
        let flags = fs::OFlags::WRONLY | fs::OFlags::CREATE;
        let file = fs::openat(&at, "a.jpg", flags, Mode::from_raw_mode(0o666)).expect("made");
        rustix::io::write(&file, b"12345").expect("written");
        let found = files(&store);
        let only = found.first().expect("a file");
        assert_eq!(only.len(), 30 * 201 + "a.jpg".len());
    }
}
