//! The sign-in of `pick`: a token and a permission of its own.

use gphotos_sim::{ErrorBody, Fault, FaultKind, PICKER_SCOPE, Route, Rule, World};

use super::{everything, three};
use crate::support::{Login, TestEnv, visit};

#[test]
fn without_a_terminal_and_a_sign_in_it_does_not_wait() {
    let env = TestEnv::signed_in(three());
    env.run_or_kill(&["pick", "--no-browser"])
        .assert_exit(4)
        .assert_says("token_picker.json")
        .assert_says("`gphotos-dl login --for picker`");
    assert_eq!(env.google.sessions(), []);
    assert!(!env.path("downloads").exists(), "an archive is left behind");
}

#[test]
fn without_a_sign_in_that_works_no_archive_is_made() {
    let mut env = everything(three());
    env.google.revoke_all();
    env.in_hours(2)
        .run_or_kill(&["pick", "--no-browser"])
        .assert_exit(4);
    assert!(!env.path("downloads").exists());
}

#[test]
fn it_asks_for_its_own_permission_and_keeps_its_own_token() {
    let env = TestEnv::signed_in(World::new());
    let login = Login::start(&env, &["--for", "picker"]);
    assert_eq!(login.query()["scope"], PICKER_SCOPE);
    visit(&login.address);
    login
        .finish()
        .assert_exit(0)
        .assert_says("Next: `gphotos-dl pick`");
    for name in ["token_library.json", "token_picker.json"] {
        assert!(env.path("credentials").join(name).exists(), "{name}");
    }
    env.sync(&[]).assert_exit(0);
}

#[test]
fn status_tells_both_sign_ins() {
    let env = everything(World::new());
    let told = env.run(&["--json", "status"]).assert_exit(0).json();
    let states: Vec<_> = told["tokens"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|token| token["state"].as_str().expect("text"))
        .collect();
    assert_eq!(states, ["absent", "signedin"]);
    let text = env.run(&["status"]).assert_exit(0).stdout;
    assert!(
        text.contains("  library, for `sync`: not signed in: `gphotos-dl login` ("),
        "{text}"
    );
    assert!(
        text.contains("  picker, for `pick`:  signed in on "),
        "{text}"
    );
    assert_eq!(told["tokens"][0]["for"], "library");
    assert_eq!(told["tokens"][1]["for"], "picker");
}

#[test]
fn logout_gives_up_one_sign_in_or_both() {
    let env = everything(three());
    env.sign_in();
    env.run(&["logout", "--for", "picker"])
        .assert_exit(0)
        .assert_says("Signed out")
        .assert_says("token_library.json as well");
    assert!(!env.path("credentials/token_picker.json").exists());
    assert!(env.path("credentials/token_library.json").exists());
    env.sign_in_to_pick();
    env.run(&["logout"]).assert_exit(0);
    assert!(!env.path("credentials/token_picker.json").exists());
    assert!(!env.path("credentials/token_library.json").exists());
    let _ = env.run(&["pick", "--no-browser"]).assert_exit(4);
}

#[test]
fn a_token_that_dies_while_files_are_fetched_is_replaced() {
    for status in [401, 403] {
        let env = everything(three().with(|world| world.picker.dead_token_status = status));
        let dies = Fault::new(FaultKind::AccessTokensDie).route(Route::PickedBytes);
        env.google.world(|world| world.faults.push(dies.nth(2)));
        env.run(&["pick", "--no-browser", "--jobs", "1"])
            .assert_exit(0);
        env.archive().assert_true_to(&env.google);
        assert_eq!(env.google.stats().refreshes, 1, "{status}");
        assert_eq!(env.google.broken_rules(), []);
    }
}

#[test]
fn a_token_that_only_the_host_of_the_bytes_refuses_is_replaced_once() {
    // A 403 is taken for a dead address first, and its page is listed again.
    for (status, lists) in [(401, 1), (403, 2)] {
        let env = everything(three().with(|world| world.picker.dead_token_status = status));
        let dies = Fault::new(FaultKind::ByteTokensDie).route(Route::PickedBytes);
        env.google.world(|world| world.faults.push(dies.nth(2)));
        env.run_or_kill(&["pick", "--no-browser", "--jobs", "1"])
            .assert_exit(0);
        env.archive().assert_true_to(&env.google);
        let stats = env.google.stats();
        assert_eq!(stats.refreshes, 1, "{status}");
        assert_eq!(stats.count(Route::ListPicked), lists, "{status}");
        assert_eq!(stats.count_with(Route::PickedBytes, status), lists);
        assert!(env.google.sessions()[0].deleted);
        assert_eq!(env.google.broken_rules(), []);
    }
}

#[test]
fn bytes_that_are_refused_with_every_token_are_failures_and_no_loop() {
    let refused = Fault::new(FaultKind::Status {
        code: 401,
        body: ErrorBody::Html,
        retry_after: None,
    });
    let env = everything(three().fail(refused.route(Route::PickedBytes).always()));
    env.run_or_kill(&["pick", "--no-browser"])
        .assert_exit(3)
        .assert_says("the server answered 401")
        .assert_says("pick --resume");
    let stats = env.google.stats();
    assert_eq!(stats.refreshes, 1);
    // Each with the old token, with the new one, and with two other addresses.
    assert!(stats.count(Route::PickedBytes) <= 3 * 4);
    assert!(!env.google.sessions()[0].deleted);
}

#[test]
fn a_sign_in_that_was_taken_back_ends_with_the_way_to_a_new_one() {
    let env = everything(three());
    env.google.revoke_all();
    env.run(&["pick", "--no-browser"])
        .assert_exit(4)
        .assert_says("`gphotos-dl login --for picker`");
}

#[test]
fn the_simulator_notices_a_picked_photo_that_is_asked_for_without_a_token() {
    let env = everything(three());
    env.run(&["pick", "--no-browser"]).assert_exit(0);
    let url = format!("{}/ppa/made-up=d", env.google.endpoint());
    visit(&url);
    let rules: Vec<Rule> = env
        .google
        .broken_rules()
        .into_iter()
        .map(|it| it.rule)
        .collect();
    assert_eq!(rules, [Rule::NoCredentialOnPickedBytes]);
}
