//! Later runs: what is missing comes back, what is the user's stays, and what is here is not fetched again.

mod about;
mod content;
mod damage;
mod damaged;
mod endless;
mod foreign;
mod hints;
mod impossible;
mod inferred;
mod intruder;
mod lock;
mod older;
mod outdated;
mod planted;
mod schema;

use std::fs;

use gphotos_sim::{Fault, FaultKind, Route, Seeded, World, zoo};

use crate::support::TestEnv;

const DAY: &str = "2024-03-09T12:00:00Z";

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

fn three() -> World {
    World::new()
        .photo("a.jpg", DAY)
        .photo("b.jpg", DAY)
        .photo("c.jpg", DAY)
}

#[test]
fn a_missing_file_comes_back_under_its_name_and_is_reported() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let before = env.archive();
    fs::remove_file(env.path("downloads/2024/03/b.jpg")).expect("removed");
    env.google.reset_stats();
    let output = env.sync(&["--json"]).assert_exit(0);
    assert_eq!(output.json()["totals"]["restored"], 1);
    output.assert_says("brought back, because they were missing on disk");
    assert_eq!(env.archive().files, before.files);
    assert_eq!(env.google.stats().count(Route::Bytes), 1);
    assert_eq!(env.archive().row("b.jpg")["status"], "downloaded");
    env.google.reset_stats();
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.google.stats().all_byte_requests(), 0);
}

#[test]
fn a_missing_file_that_does_not_come_back_is_a_failure_and_not_restored() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let before = env.archive();
    fs::remove_file(env.path("downloads/2024/03/b.jpg")).expect("removed");
    let down = Fault::new(FaultKind::status(500)).item("b.jpg").always();
    env.google.world(|world| world.faults.push(down));
    let output = env.sync(&["--json"]).assert_exit(3);
    assert_eq!(output.json()["totals"]["failed_new"], 1);
    assert_eq!(output.json()["totals"]["restored"], 0, "{output}");
    assert_eq!(env.archive().row("b.jpg")["status"], "failed");
    env.google.world(|world| world.faults.clear());
    let output = env.sync(&["--json"]).assert_exit(0);
    assert_eq!(output.json()["totals"]["downloaded"], 1);
    assert_eq!(env.archive().files, before.files);
}

#[test]
fn a_file_that_the_user_edited_is_theirs() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let path = env.path("downloads/2024/03/b.jpg");
    fs::write(&path, b"cropped").expect("written");
    env.google.reset_stats();
    for _ in 0..2 {
        env.sync(&[]).assert_exit(0);
        assert_eq!(fs::read(&path).expect("read"), b"cropped");
        assert_eq!(env.archive().files.len(), 3);
        assert_eq!(env.google.stats().all_byte_requests(), 0);
    }
}

#[test]
fn a_file_of_somebody_elses_keeps_its_name_and_ours_gets_a_tag() {
    let env = TestEnv::signed_in(three());
    let path = env.path("downloads/2024/03/b.jpg");
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(&path, b"holiday notes").expect("written");
    env.sync(&[]).assert_exit(0);
    let archive = env.archive();
    assert_eq!(archive.files["2024/03/b.jpg"], b"holiday notes");
    let ours = &archive.row("b.jpg")["local_path"];
    let tag = ours
        .strip_prefix("2024/03/b~")
        .and_then(|it| it.strip_suffix(".jpg"));
    let tag = tag.unwrap_or_else(|| panic!("{ours}"));
    assert!(
        tag.len() == 6
            && tag
                .bytes()
                .all(|it| matches!(it, b'a'..=b'z' | b'2'..=b'7')),
        "{tag}"
    );
    assert_eq!(archive.files.len(), 4);
    env.google.reset_stats();
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.archive().files, archive.files);
    assert_eq!(env.google.stats().all_byte_requests(), 0);
}

#[test]
fn a_file_that_is_already_there_with_the_same_bytes_is_adopted_and_not_doubled() {
    let env = TestEnv::signed_in(three());
    let path = env.path("downloads/2024/03/b.jpg");
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    let bytes = env.google.world(|world| world.named("b.jpg").original());
    fs::write(&path, &bytes).expect("written");
    env.sync(&[])
        .assert_exit(0)
        .assert_says("found in place, put there by somebody else");
    let archive = env.archive();
    assert_eq!(
        archive.paths(),
        ["2024/03/a.jpg", "2024/03/b.jpg", "2024/03/c.jpg"]
    );
    assert_eq!(archive.row("b.jpg")["status"], "adopted");
    archive.assert_true_to(&env.google);
    env.google.reset_stats();
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.google.stats().all_byte_requests(), 0);
}

#[test]
fn equal_bytes_under_two_ids_are_stored_once() {
    let day = "2024-03-09".parse().expect("a day");
    for jobs in ["1", "8"] {
        let env = TestEnv::signed_in(World::new().with_items(zoo::equal_bytes(day)));
        env.sync(&["--jobs", jobs]).assert_exit(0);
        let archive = env.archive();
        archive.assert_true_to(&env.google);
        assert_eq!(archive.files.len(), 1);
        let statuses: Vec<_> = archive.statuses().into_iter().collect();
        assert_eq!(statuses, [("downloaded", 1), ("linked", 1)]);
        assert_eq!(archive.rows[0]["local_path"], archive.rows[1]["local_path"]);
        env.google.reset_stats();
        env.sync(&[]).assert_exit(0);
        assert_eq!(env.google.stats().all_byte_requests(), 0);
        assert_eq!(env.archive().statuses().get("present"), Some(&2));
    }
}

#[test]
fn a_shared_file_that_is_missing_comes_back_for_both_items() {
    let day = "2024-03-09".parse().expect("a day");
    let world = three().with_items(zoo::equal_bytes(day));
    let env = TestEnv::signed_in(world);
    env.sync(&[]).assert_exit(0);
    let before = env.archive();
    let shared = &before.row("IMG_5005.jpg")["local_path"];
    fs::remove_file(env.path("downloads").join(shared)).expect("removed");
    env.sync(&[]).assert_exit(0);
    let after = env.archive();
    assert_eq!(after.files, before.files);
    after.assert_true_to(&env.google);
    for name in ["IMG_5005.jpg", "IMG_5005 from Alex.jpg"] {
        assert_eq!(
            after.row(name)["local_path"],
            *shared,
            "{:#?}",
            after.row(name)
        );
    }
    env.google.reset_stats();
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.google.stats().all_byte_requests(), 0);
    assert_eq!(env.archive().statuses().get("present"), Some(&5));
}

#[test]
fn files_that_are_missing_as_a_whole_are_an_unmounted_disk_unless_told_otherwise() {
    let env = TestEnv::signed_in(library(24));
    env.sync(&[]).assert_exit(0);
    let before = env.archive();
    let lose = |count: usize| {
        for path in before.files.keys().take(count) {
            fs::remove_file(env.path("downloads").join(path)).expect("removed");
        }
    };
    lose(12);
    env.sync(&[]).assert_exit(0);
    assert_eq!(
        env.archive().files,
        before.files,
        "half of them is no mass loss"
    );
    lose(13);
    env.google.reset_stats();
    env.sync(&[])
        .assert_exit(7)
        .assert_says("13 of the archive's 24 files")
        .assert_says("--restore");
    assert_eq!(env.google.stats().total(), 0);
    assert_eq!(env.archive().files.len(), 11);
    env.sync(&["--restore"]).assert_exit(0);
    assert_eq!(env.archive().files, before.files);
}

#[test]
fn all_files_missing_is_an_alarm_however_few_they_are() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    fs::remove_dir_all(env.path("downloads/2024")).expect("removed");
    env.sync(&[])
        .assert_exit(7)
        .assert_says("is the disk mounted?");
    env.sync(&["--restore"]).assert_exit(0);
    assert_eq!(env.archive().files.len(), 3);
}
