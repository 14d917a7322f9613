//! Files that the user has moved or renamed inside the archive: known by their bytes, and not fetched again.

use std::fs;
use std::path::Path;

use gphotos_sim::{Content, Fault, FaultKind, Item, Seeded, World, zoo};

use crate::support::TestEnv;

const DAY: &str = "2024-03-09T12:00:00Z";

fn three() -> World {
    World::new()
        .photo("a.jpg", DAY)
        .photo("b.jpg", DAY)
        .photo("c.jpg", DAY)
}

fn library(items: usize) -> World {
    let seeded = Seeded {
        seed: 11,
        items,
        start: "2024-03-01".parse().expect("a date"),
        days: 30,
        photo_size: 0,
        video_share_percent: 0,
        motion_share_percent: 0,
    };
    World::new().with_items(seeded.items())
}

/// Moves a file or folder inside the archive.
fn rename(env: &TestEnv, from: &str, to: &str) {
    let to = env.path("downloads").join(to);
    fs::create_dir_all(to.parent().expect("a folder")).expect("made");
    fs::rename(env.path("downloads").join(from), to).expect("renamed");
}

fn synced(world: World) -> TestEnv {
    let env = TestEnv::signed_in(world);
    env.sync(&[]).assert_exit(0);
    env.google.reset_stats();
    env
}

fn loads(env: &TestEnv) -> u64 {
    env.google.stats().all_byte_requests()
}

#[test]
fn a_moved_file_is_found_by_its_bytes_and_stays_where_it_is() {
    for to in [
        "2024/03/holiday.jpg",
        "best of/b.jpg",
        "b.jpg",
        "2024/03/B.jpg",
        "2024/03/b.jpeg.txt",
    ] {
        let env = synced(three());
        rename(&env, "2024/03/b.jpg", to);
        let moved = env.archive().files;
        let output = env.sync(&["--json"]).assert_exit(0);
        assert_eq!(loads(&env), 0, "{to}");
        let totals = &output.json()["totals"];
        assert_eq!(totals["moved"], 1, "{to}: {output}");
        assert_eq!(totals["already_here"], 3, "{to}: {output}");
        assert_eq!(totals["restored"], 0, "{to}: {output}");
        let archive = env.archive();
        let row = archive.row("b.jpg");
        assert_eq!(row["local_path"], to);
        assert_eq!(row["status"], "present");
        assert_eq!(row["detail"], "moved from 2024/03/b.jpg");
        archive.assert_true_to(&env.google);
        assert_eq!(archive.files, moved);
        let output = env.sync(&["--json"]).assert_exit(0);
        assert_eq!(output.json()["totals"]["moved"], 0, "{to}: once is enough");
        assert_eq!(env.archive().row("b.jpg")["detail"], "");
        assert_eq!(loads(&env), 0, "{to}");
        assert_eq!(env.archive().files, moved);
    }
}

#[test]
fn a_folder_that_got_another_name_is_no_unmounted_disk() {
    for world in [three(), library(30)] {
        let env = synced(world);
        rename(&env, "2024", "old/the year 2024");
        let moved = env.archive().files;
        env.sync(&["--dry-run"]).assert_exit(0);
        env.sync(&[])
            .assert_exit(0)
            .assert_says("found under another name");
        assert_eq!(loads(&env), 0);
        let archive = env.archive();
        archive.assert_true_to(&env.google);
        assert_eq!(archive.files, moved);
        assert_eq!(archive.statuses().get("present"), Some(&archive.rows.len()));
    }
}

#[test]
fn other_files_of_the_same_sizes_do_not_explain_a_loss() {
    let env = synced(library(24));
    rename(&env, "2024", "2023");
    for (path, bytes) in env.archive().files {
        fs::write(env.path("downloads").join(path), vec![b'x'; bytes.len()]).expect("written");
    }
    env.google.reset_stats();
    env.sync(&[])
        .assert_exit(7)
        .assert_says("24 of the archive's 24 files");
    assert_eq!(env.google.stats().total(), 0);
}

#[test]
fn a_loss_that_is_only_partly_a_move_is_refused() {
    let env = synced(library(24));
    let files = env.archive().files;
    for (number, path) in files.keys().enumerate() {
        let old = env.path("downloads").join(path);
        if number < 4 {
            fs::rename(old, env.path("downloads").join(format!("{number}.jpg"))).expect("renamed");
        } else {
            fs::remove_file(old).expect("removed");
        }
    }
    env.sync(&[]).assert_exit(7);
}

#[test]
fn a_file_that_was_edited_and_moved_is_the_users_and_the_original_comes_back() {
    let env = synced(three());
    rename(&env, "2024/03/b.jpg", "mine/b.jpg");
    let mut bytes = fs::read(env.path("downloads/mine/b.jpg")).expect("read");
    // Of the same size, still a whole picture of the same time.
    bytes[700] ^= 1;
    fs::write(env.path("downloads/mine/b.jpg"), &bytes).expect("written");
    env.sync(&[]).assert_exit(0);
    let archive = env.archive();
    assert_eq!(archive.files["mine/b.jpg"], bytes);
    assert_eq!(archive.row("b.jpg")["local_path"], "2024/03/b.jpg");
    assert_eq!(archive.row("b.jpg")["status"], "downloaded");
    assert_eq!(loads(&env), 1);
}

#[test]
fn a_copy_is_nobodys_business() {
    let env = synced(three());
    fs::copy(
        env.path("downloads/2024/03/b.jpg"),
        env.path("downloads/copy.jpg"),
    )
    .expect("copied");
    env.google
        .world(|world| world.items.push(Item::photo(9, "d.jpg", DAY)));
    env.sync(&[]).assert_exit(0);
    let archive = env.archive();
    assert_eq!(archive.row("b.jpg")["local_path"], "2024/03/b.jpg");
    assert_eq!(archive.files["copy.jpg"], archive.files["2024/03/b.jpg"]);
}

#[test]
fn a_still_and_its_clip_are_each_found() {
    let still = Item {
        content: Content::MotionPhoto { seed: 1, size: 0 },
        ..Item::photo(1, "IMG_1.jpg", DAY)
    };
    let env = synced(three().item(still));
    rename(&env, "2024/03/IMG_1.jpg", "x/still.jpg");
    rename(&env, "2024/03/IMG_1.mp4", "y/clip.mp4");
    let output = env.sync(&["--json"]).assert_exit(0);
    assert_eq!(output.json()["totals"]["moved"], 2);
    assert_eq!(loads(&env), 0);
    env.archive().assert_true_to(&env.google);
    assert_eq!(env.archive().files.len(), 5);
}

#[test]
fn a_file_that_two_items_share_is_found_for_both() {
    let day = "2024-03-09".parse().expect("a day");
    let env = synced(three().with_items(zoo::equal_bytes(day)));
    let shared = env.archive().row("IMG_5005.jpg")["local_path"].clone();
    rename(&env, &shared, "elsewhere.jpg");
    env.sync(&[]).assert_exit(0);
    assert_eq!(loads(&env), 0);
    let archive = env.archive();
    archive.assert_true_to(&env.google);
    for name in ["IMG_5005.jpg", "IMG_5005 from Alex.jpg"] {
        assert_eq!(archive.row(name)["local_path"], "elsewhere.jpg");
    }
}

#[test]
fn a_name_that_waits_for_another_item_may_be_taken() {
    let down = Fault::new(FaultKind::status(500)).item("x.jpg").always();
    let env = TestEnv::signed_in(three().photo("x.jpg", DAY).fail(down));
    env.sync(&[]).assert_exit(3);
    rename(&env, "2024/03/b.jpg", "2024/03/x.jpg");
    env.google.world(|world| world.faults.clear());
    env.sync(&[]).assert_exit(0);
    let archive = env.archive();
    archive.assert_true_to(&env.google);
    assert_eq!(archive.row("b.jpg")["local_path"], "2024/03/x.jpg");
    assert!(archive.row("x.jpg")["local_path"].starts_with("2024/03/x~"));
}

#[test]
fn an_index_that_is_lost_as_well_is_rebuilt_around_the_new_names() {
    let env = synced(library(24));
    rename(&env, "2024", "2024 (old)");
    let first = env.archive().files.keys().next().cloned().expect("a file");
    rename(&env, &first, "first.jpg");
    let moved = env.archive().files;
    fs::remove_dir_all(env.path("downloads/.gphotos-dl")).expect("removed");
    let plan = env.sync(&["--dry-run"]).assert_exit(0);
    assert_eq!(plan.stdout, "");
    env.sync(&[])
        .assert_exit(0)
        .assert_says("24 of them were found under other names");
    assert_eq!(loads(&env), 0);
    let archive = env.archive();
    archive.assert_true_to(&env.google);
    assert_eq!(archive.files, moved);
}

#[test]
fn a_plan_finds_what_the_run_would_find_and_writes_nothing() {
    let env = synced(three());
    rename(&env, "2024/03/b.jpg", "b.jpg");
    let index = fs::read(env.path("downloads/.gphotos-dl/index/index.db")).expect("read");
    let plan = env.sync(&["--dry-run"]).assert_exit(0);
    assert_eq!(plan.stdout, "", "nothing of it would be fetched");
    plan.assert_says("found under another name");
    let after = fs::read(env.path("downloads/.gphotos-dl/index/index.db")).expect("read");
    assert!(index == after);
}

#[test]
fn what_has_no_name_in_unicode_is_said_and_left_alone_by_a_run_that_looks() {
    use std::os::unix::ffi::OsStrExt;
    let env = synced(three());
    let odd = env
        .path("downloads")
        .join(Path::new(std::ffi::OsStr::from_bytes(b"2024/\xff.jpg")));
    fs::write(&odd, b"x").expect("written");
    let output = env.sync(&[]).assert_exit(0);
    assert!(
        !output.stderr.contains("UTF-8"),
        "no need to look: {output}"
    );
    fs::remove_file(env.path("downloads/2024/03/b.jpg")).expect("removed");
    env.sync(&[]).assert_exit(0).assert_says("no UTF-8");
    assert_eq!(fs::read(&odd).expect("read"), b"x");
    fs::remove_file(&odd).expect("removed");
    env.archive().assert_true_to(&env.google);
}

#[test]
fn a_file_that_somebody_has_put_back_is_no_failure_any_more() {
    let env = synced(three());
    let (file, copy) = (env.path("downloads/2024/03/b.jpg"), env.path("backup.jpg"));
    fs::rename(&file, &copy).expect("moved away");
    let gone = Fault::new(FaultKind::status(500)).always();
    env.google
        .world(|world| world.faults.push(gone.path("/lr/")));
    env.sync(&[]).assert_exit(3).assert_says("2024/03/b.jpg");
    // As many bytes, and others.
    let mut other = fs::read(&copy).expect("read");
    let middle = other.len() / 2;
    other[middle] ^= 1;
    fs::write(&file, other).expect("written");
    env.sync(&[]).assert_exit(3);
    fs::remove_file(&file).expect("removed");
    fs::copy(&copy, &file).expect("put back");
    env.google.reset_stats();
    env.sync(&[]).assert_exit(0);
    assert_eq!(loads(&env), 0, "its bytes are here");
    env.archive().assert_true_to(&env.google);
    assert_eq!(env.archive().statuses().get("present"), Some(&3));
}

#[test]
fn a_year_in_whose_place_a_link_stands_is_named_and_nothing_is_fetched_for_it() {
    let world = three().photo("old1.jpg", "2021-05-01T12:00:00Z");
    let env = synced(world);
    let (year, disk) = (env.path("downloads/2021"), env.path("other-disk"));
    fs::rename(&year, &disk).expect("moved");
    std::os::unix::fs::symlink(&disk, &year).expect("linked");
    env.google.world(|world| {
        world.items.extend(
            World::new()
                .photo("old2.jpg", "2021-05-02T12:00:00Z")
                .items
                .into_iter()
                .map(|item| Item {
                    id: "of-the-same-year".to_owned(),
                    ..item
                }),
        );
    });
    for _ in 0..2 {
        let output = env.sync(&[]).assert_exit(3);
        let output = output.assert_says("downloads/2021 is a symbolic link");
        output.assert_says("old1.jpg").assert_says("old2.jpg");
        assert_eq!(loads(&env), 0, "nothing could be stored");
    }
    fs::remove_file(&year).expect("removed");
    fs::rename(&disk, &year).expect("moved back");
    env.sync(&[]).assert_exit(0);
    assert_eq!(loads(&env), 1, "only the new one");
    env.archive().assert_true_to(&env.google);
}
