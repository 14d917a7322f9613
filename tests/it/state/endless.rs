//! Files without end where small ones belong: they are named, and they do not fill the memory.

use std::fs::File;

use super::three;
use crate::support::{CommandOutput, TestEnv};

/// Address space of 400 MiB, in KiB, of which threads and libraries take most.
const LITTLE_MEMORY: &str = "ulimit -v 409600";
/// Bytes.
const ENDLESS: u64 = 1 << 30;
const SYNC: [&str; 5] = ["sync", "--since", "2000-01-01", "--window", "year"];

/// Makes a file of nothing but zeros, which takes no room on the disk.
fn endless(env: &TestEnv, path: &str) {
    let file = File::create(env.path(path)).expect("made");
    file.set_len(ENDLESS).expect("set");
}

fn run(env: &TestEnv, args: &[&str]) -> CommandOutput {
    let run = env.shell(LITTLE_MEMORY, args).spawn();
    env.finish(run.expect("it starts"))
}

#[test]
fn a_list_without_an_end_of_line_is_named_and_the_others_are_read() {
    let (whole, partial) = (
        "item-list-20240101T000000Z.csv",
        "item-list-20240102T000000Z.csv.partial",
    );
    for is_lost in [false, true] {
        let env = TestEnv::signed_in(three());
        env.sync(&[]).assert_exit(0);
        endless(&env, &format!("media_items_list/{whole}"));
        endless(&env, &format!("media_items_list/{partial}"));
        if is_lost {
            let private = env.path("downloads/.gphotos-dl");
            std::fs::remove_dir_all(private).expect("removed");
        }
        env.google.reset_stats();
        run(&env, &["status"]).assert_exit(0);
        run(&env, &[&SYNC[..], &["--dry-run"]].concat()).assert_exit(0);
        run(&env, &SYNC).assert_exit(3).assert_says(whole);
        assert_eq!(env.google.stats().all_byte_requests(), 0);
        let partial = env.path("media_items_list").join(partial);
        assert_eq!(partial.metadata().expect("there").len(), ENDLESS);
        // It is old enough to go, and whatever it may hold, nobody has repeated it.
        run(&env, &SYNC).assert_exit(0);
        assert!(env.path("media_items_list").join(whole).exists());
    }
}

#[test]
fn a_memory_of_checks_without_end_is_named_and_made_anew() {
    const MEMORY: &str = "downloads/.gphotos-dl/verify.json";
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    endless(&env, MEMORY);
    let output = run(&env, &["status"]).assert_exit(0);
    assert!(output.stdout.contains("verify.json is damaged"), "{output}");
    run(&env, &["verify", "--sample", "1/2"])
        .assert_exit(0)
        .assert_says("verify.json is damaged");
    assert!(env.path(MEMORY).metadata().expect("there").len() < 4096);
    let output = run(&env, &["status"]).assert_exit(0);
    assert!(!output.stdout.contains("damaged"), "{output}");
}
