//! The speed of `verify` beside `sha256sum` over the same files, and of `status` on an index of 100,000 items.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

use super::{Bench, ROUNDS, library, median, say};

/// Both sides read from the page cache: what is compared is hashing, not the disk. The program hashes on every core, and
/// `sha256sum` is one process, as a person would start it.
pub(super) fn verify() {
    let library = library(300, 60, 5_000_000);
    let bench = Bench::new(&library, 0);
    bench.sync(&library);
    let list = bench.path("files");
    let mut names = fs::File::create(&list).expect("made");
    let bytes = list_files(&bench.path("downloads"), &mut names);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    // The first round fills the cache and is not counted.
    for round in 0..=ROUNDS {
        let start = Instant::now();
        let status = bench.program(&["-q", "verify"]).status();
        assert!(status.expect("the program runs").success(), "verify");
        let wall = start.elapsed();
        let start = Instant::now();
        let input = fs::File::open(&list).expect("the list");
        let status = Command::new("xargs")
            .args(["-0", "-n", "1000000", "-x", "sha256sum"])
            .stdin(input)
            .stdout(Stdio::null())
            .status();
        assert!(status.expect("sha256sum runs").success(), "sha256sum");
        if round > 0 {
            ours.push(wall);
            theirs.push(start.elapsed());
        }
    }
    let (ours, theirs) = (median(ours), median(theirs));
    let rate = |wall: Duration| bytes as f64 / 1e6 / wall.as_secs_f64();
    say(format!(
        "(d) verify, {} MB in {} files: {:.0} MB/s, sha256sum {:.0} MB/s, {:.2} times as fast",
        bytes / 1_000_000,
        library.items,
        rate(ours),
        rate(theirs),
        theirs.as_secs_f64() / ours.as_secs_f64()
    ));
}

/// The index is filled with SQL in the shape that a first sync has given it.
pub(super) fn status() {
    const ITEMS: i64 = 100_000;
    let library = library(1, 1, 0);
    let bench = Bench::new(&library, 0);
    bench.sync(&library);
    fill(&bench.path("downloads/.gphotos-dl/index/index.db"), ITEMS);
    let walls = (0..ROUNDS * 3).map(|_| {
        let start = Instant::now();
        let status = bench.program(&["status"]).stdout(Stdio::null()).status();
        assert!(status.expect("the program runs").success(), "status");
        start.elapsed()
    });
    let wall = median(walls.collect());
    say(format!(
        "(e) status on an index of 100,000 items: {:.0} ms, start of the program included",
        wall.as_secs_f64() * 1e3
    ));
}

fn fill(index: &Path, items: i64) {
    let mut index = Connection::open(index).expect("the index");
    let rows = index.transaction().expect("a transaction");
    for number in 10..items + 10 {
        let name = format!("IMG_{number:06}.JPG");
        let (path, fold) = (
            format!("2020/03/{name}"),
            format!("2020/03/{name}").to_lowercase(),
        );
        // Twenty years, one item after another.
        let created = 1_000_000_000_000 + number * 6_300_000;
        rows.prepare_cached(
            "INSERT INTO items (item, source, id, filename, mime_type, kind, created, width, height, camera_make, camera_model,
                 product_url, fingerprint, first_listed)
             VALUES (?1, 'library', ?2, ?3, 'image/jpeg', ?4, ?5, 4000, 3000, 'Google', 'Pixel 7', ?6, ?1, 1700000000)",
        )
        .and_then(|mut row| {
            let kind = if number % 10 == 0 { "video" } else { "photo" };
            let id = format!("AGph{number:060}");
            let url = format!("https://photos.google.com/lr/photo/{id}");
            row.execute(params![number, id, name, kind, created, url])
        })
        .expect("an item");
        rows.prepare_cached(
            "INSERT INTO files (file, path, fold, state, sha256, size, modified, format, width, height)
             VALUES (?1, ?2, ?3, 'stored', randomblob(32), 3000000, 1600000000, 'JPEG', 4000, 3000)",
        )
        .and_then(|mut row| row.execute(params![number, path, fold]))
        .expect("a file");
        rows.prepare_cached(
            "INSERT INTO roles (item, role, file, state, how, run) VALUES (?1, 'original', ?1, 'done', 'downloaded', 1)",
        )
        .and_then(|mut row| row.execute([number]))
        .expect("a role");
    }
    rows.commit().expect("committed");
}

/// Writes the path of every file below, each ended by a zero byte, and returns their size in bytes.
fn list_files(folder: &Path, names: &mut fs::File) -> u64 {
    let mut bytes = 0;
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            if !path.ends_with(".gphotos-dl") {
                bytes += list_files(&path, names);
            }
        } else {
            bytes += path.metadata().expect("there").len();
            write!(names, "{}\0", path.display()).expect("written");
        }
    }
    bytes
}
