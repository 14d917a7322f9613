//! `archive.json`: deleted, damaged or edited beside an index that remembers what it said.

use std::fs;

use super::three;
use crate::support::TestEnv;

const FILE: &str = "media_items_list/archive.json";

fn said(env: &TestEnv) -> serde_json::Value {
    serde_json::from_str(&fs::read_to_string(env.path(FILE)).expect("read")).expect("JSON")
}

#[test]
fn one_that_is_deleted_comes_back_as_it_was_whatever_flags_say() {
    let env = TestEnv::signed_in(three());
    env.sync(&["--layout", "{year}/{filename}", "--time-zone", "Asia/Tokyo"])
        .assert_exit(0);
    let before = said(&env);
    fs::remove_file(env.path(FILE)).expect("removed");
    // Looking does not write, and knows all the same.
    env.sync(&["--dry-run", "--layout", "flat"])
        .assert_exit(2)
        .assert_says("--layout");
    assert!(!env.path(FILE).exists());
    env.sync(&["--layout", "flat"])
        .assert_exit(2)
        .assert_says("--layout");
    env.sync(&["--time-zone", "UTC"])
        .assert_exit(2)
        .assert_says("--time-zone");
    env.sync(&[]).assert_exit(0);
    assert_eq!(said(&env), before);
    assert_eq!(
        env.archive().paths(),
        ["2024/a.jpg", "2024/b.jpg", "2024/c.jpg"]
    );
}

#[test]
fn one_that_was_edited_is_refused_and_nothing_is_touched() {
    for (key, value) in [("layout", "flat"), ("time_zone", "Asia/Tokyo")] {
        let env = TestEnv::signed_in(three());
        env.sync(&[]).assert_exit(0);
        let before = env.archive();
        let mut edited = said(&env);
        let was = edited[key].to_string();
        edited[key] = value.into();
        let text = edited.to_string();
        fs::write(env.path(FILE), &text).expect("written");
        env.google.reset_stats();
        for flag in [&[][..], &["--dry-run"]] {
            env.sync(flag)
                .assert_exit(7)
                .assert_says("archive.json")
                .assert_says(key)
                .assert_says(&was)
                .assert_says("hint: put back what it said");
        }
        assert_eq!(env.google.stats().total(), 0);
        assert_eq!(fs::read_to_string(env.path(FILE)).expect("read"), text);
        edited[key] = serde_json::from_str(&was).expect("JSON");
        fs::write(env.path(FILE), edited.to_string()).expect("written");
        env.sync(&[]).assert_exit(0);
        assert_eq!(env.archive().files, before.files);
    }
}

#[test]
fn one_that_is_damaged_is_said_and_what_is_advised_helps() {
    let env = TestEnv::signed_in(three());
    env.sync(&["--layout", "flat"]).assert_exit(0);
    fs::write(env.path(FILE), "{").expect("written");
    env.sync(&[])
        .assert_exit(7)
        .assert_says("is damaged")
        .assert_says("hint: move it away");
    fs::rename(env.path(FILE), env.path("away")).expect("moved");
    env.sync(&[]).assert_exit(0);
    assert_eq!(said(&env)["layout"], "flat");
}

type Damage = fn(&TestEnv);

#[test]
fn one_that_was_edited_damaged_or_lost_is_said_by_whoever_only_looks() {
    let damages: [(&str, Damage); 7] = [
        ("the files of this archive lie where", |env| {
            edit(env, "layout", "flat");
        }),
        ("the files of this archive lie where", |env| {
            edit(env, "time_zone", "Asia/Tokyo");
        }),
        ("naming", |env| edit(env, "naming", "v9")),
        ("is damaged", |env| {
            fs::write(env.path(FILE), "{").expect("written");
        }),
        ("is damaged", |env| {
            fs::write(env.path(FILE), "").expect("written");
        }),
        ("is damaged", |env| {
            fs::write(env.path(FILE), "{".repeat(9 << 20)).expect("written");
        }),
        ("there is no archive.json", |env| {
            fs::remove_file(env.path(FILE)).expect("removed");
        }),
    ];
    for (problem, damage) in damages {
        let env = TestEnv::signed_in(three());
        env.sync(&["--time-zone", "Europe/Berlin"]).assert_exit(0);
        damage(&env);
        let told = env.run(&["verify", "--json"]).assert_exit(3).json();
        let said = told["settings_problem"].as_str().expect("a problem");
        assert!(said.contains(problem), "{said}");
        assert_eq!(told["counts"]["intact"], 3);
        env.run(&["verify"]).assert_exit(3).assert_says(problem);
        let told = env.run(&["status", "--json"]).assert_exit(0).json();
        let said = told["settings_problem"].as_str().expect("a problem");
        assert!(said.contains(problem), "{said}");
        assert_eq!(told["total"]["items"], 3);
        // What the index remembers of it is still so.
        assert_eq!(told["archive"]["time_zone"], "Europe/Berlin", "{problem}");
        let output = env.run(&["status"]).assert_exit(0);
        assert!(output.stdout.contains(problem), "{output}");
    }
}

fn edit(env: &TestEnv, key: &str, value: &str) {
    let mut edited = said(env);
    edited[key] = value.into();
    fs::write(env.path(FILE), edited.to_string()).expect("written");
}
