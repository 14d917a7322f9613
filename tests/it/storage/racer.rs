//! Somebody who swaps folders for links while the program works: it never writes where a link leads.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use gphotos_sim::{Seeded, World};
use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::support::TestEnv;

/// Every path below a folder, with what it holds.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.display().to_string();
        if path.is_dir() {
            found.push((name, Vec::new()));
            found.extend(contents(&path));
        } else {
            found.push((name, fs::read(&path).expect("readable")));
        }
    }
    found.sort();
    found
}

#[test]
fn a_month_that_is_swapped_for_a_link_again_and_again_leads_nowhere() {
    let seeded = |seed| Seeded {
        seed,
        items: 60,
        start: "2024-03-01".parse().expect("a date"),
        days: 30,
        photo_size: 0,
        video_share_percent: 0,
        motion_share_percent: 0,
    };
    let outside = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(outside.path().join("03/deeper")).expect("made");
    fs::write(outside.path().join("03/canary.jpg"), "tweet").expect("written");
    let before = contents(outside.path());
    let began = Instant::now();
    let mut swaps = 0;
    for seed in 0.. {
        let env = TestEnv::signed_in(World::new().with_items(seeded(seed).items()));
        let over = Arc::new(AtomicBool::new(false));
        let (month, link) = (env.path("downloads/2024/03"), env.path("link"));
        symlink(outside.path().join("03"), &link).expect("linked");
        let racer = std::thread::spawn({
            let over = over.clone();
            move || {
                let mut swaps = 0;
                // An even number of times, so that the folder is back in the end.
                while !over.load(Ordering::Relaxed) || swaps % 2 == 1 {
                    let swapped = renameat_with(CWD, &month, CWD, &link, RenameFlags::EXCHANGE);
                    swaps += u32::from(swapped.is_ok());
                    std::thread::yield_now();
                }
                swaps
            }
        });
        let output = env.sync(&["--jobs", "8"]);
        over.store(true, Ordering::Relaxed);
        swaps += racer.join().expect("the racer ends");
        assert!(matches!(output.exit, 0 | 3 | 7), "{output}");
        assert_eq!(contents(outside.path()), before, "after {swaps} swaps");
        // Whatever that made of the first run, the next one is not disturbed and gets everything.
        env.sync(&["--restore"]).assert_exit(0);
        let archive = env.archive();
        let listed: std::collections::BTreeSet<_> =
            archive.rows.iter().map(|row| &row["local_path"]).collect();
        assert_eq!(listed.len(), 60);
        for path in listed {
            assert!(
                archive.files.contains_key(path),
                "{path} is listed and not there"
            );
        }
        if began.elapsed() > Duration::from_secs(3) {
            break;
        }
    }
    assert!(swaps > 0, "the racer has swapped nothing");
    assert_eq!(contents(outside.path()), before);
}
