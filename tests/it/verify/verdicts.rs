//! One kind of damage, one verdict.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::SystemTime;

use gphotos_sim::{Seeded, World};

use super::{checked, count, found, rot, synced, three, verify};

const NONE: [&str; 0] = [];

#[test]
fn an_archive_that_is_as_it_was_stored_is_whole() {
    let env = synced(three());
    let told = verify(&env, 0);
    assert_eq!(found(&told), NONE);
    assert_eq!(told["whole"], true);
    assert_eq!((count(&told, "files"), count(&told, "intact")), (3, 3));
    let bytes: usize = env.archive().files.values().map(Vec::len).sum();
    assert_eq!(told["bytes"], bytes);
    assert_eq!(env.google.stats().total(), 0, "it asks nobody");
    let shown = env.run(&["verify"]).assert_exit(0);
    assert_eq!(shown.stdout, "", "stdout is for data");
    shown
        .assert_says("Verified the archive: whole")
        .assert_says("3  files intact");
}

#[test]
fn one_bit_that_nobody_changed_is_rot() {
    let env = synced(three());
    rot(&env.path("downloads/2024/03/b.jpg"), 700);
    let told = verify(&env, 3);
    assert_eq!(found(&told), ["rot 2024/03/b.jpg"]);
    assert_eq!(told["whole"], false);
    env.run(&["-q", "verify"])
        .assert_exit(3)
        .assert_says("rot 2024/03/b.jpg");
}

#[test]
fn a_bit_in_each_of_a_thousand_files_is_a_thousand_findings() {
    let seeded = Seeded {
        seed: 31,
        items: 1_024,
        start: "2024-02-20".parse().expect("a date"),
        days: 20,
        photo_size: 0,
        video_share_percent: 0,
        motion_share_percent: 0,
    };
    let env = synced(World::new().with_items(seeded.items()));
    let archive = env.archive();
    let mut expected = Vec::new();
    for (number, path) in archive.paths().into_iter().take(1_000).enumerate() {
        rot(&env.path("downloads").join(path), number * 7_919);
        expected.push(format!("rot {path}"));
    }
    let told = verify(&env, 3);
    assert_eq!(found(&told), expected);
    assert_eq!((count(&told, "rot"), count(&told, "intact")), (1_000, 24));
}

#[test]
fn a_file_that_somebody_changed_is_an_edit_and_no_damage() {
    let env = synced(three());
    let (same_size, longer) = (
        env.path("downloads/2024/03/a.jpg"),
        env.path("downloads/2024/03/b.jpg"),
    );
    let mut bytes = fs::read(&same_size).expect("read");
    bytes[700] ^= 1;
    fs::write(&same_size, &bytes).expect("written");
    rot(&longer, 700);
    let modified = fs::metadata(&longer).expect("there").modified();
    let mut text = fs::read(&longer).expect("read");
    text.push(0);
    fs::write(&longer, text).expect("written");
    let file = File::options().write(true).open(&longer).expect("opened");
    file.set_modified(modified.expect("a time")).expect("set");
    let told = verify(&env, 0);
    assert_eq!(
        found(&told),
        ["edited 2024/03/a.jpg", "edited 2024/03/b.jpg"]
    );
    assert_eq!(fs::read(&same_size).expect("read"), bytes);
    env.run(&["verify"])
        .assert_exit(0)
        .assert_says("2  edited, and left as they are");
}

#[test]
fn a_file_that_was_cut_and_kept_its_time_is_rot_and_can_be_repaired() {
    let env = synced(three());
    let before = env.archive().files;
    for (name, length) in [("a.jpg", 0), ("b.jpg", 900)] {
        let path = env.path(&format!("downloads/2024/03/{name}"));
        let modified = fs::metadata(&path).expect("there").modified();
        let file = File::options().write(true).open(&path).expect("opened");
        file.set_len(length).expect("cut");
        file.set_modified(modified.expect("a time")).expect("set");
    }
    let told = verify(&env, 3);
    assert_eq!(found(&told), ["rot 2024/03/a.jpg", "rot 2024/03/b.jpg"]);
    env.run(&["verify", "--repair"]).assert_exit(0);
    assert_eq!(found(&verify(&env, 0)), NONE);
    assert_eq!(env.archive().files, before);
}

#[test]
fn a_file_that_was_only_touched_is_intact() {
    let env = synced(three());
    let file = File::options()
        .write(true)
        .open(env.path("downloads/2024/03/a.jpg"))
        .expect("opened");
    file.set_modified(SystemTime::now()).expect("set");
    assert_eq!(found(&verify(&env, 0)), NONE);
}

#[test]
fn a_file_that_is_gone_is_missing() {
    let env = synced(three());
    fs::remove_file(env.path("downloads/2024/03/b.jpg")).expect("removed");
    assert_eq!(found(&verify(&env, 3)), ["missing 2024/03/b.jpg"]);
}

#[test]
fn a_file_that_was_moved_is_named_with_both_its_names() {
    let env = synced(three());
    fs::create_dir(env.path("downloads/best of")).expect("made");
    fs::rename(
        env.path("downloads/2024/03/b.jpg"),
        env.path("downloads/best of/x.jpg"),
    )
    .expect("moved");
    // Of the same size, and not it.
    let size = fs::metadata(env.path("downloads/best of/x.jpg"))
        .expect("there")
        .len();
    let other = File::create(env.path("downloads/aaa.jpg")).expect("made");
    other.set_len(size).expect("written");
    let told = verify(&env, 3);
    assert_eq!(found(&told), ["misplaced 2024/03/b.jpg"]);
    assert_eq!(told["files"][0]["found_at"], "best of/x.jpg");
    assert_eq!(count(&told, "unknown"), 1, "not the one that was found");
}

#[test]
fn a_file_that_only_changed_the_case_of_its_name_is_found() {
    let env = synced(three());
    fs::rename(
        env.path("downloads/2024/03/b.jpg"),
        env.path("downloads/2024/03/B.JPG"),
    )
    .expect("moved");
    let told = verify(&env, 3);
    assert_eq!(told["files"][0]["found_at"], "2024/03/B.JPG");
}

#[test]
fn files_that_somebody_else_put_there_are_counted_and_are_no_damage() {
    let env = synced(three());
    fs::write(env.path("downloads/notes.txt"), "x").expect("written");
    fs::write(
        env.path("downloads/2024")
            .join(OsStr::from_bytes(b"\xff.jpg")),
        "x",
    )
    .expect("written");
    let told = verify(&env, 0);
    assert_eq!(count(&told, "unknown"), 2);
    assert_eq!(told["whole"], true);
}

#[test]
fn what_is_no_file_is_not_read_and_not_waited_for() {
    let env = synced(three());
    let folder = env.path("downloads/2024/03");
    fs::rename(folder.join("a.jpg"), env.path("elsewhere.jpg")).expect("moved");
    symlink(env.path("elsewhere.jpg"), folder.join("a.jpg")).expect("linked");
    fs::remove_file(folder.join("b.jpg")).expect("removed");
    let pipe = Command::new("mkfifo").arg(folder.join("b.jpg")).status();
    assert!(pipe.expect("mkfifo runs").success());
    fs::remove_file(folder.join("c.jpg")).expect("removed");
    fs::create_dir(folder.join("c.jpg")).expect("made");
    let told = checked(&env).assert_exit(3).json();
    assert_eq!(
        found(&told),
        [
            "missing 2024/03/a.jpg",
            "missing 2024/03/b.jpg",
            "missing 2024/03/c.jpg"
        ]
    );
}

#[test]
fn a_folder_that_a_link_has_replaced_is_not_entered() {
    let env = synced(three());
    fs::rename(env.path("downloads/2024"), env.path("away")).expect("moved");
    symlink(env.path("away"), env.path("downloads/2024")).expect("linked");
    let told = verify(&env, 3);
    assert_eq!((count(&told, "missing"), count(&told, "unknown")), (3, 0));
}

#[test]
fn a_file_that_may_not_be_read_is_unreadable() {
    let env = synced(three());
    let none = std::os::unix::fs::PermissionsExt::from_mode(0o0);
    fs::set_permissions(env.path("downloads/2024/03/b.jpg"), none).expect("set");
    let Some(output) = env.run_unprivileged(&["verify", "--json"]) else {
        return;
    };
    let told = output.assert_exit(3).json();
    assert_eq!(found(&told), ["unreadable 2024/03/b.jpg"]);
}

#[test]
fn somebody_elses_folder_that_is_closed_is_named_and_no_damage() {
    let env = synced(three());
    let folder = env.path("downloads/lost+found");
    fs::create_dir(&folder).expect("made");
    let mode = |mode| std::os::unix::fs::PermissionsExt::from_mode(mode);
    fs::set_permissions(&folder, mode(0o0)).expect("set");
    let Some(output) = env.run_unprivileged(&["verify", "--json"]) else {
        return;
    };
    let told = output.assert_exit(0).json();
    assert_eq!(told["whole"], true);
    let closed = told["closed"].to_string();
    assert!(closed.contains("lost+found: Permission denied"), "{closed}");
    let output = env.run_unprivileged(&["verify"]).expect("as before");
    output
        .assert_exit(0)
        .assert_says("could not look into: lost+found: Permission denied");
    // One that has files of the index is another matter, even for a part of them that has none of its own.
    let month = env.path("downloads/2024/03");
    fs::set_permissions(&month, mode(0o0)).expect("set");
    let output = env.run_unprivileged(&["verify", "--sample", "1/366", "--json"]);
    fs::set_permissions(&month, mode(0o755)).expect("set");
    let told = output.expect("as before").assert_exit(3).json();
    assert_eq!(count(&told, "files"), 0);
    assert!(told["unwalked"].to_string().contains("2024/03"), "{told:#}");
}
