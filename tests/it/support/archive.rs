//! What is on disk, read without any code of the writer: the files, and the newest manifest.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gphotos_sim::{Digest, Sim};

/// The archive as an outsider sees it.
#[derive(Debug)]
pub(crate) struct Archive {
    /// Relative path in `downloads/` → bytes. Our own folder is left out.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// Names in `media_items_list/`, sorted.
    pub(crate) lists: Vec<String>,
    /// The rows of the newest manifest, in their order.
    pub(crate) rows: Vec<Row>,
    /// Temporary files that are left.
    pub(crate) temps: Vec<String>,
}

/// One manifest row, by column name.
pub(crate) type Row = BTreeMap<String, String>;

impl Archive {
    pub(crate) fn read(root: &Path) -> Self {
        let mut files = BTreeMap::new();
        walk(&root.join("downloads"), "", &mut files);
        let lists = names(&root.join("media_items_list"));
        let newest = newest(&lists);
        let rows = newest
            .map(|name| rows(&root.join("media_items_list").join(name)))
            .unwrap_or_default();
        Self {
            files,
            lists,
            rows,
            temps: names(&root.join("downloads/.gphotos-dl/tmp")),
        }
    }

    /// Every row with a path names a file on disk that is, byte for byte, what Google has of the item; no path is left
    /// without a row, and no temporary file at all.
    #[track_caller]
    pub(crate) fn assert_true_to(&self, google: &Sim) {
        let mut truth = google.truth();
        truth.extend(google.picked_truth());
        let mut listed: Vec<&str> = Vec::new();
        for row in self.rows.iter().filter(|row| !row["local_path"].is_empty()) {
            let item = &truth[&row["id"]];
            let expected = match row["role"].as_str() {
                "motion" => item.clip.as_ref().expect("a clip"),
                _ => &item.original,
            };
            let bytes = self.files.get(&row["local_path"]);
            let bytes = bytes.unwrap_or_else(|| panic!("not on disk: {row:#?}"));
            assert_eq!(&Digest::of(&bytes.clone().into()), expected, "{row:#?}");
            assert_eq!(row["sha256"], expected.sha256, "{row:#?}");
            assert_eq!(row["size_bytes"], expected.size.to_string(), "{row:#?}");
            listed.push(&row["local_path"]);
        }
        listed.sort_unstable();
        listed.dedup();
        assert_eq!(listed, self.paths());
        assert_eq!(self.temps, [""; 0]);
    }

    /// The name of the newest manifest.
    #[track_caller]
    pub(crate) fn newest_list(&self) -> &str {
        newest(&self.lists).expect("a manifest")
    }

    /// The manifest's file names as Google has them, of the originals, sorted.
    pub(crate) fn names(&self) -> Vec<&str> {
        let originals = self.rows.iter().filter(|row| row["role"] == "original");
        let mut names: Vec<_> = originals.map(|row| row["filename"].as_str()).collect();
        names.sort_unstable();
        names
    }

    /// The paths of all files.
    pub(crate) fn paths(&self) -> Vec<&str> {
        self.files.keys().map(String::as_str).collect()
    }

    /// The manifest row of the item with this file name, as Google has it.
    #[track_caller]
    pub(crate) fn row(&self, filename: &str) -> &Row {
        self.rows
            .iter()
            .find(|row| row["filename"] == filename)
            .unwrap_or_else(|| panic!("no row for {filename:?}: {:#?}", self.rows))
    }

    /// How often each status appears in the manifest.
    pub(crate) fn statuses(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for row in &self.rows {
            *counts.entry(row["status"].as_str()).or_default() += 1;
        }
        counts
    }
}

/// "…Z.csv" sorts after "…Z-2.csv": compared without the ending.
fn newest(lists: &[String]) -> Option<&str> {
    let manifests = lists.iter().filter_map(|name| name.strip_suffix(".csv"));
    let newest = manifests.max()?;
    Some(
        &lists
            .iter()
            .find(|name| name.strip_suffix(".csv") == Some(newest))?[..],
    )
}

fn rows(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).expect("a manifest");
    let headers = reader.headers().expect("a header").clone();
    let row = |record: csv::StringRecord| {
        headers
            .iter()
            .map(str::to_owned)
            .zip(record.iter().map(str::to_owned))
            .collect()
    };
    reader
        .records()
        .map(|record| row(record.expect("a record")))
        .collect()
}

fn walk(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for name in names(folder) {
        let path = folder.join(&name);
        if prefix.is_empty() && name == ".gphotos-dl" || name == ".gitignore" {
            continue;
        }
        // A link is what it says, not what it leads to.
        let bytes = if path.is_symlink() {
            let target = fs::read_link(&path).expect("a link");
            target.into_os_string().into_encoded_bytes()
        } else if path.is_dir() {
            walk(&path, &format!("{prefix}{name}/"), files);
            continue;
        } else {
            fs::read(&path).expect("readable")
        };
        files.insert(format!("{prefix}{name}"), bytes);
    }
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let name = |entry: std::io::Result<fs::DirEntry>| {
        entry
            .expect("an entry")
            .file_name()
            .into_string()
            .expect("UTF-8")
    };
    let mut names: Vec<_> = entries.map(name).collect();
    names.sort();
    names
}
