//! Several selections that are not finished: none of them holds up another, and what becomes of each is told.

use gphotos_sim::{Fault, FaultKind, Route};
use serde_json::json;

use super::{at_the_page, kept, three};
use crate::support::{Signal, TestEnv, signal, until};

/// Begins a selection and leaves it. Gives its session's id.
fn begin(env: &TestEnv) -> String {
    let before = kept(env).len();
    let run = env.spawn(&["pick", "--no-browser"]);
    until("it is remembered", || kept(env).len() > before);
    signal(&run, Signal::INT);
    let _ = env.finish(run).assert_exit(130);
    kept(env).pop().expect("it is kept")
}

#[test]
fn the_older_ones_do_not_hold_up_one_that_is_ready() {
    let env = at_the_page(three());
    begin(&env);
    env.google.expire_sessions();
    let (open, failing, ready) = (begin(&env), begin(&env), begin(&env));
    env.google.pick(&failing, &["a.jpg"]);
    env.google.pick(&ready, &["b.jpg"]);
    let path = format!("/v1/sessions/{failing}");
    let down = Fault::new(FaultKind::status(500)).path(&path).always();
    env.google.world(|world| world.faults.push(down));
    let output = env
        .run_or_kill(&["--json", "pick", "--resume", "--no-browser"])
        .assert_exit(3)
        .assert_says("not fetched: selection 1 (begun ")
        .assert_says("it has expired, or was deleted")
        .assert_says("not fetched: selection 2 (begun ")
        .assert_says("nobody has pressed Done yet")
        .assert_says("not fetched: selection 3 (begun ")
        .assert_says("the server answered 500")
        .assert_says("Google keeps 2 selections until");
    let told = output.json();
    assert_eq!(told["exit"], 3);
    assert_eq!(told["totals"]["downloaded"], 1);
    assert_eq!(told["unfetched"].as_array().map(Vec::len), Some(3));
    assert_eq!(
        told["unfetched"][1]["why"],
        json!("nobody has pressed Done yet")
    );
    assert_eq!(env.archive().paths(), ["2024/03/b.jpg"]);
    assert_eq!(kept(&env), [open.clone(), failing]);
    let deleted = |id: &str| {
        let sessions = env.google.sessions();
        let session = sessions.iter().find(|session| session.id == id);
        session.expect("it was made").deleted
    };
    assert!(deleted(&ready) && !deleted(&open));
    assert_eq!(env.google.broken_rules(), []);

    // What could not be asked for then is asked for now.
    env.google.world(|world| world.faults.clear());
    env.run_or_kill(&["pick", "--resume", "--no-browser"])
        .assert_exit(3)
        .assert_says("not fetched: selection 1");
    let archive = env.archive();
    let here: Vec<_> = archive.files.keys().collect();
    assert_eq!(here, ["2024/03/a.jpg", "2024/03/b.jpg"]);
    assert_eq!(kept(&env), [open]);
}

#[test]
fn of_several_that_are_open_the_first_in_which_done_is_pressed_is_fetched() {
    let env = at_the_page(three());
    let (first, second) = (begin(&env), begin(&env));
    env.google.reset_stats();
    let run = env.spawn(&["pick", "--resume", "--no-browser"]);
    until("both are asked about", || {
        env.google.stats().count(Route::GetSession) >= 4
    });
    env.google.pick(&second, &["a.jpg"]);
    let output = env
        .finish(run)
        .assert_exit(3)
        .assert_says("not fetched: selection 1 (begun ");
    // Both pages were shown.
    let pages: Vec<_> = env
        .google
        .sessions()
        .into_iter()
        .map(|session| session.picker_uri)
        .collect();
    assert_eq!(output.stdout.lines().collect::<Vec<_>>(), pages);
    assert_eq!(env.archive().paths(), ["2024/03/a.jpg"]);
    assert_eq!(kept(&env), [first]);
    assert_eq!(env.google.broken_rules(), []);
}

#[test]
fn where_none_is_ready_each_is_told() {
    let env = at_the_page(three());
    begin(&env);
    env.google.expire_sessions();
    begin(&env);
    env.google.expire_sessions();
    env.run_or_kill(&["pick", "--resume"])
        .assert_exit(1)
        .assert_says("warning selection 1 (begun ")
        .assert_says("warning selection 2 (begun ")
        .assert_says("hint: run `gphotos-dl pick` and select again");
    assert_eq!(kept(&env), [""; 0]);
}

#[test]
fn a_new_one_says_how_many_are_not_finished() {
    let env = at_the_page(three());
    begin(&env);
    begin(&env);
    let run = env.spawn(&["pick", "--no-browser"]);
    until("it is remembered", || kept(&env).len() == 3);
    env.google.pick(&kept(&env)[2], &["c.mp4"]);
    env.finish(run)
        .assert_exit(0)
        .assert_says("2 earlier selections are not finished");
    assert_eq!(kept(&env).len(), 2);
}

#[test]
fn one_that_is_refused_does_not_hold_up_one_that_is_ready() {
    let env = at_the_page(three());
    let (foreign, ready) = (begin(&env), begin(&env));
    env.google.pick(&ready, &["b.jpg"]);
    // As the session of another account may be.
    let path = format!("/v1/sessions/{foreign}");
    let refused = Fault::new(FaultKind::status(403)).path(&path).always();
    env.google.world(|world| world.faults.push(refused));
    env.run_or_kill(&["pick", "--resume", "--no-browser"])
        .assert_exit(3)
        .assert_says("not fetched: selection 1");
    assert_eq!(env.archive().paths(), ["2024/03/b.jpg"]);
    // Alone it is what it always was.
    env.run_or_kill(&["pick", "--resume", "--no-browser"])
        .assert_exit(4)
        .assert_says("`gphotos-dl login --for picker`");
    assert_eq!(kept(&env), [foreign]);
}

#[test]
fn one_in_which_nothing_was_selected_hides_no_other() {
    let env = at_the_page(three());
    let (open, empty) = (begin(&env), begin(&env));
    env.google.pick(&empty, &[]);
    env.run_or_kill(&["pick", "--resume", "--no-browser"])
        .assert_exit(3)
        .assert_says("not fetched: selection 1");
    assert_eq!(kept(&env), [open]);
}
