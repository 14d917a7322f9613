//! A token file that is not as `login` has left it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use gphotos_sim::{Route, World};

use super::{TOKEN, edit_token, library, token};
use crate::support::TestEnv;

#[test]
fn a_damaged_one_needs_a_new_sign_in() {
    let env = TestEnv::signed_in(World::new());
    let whole = fs::read_to_string(env.path(TOKEN)).expect("readable");
    let half = &whole[..whole.len() / 2];
    for text in ["", "{", "[]", "null", "{}", half, "\0\0\0\0"] {
        fs::write(env.path(TOKEN), text).expect("written");
        env.sync(&[])
            .assert_exit(4)
            .assert_says("token_library.json")
            .assert_says("damaged")
            .assert_says("hint:")
            .assert_says("`gphotos-dl login`");
    }
    fs::write(env.path(TOKEN), [0xff, 0xfe, 0x00]).expect("written");
    env.sync(&[])
        .assert_exit(4)
        .assert_says("token_library.json")
        .assert_says("hint:");
    assert_eq!(env.google.stats().total(), 0);
    env.sign_in();
    env.sync(&[]).assert_exit(0);
}

#[test]
fn a_linked_one_is_not_used() {
    let env = TestEnv::signed_in(World::new());
    let elsewhere = env.path("elsewhere.json");
    fs::rename(env.path(TOKEN), &elsewhere).expect("renamed");
    fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o644)).expect("chmod");
    symlink(&elsewhere, env.path(TOKEN)).expect("linked");
    env.sync(&[])
        .assert_exit(4)
        .assert_says("token_library.json")
        .assert_says("hint:");
    assert_eq!(env.google.stats().total(), 0);
    let mode = fs::metadata(&elsewhere)
        .expect("there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o644, "somebody else's file was touched");
}

#[test]
fn a_pipe_in_its_place_is_not_waited_for() {
    let env = TestEnv::signed_in(World::new());
    fs::remove_file(env.path(TOKEN)).expect("removed");
    let made = std::process::Command::new("mkfifo")
        .arg(env.path(TOKEN))
        .status();
    assert!(made.expect("mkfifo runs").success());
    env.run_or_kill(&["sync", "--since", "2024-01-01"])
        .assert_exit(4)
        .assert_says("token_library.json")
        .assert_says("hint:");
}

#[test]
fn one_that_others_can_read_is_closed_to_them_and_that_is_said() {
    let env = TestEnv::signed_in(World::new());
    fs::set_permissions(env.path(TOKEN), fs::Permissions::from_mode(0o644)).expect("chmod");
    let output = env.sync(&[]).assert_exit(0);
    let mode = fs::metadata(env.path(TOKEN))
        .expect("there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(
        output.stderr.contains("token_library.json"),
        "the person should know that it was open:\n{output}"
    );
}

#[test]
fn one_for_another_permission_needs_a_new_sign_in() {
    let env = TestEnv::signed_in(World::new());
    for scope in [
        "",
        "https://www.googleapis.com/auth/photospicker.mediaitems.readonly",
        // Longer than ours, and not ours.
        "https://www.googleapis.com/auth/photoslibrary.readonly.appcreateddata.more",
    ] {
        edit_token(&env, |token| token["scope"] = scope.into());
        env.sync(&[])
            .assert_exit(4)
            .assert_says("another permission")
            .assert_says("hint:")
            .assert_says("`gphotos-dl login`");
    }
    assert_eq!(env.google.stats().total(), 0);
}

#[test]
fn one_that_covers_more_than_is_needed_is_used() {
    let env = TestEnv::signed_in(World::new());
    edit_token(&env, |token| {
        let scopes = format!("openid {} email", token["scope"].as_str().expect("text"));
        token["scope"] = scopes.into();
    });
    env.sync(&[]).assert_exit(0);
}

#[test]
fn one_that_cannot_be_replaced_lets_the_run_finish_and_is_told_at_the_end() {
    let env = TestEnv::signed_in(library());
    env.google.expire_access_tokens();
    let (folder, aside) = (env.path("credentials"), env.path("aside"));
    // The folder goes away while Google answers, as with a share that is unmounted; a file blocks its place.
    env.google.before(Route::Token, 1, move |_| {
        fs::rename(&folder, &aside).expect("moved away");
        fs::write(&folder, "in the way").expect("written");
    });
    env.sync(&[])
        .assert_exit(7)
        .assert_says("Synced")
        .assert_says("could not be saved")
        .assert_says("token_library.json")
        // Why, in the system's words.
        .assert_says("os error")
        .assert_says("hint:");
    assert_eq!(env.archive().files.len(), 24);
}

#[test]
fn on_a_read_only_folder_the_old_token_stays_whole() {
    let env = TestEnv::signed_in(library());
    env.google.expire_access_tokens();
    let before = token(&env);
    fs::set_permissions(env.path("credentials"), fs::Permissions::from_mode(0o500)).expect("chmod");
    let Some(output) = env.run_unprivileged(&["sync", "--since", "2000-01-01", "--window", "year"])
    else {
        return;
    };
    output
        .assert_exit(7)
        .assert_says("Synced")
        .assert_says("could not be saved")
        .assert_says("token_library.json");
    assert_eq!(env.archive().files.len(), 24);
    assert_eq!(token(&env), before);
}
