//! A run with nothing new over an index of 250,000 items, and over one of a million.
//!
//! The index is filled with SQL and the folder with empty files: such a run looks at their names and sizes and opens none.
//! The first run after that finds every description new, because only the program knows how it sums one up; it is a row
//! of its own.
//!
//! A million items are 10,000 pages, as much as Google allows in a day. So the walk is by years, without the full listing
//! beside it, and leaves out the first of every 91 days, about one item in a hundred.

use std::fs;
use std::path::Path;

use chrono::{Datelike, Days, NaiveDate};
use gphotos_sim::{Item, Seeded};
use rusqlite::{Connection, params};

use super::runs::{Bench, Run};
use super::{row, say};

pub(super) fn all() {
    // As many items a day in both.
    let quarter = measure("250,000", 250_000, 1_825);
    let whole = measure("1,000,000", 1_000_000, 7_300);
    say(format!(
        "    four times the items took {:.2} times as long",
        whole.wall.as_secs_f64() / quarter.wall.as_secs_f64()
    ));
}

fn measure(name: &str, items: usize, days: u32) -> Run {
    let library = Seeded {
        seed: 1,
        items,
        start: NaiveDate::from_ymd_opt(2004, 1, 1).expect("a date"),
        days,
        photo_size: 0,
        video_share_percent: 10,
        motion_share_percent: 0,
    };
    let bench = Bench::new(&library, 0);
    let index = bench.path("downloads/.gphotos-dl/index/index.db");
    bench.google.world(|world| world.library.visible = false);
    bench.sync(&library);
    bench.google.world(|world| {
        world.library.visible = true;
        fill(&index, &bench.path("downloads"), &world.items);
    });
    let since = library.start + Days::new(u64::from(days) / 91);
    let sync = || {
        forget_quota(&index);
        let mut command = bench.sync_command(&library, since);
        let run = bench.measure(command.args(["--window", "year", "--no-full-listing"]));
        assert_eq!(run.byte_requests, 0, "nothing is new");
        run
    };
    let described = sync();
    let title = format!("    (g, before) {name} items described anew");
    row(&title, described.wall, None, None, &described);
    let run = sync();
    let title = format!("(g) nothing new, {name} items");
    row(&title, run.wall, None, None, &run);
    run
}

fn fill(index: &Path, downloads: &Path, items: &[Item]) {
    let mut index = Connection::open(index).expect("the index");
    let rows = index.transaction().expect("a transaction");
    let mut folder = String::new();
    for (number, item) in items.iter().enumerate() {
        let created = item.created.expect("a date");
        let month = format!("{}/{:02}", created.year(), created.month());
        if month != folder {
            fs::create_dir_all(downloads.join(&month)).expect("a folder");
            folder = month;
        }
        let path = format!("{folder}/IMG_{number:07}.JPG");
        fs::File::create_new(downloads.join(&path)).expect("a file");
        rows.prepare_cached(
            "INSERT INTO items (item, source, id, filename, kind, created, fingerprint, first_listed)
             VALUES (?1, 'library', ?2, ?3, 'photo', ?4, 0, 1700000000)",
        )
        .and_then(|mut row| {
            row.execute(params![
                number,
                item.id,
                item.filename,
                created.timestamp_millis()
            ])
        })
        .expect("an item");
        rows.prepare_cached(
            "INSERT INTO files (file, path, fold, state, sha256, size, modified)
             VALUES (?1, ?2, ?3, 'stored', randomblob(32), 0, 1700000000)",
        )
        .and_then(|mut row| row.execute(params![number, path, path.to_lowercase()]))
        .expect("a file");
        rows.prepare_cached(
            "INSERT INTO roles (item, role, file, state, how, run) VALUES (?1, 'original', ?1, 'done', 'downloaded', 1)",
        )
        .and_then(|mut row| row.execute([number]))
        .expect("a role");
    }
    rows.commit().expect("committed");
}

/// What the next day does by itself.
fn forget_quota(index: &Path) {
    let index = Connection::open(index).expect("the index");
    index.execute("DELETE FROM quota", []).expect("deleted");
}
