//! Files that somebody has put into the archive under names that look like ours.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{FileTypeExt, symlink};
use std::path::PathBuf;

use gphotos_sim::Item;
use rustix::fs::{CWD, FileType as Kind, Mode, mknodat};

use super::three;
use crate::support::TestEnv;

const MONTH: &str = "downloads/2024/03";

/// Names of files in the making, of which no run has made one.
const PLANTED: [&str; 5] = [
    ".gpdl-1-1.part",
    ".gpdl-1-2.part",
    ".gpdl-1-3.part",
    ".gpdl-1-4.part",
    ".gpdl-1-5.part",
];

/// An archive with a file, a link, a pipe, a folder and a second name of the user's own file, all of them under such names.
fn planted() -> (TestEnv, PathBuf) {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let precious = env.path("precious");
    fs::write(&precious, "mine").expect("written");
    let [file, link, pipe, folder, name] = PLANTED.map(|name| env.path(MONTH).join(name));
    fs::write(file, "mine too").expect("written");
    symlink(&precious, link).expect("linked");
    let mode = Mode::from_raw_mode(0o600);
    mknodat(CWD, pipe, Kind::Fifo, mode, 0).expect("made");
    fs::create_dir(folder).expect("made");
    fs::hard_link(&precious, name).expect("linked");
    // A run that died has left a temporary file of each of these names.
    for name in PLANTED {
        let temp = name.strip_prefix(".gpdl-").expect("a prefix");
        fs::write(env.path("downloads/.gphotos-dl/tmp").join(temp), "a photo").expect("written");
    }
    (env, precious)
}

/// What there is of them.
fn left(env: &TestEnv) -> BTreeMap<String, char> {
    let entries = fs::read_dir(env.path(MONTH)).expect("a folder");
    let entries = entries.map(|entry| entry.expect("an entry"));
    let named = entries.map(|entry| {
        let kind = entry.file_type().expect("a kind");
        let letter = if kind.is_symlink() {
            'l'
        } else if kind.is_fifo() {
            'p'
        } else if kind.is_dir() {
            'd'
        } else {
            'f'
        };
        (entry.file_name().into_string().expect("text"), letter)
    });
    named
        .filter(|(name, _)| name.starts_with(".gpdl-"))
        .collect()
}

#[test]
fn what_only_looks_like_ours_is_neither_followed_nor_removed() {
    for is_index_lost in [false, true] {
        let (env, precious) = planted();
        if is_index_lost {
            fs::remove_dir_all(env.path("downloads/.gphotos-dl/index")).expect("removed");
        }
        let there = left(&env);
        assert_eq!(there.len(), PLANTED.len());
        env.google.reset_stats();
        env.google
            .world(|world| world.items.push(Item::photo(9, "d.jpg", super::DAY)));
        env.run_or_kill(&["sync", "--since", "2000-01-01", "--window", "year"])
            .assert_exit(0);
        assert_eq!(env.google.stats().all_byte_requests(), 1);
        for command in ["verify", "status"] {
            env.run_or_kill(&[command]).assert_exit(0);
        }
        assert_eq!(left(&env), there, "{is_index_lost}");
        let mine = |path: PathBuf| fs::read_to_string(path).expect("read");
        assert_eq!(mine(precious), "mine");
        assert_eq!(mine(env.path(MONTH).join(PLANTED[0])), "mine too");
        let temps = fs::read_dir(env.path("downloads/.gphotos-dl/tmp")).expect("a folder");
        assert_eq!(temps.count(), 0, "of these it is known whose they are");
    }
}

#[test]
fn what_begins_like_the_temporary_file_it_is_named_after_is_ours_and_goes() {
    for is_index_lost in [false, true] {
        let (env, _) = planted();
        let stray = env.path(MONTH).join(PLANTED[0]);
        fs::write(&stray, "a pho").expect("written");
        if is_index_lost {
            fs::remove_dir_all(env.path("downloads/.gphotos-dl/index")).expect("removed");
        }
        env.sync(&[]).assert_exit(0);
        assert!(!stray.exists(), "{is_index_lost}");
        assert_eq!(left(&env).len(), PLANTED.len() - 1);
    }
}
