//! An index that was lost, or that is older than the archive, filled from the manifests and the folder, so that nothing
//! intact is fetched again.
//!
//! A manifest row is believed only as far as the folder bears it out: the file must be there and have the row's size and
//! SHA-256. The newest manifest is read first, so that what it says of an item wins. All of it is one transaction: one
//! that is cut short leaves the index as it was, and the next start begins again.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER_PERMISSIVE;

use crate::archive::files::FileRow;
use crate::archive::index::{Index, Rows, Sync};
use crate::archive::listing::MOVED;
use crate::archive::loss::{Loss, check_loss};
use crate::archive::manifest;
use crate::archive::recover::inspect;
use crate::archive::roles::Done;
use crate::archive::row::{self, Row};
use crate::archive::staged::How;
use crate::archive::survey::Survey;
use crate::archive::takeover::{MATCHED, SAME_BYTES};
use crate::archive::tree::{self, Tree, split};
use crate::archive::{ArchiveError, Paths};
use crate::http::Stop;
use crate::media::item::{Kind, MediaItem, MediaItemId, Role, SourceName, VideoStatus};

/// What was found in manifests that the index did not know.
#[derive(Debug, Default)]
pub(crate) struct Rebuilt {
    /// The index held nothing before.
    pub(crate) was_blank: bool,
    /// Files that are as the manifests say.
    pub(crate) found: usize,
    /// Of these, files under another path than the manifests say.
    pub(crate) moved: usize,
    /// Manifests that could not be read, or not all of them: how many lines, where that can be said.
    pub(crate) unreadable: BTreeMap<String, usize>,
    /// Paths where no file is as the manifests say, as numbers: a million of them must fit into memory.
    missing: HashSet<u64, BuildHasherDefault<DefaultHasher>>,
}

/// Takes in what the index does not know: every manifest if it is blank, otherwise those that it has not seen yet.
pub(crate) fn take_in(
    index: &mut Index,
    tree: &mut Tree,
    archive: &Paths,
    now: DateTime<Utc>,
    loss: Loss,
    stop: &Stop,
) -> Result<Rebuilt, ArchiveError> {
    let mut rebuilt = Rebuilt {
        was_blank: index.is_blank()?,
        ..Rebuilt::default()
    };
    let names = names(archive)?;
    let survey = Survey::new(Some(tree.store().clone()));
    // Only when something is not where it should be. What the index knows is looked at too: items may share it.
    let mut look = || {
        survey.take(stop, |_| Ok(false))?;
        Ok(survey.clone())
    };
    index.transact(Sync::Now, |rows| {
        let unknown = rows.unknown_manifests(&names)?;
        let wanted = if rebuilt.was_blank { names } else { unknown };
        let mut wanted: Vec<String> = wanted.into_iter().collect();
        // "…Z-2" is newer than "…Z", and without the ending it sorts so.
        wanted.sort_by(|a, b| a.trim_end_matches(".csv").cmp(b.trim_end_matches(".csv")));
        for name in wanted.iter().rev() {
            let path = archive.manifests.join(name);
            let (Ok(listed), Ok(is_whole)) = (row::read(&path), row::is_whole(&path)) else {
                rebuilt.unreadable.insert(name.clone(), 0);
                continue;
            };
            let mut bad = usize::from(!is_whole);
            for row in listed {
                if stop.soon.is_cancelled() {
                    return Err(ArchiveError::Stopped);
                }
                match row {
                    Ok(row) => restore(rows, tree, &mut look, &row, now, &mut rebuilt)?,
                    Err(_) => bad += 1,
                }
            }
            if bad > 0 {
                rebuilt.unreadable.insert(name.clone(), bad);
            }
            rows.took_in(name)?;
        }
        // Undone with the transaction: the next start must ask again.
        let missing = rebuilt.missing.len();
        match loss {
            Loss::Refused if rebuilt.was_blank => check_loss(
                missing as u64,
                (missing + rebuilt.found) as u64,
                &archive.downloads,
            ),
            _ => Ok(()),
        }
    })?;
    index.changed |= rebuilt.found > 0;
    Ok(rebuilt)
}

/// The names of the complete manifests.
fn names(archive: &Paths) -> Result<BTreeSet<String>, ArchiveError> {
    let folder = &archive.manifests;
    let storage =
        |error| ArchiveError::storage("read the manifests in", folder.display().to_string(), error);
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(storage)? {
        let entry = entry.map_err(storage)?;
        let path = entry.path();
        // A folder, a link or a pipe of that name is none of ours.
        if manifest::is_complete_name(&path)
            && entry.file_type().is_ok_and(|kind| kind.is_file())
            && let Some(name) = path.file_name().and_then(|name| name.to_str())
        {
            names.insert(name.to_owned());
        }
    }
    Ok(names)
}

/// Restores what one row proves.
fn restore(
    rows: &Rows<'_>,
    tree: &mut Tree,
    look: &mut impl FnMut() -> Result<Survey, ArchiveError>,
    row: &Row,
    now: DateTime<Utc>,
    rebuilt: &mut Rebuilt,
) -> Result<(), ArchiveError> {
    let (Some(role), Some(item)) = (Role::parse(&row.role), item(row)) else {
        return Ok(());
    };
    if let Some(known) = rows.known_file(&item, role)?
        && (rebuilt.was_blank || is_up_to_date(tree, &known, row))
    {
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
    let (file, has_clip) = match prove(rows, tree, row, size)? {
        Proof::Proven { file, has_clip } => (file, has_clip),
        other => {
            let Some(found) = moved(rows, look, row, size)? else {
                let is_news = rows.known_file(&item, role)?.is_none();
                if matches!(other, Proof::Otherwise) && role == Role::Original && is_news {
                    // Somebody changed it, or the disk did: whatever it looks like, it is not Google's file.
                    let item = rows.record(&item, now)?;
                    rows.dispute(item)?;
                }
                let number = rebuilt.missing.hasher().hash_one(&row.local_path);
                rebuilt.missing.insert(number);
                return Ok(());
            };
            rebuilt.moved += 1;
            found
        }
    };
    // An export says by itself what it has.
    let may_have_clip = item.kind == Kind::Photo && item.source == SourceName::Library;
    let item = rows.record(&item, now)?;
    let how = match row.status.as_str() {
        "linked" => How::Linked,
        "adopted" => How::Adopted,
        _ if row.detail.contains(MATCHED) || row.detail.contains(SAME_BYTES) => How::Adopted,
        _ => How::Downloaded,
    };
    // What only that run had to say of it, and not what is odd about it.
    let detail = row.detail.split(MOVED).next().unwrap_or_default();
    let note = Some(detail.trim_end_matches("; ")).filter(|detail| !detail.is_empty());
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
    if role == Role::Original && may_have_clip && has_clip {
        rows.want_clip(item, 0)?;
    }
    rebuilt.found += 1;
    Ok(())
}

/// Whether an index that may be older than the manifest knows the item's file all the same: as the row tells it, or at
/// another place where it is.
fn is_up_to_date(tree: &mut Tree, known: &FileRow, row: &Row) -> bool {
    if row.local_path.is_empty() {
        return true;
    }
    if known.path == row.local_path {
        return known
            .sha256
            .as_ref()
            .is_some_and(|digest| is_digest(digest, row));
    }
    let entry = tree.entry(&known.path).ok().flatten();
    entry.is_some_and(|entry| entry.is_file && Some(entry.size) == known.size)
}

fn is_digest(sha256: &[u8], row: &Row) -> bool {
    let digest = data_encoding::HEXLOWER.encode(sha256);
    digest.eq_ignore_ascii_case(&row.sha256)
}

/// How the note of a doubtful file ends.
pub(crate) const DOUBTFUL: &str = "kept because they came the same twice";

/// Looks for the row's file where the row says.
fn prove(rows: &Rows<'_>, tree: &mut Tree, row: &Row, size: u64) -> Result<Proof, ArchiveError> {
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
    let (sha256, inspection) =
        inspect(tree, path).map_err(|error| ArchiveError::storage("read", path, error))?;
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
fn moved(
    rows: &Rows<'_>,
    look: &mut impl FnMut() -> Result<Survey, ArchiveError>,
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

/// What a row's path bears out.
enum Proof {
    Proven {
        file: i64,
        /// Its bytes say that a clip belongs to it.
        has_clip: bool,
    },
    /// There is a file, and it is not what the row says.
    Otherwise,
    Absent,
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
