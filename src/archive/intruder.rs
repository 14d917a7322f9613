//! Something else where a file or a folder of ours belongs. A pipe would be waited for, for ever; a link would lead
//! somewhere else. Nothing of that kind is opened, and none of it is ours to delete.

use std::fs::{self, FileType};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use crate::archive::ArchiveError;

/// What belongs at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    File,
    Folder,
}

/// What a link to a folder is while the disk is not mounted that it leads to.
pub(crate) const NOWHERE: &str = "a symbolic link to what is not there";

/// Refuses whatever else is at this path; nothing at all will do.
pub(super) fn refuse(path: &Path, place: Place) -> Result<(), ArchiveError> {
    // What cannot be looked at is found out by whoever opens it.
    let Ok(there) = fs::symlink_metadata(path) else {
        return Ok(());
    };
    let (kind, wanted) = (there.file_type(), place);
    let (is_right, place) = match wanted {
        Place::File => (kind.is_file(), "a file"),
        Place::Folder => (kind.is_dir(), "a folder"),
    };
    if is_right {
        return Ok(());
    }
    let is = if wanted == Place::Folder && kind.is_symlink() && !path.exists() {
        NOWHERE
    } else {
        name(kind)
    };
    Err(ArchiveError::Intruder {
        path: path.to_owned(),
        is,
        place,
    })
}

fn name(kind: FileType) -> &'static str {
    if kind.is_symlink() {
        "a symbolic link"
    } else if kind.is_dir() {
        "a folder"
    } else if kind.is_file() {
        "a file"
    } else if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}
