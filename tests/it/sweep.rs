//! The fault sweep over the real binary: whatever it was about to do to the disk when it was killed, cut short or refused,
//! nothing is lost, and the next run gets to where an undisturbed one would be. What is claimed is in `docs/reliability.md`.
//!
//! Environment: `GPHOTOS_DL_PROOF=full` tries every fault at every call, instead of every call with every kind of fault.
//! `GPHOTOS_DL_FAULT='sync|fsync|downloads/2024/03|1|kill'` tries this fault alone and shows what the runs printed.
//! `GPHOTOS_DL_SEED=7` does the same with one of the seeded runs.

mod deep;
mod escape;
mod faults;
pub(crate) mod import;
mod pick;
mod scene;
mod seeded;
mod whole;
mod workers;
pub(crate) mod world;

use rustix::io::Errno;
pub(crate) use scene::Beside;
use scene::{Scene, Stage};
use workers::sweep;

use crate::support::{Action, Violations, back_to_version_1};

/// One thing after another, so that a run makes the same calls every time.
const IN_ORDER: &[&str] = &[
    "sync",
    "--since",
    "2024-01-01",
    "--until",
    "2024-12-31",
    "--window",
    "year",
    "--no-full-listing",
    "--jobs",
    "1",
    "--list-jobs",
    "1",
];
/// As anybody would.
const AT_EASE: &[&str] = &[
    "sync",
    "--since",
    "2024-01-01",
    "--until",
    "2024-12-31",
    "--window",
    "year",
];

const SYNC: Scene = Scene {
    name: "sync",
    library: world::library,
    prepare: world::somebody_elses_files,
    export: None,
    args: IN_ORDER,
    heals: |_| &[AT_EASE],
    rotten: None,
    within: "",
    is_held: false,
    batch: 8,
    is_sampled: false,
    at_once: |_, _| Violations::new(),
    in_the_end: |_, _| Violations::new(),
};

#[test]
fn a_sync_that_is_disturbed_at_any_call_loses_nothing() {
    sweep(SYNC);
}

#[test]
fn an_index_that_is_brought_back_under_disturbances_costs_no_load() {
    sweep(Scene {
        name: "rebuild",
        library: world::few,
        prepare: world::without_an_index,
        is_held: true,
        ..SYNC
    });
}

#[test]
fn an_index_of_the_first_version_survives_a_disturbed_migration() {
    sweep(Scene {
        name: "migration",
        library: world::few,
        prepare: |env| {
            world::synced(env);
            back_to_version_1(env);
        },
        is_held: true,
        ..SYNC
    });
}

#[test]
fn a_token_is_renewed_whole_or_not_at_all() {
    sweep(Scene {
        name: "refresh",
        library: world::few,
        prepare: world::with_an_old_token,
        within: "credentials",
        is_held: true,
        ..SYNC
    });
}

#[test]
fn a_first_token_is_saved_whole_or_not_at_all() {
    sweep(Scene {
        name: "login",
        library: gphotos_sim::World::new,
        prepare: world::without_a_token,
        args: &["login", "--no-browser"],
        heals: |_| &[&["login", "--no-browser"]],
        ..SYNC
    });
}

#[test]
fn a_repair_that_is_disturbed_keeps_the_damaged_file_until_there_is_a_better_one() {
    sweep(Scene {
        name: "repair",
        library: world::few,
        prepare: world::with_a_rotten_file,
        args: &["verify", "--repair"],
        heals: |_| &[AT_EASE, &["verify", "--repair"], AT_EASE],
        rotten: Some(world::ROTTEN),
        ..SYNC
    });
}

#[test]
fn a_pick_that_is_disturbed_at_any_call_loses_nothing_of_the_selection() {
    sweep(pick::PICK);
}

#[test]
fn an_import_that_is_disturbed_at_any_call_comes_to_the_same_in_the_end() {
    sweep(import::IMPORT);
}

/// What describes it is in another part, which is read to its end all the same.
#[test]
fn a_photo_that_could_not_be_stored_does_not_take_its_description_along() {
    let key = "mkdir|downloads/2024/04|1".parse().expect("a key");
    let trial = Stage::new(import::IMPORT).persist(&key, Action::Once(Errno::PERM));
    assert_eq!((trial.struck, trial.exits), (1, vec![3]));
    assert_eq!(trial.violations, [""; 0], "{}", trial.output);
}

#[test]
fn eight_at_a_time_killed_twice_at_seeded_moments_lose_nothing() {
    seeded::runs(SYNC);
}

#[test]
fn no_call_that_changes_something_escapes() {
    escape::none_does(SYNC);
    escape::none_does(import::IMPORT);
}
