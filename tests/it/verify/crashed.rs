//! After a run that died while it brought a missing file back: until the next run has looked, the old bytes are right and
//! the new ones too.

use std::fs;

use gphotos_sim::Content;

use super::{count, found, rot, synced, three, verify};
use crate::support::{Action, Key, Shim, TestEnv};

const B: &str = "downloads/2024/03/b.jpg";

/// An archive whose b.jpg went missing, and was about to be stored again when the run died at this call. Google has other
/// bytes of it by now. Returns the old ones as well.
fn died_at(call: &str, path: &str) -> (TestEnv, Vec<u8>) {
    let mut env = synced(three());
    let old = fs::read(env.path(B)).expect("read");
    fs::remove_file(env.path(B)).expect("removed");
    env.google.world(|world| {
        world.named("b.jpg").content = Content::Jpeg {
            seed: 99,
            size: 5_000,
        };
    });
    env.in_hours(1);
    let shim = Shim::on(env.root()).fault(&Key::new(call, path, 0), Action::Kill);
    let mut command = env.command(&["sync", "--since", "2000-01-01", "--window", "year"]);
    let run = shim.apply(&mut command).spawn().expect("it starts");
    env.finish(run).assert_exit(137);
    (env, old)
}

#[test]
fn what_was_announced_and_never_came_is_missing() {
    let (env, old) = died_at("rename", B);
    assert!(!env.path(B).exists());
    let told = verify(&env, 3);
    assert_eq!(found(&told), ["missing 2024/03/b.jpg"]);
    assert_eq!(count(&told, "files"), 3);
    // Somebody puts the old one back.
    fs::write(env.path(B), &old).expect("written");
    assert_eq!(found(&verify(&env, 0)), [""; 0]);
    rot(&env.path(B), 700);
    let told = found(&verify(&env, 0));
    assert_eq!(told, ["edited 2024/03/b.jpg"], "it has another time");
    fs::remove_file(env.path(B)).expect("removed");
    env.sync(&[]).assert_exit(0);
    env.archive().assert_true_to(&env.google);
    verify(&env, 0);
}

#[test]
fn what_came_and_was_not_confirmed_is_whole_or_damaged_like_any_other() {
    let (env, old) = died_at("fsync", "downloads/2024/03");
    let new = fs::read(env.path(B)).expect("it came");
    assert_ne!(new, old);
    let told = verify(&env, 0);
    assert_eq!((count(&told, "files"), count(&told, "intact")), (3, 3));
    rot(&env.path(B), 700);
    assert_eq!(found(&verify(&env, 3)), ["rot 2024/03/b.jpg"]);
    fs::write(env.path(B), &new).expect("written");
    assert_eq!(found(&verify(&env, 0)), [""; 0]);
    env.sync(&[]).assert_exit(0);
    env.archive().assert_true_to(&env.google);
}
