//! Trying again: what passes is waited out, what does not is said, and nothing goes on for ever.

use std::net::TcpListener;

use gphotos_sim::{ErrorBody, Fault, FaultKind, RetryAfter, Route, Sim, World};

use crate::support::{CommandOutput, TestEnv, ends, until};

const SEARCH: &str = "/v1/mediaItems:search";

fn three() -> World {
    World::new()
        .photo("1.jpg", "2024-03-01T12:00:00Z")
        .photo("2.jpg", "2024-03-02T12:00:00Z")
        .photo("3.jpg", "2024-03-03T12:00:00Z")
}

/// Fails if the run has to be ended.
fn sync_to_the_end(env: &TestEnv, args: &[&str]) -> CommandOutput {
    let mut all = vec!["sync", "--since", "2024-03-01", "--until", "2024-03-03"];
    all.extend(args);
    let mut run = env.spawn(&all);
    let has_ended = ends(&mut run);
    let output = env.finish(run);
    assert!(has_ended, "the run goes on for ever:\n{output}");
    output
}

fn too_many(retry_after: Option<RetryAfter>) -> FaultKind {
    FaultKind::Status {
        code: 429,
        body: ErrorBody::Google,
        retry_after,
    }
}

#[test]
fn an_error_of_the_server_is_waited_out() {
    for code in [500, 502, 503, 504, 408] {
        for path in [SEARCH, "/v1/mediaItems", "/lr/"] {
            let down = Fault::new(FaultKind::status(code)).path(path).times(3);
            let env = TestEnv::signed_in(three().fail(down));
            sync_to_the_end(&env, &["--jobs", "1"]).assert_exit(0);
            assert_eq!(env.archive().files.len(), 3, "{code} {path}");
        }
    }
}

#[test]
fn an_item_that_always_fails_is_known_by_the_next_run_with_its_date() {
    let down = Fault::new(FaultKind::status(500)).item("2.jpg").always();
    let mut env = TestEnv::signed_in(three().fail(down));
    let first = env.sync(&["--json"]).assert_exit(3);
    assert_eq!(first.json()["totals"]["failed_new"], 1);
    assert_eq!(first.json()["totals"]["failed_known"], 0);
    assert_eq!(env.archive().files.len(), 2);
    let day = chrono::Utc::now().date_naive();
    let second = env.in_hours(72).sync(&["--json"]).assert_exit(3);
    assert_eq!(second.json()["totals"]["failed_new"], 0, "{second}");
    assert_eq!(second.json()["totals"]["failed_known"], 1, "{second}");
    let second = second.assert_says(&format!("(since {day})"));
    assert!(
        second.stderr.contains("failed again, as in an earlier run"),
        "{second}"
    );
    let archive = env.archive();
    let row = archive.row("2.jpg");
    assert_eq!(row["status"], "failed");
    assert!(
        row["detail"].contains("500") && row["detail"].contains("in 2 runs"),
        "{row:#?}"
    );
    env.google.world(|world| world.faults.clear());
    let third = env.in_hours(96).sync(&["--json"]).assert_exit(0);
    assert_eq!(third.json()["totals"]["downloaded"], 1);
    env.archive().assert_true_to(&env.google);
}

#[test]
fn too_many_requests_are_waited_out_whatever_the_server_asks_for() {
    let asks = [
        None,
        Some(RetryAfter::Seconds(7)),
        Some(RetryAfter::Seconds(0)),
        Some(RetryAfter::Seconds(-5)),
        Some(RetryAfter::DateIn(40)),
        Some(RetryAfter::DateIn(-400)),
        Some(RetryAfter::Text("soon".to_owned())),
        Some(RetryAfter::Text(String::new())),
    ];
    for ask in asks {
        for path in [SEARCH, "/lr/"] {
            let wait = Fault::new(too_many(ask.clone())).path(path).times(2);
            let env = TestEnv::signed_in(three().fail(wait));
            sync_to_the_end(&env, &[]).assert_exit(0);
            assert_eq!(env.archive().files.len(), 3, "{ask:?} {path}");
        }
    }
}

#[test]
fn a_server_that_asks_for_ten_years_does_not_get_them() {
    for path in [SEARCH, "/lr/"] {
        let ten_years = RetryAfter::Seconds(10 * 365 * 86_400);
        let wait = Fault::new(too_many(Some(ten_years))).path(path);
        let env = TestEnv::signed_in(three().fail(wait));
        // One after another, so that the others meet the pause.
        let args = ["--no-full-listing", "--list-jobs", "1", "--jobs", "1"];
        let output = sync_to_the_end(&env, &args).assert_says("429");
        assert_ne!(output.exit, 0, "{path}: {output}");
        sync_to_the_end(&env, &[]).assert_exit(0);
        assert_eq!(env.archive().files.len(), 3, "{path}");
    }
}

#[test]
fn refusals_that_are_no_passing_trouble_are_not_repeated() {
    for code in [400, 402, 405, 418] {
        let refused = Fault::new(FaultKind::status(code))
            .item("2.jpg")
            .path("/lr/")
            .always();
        let env = TestEnv::signed_in(three().fail(refused));
        sync_to_the_end(&env, &[]).assert_exit(3);
        let archive = env.archive();
        assert_eq!(archive.files.len(), 2, "{code}");
        assert!(archive.row("2.jpg")["detail"].contains(&code.to_string()));
        assert_eq!(env.google.stats().count(Route::Bytes), 3, "{code}");
    }
}

#[test]
fn an_access_token_that_dies_under_many_requests_is_replaced_once() {
    let dies = Fault::new(FaultKind::AccessTokensDie).path(SEARCH).nth(5);
    let env = TestEnv::signed_in(three().fail(dies));
    env.sync_days("2024-02-01", "2024-03-10", &["--list-jobs", "8"])
        .assert_exit(0);
    assert_eq!(env.archive().files.len(), 3);
    assert_eq!(env.google.stats().refreshes, 1);
}

#[test]
fn a_server_that_nobody_reaches_ends_the_run_with_the_reason() {
    let mut env = TestEnv::signed_in(three());
    // Nobody listens there any more.
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", closed.local_addr().expect("an address"));
    drop(closed);
    env.set("GPHOTOS_DL_LIBRARY_ENDPOINT", &address);
    let output = sync_to_the_end(&env, &[]).assert_exit(1);
    output
        .assert_says("could not reach Google")
        .assert_says("hint:");
}

#[test]
fn a_server_that_goes_away_in_the_middle_ends_the_run_and_what_came_is_kept() {
    let slow = Fault::new(FaultKind::Delay { ms: 60_000 }).item("3.jpg");
    let mut env = TestEnv::signed_in(three().fail(slow));
    let mut run = env.spawn(&["sync", "--since", "2024-03-01", "--until", "2024-03-03"]);
    until("the first photo is on disk", || {
        env.path("downloads/2024/03/1.jpg").exists()
    });
    env.google = Sim::start_blocking(World::new()).expect("the simulator starts");
    let has_ended = ends(&mut run);
    let output = env.finish(run);
    assert!(has_ended, "the run goes on for ever:\n{output}");
    output.assert_exit(1).assert_says("could not reach");
    let archive = env.archive();
    assert_eq!(archive.row("1.jpg")["status"], "downloaded");
    assert_eq!(archive.row("3.jpg")["local_path"], "");
    assert_eq!(archive.temps, [""; 0]);
}

#[test]
fn the_login_page_of_a_network_is_named_and_believed_in_nothing() {
    for portal in [FaultKind::HtmlOk, FaultKind::status(511)] {
        let env = TestEnv::signed_in(three());
        env.sync(&[]).assert_exit(0);
        let before = env.archive().files;
        env.google
            .world(|world| world.faults.push(Fault::new(portal.clone()).always()));
        let output = sync_to_the_end(&env, &[]);
        assert!([1, 3].contains(&output.exit), "{portal:?}: {output}");
        if portal == FaultKind::HtmlOk {
            let output = output.assert_says("a web page, not JSON");
            assert!(!output.stderr.contains("Google listed no"), "{output}");
        }
        assert_eq!(env.archive().files, before);
        env.google.world(|world| world.faults.clear());
        env.google.reset_stats();
        env.sync(&[]).assert_exit(0);
        assert_eq!(env.google.stats().all_byte_requests(), 0, "{portal:?}");
    }
}

#[test]
fn a_server_that_answers_nothing_but_errors_is_not_asked_for_every_day() {
    for trouble in [FaultKind::HtmlOk, FaultKind::status(500)] {
        let broken = Fault::new(trouble.clone()).path("/v1/").always();
        let env = TestEnv::signed_in(three().fail(broken));
        let output = env.sync_days("2022-01-01", "2024-03-03", &[]);
        assert_ne!(output.exit, 0, "{output}");
        // 793 days, five attempts each, would be 40 % of what Google allows in a day.
        let calls = env.google.stats().total();
        assert!(calls < 400, "{trouble:?}: {calls} calls");
        assert!(output.stderr.lines().count() < 100, "{trouble:?}");
    }
}
