//! The dated list of a run: what stands in it, in which order, and how it survives spreadsheets.

use std::fs;

use chrono::{TimeDelta, Utc};
use gphotos_sim::{Fault, FaultKind, Item, Kind, VideoStatus, World, zoo};

use crate::support::{Archive, TestEnv};

const DAY: &str = "2024-03-09T12:00:00Z";

fn day() -> chrono::NaiveDate {
    "2024-03-09".parse().expect("a day")
}

/// The newest list as it stands on disk.
fn text(env: &TestEnv, archive: &Archive) -> String {
    let path = env.path("media_items_list").join(archive.newest_list());
    fs::read_to_string(path).expect("UTF-8")
}

#[test]
fn its_columns_and_one_of_its_rows() {
    let photo = Item {
        description: Some("at the sea".to_owned()),
        camera: Some(("Acme".to_owned(), "A1".to_owned())),
        ..Item::photo(1, "a.jpg", DAY)
    };
    let env = TestEnv::signed_in(World::new().item(photo));
    env.sync(&[]).assert_exit(0);
    let archive = env.archive();
    let text = text(&env, &archive);
    assert_eq!(
        text.lines().next(),
        Some(
            "id,source,role,filename,creation_time,mime_type,kind,width,height,camera_make,camera_model,description,\
             product_url,albums,local_path,size_bytes,sha256,status,detail"
        )
    );
    let row = archive.row("a.jpg");
    let (id, truth) = env.google.truth().pop_first().expect("an item");
    let expected = [
        ("id", id.as_str()),
        ("source", "library"),
        ("role", "original"),
        ("filename", "a.jpg"),
        ("creation_time", DAY),
        ("mime_type", "image/jpeg"),
        ("kind", "photo"),
        ("width", "64"),
        ("height", "48"),
        ("camera_make", "Acme"),
        ("camera_model", "A1"),
        ("description", "at the sea"),
        (
            "product_url",
            &format!("https://photos.google.com/lr/photo/{id}"),
        ),
        ("albums", ""),
        ("local_path", "2024/03/a.jpg"),
        ("size_bytes", &truth.original.size.to_string()),
        ("sha256", &truth.original.sha256),
        ("status", "downloaded"),
        ("detail", ""),
    ];
    for (column, value) in expected {
        assert_eq!(row[column], value, "{column}");
    }
    assert_eq!(row.len(), expected.len());
}

#[test]
fn it_is_sorted_by_time_then_id_then_role_and_what_has_no_time_comes_last() {
    let env = TestEnv::signed_in(World::new().with_items(zoo::zoo(day())));
    env.run(&["sync", "--since", "1800-01-01", "--window", "year"])
        .assert_exit(3);
    let archive = env.archive();
    let key = |row: &crate::support::Row| {
        let time = row["creation_time"].clone();
        (
            time.is_empty(),
            time,
            row["id"].clone(),
            row["role"].clone(),
        )
    };
    let keys: Vec<_> = archive.rows.iter().map(key).collect();
    assert!(keys.is_sorted(), "{keys:#?}");
    assert!(keys.last().is_some_and(|key| key.0));
    assert!(
        keys.windows(2).all(|pair| pair[0] != pair[1]),
        "a row twice"
    );
}

#[test]
fn every_file_of_every_item_has_its_row_whatever_became_of_it() {
    let processing = Item {
        kind: Kind::Video(VideoStatus::Processing),
        ..Item::video(1, "processing.mp4", DAY)
    };
    let world = World::new()
        .item(processing)
        .photo("old.jpg", DAY)
        .photo("broken.jpg", DAY)
        .with_items(zoo::equal_bytes(day()))
        .fail(
            Fault::new(FaultKind::status(500))
                .item("broken.jpg")
                .always(),
        );
    let env = TestEnv::signed_in(world);
    env.sync(&[]).assert_exit(3);
    env.google.world(|world| {
        world.items.push(Item::photo(9, "new.jpg", DAY));
        world.items.extend(zoo::motion_photo(day()));
    });
    env.sync(&[]).assert_exit(3);
    let archive = env.archive();
    let statuses: Vec<_> = archive.statuses().into_iter().collect();
    assert_eq!(
        statuses,
        [
            ("downloaded", 5),
            ("failed", 1),
            ("present", 3),
            ("skipped", 1)
        ]
    );
    for (name, status) in [
        ("processing.mp4", "skipped"),
        ("old.jpg", "present"),
        ("broken.jpg", "failed"),
        ("new.jpg", "downloaded"),
    ] {
        let row = archive.row(name);
        assert_eq!(row["status"], status, "{name}");
        assert_eq!(
            row["local_path"].is_empty(),
            ["skipped", "failed"].contains(&status)
        );
        assert_eq!(row["sha256"].is_empty(), row["local_path"].is_empty());
        assert_eq!(row["detail"].is_empty(), !row["local_path"].is_empty());
    }
}

#[test]
fn texts_come_back_as_google_has_them() {
    let items = [
        zoo::odd_descriptions(day()),
        zoo::formula_names(day()),
        zoo::control_characters(day()),
        zoo::emoji(day()),
    ]
    .concat();
    let env = TestEnv::signed_in(World::new().with_items(items.clone()));
    env.sync(&[]).assert_exit(0);
    let archive = env.archive();
    assert_eq!(archive.rows.len(), items.len());
    let plain = |cell: &str| cell.strip_prefix('\'').unwrap_or(cell).to_owned();
    for item in items {
        let row = archive.rows.iter().find(|row| row["id"] == item.id);
        let row = row.expect("a row");
        assert_eq!(plain(&row["filename"]), item.filename.expect("a name"));
        assert_eq!(
            plain(&row["description"]),
            item.description.unwrap_or_default()
        );
    }
}

#[test]
fn no_cell_is_a_formula() {
    let items = [
        zoo::formula_names(day()),
        zoo::odd_descriptions(day()),
        zoo::control_characters(day()),
    ];
    // In the archive's own folder even paths begin as names do.
    let env = TestEnv::signed_in(World::new().with_items(items.concat()));
    env.sync(&["--layout", "flat"]).assert_exit(0);
    let archive = env.archive();
    let mut guarded = 0;
    for cell in archive.rows.iter().flat_map(|row| row.values()) {
        assert!(
            !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
            "{cell:?}"
        );
        guarded += usize::from(cell.starts_with('\''));
    }
    // Eight names, of which the one with the quote is guarded too, as many paths, and one description.
    assert_eq!(guarded, 8 + 8 + 1);
}

#[test]
fn no_address_of_bytes_stands_in_it_or_anywhere_else_on_disk() {
    let env = TestEnv::signed_in(World::new().with_items(zoo::motion_photo(day())));
    env.sync(&[]).assert_exit(0);
    let host = env
        .google
        .endpoint()
        .trim_start_matches("http://")
        .to_owned();
    for folder in ["media_items_list", "downloads/.gphotos-dl/index"] {
        for entry in fs::read_dir(env.path(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            let bytes = fs::read(&path).expect("read");
            let bytes = String::from_utf8_lossy(&bytes);
            assert!(!bytes.contains(&host), "{}", path.display());
        }
    }
}

#[test]
fn two_runs_that_begin_in_one_second_have_two_lists() {
    let env = TestEnv::signed_in(World::new().photo("a.jpg", DAY));
    let lists = env.path("media_items_list");
    fs::create_dir_all(&lists).expect("made");
    // Whenever within the next minute the run begins, that second has its list already.
    let planted: Vec<_> = (0..60)
        .map(|second| {
            let time = Utc::now() + TimeDelta::seconds(second);
            let name = format!("item-list-{}.csv", time.format("%Y%m%dT%H%M%SZ"));
            fs::write(lists.join(&name), "id\n").expect("written");
            name
        })
        .collect();
    env.sync(&[]).assert_exit(0);
    let new: Vec<_> = env
        .archive()
        .lists
        .into_iter()
        .filter(|name| *name != "archive.json" && !planted.contains(name))
        .collect();
    assert_eq!(new.len(), 1, "{new:?}");
    let first = new[0].replace("-2.csv", ".csv");
    assert!(
        new[0].ends_with("Z-2.csv") && planted.contains(&first),
        "{new:?}"
    );
    assert_eq!(fs::read_to_string(lists.join(first)).expect("read"), "id\n");
}

#[test]
fn a_run_that_sees_nothing_leaves_a_list_of_nothing() {
    let env = TestEnv::signed_in(World::new());
    env.sync(&[]).assert_exit(0);
    let archive = env.archive();
    assert!(archive.rows.is_empty());
    let text = text(&env, &archive);
    assert!(text.starts_with("id,source,role,") && text.lines().count() == 1);
}

#[test]
fn a_description_of_a_megabyte_is_one_cell() {
    let text = "\"a\",\n'b';\t".repeat(100_000);
    let photo = Item {
        description: Some(text.clone()),
        ..Item::photo(1, "a.jpg", DAY)
    };
    let env = TestEnv::signed_in(World::new().item(photo).photo("b.jpg", DAY));
    env.sync(&[]).assert_exit(0);
    let archive = env.archive();
    assert_eq!(archive.rows.len(), 2);
    assert_eq!(archive.row("a.jpg")["description"], text);
}
