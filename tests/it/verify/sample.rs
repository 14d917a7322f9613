//! `--sample`: a part a night, and in a month every byte once.

use std::collections::BTreeSet;
use std::fs;

use chrono::Utc;
use gphotos_sim::{Seeded, World};

use super::{count, found, rot, synced, three, verify_with};

#[test]
fn each_file_is_read_once_in_a_round() {
    let seeded = Seeded {
        seed: 7,
        items: 40,
        start: "2024-02-20".parse().expect("a date"),
        days: 20,
        photo_size: 0,
        video_share_percent: 0,
        motion_share_percent: 0,
    };
    let env = synced(World::new().with_items(seeded.items()));
    // So that what was read is named.
    let archive = env.archive();
    for path in archive.paths() {
        rot(&env.path("downloads").join(path), 700);
    }
    let (mut read, mut times) = (BTreeSet::new(), 0);
    for turn in 1..=7 {
        let told = verify_with(&env, 3, &["--sample", "1/7"]);
        assert_eq!(told["slice"], format!("{turn}/7"));
        assert_eq!(told["remembered"], true);
        // What an earlier slice has found damaged is looked at again each time; its turn has been.
        let files = told["files"].as_array().expect("a list");
        times += files.iter().filter(|file| file["since"].is_null()).count();
        read.extend(found(&told));
        assert_eq!(found(&told).len(), read.len());
    }
    let all: BTreeSet<_> = archive
        .paths()
        .into_iter()
        .map(|path| format!("rot {path}"))
        .collect();
    assert_eq!((read, times), (all, 40));
    let again = verify_with(&env, 3, &["--sample", "1/7"]);
    assert_eq!(again["slice"], "1/7", "and round again");
}

#[test]
fn without_its_memory_a_round_begins_anew() {
    let env = synced(three());
    verify_with(&env, 0, &["--sample", "1/2"]);
    for content in ["", "{", "[1]", r#"{"next":{"2":99}}"#] {
        fs::write(env.path("downloads/.gphotos-dl/verify.json"), content).expect("written");
        let told = verify_with(&env, 0, &["--sample", "1/2"]);
        assert!(told["slice"].as_str().expect("a slice").ends_with("/2"));
    }
    fs::remove_file(env.path("downloads/.gphotos-dl/verify.json")).expect("removed");
    let told = verify_with(&env, 0, &["--sample", "1/2"]);
    assert_eq!(told["slice"], "1/2");
}

#[test]
fn an_empty_slice_is_whole() {
    let env = synced(three());
    let files: u64 = (0..4)
        .map(|_| count(&verify_with(&env, 0, &["--sample", "1/4"]), "files"))
        .sum();
    assert_eq!(files, 3);
}

#[test]
fn a_sample_that_is_none_is_wrong_usage() {
    let env = synced(three());
    for sample in ["1/1", "1/367", "30", "2/30", "all"] {
        env.run(&["verify", "--sample", sample])
            .assert_exit(2)
            .assert_says("from 1/2 to 1/366");
    }
}

#[test]
fn where_nothing_can_be_written_the_slice_goes_by_the_date_and_that_is_said_even_under_quiet() {
    let env = synced(three());
    let read_only: fs::Permissions = std::os::unix::fs::PermissionsExt::from_mode(0o555);
    for folder in [
        "downloads/.gphotos-dl/index",
        "downloads/.gphotos-dl",
        "downloads",
    ] {
        fs::set_permissions(env.path(folder), read_only.clone()).expect("set");
    }
    // The day may change while it runs.
    let today = || Utc::now().timestamp() / 86_400 % 366 + 1;
    let before = today();
    let Some(output) = env.run_unprivileged(&["-q", "verify", "--sample", "1/366", "--json"])
    else {
        return;
    };
    let output = output
        .assert_exit(0)
        .assert_says("a run on another day reads another");
    let told = output.json();
    assert_eq!(told["remembered"], false);
    let slices = [before, today()].map(|day| format!("{day}/366"));
    let slice = told["slice"].as_str().expect("a slice");
    assert!(slices.iter().any(|day| day == slice), "{slice} {slices:?}");
    assert!(!env.path("downloads/.gphotos-dl/verify.json").exists());
}
