//! The two names that a zip archive has for every entry: one in its directory, one before the bytes.
//!
//! No checksum covers either. Where they differ, a bit has flipped in one of them.

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt;

use crate::source::takeout::directory::Record;
use crate::source::takeout::entry::path_of;

/// What the local header calls an entry that the directory calls `path`, if it is something else.
pub(super) fn other(file: &File, record: &Record, path: &str) -> Option<String> {
    let at = record.header?;
    let mut header = [0; HEADER];
    file.read_exact_at(&mut header, at).ok()?;
    if header[..4] != *b"PK\x03\x04" {
        // Its bytes cannot be had either, which is told.
        return None;
    }
    let length = u16::from_le_bytes([header[26], header[27]]);
    let mut name = vec![0; usize::from(length)];
    file.read_exact_at(&mut name, at + HEADER as u64).ok()?;
    let other = path_of(&name).unwrap_or_else(|name| name);
    (other != path).then_some(other)
}

/// APPNOTE.TXT 4.3.7: bytes of a local header before its name, whose length is at 26.
const HEADER: usize = 30;

/// How many entries lie under each beginning of a path, as far as the product: `Takeout/Google Photos`.
#[derive(Default)]
pub(super) struct Roots(HashMap<String, usize>);

impl Roots {
    pub(super) fn count(&mut self, path: &str) {
        let root = root(path);
        // A string is made for the first of them only.
        match self.0.get_mut(root) {
            Some(count) => *count += 1,
            None => drop(self.0.insert(root.to_owned(), 1)),
        }
    }

    /// Whether hardly any other entry lies there.
    pub(super) fn is_astray(&self, path: &str) -> bool {
        self.0.get(root(path)).is_none_or(|count| *count <= FEW)
    }
}

/// A product of an export has more files than this, or it costs nothing to look at each.
const FEW: usize = 8;

fn root(path: &str) -> &str {
    let end = path.match_indices('/').nth(1).map_or(0, |(at, _)| at);
    &path[..end]
}
