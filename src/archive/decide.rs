//! What is to become of a staged file: a new name, a link to equal bytes, a file that is there already, or nothing.

use crate::archive::commit::is_there;
use crate::archive::files::FileRow;
use crate::archive::index::Rows;
use crate::archive::staged::{How, Place, Staged};
use crate::archive::survey::Survey;
use crate::archive::tree::{Tree, is_about_file, split};
use crate::archive::{ArchiveError, recover};
use crate::known_bad::{self, Flaw};
use crate::media::item::Role;
use crate::media::naming;

/// What is to become of a staged file.
pub(super) enum Verdict {
    Go {
        file: i64,
        path: String,
        how: How,
        restored: bool,
    },
    /// It was asked for once more, and what is there stays.
    KeepFirst { path: String },
}

pub(super) fn decide(
    rows: &Rows<'_>,
    tree: &mut Tree,
    survey: &Survey,
    staged: &Staged,
) -> Result<Verdict, ArchiveError> {
    let place = place_of(rows, staged)?;
    let reserved = rows.file_of(staged.item, staged.role)?;
    let mut restored = false;
    if let Some(file) = reserved.as_ref().filter(|file| file.stored) {
        let is_same = file.sha256.as_deref() == Some(&staged.sha256);
        match (is_there(tree, &file.path)?, file.is_done) {
            (true, true) if staged.doubtful || is_same => {
                rows.settle(staged.item, staged.role)?;
                let path = file.path.clone();
                return Ok(Verdict::KeepFirst { path });
            }
            // Shared with another item, whose fetch has brought it back meanwhile.
            (true, false) if is_same && holds(tree, &file.path, staged)? => {
                let (file, path) = (file.file, file.path.clone());
                return Ok(Verdict::Go {
                    file,
                    path,
                    how: How::Linked,
                    restored: true,
                });
            }
            // Better than what is there: it gets a place beside it.
            (true, _) => {
                let (file, path) = place.claim(rows, tree)?;
                return Ok(Verdict::Go {
                    file,
                    path,
                    how: How::Downloaded,
                    restored,
                });
            }
            (false, _) => restored = true,
        }
    }
    for twin in rows.stored_with(&staged.sha256, staged.size)? {
        // Its row may be older than what somebody did to the file.
        if holds(tree, &twin.path, staged)? {
            free(rows, reserved.as_ref())?;
            return Ok(Verdict::Go {
                file: twin.file,
                path: twin.path,
                how: How::Linked,
                restored,
            });
        }
    }
    for (number, path) in place.candidates().enumerate() {
        if tree.entry(&path).map_err(look_at(&path))?.is_none() {
            // The bare name may have been given up for one with a tag; tags are given in order.
            if number > 0 {
                break;
            }
            continue;
        }
        if !rows.is_stored(&path)? && holds(tree, &path, staged)? {
            return adopt(rows, reserved.as_ref(), path, restored);
        }
    }
    // Anywhere else, under whatever name: the same bytes need not be there twice.
    if let Some(found) = survey.find(&staged.sha256, staged.size, &place.name)? {
        survey.forget(&found.path, found.size)?;
        if !rows.is_stored(&found.path)? && holds(tree, &found.path, staged)? {
            return adopt(rows, reserved.as_ref(), found.path, restored);
        }
    }
    let (file, path) = match reserved {
        // The name was reserved before anybody knew what the bytes are; a name without a media extension of its own
        // ends in the one that they turned out to need.
        Some(file) if !file.stored && extension(&file.path) != extension(&place.name) => {
            rows.release(file.file)?;
            place.claim(rows, tree)?
        }
        // Missing on disk, and another item's too: its row must go on saying what that item's bytes are.
        Some(file)
            if file
                .sha256
                .as_ref()
                .is_some_and(|sha256| *sha256 != staged.sha256)
                && rows.is_shared(file.file)? =>
        {
            place.claim(rows, tree)?
        }
        Some(file) if !is_takeable(&file.path) => place.claim(rows, tree)?,
        Some(file) => (file.file, file.path),
        None => place.claim(rows, tree)?,
    };
    Ok(Verdict::Go {
        file,
        path,
        how: How::Downloaded,
        restored,
    })
}

/// A file that somebody else has put there holds the very bytes: it becomes the item's where it is.
fn adopt(
    rows: &Rows<'_>,
    reserved: Option<&FileRow>,
    path: String,
    restored: bool,
) -> Result<Verdict, ArchiveError> {
    free(rows, reserved)?;
    // A name that only differs in case may be reserved, for bytes that have not come.
    rows.release_twin(&path)?;
    Ok(Verdict::Go {
        file: rows.claim(&path)?,
        path,
        how: How::Adopted,
        restored,
    })
}

/// A clip lies beside its still, under the name that the still has got in the end.
fn place_of(rows: &Rows<'_>, staged: &Staged) -> Result<Place, ArchiveError> {
    let mut place = staged.place.clone();
    if staged.role == Role::Motion
        && let Some(still) = rows.file_of(staged.item, Role::Original)?
    {
        let (folder, name) = split(&still.path);
        folder.clone_into(&mut place.folder);
        place.name = naming::clip_name(name, extension(&staged.place.name));
    }
    Ok(place)
}

/// Gives a reservation back that turned out not to be needed.
fn free(rows: &Rows<'_>, reserved: Option<&FileRow>) -> Result<(), ArchiveError> {
    match reserved {
        Some(file) if !file.stored => rows.release(file.file),
        _ => Ok(()),
    }
}

/// Whether a file holds exactly these bytes.
fn holds(tree: &mut Tree, path: &str, staged: &Staged) -> Result<bool, ArchiveError> {
    let entry = tree.entry(path).map_err(look_at(path))?;
    if known_bad::makes(Flaw::TrustsExists) {
        return Ok(entry.is_some());
    }
    if !entry.is_some_and(|entry| entry.is_file && entry.size == staged.size) {
        return Ok(false);
    }
    match recover::digest(tree, path) {
        Ok(found) => Ok(found == staged.sha256),
        // Whatever is in it, nobody can tell.
        Err(error) if is_about_file(&error) => Ok(false),
        Err(error) => Err(ArchiveError::storage("read", path, error)),
    }
}

/// Whether a file can get a name of this length on every file system.
fn is_takeable(path: &str) -> bool {
    path.split('/').all(|name| name.len() <= LONGEST_NAME)
}

/// Bytes (`NAME_MAX`).
const LONGEST_NAME: usize = 255;

fn look_at(path: &str) -> impl FnOnce(std::io::Error) -> ArchiveError {
    move |error| ArchiveError::storage("look at", path, error)
}

fn extension(path: &str) -> &str {
    split(path)
        .1
        .rsplit_once('.')
        .map_or("", |(_, extension)| extension)
}
