//! Little of everything: no room for another file, no write at all, and little memory.

use std::fmt::Write;
use std::fs;
use std::process::Stdio;

use gphotos_sim::{Seeded, World};

use super::three;
use crate::support::TestEnv;

const SYNC: [&str; 5] = ["sync", "--since", "2000-01-01", "--window", "year"];

#[test]
fn a_disk_without_room_for_another_name_stops_the_run_and_the_next_one_goes_on() {
    let seeded = Seeded {
        seed: 5,
        items: 60,
        start: "2024-03-01".parse().expect("a date"),
        days: 20,
        photo_size: 0,
        video_share_percent: 0,
        motion_share_percent: 0,
    };
    let env = TestEnv::signed_in(World::new().with_items(seeded.items()));
    let script = "mkdir -p downloads disk; mount -t tmpfs -o size=2g,nr_inodes=40 none downloads; code=0; \"$@\" || code=$?; \
                  test $code = 7; mount -o remount,nr_inodes=1000 downloads; \"$@\"; cp -a downloads/. disk";
    let Some(output) = env.mounted(script, &SYNC) else {
        return;
    };
    output.assert_exit(0).assert_says("No space left");
    fs::remove_dir(env.path("downloads")).expect("an empty mount point");
    fs::rename(env.path("disk"), env.path("downloads")).expect("renamed");
    let archive = env.archive();
    archive.assert_true_to(&env.google);
    assert_eq!(archive.files.len(), 60);
}

#[test]
fn on_a_disk_that_takes_no_writes_a_run_says_so_at_once_and_a_plan_works() {
    for (what, prepare) in [
        ("all of it", ""),
        // The log of a run that died, which cannot be folded in there.
        (
            "with a log",
            "chmod 600 downloads/.gphotos-dl/index/index.db-wal;",
        ),
    ] {
        let env = TestEnv::signed_in(three());
        env.sync(&[]).assert_exit(0);
        let index = env.path("downloads/.gphotos-dl/index/index.db");
        if !prepare.is_empty() {
            // What is written while somebody else reads stays in the log.
            let connection = rusqlite::Connection::open(&index).expect("a database");
            connection
                .execute(
                    "INSERT INTO quota (day, api, bytes) VALUES ('2001-01-01', 1, 1)",
                    [],
                )
                .expect("written");
            let log = index.with_extension("db-wal");
            let bytes = fs::read(&log).expect("a log");
            drop(connection);
            fs::write(log, bytes).expect("written");
        }
        env.google.reset_stats();
        let read_only = format!(
            "{prepare} mount --bind downloads downloads; mount -o remount,bind,ro downloads; exec \"$@\""
        );
        let Some(output) = env.mounted(&read_only, &SYNC) else {
            return;
        };
        output
            .assert_exit(7)
            .assert_says("Read-only file system")
            .assert_says("hint:");
        assert_eq!(env.google.stats().total(), 0, "{what}");
        let plan = [&SYNC[..], &["--dry-run"]].concat();
        let plan = env.mounted(&read_only, &plan).expect("as before");
        assert_eq!(
            plan.assert_exit(0).stdout,
            "",
            "{what}: nothing would be fetched"
        );
        let only_index = "cd downloads/.gphotos-dl; mount --bind index index; mount -o remount,bind,ro index; exec \"$@\"";
        let output = env.mounted(only_index, &SYNC).expect("as before");
        output
            .assert_exit(7)
            .assert_says("could not")
            .assert_says("read-only");
        assert_eq!(env.archive().files.len(), 3);
        env.sync(&[]).assert_exit(0);
    }
}

#[test]
fn a_long_list_that_a_dead_run_has_left_is_finished_in_little_memory() {
    const ROWS: usize = 2_000;
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let lists = env.path("media_items_list");
    let whole = fs::read_to_string(lists.join(env.archive().newest_list())).expect("read");
    let mut text = format!("{}\n", whole.lines().next().expect("a header"));
    let filler = "nothing much, ".repeat(1500);
    for number in (0..ROWS).rev() {
        let _ = writeln!(
            text,
            "id{number:06},library,original,{number}.jpg,2024-01-01T00:00:00Z,,photo,,,,,\"{filler}\",,,,,,failed,"
        );
    }
    let name = chrono::Utc::now()
        .format("item-list-%Y%m%dT%H%M%SZ-9.csv")
        .to_string();
    let size = text.len();
    fs::write(lists.join(format!("{name}.partial")), text).expect("written");
    assert!(size > 40 << 20, "{size}");
    // KiB of memory of its own; the list alone would need more.
    let mut command = env.shell("ulimit -d 36864", &SYNC);
    let run = command.stdin(Stdio::null()).spawn().expect("it starts");
    env.finish(run)
        .assert_exit(0)
        .assert_says("1 manifests finished");
    let mut reader = csv::Reader::from_path(lists.join(name)).expect("a manifest");
    let ids = reader
        .records()
        .map(|row| row.expect("a row")[0].to_owned());
    assert!(
        ids.eq((0..ROWS).map(|number| format!("id{number:06}"))),
        "sorted and whole"
    );
}
