//! A lost index, rebuilt from the manifests and the folder, so that nothing intact is fetched again.
//!
//! A manifest row is believed only as far as the folder bears it out: the file must be there and have the row's size and
//! SHA-256. The newest manifest is read first, so that what it says of an item wins.

use std::fs;
use std::path::Path;

use chrono::{DateTime, Utc};

use crate::archive::ArchiveError;
use crate::archive::index::{Index, Rows, Sync};
use crate::archive::manifest::PREFIX;
use crate::archive::recover::digest;
use crate::archive::roles::Done;
use crate::archive::row::{self, Row};
use crate::archive::staged::How;
use crate::archive::tree::{self, Tree};
use crate::media::item::{Kind, MediaItem, MediaItemId, Role, SourceName, VideoStatus};

/// Fills an empty index. Returns how many files were found again.
pub(crate) fn rebuild(
    index: &mut Index,
    tree: &mut Tree,
    manifests: &Path,
    now: DateTime<Utc>,
) -> Result<usize, ArchiveError> {
    let storage = |error| {
        ArchiveError::storage(
            "read the manifests in",
            manifests.display().to_string(),
            error,
        )
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(manifests).map_err(storage)? {
        let path = entry.map_err(storage)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(PREFIX) && name.ends_with(".csv") {
            paths.push(path);
        }
    }
    // "…Z-2.csv" is newer than "…Z.csv".
    paths.sort_by_key(|path| path.with_extension(""));
    let mut found = 0;
    index.transact(Sync::Now, |rows| {
        for path in paths.iter().rev() {
            for row in row::read(path).map_err(storage)? {
                found += usize::from(restore(rows, tree, &row, now)?);
            }
        }
        Ok(())
    })?;
    Ok(found)
}

/// Restores what one row proves.
fn restore(
    rows: &Rows<'_>,
    tree: &mut Tree,
    row: &Row,
    now: DateTime<Utc>,
) -> Result<bool, ArchiveError> {
    let (Some(role), Ok(size)) = (Role::parse(&row.role), row.size_bytes.parse::<u64>()) else {
        return Ok(false);
    };
    let Some(item) = item(row).filter(|_| !row.local_path.is_empty()) else {
        return Ok(false);
    };
    if rows.is_known(&item, role)? {
        return Ok(false);
    }
    let file = match rows.stored_at(&row.local_path)? {
        Some(file) => file,
        None => match proven(tree, row, size)? {
            Some((sha256, modified)) => rows.found(&row.local_path, &sha256, size, modified)?,
            None => return Ok(false),
        },
    };
    let item = rows.record(&item, now)?;
    let how = match row.status.as_str() {
        "linked" => How::Linked,
        "adopted" => How::Adopted,
        _ => How::Downloaded,
    };
    let note = Some(row.detail.as_str()).filter(|detail| !detail.is_empty());
    rows.done(
        item,
        role,
        &Done {
            file,
            how,
            run: 0,
            note,
            recheck_after: None,
        },
    )?;
    Ok(true)
}

/// The file's digest and time, if it is what the row says.
fn proven(tree: &mut Tree, row: &Row, size: u64) -> Result<Option<([u8; 32], i64)>, ArchiveError> {
    let path = row.local_path.as_str();
    let storage = |error| ArchiveError::storage("read", path, error);
    if !tree::is_inside(path) {
        return Ok(None);
    }
    let Some(entry) = tree
        .entry(path)
        .map_err(storage)?
        .filter(|entry| entry.is_file && entry.size == size)
    else {
        return Ok(None);
    };
    let found = digest(tree, path).map_err(storage)?;
    let is_it = data_encoding::HEXLOWER.encode(&found) == row.sha256;
    Ok(is_it.then_some((found, entry.modified)))
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
