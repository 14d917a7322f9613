//! `verify --repair`: what can be had again is put into its place, and nothing is lost on the way.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use gphotos_sim::{Content, Fault, FaultKind, Item, World};
use serde_json::Value;

use super::{DAY, found, rot, synced, three, verify, verify_with};
use crate::support::{Action, Shim, TestEnv, keys};

#[track_caller]
pub(super) fn repair(env: &TestEnv, exit: i32) -> Value {
    verify_with(env, exit, &["--repair"])
}

/// Everything below `damaged/`, by its path without the repair's own folder.
pub(crate) fn put_aside(env: &TestEnv) -> BTreeMap<String, Vec<u8>> {
    fn walk(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let entry = entry.expect("an entry");
            let name = entry.file_name().into_string().expect("UTF-8");
            if entry.path().is_dir() {
                walk(&entry.path(), &format!("{prefix}{name}/"), files);
            } else {
                let bytes = fs::read(entry.path()).expect("read");
                files.insert(format!("{prefix}{name}"), bytes);
            }
        }
    }
    let mut files = BTreeMap::new();
    let damaged = env.path("downloads/.gphotos-dl/damaged");
    for stamp in fs::read_dir(damaged).into_iter().flatten() {
        walk(&stamp.expect("an entry").path(), "", &mut files);
    }
    files
}

/// The archive is whole, and a run with nothing new agrees without fetching anything.
#[track_caller]
pub(super) fn assert_whole(env: &TestEnv) {
    assert_eq!(found(&verify(env, 0)), [""; 0]);
    env.google.reset_stats();
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.google.stats().all_byte_requests(), 0);
    env.archive().assert_true_to(&env.google);
}

#[test]
fn what_is_rotten_missing_or_moved_is_put_right_and_the_damaged_file_kept() {
    let env = synced(three().photo("d.jpg", DAY));
    let before = env.archive().files;
    let rotten = env.path("downloads/2024/03/a.jpg");
    rot(&rotten, 700);
    let damaged = fs::read(&rotten).expect("read");
    fs::remove_file(env.path("downloads/2024/03/b.jpg")).expect("removed");
    fs::rename(
        env.path("downloads/2024/03/c.jpg"),
        env.path("downloads/c.jpg"),
    )
    .expect("moved");
    let told = repair(&env, 0);
    assert_eq!(told["whole"], true);
    assert_eq!(told["repair"]["repaired"], 3);
    assert_eq!(told["repair"]["not_repaired"], 0);
    let mut expected = before;
    let moved = expected.remove("2024/03/c.jpg").expect("there");
    expected.insert("c.jpg".to_owned(), moved);
    let archive = env.archive();
    assert_eq!(archive.files, expected);
    assert_eq!(archive.temps, [""; 0]);
    assert_eq!(
        put_aside(&env),
        [("2024/03/a.jpg".to_owned(), damaged)].into()
    );
    assert_eq!(
        env.google.stats().all_byte_requests(),
        2,
        "what was moved is not fetched"
    );
    // Its list has what it changed, and nothing else.
    assert_eq!(archive.names(), ["a.jpg", "b.jpg", "c.jpg"]);
    assert_eq!(archive.row("a.jpg")["status"], "downloaded");
    assert_eq!(archive.row("c.jpg")["local_path"], "c.jpg");
    assert_whole(&env);
}

#[test]
fn an_edit_is_nobodys_to_repair() {
    let env = synced(three());
    let path = env.path("downloads/2024/03/a.jpg");
    let mut edited = fs::read(&path).expect("read");
    edited[700] ^= 1;
    fs::write(&path, &edited).expect("written");
    let told = repair(&env, 0);
    assert_eq!(found(&told), ["edited 2024/03/a.jpg"]);
    assert_eq!(fs::read(&path).expect("read"), edited);
    assert_eq!(env.google.stats().total(), 0);
}

#[test]
fn a_quiet_repair_says_what_it_has_repaired() {
    let env = synced(three());
    fs::remove_file(env.path("downloads/2024/03/b.jpg")).expect("removed");
    let output = env.run(&["verify", "--repair", "-q"]).assert_exit(0);
    let lines: Vec<_> = output.stderr.lines().collect();
    assert!(lines[0].starts_with("missing 2024/03/b.jpg"), "{output}");
    assert_eq!(lines[1..], ["repaired 2024/03/b.jpg"]);
}

#[test]
fn what_google_no_longer_has_stays_as_it_is_and_is_named() {
    let env = synced(three());
    let path = env.path("downloads/2024/03/b.jpg");
    rot(&path, 700);
    let damaged = fs::read(&path).expect("read");
    env.google.world(|world| {
        world
            .items
            .retain(|item| item.filename.as_deref() != Some("b.jpg"));
    });
    let told = repair(&env, 3);
    let why = told["files"][0]["repair"].as_str().expect("a reason");
    assert!(why.contains("Google no longer has it"), "{why}");
    assert_eq!(fs::read(&path).expect("read"), damaged);
    assert!(put_aside(&env).is_empty());
    env.run(&["verify", "--repair"])
        .assert_exit(3)
        .assert_says("not repaired: 2024/03/b.jpg: Google no longer has it");
    let told = verify(&env, 3);
    assert_eq!(found(&told), ["rot 2024/03/b.jpg"], "it stays known");
    let way_back = told["files"][0]["way_back"].as_str().expect("advice");
    assert!(way_back.contains("Google no longer has it"), "{way_back}");
    let output = env.run(&["status"]).assert_exit(0);
    assert!(
        output.stdout.contains("Google no longer has it"),
        "{output}"
    );
}

#[test]
fn what_cannot_be_fetched_today_stays_as_it_is() {
    let env = synced(three());
    let path = env.path("downloads/2024/03/b.jpg");
    rot(&path, 700);
    let damaged = fs::read(&path).expect("read");
    let down = Fault::new(FaultKind::status(500)).path("/lr/").always();
    env.google.world(|world| world.faults.push(down));
    let told = repair(&env, 3);
    let why = told["files"][0]["repair"].as_str().expect("a reason");
    assert!(why.contains("500"), "{why}");
    assert_eq!(fs::read(&path).expect("read"), damaged);
    env.google.world(|world| world.faults.clear());
    repair(&env, 0);
    assert_whole(&env);
}

#[test]
fn other_bytes_from_google_are_accepted_and_noted() {
    let env = synced(three());
    let before = env.archive().row("b.jpg")["sha256"].clone();
    rot(&env.path("downloads/2024/03/b.jpg"), 700);
    env.google.world(|world| {
        let item = world
            .items
            .iter_mut()
            .find(|item| item.filename.as_deref() == Some("b.jpg"));
        item.expect("the item").content = Content::Jpeg {
            seed: 99,
            size: 5_000,
        };
    });
    repair(&env, 0);
    let archive = env.archive();
    let row = archive.row("b.jpg");
    assert_eq!(row["local_path"], "2024/03/b.jpg");
    assert!(
        row["detail"].contains(&format!("other bytes than before ({before})")),
        "{row:#?}"
    );
    assert_whole(&env);
}

#[test]
fn a_clip_is_repaired_beside_its_still() {
    let still = Item {
        content: Content::MotionPhoto { seed: 1, size: 0 },
        ..Item::photo(1, "IMG_1.jpg", DAY)
    };
    let env = synced(World::new().item(still));
    let before = env.archive().files;
    rot(&env.path("downloads/2024/03/IMG_1.mp4"), 300);
    repair(&env, 0);
    assert_eq!(env.archive().files, before);
    assert_whole(&env);
}

#[test]
fn while_a_run_is_at_work_nothing_is_repaired() {
    let env = synced(three());
    let lock = fs::File::open(env.path("downloads")).expect("the folder");
    lock.try_lock().expect("nobody has it");
    env.run(&["verify", "--repair"]).assert_exit(6);
    env.run(&["verify"]).assert_exit(0);
}

#[test]
fn an_archive_that_is_gone_as_a_whole_is_not_fetched_again() {
    let env = synced(three());
    fs::remove_dir_all(env.path("downloads/2024")).expect("removed");
    env.run(&["verify", "--repair"])
        .assert_exit(7)
        .assert_says("is the disk mounted?");
    assert_eq!(env.google.stats().total(), 0);
    let empty = TestEnv::signed_in(World::new());
    empty.run(&["verify", "--repair"]).assert_exit(7);
    assert!(!empty.path("downloads").exists(), "nothing is made");
}

#[test]
fn a_repair_that_is_killed_leaves_nothing_false_and_the_next_run_ends_it() {
    let scene = || {
        let mut env = synced(three());
        // Lists that begin in one second get other names.
        env.in_hours(1);
        let path = env.path("downloads/2024/03/b.jpg");
        let whole = fs::read(&path).expect("read");
        rot(&path, 700);
        let damaged = fs::read(&path).expect("read");
        (env, whole, damaged)
    };
    let (env, ..) = scene();
    let record = env.path("record");
    let mut command = env.command(&["verify", "--repair"]);
    let clean = run(&env, &Shim::on(env.root()).record(&record), &mut command);
    assert_eq!(clean, 0);
    let moments: Vec<_> = keys(&record)
        .into_iter()
        .filter(|key| key.path.contains("damaged") || key.path.contains("/2024"))
        .collect();
    assert!(moments.len() >= 8, "{moments:#?}");
    for moment in moments {
        let (env, whole, damaged) = scene();
        let shim = Shim::on(env.root()).fault(&moment, Action::Kill);
        let mut command = env.command(&["verify", "--repair"]);
        let exit = run(&env, &shim, &mut command);
        assert_eq!(exit, 137, "{moment}");
        let there = fs::read(env.path("downloads/2024/03/b.jpg")).ok();
        let aside = put_aside(&env).remove("2024/03/b.jpg");
        match (&there, &aside) {
            (Some(only), None) | (None, Some(only)) => assert_eq!(only, &damaged, "{moment}"),
            (Some(new), Some(old)) => assert_eq!((new, old), (&whole, &damaged), "{moment}"),
            (None, None) => panic!("{moment}: both are gone"),
        }
        // A file that was put aside is one that is owed; a damaged one that is in its place is found again.
        env.sync(&[]).assert_exit(0);
        repair(&env, 0);
        assert_eq!(
            fs::read(env.path("downloads/2024/03/b.jpg")).ok(),
            Some(whole),
            "{moment}"
        );
        assert_whole(&env);
    }
}

fn run(env: &TestEnv, shim: &Shim, command: &mut Command) -> i32 {
    let run = shim.apply(command).spawn().expect("the program starts");
    env.finish(run).exit
}

#[test]
fn a_file_that_could_not_be_brought_back_stays_missing_until_it_is() {
    use std::os::unix::fs::PermissionsExt;
    let env = synced(three());
    fs::remove_file(env.path("downloads/2024/03/b.jpg")).expect("removed");
    let folder = env.path("downloads/2024/03");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).expect("set");
    let args = ["sync", "--since", "2024-01-01", "--window", "year"];
    let Some(output) = env.run_unprivileged(&args) else {
        return;
    };
    output.assert_exit(3);
    assert_eq!(found(&verify(&env, 3)), ["missing 2024/03/b.jpg"]);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("set");
    let told = repair(&env, 0);
    assert_eq!(found(&told), ["missing 2024/03/b.jpg"]);
    assert_whole(&env);
}
