//! A file that was changed and is no whole picture any more: an edit that nobody wants.

use std::fs::{self, File};

use gphotos_sim::{Fault, FaultKind, Framing, World};

use super::{DAY, found, synced, three, verify};
use crate::support::TestEnv;

fn cut(env: &TestEnv, name: &str, length: u64) {
    let path = env.path(&format!("downloads/2024/03/{name}"));
    let file = File::options().write(true).open(path).expect("opened");
    // With another time, as whatever does this leaves it.
    file.set_len(length).expect("cut");
}

#[test]
fn one_that_was_emptied_or_cut_is_damage_and_has_a_way_back() {
    let env = synced(three());
    let before = env.archive().files;
    cut(&env, "a.jpg", 0);
    cut(&env, "b.jpg", 900);
    let told = verify(&env, 3);
    assert_eq!(
        found(&told),
        ["broken 2024/03/a.jpg", "broken 2024/03/b.jpg"]
    );
    assert_eq!(told["whole"], false);
    for file in told["files"].as_array().expect("a list") {
        let way = file["way_back"].as_str().expect("a way back");
        assert_eq!(
            way,
            "move the file away, then `gphotos-dl verify --repair` fetches it again"
        );
    }
    // A person has changed it: it is theirs to give up.
    let output = env.run(&["verify", "--repair"]).assert_exit(3);
    output
        .assert_says(
            "broken 2024/03/a.jpg: changed since it was stored, and looks broken (an empty file)",
        )
        .assert_says("not repaired: 2024/03/b.jpg: somebody has changed it")
        .assert_says("move the file away, then `gphotos-dl verify --repair`");
    assert_eq!(
        fs::read(env.path("downloads/2024/03/a.jpg")).expect("read"),
        b""
    );
    assert_eq!(env.google.stats().total(), 0);
    // As it was told.
    for name in ["a.jpg", "b.jpg"] {
        let path = env.path("downloads/2024/03").join(name);
        fs::rename(path, env.path(name)).expect("moved");
    }
    env.run(&["verify", "--repair"]).assert_exit(0);
    assert_eq!(env.archive().files, before);
    assert_eq!(found(&verify(&env, 0)), [""; 0]);
}

#[test]
fn something_else_under_its_name_is_no_picture() {
    let env = synced(three());
    let path = env.path("downloads/2024/03/a.jpg");
    fs::write(path, "<!DOCTYPE html><html><body>Sign in</body></html>").expect("written");
    assert_eq!(found(&verify(&env, 3)), ["broken 2024/03/a.jpg"]);
}

#[test]
fn one_that_looked_broken_when_it_came_is_an_edit() {
    let half = FaultKind::Truncate {
        bytes: 800,
        framing: Framing::Length,
    };
    let world = World::new().photo("cut.jpg", DAY);
    let env = synced(world.fail(Fault::new(half).path("/lr/").always()));
    cut(&env, "cut.jpg", 700);
    assert_eq!(found(&verify(&env, 0)), ["edited 2024/03/cut.jpg"]);
}
