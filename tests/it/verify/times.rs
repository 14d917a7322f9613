//! A copy that keeps no times: what is proved is remembered, so that rot is told from an edit again.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::{found, rot, synced, three, verify, verify_with};
use crate::support::{Action, Key, Shim, TestEnv};

/// What `cp -r` does to the times of all photos.
fn lose_times(env: &TestEnv) {
    for name in ["a.jpg", "b.jpg", "c.jpg"] {
        let path = env.path("downloads/2024/03").join(name);
        let file = File::options().write(true).open(path).expect("opened");
        let moment = SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000);
        file.set_modified(moment).expect("set");
    }
}

fn times(told: &Value) -> (u64, u64) {
    let count = |what: &str| told["times"][what].as_u64().expect("a number");
    (count("remembered"), count("not_remembered"))
}

#[test]
fn rot_after_a_copy_is_rot_once_a_check_has_proved_the_files() {
    let env = synced(three());
    lose_times(&env);
    assert_eq!(times(&verify(&env, 0)), (3, 0));
    assert_eq!(times(&verify(&env, 0)), (0, 0));
    rot(&env.path("downloads/2024/03/b.jpg"), 700);
    assert_eq!(found(&verify(&env, 3)), ["rot 2024/03/b.jpg"]);
    verify_with(&env, 0, &["--repair"]);
    assert_eq!(found(&verify(&env, 0)), [""; 0]);
}

#[test]
fn each_slice_and_each_repair_remembers_what_it_has_read() {
    let env = synced(three());
    lose_times(&env);
    let mut remembered = 0;
    for _ in 0..2 {
        remembered += times(&verify_with(&env, 0, &["--sample", "1/2"])).0;
    }
    assert_eq!(remembered, 3);
    lose_times(&env);
    assert_eq!(times(&verify_with(&env, 0, &["--repair"])), (0, 0));
    let path = env.path("downloads/2024/03/b.jpg");
    let file = File::options().write(true).open(path).expect("opened");
    file.set_modified(SystemTime::now()).expect("set");
    assert_eq!(times(&verify_with(&env, 0, &["--repair"])), (1, 0));
}

#[test]
fn an_edit_after_a_copy_is_an_edit() {
    let env = synced(three());
    lose_times(&env);
    verify(&env, 0);
    let path = env.path("downloads/2024/03/b.jpg");
    let bytes = env.google.world(|world| world.named("a.jpg").original());
    fs::write(path, bytes).expect("written");
    assert_eq!(found(&verify(&env, 0)), ["edited 2024/03/b.jpg"]);
}

#[test]
fn beside_a_run_it_is_said_that_nothing_could_be_remembered() {
    let env = synced(three());
    lose_times(&env);
    let folder = File::open(env.path("downloads")).expect("opened");
    folder.lock().expect("locked");
    assert_eq!(times(&verify(&env, 0)), (0, 3));
    env.run(&["-q", "verify"])
        .assert_exit(0)
        .assert_says("the times of 3 files are not as stored")
        .assert_says("another run is working");
    drop(folder);
    assert_eq!(times(&verify(&env, 0)), (3, 0));
}

#[test]
fn a_run_that_begins_meanwhile_is_not_refused() {
    let env = synced(three());
    let folder = File::open(env.path("downloads")).expect("opened");
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // As a check does that writes down one batch after another.
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                if folder.try_lock().is_ok() {
                    std::thread::sleep(Duration::from_millis(5));
                    folder.unlock().expect("unlocked");
                }
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        let exits: Vec<_> = (0..8).map(|_| env.sync(&[]).exit).collect();
        over.store(true, Ordering::Relaxed);
        assert_eq!(exits, [0; 8]);
    });
}

#[test]
fn where_nothing_can_be_written_nothing_is() {
    let env = synced(three());
    lose_times(&env);
    let private = env.path("downloads/.gphotos-dl");
    for path in [private.join("lock"), private.join("index/index.db")] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o444)).expect("set");
    }
    for path in [
        private.join("index"),
        private.clone(),
        env.path("downloads"),
    ] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o555)).expect("set");
    }
    let before = fs::read(private.join("index/index.db")).expect("read");
    let Some(output) = env.run_unprivileged(&["verify", "--json"]) else {
        return;
    };
    let told = output.assert_exit(0).json();
    assert_eq!(times(&told), (0, 3), "{told:#}");
    let after = fs::read(private.join("index/index.db")).expect("read");
    assert!(before == after);
}

#[test]
fn one_that_dies_while_it_remembers_leaves_a_sound_index() {
    let env = synced(three());
    for ordinal in 1..=3 {
        lose_times(&env);
        let mut command = env.command(&["verify"]);
        let log = "downloads/.gphotos-dl/index/index.db-wal";
        let shim = Shim::on(env.root()).fault(&Key::new("write", log, ordinal), Action::Torn);
        let run = shim
            .apply(&mut command)
            .spawn()
            .expect("the program starts");
        let output = env.finish(run);
        assert!([0, 137].contains(&output.exit), "{output}");
        let told = verify(&env, 0);
        assert_eq!(times(&told).1, 0, "{told:#}");
        env.sync(&[]).assert_exit(0);
    }
}
