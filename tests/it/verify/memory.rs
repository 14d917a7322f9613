//! Damage that was found stays known, whatever the next check reads, until it is put right.

use std::fs;
use std::time::SystemTime;

use gphotos_sim::{Fault, FaultKind, Route};
use serde_json::Value;

use super::repair::repair;
use super::trouble::contradict;
use super::{found, rot, synced, three, verify, verify_with};
use crate::support::{Signal, TestEnv, signal, until};

const HALF: [&str; 2] = ["--sample", "1/2"];

/// One whole round, in which it does not matter what each part of it says.
fn round(env: &TestEnv) {
    for _ in 0..2 {
        let _ = env.run(&["verify", "--sample", "1/2"]);
    }
}

fn status(env: &TestEnv) -> Value {
    env.run(&["status", "--json"]).assert_exit(0).json()
}

/// Nothing is known of any damage any more, from the next check on.
#[track_caller]
fn assert_forgotten(env: &TestEnv) {
    for _ in 0..2 {
        assert_eq!(found(&verify_with(env, 0, &HALF)), [""; 0]);
        let told = status(env);
        assert_eq!(told["damaged"]["count"], 0);
        assert_eq!(told["last_check"]["problems"], 0);
    }
}

#[test]
fn a_slice_without_damage_does_not_hide_what_another_has_found() {
    let env = synced(three());
    let path = env.path("downloads/2024/03/b.jpg");
    let (whole, modified) = (
        fs::read(&path).expect("read"),
        fs::metadata(&path).expect("there").modified(),
    );
    rot(&path, 700);
    round(&env);
    for _ in 0..2 {
        let told = verify_with(&env, 3, &HALF);
        assert_eq!(found(&told), ["rot 2024/03/b.jpg"]);
        assert!(told["files"][0]["since"].is_string(), "{told:#}");
        let told = status(&env);
        assert_eq!(told["last_check"]["problems"], 1);
        assert_eq!(told["damaged"]["count"], 1);
        assert_eq!(told["damaged"]["files"][0]["path"], "2024/03/b.jpg");
    }
    env.run(&["-q", "verify", "--sample", "1/2"])
        .assert_exit(3)
        .assert_says("rot 2024/03/b.jpg")
        .assert_says("(known since 20");
    let shown = env.run(&["status"]).assert_exit(0);
    assert!(
        shown.stdout.contains("2024/03/b.jpg: rot (since 20"),
        "{shown}"
    );
    // From a backup, say.
    fs::write(&path, whole).expect("written");
    let file = fs::File::options().write(true).open(&path).expect("opened");
    file.set_modified(modified.expect("a time")).expect("set");
    assert_forgotten(&env);
}

#[test]
fn what_was_repaired_fetched_again_moved_or_edited_is_no_damage_any_more() {
    type Mend = fn(&TestEnv);
    let repaired: Mend = |env| {
        // Whichever slice it lies in.
        verify_with(env, 0, &["--sample", "1/2", "--repair"]);
    };
    let checked: Mend = |env| {
        fs::remove_file(env.path("downloads/2024/03/b.jpg")).expect("removed");
        env.sync(&[]).assert_exit(0);
    };
    let moved: Mend = |env| {
        fs::remove_file(env.path("downloads/2024/03/b.jpg")).expect("removed");
        env.sync(&[]).assert_exit(0);
        fs::rename(
            env.path("downloads/2024/03/b.jpg"),
            env.path("downloads/b.jpg"),
        )
        .expect("moved");
        assert_eq!(found(&verify(env, 3)), ["misplaced 2024/03/b.jpg"]);
        env.sync(&[]).assert_exit(0);
    };
    let edited: Mend = |env| {
        let file = fs::File::options()
            .write(true)
            .open(env.path("downloads/2024/03/b.jpg"));
        let file = file.expect("opened");
        file.set_modified(SystemTime::now()).expect("set");
    };
    for (what, mend) in [
        ("repaired", repaired),
        ("fetched again", checked),
        ("moved", moved),
    ] {
        let env = synced(three());
        rot(&env.path("downloads/2024/03/b.jpg"), 700);
        round(&env);
        assert_eq!(status(&env)["damaged"]["count"], 1, "{what}");
        mend(&env);
        assert_forgotten(&env);
    }
    let env = synced(three());
    rot(&env.path("downloads/2024/03/b.jpg"), 700);
    round(&env);
    edited(&env);
    assert_eq!(
        found(&verify_with(&env, 0, &HALF)),
        ["edited 2024/03/b.jpg"]
    );
    assert_eq!(status(&env)["damaged"]["count"], 0);
}

#[test]
fn what_could_not_be_repaired_stays_known() {
    let env = synced(three());
    rot(&env.path("downloads/2024/03/b.jpg"), 700);
    env.google.world(|world| {
        world
            .items
            .retain(|item| item.filename.as_deref() != Some("b.jpg"));
    });
    let first = repair(&env, 3)["files"][0]["since"].clone();
    assert_eq!(first, Value::Null);
    for _ in 0..2 {
        assert_eq!(found(&verify_with(&env, 3, &HALF)), ["rot 2024/03/b.jpg"]);
    }
}

/// Whatever becomes of the repair itself.
#[test]
fn what_was_found_before_a_repair_that_was_killed_is_known() {
    let env = synced(three());
    rot(&env.path("downloads/2024/03/b.jpg"), 700);
    let stall = FaultKind::StallBeforeHeaders { seconds: None };
    let stall = Fault::new(stall).route(Route::Bytes).always();
    env.google.world(|world| world.faults.push(stall));
    env.google.reset_stats();
    let run = env.spawn(&["verify", "--repair"]);
    until("it is being fetched", || {
        env.google.stats().all_byte_requests() > 0
    });
    signal(&run, Signal::KILL);
    env.finish(run).assert_exit(137);
    assert_eq!(status(&env)["damaged"]["files"][0]["path"], "2024/03/b.jpg");
    env.google.world(|world| world.faults.clear());
    repair(&env, 0);
    assert_forgotten(&env);
}

/// A check that could not ask the index for a file has not seen it whole.
#[test]
fn what_a_damaged_index_does_not_name_any_more_stays_known() {
    let env = synced(three());
    rot(&env.path("downloads/2024/03/b.jpg"), 700);
    verify(&env, 3);
    contradict(&env);
    let told = verify(&env, 3);
    assert!(!found(&told).contains(&"rot 2024/03/b.jpg".to_owned()));
    // A run brings the index back, and the next slices go on where the others were.
    env.sync(&[]).assert_exit(0);
    for _ in 0..2 {
        assert_eq!(found(&verify_with(&env, 3, &HALF)), ["rot 2024/03/b.jpg"]);
    }
}

#[test]
fn what_the_file_of_an_earlier_version_says_is_kept() {
    let env = synced(three());
    verify(&env, 0);
    let memory = env.path("downloads/.gphotos-dl/verify.json");
    let text = fs::read_to_string(&memory).expect("read");
    let mut old: Value = serde_json::from_str(&text).expect("JSON");
    old.as_object_mut().expect("an object").remove("open");
    fs::write(&memory, old.to_string()).expect("written");
    assert!(status(&env)["last_check"].is_object());
    verify_with(&env, 0, &HALF);
    assert!(status(&env)["last_full_check"].is_object());
}
