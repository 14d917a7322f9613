//! Pages: however Google cuts a listing into them, no item is lost, and what cannot be listed to its end is said.

use gphotos_sim::{Fault, FaultKind, Item, Library, Route, World, WrongJson, zoo};

use crate::support::TestEnv;

type Quirk = fn(&mut Library);

const DAY: &str = "2024-03-09";
const SEARCH: &str = "/v1/mediaItems:search";

fn crowd(items: u32) -> World {
    World::new().with_items(zoo::crowded_day(DAY.parse().expect("a day"), items))
}

/// The day alone, without the full listing, which would hide what the day's own pages lose.
fn sync_day(env: &TestEnv, args: &[&str]) -> crate::support::CommandOutput {
    let mut all = vec!["--no-full-listing"];
    all.extend(args);
    env.sync_days(DAY, DAY, &all)
}

#[test]
fn a_day_of_a_thousand_items_is_listed_to_its_last_page() {
    let env = TestEnv::signed_in(crowd(1000));
    sync_day(&env, &[]).assert_exit(0);
    let archive = env.archive();
    assert_eq!(archive.files.len(), 1000);
    assert_eq!(archive.rows.len(), 1000);
    assert_eq!(env.google.stats().count(Route::Search), 10);
    archive.assert_true_to(&env.google);
}

#[test]
fn short_empty_and_overlapping_pages_lose_nothing_and_fetch_nothing_twice() {
    let quirks: [(&str, Quirk); 6] = [
        ("short pages", |it| it.short_pages = Some(7)),
        ("empty pages with a token", |it| it.empty_pages = 3),
        ("a repeated boundary item", |it| it.repeat_boundary = true),
        ("an empty last page", |it| it.empty_last_page = true),
        ("bound to pageSize", |it| it.page_size_bound = true),
        ("all of it", |it| {
            it.short_pages = Some(9);
            it.empty_pages = 2;
            it.repeat_boundary = true;
            it.empty_last_page = true;
            it.page_size_bound = true;
        }),
    ];
    for (name, quirk) in quirks {
        let env = TestEnv::signed_in(crowd(110).with(|world| quirk(&mut world.library)));
        sync_day(&env, &[]).assert_exit(0);
        let archive = env.archive();
        assert_eq!(archive.files.len(), 110, "{name}");
        archive.assert_true_to(&env.google);
        assert_eq!(env.google.stats().count(Route::Bytes), 110, "{name}");
        assert_eq!(env.google.broken_rules(), [], "{name}");
    }
}

#[test]
fn many_empty_pages_in_a_row_are_no_end() {
    // Eighty were seen in the wild.
    let env = TestEnv::signed_in(crowd(3).with(|world| world.library.empty_pages = 85));
    sync_day(&env, &[]).assert_exit(0);
    assert_eq!(env.archive().files.len(), 3);
}

#[test]
fn a_page_token_that_expires_starts_the_day_over_without_loss() {
    let an_hour_passes = Fault::new(FaultKind::Advance { seconds: 3600 });
    let world = crowd(250)
        .with(|world| world.library.page_token_seconds = Some(600))
        .fail(an_hour_passes.path(SEARCH).nth(3));
    let env = TestEnv::signed_in(world);
    sync_day(&env, &[]).assert_exit(0);
    let archive = env.archive();
    assert_eq!(archive.files.len(), 250);
    archive.assert_true_to(&env.google);
    assert_eq!(env.google.stats().count_with(Route::Search, 400), 1);
}

#[test]
fn a_page_token_that_always_expires_fails_the_day_instead_of_running_for_ever() {
    let world = crowd(150).with(|world| world.library.page_token_seconds = Some(0));
    let env = TestEnv::signed_in(world);
    sync_day(&env, &[]).assert_exit(3).assert_says(DAY);
    assert!(env.google.stats().count(Route::Search) < 20);
}

#[test]
fn a_token_that_is_repeated_for_ever_fails_its_day_and_no_other() {
    let world = crowd(150)
        .photo("other-day.jpg", "2024-03-10T12:00:00Z")
        .fail(Fault::new(FaultKind::SamePageToken).path(SEARCH).always());
    let env = TestEnv::signed_in(world);
    let output = env.sync_days(DAY, "2024-03-10", &["--no-full-listing"]);
    let output = output.assert_exit(3).assert_says("not listed: 2024-03-09");
    assert!(
        !output.stderr.contains("not listed: 2024-03-10"),
        "{output}"
    );
    assert_eq!(env.archive().row("other-day.jpg")["status"], "downloaded");
}

#[test]
fn an_item_that_appears_between_two_pages_pushes_none_out() {
    let env = TestEnv::signed_in(crowd(150));
    env.google.before(Route::Search, 2, |world| {
        let newest = Item::photo(1, "newest.jpg", "2024-03-09T23:00:00Z");
        world.items.push(newest);
    });
    sync_day(&env, &[]).assert_exit(0);
    let archive = env.archive();
    // The new one lies before the page that was being read: the next run has it.
    assert_eq!(archive.names().len(), 150);
    sync_day(&env, &[]).assert_exit(0);
    assert_eq!(env.archive().names().len(), 151);
}

#[test]
fn an_item_that_a_deletion_hid_between_two_pages_is_found_by_the_next_run() {
    // Newest first, so that this one begins the second page.
    let second_page = 49;
    let mut world = crowd(150);
    let late = world.items.remove(second_page);
    let env = TestEnv::signed_in(world);
    sync_day(&env, &[]).assert_exit(0);
    env.google.world(|world| world.items.push(late.clone()));
    env.google.before(Route::Search, 2, |world| {
        let newest = world.items.iter().max_by_key(|item| item.created);
        let newest = newest.expect("items").id.clone();
        world.items.retain(|item| item.id != newest);
    });
    sync_day(&env, &[]).assert_exit(0);
    sync_day(&env, &[]).assert_exit(0);
    let archive = env.archive();
    assert!(archive.rows.iter().any(|row| row["id"] == late.id));
    assert_eq!(archive.rows.len(), 149);
    assert_eq!(
        archive.files.len(),
        150,
        "what was deleted there stays here"
    );
}

#[test]
fn a_day_that_cannot_be_listed_is_said_and_caught_up_by_the_next_run() {
    let mut world = World::new();
    for day in 1..=4 {
        world = world.photo(&format!("{day}.jpg"), &format!("2024-03-0{day}T12:00:00Z"));
    }
    // Five attempts are what the second day gets.
    let down = Fault::new(FaultKind::status(503))
        .path(SEARCH)
        .nth(2)
        .times(5);
    let env = TestEnv::signed_in(world.fail(down));
    let args = ["--no-full-listing", "--list-jobs", "1"];
    let output = env.sync_days("2024-03-01", "2024-03-04", &args);
    let output = output.assert_exit(3).assert_says("not listed: 2024-03-02");
    assert!(output.stderr.contains("503"), "{output}");
    assert_eq!(env.archive().names(), ["1.jpg", "3.jpg", "4.jpg"]);
    env.sync_days("2024-03-01", "2024-03-04", &args)
        .assert_exit(0);
    assert_eq!(env.archive().names(), ["1.jpg", "2.jpg", "3.jpg", "4.jpg"]);
}

#[test]
fn json_of_another_shape_fails_its_day_and_no_other() {
    // What does not parse is asked for five times; what parses is taken at its word.
    let shapes = [
        (WrongJson::MediaItemsIsText, 5),
        (WrongJson::ItemWithoutId, 1),
        (WrongJson::NullItem, 1),
        (WrongJson::TokenIsNumber, 5),
        (WrongJson::Deep { levels: 100_000 }, 5),
        (WrongJson::Huge { bytes: 20 << 20 }, 5),
    ];
    for (shape, times) in shapes {
        let wrong = Fault::new(FaultKind::Json(shape)).path(SEARCH).times(times);
        let world = World::new()
            .photo("odd.jpg", "2024-03-09T12:00:00Z")
            .photo("even.jpg", "2024-03-10T12:00:00Z")
            .fail(wrong);
        let env = TestEnv::signed_in(world);
        let args = ["--no-full-listing", "--list-jobs", "1"];
        let output = env.sync_days(DAY, "2024-03-10", &args).assert_exit(3);
        assert!(
            output.stderr.contains("not listed: 2024-03-09"),
            "{shape:?}\n{output}"
        );
        assert_eq!(env.archive().names(), ["even.jpg"], "{shape:?}");
        env.sync_days(DAY, "2024-03-10", &args).assert_exit(0);
        assert_eq!(env.archive().names(), ["even.jpg", "odd.jpg"], "{shape:?}");
    }
}

#[test]
fn one_answer_of_another_shape_is_asked_for_again() {
    for wrong in [FaultKind::HtmlOk, FaultKind::EmptyOk, FaultKind::JsonOk] {
        let world = crowd(3).fail(Fault::new(wrong.clone()).path(SEARCH));
        let env = TestEnv::signed_in(world);
        sync_day(&env, &[]).assert_exit(0);
        assert_eq!(env.archive().files.len(), 3, "{wrong:?}");
    }
}
