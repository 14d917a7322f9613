//! Beside a run, and what a signal does.

use std::fs::File;

use gphotos_sim::{Seeded, World};
use rusqlite::Connection;

use super::{count, found, synced, three, verify};
use crate::support::{Action, Key, Shim, Signal, TestEnv, ends, signal, until};

#[test]
fn beside_a_run_that_works_nothing_is_taken_for_damage() {
    let seeded = Seeded {
        seed: 5,
        items: 300,
        start: "2024-02-20".parse().expect("a date"),
        days: 20,
        photo_size: 0,
        video_share_percent: 0,
        motion_share_percent: 0,
    };
    let world = World::new().with_items(seeded.items());
    let env = TestEnv::signed_in(world.with(|world| world.network.latency_ms = 40));
    let mut run = env.spawn(&["sync", "--since", "2024-01-01", "--jobs", "4"]);
    until("the index is there", || {
        env.path("downloads/.gphotos-dl/index/index.db").exists()
            && env.path("downloads/2024").exists()
    });
    let mut seen = Vec::new();
    while run.try_wait().expect("the run is ours").is_none() {
        let told = verify(&env, 0);
        assert_eq!(found(&told), [""; 0]);
        seen.push(count(&told, "files"));
    }
    env.finish(run).assert_exit(0);
    assert!(seen.iter().any(|files| *files < 300), "it worked: {seen:?}");
    assert_eq!(count(&verify(&env, 0), "files"), 300);
    env.archive().assert_true_to(&env.google);
}

#[test]
fn a_signal_ends_it_at_once_and_the_slice_comes_again() {
    for (sent, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let env = synced(three());
        // A hole of a terabyte takes longer to read than any test may.
        let size: i64 = 1 << 40;
        let file = File::options()
            .write(true)
            .open(env.path("downloads/2024/03/a.jpg"))
            .expect("opened");
        file.set_len(size.unsigned_abs()).expect("set");
        let index = Connection::open(env.path("downloads/.gphotos-dl/index/index.db"));
        index
            .expect("the index")
            .execute(
                "UPDATE files SET size = ?1 WHERE path = '2024/03/a.jpg'",
                [size],
            )
            .expect("updated");
        let mut run = env.spawn(&["verify", "--jobs", "1", "--json"]);
        std::thread::sleep(std::time::Duration::from_millis(300));
        signal(&run, sent);
        assert!(ends(&mut run));
        let told = env.finish(run).assert_exit(code).json();
        assert_eq!(told["exit"], code);
        assert!(told["error"].is_string(), "{told}");
        assert!(!env.path("downloads/.gphotos-dl/verify.json").exists());
    }
}

#[test]
fn an_archive_that_a_run_is_just_making_is_waited_for_and_not_called_broken() {
    let settings = Key::new("rename", "media_items_list/archive.json", 1);
    let index = Key::new("open", "downloads/.gphotos-dl/index/index.db", 1);
    for key in [settings, index] {
        let mut env = TestEnv::signed_in(three());
        let mark = env.path("mark");
        let shim = Shim::on(env.root()).fault(&key, Action::Stop).mark(&mark);
        let mut command = env.command(&["sync", "--since", "2024-01-01"]);
        let run = shim.apply(&mut command).spawn().expect("it starts");
        until("it is about to be made", || mark.exists());
        let said = "another run is still making the archive";
        env.run(&["verify"]).assert_exit(6).assert_says(said);
        env.run(&["verify", "--repair"]).assert_exit(6);
        let status = env.run(&["status"]).assert_exit(0);
        assert!(status.stdout.contains(said), "{status}");
        assert!(!status.stdout.contains("no archive.json"), "{status}");
        // Long enough to see the end of it.
        env.set("GPHOTOS_DL_TEST_CLOCK", "waits=1");
        let check = env.spawn(&["verify", "--json"]);
        std::thread::sleep(std::time::Duration::from_millis(300));
        signal(&run, Signal::CONT);
        let told = env.finish(check).assert_exit(0).json();
        assert_eq!(found(&told), [""; 0]);
        env.finish(run).assert_exit(0);
        env.archive().assert_true_to(&env.google);
    }
}
