//! Lists that somebody has edited by hand: a line that cannot be so is one that cannot be read, and stops nobody.

use std::fs;
use std::path::PathBuf;

use rusqlite::Connection;

use super::three;
use crate::support::TestEnv;

const SHA256: &str = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

fn list(env: &TestEnv) -> PathBuf {
    env.path("media_items_list")
        .join(env.archive().newest_list())
}

/// A list of another run with one line, of a photo that was picked.
fn plant(env: &TestEnv, path: &str, size: &str, sha256: &str) -> PathBuf {
    let text = fs::read_to_string(list(env)).expect("read");
    let header = text.lines().next().expect("a header");
    let row = format!("P1,picker,original,x.jpg,,,photo,,,,,,,,{path},{size},{sha256},downloaded,");
    let planted = env.path("media_items_list/item-list-20260101T000000Z.csv");
    fs::write(&planted, format!("{header}\n{row}\n")).expect("written");
    planted
}

#[test]
fn a_line_that_cannot_be_so_is_told_once_and_stops_no_run() {
    let long = format!("2024/03/{}.jpg", "x".repeat(300));
    let huge = "9223372036854775808";
    for (path, size, sha256) in [
        ("2024/03/x.jpg", huge, SHA256),
        ("2024/03/x.jpg", "-1", SHA256),
        (&long, "7", SHA256),
        ("2024/03/x\0.jpg", "7", SHA256),
        ("2024/../../x.jpg", "7", SHA256),
        ("/x.jpg", "7", SHA256),
        ("2024/03/x.jpg", "7", "abc"),
        ("2024/03/x.jpg", "7", "no digest"),
    ] {
        let env = TestEnv::signed_in(three());
        env.sync(&[]).assert_exit(0);
        let before = env.archive().files;
        let planted = plant(&env, path, size, sha256);
        env.sync(&[])
            .assert_exit(3)
            .assert_says("could not read all of item-list-20260101T000000Z.csv (1 lines)");
        env.sync(&[]).assert_exit(0);
        env.run(&["verify", "--repair"]).assert_exit(0);
        assert!(planted.exists());
        assert_eq!(env.archive().files, before);
    }
}

#[test]
fn a_list_that_is_corrected_is_read_again() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let list = list(&env);
    let text = fs::read_to_string(&list).expect("read");
    // As some spreadsheets save it. Google has one of the photos no more.
    fs::write(&list, text.replace(',', ";")).expect("written");
    fs::remove_dir_all(env.path("downloads/.gphotos-dl")).expect("removed");
    env.google.world(|world| {
        let is_there = |name: Option<&str>| name != Some("b.jpg");
        world
            .items
            .retain(|item| is_there(item.filename.as_deref()));
    });
    env.sync(&[]).assert_exit(3).assert_says("(3 lines)");
    let told = env.run(&["verify", "--json"]).assert_exit(0).json();
    assert_eq!(told["counts"]["files"], 2, "{told:#}");
    env.sync(&[]).assert_exit(0);
    fs::write(&list, text).expect("written");
    env.sync(&[]).assert_exit(0);
    let told = env.run(&["verify", "--json"]).assert_exit(0).json();
    assert_eq!(told["counts"]["files"], 3, "{told:#}");
}

#[test]
fn a_path_that_no_file_can_have_stops_no_run_where_the_index_has_it() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let index = Connection::open(env.path("downloads/.gphotos-dl/index/index.db"));
    let long = format!("2024/03/{}.jpg", "x".repeat(300));
    index
        .expect("opened")
        .execute(
            "UPDATE files SET path = ?1, fold = ?1 WHERE path LIKE '%/b.jpg'",
            [long],
        )
        .expect("updated");
    fs::remove_file(env.path("downloads/2024/03/b.jpg")).expect("removed");
    env.sync(&[]).assert_exit(0);
    env.archive().assert_true_to(&env.google);
    env.run(&["verify"]).assert_exit(0);
}
