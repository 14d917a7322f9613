//! An index that is a database in good order and says what cannot be.

use std::fs;

use rusqlite::Connection;

use super::three;
use crate::support::TestEnv;

/// What somebody might have written into it, each in one statement.
const IMPOSSIBLE: [&str; 20] = [
    "UPDATE files SET path = '../secret', fold = '../secret' WHERE path LIKE '%/a.jpg'",
    "UPDATE files SET path = '/etc/passwd' WHERE path LIKE '%/a.jpg'",
    "UPDATE files SET path = '2024/../../x.jpg' WHERE path LIKE '%/a.jpg'",
    "UPDATE files SET path = '2024//a.jpg' WHERE path LIKE '%/a.jpg'",
    "UPDATE files SET path = '' WHERE path LIKE '%/a.jpg'",
    "UPDATE files SET path = '.gphotos-dl/lock' WHERE path LIKE '%/a.jpg'",
    "UPDATE files SET path = x'ff00fe' WHERE path LIKE '%/a.jpg'",
    "UPDATE files SET path = CAST(x'ff41' AS TEXT) WHERE path LIKE '%/a.jpg'",
    "UPDATE files SET path = '2024/a' || char(0) || '.jpg' WHERE path LIKE '%/a.jpg'",
    "UPDATE files SET sha256 = x'00ff' WHERE path LIKE '%/a.jpg'",
    "UPDATE files SET sha256 = 'a digest' WHERE path LIKE '%/a.jpg'",
    "UPDATE files SET size = -1 WHERE path LIKE '%/a.jpg'",
    "UPDATE files SET size = 'many' WHERE path LIKE '%/a.jpg'",
    "UPDATE files SET state = 'somewhere' WHERE path LIKE '%/a.jpg'",
    "UPDATE roles SET role = 'thumbnail' WHERE item = 1",
    "UPDATE roles SET how = 'dreamt' WHERE item = 1",
    "UPDATE roles SET state = 'perhaps' WHERE item = 1",
    "UPDATE roles SET attempts = 'often' WHERE item = 1",
    "UPDATE roles SET file = 4711 WHERE item = 1",
    "UPDATE items SET source = 'nowhere', kind = 'song', width = -3 WHERE item = 1",
];

fn index(env: &TestEnv) -> std::path::PathBuf {
    env.path("downloads/.gphotos-dl/index/index.db")
}

/// The index without what keeps such a value out, and with it again.
fn write(env: &TestEnv, sql: &str) {
    let index = Connection::open(index(env)).expect("opened");
    let script = format!(
        "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; {sql}; PRAGMA wal_checkpoint(TRUNCATE);"
    );
    index.execute_batch(&script).expect(sql);
    let changed: i64 = index
        .query_row("SELECT total_changes()", [], |row| row.get(0))
        .expect("a count");
    assert!(changed > 0, "{sql}");
}

fn lose_copies(env: &TestEnv) {
    for entry in fs::read_dir(env.path("downloads/.gphotos-dl/index")).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.to_string_lossy().contains("backup-") {
            fs::remove_file(path).expect("removed");
        }
    }
}

#[test]
fn it_is_moved_aside_like_a_damaged_one_and_nothing_is_fetched_again() {
    for sql in IMPOSSIBLE {
        let env = TestEnv::signed_in(three());
        env.sync(&[]).assert_exit(0);
        fs::write(env.path("secret"), "mine").expect("written");
        let before = env.archive();
        write(&env, sql);
        lose_copies(&env);
        let verified = env.run(&["verify", "--json"]);
        assert_ne!(verified.exit, 0, "{sql}\n{verified}");
        let plan = env.sync(&["--dry-run"]).assert_exit(0);
        assert_eq!(plan.stdout, "", "{sql}: nothing would be fetched");
        env.google.reset_stats();
        let output = env.sync(&[]);
        assert_eq!(output.exit, 0, "{sql}\n{output}");
        let output = output.assert_says("the index was damaged");
        assert_eq!(env.google.stats().all_byte_requests(), 0, "{sql}\n{output}");
        let after = env.archive();
        assert_eq!(after.files, before.files, "{sql}");
        after.assert_true_to(&env.google);
        assert_eq!(fs::read(env.path("secret")).expect("read"), b"mine");
        env.run(&["verify"]).assert_exit(0);
        env.sync(&[]).assert_exit(0);
    }
}

#[test]
fn a_table_without_its_columns_is_no_index() {
    for sql in [
        "ALTER TABLE roles DROP COLUMN note",
        "ALTER TABLE files RENAME COLUMN modified TO changed",
        "PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = replace(sql, 'path TEXT NOT NULL', 'path TEXT') WHERE name = 'files';
         PRAGMA writable_schema = RESET; UPDATE files SET path = NULL WHERE path LIKE '%/b.jpg'",
    ] {
        let env = TestEnv::signed_in(three());
        env.sync(&[]).assert_exit(0);
        let before = env.archive();
        let database = Connection::open(index(&env)).expect("opened");
        database.execute_batch(sql).expect(sql);
        drop(database);
        lose_copies(&env);
        for command in ["status", "verify"] {
            env.run(&[command])
                .assert_exit(7)
                .assert_says("the index is damaged")
                .assert_says("the next `gphotos-dl sync");
        }
        env.google.reset_stats();
        env.sync(&[])
            .assert_exit(0)
            .assert_says("the index was damaged");
        assert_eq!(env.google.stats().all_byte_requests(), 0, "{sql}");
        assert_eq!(env.archive().files, before.files, "{sql}");
    }
}

/// More than what is looked through at every start.
fn grow(env: &TestEnv) {
    let mut connection = Connection::open(index(env)).expect("a database");
    let transaction = connection.transaction().expect("begun");
    for number in 0..40_000 {
        let filler = format!("{number:0200}");
        transaction
            .execute(
                "INSERT INTO items (source, id, filename, kind, fingerprint, first_listed) VALUES ('library', ?1, ?2, 'photo', 0, 0)",
                [&format!("other-{number:06}"), &filler],
            )
            .expect("inserted");
    }
    transaction.commit().expect("committed");
}

#[test]
fn in_a_large_index_whoever_comes_across_it_has_the_next_run_mend_it() {
    for (sql, finder) in [
        (
            "UPDATE files SET path = '../secret' WHERE path LIKE '%/a.jpg'",
            "sync",
        ),
        (
            "UPDATE files SET size = 'many' WHERE path LIKE '%/a.jpg'",
            "sync",
        ),
        (
            "UPDATE files SET sha256 = x'00' WHERE path LIKE '%/a.jpg'",
            "verify",
        ),
        (
            "UPDATE files SET size = 'many' WHERE path LIKE '%/a.jpg'",
            "status",
        ),
        (
            "UPDATE roles SET role = 'thumbnail' WHERE role = 'original' AND item = 1",
            "verify",
        ),
    ] {
        let env = TestEnv::signed_in(three());
        env.sync(&[]).assert_exit(0);
        let before = env.archive();
        grow(&env);
        write(&env, sql);
        lose_copies(&env);
        let output = match finder {
            "sync" => env.sync(&[]).assert_exit(7),
            finder => env.run(&[finder]),
        };
        assert!(matches!(output.exit, 3 | 7), "{sql}\n{output}");
        assert!(
            output.stderr.contains("from the manifests and the files"),
            "{sql}\n{output}"
        );
        env.google.reset_stats();
        env.sync(&[])
            .assert_exit(0)
            .assert_says("the index was damaged");
        assert_eq!(env.google.stats().all_byte_requests(), 0, "{sql}");
        assert_eq!(env.archive().files, before.files, "{sql}");
        env.run(&["verify"]).assert_exit(0);
    }
}
