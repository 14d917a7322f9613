//! Mounts that only the program under test sees, in a namespace of its own, where this machine allows that.

use std::process::{Command, Stdio};

use super::{CommandOutput, TestEnv, skipped};

/// `unshare` with what it takes here to mount something, if it takes anything less than the impossible.
fn unshare() -> Option<Command> {
    ["-rm", "-m"].into_iter().find_map(|flags| {
        let probe = Command::new("unshare")
            .args([flags, "/bin/sh", "-c", "mount -t tmpfs none /mnt"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        let mut command = Command::new("unshare");
        command.arg(flags);
        probe
            .is_ok_and(|status| status.success())
            .then_some(command)
    })
}

impl TestEnv {
    /// Runs a shell script that mounts what it likes; `"$@"` in it is the program with these arguments, and `$ROOT` the
    /// root. `None`, said aloud, where this machine allows no mounts.
    pub(crate) fn mounted(&self, script: &str, args: &[&str]) -> Option<CommandOutput> {
        let Some(mut outer) = unshare() else {
            skipped("this machine allows no mounts in a namespace");
            return None;
        };
        let inner = self.command(args);
        outer
            .args(["/bin/sh", "-c", &format!("set -e; {script}"), "sh"])
            .arg(inner.get_program())
            .args(inner.get_args())
            .env_clear()
            .envs(
                inner
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("ROOT", self.root())
            .current_dir(self.root())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = outer.spawn().expect("unshare runs");
        Some(self.finish(child))
    }
}
