//! Google's daily quotas: counted over runs, never exceeded, and their end is an orderly one.

use gphotos_sim::{Fault, FaultKind, MediaRefusal, Route, World, zoo};

use crate::support::{TestEnv, until};

fn crowd(items: u32) -> World {
    World::new().with_items(zoo::crowded_day(
        "2024-03-09".parse().expect("a day"),
        items,
    ))
}

const WEEK: (&str, &str) = ("2024-03-05", "2024-03-11");

#[test]
fn when_googles_calls_are_used_up_the_run_ends_and_the_next_day_goes_on() {
    let world = crowd(5).with(|world| world.quota.api_per_day = Some(3));
    let mut env = TestEnv::signed_in(world);
    env.sync_days(WEEK.0, WEEK.1, &["--no-full-listing"])
        .assert_exit(5)
        .assert_says("hint:")
        .assert_says("used up");
    let calls = env.google.stats().count(Route::Search);
    assert!(calls <= 3 + 4, "{calls}: one more for each day in flight");
    env.google.world(|world| world.quota.api_per_day = None);
    env.in_hours(30)
        .sync_days(WEEK.0, WEEK.1, &["--no-full-listing"])
        .assert_exit(0);
    assert_eq!(env.archive().files.len(), 5);
}

#[test]
fn when_googles_loads_are_used_up_the_run_ends_and_keeps_what_it_has() {
    for refusal in [MediaRefusal::Json, MediaRefusal::Html] {
        let world = crowd(60).with(|world| {
            world.quota.media_per_day = Some(5);
            world.quota.media_refusal = refusal;
        });
        let mut env = TestEnv::signed_in(world);
        let output = env.sync(&["--no-full-listing", "--jobs", "1"]);
        assert_eq!(output.exit, 5, "{refusal:?}\n{output}");
        let archive = env.archive();
        assert_eq!(archive.files.len(), 5, "{refusal:?}");
        assert_eq!(archive.rows.len(), 60, "{refusal:?}");
        assert_eq!(archive.temps, [""; 0]);
        // No knocking at a closed door.
        let refused = env.google.stats().count_with(Route::Bytes, 429);
        assert!(refused <= 50, "{refusal:?}: {refused} refusals");
        env.google.world(|world| world.quota.media_per_day = None);
        env.in_hours(30).sync(&["--no-full-listing"]).assert_exit(0);
        env.archive().assert_true_to(&env.google);
    }
}

#[test]
fn one_refusal_for_the_day_is_enough() {
    for path in ["/v1/mediaItems:search", "/lr/"] {
        let world = crowd(9).with(|world| world.quota.media_refusal = MediaRefusal::Json);
        let env = TestEnv::signed_in(world.fail(Fault::new(FaultKind::DailyQuota).path(path)));
        env.sync_days(
            "2024-03-09",
            "2024-03-09",
            &["--jobs", "1", "--no-full-listing"],
        )
        .assert_exit(5)
        .assert_says("used up");
        let stats = env.google.stats();
        let refused = stats.count_with(Route::Search, 429) + stats.count_with(Route::Bytes, 429);
        assert_eq!(refused, 1, "{path}");
        assert!(env.archive().files.is_empty(), "{path}");
    }
}

#[test]
fn a_budget_of_calls_is_kept_over_the_runs_of_a_day() {
    let mut env = TestEnv::signed_in(crowd(5));
    let args = ["--no-full-listing", "--api-budget", "12", "--json"];
    let first = env.sync_days(WEEK.0, WEEK.1, &args).assert_exit(0);
    // By month, because a week by day is more than half of twelve.
    assert_eq!(first.json()["listed_by_month_to_spare_quota"], true);
    assert_eq!(first.json()["quota_used_today"]["api"], 1);
    assert_eq!(first.json()["quota_used_today"]["bytes"], 5);
    let two_days = ["sync", "--since", "2024-03-08", "--until", "2024-03-09"];
    let by_day = [&two_days[..], &args[..]].concat();
    for used in [3, 5, 7, 9, 10, 11, 12] {
        let output = env.run(&by_day).assert_exit(0);
        assert_eq!(output.json()["quota_used_today"]["api"], used, "{output}");
        assert_eq!(output.json()["quota_used_today"]["bytes"], 5);
    }
    env.google.reset_stats();
    let spent = env.run(&by_day).assert_exit(5).assert_says("used up");
    assert_eq!(spent.json()["exit"], 5);
    assert_eq!(env.google.stats().total(), 0, "nothing is left to ask with");
    let tomorrow = env.in_hours(30).run(&by_day).assert_exit(0);
    assert_eq!(tomorrow.json()["quota_used_today"]["api"], 2);
}

#[test]
fn a_range_that_no_days_quota_suffices_for_is_listed_over_several_days() {
    let month = |world: World, month: u32| {
        world.photo(
            &format!("{month}.jpg"),
            &format!("2023-{month:02}-09T12:00:00Z"),
        )
    };
    let mut env = TestEnv::signed_in((1..=8).fold(World::new(), month));
    let year = ["sync", "--since", "2023-01-01", "--until", "2023-08-31"];
    let more = ["--window", "month", "--no-full-listing"];
    let args = [&year[..], &more, &["--list-jobs", "1", "--api-budget", "3"]].concat();
    for (night, held) in [(0, 3), (30, 6), (60, 8)] {
        env.in_hours(night).run(&args).assert_exit(5);
        assert_eq!(env.archive().files.len(), held, "in {night} hours");
    }
    // What comes into a part that was listed first is found when its turn comes.
    env.google
        .world(|world| *world = std::mem::take(world).photo("late.jpg", "2023-04-01T12:00:00Z"));
    env.in_hours(90).run(&args).assert_exit(5);
    assert_eq!(env.archive().files.len(), 9);
    // As soon as the quota suffices, the range is listed whole, and from its first day.
    let args = [&year[..], &more].concat();
    env.in_hours(120).run(&args).assert_exit(0);
    env.archive().assert_true_to(&env.google);
}

#[test]
fn a_budget_that_ends_in_the_middle_of_a_day_is_no_listed_day() {
    let env = TestEnv::signed_in(crowd(250));
    let args = ["--no-full-listing", "--api-budget", "2"];
    env.sync_days("2024-03-09", "2024-03-09", &args)
        .assert_exit(5);
    let archive = env.archive();
    assert_eq!(archive.rows.len(), 200);
    let args = ["--no-full-listing", "--api-budget", "9"];
    env.sync_days("2024-03-09", "2024-03-09", &args)
        .assert_exit(0);
    assert_eq!(env.archive().files.len(), 250);
    env.archive().assert_true_to(&env.google);
}

#[test]
fn calls_of_a_run_that_is_killed_count_as_well() {
    let never = Fault::new(FaultKind::StallBeforeHeaders { seconds: None });
    let env = TestEnv::signed_in(crowd(5).fail(never.path("/v1/mediaItems:search").nth(31)));
    let days = [
        "sync",
        "--since",
        "2024-03-01",
        "--until",
        "2024-03-31",
        "--no-full-listing",
    ];
    let mut run = env.spawn(&days);
    // What the archive knows of the day shows in what a plan, which costs two calls, would add to it.
    until("what the run has used is recorded", || {
        let args = ["--dry-run", "--json"];
        let plan = env.sync_days("2024-03-09", "2024-03-09", &args);
        let used = &plan.json()["quota_used_today"];
        used["api"].as_u64() >= Some(32) && used["bytes"] == 5
    });
    run.kill().expect("killed");
    let _ = env.finish(run);
    let args = ["--no-full-listing", "--json"];
    let output = env.sync_days("2024-03-09", "2024-03-09", &args);
    let output = output.assert_exit(0);
    let used = &output.json()["quota_used_today"];
    assert!(used["api"].as_u64() >= Some(31), "{used}");
    assert_eq!(used["bytes"], 5);
}

#[test]
fn that_a_budget_is_exceeded_is_said_as_it_is() {
    let env = TestEnv::signed_in(crowd(5));
    env.sync_days(WEEK.0, WEEK.1, &["--no-full-listing"])
        .assert_exit(0);
    let args = ["--no-full-listing", "--api-budget", "2"];
    env.sync_days(WEEK.0, WEEK.1, &args)
        .assert_exit(5)
        .assert_says("(today 7, which is over the budget of 2, and 5)");
}
