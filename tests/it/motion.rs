//! Motion photos: the clip is fetched once, lies beside its still, and is asked for only where there is a sign of one.

use gphotos_sim::{Content, Fault, FaultKind, Item, World};

use crate::support::{Archive, Row, TestEnv};

const DAY: &str = "2024-03-09T12:00:00Z";
const STILL: &str = "2024/03/PXL_1.MP.jpg";
const CLIP: &str = "2024/03/PXL_1.MP.mp4";

fn motion_photo(name: &str) -> Item {
    Item {
        content: Content::MotionPhoto { seed: 1, size: 0 },
        ..Item::photo(1, name, DAY)
    }
}

fn world() -> World {
    World::new().item(motion_photo("PXL_1.MP.jpg"))
}

fn clip(archive: &Archive) -> &Row {
    let mut clips = archive.rows.iter().filter(|row| row["role"] == "motion");
    clips.next().expect("a row of the clip")
}

/// Requests for the clip; the one that follows the redirect does not count.
fn asked(env: &TestEnv) -> u64 {
    let stats = env.google.stats();
    stats.bytes.values().filter_map(|it| it.get("=dv")).sum()
}

#[test]
fn the_clip_lies_beside_its_still_and_is_fetched_once() {
    let env = TestEnv::signed_in(world());
    env.sync(&[]).assert_exit(0);
    let archive = env.archive();
    assert_eq!(archive.paths(), [STILL, CLIP]);
    archive.assert_true_to(&env.google);
    assert_eq!(clip(&archive)["local_path"], CLIP);
    assert_eq!(asked(&env), 1);
    env.sync(&[]).assert_exit(0);
    assert_eq!(asked(&env), 1);
    assert_eq!(clip(&env.archive())["status"], "present");
}

#[test]
fn the_stills_own_word_is_enough_whatever_its_name() {
    let env = TestEnv::signed_in(World::new().item(motion_photo("IMG_5004.jpg")));
    env.sync(&[]).assert_exit(0);
    let archive = env.archive();
    assert_eq!(
        archive.paths(),
        ["2024/03/IMG_5004.jpg", "2024/03/IMG_5004.mp4"]
    );
    archive.assert_true_to(&env.google);
}

#[test]
fn a_photo_that_says_nothing_of_a_clip_is_not_asked_for_one() {
    let env = TestEnv::signed_in(World::new().photo("CAMP.jpg", DAY).photo("IMG_1.jpg", DAY));
    env.sync(&[]).assert_exit(0);
    assert_eq!(asked(&env), 0);
}

#[test]
fn a_clip_that_google_refuses_is_asked_for_in_one_run_and_never_again() {
    // A 404 may be the address's: it is asked for once more with a fresh one.
    for (status, requests) in [(404, 2), (400, 1)] {
        // A name that promises a clip, and nothing behind it.
        let world = World::new().photo("MVIMG_1.jpg", DAY);
        let env = TestEnv::signed_in(world.with(|world| world.media.no_clip_status = status));
        env.sync(&[]).assert_exit(0);
        assert_eq!(asked(&env), requests, "{status}");
        let archive = env.archive();
        assert_eq!(archive.rows.len(), 1, "{status}: {:#?}", archive.rows);
        env.sync(&[]).assert_exit(0);
        assert_eq!(asked(&env), requests, "{status}");
        assert_eq!(env.archive().statuses().get("present"), Some(&1));
    }
}

#[test]
fn one_refusal_costs_no_clip() {
    let dead = Fault::new(FaultKind::status(404)).suffix("=dv").times(1);
    let env = TestEnv::signed_in(world().fail(dead));
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.archive().paths(), [STILL, CLIP]);
    env.archive().assert_true_to(&env.google);
}

#[test]
fn a_clip_that_was_here_is_missed_until_it_is_here_again() {
    let env = TestEnv::signed_in(world().photo("other.jpg", DAY));
    env.sync(&[]).assert_exit(0);
    std::fs::remove_file(env.path("downloads").join(CLIP)).expect("removed");
    for status in [404, 400] {
        let gone = Fault::new(FaultKind::status(status)).suffix("=dv").always();
        env.google.world(|world| world.faults = vec![gone]);
        env.sync(&[])
            .assert_exit(3)
            .assert_says("PXL_1.MP.jpg (its clip)");
        assert_eq!(clip(&env.archive())["status"], "failed", "{status}");
    }
    env.google.world(|world| world.faults.clear());
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.archive().paths(), [STILL, CLIP, "2024/03/other.jpg"]);
    env.archive().assert_true_to(&env.google);
}

#[test]
fn a_picture_in_place_of_the_clip_is_not_kept() {
    let still = motion_photo("PXL_1.MP.jpg").original();
    // The same bytes for `=d` and for `=dv`.
    let env = TestEnv::signed_in(World::new().item(motion_photo("PXL_1.MP.jpg").with_bytes(still)));
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.archive().paths(), [STILL]);
    assert_eq!(env.archive().temps, [""; 0]);
}

#[test]
fn a_clip_that_fails_is_known_to_have_failed_and_does_not_touch_its_still() {
    let down = Fault::new(FaultKind::status(500)).suffix("=dv").always();
    let env = TestEnv::signed_in(world().fail(down));
    let first = env.sync(&["--json"]).assert_exit(3).assert_says("clip");
    assert_eq!(first.json()["totals"]["failed_new"], 1);
    let archive = env.archive();
    assert_eq!(archive.paths(), [STILL]);
    assert_eq!(clip(&archive)["status"], "failed");
    assert!(clip(&archive)["detail"].contains("500"));
    assert_eq!(archive.rows.len(), 2);
    env.google.reset_stats();
    let second = env.sync(&["--json"]).assert_exit(3);
    assert_eq!(second.json()["totals"]["failed_known"], 1, "{second}");
    assert_eq!(second.json()["totals"]["failed_new"], 0, "{second}");
    assert_eq!(
        env.google.stats().all_byte_requests(),
        asked(&env),
        "the still is not fetched again"
    );
    env.google.world(|world| world.faults.clear());
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.archive().paths(), [STILL, CLIP]);
    env.archive().assert_true_to(&env.google);
}

#[test]
fn a_clip_that_is_missing_on_disk_is_fetched_again_and_reported() {
    let env = TestEnv::signed_in(world().photo("other.jpg", DAY));
    env.sync(&[]).assert_exit(0);
    let before = env.archive();
    std::fs::remove_file(env.path("downloads").join(CLIP)).expect("removed");
    let plan = env.sync(&["--dry-run"]).assert_exit(0);
    assert_eq!(plan.stdout, format!("{CLIP}\tmissing on disk\n"));
    let output = env.sync(&["--json"]).assert_exit(0);
    assert_eq!(output.json()["totals"]["restored"], 1, "{output}");
    assert_eq!(env.archive().files, before.files);
}

#[test]
fn still_and_clip_keep_together_when_their_name_is_taken() {
    let world = world().item(Item {
        created: motion_photo("")
            .created
            .map(|it| it - chrono::Duration::seconds(1)),
        content: Content::MotionPhoto { seed: 2, size: 0 },
        ..Item::photo(2, "PXL_1.MP.jpg", DAY)
    });
    let env = TestEnv::signed_in(world);
    env.sync(&[]).assert_exit(0);
    let archive = env.archive();
    archive.assert_true_to(&env.google);
    assert_eq!(archive.files.len(), 4);
    for still in archive.rows.iter().filter(|row| row["role"] == "original") {
        let stem = still["local_path"].trim_end_matches(".jpg");
        let its_clip = archive
            .rows
            .iter()
            .find(|row| row["role"] == "motion" && row["id"] == still["id"]);
        let path = &its_clip.expect("a clip")["local_path"];
        assert!(path.starts_with(stem), "{path} beside {stem}");
    }
}
