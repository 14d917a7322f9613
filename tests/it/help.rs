//! What the program says about itself, and about the mistakes that people make most. Whoever changes a word of it sees
//! here what the person will see.

mod checks;
mod texts;

use gphotos_sim::World;

use crate::support::{CommandOutput, TestEnv};

/// The whole output, without the blanks that end a line.
fn shown(output: &CommandOutput) -> String {
    let lines: Vec<_> = output
        .to_string()
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    lines.join("\n")
}

fn shown_for(args: &[&str]) -> String {
    shown(&TestEnv::new(World::new()).run(args))
}

#[test]
fn help_needs_no_root_and_no_client() {
    let mut env = TestEnv::new(World::new());
    env.set("GPHOTOS_DL_ROOT", "/nonexistent");
    for args in [
        ["--help"].as_slice(),
        &["sync", "--help"],
        &["help", "sync"],
        &["-h"],
    ] {
        let output = env.run(args).assert_exit(0);
        assert!(output.stdout.contains("Usage: gphotos-dl"), "{output}");
        assert_eq!(output.stderr, "");
    }
    let output = env.run(&["--version"]).assert_exit(0);
    assert_eq!(
        output.stdout,
        concat!("gphotos-dl ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn without_a_command_the_help_is_shown_as_wrong_usage() {
    let output = TestEnv::new(World::new()).run(&[]).assert_exit(2);
    assert_eq!(output.stdout, "");
    assert!(output.stderr.contains("Usage: gphotos-dl"), "{output}");
}

#[test]
fn no_line_of_help_is_wider_than_a_hundred_columns() {
    for args in [
        ["--help"].as_slice(),
        &["login", "--help"],
        &["pick", "--help"],
        &["sync", "--help"],
        &["import", "--help"],
        &["verify", "--help"],
        &["status", "--help"],
    ] {
        let output = TestEnv::new(World::new()).run(args).assert_exit(0);
        let too_wide = output
            .stdout
            .lines()
            .find(|line| line.chars().count() > 100);
        assert_eq!(too_wide, None);
    }
}

#[test]
fn every_line_of_the_table_of_exit_codes_starts_with_one() {
    let output = TestEnv::new(World::new()).run(&["--help"]).assert_exit(0);
    let (_, table) = output
        .stdout
        .split_once(
            "Exit codes:
",
        )
        .expect("a table");
    for line in table.lines() {
        let is_code = line
            .trim_start()
            .starts_with(|char: char| char.is_ascii_digit());
        assert!(
            is_code,
            "a row was broken:
{table}"
        );
    }
}

#[test]
fn a_mistyped_command() {
    insta::assert_snapshot!(shown_for(&["snyc", "--since", "2024-01-01"]), @r#"
    ------- stderr -------
    error: unrecognized subcommand 'snyc'

      tip: a similar subcommand exists: 'sync'

    Usage: gphotos-dl [OPTIONS] <COMMAND>

    For more information, try '--help'.
    [exit status: 2]
    "#);
}

#[test]
fn login_without_a_client() {
    let env = TestEnv::new(World::new());
    std::fs::remove_file(env.path("credentials/client_secret.json")).expect("removed");
    insta::assert_snapshot!(shown(&env.run(&["login"])), @r#"
    ------- stderr -------
    error: could not use the OAuth client in $ROOT/credentials/client_secret.json: there is no such file
    hint: download the OAuth client (type "Desktop app") from the Google Cloud console and save it as $ROOT/credentials/client_secret.json; the README shows each step. Without an account: `gphotos-dl demo`
    [exit status: 1]
    "#);
}

#[test]
fn logout_with_a_word_too_many() {
    insta::assert_snapshot!(shown_for(&["logout", "now"]), @r#"
    ------- stderr -------
    error: unexpected argument 'now' found

    Usage: gphotos-dl logout [OPTIONS]

    For more information, try '--help'.
    [exit status: 2]
    "#);
}

#[test]
fn sync_without_a_first_day() {
    insta::assert_snapshot!(shown_for(&["sync"]), @r#"
    ------- stderr -------
    error: the following required arguments were not provided:
      --since <YYYY-MM-DD>

    Usage: gphotos-dl sync --since <YYYY-MM-DD> --root <DIR>

    For more information, try '--help'.
    [exit status: 2]
    "#);
}

#[test]
fn sync_with_a_date_as_it_is_written_elsewhere() {
    insta::assert_snapshot!(shown_for(&["sync", "--since", "24.12.2023"]), @r#"
    ------- stderr -------
    error: invalid value '24.12.2023' for '--since <YYYY-MM-DD>': a day is written YYYY-MM-DD, for example 2021-01-01

    For more information, try '--help'.
    [exit status: 2]
    "#);
}

#[test]
fn sync_before_login() {
    insta::assert_snapshot!(shown_for(&["sync", "--since", "2024-01-01"]), @r#"
    ------- stderr -------
    error: not signed in: there is no $ROOT/credentials/token_library.json
    hint: run `gphotos-dl login`
    [exit status: 4]
    "#);
}

#[test]
#[cfg(feature = "demo")]
fn demo_in_the_folder_of_a_real_archive() {
    let env = TestEnv::new(World::new());
    let google = r#"{"installed":{"client_id":"x"}}"#;
    std::fs::write(env.path("credentials/client_secret.json"), google).expect("written");
    insta::assert_snapshot!(shown(&env.run(&["--root", ".", "demo"])), @r#"
    ------- stderr -------
    error: $ROOT holds an archive, or credentials, that are not the demo's
    hint: give the demo a folder of its own: `gphotos-dl --root /tmp/demo demo`
    [exit status: 2]
    "#);
}
