//! The disk: full, read-only, booby-trapped, or without its index.

mod closed;
mod mounts;
mod network_disk;
mod racer;
mod small;
mod unreadable;

use std::fs;
use std::os::unix::fs::symlink;

use gphotos_sim::{Content, Etag, Item, Route, World, zoo};

use crate::support::TestEnv;

const DAY: &str = "2024-03-09T12:00:00Z";

fn three() -> World {
    World::new()
        .photo("a.jpg", DAY)
        .photo("b.jpg", DAY)
        .photo("c.jpg", "2024-04-09T12:00:00Z")
}

#[test]
fn a_disk_with_too_little_room_stops_the_run_before_any_byte() {
    let env = TestEnv::signed_in(three());
    env.sync(&["--min-free", "999T"])
        .assert_exit(7)
        .assert_says(" are free on the archive's disk, and 999.00 TiB are to be left free");
    assert!(env.archive().files.is_empty());
    assert_eq!(env.google.stats().all_byte_requests(), 0);
    env.sync(&[]).assert_exit(0);
    env.archive().assert_true_to(&env.google);
}

/// EFBIG: the next file may well fit, so it is the item's trouble and not the disk's.
#[test]
fn a_file_larger_than_the_system_lets_a_file_be_fails_alone() {
    let film = Item {
        content: Content::Mp4 {
            seed: 1,
            size: 24 << 20,
        },
        ..Item::video(9, "film.mp4", DAY)
    };
    let env = TestEnv::signed_in(three().item(film).with(|world| {
        world.media.etag = Etag::Strong;
        world.media.redirect_videos = false;
    }));
    // 20 MiB, in blocks of 512 bytes.
    let limited = |env: &TestEnv| {
        let args = ["sync", "--since", "2024-01-01", "--window", "year"];
        let run = env.shell("ulimit -f 40960", &args).spawn();
        env.finish(run.expect("it starts"))
    };
    for _ in 0..2 {
        limited(&env).assert_exit(3);
        let archive = env.archive();
        assert_eq!(archive.row("film.mp4")["status"], "failed");
        let detail = &archive.row("film.mp4")["detail"];
        assert!(detail.contains("File too large"), "{detail}");
        assert_eq!(archive.files.len(), 3);
        archive.assert_true_to(&env.google);
    }
    env.sync(&[]).assert_exit(0);
    env.archive().assert_true_to(&env.google);
    assert_eq!(env.archive().files.len(), 4);
}

#[test]
fn a_link_in_place_of_a_month_leads_nowhere() {
    let env = TestEnv::signed_in(three());
    let outside = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(env.path("downloads/2024")).expect("made");
    symlink(outside.path(), env.path("downloads/2024/03")).expect("linked");
    env.sync(&[]).assert_exit(3);
    assert_eq!(fs::read_dir(outside.path()).expect("a folder").count(), 0);
    let archive = env.archive();
    assert_eq!(archive.row("a.jpg")["status"], "failed");
    assert_eq!(archive.row("c.jpg")["status"], "downloaded");
    assert_eq!(archive.temps, [""; 0]);
    fs::remove_file(env.path("downloads/2024/03")).expect("removed");
    env.sync(&[]).assert_exit(0);
    env.archive().assert_true_to(&env.google);
    assert_eq!(env.archive().files.len(), 3);
}

#[test]
fn links_and_folders_with_a_photos_name_are_left_alone() {
    let env = TestEnv::signed_in(three());
    let outside = tempfile::tempdir().expect("a folder");
    let target = outside.path().join("target");
    fs::create_dir_all(env.path("downloads/2024/03/a.jpg")).expect("made");
    symlink(&target, env.path("downloads/2024/03/b.jpg")).expect("linked");
    env.sync(&[]).assert_exit(0);
    assert!(!target.exists());
    let archive = env.archive();
    assert_eq!(archive.files.len(), 4, "three photos and the link");
    for name in ["a.jpg", "b.jpg"] {
        let path = &archive.row(name)["local_path"];
        assert!(path.starts_with("2024/03/") && path.contains('~'), "{path}");
    }
    assert!(env.path("downloads/2024/03/a.jpg").is_dir());
    assert!(env.path("downloads/2024/03/b.jpg").is_symlink());
}

#[test]
fn a_folder_that_may_not_be_written_to_is_said() {
    use std::os::unix::fs::PermissionsExt;
    let env = TestEnv::signed_in(three());
    fs::create_dir_all(env.path("downloads")).expect("made");
    let read_only = fs::Permissions::from_mode(0o555);
    fs::set_permissions(env.path("downloads"), read_only).expect("changed");
    let Some(output) = env.run_unprivileged(&["sync", "--since", "2024-01-01", "--window", "year"])
    else {
        return;
    };
    output.assert_exit(7).assert_says("downloads");
    assert_eq!(env.google.stats().all_byte_requests(), 0);
}

#[test]
fn a_deleted_index_costs_no_file_and_doubles_none() {
    let day = "2024-03-09".parse().expect("a day");
    let items = [
        zoo::same_name(day),
        zoo::case_twins(day),
        zoo::equal_bytes(day),
        zoo::motion_photo(day),
        zoo::odd_extensions(day),
        zoo::undated(day),
    ];
    let env = TestEnv::signed_in(three().with_items(items.concat()));
    env.sync(&[]).assert_exit(0);
    let before = env.archive();
    fs::remove_dir_all(env.path("downloads/.gphotos-dl")).expect("removed");
    env.sync(&[]).assert_exit(0);
    let after = env.archive();
    assert_eq!(after.paths(), before.paths());
    assert_eq!(after.files, before.files);
    let places = |archive: &crate::support::Archive| -> Vec<_> {
        let place = |row: &crate::support::Row| {
            (
                row["id"].clone(),
                row["role"].clone(),
                row["local_path"].clone(),
            )
        };
        archive.rows.iter().map(place).collect()
    };
    assert_eq!(places(&after), places(&before));
    env.google.reset_stats();
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.google.stats().all_byte_requests(), 0);
}

#[test]
fn a_deleted_index_costs_no_download() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    fs::remove_dir_all(env.path("downloads/.gphotos-dl")).expect("removed");
    env.google.reset_stats();
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.google.stats().count(Route::Bytes), 0);
}

#[test]
fn the_archive_may_lie_behind_a_link_of_the_users_own() {
    let env = TestEnv::signed_in(three());
    let disk = tempfile::tempdir().expect("a folder");
    symlink(disk.path(), env.path("downloads")).expect("linked");
    for _ in 0..2 {
        env.sync(&[]).assert_exit(0);
        assert!(disk.path().join("2024/03/a.jpg").is_file());
        assert!(env.path("downloads").is_symlink());
    }
    env.archive().assert_true_to(&env.google);
}

#[test]
fn a_name_that_is_taken_twice_gets_a_number() {
    let env = TestEnv::signed_in(three());
    let folder = env.path("downloads/2024/03");
    fs::create_dir_all(&folder).expect("made");
    fs::write(folder.join("a.jpg"), "somebody else's").expect("written");
    env.sync(&[]).assert_exit(0);
    let first = env.archive().row("a.jpg")["local_path"].clone();
    assert!(first.starts_with("2024/03/a~"), "{first}");
    // In another archive, somebody else has even that name.
    let env = TestEnv::signed_in(three());
    let folder = env.path("downloads/2024/03");
    fs::create_dir_all(&folder).expect("made");
    fs::write(folder.join("a.jpg"), "somebody else's").expect("written");
    fs::write(env.path("downloads").join(&first), "and this").expect("written");
    env.sync(&[]).assert_exit(0);
    let archive = env.archive();
    let second = &archive.row("a.jpg")["local_path"];
    assert_eq!(*second, first.replace(".jpg", "-2.jpg"));
    assert_eq!(archive.files[&first], b"and this");
    assert_eq!(archive.files["2024/03/a.jpg"], b"somebody else's");
    assert_eq!(archive.files.len(), 5);
}
