//! Folders: the layout and the time zone decide them, once for the life of an archive.

use std::fs;

use gphotos_sim::{Item, World, zoo};

use crate::support::TestEnv;

#[test]
fn a_layout_decides_the_folders_and_stays() {
    for (layout, path) in [
        ("flat", "a.jpg"),
        ("{filename}", "a.jpg"),
        ("{year}/{filename}", "2024/a.jpg"),
        (
            "{year}/{year}-{month}-{day}/{filename}",
            "2024/2024-03-09/a.jpg",
        ),
        ("Photos {year}/{filename}", "Photos 2024/a.jpg"),
    ] {
        let world = World::new().photo("a.jpg", "2024-03-09T12:00:00Z");
        let env = TestEnv::signed_in(world);
        env.sync(&["--layout", layout]).assert_exit(0);
        assert_eq!(env.archive().paths(), [path], "{layout}");
        let second = Item::photo(5, "b.jpg", "2024-03-09T13:00:00Z");
        env.google.world(|world| world.items.push(second));
        env.sync(&[]).assert_exit(0);
        let second = path.replace("a.jpg", "b.jpg");
        assert_eq!(env.archive().paths(), [path, second.as_str()], "{layout}");
        env.sync(&["--layout", "{month}/{filename}"])
            .assert_exit(2)
            .assert_says("--layout");
    }
}

#[test]
fn in_one_folder_a_name_is_given_once() {
    let mut world = World::new();
    for month in 1..=6 {
        world = world.photo("IMG_1.jpg", &format!("2024-0{month}-09T12:00:00Z"));
    }
    let env = TestEnv::signed_in(world);
    env.sync(&["--layout", "flat"]).assert_exit(0);
    let archive = env.archive();
    assert_eq!(archive.files.len(), 6);
    archive.assert_true_to(&env.google);
}

#[test]
fn the_time_zone_decides_the_folder_and_stays() {
    let world = || {
        World::new()
            .photo("eve.jpg", "2023-12-31T23:30:00Z")
            .photo("dawn.jpg", "2024-01-01T00:30:00Z")
    };
    for (zone, eve, dawn) in [
        ("UTC", "2023/12/eve.jpg", "2024/01/dawn.jpg"),
        ("Pacific/Kiritimati", "2024/01/eve.jpg", "2024/01/dawn.jpg"),
        ("America/Los_Angeles", "2023/12/eve.jpg", "2023/12/dawn.jpg"),
        ("Asia/Kathmandu", "2024/01/eve.jpg", "2024/01/dawn.jpg"),
    ] {
        let env = TestEnv::signed_in(world());
        env.sync(&["--time-zone", zone]).assert_exit(0);
        let archive = env.archive();
        assert_eq!(archive.row("eve.jpg")["local_path"], eve, "{zone}");
        assert_eq!(archive.row("dawn.jpg")["local_path"], dawn, "{zone}");
        env.sync(&["--time-zone", "Europe/Berlin"])
            .assert_exit(2)
            .assert_says("--time-zone");
        // Whatever zone the machine is in the next time.
        let mut command = env.command(&["sync", "--since", "2023-01-01", "--window", "year"]);
        let run = command.env("TZ", "Asia/Tokyo").spawn().expect("it starts");
        env.finish(run).assert_exit(0);
        assert_eq!(env.archive().paths(), archive.paths(), "{zone}");
    }
}

#[test]
fn items_around_midnight_lie_in_the_month_of_the_archives_own_zone() {
    let items = zoo::around_midnight("2024-04-01".parse().expect("a day"));
    let zone = chrono_tz::Europe::Berlin;
    let env = TestEnv::signed_in(World::new().with_items(items.clone()));
    env.sync(&["--time-zone", "Europe/Berlin"]).assert_exit(0);
    let archive = env.archive();
    for item in items {
        let created = item.created.expect("a time").with_timezone(&zone);
        let name = item.filename.expect("a name");
        let folder = created.format("%Y/%m").to_string();
        assert_eq!(archive.row(&name)["local_path"], format!("{folder}/{name}"));
    }
}

#[test]
fn what_only_looks_makes_no_folder() {
    let env = crate::support::TestEnv::new(gphotos_sim::World::new());
    let home = env.path("home");
    fs::create_dir(&home).expect("made");
    for (args, exit) in [
        (&["status"][..], 0),
        (&["verify"], 7),
        (&["verify", "--repair"], 7),
    ] {
        let mut command = env.command(args);
        command.env_remove("GPHOTOS_DL_ROOT");
        command.env("HOME", &home).current_dir(&home);
        let run = command.spawn().expect("the program starts");
        env.finish(run).assert_exit(exit);
        assert_eq!(
            fs::read_dir(&home).expect("a folder").count(),
            0,
            "{args:?}"
        );
    }
}

#[test]
fn a_zone_is_the_same_under_another_name() {
    let env = TestEnv::signed_in(World::new().photo("a.jpg", "2024-03-09T12:00:00Z"));
    env.sync(&["--time-zone", "Etc/UTC"]).assert_exit(0);
    env.sync(&["--time-zone", "UTC"]).assert_exit(0);
    env.sync(&["--time-zone", "Europe/London"])
        .assert_exit(2)
        .assert_says("Etc/UTC");
}
