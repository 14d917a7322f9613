//! What Google refuses in words of its own, and what to do about it.

use gphotos_sim::{Fault, Route};

use super::{at_the_page, everything, kept, refusal, three};
use crate::support::until;

#[test]
fn an_account_without_google_photos() {
    let env = everything(three().with(|world| world.picker.has_account = false));
    env.run(&["pick", "--no-browser"])
        .assert_exit(1)
        .assert_says("no active Google Photos account")
        .assert_says("hint: open https://photos.google.com");
}

#[test]
fn an_api_that_is_not_enabled() {
    let env = everything(three().with(|world| world.picker.enabled = false));
    env.run(&["pick", "--no-browser"])
        .assert_exit(1)
        .assert_says("the Photos Picker API is not enabled")
        .assert_says("It is not the \"Google Picker API\"");
}

#[test]
fn too_many_selections() {
    let env = everything(three().with(|world| world.picker.max_sessions = Some(0)));
    env.run(&["pick", "--no-browser"])
        .assert_exit(1)
        .assert_says("no more selections at a time")
        .assert_says("pick --resume");
    // That is no matter of waiting.
    assert_eq!(env.google.stats().count(Route::CreateSession), 1);
}

#[test]
fn a_selection_that_has_expired_while_it_was_waited_for() {
    let env = at_the_page(three());
    let run = env.spawn(&["pick", "--no-browser"]);
    until("it is remembered", || !kept(&env).is_empty());
    env.google.expire_sessions();
    env.finish(run)
        .assert_exit(1)
        .assert_says("it has expired, or was deleted")
        .assert_says("hint: run `gphotos-dl pick` and select again");
    assert_eq!(kept(&env), [""; 0]);
}

#[test]
fn too_many_selections_in_words_that_only_say_exhausted() {
    let stock = "Resource has been exhausted (e.g. check quota).";
    let stock = Fault::new(refusal(429, "RESOURCE_EXHAUSTED", stock));
    let env = everything(three().fail(stock.route(Route::CreateSession).always()));
    env.run_or_kill(&["pick", "--no-browser"])
        .assert_exit(1)
        .assert_says("no more selections at a time")
        .assert_says("pick --resume");
    // It might have been a rate limit.
    assert!(env.google.stats().count(Route::CreateSession) > 1);
}

#[test]
fn an_endpoint_that_is_not_googles() {
    let mut env = everything(three());
    env.set("GPHOTOS_DL_PICKER_ENDPOINT", "http://example.com");
    env.run(&["pick"])
        .assert_exit(2)
        .assert_says("GPHOTOS_DL_PICKER_ENDPOINT");
    env.set(
        "GPHOTOS_DL_PICKER_ENDPOINT",
        "https://photospicker.googleapis.com",
    );
    env.run(&["pick"])
        .assert_exit(1)
        .assert_says("Photos Picker API")
        .assert_says("unset GPHOTOS_DL_PICKER_ENDPOINT");
}
