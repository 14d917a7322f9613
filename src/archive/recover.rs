//! What a run that died has left, brought into order at the next start: announced files are confirmed or taken back, a
//! half-written manifest is finished. No network is needed.

use std::io::Read;
use std::path::Path;

use chrono::{DateTime, Utc};

use crate::archive::fault::Fault;
use crate::archive::files::FileRow;
use crate::archive::heal::Healed;
use crate::archive::index::{Index, Sync};
use crate::archive::manifest::Partial;
use crate::archive::parts::Part;
use crate::archive::rebuild::Rebuilt;
use crate::archive::store::Store;
use crate::archive::tree::{Tree, is_about_file};
use crate::archive::{ArchiveError, leftover, listing, tree};
use crate::media::inspect::{Inspection, Inspector};

/// What was done.
#[derive(Debug, Default)]
pub(crate) struct Recovered {
    /// Announced files that had got their names.
    pub(crate) confirmed: usize,
    /// Announced files that had not, and will be fetched again.
    pub(crate) withdrawn: usize,
    pub(crate) temps: usize,
    pub(crate) manifests: usize,
    /// Beginnings of files, to be gone on with.
    pub(crate) parts: Vec<Part>,
    /// What became of an index that could not be used.
    pub(crate) healed: Healed,
    /// What was taken in from manifests.
    pub(crate) rebuilt: Rebuilt,
    /// What settings were told by the manifests, in words.
    pub(crate) inferred: Option<String>,
}

impl Recovered {
    /// In words, if there was anything to do.
    pub(crate) fn describe(&self) -> Option<String> {
        let Self {
            confirmed,
            withdrawn,
            temps,
            manifests,
            rebuilt,
            parts: _,
            healed,
            inferred,
        } = self;
        let mut parts = Vec::new();
        if confirmed + withdrawn + temps + manifests > 0 {
            parts.push(format!(
                "an earlier run did not end in good order; mended: {confirmed} files confirmed, {withdrawn} to be fetched \
                 again, {temps} temporary files removed, {manifests} manifests finished"
            ));
        }
        if let Some((fault, path)) = &healed.aside {
            let what = match fault {
                Fault::Damaged => "was damaged",
                Fault::Foreign => "belongs to another archive",
            };
            let path = path.display();
            parts.push(format!("the index {what}; it was moved to {path}"));
        }
        if healed.from_copy {
            parts.push("a copy of the index has taken its place".to_owned());
        }
        let found = rebuilt.found;
        if found > 0 && rebuilt.was_blank {
            parts.push(format!(
                "the index was missing; it was rebuilt from the manifests, and {found} files are as they say"
            ));
        } else if found > 0 {
            parts.push(format!(
                "the index was older than the archive; {found} files that it did not know are as the manifests say"
            ));
        }
        if rebuilt.moved > 0 {
            let moved = rebuilt.moved;
            parts.push(format!("{moved} of them were found under other names"));
        }
        let (missing, unread) = (rebuilt.missing.len(), rebuilt.unread.len());
        if found == 0 && rebuilt.was_blank && missing + unread > 0 {
            parts.push("the index was missing; it was rebuilt from the manifests".to_owned());
        }
        if unread > 0 {
            parts.push(format!(
                "{unread} files cannot be read, and are taken for what the manifests say (`gphotos-dl verify` names them)"
            ));
        }
        if missing > 0 {
            parts.push(format!(
                "{missing} files that the manifests list are not there, or not as they say (`gphotos-dl verify` names those that \
                 are missing)"
            ));
        }
        parts.extend(inferred.clone());
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// Which manifests could not be read, if there are any.
    pub(crate) fn unreadable(&self) -> Option<String> {
        let named: Vec<_> = self
            .rebuilt
            .unreadable
            .iter()
            .map(|(name, lines)| match lines {
                0 => name.clone(),
                _ => format!("{name} ({lines} lines)"),
            })
            .collect();
        (!named.is_empty()).then(|| {
            let named = named.join(", ");
            format!("could not read all of {named}: files that are listed only there are not known any more")
        })
    }
}

pub(crate) fn recover(
    index: &mut Index,
    store: &Store,
    manifests: &Path,
    now: DateTime<Utc>,
) -> Result<Recovered, ArchiveError> {
    let mut tree = Tree::new(store.clone());
    let settled = settle_announced(index, &mut tree)?;
    let mut recovered = Recovered {
        confirmed: settled.confirmed.len(),
        withdrawn: settled.withdrawn,
        ..Recovered::default()
    };
    if recovered.confirmed > 0 {
        let confirmed = index.transact(Sync::Later, |rows| {
            listing::rows_of(rows.transaction, &settled.confirmed)
        })?;
        // The run that fetched them died before it listed them, and a file that is in no manifest is lost with the index.
        let list = Partial::create(manifests, now)?;
        list.finish(|writer| confirmed.iter().try_for_each(|row| writer.row(row)))?;
    }
    recovered.manifests = leftover::finish_leftovers(manifests)?;
    Ok(recovered)
}

/// What has become of announced files.
pub(super) struct Settled {
    /// Rows of `files`.
    confirmed: Vec<i64>,
    withdrawn: usize,
}

/// Confirms announced files that have got their names, and takes back the others.
pub(super) fn settle_announced(
    index: &mut Index,
    tree: &mut Tree,
) -> Result<Settled, ArchiveError> {
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method's own path is not general over the lifetime"
    )]
    let announced = index.transact(Sync::Later, |rows| rows.announced())?;
    let mut verdicts = Vec::with_capacity(announced.len());
    for file in announced {
        let modified = confirm(tree, &file)
            .map_err(|error| ArchiveError::storage("sync", &file.path, error))?;
        verdicts.push((file.file, modified));
    }
    index.transact(Sync::Now, |rows| {
        let mut settled = Settled {
            confirmed: Vec::new(),
            withdrawn: 0,
        };
        for (file, modified) in verdicts {
            if let Some(modified) = modified {
                rows.confirm(file, modified)?;
                settled.confirmed.push(file);
            } else {
                rows.withdraw(file)?;
                settled.withdrawn += 1;
            }
        }
        rows.confirm_links()?;
        Ok(settled)
    })
}

/// The file's time, if it is there and holds exactly the announced bytes; made durable before it is believed. One that cannot
/// be read proves nothing: it stays as it is, and its item gets another.
fn confirm(tree: &mut Tree, file: &FileRow) -> std::io::Result<Option<i64>> {
    let proven = tree.entry(&file.path).and_then(|entry| {
        let entry = entry.filter(|entry| entry.is_file && Some(entry.size) == file.size);
        let Some(entry) = entry else { return Ok(None) };
        let is_it = Some(digest(tree, &file.path)?.as_slice()) == file.sha256.as_deref();
        Ok(is_it.then_some(entry))
    });
    let entry = match proven {
        Ok(Some(entry)) => entry,
        Ok(None) => return Ok(None),
        Err(error) if is_about_file(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    tree.open(&file.path)?.sync_all()?;
    tree.sync_folder(tree::split(&file.path).0)?;
    Ok(Some(entry.modified))
}

/// The SHA-256 of a stored file.
pub(crate) fn digest(tree: &mut Tree, path: &str) -> std::io::Result<[u8; 32]> {
    inspect(tree, path).map(|(sha256, _)| sha256)
}

/// The SHA-256 of a stored file, and what its structure says.
pub(crate) fn inspect(tree: &mut Tree, path: &str) -> std::io::Result<([u8; 32], Inspection)> {
    let mut file = tree.open(path)?;
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    let mut inspector = Inspector::new();
    let mut chunk = vec![0; 256 << 10];
    loop {
        match file.read(&mut chunk)? {
            0 => break,
            count => {
                context.update(&chunk[..count]);
                inspector.feed(&chunk[..count]);
            }
        }
    }
    let sha256 = context.finish().as_ref().first_chunk().copied();
    Ok((sha256.unwrap_or_default(), inspector.finish()))
}
