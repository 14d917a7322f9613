//! An extracted export: a folder that somebody unpacked. Links in it are not followed.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::durable::NO_FOLLOW;
use crate::source::takeout::entry::path_of;
use crate::source::takeout::{Entry, Integrity, PartError, Skip, Visitor, WalkError, hand};

/// `inside` is where the folder itself stands in its export.
pub(super) fn walk<V: Visitor>(
    root: &Path,
    inside: &str,
    visitor: &mut V,
) -> Result<Integrity, WalkError<V::Error>> {
    let mut integrity = Integrity::Whole;
    let mut ordinal = 0;
    // Depth first, each folder in the order of names, so that every walk sees the same.
    let mut folders: Vec<PathBuf> = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let mut names = match list(&root.join(&folder)) {
            Ok(names) => names,
            Err(source) if folder.as_os_str().is_empty() => {
                let path = root.to_owned();
                return Err(WalkError::Part(PartError::Unreadable { path, source }));
            }
            Err(error) => {
                integrity.note(format!("{}: {error}", folder.display()));
                continue;
            }
        };
        names.sort();
        let mut below = Vec::new();
        for name in names {
            let relative = folder.join(&name);
            let full = root.join(&relative);
            let metadata = match fs::symlink_metadata(&full) {
                Ok(metadata) => metadata,
                Err(error) => {
                    integrity.note(format!("{}: {error}", relative.display()));
                    continue;
                }
            };
            if metadata.is_dir() {
                below.push(relative);
                continue;
            }
            let path = match path_of(Path::new(inside).join(&relative).as_os_str().as_bytes()) {
                Ok(path) => path,
                Err(path) => {
                    visitor
                        .skipped(&path, Skip::NoName)
                        .map_err(WalkError::Own)?;
                    continue;
                }
            };
            if !metadata.is_file() {
                let skip = if metadata.is_symlink() {
                    Skip::NotAFile
                } else {
                    Skip::Device
                };
                visitor.skipped(&path, skip).map_err(WalkError::Own)?;
                continue;
            }
            let entry = Entry {
                path,
                size: metadata.len(),
                crc: None,
                other_name: None,
                ordinal,
                modified: Some(metadata.mtime()),
            };
            ordinal += 1;
            if visitor.wants(&entry).map_err(WalkError::Own)? {
                let mut bytes = Opened(open(&full), entry.size);
                hand(visitor, &entry, &mut bytes, &mut integrity).map_err(WalkError::Own)?;
            }
        }
        folders.extend(below.into_iter().rev());
    }
    Ok(integrity)
}

fn list(folder: &Path) -> io::Result<Vec<OsString>> {
    fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name()))
        .collect()
}

fn open(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(NO_FOLLOW)
        .open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("not a regular file any more"))
    }
}

/// A file, or why it could not be opened, told to whoever reads; and how many bytes it must have.
struct Opened(io::Result<File>, u64);

impl Read for Opened {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Ok(file) => {
                let read = file.read(buffer)?;
                let left = self.1.checked_sub(read as u64);
                match left {
                    Some(left) if read > 0 || left == 0 || buffer.is_empty() => self.1 = left,
                    _ => return Err(io::Error::other("it changed while it was read")),
                }
                Ok(read)
            }
            Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
        }
    }
}
