//! Eight loads at a time, where no run is like another: killed at a seeded moment, the run that mends it too.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::io::Errno;

use super::scene::{Scene, Stage};
use super::workers::{WORKERS, ends};
use crate::support::{Action, Dice, Key, is_full, say};

/// Disturbs as many runs as there are seeds, each twice.
pub(super) fn runs(scene: Scene) {
    if std::env::var("GPHOTOS_DL_FAULT").is_ok() {
        return;
    }
    let wanted: Option<u64> = std::env::var("GPHOTOS_DL_SEED")
        .ok()
        .map(|seed| seed.parse().expect("a number"));
    let seeds = match wanted {
        Some(seed) => seed..seed + 1,
        None => 0..if is_full() { 2000 } else { 40 },
    };
    let (next, failures) = (AtomicU64::new(seeds.start), Mutex::new(Vec::new()));
    let (struck, exits) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                let stage = Stage::new(scene);
                let keys = stage.keys(EIGHT);
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if !seeds.contains(&seed) {
                        return;
                    }
                    let mut dice = Dice::new(seed);
                    let faults = [fault(&keys, &mut dice), fault(&keys, &mut dice)];
                    let trial = stage.trial(EIGHT, &faults);
                    struck.fetch_add(trial.struck as u64, Ordering::Relaxed);
                    exits.lock().expect("not poisoned").extend(trial.exits);
                    if wanted.is_some() {
                        say(&trial.output);
                    }
                    if !trial.violations.is_empty() {
                        let text = trial.violations.join("\n  ");
                        let failure = format!("GPHOTOS_DL_SEED={seed} {COMMAND}\n  {text}");
                        failures.lock().expect("not poisoned").push(failure);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("not poisoned");
    say(&format!(
        "PROOF seeded: seeds {seeds:?}, {} faults struck ({}), {} violations",
        struck.into_inner(),
        ends(&exits.into_inner().expect("not poisoned")),
        failures.len()
    ));
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// Mostly death, and sometimes a disk that is full or broken from then on.
fn fault(keys: &[Key], dice: &mut Dice) -> (Key, Action) {
    let actions = [
        Action::Kill,
        Action::Kill,
        Action::Torn,
        Action::Sticky(Errno::NOSPC),
        Action::Once(Errno::IO),
    ];
    let action = dice.pick(&actions).expect("there are some");
    let key = dice.pick(keys).expect("a run makes calls");
    (key.clone(), *action)
}

const EIGHT: &[&str] = &[
    "sync",
    "--since",
    "2024-01-01",
    "--until",
    "2024-12-31",
    "--window",
    "month",
    "--jobs",
    "8",
    "--list-jobs",
    "3",
];
const COMMAND: &str = "cargo test --test it -- sweep::eight --nocapture";
