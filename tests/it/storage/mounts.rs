//! Other file systems inside the archive's folder: what cannot be renamed into them gets there all the same, whole.

use std::fs;
use std::path::Path;

use gphotos_sim::World;

use crate::support::TestEnv;

const SYNC: [&str; 5] = ["sync", "--since", "2000-01-01", "--window", "year"];
/// A year on a disk of its own.
const BIND: &str = "mkdir -p disk downloads/2024; mount --bind disk downloads/2024;";

fn two_years() -> World {
    World::new()
        .photo("a.jpg", "2024-03-09T12:00:00Z")
        .photo("b.jpg", "2024-03-10T12:00:00Z")
        .photo("c.jpg", "2023-03-09T12:00:00Z")
}

/// Puts the year where it would be seen without the mount.
fn unmounted(env: &TestEnv) {
    fs::remove_dir(env.path("downloads/2024")).expect("an empty mount point");
    fs::rename(env.path("disk"), env.path("downloads/2024")).expect("renamed");
}

fn strays(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).into_iter().flatten();
    names
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("text")
        })
        .filter(|name| name.starts_with(".gpdl-"))
        .collect()
}

#[test]
fn a_year_that_is_a_mount_of_its_own_gets_its_files() {
    let env = TestEnv::signed_in(two_years());
    let Some(output) = env.mounted(&format!("{BIND} exec \"$@\""), &SYNC) else {
        return;
    };
    output.assert_exit(0);
    let time = fs::metadata(env.path("disk/03/a.jpg"))
        .expect("there")
        .modified();
    let time: chrono::DateTime<chrono::Utc> = time.expect("a time").into();
    assert_eq!(time.to_rfc3339(), "2024-03-09T12:00:00+00:00");
    unmounted(&env);
    let archive = env.archive();
    assert_eq!(archive.files.len(), 3);
    archive.assert_true_to(&env.google);
    env.google.reset_stats();
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.google.stats().all_byte_requests(), 0);
}

#[test]
fn a_name_that_is_taken_there_is_not_replaced() {
    let env = TestEnv::signed_in(two_years());
    // Somebody else's file comes while the run works, so that only the disk itself can tell.
    let theirs = env.path("disk/03/a.jpg");
    env.google.before(gphotos_sim::Route::Bytes, 1, move |_| {
        fs::create_dir_all(theirs.parent().expect("a folder")).expect("made");
        fs::write(theirs, "holiday notes").expect("written");
    });
    let Some(output) = env.mounted(&format!("{BIND} exec \"$@\""), &SYNC) else {
        return;
    };
    output.assert_exit(0);
    unmounted(&env);
    let archive = env.archive();
    assert_eq!(archive.files["2024/03/a.jpg"], b"holiday notes");
    assert!(archive.row("a.jpg")["local_path"].starts_with("2024/03/a~"));
    assert_eq!(archive.files.len(), 4);
}

#[test]
fn a_full_disk_there_stops_the_run_and_the_next_one_goes_on() {
    let big = World::new().with_items(
        gphotos_sim::Seeded {
            seed: 3,
            items: 12,
            start: "2024-03-01".parse().expect("a date"),
            days: 20,
            photo_size: 200_000,
            video_share_percent: 0,
            motion_share_percent: 0,
        }
        .items(),
    );
    let env = TestEnv::signed_in(big);
    let script = "mkdir -p downloads/2024 disk; mount -t tmpfs -o size=1m none downloads/2024; code=0; \"$@\" || code=$?; \
                  test $code = 7; test -z \"$(find downloads/2024 -name '.gpdl-*')\"; mount -o remount,size=50m downloads/2024; \
                  \"$@\"; cp -a downloads/2024/. disk";
    let Some(output) = env.mounted(script, &SYNC) else {
        return;
    };
    output
        .assert_exit(0)
        .assert_says("No space left")
        .assert_says("What was committed is safe");
    unmounted(&env);
    env.archive().assert_true_to(&env.google);
    assert_eq!(env.archive().files.len(), 12);
}

#[test]
fn what_a_killed_run_has_left_there_is_removed_and_no_more() {
    let env = TestEnv::signed_in(two_years());
    // It dies when the first copy is to be made durable, with its name announced.
    let die = format!(
        "{BIND} exec env LD_PRELOAD={} SHIM_ROOTS={} SHIM_FAULT='fsync|downloads/2024/03/.gpdl-#-0.part|1|kill' \"$@\"",
        crate::support::shim().display(),
        env.root().display(),
    );
    let alone = [&SYNC[..], &["--jobs", "1"]].concat();
    let Some(output) = env.mounted(&die, &alone) else {
        return;
    };
    output.assert_exit(137);
    let month = env.path("disk/03");
    assert_eq!(strays(&month).len(), 1, "a copy in the making");
    for theirs in [
        ".gpdl-notes.part",
        ".gpdl-1-x.part",
        ".gpdl-1-2.part",
        "1-2.part",
    ] {
        fs::write(month.join(theirs), "mine").expect("written");
    }
    let output = env
        .mounted(&format!("{BIND} exec \"$@\""), &SYNC)
        .expect("as before");
    output.assert_exit(0);
    let mut left = strays(&month);
    left.sort();
    assert_eq!(
        left,
        [".gpdl-1-2.part", ".gpdl-1-x.part", ".gpdl-notes.part"]
    );
    assert!(month.join("1-2.part").exists());
}
