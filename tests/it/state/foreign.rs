//! An index of another archive, copied in: nobody takes it for their own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gphotos_sim::World;

use super::{DAY, three};
use crate::support::TestEnv;

const INDEX: &str = "downloads/.gphotos-dl/index/index.db";

/// Everything under a folder, with its bytes.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                all.insert(path.display().to_string(), fs::read(&path).expect("read"));
            }
        }
    }
    all
}

/// An archive with the index of another one.
fn mixed_up() -> TestEnv {
    let other = TestEnv::signed_in(World::new().photo("theirs.jpg", DAY));
    other.sync(&[]).assert_exit(0);
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    fs::copy(other.path(INDEX), env.path(INDEX)).expect("copied");
    env.google.reset_stats();
    env
}

#[test]
fn whoever_only_looks_says_so_and_changes_nothing() {
    let env = mixed_up();
    let before = tree(env.root());
    for command in ["status", "verify"] {
        let output = env
            .run(&[command])
            .assert_exit(7)
            .assert_says("the index belongs to another archive")
            .assert_says("hint: the next `gphotos-dl sync");
        assert!(!output.stdout.contains("theirs.jpg"), "{output}");
    }
    let plan = env.sync(&["--dry-run"]).assert_exit(0);
    assert_eq!(plan.stdout, "", "nothing would be fetched");
    let after = tree(env.root());
    let changed: Vec<_> = after
        .iter()
        .filter(|(path, bytes)| before.get(*path) != Some(*bytes))
        .map(|(path, _)| path)
        .collect();
    assert!(changed.is_empty(), "{changed:?}");
    assert_eq!(after.len(), before.len());
}

#[test]
fn a_run_moves_it_aside_and_knows_its_own_files_again() {
    for command in [
        &["sync", "--since", "2024-01-01", "--window", "year"][..],
        &["verify", "--repair"],
    ] {
        let env = mixed_up();
        let theirs = fs::read(env.path(INDEX)).expect("read");
        env.run(command).assert_exit(0);
        assert_eq!(env.google.stats().all_byte_requests(), 0);
        let names = fs::read_dir(env.path("downloads/.gphotos-dl/index")).expect("a folder");
        let mut kept = names
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.display().to_string().contains("index.foreign-"));
        assert!(kept.any(|path| fs::read(path).expect("read") == theirs));
        env.run(&["verify"]).assert_exit(0);
    }
}
