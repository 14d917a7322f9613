//! Ctrl-C, expiry, and going on.

use gphotos_sim::{Fault, FaultKind, Pick, Route};

use super::{at_the_page, everything, kept, three};
use crate::support::{Signal, signal, until};

#[test]
fn there_may_be_nothing_to_go_on_with() {
    let env = everything(three());
    env.run(&["pick", "--resume"])
        .assert_exit(0)
        .assert_says("no selection to go on with");
    assert_eq!(env.google.sessions(), []);
}

#[test]
fn a_script_gets_its_object_of_an_interrupted_wait_too() {
    for (number, exit) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let env = at_the_page(three());
        let run = env.spawn(&["pick", "--no-browser", "--json"]);
        until("Google is asked", || {
            env.google.stats().count(Route::GetSession) > 0
        });
        signal(&run, number);
        let output = env.finish(run).assert_exit(exit);
        let told = output.json();
        assert_eq!(told["exit"], exit);
        assert_eq!(told["error"], "the run was told to stop");
    }
}

#[test]
fn an_interrupted_wait_goes_on_with_the_same_selection() {
    for (number, exit) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let env = at_the_page(three());
        let run = env.spawn(&["pick", "--no-browser"]);
        until("Google is asked", || {
            env.google.stats().count(Route::GetSession) > 0
        });
        signal(&run, number);
        env.finish(run)
            .assert_exit(exit)
            .assert_says("`gphotos-dl pick --resume` goes on");
        let session = kept(&env).pop().expect("it is kept");
        // Still nobody has pressed Done: it is shown again.
        let mut run = env.spawn(&["pick", "--resume", "--no-browser"]);
        let page = crate::support::first_line(&mut run);
        assert_eq!(page, env.google.sessions()[0].picker_uri);
        env.google.pick(&session, &["b.jpg"]);
        env.finish(run).assert_exit(0);
        assert_eq!(env.archive().paths(), ["2024/03/b.jpg"]);
        assert_eq!(env.google.sessions().len(), 1);
        assert!(env.google.sessions()[0].deleted);
    }
}

#[test]
fn an_interrupted_fetch_goes_on_with_what_is_missing() {
    let stall = Fault::new(FaultKind::StallBeforeHeaders { seconds: None });
    let env = everything(three().fail(stall.route(Route::PickedBytes).item("a.jpg").always()));
    let run = env.spawn(&["pick", "--no-browser"]);
    until("two are fetched", || {
        let stats = env.google.stats();
        stats.count(Route::PickedBytes) + stats.count(Route::PickedDownload) >= 4
    });
    signal(&run, Signal::INT);
    env.finish(run)
        .assert_exit(130)
        .assert_says("`gphotos-dl pick --resume` fetches the rest");
    let archive = env.archive();
    assert_eq!(archive.paths().len(), 2);
    assert_eq!(archive.rows.len(), 3);
    assert_eq!(kept(&env).len(), 1);
    env.google.world(|world| world.faults.clear());
    env.google.reset_stats();
    env.run(&["pick", "--resume"]).assert_exit(0);
    assert_eq!(env.google.stats().count(Route::PickedBytes), 1);
    let archive = env.archive();
    archive.assert_true_to(&env.google);
    // The list of the second run has everything of the selection.
    assert_eq!(archive.rows.len(), 3);
    assert_eq!(env.google.broken_rules(), []);
}

#[test]
fn a_selection_that_has_expired_is_told_and_forgotten() {
    let env = at_the_page(three().with(|world| world.picker.timeout_seconds = Some(0)));
    let _ = env.run_or_kill(&["pick", "--no-browser"]).assert_exit(1);
    env.google.expire_sessions();
    env.run(&["pick", "--resume"])
        .assert_exit(1)
        .assert_says("it has expired, or was deleted");
    assert_eq!(kept(&env), [""; 0]);
}

#[test]
fn a_selection_that_expires_while_it_is_fetched_fails_what_is_left_of_it() {
    let slow = Fault::new(FaultKind::Delay { ms: 700 });
    let env = everything(three().fail(slow.route(Route::PickedBytes).nth(2)));
    let run = env.spawn(&["pick", "--no-browser", "--jobs", "1"]);
    until("the first has come", || {
        let stats = env.google.stats();
        stats.count(Route::PickedBytes) + stats.count(Route::PickedDownload) >= 1
    });
    env.google.expire_sessions();
    env.finish(run)
        .assert_exit(3)
        .assert_says("it has expired, or was deleted");
    let archive = env.archive();
    archive.assert_true_to(&env.google);
    assert_eq!(archive.rows.len(), 3);
    assert!(archive.statuses()["failed"] >= 1);
    assert_eq!(kept(&env), [""; 0]);
}

#[test]
fn several_selections_are_finished_at_once() {
    let env = at_the_page(three());
    for names in [["a.jpg", "b.jpg"], ["b.jpg", "c.mp4"]] {
        let run = env.spawn(&["pick", "--no-browser"]);
        let before = kept(&env).len();
        until("another is remembered", || kept(&env).len() > before);
        signal(&run, Signal::INT);
        let _ = env.finish(run).assert_exit(130);
        env.google.pick(kept(&env).last().expect("one"), &names);
    }
    assert_eq!(kept(&env).len(), 2);
    env.run(&["pick", "--resume"]).assert_exit(0);
    let archive = env.archive();
    archive.assert_true_to(&env.google);
    assert_eq!(archive.names(), ["a.jpg", "b.jpg", "c.mp4"]);
    assert!(env.google.sessions().iter().all(|session| session.deleted));
    // What was selected twice was fetched once.
    let b = env.google.world(|world| world.named("b.jpg").id.clone());
    assert_eq!(env.google.stats().picked_byte_requests(&b), 1);
    assert_eq!(env.google.broken_rules(), []);
}

#[test]
fn a_new_selection_beside_an_unfinished_one_says_so() {
    let env = at_the_page(three().with(|world| world.picker.timeout_seconds = Some(0)));
    let _ = env.run_or_kill(&["pick", "--no-browser"]).assert_exit(1);
    env.google.world(|world| {
        world.picker.timeout_seconds = Some(1800);
        world.picker.person = gphotos_sim::Person::Picks {
            what: Pick::Everything,
            after_polls: 1,
        };
    });
    env.run(&["pick", "--no-browser"])
        .assert_exit(0)
        .assert_says("An earlier selection is not finished");
    assert_eq!(kept(&env), [env.google.sessions()[0].id.clone()]);
}

#[test]
fn a_selection_that_could_not_be_given_up_is_given_up_later() {
    let refused = Fault::new(FaultKind::Status {
        code: 500,
        body: gphotos_sim::ErrorBody::Google,
        retry_after: None,
    });
    let env = everything(three().fail(refused.route(Route::DeleteSession).always()));
    for left in [1, 2] {
        let output = env.run(&["pick", "--no-browser"]).assert_exit(0);
        assert!(!output.stderr.contains("not finished"), "{output}");
        assert_eq!(kept(&env).len(), left);
    }
    env.google.world(|world| world.faults.clear());
    env.google.reset_stats();
    env.run(&["pick", "--resume"]).assert_exit(0);
    assert_eq!(kept(&env), [""; 0]);
    assert_eq!(env.google.stats().count(Route::ListPicked), 0);
    assert!(env.google.sessions().iter().all(|it| it.deleted));
}

#[test]
fn a_damaged_list_of_selections_is_made_anew() {
    for damage in [&b"{"[..], b"\xff\xfe\x00"] {
        let env = everything(three());
        std::fs::write(env.path("credentials/picker_sessions.json"), damage).expect("written");
        env.run(&["pick", "--no-browser"])
            .assert_exit(0)
            .assert_says("is damaged");
        assert!(!env.path("credentials/picker_sessions.json").exists());
    }
}
