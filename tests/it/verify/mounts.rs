//! A month on a disk of its own: what is damaged there stays there.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::{found, rot, three};
use crate::support::{CommandOutput, TestEnv};

/// Runs the program where the month is another file system's.
fn on_a_disk_of_its_own(env: &TestEnv, args: &[&str]) -> Option<CommandOutput> {
    let bind = "mkdir -p disk downloads/2024/03; mount --bind disk downloads/2024/03; exec \"$@\"";
    env.mounted(bind, args)
}

fn only(folder: PathBuf) -> PathBuf {
    let mut entries = fs::read_dir(folder).expect("a folder");
    let entry = entries.next().expect("an entry").expect("readable");
    assert!(entries.next().is_none());
    entry.path()
}

#[test]
fn a_file_on_another_disk_is_repaired_and_the_damaged_one_kept_beside_it() {
    let env = TestEnv::signed_in(three());
    let sync = ["sync", "--since", "2000-01-01", "--window", "year"];
    let Some(output) = on_a_disk_of_its_own(&env, &sync) else {
        return;
    };
    output.assert_exit(0);
    let path = env.path("disk/b.jpg");
    let whole = fs::read(&path).expect("read");
    rot(&path, 700);
    let damaged = fs::read(&path).expect("read");
    let repair = ["verify", "--repair", "--json"];
    let output = on_a_disk_of_its_own(&env, &repair).expect("as before");
    let told = output.assert_exit(0).json();
    assert_eq!(told["repair"]["repaired"], 1);
    assert_eq!(fs::read(&path).expect("read"), whole);
    let stamp = only(env.path("disk/.gphotos-dl/damaged"));
    assert_eq!(fs::read(only(stamp.clone())).expect("read"), damaged);
    let folders = told["repair"]["damaged_files_in"].as_array();
    let [Value::String(folder)] = &folders.expect("a list")[..] else {
        panic!("{told:#}");
    };
    let relative = stamp.strip_prefix(env.path("disk")).expect("inside");
    let named = format!("$ROOT/downloads/2024/03/{}", relative.display());
    assert_eq!(folder, &named);
    assert!(!env.path("downloads/.gphotos-dl/damaged").exists());
    let verify = ["verify", "--json"];
    let output = on_a_disk_of_its_own(&env, &verify).expect("as before");
    let told = output.assert_exit(0).json();
    assert_eq!(found(&told), [""; 0]);
    assert_eq!(told["counts"]["unknown"], 0);
}
