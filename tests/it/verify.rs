//! `verify`: every file read again, and what is said of those that are not as they were stored.

mod beside;
mod broken;
mod broken_off;
mod crashed;
mod in_the_way;
mod memory;
mod mounts;
mod offline;
mod refused;
pub(crate) mod repair;
mod sample;
mod sharing;
mod times;
mod trouble;
mod unbuilt;
mod unknown;
mod verdicts;
mod way_back;

use std::fs::{self, File};
use std::path::Path;

use gphotos_sim::World;
use serde_json::Value;

use crate::support::{CommandOutput, TestEnv};

const DAY: &str = "2024-03-09T12:00:00Z";

fn three() -> World {
    World::new()
        .photo("a.jpg", DAY)
        .photo("b.jpg", DAY)
        .photo("c.jpg", DAY)
}

/// An archive of these items, as `sync` has made it.
fn synced(world: World) -> TestEnv {
    let env = TestEnv::signed_in(world);
    env.sync(&[]).assert_exit(0);
    env.google.reset_stats();
    env
}

/// Turns one bit over and leaves size and time as they were, as a disk does.
pub(crate) fn rot(path: &Path, position: usize) {
    let modified = fs::metadata(path)
        .expect("a file")
        .modified()
        .expect("a time");
    let mut bytes = fs::read(path).expect("read");
    let position = position % bytes.len();
    bytes[position] ^= 1 << (position % 8);
    fs::write(path, bytes).expect("written");
    let file = File::options().write(true).open(path).expect("opened");
    file.set_modified(modified).expect("set");
}

/// What `verify --json` says, after it ended with this code.
#[track_caller]
pub(crate) fn verify(env: &TestEnv, exit: i32) -> Value {
    verify_with(env, exit, &[])
}

#[track_caller]
fn verify_with(env: &TestEnv, exit: i32, args: &[&str]) -> Value {
    let mut all = vec!["verify", "--json"];
    all.extend(args);
    let output = env.run(&all).assert_exit(exit);
    let told = output.json();
    assert_eq!(told["exit"], exit, "{output}");
    told
}

/// The files that are not intact, as `verdict path`, sorted.
pub(crate) fn found(told: &Value) -> Vec<String> {
    let word = |value: &Value| value.as_str().expect("text").to_owned();
    let mut found: Vec<_> = told["files"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|file| format!("{} {}", word(&file["verdict"]), word(&file["path"])))
        .collect();
    found.sort();
    found
}

/// How many files were counted as this.
#[track_caller]
fn count(told: &Value, what: &str) -> u64 {
    told["counts"][what].as_u64().expect("a number")
}

/// The output of a check that must not wait for ever.
fn checked(env: &TestEnv) -> CommandOutput {
    env.run_or_kill(&["verify", "--json"])
}
