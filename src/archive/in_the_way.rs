//! What stands where a stored file should be, and is no such thing: a folder of its name, a link, or a link in the place of one
//! of its folders. Nothing of that is followed, read or replaced; a person has put it there.

use rustix::fs::{self, AtFlags, FileType};

use crate::archive::tree::{Missing, Tree, join, split};

/// Something else in a file's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InTheWay {
    /// Relative to the archive's folder: the file's path, or a folder on the way to it.
    pub(crate) path: String,
    /// Such as `a folder`.
    pub(crate) is: &'static str,
}

impl Tree {
    /// What stands in the place of the file with this path, if anything does.
    pub(crate) fn in_the_way(&mut self, path: &str) -> Option<InTheWay> {
        self.stands_at(path, FileType::RegularFile)
    }

    /// What stands in the place of this folder, or of one above it.
    pub(super) fn in_the_way_to(&mut self, folder: &str) -> Option<InTheWay> {
        if folder.is_empty() {
            return None;
        }
        self.stands_at(folder, FileType::Directory)
    }

    fn stands_at(&mut self, path: &str, last: FileType) -> Option<InTheWay> {
        self.forget();
        let mut at = String::new();
        for name in path.split('/') {
            at = join(&at, name);
            let folder = self.folder(split(&at).0, Missing::IsAnError).ok()?;
            // What cannot be looked at is as good as nothing.
            let stat = fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
            let kind = FileType::from_raw_mode(stat.st_mode);
            let belongs = if at == path {
                last
            } else {
                FileType::Directory
            };
            if kind != belongs {
                let is = name_of(kind);
                return Some(InTheWay { path: at, is });
            }
        }
        None
    }
}

fn name_of(kind: FileType) -> &'static str {
    match kind {
        FileType::Symlink => "a symbolic link",
        FileType::Directory => "a folder",
        FileType::RegularFile => "a file",
        FileType::Fifo => "a pipe",
        FileType::Socket => "a socket",
        _ => "a device",
    }
}
