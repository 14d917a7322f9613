//! Two months of nights: every night a run, nearly every night something goes wrong, and by day the library and the files
//! change.
//!
//! At the end nothing is missing, nothing of the user's was touched, and a run needs no more than it did at the start.
//! `GPHOTOS_DL_SOAK_SEED=N` repeats what a failure has printed; `GPHOTOS_DL_PROOF=full` lives through a year.

mod gauge;
mod life;
mod night;

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use gphotos_sim::Route;

use crate::soak::gauge::Peak;
use crate::soak::life::{Life, library};
use crate::soak::night::{Morning, Night};
use crate::support::{
    Checker, Dice, Held, Snapshot, TestEnv, Violations, assert_clean, is_full, say,
};

/// What a run needed, and how much there was by then.
#[derive(Clone, Copy)]
struct Need {
    peak: Peak,
    /// Bytes of the index, its log and copies included.
    index: u64,
    items: u64,
}

#[test]
fn after_months_of_bad_nights_all_is_there_and_nothing_has_grown() {
    let seed =
        std::env::var("GPHOTOS_DL_SOAK_SEED").map_or(60, |seed| seed.parse().expect("a number"));
    let nights: u32 = if is_full() { 365 } else { 60 };
    say(&format!(
        "soak: {nights} nights, GPHOTOS_DL_SOAK_SEED={seed}"
    ));
    let mut env = TestEnv::signed_in(library());
    let mut checker = Checker::new(env.root(), &env.google);
    let (mut life, mut dice) = (Life::default(), Dice::new(seed));
    let (mut needs, mut struck, mut last) = (Vec::new(), 0, Night::quiet());
    for number in 1..=nights {
        let now = tomorrow(&mut env, number);
        if number > 1 {
            life.day(&env, &mut dice, now);
            last = Night::after(&last, &mut dice);
        }
        life.tell(&env, &mut checker);
        let when = format!(
            "GPHOTOS_DL_SOAK_SEED={seed}, night {number}, {:?}",
            last.trouble
        );
        let Morning {
            output,
            peak,
            has_struck,
        } = last.run(&env, &when);
        struck += usize::from(has_struck);
        let mut wrong = life.without_known(checker.after_fault(output.exit));
        wrong.extend(checker.of_output(&output.to_string()));
        assert_clean(&wrong, &format!("{when}\n{output}"));
        checker.remember();
        needs.push(need(&env, peak));
    }
    tomorrow(&mut env, nights + 1);
    let wrong = end(&env, &mut checker, &life);
    assert_clean(&wrong, &format!("GPHOTOS_DL_SOAK_SEED={seed}, at the end"));
    let grown = growth(&needs);
    say(&format!(
        "PROOF soak: {nights} nights, {struck} with a fault that struck, {} items, {} files of the user's own, 0 violations; {grown}",
        needs.last().map_or(0, |need| need.items),
        life.own.len(),
    ));
}

/// A day later, for the program and for Google.
fn tomorrow(env: &mut TestEnv, number: u32) -> DateTime<Utc> {
    env.google.advance(Duration::from_hours(24));
    env.in_hours(24 * i64::from(number));
    env.google.now()
}

/// Two quiet nights and one without an index: what was lost is back, then nothing changes any more.
fn end(env: &TestEnv, checker: &mut Checker, life: &Life) -> Violations {
    let mut wrong = Violations::new();
    let quiet = |when| Night::quiet().run(env, when).output.exit;
    let exit = quiet("after it all");
    wrong.extend(life.without_known(checker.after_clean_run(exit)));
    let before = Snapshot::of(env.root());
    quiet("with nothing to do");
    wrong.extend(checker.after_idle_run(&before, loads(env)));
    let held = Held::read(env.root()).expect("an index");
    std::fs::remove_dir_all(env.path("downloads/.gphotos-dl")).expect("removed");
    quiet("without an index");
    let of_edited =
        |(id, by_suffix): (&String, &_)| (!life.edited.contains(id)).then(|| sum(by_suffix));
    let of_others = env.google.stats().bytes.iter().filter_map(of_edited).sum();
    wrong.extend(checker.after_rebuild(&held, of_others));
    wrong
}

fn sum(by_suffix: &BTreeMap<String, u64>) -> u64 {
    by_suffix.values().sum()
}

fn loads(env: &TestEnv) -> u64 {
    env.google.stats().count(Route::Bytes)
}

fn need(env: &TestEnv, peak: Peak) -> Need {
    let folder = env.path("downloads/.gphotos-dl/index");
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| entry.metadata().map_or(0, |about| about.len()));
    Need {
        peak,
        index: sizes.sum(),
        items: env.google.world(|world| world.items.len() as u64),
    }
}

/// Fails when the last third of the nights needed more than the first third, by more than a generous margin. The margins are
/// for chance: a run's memory varies by a few MiB with what it has to do.
fn growth(needs: &[Need]) -> String {
    let third = needs.len() / 3;
    let (early, late) = (&needs[..third], &needs[needs.len() - third..]);
    let most = |needs: &[Need], of: fn(&Need) -> u64| needs.iter().map(of).max().unwrap_or(0);
    let memory = |need: &Need| need.peak.memory;
    let descriptors = |need: &Need| need.peak.descriptors as u64;
    let per_item = |need: &Need| need.index / need.items.max(1);
    let of = |of: fn(&Need) -> u64| (most(early, of), most(late, of));
    let (memory, descriptors, per_item) = (of(memory), of(descriptors), of(per_item));
    let text = format!(
        "most in the first and in the last {third} nights: memory {} and {} KiB, descriptors {} and {}, index {} and {} bytes an item",
        memory.0, memory.1, descriptors.0, descriptors.1, per_item.0, per_item.1
    );
    assert!(memory.1 <= memory.0 + (16 << 10), "{text}");
    assert!(descriptors.1 <= descriptors.0 + 8, "{text}");
    assert!(per_item.1 <= per_item.0 * 2, "{text}");
    text
}
