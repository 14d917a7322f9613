//! What is advised where an index cannot be used helps, whichever command says it.

use std::fs;

use super::three;
use crate::support::TestEnv;

const INDEX: &str = "downloads/.gphotos-dl/index/index.db";

type Damage = fn(&TestEnv);

fn garbage(env: &TestEnv) {
    fs::write(env.path(INDEX), b"this is no database".repeat(400)).expect("written");
}

fn cut(env: &TestEnv) {
    let bytes = fs::read(env.path(INDEX)).expect("read");
    fs::write(env.path(INDEX), &bytes[..bytes.len() / 2]).expect("written");
}

fn emptied(env: &TestEnv) {
    fs::write(env.path(INDEX), "").expect("written");
}

fn deleted(env: &TestEnv) {
    fs::remove_file(env.path(INDEX)).expect("removed");
}

fn header_only(env: &TestEnv) {
    let bytes = fs::read(env.path(INDEX)).expect("read");
    fs::write(env.path(INDEX), &bytes[..100]).expect("written");
}

const DAMAGES: [(&str, Damage); 5] = [
    ("garbage", garbage),
    ("cut", cut),
    ("emptied", emptied),
    ("deleted", deleted),
    ("header only", header_only),
];

fn synced() -> TestEnv {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    for entry in fs::read_dir(env.path("downloads/.gphotos-dl/index")).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.to_string_lossy().contains("backup-") {
            fs::remove_file(path).expect("removed");
        }
    }
    env.google.reset_stats();
    env
}

#[test]
fn a_run_mends_it_by_itself() {
    let runs: [&[&str]; 4] = [
        &["sync", "--since", "2000-01-01", "--window", "year"],
        &[
            "sync",
            "--since",
            "2000-01-01",
            "--window",
            "year",
            "--dry-run",
        ],
        &["pick", "--resume"],
        &["verify", "--repair"],
    ];
    for (what, damage) in DAMAGES {
        for run in runs {
            let env = synced();
            damage(&env);
            let output = env.run(run);
            assert_eq!(output.exit, 0, "{what}, {run:?}\n{output}");
            assert_eq!(output.stdout, "", "{what}, {run:?}");
            assert_eq!(env.google.stats().all_byte_requests(), 0, "{what}, {run:?}");
        }
    }
}

#[test]
fn whoever_only_looks_says_what_does() {
    for (what, damage) in DAMAGES {
        for command in ["status", "verify"] {
            let env = synced();
            damage(&env);
            let index = fs::read(env.path(INDEX)).ok();
            let output = env.run(&[command]);
            let is_lost = matches!(what, "emptied" | "deleted");
            let code = if is_lost && command == "status" { 0 } else { 7 };
            assert_eq!(output.exit, code, "{what}\n{output}");
            assert_eq!(fs::read(env.path(INDEX)).ok(), index, "it is left as it is");
            assert_advised(&env, &format!("{}{}", output.stdout, output.stderr), what);
        }
    }
}

/// The advice is to run `sync`, and to do so helps.
#[track_caller]
fn assert_advised(env: &TestEnv, said: &str, what: &str) {
    assert!(said.contains("`gphotos-dl sync"), "{what}: {said}");
    assert!(!said.contains("full, read-only"), "{what}: {said}");
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.google.stats().all_byte_requests(), 0, "{what}");
    env.run(&["verify"]).assert_exit(0);
    let told = env.run(&["status", "--json"]).assert_exit(0).json();
    assert_eq!(told["total"]["items"], 3, "{what}");
}
