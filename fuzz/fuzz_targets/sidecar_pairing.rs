//! Arbitrary lines as the entries of an export: a path, a tab, and the text of a JSON file.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| gphotos_dl::fuzz::sidecar_pairing(bytes));
