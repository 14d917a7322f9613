//! Quotas and broken loads: the same rules as everywhere, with limits of the Picker's own.

use gphotos_sim::{Fault, FaultKind, Route};
use serde_json::json;

use super::{everything, three};

#[test]
fn a_quota_by_the_minute_is_waited_for() {
    for route in [
        Route::ListPicked,
        Route::PickedBytes,
        Route::CreateSession,
        Route::GetSession,
    ] {
        let env = everything(three());
        let refused = Fault::new(FaultKind::MinuteQuota).route(route).times(2);
        env.google.world(|world| world.faults.push(refused));
        env.run(&["pick", "--no-browser"]).assert_exit(0);
        env.archive().assert_true_to(&env.google);
        assert!(env.google.sessions()[0].deleted);
    }
}

#[test]
fn what_pick_uses_is_not_taken_from_the_librarys_day() {
    let env = everything(three());
    env.run(&["pick", "--no-browser"]).assert_exit(0);
    let told = env.run(&["--json", "status"]).assert_exit(0).json();
    assert_eq!(told["quota_used_today"]["api"], json!(0));
    assert_eq!(told["quota_used_today"]["bytes"], json!(0));
    assert_eq!(told["runs"][0]["command"], "pick");
    assert_eq!(told["held"][0]["source"], "picker");
}

#[test]
fn a_librarys_day_that_is_used_up_does_not_hold_up_pick() {
    let env = everything(three());
    env.sign_in();
    let _ = env.sync(&["--api-budget", "1", "--no-full-listing"]);
    env.google.reset_stats();
    env.run(&["pick", "--no-browser"]).assert_exit(0);
    // And the Library's count is what it was.
    let told = env.run(&["--json", "status"]).assert_exit(0).json();
    assert_eq!(told["quota_used_today"]["api"], json!(1));
}

#[test]
fn a_load_that_breaks_is_tried_again() {
    for fault in [
        FaultKind::ResetBeforeHeaders,
        FaultKind::HtmlOk,
        FaultKind::EmptyOk,
        FaultKind::Status {
            code: 500,
            body: gphotos_sim::ErrorBody::Html,
            retry_after: None,
        },
    ] {
        let env = everything(three());
        let broken = Fault::new(fault.clone())
            .route(Route::PickedBytes)
            .each_item();
        env.google.world(|world| world.faults.push(broken));
        env.run(&["pick", "--no-browser"]).assert_exit(0);
        env.archive().assert_true_to(&env.google);
        assert_eq!(env.google.broken_rules(), [], "{fault:?}");
    }
}

#[test]
fn a_full_disk_ends_it_with_the_way_to_go_on() {
    let env = everything(three());
    env.run(&["pick", "--no-browser", "--min-free", "1000000G"])
        .assert_exit(7)
        .assert_says("pick --resume");
    env.run(&["pick", "--resume"]).assert_exit(0);
    env.archive().assert_true_to(&env.google);
}
