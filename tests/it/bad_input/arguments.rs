//! Flags and variables that make no sense. All of it is found before anything is done.

use gphotos_sim::World;

use super::{assert_refused, assert_untouched};
use crate::support::TestEnv;

#[test]
fn flags_that_make_no_sense_are_wrong_usage() {
    let env = TestEnv::signed_in(World::new());
    let since = ["sync", "--since", "2024-01-01"];
    for (args, names) in [
        (["sync"].as_slice(), ["--since", ""]),
        (&["sync", "--since"], ["--since", ""]),
        (&["sync", "--since", "yesterday"], ["--since", "yesterday"]),
        (&["sync", "--since", ""], ["--since", ""]),
        (
            &["sync", "--since", "2024-13-01"],
            ["--since", "2024-13-01"],
        ),
        (
            &["sync", "--since", "01.02.2024"],
            ["--since", "01.02.2024"],
        ),
        (&["sync", "--since", "24-01-01"], ["--since", "24-01-01"]),
        (
            &["sync", "--since", "2023-02-29"],
            ["--since", "2023-02-29"],
        ),
        (
            &["sync", "--since", "1900-02-29"],
            ["--since", "1900-02-29"],
        ),
        (
            &["sync", "--since", "9999-01-01"],
            ["--since", "9999-01-01"],
        ),
        (
            &["sync", "--since", "2024-03-02", "--until", "2024-03-01"],
            ["2024-03-02", "--until 2024-03-01"],
        ),
        (
            &[&since[..], &["--until", "soon"]].concat(),
            ["--until", "soon"],
        ),
        (
            &[&since[..], &["--window", "week"]].concat(),
            ["--window", "week"],
        ),
        (&[&since[..], &["--jobs", "0"]].concat(), ["--jobs", "0"]),
        (&[&since[..], &["--jobs", "65"]].concat(), ["--jobs", "65"]),
        (
            &[&since[..], &["--jobs", "many"]].concat(),
            ["--jobs", "many"],
        ),
        (
            &[&since[..], &["--list-jobs", "0"]].concat(),
            ["--list-jobs", "0"],
        ),
        (
            &[&since[..], &["--api-budget", "0"]].concat(),
            ["--api-budget", "0"],
        ),
        (
            &[&since[..], &["--api-budget", "10001"]].concat(),
            ["--api-budget", "10001"],
        ),
        (
            &[&since[..], &["--min-free", "lots"]].concat(),
            ["--min-free", "lots"],
        ),
        (
            &[&since[..], &["--layout", "{year}/{planet}"]].concat(),
            ["--layout", "planet"],
        ),
        (
            &[&since[..], &["--layout", "../{filename}"]].concat(),
            ["--layout", ".."],
        ),
        (
            &[&since[..], &["--layout", "/{filename}"]].concat(),
            ["--layout", ""],
        ),
        (&[&since[..], &["--layout", ""]].concat(), ["--layout", ""]),
        (
            &[&since[..], &["--time-zone", "Mars/Olympus"]].concat(),
            ["--time-zone", "Mars/Olympus"],
        ),
        (
            &[&since[..], &["--verbose", "--quiet"]].concat(),
            ["--verbose", "--quiet"],
        ),
        (&["login", "--port", "0"], ["--port", "0"]),
        (&["login", "--port", "65536"], ["--port", "65536"]),
        (&["login", "--timeout", "0"], ["--timeout", "0"]),
        (&["snyc", "--since", "2024-01-01"], ["snyc", "sync"]),
    ] {
        let output = env.run(args);
        assert!(output.exit == 2, "{args:?}:\n{output}");
        assert_refused(output, 2, &names);
    }
    assert_untouched(&env);
    assert!(env.archive().lists.is_empty(), "something was begun");
}

#[test]
fn the_leap_day_of_a_leap_year_is_a_day() {
    let env = TestEnv::signed_in(World::new().photo("IMG_1.jpg", "2024-02-29T12:00:00Z"));
    let day = "2024-02-29";
    env.run(&["sync", "--since", day, "--until", day])
        .assert_exit(0);
    assert_eq!(env.archive().files.len(), 1);
}

#[test]
fn a_first_day_that_has_not_come_anywhere_is_refused() {
    let env = TestEnv::signed_in(World::new());
    let day = |days: i64| {
        let day = env.google.now().date_naive() + chrono::TimeDelta::days(days);
        day.to_string()
    };
    assert_refused(
        env.run(&["sync", "--since", &day(2)]),
        2,
        &["--since", &day(2), "future", "hint:"],
    );
    assert_untouched(&env);
    env.run(&["sync", "--since", &day(0)]).assert_exit(0);
}

#[test]
fn an_existing_archive_keeps_its_layout_and_time_zone() {
    let env = TestEnv::signed_in(World::new().photo("IMG_1.jpg", "2024-02-29T23:30:00Z"));
    env.sync(&["--time-zone", "Europe/Berlin"]).assert_exit(0);
    let before = env.archive();
    env.google.reset_stats();
    for (flag, other, own) in [
        ("--layout", "flat", "{year}/{month}/{filename}"),
        ("--layout", "{year}/{filename}", "{year}/{month}/{filename}"),
        ("--time-zone", "America/New_York", "Europe/Berlin"),
        ("--time-zone", "UTC", "Europe/Berlin"),
    ] {
        for dry_run in [&[][..], &["--dry-run"]] {
            let output = env.sync(&[&[flag, other], dry_run].concat());
            assert_refused(output, 2, &[flag, own, "hint:"]);
        }
    }
    assert_untouched(&env);
    let after = env.archive();
    assert_eq!(before.files, after.files);
    assert_eq!(before.lists, after.lists);
    // Saying the same again is no contradiction.
    env.sync(&[
        "--time-zone",
        "Europe/Berlin",
        "--layout",
        "{year}/{month}/{filename}",
    ])
    .assert_exit(0);
}

#[test]
fn tokens_go_to_google_or_to_this_machine_whatever_the_variable_says() {
    let mut env = TestEnv::signed_in(World::new());
    for address in [
        "http://example.com",
        "http://10.0.0.1:8080",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1@evil.example",
        "http://0.0.0.0:80",
        "ftp://127.0.0.1",
        "127.0.0.1:8080",
        "",
    ] {
        env.set("GPHOTOS_DL_LIBRARY_ENDPOINT", address);
        let output = env.sync(&[]);
        assert!(output.exit == 2, "{address}:\n{output}");
        assert_refused(output, 2, &["GPHOTOS_DL_LIBRARY_ENDPOINT"]);
    }
    assert_untouched(&env);
}

#[test]
fn test_variables_that_make_no_sense_are_named() {
    for (name, value) in [
        ("GPHOTOS_DL_TEST_CLOCK", "tomorrow"),
        ("GPHOTOS_DL_TEST_CLOCK", "waits=2"),
        ("GPHOTOS_DL_TEST_CLOCK", "offset=9223372036854775807"),
        ("GPHOTOS_DL_IDLE_TIMEOUT", "0"),
        ("GPHOTOS_DL_IDLE_TIMEOUT", "a minute"),
        ("GPHOTOS_DL_API_TIMEOUT", "3601"),
    ] {
        let mut env = TestEnv::signed_in(World::new());
        env.set(name, value);
        let output = env.sync(&[]);
        assert!(output.exit == 2, "{name}={value}:\n{output}");
        assert_refused(output, 2, &[name]);
    }
}
