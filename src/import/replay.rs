//! Exports taken in again from their records: what an index that was lost does not know any more of albums, and of what was
//! told of each photo. The parts themselves are not needed for that.

use std::fs;
use std::path::Path;

use chrono::{DateTime, Utc};

use crate::archive::album_links::{self, Links};
use crate::archive::index::{Index, Sync};
use crate::archive::{Archive, ArchiveError, Paths, export_record};
use crate::http::Stop;
use crate::import::derive::Wanted;
use crate::import::disputed;
use crate::import::imported::Digests;
use crate::import::look::{Export, look};
use crate::import::outcome::Outcome;
use crate::import::reconcile::Reconciling;
use crate::import::sidecars::Sidecars;
use crate::import::{ImportError, Request};

/// Takes in what the records of exports say and the index does not know, and makes the links of albums that are not there.
/// `import` does the same on its way.
pub(crate) fn replay(
    archive: &mut Archive,
    now: DateTime<Utc>,
    stop: &Stop,
) -> Result<(), ArchiveError> {
    let wanted = replayed(&mut archive.index, &archive.paths)?;
    if wanted.is_empty() {
        return Ok(());
    }
    let go_on = || !stop.soon.is_cancelled();
    let (paths, store) = (archive.paths.clone(), archive.store.clone());
    let mut exports = read(&paths, &wanted, &go_on)?;
    let sizes = export_record::all(&paths.manifests)?;
    let links = links_in(&paths.albums());
    archive.index.transact(Sync::Now, |rows| {
        let disputed = disputed::mark(rows, &mut exports)?;
        let mut outcomes = exports.into_iter().map(Outcome::of_record).collect();
        let reconciling = Reconciling {
            run: 0,
            now,
            paths: &paths,
            store: &store,
            settings: &archive.settings,
            disputed: &disputed,
            read: &Digests::default(),
            is_first: false,
            is_complete: true,
        };
        reconciling.all(rows, &mut outcomes)?;
        album_links::rebuild(rows, &store, &paths, links, &go_on)?;
        for (export, size) in sizes.iter().filter(|(export, _)| wanted.contains(export)) {
            rows.note_record(export, *size)?;
        }
        Ok(())
    })
}

/// Exports as their records have them.
pub(super) fn read(
    paths: &Paths,
    exports: &[String],
    go_on: &dyn Fn() -> bool,
) -> Result<Vec<Export>, ArchiveError> {
    let request = Request {
        parts: Vec::new(),
        include_trashed: true,
        reread: false,
        beside: Wanted {
            sidecars: Sidecars::None,
            albums: Links::None,
        },
        min_free: 0,
        syncing: 1,
    };
    let spool = || Ok(None);
    let exports = look(&request, &paths.manifests, exports, spool, &|_| {}, go_on);
    exports.map_err(in_archive)
}

/// The exports of whose records the index does not hold all: an index that was lost knows neither albums nor what was told.
pub(super) fn replayed(index: &mut Index, paths: &Paths) -> Result<Vec<String>, ArchiveError> {
    let records = export_record::all(&paths.manifests)?;
    if records.is_empty() {
        return Ok(Vec::new());
    }
    index.transact(Sync::Later, |rows| {
        let mut unknown = Vec::new();
        for (export, size) in records {
            if rows.recorded(&export)? != Some(size) {
                unknown.push(export);
            }
        }
        Ok(unknown)
    })
}

/// What the albums are shown with so far; symbolic links where nothing is left of them.
fn links_in(albums: &Path) -> Links {
    let inside = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
    let kinds = inside(albums).flat_map(|album| inside(&album.path()).collect::<Vec<_>>());
    let mut kinds = kinds.filter_map(|entry| entry.file_type().ok());
    match kinds.find(|kind| kind.is_symlink() || kind.is_file()) {
        Some(kind) if kind.is_file() => Links::Hardlink,
        _ => Links::Symlink,
    }
}

fn in_archive(error: ImportError) -> ArchiveError {
    match error {
        ImportError::Archive(error) => error,
        ImportError::Stopped => ArchiveError::Stopped,
        other => {
            let cause = std::io::Error::other(other.to_string());
            ArchiveError::storage("read", "the records of exports", cause)
        }
    }
}
