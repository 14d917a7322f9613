//! Death at any moment: what is on disk is whole, and the next run gets to where an undisturbed one would be.

use std::collections::BTreeMap;

use gphotos_sim::{Content, Digest, Fault, FaultKind, Framing, Item, Route, Seeded, World, zoo};

use crate::support::{Action, Key, Shim, TestEnv, until};

const DAY: &str = "2024-03-09T12:00:00Z";

fn library() -> World {
    let seeded = Seeded {
        seed: 23,
        items: 40,
        start: "2024-02-20".parse().expect("a date"),
        days: 20,
        photo_size: 0,
        video_share_percent: 10,
        motion_share_percent: 30,
    };
    let same = zoo::same_name("2024-03-09".parse().expect("a day"));
    World::new().with_items(seeded.items()).with_items(same)
}

/// Every file is one that Google has: no cut one has a name.
fn assert_only_whole_files(env: &TestEnv, when: &str) {
    let truth = env.google.truth();
    let whole: Vec<_> = truth
        .values()
        .flat_map(|item| [Some(&item.original), item.clip.as_ref()])
        .flatten()
        .collect();
    for (path, bytes) in env.archive().files {
        let digest = Digest::of(&bytes.into());
        assert!(whole.contains(&&digest), "{when}: {path} is not whole");
    }
}

/// Paths and bytes of a run that nothing disturbs.
fn undisturbed() -> BTreeMap<String, Vec<u8>> {
    let env = TestEnv::signed_in(library());
    env.sync(&[]).assert_exit(0);
    env.archive().files
}

type Moment = (&'static str, fn(&TestEnv) -> bool);

const MOMENTS: [Moment; 8] = [
    ("the archive is made", |env| {
        env.path("downloads/.gphotos-dl").exists()
    }),
    ("the index is made", |env| {
        env.path("downloads/.gphotos-dl/index/index.db").exists()
    }),
    ("the manifest is begun", |env| partial(env).is_some()),
    ("the first page is listed", |env| {
        env.google.stats().count(Route::Search) > 0
    }),
    ("the first load is asked for", |env| loads(env) >= 1),
    ("some loads are done", |env| loads(env) >= 15),
    ("most loads are done", |env| loads(env) >= 40),
    ("the first file has its name", |env| {
        env.path("downloads/2024").exists()
    }),
];

fn loads(env: &TestEnv) -> u64 {
    env.google.stats().all_byte_requests()
}

fn partial(env: &TestEnv) -> Option<String> {
    let lists = env.archive().lists;
    lists.into_iter().find(|name| name.ends_with(".partial"))
}

#[test]
fn a_run_that_is_killed_is_finished_by_the_next_one() {
    let expected = undisturbed();
    for (when, has_come) in MOMENTS {
        let env = TestEnv::signed_in(library().with(|world| world.network.latency_ms = 3));
        let mut run = env.spawn(&["sync", "--since", "2024-01-01", "--jobs", "3"]);
        until(when, || has_come(&env));
        run.kill().expect("killed");
        let _ = env.finish(run);
        assert_only_whole_files(&env, when);
        env.sync(&[]).assert_exit(0);
        let archive = env.archive();
        archive.assert_true_to(&env.google);
        assert_eq!(
            archive.paths(),
            expected.keys().collect::<Vec<_>>(),
            "{when}"
        );
        assert_eq!(partial(&env), None, "{when}");
        env.google.reset_stats();
        env.sync(&[]).assert_exit(0);
        assert_eq!(loads(&env), 0, "{when}");
        assert_eq!(env.archive().files, archive.files, "{when}");
    }
}

#[test]
fn a_run_that_is_killed_again_and_again_gets_there_all_the_same() {
    let env = TestEnv::signed_in(library().with(|world| world.network.latency_ms = 3));
    for lives in 1..=6 {
        let mut run = env.spawn(&["sync", "--since", "2024-01-01", "--window", "year"]);
        until("it has fetched something", || loads(&env) >= lives * 7);
        run.kill().expect("killed");
        let _ = env.finish(run);
        assert_only_whole_files(&env, "killed again");
    }
    env.sync(&[]).assert_exit(0);
    let archive = env.archive();
    archive.assert_true_to(&env.google);
    let expected = undisturbed();
    assert_eq!(archive.paths(), expected.keys().collect::<Vec<_>>());
}

/// Kills a run when it is about to make this call.
fn die_at(env: &TestEnv, call: &str, path: &str, ordinal: u32) {
    let mut command = env.command(&["sync", "--since", "2024-01-01", "--window", "year"]);
    let shim = Shim::on(env.root()).fault(&Key::new(call, path, ordinal), Action::Kill);
    let run = shim.apply(&mut command).spawn();
    env.finish(run.expect("the program starts"))
        .assert_exit(137);
}

#[test]
fn a_file_that_got_its_name_and_no_record_is_recognised_as_ours() {
    let env = TestEnv::signed_in(World::new().photo("a.jpg", DAY).photo("b.jpg", DAY));
    die_at(&env, "fsync", "downloads/2024/03", 1);
    assert_eq!(env.archive().paths(), ["2024/03/a.jpg", "2024/03/b.jpg"]);
    env.google.reset_stats();
    env.sync(&[])
        .assert_exit(0)
        .assert_says("2 files confirmed");
    assert_eq!(loads(&env), 0);
    env.archive().assert_true_to(&env.google);
    assert_eq!(env.archive().statuses().get("present"), Some(&2));
}

#[test]
fn a_still_that_got_its_name_and_no_record_still_gets_its_clip() {
    let still = Item {
        content: Content::MotionPhoto { seed: 1, size: 0 },
        ..Item::photo(1, "IMG_1.jpg", DAY)
    };
    // The clip is late, so that the still is committed without it.
    let late = Fault::new(FaultKind::StallBeforeHeaders { seconds: None });
    let env = TestEnv::signed_in(World::new().item(still).fail(late.suffix("=dv")));
    die_at(&env, "fsync", "downloads/2024/03", 1);
    assert_eq!(env.archive().paths(), ["2024/03/IMG_1.jpg"]);
    env.google.world(|world| world.faults.clear());
    env.sync(&[]).assert_exit(0);
    let archive = env.archive();
    assert_eq!(archive.paths(), ["2024/03/IMG_1.jpg", "2024/03/IMG_1.mp4"]);
    archive.assert_true_to(&env.google);
}

#[test]
fn a_doubtful_file_that_got_its_name_and_no_record_stays_doubtful() {
    let half = FaultKind::Truncate {
        bytes: 800,
        framing: Framing::Length,
    };
    let world = World::new().photo("cut.jpg", DAY);
    let mut env = TestEnv::signed_in(world.fail(Fault::new(half).path("/lr/").always()));
    die_at(&env, "fsync", "downloads/2024/03", 1);
    env.google.world(|world| world.faults.clear());
    env.sync(&[]).assert_exit(0);
    let archive = env.archive();
    let detail = &archive.row("cut.jpg")["detail"];
    assert!(
        detail.contains("kept because they came the same twice"),
        "{detail:?}"
    );
    env.in_hours(25).sync(&[]).assert_exit(0);
    let archive = env.archive();
    let row = archive.row("cut.jpg");
    assert_eq!(
        row["sha256"],
        env.google.truth()[&row["id"]].original.sha256
    );
}

#[test]
fn an_item_that_was_to_share_a_file_and_got_no_record_shares_it_after_the_next_run() {
    let day = "2024-03-09".parse().expect("a day");
    let env = TestEnv::signed_in(World::new().with_items(zoo::equal_bytes(day)));
    // After the second commit has been announced, before it is listed.
    let list = "media_items_list/item-list-#.csv.partial";
    die_at(&env, "write", list, 3);
    env.sync(&[]).assert_exit(0);
    let archive = env.archive();
    archive.assert_true_to(&env.google);
    assert!(
        archive.rows.iter().all(|row| !row["local_path"].is_empty()),
        "{:#?}",
        archive.rows
    );
    env.google.reset_stats();
    env.sync(&[]).assert_exit(0);
    assert_eq!(loads(&env), 0);
}

#[test]
fn a_manifest_that_a_dead_run_has_left_is_finished_with_its_complete_rows() {
    let never = Fault::new(FaultKind::StallBeforeHeaders { seconds: None });
    let world = World::new()
        .photo("b.jpg", DAY)
        .photo("a.jpg", "2024-03-08T12:00:00Z")
        .photo("never.jpg", DAY)
        .fail(never.item("never.jpg").always());
    let mut env = TestEnv::signed_in(world);
    let mut run = env.spawn(&["sync", "--since", "2024-03-01", "--window", "year"]);
    let rows = || {
        let name = partial(&env)?;
        let text = std::fs::read_to_string(env.path("media_items_list").join(name)).ok()?;
        text.ends_with('\n').then(|| text.lines().count())
    };
    until("two rows and a header are on disk", || rows() == Some(3));
    run.kill().expect("killed");
    let _ = env.finish(run);
    let name = partial(&env).expect("a partial manifest");
    let path = env.path("media_items_list").join(&name);
    // The beginning of a row that the power cut off.
    let mut text = std::fs::read_to_string(&path).expect("read");
    text.push_str("AGphCut,library,original,cut.jpg,2024-03-0");
    std::fs::write(&path, text).expect("written");
    // No network is needed for that.
    env.set("GPHOTOS_DL_LIBRARY_ENDPOINT", "http://127.0.0.1:9");
    env.sync(&[])
        .assert_exit(1)
        .assert_says("1 manifests finished");
    assert_eq!(partial(&env), None);
    let finished = env
        .path("media_items_list")
        .join(name.trim_end_matches(".partial"));
    let mut reader = csv::Reader::from_path(finished).expect("a manifest");
    let names: Vec<_> = reader
        .records()
        .map(|row| row.expect("a row")[3].to_owned())
        .collect();
    assert_eq!(names, ["a.jpg", "b.jpg"], "sorted, and without the cut row");
}
