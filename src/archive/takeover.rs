//! What the committer does when a file is there already: nothing is fetched and nothing is moved; the index comes to say where
//! it is.

use std::collections::BTreeSet;
use std::io;

use rusqlite::params;

use crate::archive::ArchiveError;
use crate::archive::batch::is_fault_of_the_disk;
use crate::archive::index::Rows;
use crate::archive::roles::Done;
use crate::archive::staged::How;
use crate::archive::survey::Found;
use crate::archive::tree::{Tree, split};
use crate::media::item::{Kind, MediaItem, Role};
use crate::media::naming;

/// Why a file is an item's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// It has the very bytes that the index has of the item, at another path.
    Moved,
    /// Name, structure, pixels and time agree with what the source says, and with nothing else.
    Matched,
}

/// What the list says of a file that was there already with the very bytes that the source sent.
pub(crate) const SAME_BYTES: &str = "was there already, with the same bytes";
/// What it says of one that was matched. How a rebuild knows both again.
pub(crate) const MATCHED: &str = "was there already; matched by name, pixels and time, not proven";

/// One file that is to be taken over.
pub(super) struct Takeover<'a> {
    pub(super) item: i64,
    pub(super) role: Role,
    pub(super) found: &'a Found,
    pub(super) claim: Claim,
    pub(super) run: i64,
}

impl Takeover<'_> {
    /// Records the file as the item's, if it is still what it was and its path can be had. The caller makes the folders
    /// durable that it is given, before it commits.
    pub(super) fn carry_out(
        &self,
        rows: &Rows<'_>,
        tree: &mut Tree,
        folders: &mut BTreeSet<String>,
    ) -> Result<bool, ArchiveError> {
        let path = self.found.path.as_str();
        let held = rows.file_of(self.item, self.role)?;
        let own = held.as_ref().filter(|file| file.stored);
        if let Some(own) = own.filter(|own| own.path == path) {
            // Shared with an item that came first.
            self.settle(rows, own.file)?;
            return Ok(true);
        }
        if !self.is_unchanged(tree)? || rows.is_stored_but_as(path, own.map(|own| own.file))? {
            return Ok(false);
        }
        folders.insert(split(path).0.to_owned());
        match (self.claim, own) {
            (Claim::Moved, Some(own)) if own.sha256.as_deref() == Some(&self.found.sha256) => {
                if !rows.follow(own.file, path, self.found.modified)? {
                    return Ok(false);
                }
                self.settle(rows, own.file)?;
            }
            (Claim::Matched, None) => {
                if let Some(reserved) = &held {
                    rows.release(reserved.file)?;
                }
                rows.release_twin(path)?;
                let Found {
                    size,
                    sha256,
                    modified,
                    ..
                } = self.found;
                let file = rows.found(path, sha256, *size, *modified)?;
                let done = Done {
                    file,
                    how: How::Adopted,
                    run: self.run,
                    note: Some(MATCHED),
                    recheck_after: None,
                };
                rows.done(self.item, self.role, &done)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn settle(&self, rows: &Rows<'_>, file: i64) -> Result<(), ArchiveError> {
        rows.transaction
            .prepare_cached(
                "UPDATE roles SET state = 'done', how = coalesce(how, 'downloaded'), cause = NULL, attempts = 0,
                     first_failed = NULL, last_tried = NULL WHERE item = ?1 AND role = ?2 AND file = ?3",
            )?
            .execute(params![self.item, self.role.text(), file])?;
        Ok(())
    }

    /// Whether the file is still the one whose bytes were read; made durable, because who put it there may not have.
    fn is_unchanged(&self, tree: &mut Tree) -> Result<bool, ArchiveError> {
        let path = self.found.path.as_str();
        let look = |error: io::Error| ArchiveError::storage("look at", path, error);
        let entry = tree.entry(path).map_err(look)?;
        let is_same = entry.is_some_and(|entry| {
            entry.is_file && entry.size == self.found.size && entry.modified == self.found.modified
        });
        if !is_same {
            return Ok(false);
        }
        match tree.sync_file(path) {
            Ok(()) => Ok(true),
            Err(error) if is_fault_of_the_disk(&error) => {
                Err(ArchiveError::storage("sync", path, error))
            }
            Err(_) => Ok(false),
        }
    }
}

/// Whether a clip is to be had of an item whose still was taken over.
pub(crate) fn has_clip(item: &MediaItem, found: &Found) -> bool {
    let says_so = |name: &String| naming::says_motion(name);
    item.kind == Kind::Photo && (found.has_clip || item.filename.as_ref().is_some_and(says_so))
}

impl Rows<'_> {
    /// Whether a path, or one that some file system takes for it, is that of another stored or announced file.
    fn is_stored_but_as(&self, path: &str, own: Option<i64>) -> Result<bool, ArchiveError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT 1 FROM files WHERE fold = ?1 AND state <> 'claimed' AND file IS NOT ?2",
        )?;
        Ok(statement.exists(params![naming::fold_key(path), own])?)
    }
}
