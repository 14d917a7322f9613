//! The corpus of the fuzz targets, replayed, and changed at random for a few seconds: the same changes every time.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use super::*;

type Target = (&'static str, usize, fn(&[u8], &Path));

/// How often the corpus of each target is changed, so that the ordinary tests take a few seconds for it.
const TARGETS: [Target; 2] = [
    ("archive_walk", 1500, archive_walk),
    ("sidecar_pairing", 1500, |bytes, _| sidecar_pairing(bytes)),
];

#[test]
fn what_is_known_to_be_hostile_does_no_harm() {
    for (name, _, target) in TARGETS {
        let scratch = tempfile::tempdir().expect("a folder");
        let corpus = corpus(name);
        assert!(corpus.len() >= 10, "{name}: {} seeds", corpus.len());
        for (seed, bytes) in &corpus {
            tried(&format!("{name}/{seed}"), target, bytes, scratch.path());
        }
    }
}

#[test]
fn what_becomes_of_it_by_chance_does_no_harm_either() {
    for (name, times, target) in TARGETS {
        let scratch = tempfile::tempdir().expect("a folder");
        let corpus: Vec<_> = corpus(name).into_values().collect();
        let mut dice = Dice(7);
        for number in 0..times {
            let mut bytes = corpus[dice.below(corpus.len())].clone();
            for _ in 0..=dice.below(4) {
                change(&mut bytes, &corpus, &mut dice);
            }
            let what = format!("{name}, change {number}");
            tried(&what, target, &bytes, scratch.path());
        }
    }
}

/// Leaves the bytes of a failure where they can be looked at.
fn tried(what: &str, target: fn(&[u8], &Path), bytes: &[u8], scratch: &Path) {
    if catch_unwind(AssertUnwindSafe(|| target(bytes, scratch))).is_err() {
        let path = std::env::temp_dir().join("gphotos-dl-fuzz-failure");
        fs::write(&path, bytes).expect("written");
        panic!("{what}: the bytes are in {}", path.display());
    }
}

/// By name.
fn corpus(target: &str) -> BTreeMap<String, Vec<u8>> {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "fuzz/corpus", target]
        .iter()
        .collect();
    let entries = fs::read_dir(&folder).expect("a corpus");
    entries
        .map(|entry| {
            let entry = entry.expect("an entry");
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).expect("read"))
        })
        .collect()
}

/// One change of a kind that breaks readers: a bit, a byte, a number of an extreme size, a cut, a repetition, a piece of
/// another seed.
fn change(bytes: &mut Vec<u8>, corpus: &[Vec<u8>], dice: &mut Dice) {
    if bytes.is_empty() {
        bytes.push(0);
    }
    let at = dice.below(bytes.len());
    let end = (at + 1 + dice.below(40)).min(bytes.len());
    match dice.below(8) {
        0 => bytes[at] ^= 1 << dice.below(8),
        1 => bytes[at] = u8::try_from(dice.below(256)).unwrap_or(0),
        2 => bytes.truncate(at),
        3 => drop(bytes.drain(at..end)),
        4 => {
            let piece = bytes[at..end].to_vec();
            bytes.splice(at..at, piece);
        }
        5 => {
            let extremes = [0, 1, 0x7f, 0x80, 0xff, 0x7fff_ffff, 0x8000_0000, u64::MAX];
            let number = extremes[dice.below(extremes.len())].to_le_bytes();
            let width = [1, 2, 4, 8][dice.below(4)].min(bytes.len() - at);
            bytes[at..at + width].copy_from_slice(&number[..width]);
        }
        6 => {
            let to = dice.below(bytes.len());
            let piece = bytes[at..end].to_vec();
            bytes.splice(to..to, piece);
        }
        _ => {
            let other = &corpus[dice.below(corpus.len())];
            let from = dice.below(other.len().max(1)).min(other.len());
            let until = (from + dice.below(200)).min(other.len());
            bytes.splice(at..at, other[from..until].iter().copied());
        }
    }
}

/// Chance that can be repeated (`SplitMix64`, after Steele, Lea and Flood).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % bound.max(1) as u64).unwrap_or_default()
    }
}
