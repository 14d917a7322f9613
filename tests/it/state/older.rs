//! An index of another time or another archive, and one whose log is lost.

use std::fs;
use std::path::PathBuf;

use gphotos_sim::{Fault, FaultKind, Item, Route};

use super::three;
use crate::support::{TestEnv, until};

fn folder(env: &TestEnv) -> PathBuf {
    env.path("downloads/.gphotos-dl/index")
}

fn later(env: &TestEnv, names: &[&str]) {
    env.google.world(|world| {
        for name in names {
            let number = world.items.len() as u64 + 1;
            world
                .items
                .push(Item::photo(number, name, "2024-03-12T12:00:00Z"));
        }
    });
}

fn loads(env: &TestEnv) -> u64 {
    env.google.stats().all_byte_requests()
}

/// Replaces the index as a whole.
fn put(env: &TestEnv, bytes: &[u8]) {
    for entry in fs::read_dir(folder(env)).expect("a folder") {
        fs::remove_file(entry.expect("an entry").path()).expect("removed");
    }
    fs::write(folder(env).join("index.db"), bytes).expect("written");
}

#[test]
fn a_week_old_index_is_brought_up_to_date_without_a_load() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let old = fs::read(folder(&env).join("index.db")).expect("read");
    later(&env, &["d.jpg", "e.jpg"]);
    env.sync(&[]).assert_exit(0);
    later(&env, &["f.jpg"]);
    env.sync(&[]).assert_exit(0);
    let before = env.archive();
    put(&env, &old);
    env.google.reset_stats();
    later(&env, &["g.jpg"]);
    let plan = env.sync(&["--dry-run"]).assert_exit(0);
    assert_eq!(plan.stdout, "2024/03/g.jpg\tnew\n");
    assert_eq!(fs::read(folder(&env).join("index.db")).expect("read"), old);
    env.google.world(|world| world.items.truncate(6));
    env.sync(&[])
        .assert_exit(0)
        .assert_says("3 files that it did not know are as the manifests say");
    assert_eq!(loads(&env), 0);
    assert_eq!(env.archive().files, before.files);
    env.archive().assert_true_to(&env.google);
    // Once is enough.
    let output = env.sync(&[]).assert_exit(0);
    assert!(!output.stderr.contains("older"), "{output}");
}

#[test]
fn an_older_index_gives_way_where_it_is_wrong() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let old = fs::read(folder(&env).join("index.db")).expect("read");
    // The same path gets other bytes: the file went missing, and Google has edited the photo since.
    fs::remove_file(env.path("downloads/2024/03/b.jpg")).expect("removed");
    env.google.world(|world| {
        let edited = Item::photo(77, "x.jpg", "2024-03-09T12:00:00Z").content;
        let item = world
            .items
            .iter_mut()
            .find(|item| item.filename.as_deref() == Some("b.jpg"));
        item.expect("an item").content = edited;
    });
    env.sync(&[]).assert_exit(0);
    let before = env.archive();
    before.assert_true_to(&env.google);
    put(&env, &old);
    env.google.reset_stats();
    env.sync(&[]).assert_exit(0);
    assert_eq!(loads(&env), 0);
    let after = env.archive();
    assert_eq!(after.files, before.files);
    after.assert_true_to(&env.google);
}

#[test]
fn the_index_of_another_archive_is_moved_aside() {
    let (env, other) = (TestEnv::signed_in(three()), TestEnv::signed_in(three()));
    env.sync(&[]).assert_exit(0);
    other.sync(&["--layout", "flat"]).assert_exit(0);
    let before = env.archive();
    let foreign = fs::read(folder(&other).join("index.db")).expect("read");
    put(&env, &foreign);
    let plan = env.sync(&["--dry-run"]).assert_exit(0);
    assert_eq!(plan.stdout, "");
    env.google.reset_stats();
    env.sync(&[])
        .assert_exit(0)
        .assert_says("the index belongs to another archive");
    assert_eq!(loads(&env), 0);
    assert_eq!(env.archive().files, before.files);
    let names: Vec<_> = fs::read_dir(folder(&env))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.to_string_lossy().contains("index.foreign-"))
        .collect();
    assert_eq!(names.len(), 1);
    assert_eq!(fs::read(&names[0]).expect("read"), foreign);
}

#[test]
fn a_log_that_is_lost_or_stale_costs_no_load() {
    for damage in ["the log", "its index", "both", "zeroes"] {
        let never = Fault::new(FaultKind::StallBeforeHeaders { seconds: None });
        let world = three().photo("never.jpg", "2024-03-09T12:00:00Z");
        let env = TestEnv::signed_in(world.fail(never.item("never.jpg").always()));
        let mut run = env.spawn(&["sync", "--since", "2024-01-01", "--window", "year"]);
        until("three files are listed", || {
            let lists = env.archive().lists;
            let partial = lists.iter().find(|name| name.ends_with(".partial"));
            partial.is_some_and(|name| {
                let text = fs::read_to_string(env.path("media_items_list").join(name));
                text.is_ok_and(|text| text.lines().count() == 4)
            })
        });
        run.kill().expect("killed");
        let _ = env.finish(run);
        let (log, shm) = (
            folder(&env).join("index.db-wal"),
            folder(&env).join("index.db-shm"),
        );
        match damage {
            "the log" => fs::remove_file(log).expect("removed"),
            "its index" => fs::remove_file(shm).expect("removed"),
            "both" => {
                fs::remove_file(log).expect("removed");
                fs::remove_file(shm).expect("removed");
            }
            _ => fs::write(shm, vec![0x5a; 32 << 10]).expect("written"),
        }
        env.google.world(|world| world.faults.clear());
        env.google.reset_stats();
        env.sync(&[]).assert_exit(0);
        assert_eq!(loads(&env), 1, "{damage}: only what had not come");
        env.archive().assert_true_to(&env.google);
        assert_eq!(env.archive().files.len(), 4);
    }
}

#[test]
fn a_list_that_cannot_be_read_is_named_and_the_archive_called_not_whole() {
    for damage in ["", "id,source\n1,2\n"] {
        let env = TestEnv::signed_in(three());
        env.sync(&[]).assert_exit(0);
        let name = env.archive().newest_list().to_owned();
        fs::write(env.path("media_items_list").join(&name), damage).expect("written");
        fs::remove_dir_all(env.path("downloads/.gphotos-dl")).expect("removed");
        let output = env.sync(&["--json"]).assert_exit(3).assert_says(&name);
        let said = output.json()["totals"]["not_whole"].to_string();
        assert!(said.contains(&name), "{output}");
        env.archive().assert_true_to(&env.google);
        assert_eq!(env.archive().files.len(), 3);
        // What could be done is done.
        env.sync(&[]).assert_exit(0);
    }
}

#[test]
fn what_has_failed_is_known_from_a_copy_when_the_index_is_lost() {
    let down = Fault::new(FaultKind::status(500)).item("b.jpg").always();
    let mut env = TestEnv::signed_in(three().fail(down));
    env.sync(&[]).assert_exit(3);
    later(&env, &["d.jpg"]);
    env.in_hours(24).sync(&[]).assert_exit(3);
    later(&env, &["e.jpg"]);
    env.sync(&[]).assert_exit(3);
    let copies = |env: &TestEnv| {
        let names = fs::read_dir(folder(env)).expect("a folder");
        let names = names.map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("text")
        });
        let mut names: Vec<_> = names
            .filter(|name| name.starts_with("index.backup-"))
            .collect();
        names.sort();
        names
    };
    assert_eq!(copies(&env).len(), 2, "one a day: {:?}", copies(&env));
    for damage in [&b""[..], b"this is no database"] {
        fs::write(folder(&env).join("index.db"), damage).expect("written");
        env.google.reset_stats();
        let output = env
            .sync(&[])
            .assert_exit(3)
            .assert_says("a copy of the index has taken its place");
        assert!(
            output.stderr.contains("(since "),
            "first failed on an earlier day: {output}"
        );
        assert_eq!(
            env.google.stats().count_with(Route::Bytes, 200),
            0,
            "{output}"
        );
        assert_eq!(env.archive().files.len(), 4);
    }
    env.in_hours(50).sync(&[]).assert_exit(3);
    env.in_hours(75).sync(&[]).assert_exit(3);
    assert_eq!(
        copies(&env).len(),
        2,
        "the last two stay: {:?}",
        copies(&env)
    );
}

#[test]
fn a_run_that_changes_nothing_makes_no_copy() {
    let mut env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let files = |env: &TestEnv| fs::read_dir(folder(env)).expect("a folder").count();
    assert_eq!(files(&env), 2, "the index and a copy");
    env.in_hours(48).sync(&[]).assert_exit(0);
    assert_eq!(files(&env), 2);
}

#[test]
fn a_damaged_copy_is_passed_over() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let before = env.archive();
    let copy = fs::read_dir(folder(&env))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .find(|path| path.to_string_lossy().contains("backup-"));
    let copy = copy.expect("a copy");
    let bytes = fs::read(&copy).expect("read");
    let half = &bytes[..bytes.len() / 2];
    fs::write(&copy, half).expect("written");
    fs::remove_file(folder(&env).join("index.db")).expect("removed");
    env.google.reset_stats();
    env.sync(&[])
        .assert_exit(0)
        .assert_says("rebuilt from the manifests");
    assert_eq!(loads(&env), 0);
    assert_eq!(env.archive().files, before.files);
    assert_eq!(fs::read(&copy).expect("read"), half, "left as it is");
}

#[test]
fn a_copy_that_a_killed_run_has_left_half_made_goes_and_nothing_else_does() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let ours = [
        "index.backup-20240101T000000Z.db.new",
        "index.version-1.db.new-journal",
        "index.db.new",
    ];
    let theirs = ["index.db.new.mine", "other.db.new", "index.backup-mine.db"];
    for name in ours.iter().chain(&theirs) {
        fs::write(folder(&env).join(name), "x").expect("written");
    }
    env.sync(&[]).assert_exit(0);
    for name in ours {
        assert!(!folder(&env).join(name).exists(), "{name}");
    }
    for name in theirs {
        assert!(folder(&env).join(name).exists(), "{name}");
    }
}
