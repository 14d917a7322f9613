//! The full listing: it finds what no date filter returns, and keeps to the range all the same.

use gphotos_sim::{Fault, FaultKind, Item, Route, World, zoo};

use crate::support::TestEnv;

/// One ordinary photo, and one of each kind that a date filter hides.
fn hidden() -> World {
    let day = "2024-03-09".parse().expect("a date");
    let mut fresh = zoo::fresh(day).remove(0);
    fresh.filename = Some("fresh.jpg".to_owned());
    let undated = Item {
        created: None,
        ..Item::photo(7, "undated.jpg", "2024-03-09T12:00:00Z")
    };
    let archived = Item {
        archived: true,
        ..Item::photo(8, "archived.jpg", "2024-03-09T12:00:00Z")
    };
    World::new()
        .photo("ordinary.jpg", "2024-03-09T12:00:00Z")
        .photo("future.jpg", "2099-01-01T12:00:00Z")
        .with_items(vec![fresh, undated, archived])
}

#[test]
fn it_finds_undated_future_fresh_and_archived_items() {
    let env = TestEnv::signed_in(hidden());
    env.sync(&[]).assert_exit(0);
    let archive = env.archive();
    assert_eq!(
        archive.names(),
        [
            "archived.jpg",
            "fresh.jpg",
            "future.jpg",
            "ordinary.jpg",
            "undated.jpg"
        ]
    );
    archive.assert_true_to(&env.google);
    assert_eq!(
        archive.row("undated.jpg")["local_path"],
        "undated/undated.jpg"
    );
    assert_eq!(
        archive.row("future.jpg")["local_path"],
        "2099/01/future.jpg"
    );
}

#[test]
fn without_it_only_what_date_filters_return_is_found() {
    let env = TestEnv::signed_in(hidden());
    env.sync(&["--no-full-listing"]).assert_exit(0);
    assert_eq!(env.archive().names(), ["archived.jpg", "ordinary.jpg"]);
    assert_eq!(env.google.stats().count(Route::List), 0);
}

#[test]
fn archived_items_are_found_by_the_walk_even_if_the_full_listing_hides_them() {
    let env = TestEnv::signed_in(hidden().with(|world| world.library.list_archived = false));
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.archive().names().len(), 5);
}

#[test]
fn it_keeps_to_the_range_and_a_day_on_either_side() {
    let mut world = World::new().photo("future.jpg", "2099-01-01T12:00:00Z");
    for (name, created) in [
        ("since-2.jpg", "2024-03-06T23:59:59Z"),
        ("since-1.jpg", "2024-03-07T00:00:00Z"),
        ("since.jpg", "2024-03-08T12:00:00Z"),
        ("until.jpg", "2024-03-09T12:00:00Z"),
        ("until+1.jpg", "2024-03-10T23:59:59Z"),
        ("until+2.jpg", "2024-03-11T00:00:00Z"),
    ] {
        world = world.photo(name, created);
    }
    let undated = Item {
        created: None,
        ..Item::photo(7, "undated.jpg", "2024-03-09T12:00:00Z")
    };
    let env = TestEnv::signed_in(world.item(undated));
    env.sync_days("2024-03-08", "2024-03-09", &[])
        .assert_exit(0);
    let within = [
        "since-1.jpg",
        "since.jpg",
        "undated.jpg",
        "until+1.jpg",
        "until.jpg",
    ];
    assert_eq!(env.archive().names(), within);
    assert_eq!(env.archive().files.len(), 5);
    env.run(&["sync", "--since", "2024-03-08", "--window", "year"])
        .assert_exit(0);
    let open = [
        "future.jpg",
        "since-1.jpg",
        "since.jpg",
        "undated.jpg",
        "until+1.jpg",
        "until+2.jpg",
        "until.jpg",
    ];
    assert_eq!(env.archive().names(), open);
}

#[test]
fn a_fresh_item_is_not_fetched_again_when_date_filters_return_it() {
    let env = TestEnv::signed_in(hidden());
    env.sync(&[]).assert_exit(0);
    env.google
        .world(|world| world.named("fresh.jpg").fresh = false);
    env.google.reset_stats();
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.google.stats().all_byte_requests(), 0);
    assert_eq!(env.archive().row("fresh.jpg")["status"], "present");
}

#[test]
fn when_it_fails_the_walk_goes_on_and_the_gap_is_said() {
    let down = Fault::new(FaultKind::status(500))
        .route(Route::List)
        .always();
    let env = TestEnv::signed_in(hidden().fail(down));
    env.sync(&[])
        .assert_exit(3)
        .assert_says("not listed: the full listing");
    assert_eq!(env.archive().names(), ["archived.jpg", "ordinary.jpg"]);
}
