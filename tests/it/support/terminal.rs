//! A run on a terminal, where `script` can make one.

use std::process::{Child, Command, Stdio};

use super::{TestEnv, skipped};

/// Starts the program on a terminal of its own; what appears there is on the child's stdout, and what is typed goes to its
/// stdin. `None`, said aloud, where there is no `script`.
pub(crate) fn on_terminal(env: &TestEnv, args: &str) -> Option<Child> {
    let inner = env.command(&[]);
    let run = Command::new("script")
        .args(["-qec"])
        .arg(format!("{} {args}", inner.get_program().display()))
        .arg("/dev/null")
        .env_clear()
        .envs(
            inner
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("TERM", "xterm-256color")
        .current_dir(env.root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    if run.is_err() {
        skipped("there is no `script` here");
    }
    run.ok()
}
