//! Which files of the archive's folder are derived: sidecars that `import` has written beside the photos.

use std::io::Read;

use crate::archive::tree::Tree;
use crate::takeout::json::{self, Json};
use crate::takeout::xmp;

/// Bytes: no sidecar of ours and none that `import` reads has more.
const MOST: u64 = 16 << 20;

/// The photo that a file would be a sidecar of, by its name.
pub(crate) fn photo_of(path: &str) -> Option<&str> {
    path.strip_suffix(".xmp").or(path.strip_suffix(".json"))
}

/// Whether the bytes of a file are those of a sidecar that we write. One that cannot be read is none.
pub(crate) fn is_sidecar(tree: &mut Tree, path: &str) -> bool {
    let mut bytes = Vec::new();
    let read = tree
        .open(path)
        .and_then(|file| file.take(MOST).read_to_end(&mut bytes));
    if read.is_err() {
        return false;
    }
    match path.strip_suffix(".xmp") {
        Some(_) => xmp::is_ours(&bytes),
        None => matches!(json::read(&bytes), Json::Sidecar(_)),
    }
}
