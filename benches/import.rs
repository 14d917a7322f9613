//! The speed of `import` beside `unzip`, or `tar xzf`, of the same parts to the same disk, each followed by `sync`: both sides
//! end with everything on the disk, and only ours has hashed it, looked into it and written down what it is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use gphotos_sim::takeout::{Bulk, Format, TarNames, ZipStyle};
use tempfile::TempDir;

use super::runs::{flush, watch};
use super::{ROUNDS, median, say};

/// Photos of 3 MB, about as large as a phone makes them.
const LARGE: Bulk = Bulk {
    seed: 1,
    files: 200,
    size: 3_000_000,
    folders: 5,
    part_size: 200_000_000,
};
/// As many files as there are in a large library, each as small as a photo can be.
const SMALL: Bulk = Bulk {
    seed: 2,
    files: 100_000,
    size: 0,
    folders: 20,
    part_size: 40_000_000,
};
/// All in one folder, where pairing by comparing each with each would take the square of the time.
const CROWDED: Bulk = Bulk {
    seed: 3,
    files: 100_000,
    size: 0,
    folders: 1,
    part_size: 0,
};

pub(super) fn all() {
    beside_an_extractor("(h) 200 photos of 3 MB, zip", LARGE, zip(), ROUNDS);
    beside_an_extractor(
        "(i) 200 photos of 3 MB, tgz",
        LARGE,
        Format::Tgz(TarNames::Gnu),
        ROUNDS,
    );
    beside_an_extractor("(j) 100,000 photos of 1 KB, zip", SMALL, zip(), ROUNDS);
    pairing();
}

fn zip() -> Format {
    Format::Zip(ZipStyle::default())
}

fn beside_an_extractor(title: &str, bulk: Bulk, format: Format, rounds: usize) {
    let place = folder();
    let parts = bulk.write(place.path(), format).expect("written");
    let bytes: u64 = parts.iter().map(|part| size(part)).sum();
    let extractor = ["unzip", "tar"][usize::from(matches!(format, Format::Tgz(_)))];
    let (mut ours, mut theirs, mut again, mut peak) = (vec![], vec![], vec![], 0);
    // Kept to the end: a file system may be slow to make files just after many were deleted, and that is neither side's doing.
    let mut kept = Vec::new();
    for _ in 0..rounds {
        // So that both sides read the parts from memory.
        for part in &parts {
            drop(fs::read(part));
        }
        let root = folder();
        let (wall, peak_kib) = import(root.path(), &parts, &[]);
        assert_eq!(photos(&root.path().join("downloads")), bulk.files, "photos");
        let (second, _) = import(root.path(), &parts, &[]);
        kept.push(root);
        let to = folder();
        theirs.extend(extract(extractor, &parts, to.path()));
        kept.push(to);
        ours.push(wall);
        again.push(second);
        peak = peak.max(peak_kib);
    }
    let (ours, again) = (median(ours), median(again));
    let rate = |wall: Duration| bytes as f64 / 1e6 / wall.as_secs_f64();
    let beside = if theirs.is_empty() {
        format!("{extractor} is not on this machine")
    } else {
        let theirs = median(theirs);
        let share = theirs.as_secs_f64() / ours.as_secs_f64();
        format!(
            "{extractor} and sync {:.2} s, {share:.2} times as fast",
            theirs.as_secs_f64()
        )
    };
    say(format!(
        "{title}: {} MB in {} parts in {:.2} s ({:.0} MB/s), {beside}; peak RSS {} MiB; once more {:.2} s",
        bytes / 1_000_000,
        parts.len(),
        ours.as_secs_f64(),
        rate(ours),
        peak >> 10,
        again.as_secs_f64()
    ));
}

/// What is planned is read and paired, and nothing of it is stored.
fn pairing() {
    let plan = |files: usize| {
        let place = folder();
        let bulk = Bulk { files, ..CROWDED };
        let parts = bulk.write(place.path(), zip()).expect("written");
        let root = folder();
        import(root.path(), &parts, &["--dry-run"])
    };
    let (few, _) = plan(CROWDED.files / 4);
    let (many, peak_kib) = plan(CROWDED.files);
    say(format!(
        "(k) plan of 100,000 photos in one folder: {:.2} s, {:.2} times a quarter of them ({:.2} s), peak RSS {} MiB",
        many.as_secs_f64(),
        many.as_secs_f64() / few.as_secs_f64(),
        few.as_secs_f64(),
        peak_kib >> 10
    ));
}

fn import(root: &Path, parts: &[PathBuf], more: &[&str]) -> (Duration, u64) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gphotos-dl"));
    command
        .args(["-q", "import", "--min-free", "0"])
        .args(more)
        .args(parts)
        .env("GPHOTOS_DL_ROOT", root)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    flush();
    let start = Instant::now();
    let mut child = command.spawn().expect("the program starts");
    let (peak_kib, status) = watch(&mut child);
    assert_eq!(status, Some(0), "import");
    flush();
    (start.elapsed(), peak_kib)
}

/// How long it takes to have the files on the disk; nothing without the extractor.
fn extract(extractor: &str, parts: &[PathBuf], to: &Path) -> Option<Duration> {
    flush();
    let start = Instant::now();
    for part in parts {
        let mut command = Command::new(extractor);
        match extractor {
            "tar" => command.arg("xzf").arg(part).arg("-C").arg(to),
            _ => command.args(["-q", "-o"]).arg(part).arg("-d").arg(to),
        };
        assert!(command.status().ok()?.success(), "{extractor}");
    }
    flush();
    Some(start.elapsed())
}

/// Beside the build, so on a real disk and not in a memory file system.
fn folder() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder")
}

fn photos(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    entries
        .map(|entry| match entry.path() {
            path if path.ends_with(".gphotos-dl") => 0,
            path if path.is_dir() => photos(&path),
            path => usize::from(path.extension().is_some_and(|end| end == "jpg")),
        })
        .sum()
}

fn size(path: &Path) -> u64 {
    path.metadata().map_or(0, |about| about.len())
}
