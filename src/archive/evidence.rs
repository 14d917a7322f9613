//! Whether the folder bears out what a row of a manifest says: its bytes are where it says, or somewhere else.

use std::io;

use aws_lc_rs::digest::SHA256_OUTPUT_LEN;
use data_encoding::HEXLOWER_PERMISSIVE;

use crate::archive::ArchiveError;
use crate::archive::index::Rows;
use crate::archive::recover::inspect;
use crate::archive::row::Row;
use crate::archive::survey::Survey;
use crate::archive::tree::{self, Tree, is_about_file, split};

/// What a row's path bears out.
pub(super) enum Proof {
    Proven {
        file: i64,
        /// Its bytes say that a clip belongs to it.
        has_clip: bool,
    },
    /// There is a file of the row's size, last changed then, and it cannot be read.
    Unreadable {
        modified: i64,
    },
    /// There is a file, and it is not what the row says.
    Otherwise,
    Absent,
}

/// Looks for the row's file where the row says.
pub(super) fn prove(
    rows: &Rows<'_>,
    tree: &mut Tree,
    row: &Row,
    size: u64,
) -> Result<Proof, ArchiveError> {
    let path = row.local_path.as_str();
    let mut older = None;
    if let Some((file, sha256)) = rows.stored_at(path)? {
        if is_digest(&sha256, row) {
            return Ok(Proof::Proven {
                file,
                has_clip: false,
            });
        }
        older = Some(file);
    }
    if !tree::is_inside(path) {
        return Ok(Proof::Absent);
    }
    if older.is_none() {
        // Reserved by an older index for bytes that went elsewhere in the end.
        rows.release_twin(path)?;
        if !rows.is_free(path)? {
            return Ok(Proof::Absent);
        }
    }
    // A name that this file system does not take is no file of ours.
    let Ok(Some(entry)) = tree.entry(path) else {
        return Ok(Proof::Absent);
    };
    if !entry.is_file {
        return Ok(Proof::Absent);
    }
    if entry.size != size {
        return Ok(Proof::Otherwise);
    }
    let (sha256, inspection) = match inspect(tree, path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Proof::Absent),
        Err(error) if is_about_file(&error) => {
            let modified = entry.modified;
            return Ok(Proof::Unreadable { modified });
        }
        Err(error) => return Err(ArchiveError::storage("read", path, error)),
    };
    if !is_digest(&sha256, row) {
        return Ok(Proof::Otherwise);
    }
    if let Some(file) = older {
        rows.renewed(file, &sha256, size, entry.modified)?;
        return Ok(Proof::Proven {
            file,
            has_clip: inspection.motion,
        });
    }
    let file = rows.found(path, &sha256, size, entry.modified)?;
    Ok(Proof::Proven {
        file,
        has_clip: inspection.motion,
    })
}

/// The row's file under another path, as [`Proof::Proven`].
pub(super) fn moved(
    rows: &Rows<'_>,
    look: &mut dyn FnMut() -> Result<Survey, ArchiveError>,
    row: &Row,
    size: u64,
) -> Result<Option<(i64, bool)>, ArchiveError> {
    let Ok(sha256) = HEXLOWER_PERMISSIVE.decode(row.sha256.as_bytes()) else {
        return Ok(None);
    };
    let Some(found) = look()?.find(&sha256, size, split(&row.local_path).1)? else {
        return Ok(None);
    };
    if let Some((file, there)) = rows.stored_at(&found.path)? {
        return Ok((there == sha256).then_some((file, found.has_clip)));
    }
    rows.release_twin(&found.path)?;
    if !rows.is_free(&found.path)? {
        return Ok(None);
    }
    let file = rows.found(&found.path, &found.sha256, size, found.modified)?;
    Ok(Some((file, found.has_clip)))
}

/// A file that the row's run has stored and that cannot be proven to be here; `None` where the index has something else at its
/// path. `modified` is the time that it has, or was given, in seconds since 1970.
pub(super) fn promise(
    rows: &Rows<'_>,
    row: &Row,
    size: u64,
    modified: Option<i64>,
) -> Result<Option<i64>, ArchiveError> {
    let digest = HEXLOWER_PERMISSIVE.decode(row.sha256.as_bytes());
    let digest = digest
        .ok()
        .filter(|digest| digest.len() == SHA256_OUTPUT_LEN);
    let Some(sha256) = digest.filter(|_| tree::is_inside(&row.local_path)) else {
        return Ok(None);
    };
    if !rows.is_free(&row.local_path)? {
        return Ok(None);
    }
    rows.lost(&row.local_path, &sha256, size, modified)
        .map(Some)
}

/// Whether this is the digest that the row names.
pub(super) fn is_digest(sha256: &[u8], row: &Row) -> bool {
    let digest = data_encoding::HEXLOWER.encode(sha256);
    digest.eq_ignore_ascii_case(&row.sha256)
}
