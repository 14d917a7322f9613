//! The folder, walked for files of which the index does not know, and for what is missing among them.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension, params};

use crate::archive::examine::{CHUNK, Verdict, digest};
use crate::archive::tree::Tree;
use crate::archive::verify::{Check, Findings};
use crate::archive::walk::{Walked, walk};
use crate::archive::{ArchiveError, derived};
use crate::media::naming;

pub(super) fn search(
    connection: &Connection,
    check: &Check<'_>,
    findings: &mut Findings,
) -> Result<(), ArchiveError> {
    let mut wanted: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut gone: HashSet<String> = HashSet::new();
    for (number, finding) in findings.findings.iter().enumerate() {
        if finding.verdict == Verdict::Missing {
            let size = finding.record.size;
            wanted.entry(size).or_default().push(number);
            gone.insert(finding.record.path.clone());
        }
    }
    let mut tree = Tree::new(check.store.clone());
    let mut chunk = vec![0; CHUNK];
    for walked in walk(check.store) {
        if check.stop.soon.is_cancelled() {
            return Err(ArchiveError::Stopped);
        }
        let (path, entry) = match walked {
            Walked::File { path, entry } => (path, entry),
            Walked::Unnameable { shown } => {
                findings.note_unknown(shown);
                continue;
            }
            Walked::Unreadable { path, error } => {
                let list = if has_files(connection, &path)? {
                    &mut findings.unwalked
                } else {
                    &mut findings.closed
                };
                list.push(format!("{path}: {error}"));
                continue;
            }
        };
        if is_known(connection, &path, &gone)? {
            continue;
        }
        let photo = derived::photo_of(&path).map(|photo| is_known(connection, photo, &gone));
        if photo.transpose()? == Some(true) && derived::is_sidecar(&mut tree, &path) {
            continue;
        }
        let candidates = wanted.get(&entry.size).map_or(&[][..], Vec::as_slice);
        if !findings.find(candidates, &path, &mut tree, &mut chunk, check) {
            findings.note_unknown(path);
        }
    }
    if let Some(files) = &mut findings.unknown_files {
        files.sort();
    }
    Ok(())
}

impl Findings {
    /// Whether a file of the folder is one that is missing among these; it is misplaced then.
    fn find(
        &mut self,
        candidates: &[usize],
        path: &str,
        tree: &mut Tree,
        chunk: &mut [u8],
        check: &Check<'_>,
    ) -> bool {
        let is_open = |number: &usize| self.findings[*number].verdict == Verdict::Missing;
        if !candidates.iter().any(is_open) {
            return false;
        }
        tree.forget();
        // One that cannot be read proves nothing.
        let found = tree
            .open(path)
            .and_then(|mut file| digest(&mut file, chunk, check.stop, &|_| {}));
        let Ok(Some(found)) = found else { return false };
        let mut is_theirs = false;
        for number in candidates {
            let finding = &mut self.findings[*number];
            if finding.verdict == Verdict::Missing && found == finding.record.sha256[..] {
                let at = path.to_owned();
                finding.verdict = Verdict::Misplaced { at };
                is_theirs = true;
            }
        }
        is_theirs
    }

    fn note_unknown(&mut self, path: String) {
        self.unknown += 1;
        if let Some(files) = &mut self.unknown_files {
            files.push(path);
        }
    }
}

/// Whether the index knows this path, or one that this file system takes for it and under which nothing is missing.
fn is_known(
    connection: &Connection,
    path: &str,
    gone: &HashSet<String>,
) -> Result<bool, ArchiveError> {
    let mut exact =
        connection.prepare_cached("SELECT 1 FROM files WHERE path = ?1 AND state <> 'claimed'")?;
    if exact.exists([path])? {
        return Ok(true);
    }
    let mut alike = connection
        .prepare_cached("SELECT path FROM files WHERE fold = ?1 AND state <> 'claimed'")?;
    let twin: Option<String> = alike
        .query_row([naming::fold_key(path)], |row| row.get(0))
        .optional()?;
    Ok(twin.is_some_and(|twin| !gone.contains(&twin)))
}

/// Whether the index has a file here or somewhere below.
fn has_files(connection: &Connection, path: &str) -> Result<bool, ArchiveError> {
    // "0" follows "/": everything that begins with the path and a slash, and the archive's own folder is all.
    let mut below = connection.prepare_cached(
        "SELECT 1 FROM files WHERE state <> 'claimed' AND (?1 = '' OR path = ?1 OR path > ?2 AND path < ?3)",
    )?;
    Ok(below.exists(params![path, format!("{path}/"), format!("{path}0")])?)
}
