//! Whether the shim sees everything: the kernel's own account of a run against the shim's.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use super::scene::{Scene, Stage};
use crate::support::{Shim, keys, skipped};

/// Every call that changes something under the root, by name and number: as many as the shim has counted.
pub(super) fn none_does(scene: Scene) {
    let stage = Stage::new(scene);
    let folder = stage.copy();
    let (log, record) = (folder.path().join("strace"), folder.path().join("record"));
    let root = folder.path().join("root");
    let mut inner = stage.command(folder.path(), scene.args);
    Shim::on(&root).record(&record).apply(&mut inner);
    // Preloaded into the program alone: whoever watches it needs none.
    let preload = crate::support::shim().display();
    let mut outer = Command::new("strace");
    outer
        .args(["-f", "-qq", "-y", "-s", "0", "-o"])
        .arg(&log)
        .arg(format!("-ELD_PRELOAD={preload}"))
        .arg("-e")
        .arg(format!("trace={}", KINDS.join(",")))
        .arg(inner.get_program())
        .args(inner.get_args())
        .env_clear()
        .envs(
            inner
                .get_envs()
                .filter(|(name, _)| *name != "LD_PRELOAD")
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .current_dir(folder.path());
    let output = match outer.output() {
        Ok(output) => output,
        Err(error) => return skipped(&format!("there is no strace ({error})")),
    };
    if !output.status.success() || !record.exists() {
        let said = String::from_utf8_lossy(&output.stderr);
        return skipped(&format!("strace may not watch: {said}"));
    }
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for key in keys(&record) {
        *counted.entry(key.call).or_default() += 1;
    }
    let log = fs::read_to_string(log).expect("a log");
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let root = root.canonicalize().expect("the root is there");
    let root = root.to_str().expect("UTF-8");
    for line in log.lines() {
        if let Some(call) = change(line, root) {
            *seen.entry(call.to_owned()).or_default() += 1;
        }
    }
    assert_eq!(counted, seen, "the shim's account, and the kernel's");
    assert!(seen.len() > 8, "{seen:?}");
}

/// The shim's name of a call that changes something under the root.
fn change<'l>(line: &'l str, root: &str) -> Option<&'l str> {
    // "123 write(5</archive/file>, ""..., 3) = 3"; the second half of one that was interrupted has no name here.
    let (_, text) = line.split_once(' ')?;
    let (name, arguments) = text.trim_start().split_once('(')?;
    if !arguments.contains(root) {
        return None;
    }
    let changes = ["O_CREAT", "O_TRUNC", "O_WRONLY", "O_RDWR"];
    Some(match name {
        "openat" | "open" | "openat2" | "creat" => {
            let is_change = changes.iter().any(|flag| arguments.contains(flag));
            return is_change.then_some("open");
        }
        "pwrite64" => "pwrite",
        "renameat" | "renameat2" => "rename",
        "linkat" => "link",
        "symlinkat" => "symlink",
        "unlinkat" if arguments.contains("AT_REMOVEDIR") => "rmdir",
        "unlinkat" => "unlink",
        "mkdirat" => "mkdir",
        "mknodat" => "mknod",
        "fchmod" | "fchmodat" | "fchmodat2" => "chmod",
        "fchown" | "fchownat" | "lchown" => "chown",
        "utimensat" | "utime" | "utimes" | "futimesat" => "utimes",
        other => other,
    })
}

/// Every call by which Linux changes a file. `?` where not every machine has it.
const KINDS: &[&str] = &[
    "openat",
    "?open",
    "?openat2",
    "?creat",
    "write",
    "pwrite64",
    "writev",
    "pwritev",
    "?pwritev2",
    "ftruncate",
    "truncate",
    "fallocate",
    "?rename",
    "?renameat",
    "renameat2",
    "?link",
    "linkat",
    "?symlink",
    "symlinkat",
    "?unlink",
    "unlinkat",
    "?rmdir",
    "?mkdir",
    "mkdirat",
    "?mknod",
    "mknodat",
    "?chmod",
    "fchmod",
    "fchmodat",
    "?fchmodat2",
    "?chown",
    "?lchown",
    "fchown",
    "fchownat",
    "?utime",
    "?utimes",
    "?futimesat",
    "utimensat",
    "setxattr",
    "fsetxattr",
    "lsetxattr",
    "removexattr",
    "fsync",
    "fdatasync",
    "sync_file_range",
    "sync",
    "syncfs",
    "copy_file_range",
    "sendfile",
    "splice",
    "ioctl",
];
