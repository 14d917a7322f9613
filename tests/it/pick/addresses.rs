//! The addresses of picked bytes: they die, they redirect, and they want a token that nobody else may see.

use gphotos_sim::{Fault, FaultKind, Host, Redirects, Route, World};

use super::{everything, kept, three};
use crate::support::{shim, until};

fn seven() -> World {
    some(7)
}

fn some(items: u32) -> World {
    (0..items).fold(World::new(), |world, number| {
        world.photo(&format!("{number}.jpg"), "2024-03-09T12:00:00Z")
    })
}

#[test]
fn an_address_that_has_died_is_renewed_from_its_page_once_for_all_of_it() {
    let env = everything(seven());
    let dies = Fault::new(FaultKind::Advance { seconds: 3700 });
    env.google
        .world(|world| world.faults.push(dies.route(Route::PickedBytes).nth(2)));
    env.run(&["pick", "--no-browser", "--jobs", "1"])
        .assert_exit(0);
    let archive = env.archive();
    archive.assert_true_to(&env.google);
    assert_eq!(archive.paths().len(), 7);
    // The others of the page had their new addresses then.
    assert_eq!(env.google.stats().count_with(Route::ListPicked, 200), 2);
    assert_eq!(env.google.broken_rules(), []);
}

#[test]
fn addresses_that_die_while_they_wait_are_renewed_before_they_are_used() {
    let mut env = everything(some(40).with(|world| world.picker.short_pages = Some(25)));
    let clock = env.path("clock");
    env.set("LD_PRELOAD", &shim().display().to_string())
        .set("SHIM_CLOCK", &clock.display().to_string());
    env.google.close(Route::PickedBytes);
    let run = env.spawn(&["pick", "--no-browser", "--jobs", "1"]);
    until("both pages are listed, and the first load waits", || {
        env.google.stats().count(Route::ListPicked) == 2
            && env.google.waiting(Route::PickedBytes) == 1
    });
    // For the program and for Google, while one load is held up and all others wait for it.
    std::fs::write(&clock, "3700").expect("written");
    env.google.advance(std::time::Duration::from_secs(3700));
    env.google.open(Route::PickedBytes);
    env.finish(run).assert_exit(0);
    let archive = env.archive();
    archive.assert_true_to(&env.google);
    assert_eq!(archive.paths().len(), 40);
    let stats = env.google.stats();
    // Each page once more; but for the load that was under way nobody has used a dead address, nor the dead token.
    assert_eq!(stats.count_with(Route::ListPicked, 200), 4);
    assert_eq!(stats.count_with(Route::PickedBytes, 200), 40);
    assert_eq!(stats.count(Route::PickedBytes), 41);
    assert!(env.google.sessions()[0].deleted);
    assert_eq!(env.google.broken_rules(), []);
}

#[test]
fn an_address_that_keeps_dying_is_a_failure_and_the_others_are_fetched() {
    let dead = Fault::new(FaultKind::UrlExpired).route(Route::PickedBytes);
    let env = everything(three().fail(dead.item("a.jpg").always()));
    env.run(&["pick", "--no-browser"])
        .assert_exit(3)
        .assert_says("pick --resume");
    let archive = env.archive();
    assert_eq!(archive.row("a.jpg")["status"], "failed");
    assert_eq!(archive.paths().len(), 2);
    assert_eq!(kept(&env).len(), 1);
    assert!(!env.google.sessions()[0].deleted);
    env.google.world(|world| world.faults.clear());
    env.google.reset_stats();
    env.run(&["pick", "--resume", "--no-browser"])
        .assert_exit(0);
    // What was here already is not asked for again.
    assert_eq!(env.google.stats().count(Route::PickedBytes), 1);
    env.archive().assert_true_to(&env.google);
    assert!(env.google.sessions()[0].deleted);
    assert_eq!(env.google.broken_rules(), []);
}

#[test]
fn redirects_are_followed_with_the_token_within_google_and_never_out_of_it() {
    for (redirects, wants_token) in [
        (Redirects::Never, false),
        (Redirects::Videos, true),
        (Redirects::SameHost, false),
        (Redirects::SecondHost, false),
        (Redirects::SecondHost, true),
    ] {
        let env = everything(three().with(|world| {
            world.picker.redirects = redirects;
            world.picker.second_host_wants_token = wants_token;
        }));
        env.run(&["pick", "--no-browser"]).assert_exit(0);
        let archive = env.archive();
        archive.assert_true_to(&env.google);
        assert_eq!(archive.paths().len(), 3, "{redirects:?}");
        assert_eq!(env.google.broken_rules(), []);
    }
    let env = everything(three().with(|world| world.picker.redirects = Redirects::Foreign));
    env.run(&["pick", "--no-browser"])
        .assert_exit(3)
        .assert_says("not a media host of Google's");
    assert_eq!(env.archive().paths(), [""; 0]);
    let stats = env.google.stats();
    assert_eq!(stats.bearers_at(Host::Foreign), 0);
    assert_eq!(stats.count(Route::Foreign), 0);
    assert_eq!(env.google.broken_rules(), []);
}

#[test]
fn the_librarys_bytes_are_asked_for_without_a_token_as_ever() {
    let env = everything(three());
    env.sign_in();
    env.sync(&[]).assert_exit(0);
    env.archive().assert_true_to(&env.google);
    assert_eq!(env.google.stats().bearers_at(Host::Downloads), 0);
    assert_eq!(env.google.broken_rules(), []);
}

#[test]
fn an_item_without_an_address_is_a_failure() {
    let body = FaultKind::Body {
        status: 200,
        content_type: "application/json".to_owned(),
        text: serde_json::json!({ "mediaItems": [{ "id": "x", "mediaFile": {} }] }).to_string(),
    };
    let env = everything(three().fail(Fault::new(body).route(Route::ListPicked).always()));
    env.run(&["pick", "--no-browser"])
        .assert_exit(3)
        .assert_says("without an address");
    assert!(!env.google.sessions()[0].deleted);
}
