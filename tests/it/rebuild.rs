//! A lost index: the lists and the folder bring it back, whatever else happened meanwhile.

use std::fs;
use std::path::PathBuf;

use gphotos_sim::{Content, Fault, FaultKind, Framing, Item, World, zoo};

use crate::support::{Action, Key, Shim, TestEnv};

const DAY: &str = "2024-03-09T12:00:00Z";

fn three() -> World {
    World::new()
        .photo("a.jpg", DAY)
        .photo("b.jpg", DAY)
        .photo("c.jpg", DAY)
}

/// Names that clash, in every way.
fn crowded() -> World {
    let day = "2024-03-09".parse().expect("a day");
    let items = [
        zoo::same_name(day),
        zoo::case_twins(day),
        zoo::motion_photo(day),
    ];
    three().with_items(items.concat())
}

fn lose_index(env: &TestEnv) {
    fs::remove_dir_all(env.path("downloads/.gphotos-dl")).expect("removed");
    env.google.reset_stats();
}

fn list(env: &TestEnv) -> PathBuf {
    env.path("media_items_list")
        .join(env.archive().newest_list())
}

fn loads(env: &TestEnv) -> u64 {
    env.google.stats().all_byte_requests()
}

#[test]
fn it_comes_back_without_a_load() {
    let env = TestEnv::signed_in(crowded());
    env.sync(&[]).assert_exit(0);
    let before = env.archive();
    lose_index(&env);
    env.sync(&[]).assert_exit(0);
    let after = env.archive();
    assert_eq!(loads(&env), 0);
    assert_eq!(after.files, before.files);
    assert_eq!(after.statuses().get("present"), Some(&before.rows.len()));
    after.assert_true_to(&env.google);
}

/// Loses everything but the photos, and looks whether they are recognised.
fn assert_not_doubled(world: World) {
    let env = TestEnv::signed_in(world);
    env.sync(&[]).assert_exit(0);
    let before = env.archive();
    lose_index(&env);
    fs::remove_dir_all(env.path("media_items_list")).expect("removed");
    env.sync(&[]).assert_exit(0);
    let after = env.archive();
    assert_eq!(after.paths(), before.paths());
    after.assert_true_to(&env.google);
    env.google.reset_stats();
    env.sync(&[]).assert_exit(0);
    assert_eq!(loads(&env), 0);
}

#[test]
fn without_the_lists_as_well_no_photo_is_doubled() {
    let day = "2024-03-09".parse().expect("a day");
    assert_not_doubled(three().with_items(zoo::same_name(day)));
}

#[test]
fn without_the_lists_as_well_no_clip_is_doubled() {
    let day = "2024-03-09".parse().expect("a day");
    assert_not_doubled(three().with_items(zoo::motion_photo(day)));
}

#[test]
fn without_the_lists_as_well_no_twin_in_another_case_is_doubled() {
    let day = "2024-03-09".parse().expect("a day");
    assert_not_doubled(three().with_items(zoo::case_twins(day)));
}

#[test]
fn a_plan_knows_as_much_as_the_run_that_would_follow() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    lose_index(&env);
    let plan = env.sync(&["--dry-run"]).assert_exit(0);
    assert_eq!(plan.stdout, "", "nothing of it would be fetched");
    assert!(!env.path("downloads/.gphotos-dl").exists());
}

#[test]
fn a_run_that_dies_while_it_brings_it_back_leaves_that_to_the_next() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let before = env.archive();
    for moment in ["/index.db", "/index.db-wal", ""] {
        lose_index(&env);
        let mut command = env.command(&["sync", "--since", "2024-01-01", "--window", "year"]);
        let synced = format!("downloads/.gphotos-dl/index{moment}");
        let shim = Shim::on(env.root()).fault(&Key::new("fsync", &synced, 1), Action::Kill);
        let run = shim.apply(&mut command).spawn();
        env.finish(run.expect("the program starts"))
            .assert_exit(137);
        env.google.reset_stats();
        env.sync(&[]).assert_exit(0);
        assert_eq!(loads(&env), 0, "{moment}");
        assert_eq!(env.archive().files, before.files, "{moment}");
    }
}

#[test]
fn a_clip_that_is_still_owed_is_not_forgotten() {
    let still = Item {
        content: Content::MotionPhoto { seed: 1, size: 0 },
        ..Item::photo(1, "IMG_1.jpg", DAY)
    };
    let down = Fault::new(FaultKind::status(500)).suffix("=dv").always();
    let env = TestEnv::signed_in(World::new().item(still).fail(down));
    env.sync(&[]).assert_exit(3);
    assert_eq!(env.archive().paths(), ["2024/03/IMG_1.jpg"]);
    lose_index(&env);
    env.google.world(|world| world.faults.clear());
    env.sync(&[]).assert_exit(0);
    let archive = env.archive();
    assert_eq!(archive.paths(), ["2024/03/IMG_1.jpg", "2024/03/IMG_1.mp4"]);
    archive.assert_true_to(&env.google);
}

#[test]
fn a_doubt_is_not_forgotten() {
    let half = FaultKind::Truncate {
        bytes: 800,
        framing: Framing::Length,
    };
    let world = World::new().photo("cut.jpg", DAY);
    let mut env = TestEnv::signed_in(world.fail(Fault::new(half).path("/lr/").always()));
    env.sync(&[]).assert_exit(0);
    lose_index(&env);
    env.google.world(|world| world.faults.clear());
    env.in_hours(1).sync(&[]).assert_exit(0);
    env.in_hours(50).sync(&[]).assert_exit(0);
    let archive = env.archive();
    let row = archive.row("cut.jpg");
    assert_eq!(
        row["sha256"],
        env.google.truth()[&row["id"]].original.sha256
    );
    assert_eq!(archive.files.len(), 2, "and the first is untouched");
}

#[test]
fn a_file_that_is_not_what_the_list_says_is_nobodys_and_stays() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let path = env.path("downloads/2024/03/b.jpg");
    let mut bytes = fs::read(&path).expect("read");
    // One bit, and the size is as it was.
    bytes[700] ^= 1;
    fs::write(&path, &bytes).expect("written");
    lose_index(&env);
    env.sync(&[]).assert_exit(0);
    assert_eq!(fs::read(&path).expect("read"), bytes);
    assert_eq!(loads(&env), 1);
    let archive = env.archive();
    let row = archive.row("b.jpg");
    assert_eq!(
        row["sha256"],
        env.google.truth()[&row["id"]].original.sha256
    );
    assert!(row["local_path"].starts_with("2024/03/b~"), "{row:#?}");
}

#[test]
fn a_list_that_a_spreadsheet_has_saved_again_will_do() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let list = list(&env);
    let text = fs::read_to_string(&list).expect("read");
    fs::write(&list, format!("\u{feff}{}", text.replace('\n', "\r\n"))).expect("written");
    lose_index(&env);
    env.sync(&[]).assert_exit(0);
    assert_eq!(loads(&env), 0);
    assert_eq!(env.archive().files.len(), 3);
}

#[test]
fn a_list_that_is_damaged_costs_loads_and_no_file() {
    let damages: [fn(Vec<u8>) -> Vec<u8>; 4] = [
        |_| Vec::new(),
        |text| text[..text.len() / 2].to_vec(),
        |text| text.iter().map(|byte| byte ^ 0x80).collect(),
        |_| b"\"".repeat(1000),
    ];
    for (number, damage) in (0..).zip(damages) {
        let env = TestEnv::signed_in(three());
        env.sync(&[]).assert_exit(0);
        let (before, list) = (env.archive().files, list(&env));
        fs::write(&list, damage(fs::read(&list).expect("read"))).expect("written");
        lose_index(&env);
        env.sync(&[]).assert_exit(3).assert_says("not whole");
        let archive = env.archive();
        assert_eq!(archive.files, before, "{number}");
        archive.assert_true_to(&env.google);
    }
}

#[test]
fn a_list_that_points_out_of_the_archive_is_not_believed() {
    for path in [
        "../outside.jpg",
        "2024/../../outside.jpg",
        "/outside.jpg",
        "2024/03/../../../outside.jpg",
    ] {
        let env = TestEnv::signed_in(three());
        env.sync(&[]).assert_exit(0);
        let before = env.archive();
        let outside = env.path("outside.jpg");
        fs::rename(env.path("downloads/2024/03/a.jpg"), &outside).expect("moved");
        let list = list(&env);
        let text = fs::read_to_string(&list).expect("read");
        fs::write(&list, text.replace("2024/03/a.jpg", path)).expect("written");
        lose_index(&env);
        env.sync(&[]).assert_exit(0);
        assert_eq!(env.archive().files, before.files, "{path}");
        // Whatever becomes of the file out there, it is none of ours.
        fs::remove_file(&outside).expect("removed");
        env.sync(&[]).assert_exit(0);
        assert!(!outside.exists(), "{path}");
        assert_eq!(env.archive().files, before.files, "{path}");
    }
}

#[test]
fn a_damaged_index_is_said_and_what_is_advised_helps() {
    let damages: [fn(Vec<u8>) -> Vec<u8>; 3] = [
        |_| b"this is no database".repeat(100),
        |mut bytes| {
            bytes.truncate(bytes.len() / 2);
            bytes
        },
        |mut bytes| {
            bytes[100..].fill(0);
            bytes
        },
    ];
    for (number, damage) in (0..).zip(damages) {
        let env = TestEnv::signed_in(three());
        env.sync(&[]).assert_exit(0);
        let before = env.archive();
        let index = env.path("downloads/.gphotos-dl/index/index.db");
        fs::write(&index, damage(fs::read(&index).expect("read"))).expect("written");
        let output = env.sync(&[]);
        assert_eq!(env.archive().files, before.files, "{number}");
        if output.exit != 0 {
            let output = output.assert_exit(7);
            assert!(
                output.stderr.contains(".gphotos-dl/index"),
                "{number}: {output}"
            );
            fs::rename(env.path("downloads/.gphotos-dl/index"), env.path("away")).expect("moved");
            env.sync(&[]).assert_exit(0);
        }
        assert_eq!(env.archive().files, before.files, "{number}");
        env.google.reset_stats();
        env.sync(&[]).assert_exit(0);
        assert_eq!(loads(&env), 0, "{number}");
    }
}
