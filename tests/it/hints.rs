//! The commands that messages name work as they stand, wherever they are pasted.

use std::fs;
use std::process::Command;

use gphotos_sim::World;

use crate::support::{CommandOutput, TestEnv};

/// The program, run from a folder that is not the archive's.
fn elsewhere(env: &TestEnv, args: &[&str]) -> CommandOutput {
    let folder = env.path("elsewhere");
    fs::create_dir_all(&folder).expect("made");
    let mut command: Command = env.command(args);
    command.current_dir(folder);
    env.finish(command.spawn().expect("it starts"))
}

#[test]
fn every_command_names_the_archive_that_is_not_found_without() {
    let env = TestEnv::new(World::new());
    let output = elsewhere(&env, &["sync", "--since", "2024-01-01"]).assert_exit(4);
    assert!(
        output.stderr.contains("`gphotos-dl --root $ROOT login`"),
        "{output}"
    );
    let output = elsewhere(&env, &["--json", "sync", "--since", "2024-01-01"]).assert_exit(4);
    let hint = output.json()["hint"].as_str().expect("a hint").to_owned();
    assert!(hint.contains("`gphotos-dl --root $ROOT login`"), "{hint}");
    let output = elsewhere(&env, &["status"]).assert_exit(0);
    for way in ["import ", "pick`", "sync --since ", "login`"] {
        let way = format!("`gphotos-dl --root $ROOT {way}");
        assert!(output.stdout.contains(&way), "{output}");
    }
    let output = elsewhere(&env, &["verify"]).assert_exit(7);
    assert!(
        output.stderr.contains("`gphotos-dl --root $ROOT pick`"),
        "{output}"
    );
}

#[test]
fn a_root_is_one_word_of_the_shell() {
    let env = TestEnv::new(World::new());
    let root = env.path("my mother's photos");
    fs::create_dir_all(root.join("credentials")).expect("made");
    let client = env.path("credentials/client_secret.json");
    fs::copy(client, root.join("credentials/client_secret.json")).expect("copied");
    let given = root.to_str().expect("text");
    let output = env
        .run(&["--root", given, "sync", "--since", "2024-01-01"])
        .assert_exit(4);
    let (_, hint) = output
        .stderr
        .split_once("run `gphotos-dl --root ")
        .expect("a command");
    let (word, _) = hint.split_once(" login`").expect("its verb");
    let shell = Command::new("/bin/sh")
        .args(["-c", &format!("printf %s {word}")])
        .output();
    let said = String::from_utf8(shell.expect("a shell").stdout).expect("text");
    assert_eq!(said, "$ROOT/my mother's photos", "{word}");
}

#[test]
fn the_archive_of_the_current_folder_need_not_be_named() {
    let env = TestEnv::new(World::new());
    env.run(&["--root", ".", "sync", "--since", "2024-01-01"])
        .assert_exit(4)
        .assert_says("run `gphotos-dl login`");
}
