//! An index of another version: an older one is brought up to date and kept, a newer one is left alone.

use std::fs;

use rusqlite::Connection;

use super::three;
use crate::support::{TestEnv, back_to_version_1};

const INDEX: &str = "downloads/.gphotos-dl/index/index.db";

fn version(env: &TestEnv, path: &str) -> i64 {
    let connection = Connection::open(env.path(path)).expect("a database");
    connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .expect("a version")
}

#[test]
fn an_older_one_is_brought_up_to_date_and_kept_as_it_was() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let (before, newest) = (env.archive(), version(&env, INDEX));
    back_to_version_1(&env);
    let plan = env.sync(&["--dry-run"]).assert_exit(0);
    assert_eq!(plan.stdout, "", "a plan reads it as it is");
    assert_eq!(version(&env, INDEX), 1);
    env.google.reset_stats();
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.google.stats().all_byte_requests(), 0);
    assert_eq!(version(&env, INDEX), newest);
    let kept = "downloads/.gphotos-dl/index/index.version-1.db";
    assert_eq!(version(&env, kept), 1);
    assert_eq!(env.archive().files, before.files);
    env.archive().assert_true_to(&env.google);
}

#[test]
fn a_newer_one_is_refused_and_not_touched() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    Connection::open(env.path(INDEX))
        .expect("a database")
        .pragma_update(None, "user_version", 99)
        .expect("set");
    let folder = || {
        let entries = fs::read_dir(env.path("downloads/.gphotos-dl/index")).expect("a folder");
        let mut files: Vec<_> = entries
            .map(|entry| entry.expect("an entry").path())
            .map(|path| (path.clone(), fs::read(path).expect("read")))
            .collect();
        files.sort();
        files
    };
    let before = folder();
    for flag in [&[][..], &["--dry-run"]] {
        env.sync(flag)
            .assert_exit(1)
            .assert_says("newer gphotos-dl")
            .assert_says("99");
        assert!(folder() == before, "something was touched");
    }
}
