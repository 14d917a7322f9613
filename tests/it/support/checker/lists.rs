//! The lists, read as anybody would read a CSV.

use std::fs;
use std::path::{Path, PathBuf};

use super::Violations;
use super::disk::Snapshot;

/// What is checked of a row.
#[derive(Debug)]
pub(super) struct ListRow {
    pub(super) id: String,
    pub(super) role: String,
    pub(super) path: String,
    size: String,
    sha256: String,
    status: String,
}

/// The rows of the newest complete list.
pub(super) fn newest(root: &Path) -> Vec<ListRow> {
    let lists = lists(root).into_iter();
    // "…Z-2.csv" is newer than "…Z.csv".
    let newest = lists
        .filter(|path| path.extension() == Some("csv".as_ref()))
        .max_by_key(|path| path.with_extension(""));
    newest.map(|path| rows(&path)).unwrap_or_default()
}

/// Every row with a path, also of an unfinished list, names bytes on disk.
pub(super) fn check(root: &Path, now: &Snapshot, wrong: &mut Violations) {
    for list in lists(root) {
        let name = list.file_name().unwrap_or_default().to_string_lossy();
        for row in rows(&list) {
            let says_there = matches!(
                row.status.as_str(),
                "downloaded" | "present" | "linked" | "adopted"
            );
            if !says_there || row.path.is_empty() {
                continue;
            }
            let found = now.file(&row.path);
            let is_true = found
                .is_some_and(|(sha256, size)| sha256 == row.sha256 && size.to_string() == row.size);
            if !is_true {
                wrong.push(format!(
                    "I2: {name} says that {} is {}, and it is not",
                    row.path, row.status
                ));
            }
        }
    }
}

fn lists(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root.join("media_items_list"));
    let paths = entries.into_iter().flatten().flatten();
    let is_list = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        let stem = name.and_then(|name| name.strip_prefix("item-list-"));
        let ending = stem.and_then(|stem| stem.split_once('.'));
        ending.is_some_and(|(_, ending)| matches!(ending, "csv" | "csv.partial"))
    };
    paths.map(|entry| entry.path()).filter(is_list).collect()
}

/// Complete rows only: one that was cut off does not count.
fn rows(path: &Path) -> Vec<ListRow> {
    let text = fs::read(path).expect("a list");
    let is_whole = text.ends_with(b"\n");
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_slice());
    let Ok(header) = reader.headers().cloned() else {
        return Vec::new();
    };
    let column = |name: &str| header.iter().position(|column| column == name);
    let mut records: Vec<_> = reader.records().flatten().collect();
    if !is_whole {
        records.pop();
    }
    let row = |record: &csv::StringRecord| {
        let cell = |name| {
            let cell = record.get(column(name)?)?;
            Some(cell.strip_prefix('\'').unwrap_or(cell).to_owned())
        };
        Some(ListRow {
            id: cell("id")?,
            role: cell("role")?,
            path: cell("local_path")?,
            size: cell("size_bytes")?,
            sha256: cell("sha256")?,
            status: cell("status")?,
        })
    };
    let whole = records.iter().filter(|record| record.len() == header.len());
    whole.filter_map(row).collect()
}
