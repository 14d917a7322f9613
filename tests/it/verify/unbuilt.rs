//! An index that was lost, and that no run has rebuilt: until one has, nothing is called whole.

use std::fs;

use gphotos_sim::World;
use gphotos_sim::takeout::{Export, Format, Shot, ZipStyle};
use rustix::io::Errno;
use serde_json::Value;

use super::repair::assert_whole;
use super::{found, rot, synced, three, verify, verify_with};
use crate::support::{Action, Key, Shim, TestEnv};

const LOST: &str = "there is no index in $ROOT/downloads of the files that the manifests list";

/// That nothing is called whole, and that `status` says what it says without an index.
#[track_caller]
fn assert_unbuilt(env: &TestEnv) {
    for args in [&["verify"][..], &["-q", "verify", "--sample", "1/30"]] {
        let output = env.run(args).assert_exit(7).assert_says(LOST);
        output.assert_says("`gphotos-dl verify --repair`");
    }
    let status = env.run(&["status"]).assert_exit(0);
    assert!(status.stdout.contains("There is no index"), "{status}");
    assert!(!status.stdout.contains("0 items"), "{status}");
}

fn lose_index(env: &TestEnv) {
    fs::remove_dir_all(env.path("downloads/.gphotos-dl")).expect("removed");
}

/// An export of one photo.
fn part(env: &TestEnv) -> String {
    let mut export = Export::new();
    let year = export.year(2024);
    let shot = export.add(Shot::photo("new.jpg", super::DAY));
    export.media(year, "new.jpg", shot);
    let folder = env.path("export");
    fs::create_dir_all(&folder).expect("made");
    let parts = export.write(&folder, Format::Zip(ZipStyle::default()));
    let part = parts.expect("written").swap_remove(0);
    part.to_str().expect("text").to_owned()
}

#[test]
fn an_empty_mount_point_is_not_whole_after_a_run_that_was_refused() {
    let env = synced(three());
    let downloads = env.path("downloads");
    fs::rename(&downloads, env.path("elsewhere")).expect("moved");
    fs::create_dir(&downloads).expect("made");
    assert_unbuilt(&env);
    for _ in 0..2 {
        env.sync(&[])
            .assert_exit(7)
            .assert_says("3 of the archive's 3 files");
        assert_unbuilt(&env);
    }
    env.run(&["import", &part(&env)])
        .assert_exit(7)
        .assert_says("3 of the archive's 3 files");
    assert_unbuilt(&env);
    env.run(&["verify", "--repair"])
        .assert_exit(7)
        .assert_says("3 of the archive's 3 files");
    assert_unbuilt(&env);
    fs::remove_dir_all(&downloads).expect("removed");
    fs::rename(env.path("elsewhere"), &downloads).expect("moved");
    assert_whole(&env);
}

#[test]
fn nor_is_a_restore_that_lacks_most_files() {
    let env = synced(three());
    lose_index(&env);
    for name in ["b.jpg", "c.jpg"] {
        fs::remove_file(env.path("downloads/2024/03").join(name)).expect("removed");
    }
    // Two of three are no mass yet.
    let world = (0..30).fold(World::new(), |world, number| {
        world.photo(&format!("{number:02}.jpg"), super::DAY)
    });
    let many = synced(world);
    lose_index(&many);
    for number in 0..20 {
        let name = format!("downloads/2024/03/{number:02}.jpg");
        fs::remove_file(many.path(&name)).expect("removed");
    }
    many.sync(&[])
        .assert_exit(7)
        .assert_says("20 of the archive's 30");
    assert_unbuilt(&many);
    many.sync(&["--restore"]).assert_exit(0);
    assert_whole(&many);
    env.sync(&[]).assert_exit(0);
    assert_whole(&env);
}

#[test]
fn nor_is_one_whose_rebuilding_was_cut_short() {
    let env = synced(three());
    for action in [Action::Kill, Action::Sticky(Errno::NOSPC)] {
        lose_index(&env);
        let mut command = env.command(&["sync", "--since", "2024-01-01", "--window", "year"]);
        let synced = "downloads/.gphotos-dl/index/index.db-wal";
        let shim = Shim::on(env.root()).fault(&Key::new("fsync", synced, 2), action);
        let run = shim
            .apply(&mut command)
            .spawn()
            .expect("the program starts");
        let output = env.finish(run);
        assert_ne!(output.exit, 0, "{output}");
        let index = env.path("downloads/.gphotos-dl/index/index.db");
        assert!(index.exists(), "{output}");
        assert_unbuilt(&env);
    }
    env.sync(&[]).assert_exit(0);
    assert_whole(&env);
}

#[test]
fn an_archive_that_has_no_file_yet_is_not_called_whole_either() {
    let env = synced(World::new());
    let told = verify(&env, 0);
    assert_eq!(told["whole"], Value::Null);
    assert_eq!(told["nothing_stored"], true);
    let output = env.run(&["verify"]).assert_exit(0);
    output.assert_says("Nothing is stored yet");
    lose_index(&env);
    env.sync(&[]).assert_exit(0);
    assert_eq!(verify(&env, 0)["nothing_stored"], true);
}

#[test]
fn a_repair_rebuilds_a_lost_index_and_says_so() {
    let env = synced(three());
    lose_index(&env);
    fs::remove_file(env.path("credentials/client_secret.json")).expect("removed");
    env.run(&["verify", "--repair"]).assert_exit(0).assert_says(
        "the index was missing; it was rebuilt from the manifests, and 3 files are as they say",
    );
    let told = verify(&env, 0);
    assert_eq!(
        (&told["whole"], &told["counts"]["files"]),
        (&true.into(), &3.into())
    );
}

#[test]
fn what_a_rebuilt_index_lacks_is_missed_and_fetched() {
    let env = synced(three());
    lose_index(&env);
    fs::remove_file(env.path("downloads/2024/03/b.jpg")).expect("removed");
    let secret = env.path("credentials/client_secret.json");
    fs::rename(&secret, env.path("away")).expect("moved");
    let told = verify_with(&env, 1, &["--repair"]);
    assert_eq!(found(&told), ["missing 2024/03/b.jpg"]);
    assert_eq!(found(&verify(&env, 3)), ["missing 2024/03/b.jpg"]);
    fs::rename(env.path("away"), &secret).expect("moved");
    verify_with(&env, 0, &["--repair"]);
    assert_whole(&env);
}

#[test]
fn a_repair_says_that_it_has_put_a_damaged_index_aside() {
    let env = synced(three());
    let index = env.path("downloads/.gphotos-dl/index/index.db");
    fs::write(&index, b"this is no database".repeat(100)).expect("written");
    let output = env.run(&["-q", "verify", "--repair"]).assert_exit(0);
    output.assert_says("warning the index was damaged; it was moved to ");
    rot(&env.path("downloads/2024/03/b.jpg"), 700);
    fs::write(&index, b"this is no database".repeat(100)).expect("written");
    let told = verify_with(&env, 0, &["--repair"]);
    let mended = told["mended"].as_str().expect("said");
    assert!(mended.contains("the index was damaged"), "{told:#}");
}

#[test]
fn a_list_that_cannot_be_read_leaves_the_archive_in_doubt() {
    let env = synced(three());
    lose_index(&env);
    let list = env
        .path("media_items_list")
        .join(env.archive().newest_list());
    fs::write(list.with_file_name("item-list-20200101T000000Z.csv"), "id").expect("written");
    let told = verify_with(&env, 3, &["--repair"]);
    let unlisted = told["unlisted"].as_str().expect("said");
    assert!(
        unlisted.contains("item-list-20200101T000000Z.csv"),
        "{told:#}"
    );
}
