//! An index, settings or a folder that cannot be used.

use std::fs;

use gphotos_sim::World;
use rusqlite::Connection;

use super::{found, synced, three, verify};
use crate::support::TestEnv;

#[test]
fn where_there_is_no_index_nothing_is_called_whole() {
    let env = TestEnv::new(World::new());
    env.run(&["verify"])
        .assert_exit(7)
        .assert_says("there is no index in $ROOT/downloads")
        .assert_says("is the disk mounted?");
    assert!(!env.path("downloads").exists(), "nothing is made");
    let env = synced(three());
    fs::remove_dir_all(env.path("downloads/.gphotos-dl")).expect("removed");
    env.run(&["verify"]).assert_exit(7);
    assert!(!env.path("downloads/.gphotos-dl").exists());
}

/// The index says nothing of where b.jpg is, which it must.
pub(super) fn contradict(env: &TestEnv) {
    let index = Connection::open(env.path("downloads/.gphotos-dl/index/index.db")).expect("opened");
    index
        .execute_batch(
            "PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET sql = replace(sql, 'path TEXT NOT NULL', 'path TEXT') WHERE name = 'files';
             PRAGMA writable_schema = RESET;
             UPDATE files SET path = NULL WHERE path LIKE '%/b.jpg';
             PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET sql = replace(sql, 'path TEXT', 'path TEXT NOT NULL') WHERE name = 'files';",
        )
        .expect("damaged");
    drop(index);
}

#[test]
fn an_index_that_contradicts_itself_is_no_whole_archive() {
    let env = synced(three());
    contradict(&env);
    let told = verify(&env, 3);
    let problems = told["index_problems"].as_array().expect("a list");
    assert!(!problems.is_empty(), "{told:#}");
    env.run(&["verify"])
        .assert_exit(3)
        .assert_says("brings it back from the manifests");
}

#[test]
fn an_index_that_is_none_is_an_error() {
    let env = synced(three());
    let index = env.path("downloads/.gphotos-dl/index/index.db");
    fs::write(&index, b"this is no database".repeat(100)).expect("written");
    env.run(&["verify"]).assert_exit(7);
    assert_eq!(
        fs::read(&index).expect("read"),
        b"this is no database".repeat(100),
        "it is left as it is"
    );
}

#[test]
fn settings_that_are_lost_or_damaged_are_said() {
    let env = synced(three());
    let settings = env.path("media_items_list/archive.json");
    fs::write(&settings, "{").expect("written");
    let told = verify(&env, 3);
    assert_eq!(found(&told), [""; 0]);
    let problem = told["settings_problem"].as_str().expect("a problem");
    assert!(problem.contains("is damaged"), "{problem}");
    fs::remove_file(&settings).expect("removed");
    let told = verify(&env, 3);
    let problem = told["settings_problem"].as_str().expect("a problem");
    assert!(problem.contains("there is no archive.json"), "{problem}");
}

#[test]
fn a_path_in_the_index_that_leads_out_is_not_followed() {
    let env = synced(three());
    fs::write(env.path("secret"), "x").expect("written");
    let index = Connection::open(env.path("downloads/.gphotos-dl/index/index.db")).expect("opened");
    let changed = index.execute(
        "UPDATE files SET path = '../secret' WHERE path LIKE '%/a.jpg'",
        [],
    );
    assert_eq!(changed.expect("updated"), 1);
    drop(index);
    let told = verify(&env, 3);
    assert_eq!(found(&told), ["misplaced ../secret"]);
    assert_eq!(told["files"][0]["found_at"], "2024/03/a.jpg");
}
