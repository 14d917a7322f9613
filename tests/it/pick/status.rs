//! What `status` says of what was picked, and of what is not finished.

use gphotos_sim::Route;
use serde_json::Value;

use super::{at_the_page, everything, kept, three};
use crate::support::{Signal, signal, until};

#[test]
fn a_selection_that_is_not_finished_is_told_with_the_way_to_go_on() {
    let mut env = at_the_page(three());
    let run = env.spawn(&["pick", "--no-browser"]);
    until("it is remembered", || !kept(&env).is_empty());
    signal(&run, Signal::INT);
    let _ = env.finish(run).assert_exit(130);
    let told = env.run(&["status"]).assert_exit(0).stdout;
    assert!(
        told.contains("Unfinished selections\n  selection 1, begun 20"),
        "{told}"
    );
    assert!(told.contains(": Google keeps it until 20"), "{told}");
    assert!(
        told.contains("`gphotos-dl pick --resume` goes on"),
        "{told}"
    );
    let object = env.run(&["--json", "status"]).assert_exit(0);
    // Its session opens what was selected.
    assert!(!object.stdout.contains(&kept(&env)[0]), "{object}");
    let told = object.json()["unfinished_selections"][0].clone();
    assert!(told["begun"].is_string() && told["expires"].is_string());
    let later = env.in_hours(24 * 8).run(&["status"]).assert_exit(0).stdout;
    assert!(later.contains(": expired on 20"), "{later}");
    // `status` asks nobody.
    env.google.reset_stats();
    let _ = env.run(&["status"]);
    assert_eq!(env.google.stats().count(Route::GetSession), 0);
}

#[test]
fn where_all_is_finished_nothing_is_said() {
    let env = everything(three());
    env.run(&["pick", "--no-browser"]).assert_exit(0);
    let told = env.run(&["status"]).assert_exit(0).stdout;
    assert!(!told.contains("selection"), "{told}");
    let told = env.run(&["--json", "status"]).assert_exit(0).json();
    assert_eq!(told["unfinished_selections"], Value::Array(Vec::new()));
}

#[test]
fn items_without_a_file_of_their_own_are_told_as_what_they_are() {
    let env = everything(three());
    env.sign_in();
    env.sync(&[]).assert_exit(0);
    env.run(&["pick", "--no-browser"]).assert_exit(0);
    let told = env.run(&["status"]).assert_exit(0).stdout;
    let line = |start: &str| {
        let line = told.lines().find(|line| line.contains(start));
        line.expect("a line")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        line("picker   photo"),
        "2024 picker photo 2 items 0 files 0 B · 2 in files of other items"
    );
    assert_eq!(
        line("picker   video"),
        "2024 picker video 1 item 0 files 0 B · 1 in files of other items"
    );
    assert!(line("library  video").starts_with("2024 library video 1 item 1 file "));
    let told = env.run(&["--json", "status"]).assert_exit(0).json();
    assert_eq!(told["total"]["shared"], 3);
}
