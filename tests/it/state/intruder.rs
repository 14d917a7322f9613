//! Something else where a file of ours belongs: nothing waits for it, nothing follows it, and nothing of it is lost.

use std::fs::{self, FileType};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use gphotos_sim::World;
use gphotos_sim::takeout::{Export, Format, Shot, ZipStyle};
use rustix::fs::{CWD, FileType as Kind, Mode, makedev, mknodat};

use super::three;
use crate::support::{CommandOutput, TestEnv, skipped};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Intruder {
    Pipe,
    Socket,
    Folder,
    /// Only root can make one.
    Device,
    Link,
}

impl Intruder {
    const ALL: [Self; 5] = [
        Self::Pipe,
        Self::Socket,
        Self::Folder,
        Self::Device,
        Self::Link,
    ];

    /// Puts it in place of whatever is there. `false`, said aloud, where this user cannot make one.
    fn put(self, env: &TestEnv, path: &Path) -> bool {
        let _ = fs::remove_file(path).or_else(|_| fs::remove_dir_all(path));
        let mode = Mode::from_raw_mode(0o666);
        match self {
            Self::Pipe => mknodat(CWD, path, Kind::Fifo, mode, 0).expect("made"),
            Self::Socket => drop(std::os::unix::net::UnixListener::bind(path).expect("made")),
            Self::Folder => fs::create_dir(path).expect("made"),
            Self::Device => {
                // /dev/zero, which never ends.
                if let Err(error) = mknodat(CWD, path, Kind::CharacterDevice, mode, makedev(1, 5)) {
                    skipped(&format!("this user cannot make a device ({error})"));
                    return false;
                }
            }
            Self::Link => {
                let precious = env.path("precious");
                fs::write(&precious, "mine").expect("written");
                std::os::unix::fs::symlink(precious, path).expect("linked");
            }
        }
        true
    }

    fn said(self) -> &'static str {
        match self {
            Self::Pipe => "is a pipe",
            Self::Socket => "is a socket",
            Self::Folder => "is a folder",
            Self::Device => "is a device",
            Self::Link => "is a symbolic link",
        }
    }

    fn is(self, kind: FileType) -> bool {
        match self {
            Self::Pipe => kind.is_fifo(),
            Self::Socket => kind.is_socket(),
            Self::Folder => kind.is_dir(),
            Self::Device => kind.is_char_device(),
            Self::Link => kind.is_symlink(),
        }
    }
}

fn index(env: &TestEnv) -> PathBuf {
    env.path("downloads/.gphotos-dl/index")
}

/// An archive of three photos, without copies of its index, and an export of a fourth.
fn synced() -> (TestEnv, PathBuf) {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    for entry in fs::read_dir(index(&env)).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.to_string_lossy().contains("backup-") {
            fs::remove_file(path).expect("removed");
        }
    }
    let folder = env.path("export");
    fs::create_dir(&folder).expect("made");
    let mut export = Export::new();
    let year = export.year(2024);
    let shot = export.add(Shot::photo("d.jpg", "2024-03-10T12:00:00Z"));
    export.media(year, "d.jpg", shot);
    let parts = export.write(&folder, Format::Zip(ZipStyle::default()));
    let part = parts.expect("written").swap_remove(0);
    env.google.reset_stats();
    (env, part)
}

/// Every file of the index that an intruder was put in the place of, wherever it is by now.
fn is_kept(env: &TestEnv, intruder: Intruder) -> bool {
    let entries = fs::read_dir(index(env)).expect("a folder");
    let mut kinds = entries.map(|entry| entry.expect("an entry").file_type().expect("a kind"));
    kinds.any(|kind| intruder.is(kind))
}

fn assert_untouched(env: &TestEnv, intruder: Intruder, output: &CommandOutput) {
    if intruder == Intruder::Link {
        let precious = fs::read_to_string(env.path("precious")).expect("read");
        assert_eq!(precious, "mine", "{output}");
    }
}

#[test]
fn among_the_files_of_the_index_it_is_moved_aside_and_nothing_is_fetched_again() {
    let mends: [&[&str]; 4] = [
        &["sync", "--since", "2000-01-01", "--window", "year"],
        &["import"],
        &["pick", "--resume"],
        &["verify", "--repair"],
    ];
    for (number, intruder) in Intruder::ALL.into_iter().enumerate() {
        for (at, name) in ["index.db", "index.db-wal", "index.db-journal"]
            .into_iter()
            .enumerate()
        {
            let (env, part) = synced();
            let before = env.archive().files;
            if !intruder.put(&env, &index(&env).join(name)) {
                continue;
            }
            let mut command = mends[(number + at) % mends.len()].to_vec();
            if command == ["import"] {
                command.push(part.to_str().expect("text"));
            }
            let output = env.run_or_kill(&command);
            if intruder == Intruder::Link && name == "index.db" {
                // Somebody wanted it to lead elsewhere, and it is theirs to say where to.
                let output = output.assert_exit(7).assert_says(intruder.said());
                assert_untouched(&env, intruder, &output);
                continue;
            }
            let what = format!("{intruder:?} at {name}, {command:?}\n{output}");
            assert_eq!(output.exit, 0, "{what}");
            assert!(is_kept(&env, intruder), "{what}");
            assert_untouched(&env, intruder, &output);
            let output = env.sync(&[]).assert_exit(0);
            assert_eq!(env.google.stats().all_byte_requests(), 0, "{what}{output}");
            let after = env.archive().files;
            assert!(
                before
                    .iter()
                    .all(|(path, bytes)| after.get(path) == Some(bytes)),
                "{what}"
            );
        }
    }
}

#[test]
fn whoever_only_looks_says_what_it_is_and_leaves_it() {
    for intruder in Intruder::ALL {
        for name in ["index.db", "index.db-wal", "index.db-journal"] {
            let (env, _) = synced();
            if !intruder.put(&env, &index(&env).join(name)) {
                continue;
            }
            for command in ["status", "verify"] {
                let output = env.run_or_kill(&[command]).assert_exit(7);
                let output = output.assert_says(&format!("{name} {}", intruder.said()));
                let output = output.assert_says("hint: move it away: `mv ");
                assert!(is_kept(&env, intruder), "{output}");
                assert_untouched(&env, intruder, &output);
            }
            let plan = env.run_or_kill(&[
                "sync",
                "--since",
                "2000-01-01",
                "--window",
                "year",
                "--dry-run",
            ]);
            assert!(is_kept(&env, intruder), "{plan}");
            if !(intruder == Intruder::Link && name == "index.db") {
                assert_eq!(plan.assert_exit(0).stdout, "", "nothing would be fetched");
            }
            // What is advised helps.
            let there = index(&env).join(name);
            fs::rename(&there, there.with_extension("away")).expect("moved");
            env.google.reset_stats();
            env.sync(&[]).assert_exit(0);
            env.run(&["verify"]).assert_exit(0);
            assert_eq!(env.google.stats().all_byte_requests(), 0);
        }
    }
}

#[test]
fn in_place_of_the_lock_or_of_a_folder_it_is_an_error_that_says_what_helps() {
    for intruder in Intruder::ALL {
        for name in ["/lock", "/tmp", "/index", ""] {
            if intruder == Intruder::Folder && name != "/lock" {
                continue;
            }
            let (env, part) = synced();
            let path = env.path(&format!("downloads/.gphotos-dl{name}"));
            if !intruder.put(&env, &path) {
                continue;
            }
            let part = part.to_str().expect("text");
            let runs: [&[&str]; 3] = [
                &["sync", "--since", "2000-01-01", "--window", "year"],
                &["import", part],
                &["pick", "--no-browser"],
            ];
            for command in runs {
                let output = env.run_or_kill(command).assert_exit(7);
                let output = output
                    .assert_says(intruder.said())
                    .assert_says("hint: move it away: `mv ");
                assert_untouched(&env, intruder, &output);
                let there = fs::symlink_metadata(&path).expect("there");
                assert!(intruder.is(there.file_type()), "{output}");
            }
            fs::rename(&path, env.path("away")).expect("moved");
            env.sync(&[]).assert_exit(0);
            assert_eq!(
                env.google.stats().all_byte_requests(),
                0,
                "{intruder:?} at {name:?}"
            );
        }
    }
}

#[test]
fn in_place_of_what_is_only_remembered_it_is_no_reason_to_wait() {
    for intruder in Intruder::ALL {
        for name in ["verify.json", "index/index.suspect", "index/index.db.new"] {
            let (env, _) = synced();
            if !intruder.put(&env, &env.path("downloads/.gphotos-dl").join(name)) {
                continue;
            }
            for command in [
                &["status"][..],
                &["verify"],
                &["sync", "--since", "2024-01-01", "--window", "year"],
            ] {
                let output = env.run_or_kill(command).assert_exit(0);
                assert_untouched(&env, intruder, &output);
            }
        }
    }
}

#[test]
fn in_place_of_the_archive_itself_it_is_said() {
    for folder in ["downloads", "media_items_list"] {
        for intruder in [Intruder::Pipe, Intruder::Socket] {
            let env = TestEnv::signed_in(World::new());
            assert!(intruder.put(&env, &env.path(folder)));
            env.run_or_kill(&["sync", "--since", "2024-01-01", "--window", "year"])
                .assert_exit(7)
                .assert_says(&format!("{folder} {}", intruder.said()));
        }
    }
}
