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
        env.sync(&[]).assert_exit(3).assert_says("(1 lines)");
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

/// What the index says of every file that is here, but for numbers and dates of its own.
fn told(env: &TestEnv) -> Vec<String> {
    let index = env.path("downloads/.gphotos-dl/index/index.db");
    let index = rusqlite::Connection::open(index).expect("an index");
    let mut statement = index
        .prepare(
            "SELECT json_array(source, id, role, how, path, hex(sha256), size, note, filename, items.mime_type, kind, created / 1000,
                 items.width, items.height, camera_make, camera_model, description, product_url)
             FROM roles JOIN items USING (item) JOIN files USING (file) WHERE roles.state = 'done' ORDER BY source, id, role",
        )
        .expect("tables");
    let rows = statement.query_map([], |row| row.get(0)).expect("a query");
    rows.collect::<Result<_, _>>().expect("rows")
}

/// An archive of files that came in every way: fetched, linked, adopted by their bytes and by their looks, and imported.
fn motley() -> TestEnv {
    let day = "2024-03-09".parse().expect("a day");
    let mut items = crowded().items;
    items.extend(zoo::equal_bytes(day));
    items.push(Item::photo(901, "adopted.jpg", DAY));
    items.push(Item::photo(902, "matched.jpg", DAY));
    // Listed before the photo that has brought its bytes.
    items.push(Item {
        content: items[0].content.clone(),
        ..Item::photo(903, "earlier.jpg", "2024-03-01T12:00:00Z")
    });
    let twin = items.len() - 1;
    let earlier = items.remove(twin);
    let env = TestEnv::signed_in(World::new().with_items(items));
    let folder = env.path("downloads/2024/03");
    fs::create_dir_all(&folder).expect("made");
    let bytes = |name: &str| env.google.world(|world| world.named(name).original());
    fs::write(folder.join("adopted.jpg"), bytes("adopted.jpg")).expect("written");
    let Content::Jpeg { seed, .. } = env
        .google
        .world(|world| world.named("matched.jpg").content.clone())
    else {
        panic!("no photo");
    };
    let same_looks = Item {
        content: Content::Jpeg { seed, size: 5000 },
        ..Item::photo(902, "matched.jpg", DAY)
    };
    fs::write(folder.join("matched.jpg"), same_looks.original()).expect("written");
    env.sync(&["--time-zone", "UTC"]).assert_exit(0);
    env.google.world(|world| world.items.push(earlier));
    env.sync(&[]).assert_exit(0);
    import(&env);
    env
}

/// An export with a photo that is here, one that is not, and one that is there twice with other bytes.
fn import(env: &TestEnv) {
    use gphotos_sim::takeout::{Export, Form, Format, Shot, ZipStyle};
    let bytes = env.google.world(|world| world.named("a.jpg").original());
    for (number, seed) in [("1", 7), ("2", 8)] {
        let mut export = Export::new();
        let year = export.year(2024);
        let other = Item {
            content: Content::Jpeg { seed, size: 0 },
            ..Item::photo(seed, "two.jpg", DAY)
        };
        let shots = [
            Shot {
                form: Form::Bytes(bytes.clone()),
                ..Shot::photo("a.jpg", DAY)
            },
            Shot::photo("new.jpg", DAY),
            Shot {
                form: Form::Bytes(other.original()),
                ..Shot::photo("two.jpg", DAY)
            },
        ];
        for shot in shots {
            let name = shot.title.clone();
            let shot = export.add(shot);
            export.media(year, &name, shot);
            export.sidecar(year, &format!("{name}.json"), shot);
        }
        let folder = env.path(number);
        fs::create_dir(&folder).expect("made");
        let parts = export
            .write(&folder, Format::Zip(ZipStyle::default()))
            .expect("written");
        for part in parts {
            env.run(&["import", part.to_str().expect("text")])
                .assert_exit(0);
        }
    }
}

#[test]
fn every_file_is_what_it_was_before_however_it_came() {
    let mut env = motley();
    // The second time, the lists of the runs that got the files are gone, and every file is only `present`.
    for hours in [1, 24 * 40] {
        env.in_hours(hours);
        env.sync(&[]).assert_exit(0);
        let (before, files) = (told(&env), env.archive().files);
        for how in ["downloaded", "linked", "adopted"] {
            assert!(
                before.iter().any(|row| row.contains(&format!("\"{how}\""))),
                "{before:#?}"
            );
        }
        let status = env.run(&["status", "--json"]).assert_exit(0).json();
        lose_index(&env);
        env.sync(&[]).assert_exit(0);
        assert_eq!(loads(&env), 0);
        let after = told(&env);
        let lost: Vec<_> = before.iter().filter(|row| !after.contains(row)).collect();
        let new: Vec<_> = after.iter().filter(|row| !before.contains(row)).collect();
        assert!(
            lost.is_empty() && new.is_empty(),
            "lost: {lost:#?}\nnew: {new:#?}"
        );
        assert_eq!(env.archive().files, files);
        let again = env.run(&["status", "--json"]).assert_exit(0).json();
        assert_eq!(again["total"], status["total"]);
    }
}

#[test]
fn lists_that_say_no_more_than_present_leave_it_to_older_ones() {
    let env = motley();
    let before = told(&env);
    // As lists were before they told it in the detail.
    for entry in fs::read_dir(env.path("media_items_list")).expect("a folder") {
        let path = entry.expect("an entry").path();
        let text = fs::read_to_string(&path).expect("read");
        let text = text.replace("linked by an earlier run", "");
        fs::write(&path, text.replace("adopted by an earlier run", "")).expect("written");
    }
    env.sync(&[]).assert_exit(0);
    lose_index(&env);
    env.sync(&[]).assert_exit(0);
    assert_eq!(told(&env), before);
}
