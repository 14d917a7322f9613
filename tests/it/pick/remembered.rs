//! Selections that cannot be remembered, and those that Google is slow to give up.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;

use gphotos_sim::{Fault, FaultKind, Route};

use super::{everything, kept, three};
use crate::support::until_says;

#[test]
fn a_selection_that_could_not_be_remembered_is_not_begun() {
    let env = everything(three());
    let credentials = env.path("credentials");
    set_permissions(&credentials, Permissions::from_mode(0o500)).expect("closed");
    let run = env.run_unprivileged(&["pick", "--no-browser"]);
    set_permissions(&credentials, Permissions::from_mode(0o700)).expect("opened");
    let Some(run) = run else { return };
    let _ = run.assert_exit(7).assert_says("picker_sessions.json");
    assert_eq!(env.google.stats().count(Route::CreateSession), 0);
}

#[test]
fn what_is_here_is_told_before_google_is_asked_to_give_the_selection_up() {
    let stall = FaultKind::StallBeforeHeaders { seconds: None };
    let stall = Fault::new(stall).route(Route::DeleteSession).always();
    let env = everything(three().fail(stall));
    let mut run = env.spawn(&["pick", "--no-browser", "--json"]);
    let said = until_says(run.stdout.as_mut().expect("piped"), "\n");
    let said: serde_json::Value = serde_json::from_str(&said).expect("one object in one line");
    assert_eq!(
        (&said["exit"], &said["totals"]["downloaded"]),
        (&0.into(), &3.into()),
        "{said:#}"
    );
    assert_eq!(kept(&env).len(), 1, "Google has not been told yet");
    run.kill().expect("killed");
    let _ = env.finish(run);
    env.google.world(|world| world.faults.clear());
    env.run(&["pick", "--resume", "--no-browser"])
        .assert_exit(0);
    assert_eq!(kept(&env), [""; 0]);
    assert!(env.google.sessions()[0].deleted);
}
