//! The whole life of a selection, and what the person is shown.

use std::os::unix::fs::PermissionsExt;

use gphotos_sim::{Fault, FaultKind, Pick, Route};

use super::{at_the_page, everything, kept, three};
use crate::support::{Checker, first_line, submit, until, until_says, visit};

#[test]
fn what_is_selected_is_in_the_archive_and_the_selection_is_given_up() {
    let env = everything(three());
    let mut checker = Checker::new(env.root(), &env.google);
    let output = env.run(&["pick", "--no-browser"]).assert_exit(0);
    let sessions = env.google.sessions();
    assert_eq!(sessions.len(), 1);
    assert!(sessions[0].deleted);
    assert_eq!(sessions[0].max_items, 2000);
    // Alone on a line of its own.
    assert_eq!(output.stdout, format!("{}\n", sessions[0].picker_uri));
    assert!(output.stderr.contains("press Done"), "{output}");
    assert!(output.stderr.contains("3  files downloaded"), "{output}");
    checker.learn(&env.google);
    crate::support::assert_clean(&checker.after_clean_run(output.exit), "pick");

    let archive = env.archive();
    archive.assert_true_to(&env.google);
    assert_eq!(
        archive.paths(),
        ["2024/03/a.jpg", "2024/03/b.jpg", "2024/04/c.mp4"]
    );
    for row in &archive.rows {
        assert_eq!(row["source"], "picker");
        assert_eq!(row["status"], "downloaded");
    }
    assert_eq!(kept(&env), [""; 0]);
    assert!(!env.path("credentials/picker_sessions.json").exists());
    let stats = env.google.stats();
    assert_eq!(stats.count(Route::CreateSession), 1);
    assert_eq!(stats.count(Route::GetSession), 3);
    assert_eq!(stats.count(Route::DeleteSession), 1);
    assert!(stats.api_calls.is_empty() && stats.media_calls.is_empty());
    assert_eq!(env.google.broken_rules(), []);
}

#[test]
fn a_person_at_the_page_selects_and_presses_done() {
    let env = at_the_page(three());
    let mut run = env.spawn(&["pick", "--no-browser"]);
    let page = first_line(&mut run);
    until("the page is there and asked about", || {
        env.google.stats().count(Route::GetSession) > 0
    });
    let form = visit(&page);
    assert_eq!(form.status, 200, "{form:?}");
    let id = env.google.world(|world| world.items[1].id.clone());
    assert_eq!(submit(&page, &format!("item={id}")).status, 200);
    env.finish(run).assert_exit(0);
    assert_eq!(env.archive().paths(), ["2024/03/b.jpg"]);
    assert_eq!(env.google.broken_rules(), []);
}

#[test]
fn only_so_many_can_be_selected_as_was_said() {
    let env = everything(three());
    env.run(&["pick", "--no-browser", "--max", "2"])
        .assert_exit(0)
        .assert_says("up to 2 items");
    assert_eq!(env.google.sessions()[0].max_items, 2);
    assert_eq!(env.archive().paths().len(), 2);
    for wrong in ["0", "2001", "-1", "many"] {
        let _ = env.run(&["pick", &format!("--max={wrong}")]).assert_exit(2);
    }
}

#[test]
fn with_json_the_result_is_one_object_and_the_address_is_elsewhere() {
    let env = everything(three());
    let output = env.run(&["--json", "pick", "--no-browser"]).assert_exit(0);
    let page = env.google.sessions()[0].picker_uri.clone();
    assert!(output.stderr.lines().any(|line| line == page), "{output}");
    let told = output.json();
    assert_eq!(told["command"], "pick");
    assert_eq!(told["exit"], 0);
    assert_eq!(told["totals"]["downloaded"], 3);
    assert_eq!(told["since"], serde_json::Value::Null);
    assert_eq!(told["quota_used_today"], serde_json::Value::Null);
    let output = env
        .run(&["--json", "--log-format", "json", "pick", "--no-browser"])
        .assert_exit(0);
    let page = env.google.sessions()[1].picker_uri.clone();
    let mut lines = output.stderr.lines();
    let told = lines.find_map(|line| {
        let told: serde_json::Value = serde_json::from_str(line).expect("JSON");
        (told["event"] == "open").then_some(told)
    });
    assert_eq!(told.expect("the address")["address"], page);
}

#[test]
fn without_a_terminal_a_line_now_and_then_says_what_is_waited_for() {
    let env = at_the_page(three());
    let mut run = env.spawn(&["pick", "--no-browser"]);
    let stderr = run.stderr.as_mut().expect("piped");
    until_says(stderr, "\nWaiting for Done in Google Photos until ");
    until_says(stderr, "\nStill waiting for Done in Google Photos until ");
    env.google.pick(&kept(&env)[0], &["a.jpg"]);
    env.finish(run).assert_exit(0);
    let mut run = env.spawn(&["--log-format", "json", "pick", "--no-browser"]);
    let stderr = run.stderr.as_mut().expect("piped");
    until_says(
        stderr,
        "{\"event\":\"waiting\",\"for\":\"done\",\"until\":\"20",
    );
    env.google.pick(&kept(&env)[0], &["a.jpg"]);
    env.finish(run).assert_exit(0);
    // Whoever wants silence has it.
    let run = env.spawn(&["-q", "pick", "--no-browser"]);
    until("it is asked about", || {
        env.google
            .sessions()
            .last()
            .is_some_and(|last| last.polls > 50)
    });
    env.google.pick(&kept(&env)[0], &["a.jpg"]);
    assert_eq!(env.finish(run).assert_exit(0).stderr, "");
}

#[test]
fn google_may_be_out_of_order_while_somebody_selects() {
    // More than one call is tried for.
    let down = Fault::new(FaultKind::status(503)).route(Route::GetSession);
    let env = everything(three().fail(down.nth(2).times(12)));
    env.run_or_kill(&["pick", "--no-browser"]).assert_exit(0);
    env.archive().assert_true_to(&env.google);
    // And not for ever.
    let down = Fault::new(FaultKind::status(503)).route(Route::GetSession);
    let env = everything(three().fail(down.always()));
    env.run_or_kill(&["pick", "--no-browser"])
        .assert_exit(1)
        .assert_says("the server answered 503")
        .assert_says("`gphotos-dl pick --resume` goes on");
    assert_eq!(kept(&env).len(), 1);
}

#[test]
fn where_the_sign_in_is_out_of_order_while_somebody_selects_it_is_said_that_nothing_is_lost() {
    let dies = Fault::new(FaultKind::AccessTokensDie).route(Route::GetSession);
    let down = Fault::new(FaultKind::status(503)).path("/token").always();
    let env = everything(three());
    env.google.world(|world| world.faults.extend([dies, down]));
    env.run_or_kill(&["pick", "--no-browser"])
        .assert_exit(1)
        .assert_says("`gphotos-dl pick --resume` goes on");
    assert_eq!(kept(&env).len(), 1);
}

#[test]
fn a_selection_that_waits_is_remembered_for_its_owner_alone() {
    let env = at_the_page(three());
    let run = env.spawn(&["pick", "--no-browser"]);
    until("it is remembered", || !kept(&env).is_empty());
    let path = env.path("credentials/picker_sessions.json");
    let mode = path.metadata().expect("metadata").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(kept(&env), [env.google.sessions()[0].id.clone()]);
    env.google.pick(&kept(&env)[0], &["a.jpg"]);
    env.finish(run).assert_exit(0);
}

#[test]
fn when_nothing_is_selected_that_is_said_and_the_selection_is_given_up() {
    let env = at_the_page(three().person_picks(Pick::Nothing, 1));
    env.run(&["pick", "--no-browser"])
        .assert_exit(1)
        .assert_says("nothing was selected")
        .assert_says("hint:");
    assert!(env.google.sessions()[0].deleted);
    assert_eq!(kept(&env), [""; 0]);
    assert_eq!(env.google.broken_rules(), []);
}

#[test]
fn when_time_runs_out_that_is_said_and_the_selection_is_kept() {
    let env = at_the_page(three().with(|world| world.picker.timeout_seconds = Some(1)));
    env.run_or_kill(&["pick", "--no-browser"])
        .assert_exit(1)
        .assert_says("time ran out")
        .assert_says("pick --resume");
    assert_eq!(env.google.broken_rules(), []);
    // Somebody was only late.
    let session = kept(&env).pop().expect("it is kept");
    env.google
        .world(|world| world.picker.timeout_seconds = Some(1800));
    env.google.pick(&session, &["a.jpg"]);
    env.run(&["pick", "--resume", "--no-browser"])
        .assert_exit(0);
    assert_eq!(env.archive().paths(), ["2024/03/a.jpg"]);
}

#[test]
fn a_session_that_says_stop_is_not_asked_again() {
    let env = at_the_page(three().with(|world| world.picker.timeout_seconds = Some(0)));
    env.run_or_kill(&["pick", "--no-browser"])
        .assert_exit(1)
        .assert_says("time ran out");
    assert_eq!(env.google.stats().count(Route::GetSession), 0);
    assert_eq!(env.google.broken_rules(), []);
}

#[test]
fn nonsense_about_polling_is_kept_within_bounds() {
    for text in [Some("soon"), Some("0s"), Some("-3s"), Some("1e9s"), None] {
        let world = three().with(|world| {
            world.picker.poll_interval = text.map(str::to_owned);
            // What is not polite here is not the question.
            world.picker.waits = 0.0;
        });
        let env = crate::support::TestEnv::new(world.person_picks(Pick::Everything, 3));
        env.sign_in_to_pick();
        let began = std::time::Instant::now();
        env.run_or_kill(&["pick", "--no-browser"]).assert_exit(0);
        assert!(began.elapsed().as_secs() < 20, "{text:?} is waited for");
        assert_eq!(env.google.stats().count(Route::GetSession), 4, "{text:?}");
    }
}

#[test]
#[cfg(feature = "demo")]
fn the_demo_shows_a_person_who_selects() {
    let env = crate::support::TestEnv::new(gphotos_sim::World::new());
    let root = env.path("shown");
    let given = root.to_str().expect("text");
    let args = ["--root", given, "demo", "--picker", "--items", "20"];
    let output = env.run(&args).assert_exit(0);
    assert!(
        output.stderr.contains("Fetched what was selected"),
        "{output}"
    );
    assert!(
        output.stderr.contains("(README): `gphotos-dl pick`."),
        "{output}"
    );
    assert!(!output.stderr.contains("sync"), "{output}");
    assert!(root.join("credentials/token_picker.json").exists());
    assert!(!root.join("credentials/token_library.json").exists());
}
