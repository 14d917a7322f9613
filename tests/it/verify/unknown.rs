//! What is said of files that the index does not know, and in which order anything is said.

use std::fs;

use gphotos_sim::{Seeded, World};

use super::{count, rot, synced, three, verify, verify_with};

#[test]
fn unknown_files_are_named_when_asked_for() {
    let env = synced(three());
    for name in ["z.txt", "2024/a b.txt", "m.txt"] {
        fs::write(env.path("downloads").join(name), "x").expect("written");
    }
    let told = verify(&env, 0);
    assert_eq!(count(&told, "unknown"), 3);
    assert!(told["unknown_files"].is_null(), "there may be a million");
    env.run(&["verify"])
        .assert_exit(0)
        .assert_says("`gphotos-dl verify --unknown` names the files");
    let output = env.run(&["verify", "--unknown"]).assert_exit(0);
    assert_eq!(output.stdout, "2024/a b.txt\nm.txt\nz.txt\n");
    let told = verify_with(&env, 0, &["--unknown"]);
    let names = serde_json::json!(["2024/a b.txt", "m.txt", "z.txt"]);
    assert_eq!(told["unknown_files"], names);
}

#[test]
fn a_file_that_was_moved_is_not_unknown_and_a_second_copy_is() {
    let env = synced(three());
    let (old, new) = (
        env.path("downloads/2024/03/b.jpg"),
        env.path("downloads/best.jpg"),
    );
    fs::rename(old, &new).expect("moved");
    let told = verify(&env, 3);
    assert_eq!((count(&told, "misplaced"), count(&told, "unknown")), (1, 0));
    let way = told["files"][0]["way_back"].as_str().expect("a way back");
    assert!(
        way.contains("`gphotos-dl verify --repair` records"),
        "{way}"
    );
    assert!(way.contains("`sync`"), "{way}");
    fs::copy(&new, env.path("downloads/copy.jpg")).expect("copied");
    assert_eq!(count(&verify(&env, 3), "unknown"), 1);
    // As it was told.
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.google.stats().all_byte_requests(), 0);
    verify(&env, 0);
}

#[test]
fn findings_are_told_in_the_order_of_their_paths() {
    let seeded = Seeded {
        seed: 7,
        items: 200,
        start: "2024-02-20".parse().expect("a date"),
        days: 20,
        photo_size: 20_000,
        video_share_percent: 0,
        motion_share_percent: 0,
    };
    let env = synced(World::new().with_items(seeded.items()));
    let archive = env.archive();
    for (number, path) in archive.paths().into_iter().enumerate() {
        let path = env.path("downloads").join(path);
        match number % 3 {
            0 => rot(&path, number * 7_919),
            1 => fs::remove_file(&path).expect("removed"),
            _ => {}
        }
    }
    let output = env.run(&["verify", "--jobs", "8"]).assert_exit(3);
    let told = output.stderr.lines().filter_map(|line| {
        let (verdict, rest) = line.split_once(' ')?;
        let (path, _) = rest.split_once(": ")?;
        ["rot", "missing"]
            .contains(&verdict)
            .then(|| path.to_owned())
    });
    let told: Vec<_> = told.collect();
    let mut sorted = told.clone();
    sorted.sort();
    assert!(told.len() > 100, "{output}");
    assert_eq!(told, sorted);
}
