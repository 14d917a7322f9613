//! Names: whatever Google calls an item, its file lies inside the archive, under a name that lasts and that every file
//! system can hold.

use std::collections::{BTreeMap, HashSet};
use std::os::unix::fs::MetadataExt;

use gphotos_sim::{Item, World, zoo};
use unicode_normalization::UnicodeNormalization;

use crate::support::{Archive, TestEnv};

const DAY: &str = "2024-03-09";

fn day() -> chrono::NaiveDate {
    DAY.parse().expect("a day")
}

/// Item and role → path.
fn places(archive: &Archive) -> BTreeMap<(String, String), String> {
    let place = |row: &crate::support::Row| {
        let key = (row["id"].clone(), row["role"].clone());
        (key, row["local_path"].clone())
    };
    archive.rows.iter().map(place).collect()
}

/// What a file system that folds case and composition takes for one name.
fn folded(path: &str) -> String {
    let upper = path.nfd().flat_map(char::to_uppercase);
    upper.flat_map(char::to_lowercase).nfc().collect()
}

#[test]
fn every_animal_of_the_zoo_lands_inside_under_a_name_that_every_system_takes() {
    let animals = zoo::zoo(day());
    let unplayable = zoo::unplayable_videos(day()).len();
    let env = TestEnv::signed_in(World::new().with_items(animals.clone()));
    // One of them is a video that Google could not process.
    let args = ["sync", "--since", "1800-01-01", "--window", "year"];
    env.run(&args).assert_exit(3);
    let archive = env.archive();
    archive.assert_true_to(&env.google);
    let originals = archive.rows.iter().filter(|row| row["role"] == "original");
    assert_eq!(originals.count(), animals.len());
    let placed = archive
        .rows
        .iter()
        .filter(|row| !row["local_path"].is_empty());
    assert_eq!(placed.count(), archive.rows.len() - unplayable);
    assert_eq!(archive.statuses().get("failed"), Some(&1));
    let mut seen = HashSet::new();
    for path in archive.paths() {
        assert!(seen.insert(folded(path)), "{path} twice");
        let (folder, name) = path.rsplit_once('/').expect("a folder");
        let is_month = folder.len() == 7 && folder.as_bytes()[4] == b'/';
        assert!(is_month || folder == "undated", "{path:?}");
        assert!((1..=140).contains(&name.len()), "{name:?}");
        let forbidden = |c: char| c.is_control() || "<>:\"\\|?*".contains(c);
        assert!(!name.contains(forbidden), "{name:?}");
        assert!(
            !name.starts_with(['.', ' ']) && !name.ends_with(['.', ' ']),
            "{name:?}"
        );
        let stem = name
            .split('.')
            .next()
            .unwrap_or_default()
            .trim()
            .to_uppercase();
        assert!(
            !["CON", "NUL", "AUX", "COM1", "COM¹", "LPT1", "CONIN$"].contains(&stem.as_str()),
            "{name:?}"
        );
    }
    let entries = std::fs::read_dir(env.root()).expect("the root");
    let mut entries: Vec<_> = entries
        .map(|it| it.expect("an entry").file_name())
        .collect();
    entries.sort();
    assert_eq!(entries, ["credentials", "downloads", "media_items_list"]);
    // The second run finds all of it where it is.
    env.google.reset_stats();
    env.run(&args).assert_exit(3);
    assert_eq!(env.google.stats().all_byte_requests(), 0);
    assert_eq!(places(&env.archive()), places(&archive));
}

#[test]
fn names_do_not_depend_on_how_many_are_fetched_or_listed_at_a_time() {
    let mut seen = Vec::new();
    for (jobs, list_jobs) in [("1", "1"), ("8", "4"), ("64", "16")] {
        let species = [
            zoo::same_name(day()),
            zoo::case_twins(day()),
            zoo::unicode_twins(day()),
            zoo::long_names(day()),
            zoo::lookalike_names(day()),
            zoo::motion_photo(day()),
        ];
        let env = TestEnv::signed_in(World::new().with_items(species.concat()));
        env.sync(&["--jobs", jobs, "--list-jobs", list_jobs])
            .assert_exit(0);
        env.archive().assert_true_to(&env.google);
        seen.push(places(&env.archive()));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
}

#[test]
fn the_first_in_listing_order_keeps_the_bare_name_and_the_others_are_tagged_for_ever() {
    // With bytes of their own, which do not change with their dates.
    let fixed = |item: Item| {
        let bytes = item.original();
        item.with_bytes(bytes)
    };
    let items = zoo::same_name(day()).into_iter().map(fixed).collect();
    let env = TestEnv::signed_in(World::new().with_items(items));
    env.sync(&["--no-full-listing"]).assert_exit(0);
    let first = places(&env.archive());
    let tagged = |path: &&String| {
        let tag = path.strip_prefix("2024/03/IMG_0001~");
        let tag = tag.and_then(|it| it.strip_suffix(".jpg"));
        tag.is_some_and(|it| it.len() == 6 && it.bytes().all(|it| it.is_ascii_alphanumeric()))
    };
    assert_eq!(first.values().filter(tagged).count(), 4);
    assert!(first.values().any(|path| path == "2024/03/IMG_0001.jpg"));
    // Google lists in another order, and one more of the name has come: nobody moves.
    env.google.world(|world| {
        for (hour, item) in (10..).zip(world.items.iter_mut().rev()) {
            let time = format!("{DAY}T{hour}:00:00Z");
            item.created = Some(time.parse().expect("a time"));
        }
        let newest = Item::photo(77, "IMG_0001.jpg", "2024-03-09T23:00:00Z");
        world.items.push(newest);
    });
    env.sync(&["--no-full-listing"]).assert_exit(0);
    let second = places(&env.archive());
    assert_eq!(second.len(), 6);
    for (item, path) in &first {
        assert_eq!(&second[item], path);
    }
    env.archive().assert_true_to(&env.google);
}

#[test]
fn an_item_that_google_renames_keeps_its_file() {
    let env = TestEnv::signed_in(World::new().photo("before.jpg", "2024-03-09T12:00:00Z"));
    env.sync(&[]).assert_exit(0);
    env.google
        .world(|world| world.named("before.jpg").filename = Some("after.jpg".to_owned()));
    env.google.reset_stats();
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.google.stats().all_byte_requests(), 0);
    assert_eq!(
        env.archive().row("after.jpg")["local_path"],
        "2024/03/before.jpg"
    );
}

#[test]
fn a_file_bears_the_time_of_its_photo() {
    let world = World::new()
        .photo("new.jpg", "2024-03-09T06:15:42Z")
        .photo("moon.jpg", "1969-07-20T20:17:40Z")
        .photo("late.jpg", "2038-01-19T03:14:08Z")
        .video("film.mp4", "2024-03-09T06:15:43Z")
        .with_items(zoo::undated(day()));
    let env = TestEnv::signed_in(world);
    env.run(&["sync", "--since", "1900-01-01", "--window", "year"])
        .assert_exit(0);
    for (path, time) in [
        ("2024/03/new.jpg", "2024-03-09T06:15:42Z"),
        ("1969/07/moon.jpg", "1969-07-20T20:17:40Z"),
        ("2038/01/late.jpg", "2038-01-19T03:14:08Z"),
        ("2024/03/film.mp4", "2024-03-09T06:15:43Z"),
    ] {
        let modified = std::fs::metadata(env.path("downloads").join(path))
            .expect("there")
            .mtime();
        let expected: chrono::DateTime<chrono::Utc> = time.parse().expect("a time");
        assert_eq!(modified, expected.timestamp(), "{path}");
    }
}

#[test]
fn the_umask_alone_decides_who_may_read_the_photos() {
    for (umask, file, folder) in [
        ("022", 0o644, 0o755),
        ("027", 0o640, 0o750),
        ("000", 0o666, 0o777),
    ] {
        let world = World::new().photo("a.jpg", "2024-03-09T12:00:00Z");
        let env = TestEnv::signed_in(world);
        let mut command = env.shell(
            &format!("umask {umask}"),
            &["sync", "--since", "2024-03-01"],
        );
        env.finish(command.spawn().expect("it starts"))
            .assert_exit(0);
        let mode = |path: &str| std::fs::metadata(env.path(path)).expect("there").mode() & 0o777;
        assert_eq!(mode("downloads/2024/03/a.jpg"), file, "{umask}");
        assert_eq!(mode("downloads/2024/03"), folder, "{umask}");
        let archive = env.archive();
        let list = archive.newest_list();
        assert_eq!(mode(&format!("media_items_list/{list}")), file, "{umask}");
    }
}

#[test]
fn a_day_on_which_everything_has_one_name_loses_nothing() {
    let mut items = zoo::crowded_day(day(), 300);
    for item in &mut items {
        item.filename = Some("IMG_0001.jpg".to_owned());
    }
    let env = TestEnv::signed_in(World::new().with_items(items));
    env.sync(&["--jobs", "16"]).assert_exit(0);
    let archive = env.archive();
    assert_eq!(archive.files.len(), 300);
    archive.assert_true_to(&env.google);
    env.google.reset_stats();
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.google.stats().all_byte_requests(), 0);
    assert_eq!(places(&env.archive()), places(&archive));
}
