//! `--json`: what a script that reads one object can rely on, however a command ends.

use gphotos_sim::{Fault, FaultKind, Item, Kind, VideoStatus, World};
use serde_json::{Value, json};

use crate::support::TestEnv;

const DAY: &str = "2024-03-09T12:00:00Z";

fn two() -> World {
    World::new().photo("a.jpg", DAY).photo("b.jpg", DAY)
}

/// Fails unless the object says why the exit code is this one.
#[track_caller]
fn assert_ended(object: &Value, command: &str, exit: i32, error: &str) {
    assert_eq!(
        (&object["command"], &object["exit"]),
        (&json!(command), &json!(exit)),
        "{object:#}"
    );
    let told = object["error"].as_str().unwrap_or_default();
    assert!(told.contains(error), "{object:#}");
}

#[test]
fn a_run_that_ends_early_says_why_and_what_next_and_claims_no_empty_listing() {
    let refused = Fault::new(FaultKind::DailyQuota).path("/v1/mediaItems");
    let env = TestEnv::signed_in(two().fail(refused.always()));
    let told = env.sync(&["--json"]).assert_exit(5).json();
    let why = "Google says that today's allowance of API calls is used up";
    assert_ended(&told, "sync", 5, why);
    assert_eq!(told["ended_early"], true);
    assert_eq!(told["empty_listing"], false, "it was not listed to its end");
    assert!(told["quota_used_today"]["refused_at"].is_string());
    let hint = told["hint"].as_str().expect("a hint");
    assert!(hint.contains("midnight Pacific time"), "{hint}");
    let env = TestEnv::signed_in(two());
    env.google.revoke_all();
    let told = env.run(&["pick", "--json"]).assert_exit(4).json();
    assert_ended(&told, "pick", 4, "not signed in");
    let env = TestEnv::signed_in(two());
    env.sync(&[]).assert_exit(0);
    env.google.revoke_all();
    let told = env.sync(&["--json"]).assert_exit(4).json();
    assert_ended(&told, "sync", 4, "the sign-in is no longer valid: ");
    assert_eq!(told["empty_listing"], false);
    assert!(
        told["hint"]
            .as_str()
            .is_some_and(|hint| hint.contains("login`"))
    );
}

#[test]
fn a_run_that_came_to_its_end_says_why_it_is_no_success() {
    let down = Fault::new(FaultKind::status(500)).item("b.jpg").always();
    let env = TestEnv::signed_in(two().fail(down));
    let told = env.sync(&["--json"]).assert_exit(3).json();
    assert_ended(&told, "sync", 3, "1 file failed");
    env.google.world(|world| world.faults.clear());
    let told = env.sync(&["--json"]).assert_exit(0).json();
    assert_eq!(
        (&told["error"], &told["ended_early"]),
        (&Value::Null, &json!(false))
    );
    env.google.world(|world| world.library.visible = false);
    let told = env.sync(&["--json"]).assert_exit(3).json();
    assert_ended(&told, "sync", 3, "this archive holds 2 items");
    assert_eq!(told["empty_listing"], true);
    assert!(
        told["hint"]
            .as_str()
            .is_some_and(|hint| hint.contains("same Google account"))
    );
}

#[test]
fn a_command_that_could_not_begin_names_itself_and_every_cause() {
    let env = TestEnv::signed_in(two());
    let told = env
        .run(&["import", "/nope.zip", "--json"])
        .assert_exit(1)
        .json();
    assert_ended(&told, "import", 1, "could not read /nope.zip: No such file");
    let told = env.run(&["verify", "--json"]).assert_exit(7).json();
    assert_ended(&told, "verify", 7, "no index");
}

#[test]
fn wrong_usage_is_one_object_too_whoever_finds_it() {
    let env = TestEnv::signed_in(two());
    for (args, command, error) in [
        (
            &["--json", "sync"][..],
            json!("sync"),
            "the following required arguments were not provided: --since <YYYY-MM-DD>",
        ),
        (
            &["sync", "--since", "yesterday", "--json"],
            json!("sync"),
            "invalid value 'yesterday' for '--since <YYYY-MM-DD>'",
        ),
        (
            &["sync", "--since", "2999-01-01", "--json"],
            json!("sync"),
            "--since 2999-01-01 lies in the future",
        ),
        (&["--json", "fetch"], Value::Null, "'fetch'"),
        (&["--json"], Value::Null, "requires a subcommand"),
    ] {
        let output = env.run(args).assert_exit(2);
        let told = output.json();
        assert_eq!((&told["command"], &told["exit"]), (&command, &json!(2)));
        let said = told["error"].as_str().unwrap_or_default();
        assert!(said.contains(error) && !said.contains('\n'), "{told:#}");
        assert!(told["hint"].is_string(), "{told:#}");
        assert!(!output.stderr.is_empty(), "{output}");
    }
    // Nobody asked for an object here.
    assert_eq!(env.run(&["sync"]).assert_exit(2).stdout, "");
    assert_eq!(env.run(&["--", "--json"]).assert_exit(2).stdout, "");
}

#[test]
fn reasons_have_names_and_times_are_times() {
    let processing = Item {
        kind: Kind::Video(VideoStatus::Processing),
        ..Item::video(1, "processing.mp4", DAY)
    };
    let down = Fault::new(FaultKind::status(500)).item("b.jpg").always();
    let env = TestEnv::signed_in(two().item(processing).fail(down));
    env.sync(&["--json"]).assert_exit(3);
    let told = env.sync(&["--json"]).assert_exit(3).json();
    let skipped = &told["totals"]["skipped_because"][0];
    assert_eq!(skipped["count"], 1);
    assert!(
        skipped["why"]
            .as_str()
            .is_some_and(|why| why.contains("processing"))
    );
    let since = told["totals"]["failures"][0]["since"].as_str();
    let is_time = |text: &str| chrono::DateTime::parse_from_rfc3339(text).is_ok();
    assert!(since.is_some_and(is_time), "{told:#}");
    let output = env.sync(&["--log-format", "json"]).assert_exit(3);
    let failed = output
        .stderr
        .lines()
        .find(|line| line.contains("\"failed\""));
    let failed: Value = serde_json::from_str(failed.expect("it failed")).expect("an object");
    assert!(failed["since"].as_str().is_some_and(is_time), "{failed}");
}
