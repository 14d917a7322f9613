//! Power cuts: at every call of a sync, the disk keeps what was synced and forgets the rest.
//!
//! The disk is an ext4 image behind a loop device, and the cut is ext4's own shutdown without flushing its log, followed by
//! death. It loses what is not synced, in order; it does not reorder. Where loop devices or root are missing, this is
//! skipped, aloud. `GPHOTOS_DL_PROOF=full` cuts at every call; otherwise at every call of every kind at least once.

pub(crate) mod stage;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::power::stage::{Scene, Stage};
use crate::support::{Action, Key, is_full, no_disks, say, skipped};
use crate::sweep::{import, world};

#[test]
fn what_a_power_cut_leaves_is_whole_and_the_next_run_completes_it() {
    cut_everywhere("one disk", scene(&ONE), 8);
}

#[test]
fn a_power_cut_takes_the_same_from_files_and_from_an_index_on_another_disk() {
    cut_everywhere("index on another disk", scene(&["", INDEX]), 16);
}

#[test]
fn a_power_cut_takes_the_same_from_files_lists_and_index_on_three_disks() {
    cut_everywhere("three disks", scene(&APART), 16);
}

#[test]
fn a_power_cut_takes_nothing_of_an_import_that_the_next_one_does_not_bring() {
    cut_everywhere("import", IMPORT, 16);
}

pub(crate) const ONE: [&str; 1] = [""];
const INDEX: &str = "downloads/.gphotos-dl/index";
pub(crate) const APART: [&str; 3] = ["", "downloads", INDEX];

/// Without `GPHOTOS_DL_PROOF=full`, only every `stride`th call: all together take about a minute on two cores.
fn cut_everywhere(name: &str, scene: Scene, stride: usize) {
    if let Some(why) = no_disks() {
        return skipped(&format!("power cuts: {why}"));
    }
    let started = Instant::now();
    let keys = Stage::new(scene).keys();
    let wanted = std::env::var("GPHOTOS_DL_FAULT").ok();
    let is_quick = wanted.is_none() && !is_full();
    let stride = if is_quick { stride } else { 1 };
    let mut cuts = cuts(&keys, stride);
    if let Some(wanted) = wanted {
        cuts.retain(|(key, action)| wanted == format!("power, {name}|{key}|{action}"));
    }
    let (next, failures, missed) = (
        AtomicUsize::new(0),
        Mutex::new(Vec::new()),
        Mutex::new(Vec::new()),
    );
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let stage = Stage::new(scene);
                while let Some((key, action)) = cuts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let trial = stage.trial(key, *action);
                    if !trial.struck {
                        missed.lock().expect("not poisoned").push(key.to_string());
                    }
                    if !trial.violations.is_empty() {
                        let what = format!(
                            "GPHOTOS_DL_FAULT='power, {name}|{key}|{action}':\n  {}\n{}",
                            trial.violations.join("\n  "),
                            trial.output
                        );
                        failures.lock().expect("not poisoned").push(what);
                    }
                }
            });
        }
    });
    let (failures, missed) = (
        failures.into_inner().expect("not poisoned"),
        missed.into_inner().expect("not poisoned"),
    );
    say(&format!(
        "PROOF power, {name}: {} calls, every {stride}th and each kind, {} cuts tried, {} violations, {} s",
        keys.len(),
        cuts.len(),
        failures.len(),
        started.elapsed().as_secs()
    ));
    assert!(missed.is_empty(), "never reached: {missed:#?}");
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

pub(crate) fn scene(disks: &'static [&'static str]) -> Scene {
    Scene {
        disks,
        library: world::library,
        prepare: world::somebody_elses_files,
        export: None,
        args: SYNC,
    }
}

/// An export of three parts, into an archive whose lists, files and index are on three disks.
const IMPORT: Scene = Scene {
    disks: &APART,
    library: gphotos_sim::World::new,
    prepare: world::somebody_elses_files,
    export: Some((import::export, import::write)),
    args: &[
        "import",
        "--time-zone",
        "UTC",
        "--min-free",
        "0",
        "../beside",
    ],
};

/// Before every `stride`th call, and before the first of each kind in each folder; in the middle of every `stride`th write.
fn cuts(keys: &[Key], stride: usize) -> Vec<(Key, Action)> {
    let mut kinds = BTreeSet::new();
    let mut cuts = Vec::new();
    for (turn, key) in keys.iter().enumerate() {
        let kind = (
            key.call.as_str(),
            key.path.rsplit_once('/').map_or("", |(folder, _)| folder),
        );
        let is_first = kinds.insert(kind);
        if is_first || turn % stride == 0 {
            cuts.push((key.clone(), Action::Power));
        }
        let is_write = ["write", "pwrite", "writev"].contains(&key.call.as_str());
        if is_write && (is_first || turn % stride == stride / 2) {
            cuts.push((key.clone(), Action::TornPower));
        }
    }
    cuts
}

const SYNC: &[&str] = &[
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
    "--min-free",
    "0",
];
