//! `demo`: it never touches a folder that is not its own.

use std::fs;
use std::path::Path;

use gphotos_sim::World;

use crate::support::{CommandOutput, TestEnv};

/// A demo of a few items, wherever the environment says that the archive is.
fn demo(env: &TestEnv, args: &[&str]) -> CommandOutput {
    let mut all = vec!["demo", "--items", "3"];
    all.extend(args);
    env.run_or_kill(&all)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().into_string().expect("UTF-8"));
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[test]
fn it_has_a_folder_of_its_own_whatever_the_environment_says() {
    let env = TestEnv::signed_in(World::new().photo("a.jpg", "2024-03-09T12:00:00Z"));
    env.sync(&[]).assert_exit(0);
    // The credentials of an archive may lie elsewhere.
    fs::remove_dir_all(env.path("credentials")).expect("removed");
    let before = env.archive().files;
    demo(&env, &[])
        .assert_exit(0)
        .assert_says("$ROOT/gphotos-dl-demo");
    assert_eq!(env.archive().files, before);
    assert!(!env.path("credentials").exists(), "it signs in for itself");
    let first = names(&env.path("gphotos-dl-demo/downloads/2024"));
    assert!(!first.is_empty());
    demo(&env, &[]).assert_exit(0);
}

#[test]
fn it_refuses_a_folder_that_holds_somebodys_photos() {
    for holds in [
        "downloads/IMG_1.jpg",
        "media_items_list/archive.json",
        "credentials/token_library.json",
    ] {
        let env = TestEnv::new(World::new());
        let root = env.path("mine");
        let file = root.join(holds);
        fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        fs::write(&file, "mine").expect("written");
        let output = demo(&env, &["--root", root.to_str().expect("text")]).assert_exit(2);
        assert!(
            output.stderr.contains("$ROOT/mine holds an archive"),
            "{output}"
        );
        assert!(output.stderr.contains("hint: "), "{output}");
        assert_eq!(fs::read(&file).expect("read"), b"mine");
        assert_eq!(names(&root).len(), 1, "nothing is made");
    }
}

#[test]
fn it_says_what_stands_where_its_folder_should_be() {
    let env = TestEnv::new(World::new());
    fs::write(env.path("file"), "mine").expect("written");
    for root in ["file", "file/below"] {
        let path = env.path(root);
        let output = demo(&env, &["--root", path.to_str().expect("text")]).assert_exit(7);
        assert!(output.stderr.contains("$ROOT/file"), "{output}");
        assert!(output.stderr.contains("is not a folder"), "{output}");
        assert!(output.stderr.contains("--root"), "{output}");
        assert!(!output.stderr.contains("os error"), "{output}");
    }
}

#[test]
fn it_takes_an_empty_folder() {
    let env = TestEnv::new(World::new());
    fs::create_dir_all(env.path("new/downloads")).expect("made");
    let root = env.path("new");
    demo(&env, &["--root", root.to_str().expect("text")]).assert_exit(0);
}
