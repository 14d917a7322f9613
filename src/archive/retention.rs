//! Old manifests: one a day for years is a heap. One older than 30 days is removed, but only if newer ones repeat every
//! row of it that names a file, because the manifests together can rebuild a lost index.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};

use crate::archive::row::{self, Row};
use crate::archive::staged::How;
use crate::archive::{manifest, told};

/// Removes what newer manifests make superfluous. Returns what was removed.
pub(crate) fn prune(folder: &Path, now: DateTime<Utc>) -> io::Result<Vec<PathBuf>> {
    let mut manifests: Vec<(DateTime<Utc>, PathBuf)> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if let Some(date) = manifest::date_of(&path) {
            manifests.push((date, path));
        }
    }
    manifests.sort();
    let mut removed = Vec::new();
    let mut at = 0;
    while let Some((date, path)) = manifests.get(at)
        && *date < now - KEEP
    {
        // One that cannot be read, or is no file at all, stays.
        if is_repeated(path, &manifests[at + 1..]).unwrap_or(false) {
            fs::remove_file(path)?;
            removed.push(manifests.remove(at).1);
        } else {
            at += 1;
        }
    }
    Ok(removed)
}

const KEEP: TimeDelta = TimeDelta::days(30);

fn is_repeated(old: &Path, newer: &[(DateTime<Utc>, PathBuf)]) -> io::Result<bool> {
    let mut wanted: HashSet<[u8; 16]> = HashSet::new();
    for row in row::read(old)? {
        match row {
            Ok(row) if row.local_path.is_empty() => {}
            Ok(row) => drop(wanted.insert(key(&row))),
            // What cannot be read cannot be found again elsewhere.
            Err(_) => return Ok(false),
        }
    }
    // The newest first: it usually repeats everything.
    for (_, path) in newer.iter().rev() {
        if wanted.is_empty() {
            break;
        }
        let Ok(rows) = row::read(path) else { continue };
        for row in rows.flatten() {
            wanted.remove(&key(&row));
        }
    }
    Ok(wanted.is_empty())
}

/// What a row proves: that this file of this item has these bytes at this path. And, of one that no run has fetched, how it
/// came to be here.
fn key(row: &Row) -> [u8; 16] {
    let how = told::how(row).filter(|how| *how != How::Downloaded);
    let how = how.map_or("", How::as_str);
    let text = serde_json::json!([
        row.source,
        row.id,
        row.role,
        row.local_path,
        row.sha256,
        how
    ]);
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.to_string().as_bytes());
    digest.as_ref().first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::manifest::Partial;

    fn write(folder: &Path, date: &str, paths: &[&str]) -> PathBuf {
        let date = date.parse().expect("a moment");
        let rows = paths.iter().map(|path| Row {
            local_path: (*path).to_owned(),
            ..Row::default()
        });
        let manifest = Partial::create(folder, date).expect("a manifest");
        manifest
            .finish(|writer| rows.clone().try_for_each(|row| writer.row(&row)))
            .expect("finished")
    }

    #[test]
    fn an_old_manifest_goes_only_when_newer_ones_repeat_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = "2024-06-01T00:00:00Z".parse().expect("a moment");
        let oldest = write(folder.path(), "2024-01-01T00:00:00Z", &["a", ""]);
        let lone = write(folder.path(), "2024-01-02T00:00:00Z", &["a", "z"]);
        let newest = write(folder.path(), "2024-05-31T00:00:00Z", &["a", "b"]);
        assert_eq!(prune(folder.path(), now).expect("pruned"), [oldest]);
        assert!(lone.exists() && newest.exists());
    }

    #[test]
    fn how_a_file_came_to_be_here_is_not_pruned() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = "2024-06-01T00:00:00Z".parse().expect("a moment");
        let with_status = |date: &str, status: &str, detail: &str| {
            let row = Row {
                local_path: "a".to_owned(),
                status: status.to_owned(),
                detail: detail.to_owned(),
                ..Row::default()
            };
            let date = date.parse().expect("a moment");
            let manifest = Partial::create(folder.path(), date).expect("a manifest");
            let path = manifest.finish(|writer| writer.row(&row));
            path.expect("finished")
        };
        let linked = with_status("2024-01-01T00:00:00Z", "linked", "");
        let _ = with_status("2024-05-30T00:00:00Z", "present", "");
        assert!(prune(folder.path(), now).expect("pruned").is_empty());
        let _ = with_status(
            "2024-05-31T00:00:00Z",
            "present",
            &told::detail("linked", String::new()),
        );
        assert_eq!(prune(folder.path(), now).expect("pruned"), [linked]);
    }
}
