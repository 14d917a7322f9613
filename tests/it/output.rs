//! What is said, to whom and in which form: data on stdout, the rest on stderr, and nothing that a terminal would obey.

use gphotos_sim::{Fault, FaultKind, Item, Kind, VideoStatus, World, zoo};
use serde_json::Value;

use crate::support::{CommandOutput, TestEnv};

const DAY: &str = "2024-03-09T12:00:00Z";

/// Something of everything: new, failed, skipped, linked, a clip, and a listing with a gap.
fn mixed() -> World {
    let day = "2024-03-09".parse().expect("a day");
    let processing = Item {
        kind: Kind::Video(VideoStatus::Processing),
        ..Item::video(1, "processing.mp4", DAY)
    };
    World::new()
        .photo("a.jpg", DAY)
        .photo("b.jpg", DAY)
        .photo("broken.jpg", DAY)
        .item(processing)
        .with_items(zoo::equal_bytes(day))
        .with_items(zoo::motion_photo(day))
        .fail(
            Fault::new(FaultKind::status(500))
                .item("broken.jpg")
                .always(),
        )
}

/// The summary without what differs from run to run.
fn summary(output: &CommandOutput) -> String {
    let mut text = String::new();
    for line in output.stderr.lines() {
        let line = if line.contains(" API call") {
            "  [seconds, calls]"
        } else if line.trim_start().starts_with("manifest: ") {
            "  manifest: [path]"
        } else {
            line
        };
        text.push_str(line);
        text.push('\n');
    }
    text.replace(&chrono::Utc::now().date_naive().to_string(), "[today]")
}

#[test]
fn the_summary_of_a_first_run() {
    let env = TestEnv::signed_in(World::new().photo("a.jpg", DAY).video("b.mp4", DAY));
    let output = env.sync_days("2024-03-01", "2024-03-31", &[]);
    let output = output.assert_exit(0);
    assert_eq!(output.stdout, "");
    insta::assert_snapshot!(summary(&output), @r"
    Synced 2024-03-01 to 2024-03-31
            2  items listed
            2  files downloaded (5.43 KiB)
      [seconds, calls]
      manifest: [path]
    ");
}

#[test]
fn the_summary_of_a_run_with_gaps_and_of_the_one_after_it() {
    let env = TestEnv::signed_in(mixed());
    let first = env.sync_days("2024-03-09", "2024-03-09", &["--jobs", "1"]);
    insta::assert_snapshot!(summary(&first.assert_exit(3)), @r"
    failed 2024/03/broken.jpg: the server answered 500 INTERNAL: Internal error encountered.
    Synced 2024-03-09 to 2024-03-09, with gaps
            8  items listed
            7  files downloaded (17.51 KiB)
            1  stored once together with another item of equal bytes
            1  skipped: Google is still processing this video; a later run will fetch it
            1  failed
               2024/03/broken.jpg: the server answered 500 INTERNAL: Internal error encountered.
      [seconds, calls]
      manifest: [path]
    ");
    let second = env.sync_days("2024-03-09", "2024-03-09", &[]);
    insta::assert_snapshot!(summary(&second.assert_exit(3)), @r"
    failed 2024/03/broken.jpg: the server answered 500 INTERNAL: Internal error encountered. (known)
    Synced 2024-03-09 to 2024-03-09, with gaps
            8  items listed
            6  items already here
            1  skipped: Google is still processing this video; a later run will fetch it
            1  failed again, as in an earlier run
               2024/03/broken.jpg: the server answered 500 INTERNAL: Internal error encountered. (since [today])
      [seconds, calls]
      manifest: [path]
    ");
}

#[test]
fn the_summary_of_a_run_with_nothing_new() {
    let env = TestEnv::signed_in(World::new().photo("a.jpg", DAY).video("b.mp4", DAY));
    env.sync_days("2024-03-01", "2024-03-31", &[])
        .assert_exit(0);
    let output = env.sync_days("2024-03-01", "2024-03-31", &[]);
    insta::assert_snapshot!(summary(&output.assert_exit(0)), @r"
    Synced 2024-03-01 to 2024-03-31
            2  items listed
            2  items already here
      [seconds, calls]
      manifest: [path]
    ");
}

#[test]
fn json_is_one_object_on_stdout_and_nothing_else() {
    let env = TestEnv::signed_in(mixed());
    let output = env.sync(&["--json"]).assert_exit(3);
    assert_eq!(output.stdout.lines().count(), 1);
    let object = output.json();
    let totals = &object["totals"];
    for (name, count) in [
        ("listed", 8),
        ("downloaded", 7),
        ("linked", 1),
        ("skipped", 1),
        ("failed_new", 1),
        ("failed_known", 0),
        ("already_here", 0),
        ("gone", 0),
    ] {
        assert_eq!(totals[name], count, "{name}: {totals:#}");
    }
    assert_eq!(object["exit"], 3);
    assert_eq!(object["command"], "sync");
    assert_eq!(object["since"], "2000-01-01");
    let manifest = object["manifest"].as_str().expect("a path");
    assert!(manifest.starts_with("$ROOT/media_items_list/item-list-"));
    assert_eq!(object["ended_early"], false);
    assert_eq!(object["error"], "1 file failed");
}

#[test]
fn quiet_is_silent_when_all_is_well_and_tells_what_is_not() {
    let env = TestEnv::signed_in(mixed().with(|world| world.faults.clear()));
    let output = env.sync(&["-q"]).assert_exit(0);
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", ""));
    let env = TestEnv::signed_in(mixed());
    let output = env.sync(&["--quiet"]).assert_exit(3);
    assert_eq!(output.stderr.lines().count(), 1, "{output}");
    output.assert_says("failed 2024/03/broken.jpg: the server answered 500");
}

#[test]
fn with_a_log_in_json_every_line_parses() {
    for args in [
        &[][..],
        &["-v"],
        &["-vv"],
        &["--dry-run"],
        &["--min-free", "999T"],
    ] {
        let env = TestEnv::signed_in(mixed().with_items(zoo::control_characters(
            "2024-03-09".parse().expect("a day"),
        )));
        let mut all = vec!["--log-format", "json"];
        all.extend(args);
        let output = env.sync(&all);
        assert!(!output.stderr.is_empty());
        for line in output.stderr.lines() {
            let object: Value = serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("{args:?}: {error}: {line:?}"));
            assert!(object.is_object(), "{args:?}: {line}");
        }
    }
    let env = TestEnv::signed_in(mixed());
    let output = env.sync(&["--log-format", "json"]);
    let events = |name: &str| {
        let event = |line: &&str| {
            let object: Value = serde_json::from_str(line).expect("an object");
            object["event"] == name
        };
        output.stderr.lines().filter(event).count()
    };
    assert_eq!(
        (events("saved"), events("failed"), events("skipped")),
        (8, 1, 1)
    );
}

#[test]
fn without_a_terminal_there_is_no_escape_sequence() {
    for args in [&[][..], &["-v"], &["-vv"], &["--json"], &["--dry-run"]] {
        let day = "2024-03-09".parse().expect("a day");
        let names = zoo::control_characters(day);
        let env = TestEnv::signed_in(mixed().with_items(names));
        let output = env.sync(args);
        for text in [&output.stdout, &output.stderr] {
            let odd = |c: char| c.is_control() && c != '\n' && c != '\t';
            assert!(!text.contains(odd), "{args:?}: {text:?}");
        }
    }
}

#[test]
fn a_name_that_would_command_a_terminal_is_shown_and_not_obeyed() {
    let names = [
        "\u{1b}[2Jred.jpg",
        "photo\u{202e}gpj.exe",
        "two\nlines.jpg",
        "\u{9b}31m.jpg",
    ];
    let mut world = World::new();
    for name in names {
        world = world.photo(name, DAY);
    }
    let message = FaultKind::Body {
        status: 500,
        content_type: "application/json".to_owned(),
        text: "{\"error\":{\"code\":500,\"status\":\"\\u001b]0;title\\u0007\",\"message\":\"\\u001b[31mred\\nnext\"}}"
            .to_owned(),
    };
    let env = TestEnv::signed_in(world.fail(Fault::new(message).path("/lr/").always()));
    // Retries are told by the names as Google has them.
    let output = env.sync(&["-v"]).assert_exit(3);
    let odd = |c: char| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
    };
    assert!(!output.stderr.contains(odd), "{:?}", output.stderr);
    assert!(output.stderr.contains("\\u{1b}[2Jred.jpg"), "{output}");
    assert!(
        output.stderr.contains("\\u{1b}[31mred\\u{a}next"),
        "{output}"
    );
    assert!(!output.stderr.contains("\nnext"), "{output}");
}

#[test]
fn the_failures_of_a_large_run_do_not_flood_the_summary() {
    let day = "2024-03-09".parse().expect("a day");
    let down = Fault::new(FaultKind::status(404)).path("/lr/").always();
    let env = TestEnv::signed_in(
        World::new()
            .with_items(zoo::crowded_day(day, 50))
            .fail(down),
    );
    let output = env.sync(&["--jobs", "16"]).assert_exit(3);
    let output = output.assert_says("and 30 more; the manifest lists them all");
    let summary = output.stderr.split("Synced").nth(1).expect("a summary");
    assert!(summary.lines().count() < 30, "{summary}");
    assert_eq!(env.archive().statuses().get("failed"), Some(&50));
}

#[test]
fn that_nobody_reads_what_is_said_changes_nothing_of_what_is_done() {
    let full = || {
        std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .expect("open")
    };
    for args in [&["--json"][..], &["-v"], &["--log-format", "json"]] {
        let env = TestEnv::signed_in(mixed());
        let mut all = vec!["sync", "--since", "2024-03-01", "--window", "year"];
        all.extend(args);
        let status = env.command(&all).stdout(full()).stderr(full()).status();
        assert_eq!(status.expect("it runs").code(), Some(3), "{args:?}");
        assert_eq!(env.archive().statuses().get("downloaded"), Some(&7));
        assert_eq!(env.archive().temps, [""; 0]);
    }
}

#[test]
fn colours_are_there_for_whoever_asks_for_them() {
    let env = TestEnv::signed_in(mixed());
    let output = env.sync(&["--color", "always"]);
    assert!(output.stderr.contains("\u{1b}["), "{output}");
    let output = env.sync(&["--color", "never"]);
    assert!(!output.stderr.contains('\u{1b}'), "{output}");
}
