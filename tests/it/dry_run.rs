//! `--dry-run`: says what would be fetched and why, and leaves no trace.

use std::collections::BTreeMap;
use std::path::Path;

use gphotos_sim::{Content, Fault, FaultKind, Item, Kind, VideoStatus, World, zoo};

use crate::support::TestEnv;

const DAY: &str = "2024-03-09T12:00:00Z";

/// Everything under a folder, with its bytes; folders have none.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.display().to_string();
            if path.is_dir() {
                all.insert(format!("{name}/"), Vec::new());
                waiting.push(path);
            } else {
                all.insert(name, std::fs::read(&path).expect("read"));
            }
        }
    }
    all
}

#[test]
fn it_works_without_an_archive_and_makes_none() {
    let world = World::new()
        .photo("a.jpg", DAY)
        .video("b.mp4", "2024-04-09T12:00:00Z");
    let env = TestEnv::signed_in(world);
    let before = tree(env.root());
    let output = env.sync(&["--dry-run"]);
    let output = output.assert_exit(0).assert_says("nothing was changed");
    let mut lines: Vec<_> = output.stdout.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["2024/03/a.jpg\tnew", "2024/04/b.mp4\tnew"]);
    assert_eq!(tree(env.root()), before);
    assert_eq!(env.google.stats().all_byte_requests(), 0);
}

#[test]
fn it_changes_nothing_in_an_archive_and_tells_why_each_would_be_fetched() {
    let motion = Item {
        content: Content::MotionPhoto { seed: 3, size: 0 },
        ..Item::photo(3, "motion.MP.jpg", DAY)
    };
    let processing = Item {
        kind: Kind::Video(VideoStatus::Processing),
        ..Item::video(4, "processing.mp4", DAY)
    };
    let cut = FaultKind::Truncate {
        bytes: 700,
        framing: gphotos_sim::Framing::Length,
    };
    let world = World::new()
        .photo("here.jpg", DAY)
        .photo("missing.jpg", DAY)
        .photo("failed.jpg", DAY)
        .photo("cut.jpg", DAY)
        .item(motion)
        .item(processing)
        .fail(
            Fault::new(FaultKind::status(500))
                .item("failed.jpg")
                .always(),
        )
        .fail(Fault::new(FaultKind::status(500)).suffix("=dv").always())
        .fail(Fault::new(cut).item("cut.jpg").always());
    let mut env = TestEnv::signed_in(world);
    env.sync(&[]).assert_exit(3);
    std::fs::remove_file(env.path("downloads/2024/03/missing.jpg")).expect("removed");
    env.google
        .world(|world| world.items.push(Item::photo(9, "new.jpg", DAY)));
    env.in_hours(25);
    // A sign-in that is a day old is refreshed and saved: now, so that the dry run has no reason to.
    let _ = env.sync_days("2001-01-01", "2001-01-01", &["--no-full-listing"]);
    let before = tree(env.root());
    let output = env.sync(&["--dry-run"]).assert_exit(0);
    let (names, after) = (before.keys().collect::<Vec<_>>(), tree(env.root()));
    assert_eq!(after.keys().collect::<Vec<_>>(), names);
    assert_eq!(after, before);
    let mut lines: Vec<_> = output.stdout.lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "2024/03/cut.jpg\tlooked broken when it came",
            "2024/03/failed.jpg\tfailed before",
            "2024/03/missing.jpg\tmissing on disk",
            "2024/03/motion.MP.mp4\tfailed before",
            "2024/03/new.jpg\tnew",
        ]
    );
    output.assert_says("Google is still processing this video");
}

#[test]
fn what_it_says_is_what_the_run_then_does() {
    let day = "2024-03-09".parse().expect("a day");
    let species = [zoo::odd_extensions(day), zoo::emoji(day), zoo::undated(day)];
    let env = TestEnv::signed_in(World::new().with_items(species.concat()));
    let plan = env.sync(&["--dry-run"]).assert_exit(0);
    env.sync(&[]).assert_exit(0);
    let mut planned: Vec<_> = plan
        .stdout
        .lines()
        .map(|line| line.trim_end_matches("\tnew"))
        .collect();
    planned.sort_unstable();
    assert_eq!(planned, env.archive().paths());
}

#[test]
fn it_does_not_need_the_archive_for_itself() {
    let never = Fault::new(FaultKind::StallBeforeHeaders { seconds: None });
    let world = World::new().photo("a.jpg", DAY).fail(never.path("/lr/"));
    let env = TestEnv::signed_in(world);
    let mut run = env.spawn(&["sync", "--since", "2024-03-01", "--window", "year"]);
    crate::support::until("another run works", || {
        env.google.stats().all_byte_requests() == 1
    });
    env.sync(&["--dry-run"]).assert_exit(0);
    run.kill().expect("killed");
    let _ = env.finish(run);
}

#[test]
fn a_listing_that_failed_is_no_complete_plan() {
    let down = Fault::new(FaultKind::status(500))
        .path("/v1/mediaItems:search")
        .always();
    let env = TestEnv::signed_in(World::new().photo("a.jpg", DAY).fail(down));
    env.sync_days(
        "2024-03-09",
        "2024-03-09",
        &["--dry-run", "--no-full-listing"],
    )
    .assert_exit(3)
    .assert_says("not listed: 2024-03-09");
}

#[test]
fn with_json_the_plan_is_counted_on_stdout() {
    let env = TestEnv::signed_in(World::new().photo("a.jpg", DAY));
    let output = env.sync(&["--dry-run", "--json"]).assert_exit(0);
    assert_eq!(output.json()["dry_run"], true);
    assert_eq!(output.json()["totals"]["would_fetch"], 1);
    assert_eq!(output.json()["manifest"], serde_json::Value::Null);
}

#[test]
fn after_a_run_that_was_killed_it_says_what_the_next_one_does() {
    let world = World::new().photo("a.jpg", DAY).photo("b.jpg", DAY);
    let env = TestEnv::signed_in(world);
    // Both have their names by then, and the index does not know it yet.
    let run = env
        .command(&["sync", "--since", "2000-01-01", "--window", "year"])
        .env("LD_PRELOAD", crate::support::shim())
        .env("SHIM_ROOTS", env.root())
        .env("SHIM_FAULT", "fsync|downloads/2024/03|1|kill")
        .spawn();
    env.finish(run.expect("it starts")).assert_exit(137);
    env.google
        .world(|world| world.items.push(Item::photo(9, "c.jpg", DAY)));
    env.google.reset_stats();
    let before = tree(&env.path("media_items_list"));
    let plan = env.sync(&["--dry-run"]).assert_exit(0);
    assert_eq!(plan.stdout, "2024/03/c.jpg\tnew\n");
    assert_eq!(tree(&env.path("media_items_list")), before);
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.google.stats().all_byte_requests(), 1);
    env.archive().assert_true_to(&env.google);
}

#[test]
fn a_script_gets_the_same_plan() {
    let world = World::new()
        .photo("a.jpg", DAY)
        .video("b.mp4", "2024-04-09T12:00:00Z");
    let env = TestEnv::signed_in(world);
    let told = env.sync(&["-n", "--json"]).assert_exit(0).json();
    let mut files: Vec<_> = told["files"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|file| {
            assert!(file["id"].is_string(), "{file}");
            (file["path"].as_str(), file["why"].as_str())
        })
        .collect();
    files.sort_unstable();
    let expected = ["2024/03/a.jpg", "2024/04/b.mp4"].map(|path| (Some(path), Some("new")));
    assert_eq!(files, expected);
    env.sync(&[]).assert_exit(0);
    let told = env.sync(&["-n", "--json"]).assert_exit(0).json();
    assert_eq!(told["files"], serde_json::json!([]));
}
