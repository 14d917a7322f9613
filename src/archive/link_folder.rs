//! One folder of links, entered by descriptor.

use std::io;
use std::os::fd::OwnedFd;

use rustix::fs::{self, AtFlags, Dir, FileType};
use rustix::io::Errno;

/// A folder of links.
pub(crate) struct LinkFolder {
    pub(crate) name: String,
    pub(crate) folder: OwnedFd,
}

/// What lies in it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A symbolic link into the archive: the path behind the prefix.
    Link(String),
    /// A file with several names: device and number.
    File((u64, u64)),
    /// Somebody else's.
    Other,
}

impl LinkFolder {
    /// Everything in it whose name is text, by name; what is none is nobody's link.
    pub(crate) fn read(&self, prefix: &str) -> io::Result<Vec<(String, Found)>> {
        let mut all = Vec::new();
        for entry in Dir::read_from(&self.folder)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else {
                continue;
            };
            if matches!(name, "." | "..") {
                continue;
            }
            match self.look(name, prefix) {
                Ok(found) => all.push((name.to_owned(), found)),
                Err(Errno::NOENT) => {}
                Err(error) => return Err(error.into()),
            }
        }
        all.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(all)
    }

    fn look(&self, name: &str, prefix: &str) -> Result<Found, Errno> {
        let stat = fs::statat(&self.folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Symlink => {
                let target = fs::readlinkat(&self.folder, name, Vec::new())?;
                let path = target
                    .to_str()
                    .ok()
                    .and_then(|text| text.strip_prefix(prefix));
                Ok(path.map_or(Found::Other, |path| Found::Link(path.to_owned())))
            }
            FileType::RegularFile if stat.st_nlink > 1 => {
                Ok(Found::File((stat.st_dev, stat.st_ino)))
            }
            _ => Ok(Found::Other),
        }
    }

    /// Takes a name away.
    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        match fs::unlinkat(&self.folder, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
