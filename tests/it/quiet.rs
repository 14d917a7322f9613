//! `-q`: silent when all is well, and never silent about what makes the exit code another than 0, unless that is a file
//! that was named on an earlier night.

use std::fs;

use gphotos_sim::{Fault, FaultKind, Item, Kind, VideoStatus, World};
use serde_json::Value;

use crate::support::TestEnv;

const DAY: &str = "2024-03-09T12:00:00Z";
const ALARM: &str =
    "error: Google listed nothing, but this archive holds 2 items of what it listed before";

fn two() -> World {
    World::new().photo("a.jpg", DAY).photo("b.jpg", DAY)
}

#[test]
fn a_listing_without_what_is_here_is_said_each_night() {
    let env = TestEnv::signed_in(two());
    env.sync(&["-q"]).assert_exit(0);
    env.google.world(|world| world.library.visible = false);
    for _ in 0..2 {
        let output = env.sync(&["-q"]).assert_exit(3).assert_says(ALARM);
        let output = output.assert_says("hint: Is it the same Google account");
        assert_eq!(output.stderr.lines().count(), 2, "{output}");
    }
    let output = env.sync(&["-q", "--log-format", "json"]).assert_exit(3);
    let line: Value = serde_json::from_str(output.stderr.trim()).expect("one object");
    let text = line["text"].as_str().expect("a text");
    assert!(text.starts_with(ALARM), "{text}");
    // Whoever reads the summary has it there, and once.
    let output = env.sync(&[]).assert_exit(3);
    assert_eq!(output.stderr.matches("Google listed nothing").count(), 1);
}

#[test]
fn a_file_that_failed_before_is_not_said_again() {
    let down = Fault::new(FaultKind::status(500)).item("b.jpg").always();
    let env = TestEnv::signed_in(two().fail(down));
    env.sync(&["-q"])
        .assert_exit(3)
        .assert_says("failed 2024/03/b.jpg");
    assert_eq!(env.sync(&["-q"]).assert_exit(3).stderr, "");
    let log = ["-q", "--log-format", "json"];
    assert_eq!(env.sync(&log).assert_exit(3).stderr, "");
}

#[test]
fn a_log_in_json_has_nothing_but_errors_too() {
    let processing = Item {
        kind: Kind::Video(VideoStatus::Processing),
        ..Item::video(1, "processing.mp4", DAY)
    };
    let down = Fault::new(FaultKind::status(500)).item("b.jpg").always();
    let env = TestEnv::signed_in(two().photo("c.jpg", DAY).item(processing).fail(down));
    let log = ["-q", "--log-format", "json"];
    let output = env.sync(&log).assert_exit(3);
    let line: Value = serde_json::from_str(output.stderr.trim()).expect("one object");
    assert_eq!(line["event"], "failed", "{output}");
    let output = env.run(&[&log[..], &["verify"]].concat()).assert_exit(0);
    assert_eq!(output.stderr, "");
    let path = env.path("downloads/2024/03/a.jpg");
    fs::remove_file(path).expect("removed");
    let output = env.run(&[&log[..], &["verify"]].concat()).assert_exit(3);
    let line: Value = serde_json::from_str(output.stderr.trim()).expect("one object");
    assert_eq!(line["verdict"], "missing", "{output}");
    // What was found is repaired by now.
    env.google.world(|world| world.faults.clear());
    let output = env.run(&[&log[..], &["verify", "--repair"]].concat());
    let said: Vec<Value> = output
        .assert_exit(0)
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object"))
        .collect();
    assert_eq!(said.len(), 2, "{said:#?}");
    assert_eq!(said[1]["text"], "repaired 2024/03/a.jpg");
}

#[test]
fn an_import_that_could_not_bring_everything_says_what() {
    let env = TestEnv::new(World::new());
    let part = env.path("takeout-20261101T000000Z-3-001.zip");
    fs::write(&part, b"").expect("written");
    let part = part.to_str().expect("text");
    for more in [&["-n"][..], &[], &["--log-format", "json"]] {
        let output = env.run(&[&["-q", "import", part][..], more].concat());
        let output = output
            .assert_exit(3)
            .assert_says("damaged takeout-20261101T000000Z-3-001.zip is incomplete: it is empty");
        assert!(!output.stderr.contains("Imported"), "{output}");
        assert!(!output.stderr.contains("indexing"), "{output}");
    }
}

#[test]
fn a_check_says_what_is_no_file() {
    let env = TestEnv::signed_in(two());
    env.sync(&["-q"]).assert_exit(0);
    let settings = env.path("media_items_list/archive.json");
    fs::write(settings, "{").expect("written");
    let output = env.run(&["-q", "verify"]).assert_exit(3);
    let output = output.assert_says("settings: $ROOT/media_items_list/archive.json: is damaged");
    assert_eq!(output.stderr.lines().count(), 1, "{output}");
}
