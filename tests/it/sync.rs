//! The main job: what is listed is fetched, kept, and listed in the manifest.

use gphotos_sim::{Route, Seeded, World};

use crate::support::TestEnv;

fn library(items: usize) -> World {
    let start = "2024-03-01".parse().expect("a date");
    let seeded = Seeded {
        seed: 7,
        items,
        start,
        days: 30,
        photo_size: 0,
        video_share_percent: 15,
        motion_share_percent: 10,
    };
    World::new().with_items(seeded.items())
}

#[test]
fn every_item_arrives_byte_for_byte() {
    let env = TestEnv::signed_in(library(60));
    env.sync(&[]).assert_exit(0);
    let (archive, truth) = (env.archive(), env.google.truth());
    let files = truth
        .values()
        .map(|item| 1 + usize::from(item.clip.is_some()))
        .sum::<usize>();
    assert_eq!(archive.files.len(), files);
    for row in &archive.rows {
        let item = &truth[&row["id"]];
        let expected = if row["role"] == "motion" {
            item.clip.as_ref().expect("a clip")
        } else {
            &item.original
        };
        let bytes = &archive.files[&row["local_path"]];
        assert_eq!(
            (bytes.len() as u64, &row["sha256"]),
            (expected.size, &expected.sha256),
            "{row:?}"
        );
        assert_eq!(row["status"], "downloaded");
    }
    assert_eq!(archive.rows.len(), files);
    assert!(archive.temps.is_empty());
    assert_eq!(env.google.broken_rules(), []);
}

#[test]
fn a_second_run_with_nothing_new_asks_for_no_bytes() {
    let env = TestEnv::signed_in(library(40));
    env.sync(&[]).assert_exit(0);
    let before = env.archive();
    env.google.reset_stats();
    env.sync(&[]).assert_exit(0);
    let after = env.archive();
    assert_eq!(env.google.stats().all_byte_requests(), 0);
    assert_eq!(env.google.stats().count(Route::Token), 0);
    assert_eq!(before.files, after.files);
    assert_eq!(
        after.statuses().into_iter().collect::<Vec<_>>(),
        [("present", after.rows.len())]
    );
}

#[test]
fn a_clock_that_is_wrong_is_named_once() {
    for (hours, says) in [(24, "ahead of Google's"), (-24, "behind Google's")] {
        let mut env = TestEnv::signed_in(library(3));
        env.in_hours(hours);
        for args in [&["--json"][..], &["--json", "--dry-run"]] {
            let output = env.sync(args).assert_exit(0).assert_says(says);
            assert_eq!(output.stderr.matches("clock").count(), 1, "{output}");
            let ahead = output.json()["clock_ahead_seconds"].as_i64();
            let off = ahead.expect("a number") - hours * 3600;
            assert!(off.abs() < 120, "{output}");
        }
    }
}

#[test]
fn a_clock_that_is_nearly_right_is_no_matter() {
    let mut env = TestEnv::signed_in(library(3));
    env.set("GPHOTOS_DL_TEST_CLOCK", "offset=200,waits=0.001");
    let output = env.sync(&["--json"]).assert_exit(0);
    assert!(!output.stderr.contains("clock"), "{output}");
    assert!(output.json()["clock_ahead_seconds"].is_null(), "{output}");
}
