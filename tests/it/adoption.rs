//! Folders that other tools have filled: taken over where the rule allows, and told where it does not.

use std::fs;

use gphotos_sim::{Content, Fault, FaultKind, Item, Route, World};

use crate::support::TestEnv;

const DAY: &str = "2021-01-01T12:00:00Z";

/// The same picture in other bytes: what Google keeps and what it hands out differ like this.
fn other_bytes(item: &Item) -> Vec<u8> {
    let twin = Item {
        content: match item.content {
            Content::Jpeg { seed, .. } => Content::Jpeg { seed, size: 5000 },
            Content::Mp4 { seed, .. } => Content::Mp4 { seed, size: 9000 },
            Content::MotionPhoto { seed, .. } => Content::MotionPhoto { seed, size: 7000 },
            Content::Raw(_) => panic!("no picture"),
        },
        ..item.clone()
    };
    let bytes = match twin.content {
        Content::Mp4 { .. } => twin.clip().expect("a film"),
        _ => twin.original(),
    };
    bytes.to_vec()
}

fn put(env: &TestEnv, path: &str, bytes: &[u8]) {
    let path = env.path("downloads").join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, bytes).expect("written");
}

fn loads(env: &TestEnv) -> u64 {
    env.google.stats().all_byte_requests()
}

fn photo() -> Item {
    Item::photo(1, "IMG_1.jpg", DAY)
}

fn with(items: Vec<Item>) -> TestEnv {
    TestEnv::signed_in(World::new().with_items(items))
}

/// A photo and a video, as each tool would have left them, and what it leaves beside them.
const LAYOUTS: [(&str, [&str; 2], &[&str]); 6] = [
    ("the original script", ["IMG_1.jpg", "VID_1.mp4"], &[]),
    (
        "rclone by day",
        [
            "media/by-day/2021/2021-01-01/IMG_1.jpg",
            "media/by-day/2021/2021-01-01/VID_1 {AGj1epWx5cUeK2mJ9b0ZyQw7h3dR8tLnV4oP6sXaBfCkTgEi1uMqYvNrHl0wZjDc}.mp4",
        ],
        &[],
    ),
    (
        "rclone by month",
        [
            "media/by-month/2021/2021-01/IMG_1.jpg",
            "media/by-month/2021/2021-01/VID_1.mp4",
        ],
        &[],
    ),
    (
        "gphotos-sync",
        ["photos/2021/01/IMG_1 (1).jpg", "photos/2021/01/VID_1.mp4"],
        &[".gphotos.token", "gphotos.sqlite", "gphotos.log"],
    ),
    (
        "an unzipped Takeout",
        [
            "Takeout/Google Photos/Photos from 2021/IMG_1(1).jpg",
            "Takeout/Google Photos/Photos from 2021/VID_1.mp4",
        ],
        &[
            "Takeout/archive_browser.html",
            "Takeout/Google Photos/Photos from 2021/IMG_1.jpg.supplemental-metadata(1).json",
            "Takeout/Google Photos/Photos from 2021/VID_1.mp4.json",
        ],
    ),
    (
        "the layout of this program",
        ["2021/01/IMG_1.jpg", "2021/01/VID_1.mp4"],
        &[],
    ),
];

#[test]
fn what_other_tools_have_left_is_taken_over_where_it_lies() {
    for (tool, paths, others) in LAYOUTS {
        let items = vec![photo(), Item::video(2, "VID_1.mp4", DAY)];
        let env = with(items.clone());
        for (path, item) in paths.iter().zip(&items) {
            put(&env, path, &other_bytes(item));
        }
        for other in others {
            put(&env, other, b"{\"title\": \"IMG_1.jpg\"}");
        }
        let before = env.archive().files;
        let output = env.sync(&["--json"]).assert_exit(0);
        assert_eq!(output.json()["totals"]["matched"], 2, "{tool}: {output}");
        assert_eq!(output.json()["totals"]["adopted"], 2, "{tool}: {output}");
        output.assert_says("not proven");
        assert_eq!(loads(&env), 0, "{tool}");
        let archive = env.archive();
        assert_eq!(archive.files, before, "{tool}");
        for (path, item) in paths.iter().zip(&items) {
            let row = archive.row(item.filename.as_deref().expect("a name"));
            assert_eq!(row["local_path"], *path);
            assert_eq!(row["status"], "adopted");
            assert!(row["detail"].contains("not proven"), "{tool}: {row:?}");
            assert_eq!(row["size_bytes"], before[*path].len().to_string());
        }
        for _ in 0..2 {
            let output = env.sync(&["--json"]).assert_exit(0);
            assert_eq!(output.json()["totals"]["already_here"], 2, "{tool}");
            assert_eq!(env.archive().files, before, "{tool}");
            assert_eq!(loads(&env), 0, "{tool}");
            let archive = env.archive();
            assert_eq!(archive.statuses().get("present"), Some(&2), "{tool}");
            assert!(archive.row("IMG_1.jpg")["detail"].contains("not proven"));
            // The second time around, with an index that had to be rebuilt.
            fs::remove_dir_all(env.path("downloads/.gphotos-dl")).expect("removed");
        }
    }
}

#[test]
fn what_was_adopted_is_still_so_in_a_rebuilt_index() {
    let items = vec![
        photo(),
        Item::photo(2, "IMG_2.jpg", DAY),
        Item::photo(3, "c.jpg", DAY),
    ];
    let env = with(items.clone());
    put(&env, "IMG_1.jpg", &other_bytes(&items[0]));
    // Without a name to go by, and the very bytes.
    put(&env, "unnamed", &items[1].original());
    env.sync(&[]).assert_exit(0);
    env.sync(&[]).assert_exit(0);
    fs::remove_dir_all(env.path("downloads/.gphotos-dl")).expect("removed");
    env.google.reset_stats();
    env.sync(&[]).assert_exit(0);
    assert_eq!(loads(&env), 0);
    let index = env.path("downloads/.gphotos-dl/index/index.db");
    let index = rusqlite::Connection::open(index).expect("an index");
    let sql = "SELECT path, how FROM roles JOIN files USING (file) ORDER BY path";
    let mut statement = index.prepare(sql).expect("a statement");
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    let rows: Vec<(String, String)> = rows.expect("rows").map(|row| row.expect("a row")).collect();
    let expected = [
        ("2021/01/c.jpg", "downloaded"),
        ("IMG_1.jpg", "adopted"),
        ("unnamed", "adopted"),
    ];
    assert_eq!(
        rows,
        expected.map(|(path, how)| (path.to_owned(), how.to_owned()))
    );
}

#[test]
fn equal_bytes_are_adopted_wherever_they_lie_and_whatever_they_are_called() {
    // Two of one name and one time: nothing but their bytes can tell them apart.
    let items = vec![
        photo(),
        Item::photo(2, "IMG_1.jpg", DAY),
        Item::photo(3, "c.jpg", DAY),
    ];
    let env = with(items.clone());
    put(&env, "media/IMG_1.jpg", &items[1].original());
    put(&env, "media/IMG_1 (1).jpg", &items[0].original());
    put(&env, "unnamed", &items[2].original());
    let before = env.archive().files;
    let output = env.sync(&["--json"]).assert_exit(0);
    assert_eq!(output.json()["totals"]["adopted"], 3);
    assert_eq!(output.json()["totals"]["matched"], 0);
    assert_eq!(output.json()["totals"]["beside"], 0, "{output}");
    assert_eq!(env.google.stats().count(Route::Bytes), 3);
    let archive = env.archive();
    assert_eq!(archive.files, before);
    assert_eq!(archive.statuses().get("adopted"), Some(&3));
    archive.assert_true_to(&env.google);
    env.google.reset_stats();
    env.sync(&[]).assert_exit(0);
    assert_eq!(loads(&env), 0);
}

/// Puts `bytes` where the photo's twin could be, and sees that it is not taken for it.
#[track_caller]
fn assert_not_adopted(items: &[Item], bytes: &[u8], why: &str) {
    let env = with(items.to_vec());
    put(&env, "old/IMG_1.jpg", bytes);
    let plan = env.sync(&["--dry-run"]).assert_exit(0);
    assert_eq!(plan.stdout.lines().count(), items.len(), "{plan}");
    let output = env.sync(&["--json"]).assert_exit(0);
    let totals = &output.json()["totals"];
    assert_eq!(totals["adopted"], 0, "{output}");
    assert_eq!(totals["beside"], items.len(), "{output}");
    output.assert_says("not taken over").assert_says(why);
    let archive = env.archive();
    assert_eq!(archive.files["old/IMG_1.jpg"], bytes, "kept as it is");
    assert_eq!(archive.files.len(), 1 + items.len());
    let truth = env.google.truth();
    for row in &archive.rows {
        assert_eq!(row["status"], "downloaded");
        assert_eq!(row["sha256"], truth[&row["id"]].original.sha256);
        assert!(row["detail"].contains(why), "{row:#?}");
    }
    env.google.reset_stats();
    env.sync(&[]).assert_exit(0);
    assert_eq!(loads(&env), 0);
    assert_eq!(env.archive().files, archive.files);
}

#[test]
fn a_text_of_its_name_is_not_taken_for_it() {
    assert_not_adopted(&[photo()], b"notes", "is no photo or video");
}

#[test]
fn a_film_of_its_name_is_not_taken_for_it() {
    let film = other_bytes(&Item::video(1, "IMG_1.jpg", DAY));
    assert_not_adopted(&[photo()], &film, "is a video where Google has a photo");
}

#[test]
fn half_of_it_is_not_taken_for_it() {
    let bytes = other_bytes(&photo());
    assert_not_adopted(
        &[photo()],
        &bytes[..bytes.len() - 100],
        "not known to be whole",
    );
}

#[test]
fn other_pixels_are_not_taken_for_it() {
    let smaller = Item {
        dimensions: Some((32, 24)),
        ..photo()
    };
    let why = "has other pixels (32×24 instead of 64×48)";
    assert_not_adopted(&[photo()], &other_bytes(&smaller), why);
}

#[test]
fn another_time_is_not_taken_for_it() {
    let later = Item::photo(1, "IMG_1.jpg", "2021-01-02T02:00:01Z");
    assert_not_adopted(
        &[photo()],
        &other_bytes(&later),
        "was taken at another time",
    );
}

#[test]
fn a_time_that_is_not_there_is_not_taken_for_it() {
    let undated = Item {
        created: None,
        ..photo()
    };
    assert_not_adopted(&[photo()], &other_bytes(&undated), "does not say when");
}

#[test]
fn a_match_that_two_items_could_claim_is_nobodys() {
    let items = vec![photo(), Item::photo(2, "IMG_1.jpg", "2021-01-01T13:00:00Z")];
    assert_not_adopted(&items, &other_bytes(&photo()), "is not the only match");
}

#[test]
fn two_files_that_match_are_both_left_alone() {
    let env = with(vec![photo()]);
    let bytes = other_bytes(&photo());
    put(&env, "a/IMG_1.jpg", &bytes);
    put(&env, "b/IMG_1(1).jpg", &[&bytes[..], b"x"].concat());
    let before = env.archive().files;
    let output = env.sync(&["--json"]).assert_exit(0);
    assert_eq!(output.json()["totals"]["adopted"], 0);
    output.assert_says("is not the only match");
    let archive = env.archive();
    assert_eq!(archive.files.len(), 3);
    assert!(
        before
            .iter()
            .all(|(path, bytes)| archive.files[path] == *bytes)
    );
}

#[test]
fn an_item_that_has_its_file_already_makes_a_match_ambiguous() {
    let env = with(vec![photo()]);
    env.sync(&[]).assert_exit(0);
    let new = Item::photo(2, "IMG_1.jpg", DAY);
    put(&env, "old/IMG_1.jpg", &other_bytes(&new));
    env.google.world(|world| world.items.push(new));
    let output = env.sync(&["--json"]).assert_exit(0);
    assert_eq!(output.json()["totals"]["adopted"], 0);
    output.assert_says("is not the only match");
    assert_eq!(env.archive().files.len(), 3);
}

#[test]
fn a_zone_a_rotation_and_a_failed_fetch_do_not_stand_in_the_way() {
    let down = Fault::new(FaultKind::status(500)).path("/lr/").always();
    let mut item = Item {
        utc_offset_minutes: -11 * 60,
        dimensions: Some((48, 64)),
        ..photo()
    };
    let env = TestEnv::signed_in(World::new().item(item.clone()).fail(down));
    env.sync(&[]).assert_exit(3);
    item.dimensions = Some((64, 48));
    put(&env, "old/img_1.JPG", &other_bytes(&item));
    let output = env.sync(&["--json"]).assert_exit(0);
    assert_eq!(output.json()["totals"]["matched"], 1, "{output}");
    assert_eq!(
        env.archive().row("IMG_1.jpg")["local_path"],
        "old/img_1.JPG"
    );
}

#[test]
fn the_clip_of_an_adopted_still_is_fetched() {
    let still = Item {
        content: Content::MotionPhoto { seed: 1, size: 0 },
        ..photo()
    };
    let env = with(vec![still.clone()]);
    put(&env, "old/IMG_1.jpg", &other_bytes(&still));
    let output = env.sync(&["--json"]).assert_exit(0);
    assert_eq!(output.json()["totals"]["matched"], 1, "{output}");
    let archive = env.archive();
    assert_eq!(archive.paths(), ["old/IMG_1.jpg", "old/IMG_1.mp4"]);
    assert_eq!(env.google.stats().count(Route::Bytes), 1);
    env.google.reset_stats();
    env.sync(&[]).assert_exit(0);
    assert_eq!(loads(&env), 0);
}

#[test]
fn days_that_could_not_be_listed_leave_their_neighbours_undecided() {
    let far = Item::photo(2, "IMG_2.jpg", "2021-01-06T12:00:00Z");
    let env = with(vec![photo(), far.clone()]);
    put(&env, "old/IMG_1.jpg", &other_bytes(&photo()));
    put(&env, "old/IMG_2.jpg", &other_bytes(&far));
    let before = env.archive().files;
    // The second day, once and for all.
    let lost = Fault::new(FaultKind::status(400))
        .route(Route::Search)
        .nth(2);
    env.google.world(|world| world.faults.push(lost));
    let output = env.sync_days("2021-01-01", "2021-01-07", &["--json", "--list-jobs", "1"]);
    let output = output.assert_exit(3);
    assert_eq!(output.json()["totals"]["matched"], 1, "{output}");
    assert_eq!(output.json()["totals"]["skipped"], 1, "{output}");
    assert_eq!(env.archive().files, before);
    assert_eq!(loads(&env), 0);
    env.google.world(|world| world.faults.clear());
    let output = env.sync_days("2021-01-01", "2021-01-07", &["--json", "--list-jobs", "1"]);
    assert_eq!(output.assert_exit(0).json()["totals"]["matched"], 1);
    assert_eq!(env.archive().files, before);
    assert_eq!(loads(&env), 0);
}

#[test]
fn a_plan_adopts_in_thought_only() {
    let env = with(vec![photo(), Item::photo(2, "b.jpg", DAY)]);
    put(&env, "old/IMG_1.jpg", &other_bytes(&photo()));
    let plan = env.sync(&["--dry-run"]).assert_exit(0);
    assert_eq!(plan.stdout, "2021/01/b.jpg\tnew\n");
    plan.assert_says("matched by name, pixels and time");
    assert!(!env.path("downloads/.gphotos-dl").exists());
}

#[test]
fn what_the_lists_know_to_be_changed_is_not_adopted_however_often_it_fails() {
    let env = with(vec![photo(), Item::photo(2, "b.jpg", DAY)]);
    env.sync(&[]).assert_exit(0);
    let path = env.path("downloads/2021/01/IMG_1.jpg");
    let mut bytes = fs::read(&path).expect("read");
    // One bit, and the size is as it was.
    bytes[700] ^= 1;
    fs::write(&path, &bytes).expect("written");
    fs::remove_dir_all(env.path("downloads/.gphotos-dl")).expect("removed");
    let down = Fault::new(FaultKind::status(500)).path("/lr/").always();
    env.google.world(|world| world.faults.push(down));
    for _ in 0..2 {
        env.sync(&[]).assert_exit(3);
    }
    env.google.world(|world| world.faults.clear());
    env.sync(&[]).assert_exit(0);
    let archive = env.archive();
    assert_eq!(archive.files["2021/01/IMG_1.jpg"], bytes);
    let row = archive.row("IMG_1.jpg");
    assert_eq!(row["status"], "downloaded");
    assert_eq!(
        row["sha256"],
        env.google.truth()[&row["id"]].original.sha256
    );
}
