//! `status`: what it tells, and that it asks nobody and changes nothing.

mod mended;
mod told;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::SystemTime;

use gphotos_sim::{Fault, FaultKind, Framing, World, zoo};
use serde_json::{Value, json};

use crate::support::{TestEnv, until};

const DAY: &str = "2024-03-09T12:00:00Z";

#[track_caller]
fn status(env: &TestEnv) -> Value {
    env.run(&["status", "--json"]).assert_exit(0).json()
}

#[test]
fn without_an_archive_it_says_so() {
    let env = TestEnv::new(World::new());
    let output = env.run(&["status"]).assert_exit(0);
    assert!(
        output.stdout.contains("There is no archive yet"),
        "{output}"
    );
    assert!(output.stdout.contains("not signed in"), "{output}");
    for way in [
        "`gphotos-dl import ",
        "`gphotos-dl pick`",
        "`gphotos-dl sync --since ",
    ] {
        assert!(output.stdout.contains(way), "{output}");
    }
    assert_eq!(output.stderr, "");
    let told = status(&env);
    assert_eq!(
        (&told["archive"], &told["has_index"]),
        (&Value::Null, &json!(false))
    );
    assert_eq!(told["tokens"][0]["state"], "absent");
    assert!(!env.path("downloads").exists(), "nothing is made");
}

#[test]
fn a_file_in_the_place_of_the_archives_folder_is_an_error() {
    let env = TestEnv::new(World::new());
    fs::write(env.path("downloads"), "mine").expect("written");
    for command in ["status", "verify"] {
        let output = env
            .run(&[command])
            .assert_exit(7)
            .assert_says("$ROOT/downloads is a file, and a folder of ours belongs there")
            .assert_says("hint: move it away");
        assert!(!output.stderr.contains("damaged"), "{output}");
    }
    assert_eq!(fs::read(env.path("downloads")).expect("read"), b"mine");
}

#[test]
fn it_tells_what_is_held_by_year_and_kind() {
    let day = "2024-03-09".parse().expect("a day");
    let world = World::new()
        .photo("a.jpg", "2022-12-31T23:30:00Z")
        .photo("b.jpg", "2023-01-01T00:30:00Z")
        .video("c.mp4", "2023-06-01T00:00:00Z")
        .with_items(zoo::motion_photo(day))
        .with_items(zoo::equal_bytes(day));
    let env = TestEnv::signed_in(world);
    let ended = env
        .sync(&["--json", "--time-zone", "Pacific/Auckland"])
        .assert_exit(0);
    let told = status(&env);
    let archive = env.archive();
    let bytes: usize = archive.files.values().map(Vec::len).sum();
    let items = archive.rows.iter().filter(|row| row["role"] == "original");
    assert_eq!(
        told["total"],
        json!({ "items": items.count(), "files": archive.files.len(), "bytes": bytes, "shared": 1 })
    );
    let held = |year: i64, kind: &str| {
        let groups = told["held"].as_array().expect("a list");
        let group = groups.iter().find(|group| {
            group["year"] == year && group["kind"] == kind && group["source"] == "library"
        });
        group.map_or(0, |group| group["items"].as_u64().expect("a number"))
    };
    assert_eq!(held(2022, "photo"), 0, "in Auckland it was 2023 by then");
    assert_eq!((held(2023, "photo"), held(2023, "video")), (2, 1));
    assert_eq!(told["archive"]["time_zone"], "Pacific/Auckland");
    assert_eq!(told["archive"]["layout"], "{year}/{month}/{filename}");
    let settings = fs::read(env.path("media_items_list/archive.json")).expect("read");
    let settings: Value = serde_json::from_slice(&settings).expect("JSON");
    assert_eq!(told["archive"]["id"], settings["archive_id"]);
    assert_eq!(told["runs"][0]["command"], "sync");
    assert_eq!(told["runs"][0]["manifest"], archive.newest_list());
    assert!(told["runs"][0]["finished"].is_string());
    let used = &ended.json()["quota_used_today"];
    assert_eq!(told["quota_used_today"]["bytes"], used["bytes"]);
    assert_eq!(told["quota_used_today"]["api"], used["api"]);
    assert!(told["free_bytes"].as_u64().expect("a number") > 0);
}

#[test]
fn parts_that_came_one_by_one_are_counted_by_what_is_on_disk() {
    use gphotos_sim::takeout::{Format, Packer, ZipStyle};
    let env = TestEnv::new(World::new());
    let exports = tempfile::tempdir().expect("a folder");
    let part = |number: u8, files: &[(&str, &[u8])]| {
        let name = format!("takeout-20261101T000000Z-{number:03}.zip");
        let path = exports.path().join(name);
        let format = Format::Zip(ZipStyle::default());
        let mut packer = Packer::create(&path, format).expect("made");
        for (name, bytes) in files {
            let path = format!("Takeout/Google Photos/Photos from 2024/{name}");
            let when = DAY.parse().expect("a date");
            packer.add(&path, when, bytes).expect("added");
        }
        packer.finish().expect("finished");
        let path = path.to_str().expect("text");
        env.run(&["import", "--time-zone", "UTC", path])
            .assert_exit(0);
    };
    let sidecar = br#"{"title": "a.jpg", "photoTakenTime": {"timestamp": "1709985600"},
        "url": "https://photos.google.com/photo/AF1QipSame"}"#;
    part(1, &[("a.jpg", &[1; 4000])]);
    part(2, &[("a.jpg.json", sidecar), ("a-edited.jpg", &[2; 3000])]);
    assert_eq!(
        env.archive().paths(),
        [
            "2024/01/a.jpg",
            "2024/01/a.jpg.xmp",
            "2024/03/a-edited.jpg",
            "2024/03/a-edited.jpg.xmp"
        ]
    );
    assert_eq!(
        status(&env)["total"],
        json!({ "items": 1, "files": 2, "bytes": 7000, "shared": 0 })
    );
}

#[test]
fn failures_are_told_with_cause_and_since_when() {
    let down = Fault::new(FaultKind::status(500)).item("b.jpg").always();
    let world = World::new()
        .photo("a.jpg", DAY)
        .photo("b.jpg", DAY)
        .fail(down);
    let mut env = TestEnv::signed_in(world);
    env.sync(&[]).assert_exit(3);
    env.in_hours(30).sync(&[]).assert_exit(3);
    let told = status(&env);
    assert_eq!(told["failed"]["count"], 1);
    let failed = &told["failed"]["first"][0];
    assert_eq!(
        (&failed["attempts"], &failed["id"]),
        (&json!(2), &json!(env.archive().row("b.jpg")["id"]))
    );
    assert!(
        failed["why"].as_str().expect("a cause").contains("500"),
        "{failed}"
    );
    let moment = |name: &str| failed[name].as_str().expect("a moment").to_owned();
    assert!(moment("since") < moment("last_tried"), "{failed}");
    let output = env.run(&["status"]).assert_exit(0);
    assert!(output.stdout.contains("failed: 1 file\n"), "{output}");
    assert!(output.stdout.contains("in 2 runs"), "{output}");
}

#[test]
fn more_failures_than_a_screen_holds_are_counted() {
    let down = Fault::new(FaultKind::status(404)).path("/lr/").always();
    let mut world = World::new();
    for number in 0..25 {
        world = world.photo(&format!("{number:02}.jpg"), DAY);
    }
    let env = TestEnv::signed_in(world.fail(down));
    env.sync(&[]).assert_exit(3);
    let told = status(&env);
    assert_eq!(told["failed"]["count"], 25);
    assert_eq!(told["failed"]["first"].as_array().map(Vec::len), Some(20));
    let output = env.run(&["status"]).assert_exit(0);
    assert!(output.stdout.contains("and 5 more"), "{output}");
}

#[test]
fn files_in_doubt_are_told() {
    let half = FaultKind::Truncate {
        bytes: 800,
        framing: Framing::Length,
    };
    let world = World::new().photo("cut.jpg", DAY);
    let env = TestEnv::signed_in(world.fail(Fault::new(half).path("/lr/").always()));
    env.sync(&[]).assert_exit(0);
    let told = status(&env);
    assert_eq!(told["doubtful"]["count"], 1);
    assert_eq!(told["doubtful"]["first"][0]["name"], "2024/03/cut.jpg");
}

#[test]
fn a_sign_in_that_may_soon_die_is_warned_of() {
    let mut env = TestEnv::signed_in(World::new());
    let told = status(&env);
    assert_eq!(told["tokens"][0]["state"], "signedin");
    assert_eq!(told["tokens"][0]["age_days"], 0);
    assert_eq!(told["tokens"][0]["warnings"], json!([]));
    env.in_hours(24 * 6);
    let told = status(&env);
    assert_eq!(told["tokens"][0]["age_days"], 6);
    let warning = told["tokens"][0]["warnings"][0]
        .as_str()
        .expect("a warning");
    assert!(warning.contains("\"Testing\", it dies on"), "{warning}");
    env.in_hours(24 * 8);
    let output = env.run(&["status"]).assert_exit(0);
    assert!(
        output.stdout.contains("\"Testing\", it died on"),
        "{output}"
    );
    // Google has taken it after its seventh day, so it is not of that kind.
    env.sync(&[]).assert_exit(0);
    assert_eq!(status(&env)["tokens"][0]["warnings"], json!([]));
}

#[test]
fn a_sign_in_that_cannot_be_used_is_told() {
    let env = TestEnv::signed_in(World::new());
    let file = env.path("credentials/token_library.json");
    let warning = |env: &TestEnv| {
        status(env)["tokens"][0]["warnings"][0]
            .as_str()
            .expect("a warning")
            .to_owned()
    };
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("set");
    assert!(warning(&env).contains("others than its owner can read it"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("set");
    let text = fs::read_to_string(&file).expect("read");
    let id = "\"client_id\": \"";
    fs::write(&file, text.replace(id, &format!("{id}x"))).expect("written");
    assert!(warning(&env).contains("belongs to another OAuth client"));
    fs::write(&file, "{").expect("written");
    assert!(warning(&env).contains("is damaged"));
    assert_eq!(status(&env)["tokens"][0]["state"], "damaged");
    let output = env.run(&["status"]).assert_exit(0);
    assert!(!output.stdout.contains("refresh"), "{output}");
}

#[test]
fn it_needs_neither_network_nor_credentials() {
    let mut env = TestEnv::signed_in(World::new().photo("a.jpg", DAY));
    env.sync(&[]).assert_exit(0);
    env.google.reset_stats();
    fs::remove_dir_all(env.path("credentials")).expect("removed");
    env.set("GPHOTOS_DL_LIBRARY_ENDPOINT", "http://127.0.0.1:9");
    assert_eq!(status(&env)["total"]["items"], 1);
    assert_eq!(env.google.stats().total(), 0);
}

#[test]
fn it_works_during_a_run() {
    let never = Fault::new(FaultKind::StallBeforeHeaders { seconds: None });
    let world = World::new()
        .photo("a.jpg", DAY)
        .photo("never.jpg", DAY)
        .fail(never.item("never.jpg").always());
    let env = TestEnv::signed_in(world);
    let mut run = env.spawn(&["sync", "--since", "2024-03-01", "--window", "year"]);
    until("a file is committed", || {
        env.path("downloads/.gphotos-dl/index/index.db-wal")
            .exists()
            && env.path("downloads/2024").exists()
            && status(&env)["total"]["items"] == 1
    });
    let told = status(&env);
    assert_eq!(told["runs"][0]["finished"], Value::Null);
    assert_eq!(told["owed"]["wanted"], 1);
    let output = env.run(&["status"]).assert_exit(0);
    assert!(
        output.stdout.contains("did not end, or is at work"),
        "{output}"
    );
    run.kill().expect("killed");
    let _ = env.finish(run);
}

/// Every file below, with its size and time.
fn listing(folder: &Path) -> BTreeMap<String, (u64, SystemTime)> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let metadata = path.symlink_metadata().expect("there");
        if metadata.is_dir() {
            all.extend(listing(&path));
        }
        let time = metadata.modified().expect("a time");
        all.insert(path.display().to_string(), (metadata.len(), time));
    }
    all
}

#[test]
fn it_changes_nothing_and_works_where_nothing_can_be_changed() {
    let env = TestEnv::signed_in(World::new().photo("a.jpg", DAY));
    env.sync(&[]).assert_exit(0);
    let before = listing(env.root());
    let told = status(&env);
    assert_eq!(listing(env.root()), before);
    for (path, _) in before {
        if Path::new(&path).is_dir() {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o555)).expect("set");
        }
    }
    let Some(output) = env.run_unprivileged(&["status", "--json"]) else {
        return;
    };
    assert_eq!(output.assert_exit(0).json()["total"], told["total"]);
}

#[test]
fn a_lost_index_is_said_and_a_damaged_one_is_an_error() {
    let env = TestEnv::signed_in(World::new().photo("a.jpg", DAY));
    env.sync(&[]).assert_exit(0);
    let index = env.path("downloads/.gphotos-dl/index/index.db");
    fs::write(&index, b"this is no database".repeat(100)).expect("written");
    env.run(&["status"]).assert_exit(7);
    fs::remove_dir_all(env.path("downloads/.gphotos-dl")).expect("removed");
    let output = env.run(&["status"]).assert_exit(0);
    assert!(output.stdout.contains("There is no index"), "{output}");
}

#[test]
fn the_last_check_is_told() {
    let env = TestEnv::signed_in(World::new().photo("a.jpg", DAY));
    env.sync(&[]).assert_exit(0);
    let output = env.run(&["status"]).assert_exit(0);
    assert!(
        output
            .stdout
            .contains("`gphotos-dl verify` reads every file"),
        "{output}"
    );
    env.run(&["verify"]).assert_exit(0);
    fs::remove_file(env.path("downloads/2024/03/a.jpg")).expect("removed");
    for _ in 0..2 {
        let _ = env.run(&["verify", "--sample", "1/2"]);
    }
    let told = status(&env);
    assert_eq!(told["last_check"]["slice"], "2/2");
    assert_eq!(
        told["last_check"]["problems"], 1,
        "file 1 leaves 1 when divided by 2"
    );
    assert_eq!(told["last_full_check"]["problems"], 0);
}
