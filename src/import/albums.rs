//! Which photos of an export are in which albums.

use std::collections::{BTreeMap, BTreeSet};

use crate::archive::ArchiveError;
use crate::archive::index::Rows;
use crate::import::outcome::Outcome;
use crate::takeout::folders::Folder;
use crate::takeout::plan::Verdict;

/// What is known of one album.
#[derive(Default)]
struct Members {
    items: BTreeSet<i64>,
    /// Of every file in it it is known whose it is.
    is_whole: bool,
}

/// Says which photos are in which albums. What was said of an album before is forgotten where `is_complete` and everything in it
/// is known: a file may have been taken for another photo's.
pub(super) fn file_albums(
    rows: &Rows<'_>,
    outcome: &Outcome,
    is_complete: bool,
) -> Result<(), ArchiveError> {
    let (export, imported) = (&outcome.export, &outcome.imported);
    if export.is_unchanged {
        return Ok(());
    }
    let mut albums: BTreeMap<usize, Members> = BTreeMap::new();
    for (folder, entry) in members(outcome) {
        let album = albums.entry(folder).or_insert_with(|| Members {
            is_whole: true,
            ..Members::default()
        });
        match imported.items[entry] {
            _ if imported.doubtful.contains(&entry) => album.is_whole = false,
            Some(item) => drop(album.items.insert(item)),
            None => album.is_whole = false,
        }
    }
    for (folder, members) in albums {
        let (path, Folder::Album { title }) = &export.plan.folders[folder] else {
            continue;
        };
        if members.items.is_empty() {
            continue;
        }
        let album = rows.album(&export.id, path, title)?;
        if is_complete && members.is_whole {
            rows.empty_album(album)?;
        }
        for item in members.items {
            rows.put_into_album(album, item)?;
        }
    }
    Ok(())
}

/// Media entries, each with a folder that it is in.
fn members(outcome: &Outcome) -> impl Iterator<Item = (usize, usize)> {
    let plan = &outcome.export.plan;
    let lying = plan.verdicts.iter().enumerate();
    let lying = lying.filter_map(|(entry, verdict)| match verdict {
        Verdict::Media(media) => Some((media.folder, entry)),
        _ => None,
    });
    let pointed = plan.memberships.iter();
    lying.chain(pointed.map(|one| (one.folder, one.media)))
}
