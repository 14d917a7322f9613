//! Bytes that look broken and come so twice: kept, noted, asked for once more another day, and never replaced.

use gphotos_sim::{Content, Fault, FaultKind, Framing, Item, World};

use crate::support::{Archive, TestEnv};

/// A photo that arrives cut, in a framing that looks complete, beside one that does not.
fn cut() -> World {
    let photo = Item {
        content: Content::Jpeg {
            seed: 5,
            size: 8000,
        },
        ..Item::photo(0, "cut.jpg", "2024-03-09T12:00:00Z")
    };
    let half = FaultKind::Truncate {
        bytes: 4000,
        framing: Framing::Length,
    };
    World::new()
        .item(photo)
        .photo("whole.jpg", "2024-03-09T12:00:00Z")
        .fail(Fault::new(half).item("cut.jpg").always())
}

fn heal(env: &TestEnv) {
    env.google.world(|world| world.faults.clear());
    env.google.reset_stats();
}

fn loads(env: &TestEnv) -> u64 {
    env.google.stats().all_byte_requests()
}

fn half(archive: &Archive) -> &[u8] {
    &archive.files["2024/03/cut.jpg"]
}

#[test]
fn a_body_cut_the_same_way_twice_is_kept_and_noted() {
    let env = TestEnv::signed_in(cut());
    env.sync(&[]).assert_exit(0);
    let archive = env.archive();
    let truth = env.google.world(|world| world.named("cut.jpg").original());
    assert_eq!(half(&archive), &truth[..4000]);
    let row = archive.row("cut.jpg");
    assert_eq!(row["status"], "downloaded");
    assert_eq!(row["size_bytes"], "4000");
    let detail = &row["detail"];
    assert!(detail.contains("not a whole file"), "{detail}");
    assert!(
        detail.contains("kept because they came the same twice"),
        "{detail}"
    );
    assert_eq!(archive.row("whole.jpg")["detail"], "");
    assert_eq!(loads(&env), 3);
}

#[test]
fn a_body_cut_in_two_ways_is_not_kept() {
    let mut world = cut();
    world.faults.clear();
    // Each of them takes one load, in this order.
    for bytes in 4000..4005 {
        let framing = Framing::Length;
        let cut = FaultKind::Truncate { bytes, framing };
        world = world.fail(Fault::new(cut).item("cut.jpg"));
    }
    let env = TestEnv::signed_in(world);
    env.sync(&[]).assert_exit(3);
    let archive = env.archive();
    assert_eq!(archive.paths(), ["2024/03/whole.jpg"]);
    assert!(archive.row("cut.jpg")["detail"].contains("not a whole file"));
    env.sync(&[]).assert_exit(0);
    env.archive().assert_true_to(&env.google);
}

#[test]
fn it_is_not_asked_for_again_within_the_day() {
    let mut env = TestEnv::signed_in(cut());
    env.sync(&[]).assert_exit(0);
    heal(&env);
    env.in_hours(1).sync(&[]).assert_exit(0);
    assert_eq!(loads(&env), 0);
    assert_eq!(env.archive().row("cut.jpg")["status"], "present");
}

#[test]
fn a_day_later_the_whole_one_is_stored_beside_it_and_the_first_is_untouched() {
    let mut env = TestEnv::signed_in(cut());
    env.sync(&[]).assert_exit(0);
    let before = env.archive();
    heal(&env);
    env.in_hours(25).sync(&[]).assert_exit(0);
    assert_eq!(loads(&env), 1);
    let archive = env.archive();
    assert_eq!(half(&archive), half(&before));
    assert_eq!(archive.files.len(), 3);
    let (truth, row) = (env.google.truth(), archive.row("cut.jpg"));
    assert_eq!(row["sha256"], truth[&row["id"]].original.sha256);
    assert_ne!(row["local_path"], "2024/03/cut.jpg");
    assert!(row["local_path"].starts_with("2024/03/cut~"), "{row:#?}");
    assert_eq!(
        (row["status"].as_str(), row["detail"].as_str()),
        ("downloaded", "")
    );
    // From then on there is nothing left to ask.
    env.google.reset_stats();
    env.in_hours(50).sync(&[]).assert_exit(0);
    assert_eq!(loads(&env), 0);
    assert_eq!(env.archive().files, archive.files);
}

#[test]
fn a_first_one_that_is_deleted_when_there_is_a_better_one_is_neither_missed_nor_counted() {
    let mut env = TestEnv::signed_in(cut());
    env.sync(&[]).assert_exit(0);
    heal(&env);
    env.in_hours(25).sync(&[]).assert_exit(0);
    let counts = |env: &TestEnv| {
        let told = env.run(&["verify", "--json"]).assert_exit(0).json();
        ["files", "intact", "missing"].map(|what| told["counts"][what].as_u64().expect("a number"))
    };
    assert_eq!(counts(&env), [3, 3, 0]);
    let held = env.run(&["status", "--json"]).assert_exit(0).json();
    std::fs::remove_file(env.path("downloads/2024/03/cut.jpg")).expect("removed");
    assert_eq!(counts(&env), [2, 2, 0]);
    let still = env.run(&["status", "--json"]).assert_exit(0).json();
    assert_eq!(still["total"], held["total"]);
    env.in_hours(50).sync(&[]).assert_exit(0);
    assert_eq!(loads(&env), 1, "nobody asks for it");
}

#[test]
fn a_day_later_it_comes_the_same_and_the_question_is_settled() {
    let mut env = TestEnv::signed_in(cut());
    env.sync(&[]).assert_exit(0);
    let before = env.archive();
    env.google.reset_stats();
    env.in_hours(25).sync(&[]).assert_exit(0);
    assert_eq!(loads(&env), 2, "asked for once more, which takes two loads");
    let after = env.archive();
    assert_eq!(after.files, before.files);
    assert_eq!(after.row("cut.jpg")["status"], "present");
    env.google.reset_stats();
    env.in_hours(50).sync(&[]).assert_exit(0);
    assert_eq!(loads(&env), 0);
}

#[test]
fn a_question_that_google_cannot_answer_leaves_what_is_kept_in_the_list() {
    let mut env = TestEnv::signed_in(cut());
    env.sync(&[]).assert_exit(0);
    let before = env.archive();
    heal(&env);
    let down = Fault::new(FaultKind::status(500)).item("cut.jpg").always();
    env.google.world(|world| world.faults.push(down));
    let _ = env.in_hours(25).sync(&[]);
    let (after, kept) = (env.archive(), before.row("cut.jpg"));
    assert_eq!(after.files, before.files);
    let row = after.row("cut.jpg");
    assert_eq!(row["local_path"], kept["local_path"], "{row:#?}");
    assert_eq!(row["sha256"], kept["sha256"], "{row:#?}");
    // And it is asked for again, until there is an answer.
    heal(&env);
    env.in_hours(50).sync(&[]).assert_exit(0);
    let healed = env.archive();
    let row = healed.row("cut.jpg");
    assert_eq!(
        row["sha256"],
        env.google.truth()[&row["id"]].original.sha256
    );
    env.google.reset_stats();
    env.in_hours(75).sync(&[]).assert_exit(0);
    assert_eq!(loads(&env), 0);
}
