//! What `status` tells of the last runs and checks: how they ended, what is damaged, and what to do next.

use std::fs;

use gphotos_sim::{Fault, FaultKind, World};
use serde_json::json;

use super::{DAY, status};
use crate::support::TestEnv;
use crate::verify::rot;

fn three() -> World {
    World::new()
        .photo("a.jpg", DAY)
        .photo("b.jpg", DAY)
        .photo("c.jpg", DAY)
}

#[test]
fn each_run_is_told_with_its_exit_code_and_counts() {
    let down = Fault::new(FaultKind::status(500)).item("b.jpg").always();
    let mut env = TestEnv::signed_in(three().fail(down));
    env.sync(&[]).assert_exit(3);
    let told = status(&env);
    let run = &told["runs"][0];
    assert_eq!((&run["command"], &run["exit"]), (&json!("sync"), &json!(3)));
    assert_eq!(run["counts"], json!({ "downloaded": 2, "failed": 1 }));
    assert_eq!(run["manifest"], env.archive().newest_list());
    // One that could not even begin is told too.
    fs::remove_file(env.path("credentials/token_library.json")).expect("removed");
    env.in_hours(1).sync(&[]).assert_exit(4);
    let told = status(&env);
    assert_eq!(told["runs"].as_array().map(Vec::len), Some(2), "{told:#}");
    let run = &told["runs"][0];
    assert_eq!((&run["command"], &run["exit"]), (&json!("sync"), &json!(4)));
    let error = run["error"].as_str().expect("a cause");
    assert!(error.contains("not signed in"), "{error}");
    let output = env.run(&["status"]).assert_exit(0);
    assert!(
        output.stdout.contains(", exit 4: not signed in"),
        "{output}"
    );
    assert!(
        output
            .stdout
            .contains(", exit 3, 2 downloaded, 1 failed, item-list-"),
        "{output}"
    );
    // What changes nothing is no run.
    let _ = env.sync(&["--dry-run"]);
    env.run(&["verify"]).assert_exit(0);
    assert_eq!(status(&env)["runs"].as_array().map(Vec::len), Some(2));
}

#[test]
fn runs_of_the_same_second_keep_their_own_ends() {
    let down = Fault::new(FaultKind::status(500)).item("b.jpg").always();
    let env = TestEnv::signed_in(three().fail(down));
    env.sync(&[]).assert_exit(3);
    let first = env.archive().newest_list().to_owned();
    env.google.world(|world| world.faults.clear());
    env.sync(&[]).assert_exit(0);
    // As if the second had begun when the first ended.
    let path = env.path("downloads/.gphotos-dl/runs.json");
    let text = fs::read_to_string(&path).expect("read");
    let mut ends: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    for end in ends.as_array_mut().expect("a list") {
        end["started"] = json!("2026-03-01T10:00:00.250Z");
        end["ended"] = json!("2026-03-01T10:00:00.750Z");
    }
    fs::write(&path, ends.to_string()).expect("written");
    let index = env.path("downloads/.gphotos-dl/index/index.db");
    let index = rusqlite::Connection::open(index).expect("opened");
    let changed = index.execute(
        "UPDATE runs SET started = unixepoch('2026-03-01T10:00:00Z')",
        [],
    );
    assert_eq!(changed.expect("updated"), 2);
    drop(index);
    let told = status(&env);
    let runs = told["runs"].as_array().expect("a list");
    assert_eq!(runs.len(), 2, "{told:#}");
    let told: Vec<_> = runs
        .iter()
        .map(|run| (&run["exit"], &run["counts"]))
        .collect();
    assert_eq!(
        told,
        [
            (&json!(0), &json!({ "downloaded": 1 })),
            (&json!(3), &json!({ "downloaded": 2, "failed": 1 }))
        ]
    );
    assert_eq!(runs[1]["manifest"], first);
}

#[test]
fn a_run_that_was_killed_has_no_exit_code() {
    let stall = Fault::new(FaultKind::StallBeforeHeaders { seconds: None });
    let env = TestEnv::signed_in(three().fail(stall.item("c.jpg").always()));
    let mut run = env.spawn(&["sync", "--since", "2024-03-01", "--window", "year"]);
    crate::support::until("the run is noted", || {
        env.path("downloads/.gphotos-dl/index/index.db-wal")
            .exists()
            && status(&env)["runs"][0]["command"] == "sync"
    });
    run.kill().expect("killed");
    let _ = env.finish(run);
    let told = status(&env);
    assert_eq!(told["runs"][0]["exit"], json!(null));
    let output = env.run(&["status"]).assert_exit(0);
    assert!(
        output.stdout.contains("did not end, or is at work"),
        "{output}"
    );
}

#[test]
fn damaged_files_are_named_with_the_next_command_and_edited_ones_are_mentioned() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    rot(&env.path("downloads/2024/03/a.jpg"), 700);
    let edited = env.path("downloads/2024/03/b.jpg");
    let mut bytes = fs::read(&edited).expect("read");
    bytes[700] ^= 1;
    fs::write(&edited, bytes).expect("written");
    env.run(&["verify"]).assert_exit(3);
    let told = status(&env);
    assert_eq!(told["damaged"]["count"], 1);
    assert_eq!(told["damaged"]["files"][0]["path"], "2024/03/a.jpg");
    let way = told["damaged"]["files"][0]["way_back"].as_str();
    assert!(way.expect("a way").contains("`gphotos-dl verify --repair`"));
    assert_eq!(told["last_check"]["edited"], 1);
    assert_eq!(told["last_check"]["edited_files"], json!(["2024/03/b.jpg"]));
    let output = env.run(&["status"]).assert_exit(0);
    for said in [
        "damaged: 1 file\n    2024/03/a.jpg: rot",
        "hint: `gphotos-dl verify --repair` fetches it again",
        "edited since stored, and left as they are: 1 file\n    2024/03/b.jpg",
    ] {
        assert!(output.stdout.contains(said), "{said}\n{output}");
    }
}

#[test]
fn a_sign_in_of_today_is_of_today() {
    let mut env = TestEnv::signed_in(World::new());
    let output = env.run(&["status"]).assert_exit(0);
    assert!(output.stdout.contains(", today ("), "{output}");
    env.in_hours(25);
    let output = env.run(&["status"]).assert_exit(0);
    assert!(output.stdout.contains(", 1 day ago ("), "{output}");
}

#[test]
fn an_archive_without_photos_says_what_brings_some() {
    let env = TestEnv::signed_in(World::new());
    env.sync(&[])
        .assert_exit(0)
        .assert_says("`gphotos-dl pick`")
        .assert_says("`gphotos-dl import ");
    let output = env.run(&["status"]).assert_exit(0);
    for way in [
        "`gphotos-dl import ",
        "`gphotos-dl pick`",
        "`gphotos-dl sync ",
    ] {
        assert!(output.stdout.contains(way), "{output}");
    }
}

#[test]
fn every_end_that_is_no_success_has_a_reason() {
    let mut env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    assert_eq!(status(&env)["runs"][0]["error"], json!(null));
    let mut hours = 0;
    let mut reason = |env: &mut TestEnv, exit: i32, args: &[&str], why: &str| {
        hours += 1;
        env.in_hours(hours).sync(args).assert_exit(exit);
        let told = status(env);
        let run = &told["runs"][0];
        assert_eq!(run["exit"], exit, "{told:#}");
        let error = run["error"].as_str().unwrap_or_default();
        assert!(error.contains(why), "{run:#}");
        let output = env.run(&["status"]).assert_exit(0);
        let line = output.stdout.lines().find(|line| line.contains("exit"));
        assert!(line.is_some_and(|line| line.contains(why)), "{output}");
        told
    };
    env.google.world(|world| world.library.visible = false);
    reason(&mut env, 3, &[], "this archive holds 3 items");
    env.google.world(|world| {
        world.library.visible = true;
        *world = std::mem::take(world).photo("d.jpg", DAY);
    });
    reason(&mut env, 7, &["--min-free", "999T"], "are to be left free");
    let told = reason(&mut env, 5, &["--api-budget", "1"], "used up");
    let refused = &told["quota_used_today"]["refused_at"];
    assert_eq!(*refused, json!(null), "that was our own count");
    let used = Fault::new(FaultKind::DailyQuota).path("/v1/mediaItems");
    env.google
        .world(|world| *world = std::mem::take(world).fail(used.always()));
    let told = reason(&mut env, 5, &[], "Google says that today's allowance");
    let refused = &told["quota_used_today"]["refused_at"];
    assert!(refused.is_string(), "{told:#}");
    let output = env.run(&["status"]).assert_exit(0);
    let said = "UTC that today's quota is used up";
    assert!(output.stdout.contains(said), "{output}");
    env.google.world(|world| world.faults.clear());
    env.google.revoke_all();
    reason(&mut env, 4, &[], "the sign-in is no longer valid");
    // Another day, another quota.
    env.in_hours(48);
    assert_eq!(status(&env)["quota_used_today"]["refused_at"], json!(null));
}

#[test]
fn every_damaged_file_is_named_where_that_is_said() {
    let world = (0..25).fold(World::new(), |world, number| {
        world.photo(&format!("{number:02}.jpg"), DAY)
    });
    let env = TestEnv::signed_in(world);
    env.sync(&[]).assert_exit(0);
    for number in 0..25 {
        rot(
            &env.path(&format!("downloads/2024/03/{number:02}.jpg")),
            700,
        );
    }
    env.run(&["verify"]).assert_exit(3);
    let told = status(&env);
    assert_eq!(told["damaged"]["count"], 25);
    assert_eq!(told["damaged"]["files"].as_array().map(Vec::len), Some(25));
    let output = env.run(&["status"]).assert_exit(0);
    let said = "and 5 more; --json names them all";
    assert_eq!(output.stdout.matches(said).count(), 2, "{output}");
}
