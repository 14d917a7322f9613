//! Arbitrary bytes as a part of an export: a zip, a tgz, a tar, or the recipe of a folder.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));

fuzz_target!(|bytes: &[u8]| gphotos_dl::fuzz::archive_walk(bytes, FOLDER.path()));
