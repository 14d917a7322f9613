//! The browser on this machine, and the code for a phone.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{everything, three};
use crate::support::until;

#[test]
fn the_browser_here_gets_a_page_that_closes_itself() {
    let mut env = everything(three());
    let (script, log) = (env.path("browser"), env.path("opened"));
    fs::write(
        &script,
        format!("#!/bin/sh\necho \"$1\" > {}\n", log.display()),
    )
    .expect("written");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("chmod");
    env.set("BROWSER", &script.display().to_string());
    let output = env.run(&["pick"]).assert_exit(0);
    until("the browser was opened", || {
        fs::read_to_string(&log).is_ok_and(|text| text.ends_with('\n'))
    });
    let page = env.google.sessions()[0].picker_uri.clone();
    let opened = fs::read_to_string(&log).expect("read");
    assert_eq!(opened, format!("{page}/autoclose\n"));
    assert_eq!(output.stdout, "");
    // Whoever has the browser elsewhere opens the page without that.
    assert!(output.stderr.contains(&format!("  {page}\n")), "{output}");
}

#[test]
fn without_a_terminal_there_is_no_code() {
    let env = everything(three());
    let output = env
        .run(&["--color", "always", "pick", "--no-browser"])
        .assert_exit(0);
    assert!(!output.stderr.contains('\u{2588}'), "{output}");
}

/// A terminal, where `script` can make one.
#[test]
fn on_a_terminal_there_is_a_code_and_more_may_be_selected() {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let env = everything(three());
    let inner = env.command(&["pick", "--no-browser"]);
    let mut command = Command::new("script");
    command
        .args(["-qec"])
        .arg(format!(
            "{} pick --no-browser",
            inner.get_program().display()
        ))
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
        .stderr(Stdio::piped());
    let Ok(mut run) = command.spawn() else {
        crate::support::skipped("there is no `script` here");
        return;
    };
    let mut keys = run.stdin.take().expect("piped");
    keys.write_all(b"y\n").expect("written");
    until("the second selection is fetched", || {
        let sessions = env.google.sessions();
        sessions.len() == 2 && sessions.iter().all(|session| session.deleted)
    });
    keys.write_all(b"n\n").expect("written");
    drop(keys);
    let output = env.finish(run).assert_exit(0);
    assert!(output.stdout.contains("\x1b[38;5;16;48;5;231m"), "{output}");
    assert!(output.stdout.contains("Select more? [y/N]"), "{output}");
    assert_eq!(env.google.sessions().len(), 2);
    // The second time nothing is fetched again.
    let loads: u64 = env
        .google
        .stats()
        .picked_bytes
        .values()
        .map(|by| by.get("=d").copied().unwrap_or(0))
        .sum();
    assert_eq!(loads, 2);
    assert_eq!(env.google.broken_rules(), []);
}
