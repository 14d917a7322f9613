//! A lost index, rebuilt from the manifests and the folder, so that nothing intact is fetched again.
//!
//! A manifest row is believed only as far as the folder bears it out: the file must be there and have the row's size and
//! SHA-256. The newest manifest is read first, so that what it says of an item wins. All of it is one transaction: a
//! rebuild that is cut short leaves a blank index, and the next start begins again.

use std::collections::HashSet;
use std::fs;

use chrono::{DateTime, Utc};

use crate::archive::index::{Index, Rows, Sync};
use crate::archive::manifest;
use crate::archive::recover::inspect;
use crate::archive::roles::Done;
use crate::archive::row::{self, Row};
use crate::archive::staged::How;
use crate::archive::tree::{self, Tree};
use crate::archive::{ArchiveError, Loss, Paths, check_loss};
use crate::http::Stop;
use crate::media::item::{Kind, MediaItem, MediaItemId, Role, SourceName, VideoStatus};

/// What a rebuild has found.
#[derive(Debug, Default)]
pub(crate) struct Rebuilt {
    /// Files that are as the manifests say.
    pub(crate) found: usize,
    /// Lines of manifests that could not be read.
    pub(crate) unreadable: usize,
    /// Paths where no file is as the manifests say.
    missing: HashSet<String>,
}

/// Fills a blank index.
pub(crate) fn rebuild(
    index: &mut Index,
    tree: &mut Tree,
    archive: &Paths,
    now: DateTime<Utc>,
    loss: Loss,
    stop: &Stop,
) -> Result<Rebuilt, ArchiveError> {
    let folder = &archive.manifests;
    let storage =
        |error| ArchiveError::storage("read the manifests in", folder.display().to_string(), error);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(storage)? {
        let path = entry.map_err(storage)?.path();
        if manifest::is_complete_name(&path) {
            paths.push(path);
        }
    }
    // "…Z-2" is newer than "…Z", and without the ending it sorts so.
    paths.sort_by_key(|path| path.with_extension(""));
    let mut rebuilt = Rebuilt::default();
    index.transact(Sync::Now, |rows| {
        for path in paths.iter().rev() {
            let Ok(listed) = row::read(path) else {
                rebuilt.unreadable += 1;
                continue;
            };
            for row in listed {
                if stop.soon.is_cancelled() {
                    return Err(ArchiveError::Stopped);
                }
                match row {
                    Ok(row) => restore(rows, tree, &row, now, &mut rebuilt)?,
                    Err(_) => rebuilt.unreadable += 1,
                }
            }
        }
        // Undone with the transaction: the next start must ask again.
        let missing = rebuilt.missing.len();
        match loss {
            Loss::Refused => check_loss(
                missing as u64,
                (missing + rebuilt.found) as u64,
                &archive.downloads,
            ),
            Loss::Accepted => Ok(()),
        }
    })?;
    Ok(rebuilt)
}

/// Restores what one row proves.
fn restore(
    rows: &Rows<'_>,
    tree: &mut Tree,
    row: &Row,
    now: DateTime<Utc>,
    rebuilt: &mut Rebuilt,
) -> Result<(), ArchiveError> {
    let (Some(role), Some(item)) = (Role::parse(&row.role), item(row)) else {
        return Ok(());
    };
    if rows.is_known(&item, role)? {
        return Ok(());
    }
    let is_owed = matches!(row.status.as_str(), "failed" | "skipped");
    if role == Role::Motion && is_owed {
        // Its still does not have to be fetched again to find out that there is a clip.
        let item = rows.record(&item, now)?;
        return rows.want_clip(item, 0);
    }
    let Some(size) = row
        .size_bytes
        .parse::<u64>()
        .ok()
        .filter(|_| !row.local_path.is_empty())
    else {
        return Ok(());
    };
    let proof = prove(rows, tree, row, size)?;
    let Some((file, has_clip)) = proof else {
        rebuilt.missing.insert(row.local_path.clone());
        return Ok(());
    };
    let kind = item.kind;
    let item = rows.record(&item, now)?;
    let how = match row.status.as_str() {
        "linked" => How::Linked,
        "adopted" => How::Adopted,
        _ => How::Downloaded,
    };
    let note = Some(row.detail.as_str()).filter(|detail| !detail.is_empty());
    let is_doubtful = row.detail.contains(DOUBTFUL);
    let recheck_after = is_doubtful.then_some(now);
    rows.done(
        item,
        role,
        &Done {
            file,
            how,
            run: 0,
            note,
            recheck_after,
        },
    )?;
    if role == Role::Original && kind == Kind::Photo && has_clip {
        rows.want_clip(item, 0)?;
    }
    rebuilt.found += 1;
    Ok(())
}

/// How the note of a doubtful file ends.
pub(crate) const DOUBTFUL: &str = "kept because they came the same twice";

/// The row's file, if it is what the row says, and whether its bytes say that a clip belongs to it.
fn prove(
    rows: &Rows<'_>,
    tree: &mut Tree,
    row: &Row,
    size: u64,
) -> Result<Option<(i64, bool)>, ArchiveError> {
    let path = row.local_path.as_str();
    let is_it = |sha256: &[u8]| {
        data_encoding::HEXLOWER
            .encode(sha256)
            .eq_ignore_ascii_case(&row.sha256)
    };
    if let Some((file, sha256)) = rows.stored_at(path)? {
        return Ok(is_it(&sha256).then_some((file, false)));
    }
    if !tree::is_inside(path) || !rows.is_free(path)? {
        return Ok(None);
    }
    // A name that this file system does not take is no file of ours.
    let Ok(Some(entry)) = tree.entry(path) else {
        return Ok(None);
    };
    if !entry.is_file || entry.size != size {
        return Ok(None);
    }
    let (sha256, inspection) =
        inspect(tree, path).map_err(|error| ArchiveError::storage("read", path, error))?;
    if !is_it(&sha256) {
        return Ok(None);
    }
    let file = rows.found(path, &sha256, size, entry.modified)?;
    Ok(Some((file, inspection.motion)))
}

fn item(row: &Row) -> Option<MediaItem> {
    let text = |cell: &str| Some(cell.to_owned()).filter(|cell| !cell.is_empty());
    let kind = match row.kind.as_str() {
        "video" => Kind::Video(VideoStatus::Ready),
        _ => Kind::Photo,
    };
    Some(MediaItem {
        id: MediaItemId(text(&row.id)?),
        source: SourceName::parse(&row.source)?,
        filename: text(&row.filename),
        mime_type: text(&row.mime_type),
        created: row.creation_time.parse().ok(),
        kind,
        dimensions: row.width.parse().ok().zip(row.height.parse().ok()),
        camera_make: text(&row.camera_make),
        camera_model: text(&row.camera_model),
        description: text(&row.description),
        product_url: text(&row.product_url),
        url: None,
    })
}
