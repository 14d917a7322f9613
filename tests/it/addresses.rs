//! Base URLs: they die within the hour, and nothing is lost by it.

use gphotos_sim::{BatchOrder, Fault, FaultKind, Route, World, zoo};

use crate::support::{CommandOutput, TestEnv, shim, until};

const DAY: &str = "2024-03-09";

fn crowd(items: u32) -> World {
    World::new().with_items(zoo::crowded_day(DAY.parse().expect("a day"), items))
}

#[test]
fn addresses_that_die_in_the_middle_of_a_run_are_asked_for_again_one_by_one() {
    let an_hour_passes = Fault::new(FaultKind::Advance { seconds: 3700 });
    let env = TestEnv::signed_in(crowd(20).fail(an_hour_passes.path("/lr/").nth(5)));
    env.sync(&["--no-full-listing"]).assert_exit(0);
    let archive = env.archive();
    assert_eq!(archive.files.len(), 20);
    archive.assert_true_to(&env.google);
    let stats = env.google.stats();
    assert!(stats.count_with(Route::Bytes, 403) > 0);
    assert_eq!(
        stats.count_with(Route::Get, 200),
        stats.count_with(Route::Bytes, 403)
    );
    // The access token has died too, for all of them at once.
    assert_eq!(stats.refreshes, 1);
}

#[test]
fn a_refused_address_costs_one_call_for_that_id_alone() {
    let env = TestEnv::signed_in(crowd(9).fail(Fault::new(FaultKind::UrlExpired).path("/lr/")));
    env.sync(&["--no-full-listing"]).assert_exit(0);
    let stats = env.google.stats();
    assert_eq!(
        (stats.count(Route::Get), stats.count(Route::BatchGet)),
        (1, 0)
    );
    assert_eq!(env.archive().files.len(), 9);
}

#[test]
fn an_address_that_is_always_refused_fails_its_item_after_a_few_calls() {
    let refused = Fault::new(FaultKind::UrlExpired)
        .item("IMG_0003.jpg")
        .path("/lr/");
    let env = TestEnv::signed_in(crowd(9).fail(refused.always()));
    env.sync(&["--no-full-listing"]).assert_exit(3);
    let archive = env.archive();
    assert_eq!(archive.files.len(), 8);
    assert!(archive.row("IMG_0003.jpg")["detail"].contains("403"));
    assert!(env.google.stats().count(Route::Get) <= 3);
}

#[test]
fn a_video_whose_redirect_has_died_is_fetched_through_a_fresh_one() {
    let died = Fault::new(FaultKind::UrlExpired).path("/video-downloads/");
    let world = World::new()
        .video("film.mp4", "2024-03-09T12:00:00Z")
        .fail(died);
    let env = TestEnv::signed_in(world);
    env.sync(&[]).assert_exit(0);
    env.archive().assert_true_to(&env.google);
}

#[test]
fn an_item_that_is_deleted_between_listing_and_fetching_is_gone_and_nothing_else() {
    let env = TestEnv::signed_in(crowd(9));
    env.google.before(Route::Bytes, 1, |world| {
        world
            .items
            .retain(|item| item.filename.as_deref() != Some("IMG_0001.jpg"));
    });
    // The newest first: the deleted one comes last.
    env.sync(&["--no-full-listing", "--jobs", "1"])
        .assert_says("Google no longer has it");
    let archive = env.archive();
    assert_eq!(archive.row("IMG_0001.jpg")["status"], "gone");
    assert_eq!(archive.row("IMG_0001.jpg")["local_path"], "");
    assert_eq!(archive.files.len(), 8);
    assert_eq!(archive.temps, [""; 0]);
    env.sync(&["--no-full-listing"]).assert_exit(0);
    assert_eq!(env.archive().rows.len(), 8);
}

#[test]
fn an_address_outside_google_is_never_asked() {
    for address in [
        "http://169.254.169.254/latest",
        "http://10.0.0.1/photo",
        "https://example.com/lr/photo",
        "https://user:password@lh3.googleusercontent.com/lr/photo",
        "https://lh3.googleusercontent.com:444/lr/photo",
        "file:///etc/passwd",
        "no address",
        "",
    ] {
        let elsewhere = Fault::new(FaultKind::BaseUrl(address.to_owned())).always();
        let env = TestEnv::signed_in(crowd(2).fail(elsewhere));
        env.sync(&["--no-full-listing"]).assert_exit(3);
        let archive = env.archive();
        assert_eq!(archive.statuses().get("failed"), Some(&2), "{address}");
        assert_eq!(env.google.stats().all_byte_requests(), 0, "{address}");
        assert!(archive.files.is_empty(), "{address}");
    }
}

/// A run that is held up at its first load until half an hour has passed, by its own clock.
fn half_an_hour_later(world: World) -> TestEnv {
    let hold = Fault::new(FaultKind::StallBeforeHeaders { seconds: Some(1.0) });
    let mut env = TestEnv::signed_in(world.fail(hold.path("/lr/")));
    let clock = env.path("clock");
    env.set("LD_PRELOAD", &shim().display().to_string())
        .set("SHIM_CLOCK", &clock.display().to_string());
    env
}

fn sync_half_an_hour_later(env: &TestEnv) -> CommandOutput {
    let run = env.spawn(&[
        "sync",
        "--since",
        DAY,
        "--until",
        DAY,
        "--no-full-listing",
        "--jobs",
        "1",
    ]);
    until("the first load", || env.google.stats().total() > 1);
    std::fs::write(env.path("clock"), "1860").expect("written");
    env.finish(run)
}

#[test]
fn addresses_older_than_half_an_hour_are_renewed_by_the_fifty_before_they_are_used() {
    let env = half_an_hour_later(crowd(90));
    sync_half_an_hour_later(&env).assert_exit(0);
    let archive = env.archive();
    assert_eq!(archive.files.len(), 90);
    archive.assert_true_to(&env.google);
    let stats = env.google.stats();
    assert_eq!(stats.count(Route::BatchGet), 2);
    assert_eq!(stats.count_with(Route::Bytes, 403), 0);
    // Those few that had left the queue when they grew old.
    assert!(stats.count(Route::Get) <= 3);
    assert_eq!(env.google.broken_rules(), []);
}

#[test]
fn the_order_of_a_renewed_batch_does_not_matter() {
    for order in [BatchOrder::Reversed, BatchOrder::ById] {
        let world = crowd(20).with(|world| world.library.batch_order = order);
        let env = half_an_hour_later(world);
        sync_half_an_hour_later(&env).assert_exit(0);
        env.archive().assert_true_to(&env.google);
        assert_eq!(env.google.stats().count(Route::BatchGet), 1, "{order:?}");
    }
}

#[test]
fn one_id_that_spoils_a_batch_fails_alone() {
    for poison_single in [true, false] {
        let world = crowd(20).with(|world| {
            let poisoned = world.named("IMG_0007.jpg").id.clone();
            world.library.poisoned.insert(poisoned);
            world.library.poison_single = poison_single;
        });
        let env = half_an_hour_later(world);
        let output = sync_half_an_hour_later(&env);
        let output = output.assert_exit(if poison_single { 3 } else { 0 });
        let archive = env.archive();
        assert_eq!(
            archive.files.len(),
            if poison_single { 19 } else { 20 },
            "{output}"
        );
        archive.assert_true_to(&env.google);
        if poison_single {
            assert_eq!(archive.row("IMG_0007.jpg")["status"], "failed");
        }
    }
}
