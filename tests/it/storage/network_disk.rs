//! An index where several machines may reach it, or where memory cannot be shared: kept without a log.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::three;
use crate::support::TestEnv;

/// The library that makes a disk look like another one.
fn disguise() -> &'static str {
    static MADE: OnceLock<String> = OnceLock::new();
    MADE.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support/network_disk.c");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        // Made under a name of its own, so that test runs beside each other never see half of it.
        let made = folder.join(format!("network-disk-{}.so", std::process::id()));
        let target = folder.join("network-disk.so");
        let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
        let status = Command::new(compiler)
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .args([&made, &source])
            .status();
        assert!(status.expect("a C compiler").success(), "it compiles");
        fs::rename(&made, &target).expect("renamed");
        target.display().to_string()
    })
}

fn index(env: &TestEnv) -> PathBuf {
    env.path("downloads/.gphotos-dl/index/index.db")
}

/// Whether the database says that it has a log: the version for reading, at 19 of its header.
fn has_log(env: &TestEnv) -> bool {
    fs::read(index(env)).expect("read")[19] == 2
}

/// The whole life of an archive on such a disk, begun on another one.
fn assert_works(name: &str, value: &str) {
    let mut env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    assert!(has_log(&env), "a local disk");
    env.set("LD_PRELOAD", disguise()).set(name, value);
    let fresh = gphotos_sim::Item::photo(9, "d.jpg", "2024-03-10T12:00:00Z");
    env.google.world(|world| world.items.push(fresh));
    let private = index(&env);
    env.google.before(gphotos_sim::Route::Bytes, 1, move |_| {
        let log = private.with_extension("db-wal");
        assert!(!log.exists(), "a log where none may be");
    });
    env.sync(&[]).assert_exit(0);
    assert!(!has_log(&env), "{name}={value}");
    env.archive().assert_true_to(&env.google);
    assert_eq!(env.archive().files.len(), 4);
    env.google.reset_stats();
    let plan = env.sync(&["--dry-run"]).assert_exit(0);
    assert_eq!(plan.stdout, "");
    env.run(&["status"]).assert_exit(0);
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.google.stats().all_byte_requests(), 0);
    assert!(!index(&env).with_extension("db-journal").exists());
    // Lost, it comes back there as well.
    fs::remove_dir_all(env.path("downloads/.gphotos-dl")).expect("removed");
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.google.stats().all_byte_requests(), 0);
    // And back on a local disk.
    env.set(name, "").set("LD_PRELOAD", "");
    env.sync(&[]).assert_exit(0);
    assert!(has_log(&env));
}

#[test]
fn on_a_share_there_is_no_log() {
    // NFS and SMB2.
    for magic in ["6969", "fe534d42"] {
        assert_works("DISK_MAGIC", magic);
    }
}

#[test]
fn without_shared_memory_there_is_no_log() {
    assert_works("NO_SHARED_MEMORY", "1");
}

#[test]
fn a_run_that_is_killed_there_is_finished_by_the_next_one() {
    let never =
        gphotos_sim::Fault::new(gphotos_sim::FaultKind::StallBeforeHeaders { seconds: None });
    let mut env = TestEnv::signed_in(three().fail(never.item("c.jpg").always()));
    env.set("LD_PRELOAD", disguise()).set("DISK_MAGIC", "6969");
    let mut run = env.spawn(&["sync", "--since", "2024-01-01", "--window", "year"]);
    crate::support::until("a file has its name", || {
        env.path("downloads/2024").exists()
    });
    env.run(&["status"]).assert_exit(0);
    run.kill().expect("killed");
    let _ = env.finish(run);
    env.google.world(|world| world.faults.clear());
    env.sync(&["--dry-run"]).assert_exit(0);
    env.sync(&[]).assert_exit(0);
    env.archive().assert_true_to(&env.google);
    assert_eq!(env.archive().files.len(), 3);
}
