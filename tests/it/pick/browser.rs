//! The browser on this machine, and the code for a phone.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use gphotos_sim::Pick;

use super::{at_the_page, everything, kept, three};
use crate::support::{TestEnv, on_terminal, until, until_says, visit};

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

#[test]
fn on_a_terminal_there_is_a_code_and_more_may_be_selected() {
    let env = everything(three());
    let Some(mut run) = on_terminal(&env, "pick --no-browser") else {
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

#[test]
fn on_a_terminal_a_live_line_says_what_is_waited_for_and_until_when() {
    let env = at_the_page(three());
    let Some(mut run) = on_terminal(&env, "pick --no-browser") else {
        return;
    };
    let mut keys = run.stdin.take().expect("piped");
    let screen = run.stdout.as_mut().expect("piped");
    until_says(screen, "Waiting for Done until ");
    until_says(screen, "`pick --resume`");
    env.google.pick(&kept(&env)[0], &["a.jpg"]);
    keys.write_all(b"n\n").expect("written");
    drop(keys);
    let output = env.finish(run).assert_exit(0);
    // No line after line, as without a terminal.
    assert!(!output.stdout.contains("Still waiting"), "{output}");
    assert_eq!(env.archive().paths(), ["2024/03/a.jpg"]);
}

#[test]
fn on_a_terminal_it_signs_in_by_itself() {
    let world = three().with(|world| world.picker.waits = 0.001);
    let mut env = TestEnv::new(world.person_picks(Pick::Everything, 1));
    let opened = env.path("opened");
    let script = env.path("browser");
    let line = format!("#!/bin/sh\nprintf '%s\\n' \"$1\" > {}\n", opened.display());
    fs::write(&script, line).expect("written");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("chmod");
    env.set("BROWSER", &script.display().to_string());
    let Some(mut run) = on_terminal(&env, "pick --no-browser") else {
        return;
    };
    let mut keys = run.stdin.take().expect("piped");
    until("the browser was opened", || {
        fs::read_to_string(&opened).is_ok_and(|text| text.ends_with('\n'))
    });
    visit(fs::read_to_string(&opened).expect("read").trim());
    keys.write_all(b"n\n").expect("written");
    drop(keys);
    env.finish(run).assert_exit(0);
    env.archive().assert_true_to(&env.google);
    assert!(env.path("credentials/token_picker.json").exists());
}
