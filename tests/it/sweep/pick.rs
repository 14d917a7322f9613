//! The selection that is swept over: seven items on two pages, fetched one after the other.

use std::fs;
use std::path::Path;

use gphotos_sim::{Pick, Route, Rule, World, zoo};
use serde_json::Value;

use super::scene::{Heals, Scene, Stage};
use super::world;
use crate::support::{Checker, TestEnv, Violations};

pub(super) const PICK: Scene = Scene {
    name: "pick",
    library,
    prepare,
    args: ANEW,
    heals,
    batch: 3,
    is_sampled: true,
    at_once: given_up_only_when_all_is_here,
    in_the_end: nothing_is_left_at_google,
    ..super::SYNC
};

/// Equal bytes, names that clash with each other and with somebody else's file, a film.
fn library() -> World {
    let day = "2024-03-09".parse().expect("a day");
    World::new()
        .photo("taken.jpg", "2024-03-01T12:00:00Z")
        .photo("later.jpg", "2024-05-01T12:00:00Z")
        .video("VID_0001.mp4", "2024-03-02T12:00:00Z")
        .with_items(zoo::same_name(day).into_iter().take(2).collect())
        .with_items(zoo::equal_bytes(day))
        .person_picks(Pick::Everything, 1)
        .with(|world| {
            world.picker.short_pages = Some(4);
            // The clients' waits are a thousandth, and the manners of polling with them.
            world.picker.waits = 0.001;
        })
}

fn prepare(env: &TestEnv) {
    world::somebody_elses_files(env);
    env.sign_in_to_pick();
}

/// Goes on with the selection that is remembered; without one, everything is selected once more.
fn heals(root: &Path) -> Heals {
    if remembers(root) {
        &[&["pick", "--resume", "--no-browser"]]
    } else {
        &[ANEW]
    }
}

/// Whether there is a selection to go on with. A list that was emptied and not yet removed holds none.
fn remembers(root: &Path) -> bool {
    let Ok(text) = fs::read(root.join("credentials/picker_sessions.json")) else {
        return false;
    };
    let list: Value = serde_json::from_slice(&text).expect("whole or not there");
    list["sessions"]
        .as_array()
        .is_none_or(|all| !all.is_empty())
}

/// What Google no longer keeps must be on this disk.
fn given_up_only_when_all_is_here(stage: &Stage, checker: &Checker) -> Violations {
    let stats = stage.env.google.stats();
    if stats.count_with(Route::DeleteSession, 200) == 0 {
        return Violations::new();
    }
    let lost = checker.lost().into_iter();
    lost.map(|lost| format!("I5: the selection was given up without {lost}"))
        .collect()
}

/// A selection that was asked about was remembered before, so that somebody could give it up.
fn nothing_is_left_at_google(stage: &Stage, root: &Path) -> Violations {
    let google = &stage.env.google;
    let sessions = google.sessions().into_iter();
    let mut wrong: Violations = sessions
        .filter(|session| session.polls > 0 && !session.deleted)
        .map(|session| format!("I9: the selection {} is left at Google", session.id))
        .collect();
    if remembers(root) {
        wrong.push("I9: a selection is still remembered".to_owned());
    }
    // Killed while Google's answer was on its way, nobody knows whether the selection was given up.
    let broken = google.broken_rules().into_iter().filter(|broken| {
        broken.rule != Rule::UsedAfterDelete || !broken.request.starts_with("DELETE ")
    });
    wrong.extend(broken.map(|broken| format!("against Google's rules: {broken:?}")));
    wrong
}

const ANEW: &[&str] = &["pick", "--no-browser", "--jobs", "1"];
