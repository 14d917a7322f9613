//! An index of another day put back, which knows less than the lists and the folder.

use std::fs;
use std::path::Path;
use std::process::Command;

use gphotos_sim::{Content, Fault, FaultKind, Framing, World, zoo};

use super::DAY;
use crate::support::TestEnv;
use crate::verify::rot;

const PRIVATE: &str = "downloads/.gphotos-dl";

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(status.expect("cp runs").success());
}

fn put_back(env: &TestEnv, old: &Path) {
    fs::remove_dir_all(env.path(PRIVATE)).expect("removed");
    copy(old, &env.path(PRIVATE));
    env.google.reset_stats();
}

/// Paths and digests by item, as the newest list has them.
fn listed(env: &TestEnv) -> Vec<(String, String, String)> {
    let rows = env.archive().rows.into_iter();
    rows.map(|row| {
        let cell = |name: &str| row[name].clone();
        (cell("id"), cell("local_path"), cell("sha256"))
    })
    .collect()
}

#[test]
fn a_better_file_beside_a_doubtful_one_is_known_again() {
    let half = FaultKind::Truncate {
        bytes: 800,
        framing: Framing::Length,
    };
    let world = World::new().photo("cut.jpg", DAY);
    let mut env = TestEnv::signed_in(world.fail(Fault::new(half).path("/lr/").always()));
    env.sync(&[]).assert_exit(0);
    let old = tempfile::tempdir().expect("a folder");
    let old = old.path().join("old");
    copy(&env.path(PRIVATE), &old);
    env.google.world(|world| world.faults.clear());
    env.in_hours(50).sync(&[]).assert_exit(0);
    let (before, files) = (listed(&env), env.archive().files);
    assert_eq!(files.len(), 2);
    put_back(&env, &old);
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.google.stats().all_byte_requests(), 0);
    assert_eq!(env.archive().files, files);
    assert_eq!(listed(&env), before);
    env.run(&["verify"]).assert_exit(0);
}

/// Two photos with the same bytes.
fn twins() -> World {
    let day = "2024-03-09".parse().expect("a day");
    World::new().with_items(zoo::equal_bytes(day))
}

#[test]
fn what_was_one_file_of_two_photos_is_each_ones_own_again() {
    let mut env = TestEnv::signed_in(twins());
    env.sync(&[]).assert_exit(0);
    let shared = env.archive().paths()[0].to_owned();
    assert_eq!(env.archive().files.len(), 1);
    let old = tempfile::tempdir().expect("a folder");
    let old = old.path().join("old");
    copy(&env.path(PRIVATE), &old);
    // Google has changed both since, and the file rots.
    env.google.world(|world| {
        for (item, seed) in world.items.iter_mut().zip(21..) {
            item.content = Content::Jpeg { seed, size: 0 };
        }
    });
    rot(&env.path("downloads").join(&shared), 500);
    env.run(&["verify", "--repair"]).assert_exit(0);
    env.in_hours(1).sync(&[]).assert_exit(0);
    let (before, files) = (listed(&env), env.archive().files);
    assert_eq!(files.len(), 2);
    assert_ne!(before[0].2, before[1].2);
    put_back(&env, &old);
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.google.stats().all_byte_requests(), 0);
    assert_eq!(listed(&env), before);
    let told = env.run(&["verify", "--json"]).assert_exit(0).json();
    assert_eq!(told["counts"]["files"], 2, "{told:#}");
    assert_eq!(told["counts"]["unknown"], 0, "{told:#}");
}

/// An index of another time makes a dry run work on a copy of it.
#[test]
fn a_copy_of_it_finds_a_name_whatever_others_have_left() {
    let env = TestEnv::signed_in(twins());
    env.sync(&[]).assert_exit(0);
    let list = env
        .path("media_items_list")
        .join(env.archive().newest_list());
    fs::copy(
        list,
        env.path("media_items_list/item-list-20250101T000000Z.csv"),
    )
    .expect("copied");
    let temps = tempfile::tempdir().expect("a folder");
    let at = temps.path().display();
    let line =
        format!("export TMPDIR={at}; mkdir {at}/gphotos-dl-$$-index {at}/gphotos-dl-$$-0-index");
    let args = [
        "sync",
        "--since",
        "2024-01-01",
        "--window",
        "year",
        "--dry-run",
    ];
    let run = env.shell(&line, &args).spawn().expect("it starts");
    env.finish(run).assert_exit(0);
    let left = fs::read_dir(temps.path()).expect("a folder").count();
    assert_eq!(left, 2, "and nothing of ours stays");
}
