//! What is on disk at one moment.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use gphotos_sim::Digest;

use super::names::is_temp;

/// Files, by path.
#[derive(Debug, Clone, Default)]
pub(crate) struct Snapshot(BTreeMap<String, Entry>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    /// SHA-256, lower-case hexadecimal; of a link, where it leads to; of a folder, nothing.
    content: String,
    size: u64,
    inode: u64,
    mode: u32,
    owner: (u32, u32),
    /// Seconds and nanoseconds; of a folder among others only.
    modified: (i64, i64),
}

impl Snapshot {
    /// What an archive holds and must keep: the files in `downloads/`, without our own folder, and the complete lists.
    pub(crate) fn of(root: &Path) -> Self {
        let mut entries = BTreeMap::new();
        walk(root, "downloads", &mut entries, false);
        walk(root, "media_items_list", &mut entries, false);
        entries.retain(|path, _| {
            let is_kept = path.starts_with("downloads/") && !is_stray(path);
            is_kept || Path::new(path).extension() == Some("csv".as_ref())
        });
        Self(entries)
    }

    /// Everything in a folder, the folders and itself too.
    pub(crate) fn of_all(folder: &Path) -> Self {
        let mut entries = BTreeMap::new();
        walk(folder, ".", &mut entries, true);
        Self(entries)
    }

    pub(super) fn extend(&mut self, newer: Self) {
        for (path, entry) in newer.0 {
            self.0.entry(path).or_insert(entry);
        }
    }

    pub(super) fn remove(&mut self, path: &str) {
        self.0.retain(|held, _| !held.starts_with(path));
    }

    /// Path and SHA-256 of the files in `downloads/`.
    pub(super) fn stored(&self) -> impl Iterator<Item = (&str, &str)> {
        let stored = |(path, entry): (_, _)| {
            let (path, entry): (&String, &Entry) = (path, entry);
            Some((path.strip_prefix("downloads/")?, entry.content.as_str()))
        };
        self.0.iter().filter_map(stored)
    }

    /// Whether there is something at this path below `downloads/`.
    pub(super) fn holds(&self, path: &str) -> bool {
        self.0.contains_key(&format!("downloads/{path}"))
    }

    /// SHA-256 and size of a regular file below `downloads/`.
    pub(super) fn file(&self, path: &str) -> Option<(&str, u64)> {
        let entry = self.0.get(&format!("downloads/{path}"))?;
        let is_file = entry.mode & 0o170_000 == 0o100_000;
        is_file.then_some((entry.content.as_str(), entry.size))
    }

    /// What of this is not in `now` as it was. A list may go when it has grown old; it may not change.
    pub(crate) fn losses(&self, now: &Self) -> Vec<String> {
        let loss = |(path, before): (&String, &Entry)| match now.0.get(path) {
            None if path.starts_with("media_items_list/") => None,
            None => Some(format!("{path} is gone")),
            Some(after) if after != before => {
                Some(format!("{path} has changed: {before:?} to {after:?}"))
            }
            Some(_) => None,
        };
        self.0.iter().filter_map(loss).collect()
    }

    /// Everything that is otherwise in `now`, but for new lists.
    pub(crate) fn differences(&self, now: &Self) -> Vec<String> {
        let mut differences = self.losses(now);
        let is_new =
            |path: &&String| !self.0.contains_key(*path) && !path.starts_with("media_items_list/");
        let new = now.0.keys().filter(is_new);
        differences.extend(new.map(|path| format!("{path} is new")));
        differences
    }
}

/// Files in the making on a disk that is mounted inside the archive, as paths relative to the root.
pub(super) fn strays(root: &Path) -> Vec<String> {
    let mut entries = BTreeMap::new();
    walk(root, "downloads", &mut entries, false);
    entries.into_keys().filter(|path| is_stray(path)).collect()
}

/// `.gpdl-<run>-<number>.part`.
fn is_stray(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_prefix(".gpdl-").is_some_and(is_temp)
}

fn walk(root: &Path, relative: &str, entries: &mut BTreeMap<String, Entry>, with_folders: bool) {
    let path = root.join(relative);
    let Ok(about) = path.symlink_metadata() else {
        return;
    };
    // The archive itself may lie behind a link.
    if about.is_dir() || (!with_folders && relative == "downloads" && path.is_dir()) {
        if with_folders {
            entries.insert(relative.to_owned(), entry(&about, String::new()));
        }
        for child in fs::read_dir(&path).expect("a folder") {
            let name = child.expect("an entry").file_name();
            let name = name.to_str().expect("UTF-8");
            if with_folders || relative != "downloads" || name != ".gphotos-dl" {
                walk(root, &format!("{relative}/{name}"), entries, with_folders);
            }
        }
    } else {
        let content = if about.is_symlink() {
            let target = fs::read_link(&path).expect("a link");
            target.to_string_lossy().into_owned()
        } else {
            Digest::of(&fs::read(&path).expect("readable").into()).sha256
        };
        entries.insert(relative.to_owned(), entry(&about, content));
    }
}

fn entry(about: &Metadata, content: String) -> Entry {
    Entry {
        content,
        size: about.size(),
        inode: about.ino(),
        mode: about.mode(),
        owner: (about.uid(), about.gid()),
        modified: (about.mtime(), about.mtime_nsec()),
    }
}
