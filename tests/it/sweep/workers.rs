//! Trying many faults, several at a time, and saying what came of it.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::faults::{self, Effort};
use super::scene::{Scene, Stage};
use crate::support::{Action, Key, is_full, say};

/// Tries every fault of this scene, and fails with a list of what they have broken.
pub(super) fn sweep(scene: Scene) {
    let keys = Stage::new(scene).keys(scene.args);
    let known: BTreeSet<_> = keys.iter().collect();
    assert_eq!(known.len(), keys.len(), "every call has a key of its own");
    if let Ok(wanted) = std::env::var("GPHOTOS_DL_FAULT") {
        return one(scene, &wanted);
    }
    let effort = match (is_full(), scene.is_sampled) {
        (true, _) => Effort::Everything,
        (false, true) => Effort::Sample,
        (false, false) => Effort::Quick,
    };
    let jobs: Vec<(Key, Action)> = keys
        .iter()
        .enumerate()
        .flat_map(|(turn, key)| {
            let actions = faults::at(key, turn, effort).into_iter();
            actions.map(move |action| (key.clone(), action))
        })
        .collect();
    let started = Instant::now();
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let (struck, exits) = (Mutex::new(BTreeSet::new()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                let stage = Stage::new(scene);
                while let Some((key, action)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let trial = stage.persist(key, *action);
                    if trial.struck > 0 {
                        struck.lock().expect("not poisoned").insert(key);
                    }
                    exits.lock().expect("not poisoned").extend(trial.exits);
                    if !trial.violations.is_empty() {
                        let text = trial.violations.join("\n  ");
                        let fault = format!("{}|{key}|{action}", scene.name);
                        let failure = format!("GPHOTOS_DL_FAULT='{fault}' {COMMAND}\n  {text}");
                        failures.lock().expect("not poisoned").push(failure);
                    }
                }
            });
        }
    });
    let (failures, struck) = (
        failures.into_inner().expect("not poisoned"),
        struck.into_inner().expect("not poisoned"),
    );
    say(&format!(
        "PROOF {}: {} calls swept, {} faults tried ({}), {} violations, {} s",
        scene.name,
        struck.len(),
        jobs.len(),
        ends(&exits.into_inner().expect("not poisoned")),
        failures.len(),
        started.elapsed().as_secs()
    ));
    let tried: BTreeSet<_> = jobs.iter().map(|(key, _)| key).collect();
    let missed: Vec<_> = tried.difference(&struck).collect();
    assert!(missed.is_empty(), "never reached: {missed:#?}");
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// How runs ended, in words: a fault that nothing notices is no test.
pub(super) fn ends(exits: &[i32]) -> String {
    let killed = exits.iter().filter(|exit| **exit == 137).count();
    let borne = exits.iter().filter(|exit| **exit == 0).count();
    let failed = exits.len() - killed - borne;
    format!("{killed} runs killed, {failed} failed, {borne} unharmed")
}

/// The fault that somebody wants to see.
fn one(scene: Scene, wanted: &str) {
    let mine = wanted
        .split_once('|')
        .filter(|(name, _)| *name == scene.name);
    let Some((key, action)) = mine.and_then(|(_, fault)| fault.rsplit_once('|')) else {
        return say(&format!("{}: not asked for", scene.name));
    };
    let (key, action) = (
        key.parse().expect("call|path|ordinal"),
        action.parse().expect("an action"),
    );
    let trial = Stage::new(scene).persist(&key, action);
    say(&trial.output);
    assert!(trial.struck > 0, "never reached");
    assert!(
        trial.violations.is_empty(),
        "{}",
        trial.violations.join("\n  ")
    );
}

/// As many as the smallest machine that this runs on has cores.
pub(super) const WORKERS: usize = 2;
const COMMAND: &str = "cargo test --test it -- sweep:: --nocapture";
