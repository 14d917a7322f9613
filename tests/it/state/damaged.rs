//! A stored file that nobody has changed and that is not what was stored: a run says so, and leaves it to a repair.

use std::fs::{self, File};
use std::path::Path;

use super::three;
use crate::support::TestEnv;

/// Replaces a file's bytes and leaves its time.
fn replace(path: &Path, bytes: &[u8]) {
    let modified = fs::metadata(path).and_then(|found| found.modified());
    fs::write(path, bytes).expect("written");
    let file = File::options().write(true).open(path).expect("opened");
    file.set_modified(modified.expect("a time")).expect("set");
}

#[test]
fn an_emptied_or_cut_file_is_damaged_and_a_repair_brings_it_back() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let before = env.archive();
    let path = env.path("downloads/2024/03/b.jpg");
    let bytes = fs::read(&path).expect("read");
    for rest in [&bytes[..0], &bytes[..bytes.len() / 2]] {
        replace(&path, rest);
        let output = env.sync(&[]).assert_exit(3);
        output.assert_says("damaged: 1 file: another size under the old time");
        let told = env.sync(&["--json"]).assert_exit(3).json();
        assert_eq!(told["totals"]["damaged_files"][0], "2024/03/b.jpg");
        assert_eq!(told["totals"]["changed"], 0);
        assert_eq!(fs::read(&path).expect("read"), rest);
        env.run(&["verify", "--repair"]).assert_exit(0);
        assert_eq!(env.archive().files, before.files);
        env.sync(&[]).assert_exit(0);
    }
}

#[test]
fn what_a_program_that_keeps_times_has_left_whole_is_the_users() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let path = env.path("downloads/2024/03/b.jpg");
    let mut bytes = fs::read(&path).expect("read");
    // A comment, as programs that edit metadata write one.
    bytes.splice(2..2, [0xff, 0xfe, 0, 6, b'h', b'o', b'l', b'a']);
    replace(&path, &bytes);
    let told = env.sync(&["--json"]).assert_exit(0).json();
    assert_eq!(told["totals"]["changed_files"][0], "2024/03/b.jpg");
    assert_eq!(told["totals"]["damaged"], 0);
    assert_eq!(fs::read(&path).expect("read"), bytes);
}
