//! A repair that cannot begin, or has to end: what the check has found is told and remembered all the same.

use std::fs;

use serde_json::Value;

use super::repair::{assert_whole, put_aside, repair};
use super::{found, rot, synced, three, verify_with};
use crate::support::TestEnv;

/// What `verify --repair` says of b.jpg, and `status` after it.
#[track_caller]
fn assert_told(env: &TestEnv, exit: i32) -> Value {
    let told = repair(env, exit);
    assert_eq!(found(&told), ["rot 2024/03/b.jpg"]);
    assert_eq!(told["files"][0]["repaired"], Value::Null);
    assert!(told["error"].is_string(), "{told:#}");
    assert!(told["hint"].is_string(), "{told:#}");
    let status = env.run(&["status", "--json"]).json();
    assert_eq!(status["damaged"]["files"][0]["path"], "2024/03/b.jpg");
    assert_eq!(status["last_check"]["problems"], 1);
    told
}

#[test]
fn without_damage_nobody_has_to_be_signed_in_and_with_it_somebody_has() {
    let env = synced(three());
    fs::remove_file(env.path("credentials/token_library.json")).expect("removed");
    repair(&env, 0);
    rot(&env.path("downloads/2024/03/b.jpg"), 700);
    assert_told(&env, 4);
    env.run(&["verify", "--repair"])
        .assert_exit(4)
        .assert_says("rot 2024/03/b.jpg")
        .assert_says("Verified the archive: not whole")
        .assert_says("gphotos-dl login");
    let lists = env.archive().lists.len();
    assert_eq!(
        lists, 2,
        "archive.json and the list of sync: nothing was done"
    );
    // The next slice knows of it.
    for _ in 0..2 {
        verify_with(&env, 3, &["--sample", "1/2"]);
    }
    env.sign_in();
    repair(&env, 0);
    assert_whole(&env);
}

#[test]
fn without_a_client_the_findings_are_told_too() {
    let env = synced(three());
    rot(&env.path("downloads/2024/03/b.jpg"), 700);
    fs::remove_file(env.path("credentials/client_secret.json")).expect("removed");
    assert_told(&env, 1);
}

#[test]
fn what_needs_nobody_to_be_asked_is_done_without_a_sign_in() {
    let env = synced(three());
    fs::remove_file(env.path("credentials/token_library.json")).expect("removed");
    fs::rename(
        env.path("downloads/2024/03/a.jpg"),
        env.path("downloads/a.jpg"),
    )
    .expect("moved");
    repair(&env, 0);
    assert_eq!(env.archive().row("a.jpg")["local_path"], "a.jpg");
    // Beside something that does need it.
    fs::rename(
        env.path("downloads/2024/03/c.jpg"),
        env.path("downloads/c.jpg"),
    )
    .expect("moved");
    rot(&env.path("downloads/2024/03/b.jpg"), 700);
    let told = repair(&env, 4);
    assert_eq!(told["repair"]["repaired"], 1);
    assert_eq!(told["repair"]["ended_early"], true);
    assert_eq!(found(&verify_with(&env, 3, &[])), ["rot 2024/03/b.jpg"]);
}

#[test]
fn a_disk_with_too_little_room_is_said_and_the_limit_can_be_lowered() {
    let env = synced(three());
    let path = env.path("downloads/2024/03/b.jpg");
    rot(&path, 700);
    let damaged = fs::read(&path).expect("read");
    let told = verify_with(&env, 7, &["--repair", "--min-free", "1000T"]);
    assert!(
        told["hint"]
            .as_str()
            .expect("a hint")
            .contains("--min-free"),
        "{told:#}"
    );
    assert_eq!(fs::read(&path).expect("read"), damaged);
    assert!(put_aside(&env).is_empty());
    verify_with(&env, 0, &["--repair", "--min-free", "0"]);
    assert_whole(&env);
}

#[test]
fn a_damaged_file_that_cannot_make_room_stays_and_no_folder_is_named() {
    let env = synced(three());
    let path = env.path("downloads/2024/03/b.jpg");
    rot(&path, 700);
    let damaged = fs::read(&path).expect("read");
    fs::write(env.path("downloads/.gphotos-dl/damaged"), "x").expect("written");
    let output = env.run(&["verify", "--repair"]).assert_exit(3);
    output.assert_says("not repaired: 2024/03/b.jpg: could not put aside");
    let told = repair(&env, 3);
    assert_eq!(told["repair"]["damaged_files_in"], serde_json::json!([]));
    assert_eq!(fs::read(&path).expect("read"), damaged);
}
