//! An index as the first version made it.

use std::fs;

use rusqlite::Connection;

use crate::support::TestEnv;

/// Puts an index of the first version's shape in place of today's, with the same content.
pub(crate) fn back_to_version_1(env: &TestEnv) {
    let path = env.path("downloads/.gphotos-dl/index/index.db");
    let newer = env.path("newer.db");
    fs::rename(&path, &newer).expect("renamed");
    let old = Connection::open(&path).expect("opened");
    old.execute_batch(include_str!("version_1.sql"))
        .expect("the first version's tables");
    old.execute("ATTACH ?1 AS newer", [newer.to_str()])
        .expect("attached");
    for table in ["items", "files", "roles", "runs", "quota"] {
        let columns: String = old
            .query_row(
                "SELECT group_concat(name) FROM pragma_table_info(?1)",
                [table],
                |row| row.get(0),
            )
            .expect("columns");
        let copy = format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM newer.{table}");
        old.execute_batch(&copy).expect("copied");
    }
    old.execute_batch("DETACH newer; PRAGMA user_version = 1; PRAGMA journal_mode = WAL")
        .expect("the first version");
    drop(old);
    fs::remove_file(newer).expect("removed");
}
