//! A file that a check has found damaged, and that was put right since, is not called damaged any more.

use std::fs::{self, File};

use gphotos_sim::World;

use super::{DAY, status};
use crate::support::TestEnv;
use crate::verify::rot;

/// The files that are called damaged.
fn damaged(env: &TestEnv) -> Vec<String> {
    let told = status(env);
    let first = told["damaged"]["files"].as_array().expect("a list");
    assert_eq!(told["damaged"]["count"], first.len());
    let path = |file: &serde_json::Value| file["path"].as_str().expect("a path").to_owned();
    first.iter().map(path).collect()
}

#[test]
fn what_a_run_or_a_person_has_brought_back_is_left_out() {
    let world = ["a.jpg", "b.jpg", "c.jpg", "d.jpg"];
    let world = world
        .iter()
        .fold(World::new(), |world, name| world.photo(name, DAY));
    let env = TestEnv::signed_in(world);
    env.sync(&[]).assert_exit(0);
    let path = |name: &str| env.path("downloads/2024/03").join(name);
    fs::remove_file(path("a.jpg")).expect("removed");
    fs::rename(path("b.jpg"), env.path("b.jpg")).expect("moved");
    let modified = fs::metadata(path("c.jpg")).and_then(|found| found.modified());
    let file = File::create(path("c.jpg")).expect("emptied");
    file.set_modified(modified.expect("a time")).expect("set");
    rot(&path("d.jpg"), 700);
    env.run(&["verify"]).assert_exit(3);
    let all = ["a.jpg", "b.jpg", "c.jpg", "d.jpg"].map(|name| format!("2024/03/{name}"));
    assert_eq!(damaged(&env), all);
    fs::rename(env.path("b.jpg"), path("b.jpg")).expect("moved");
    assert_eq!(damaged(&env), [&all[0][..], &all[2], &all[3]]);
    fs::remove_file(path("c.jpg")).expect("removed");
    assert_eq!(damaged(&env), [&all[0][..], &all[2], &all[3]]);
    env.sync(&[]).assert_exit(0);
    // Of one bit only its bytes can tell.
    assert_eq!(damaged(&env), [&all[3][..]]);
    let output = env.run(&["status"]).assert_exit(0);
    assert!(output.stdout.contains("damaged: 1 file\n"), "{output}");
    env.run(&["verify", "--repair"]).assert_exit(0);
    assert_eq!(damaged(&env), [""; 0]);
}
