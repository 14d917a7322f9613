//! One night: a run, and what goes wrong with it.

use std::path::PathBuf;

use gphotos_sim::{Fault, FaultKind};
use rustix::io::Errno;
use tempfile::TempDir;

use crate::soak::gauge::{self, Peak};
use crate::support::{Action, CommandOutput, Dice, Key, Shim, TestEnv, keys};

/// What goes wrong.
#[derive(Debug)]
pub(super) enum Trouble {
    Nothing,
    /// A call that was made the night before.
    Disk(Key, Action),
    /// Answers of Google's.
    Google(Vec<Fault>),
    /// So many calls, or so many photos, are allowed on this day.
    Calls(u64),
    Loads(u64),
}

/// One run of the program.
pub(super) struct Night {
    pub(super) trouble: Trouble,
    /// Every change that the run made to the disk.
    keys: Vec<Key>,
    notes: TempDir,
}

/// How a night went.
pub(super) struct Morning {
    pub(super) output: CommandOutput,
    pub(super) peak: Peak,
    /// What was to go wrong did.
    pub(super) has_struck: bool,
}

impl Night {
    /// A night on which nothing goes wrong.
    pub(super) fn quiet() -> Self {
        Self::with(Trouble::Nothing)
    }

    /// The night after `last`: what goes wrong is up to the dice.
    pub(super) fn after(last: &Self, dice: &mut Dice) -> Self {
        Self::with(match dice.below(10) {
            0 => Trouble::Nothing,
            1..=5 => at_disk(last, dice).unwrap_or(Trouble::Nothing),
            6..=7 => Trouble::Google((0..=dice.below(4)).map(|_| at_google(dice)).collect()),
            8 => Trouble::Calls(dice.below(25) as u64),
            _ => Trouble::Loads(dice.below(4) as u64),
        })
    }

    fn with(trouble: Trouble) -> Self {
        Self {
            trouble,
            keys: Vec::new(),
            notes: tempfile::tempdir().expect("a folder"),
        }
    }

    /// Runs the program once. Fails if it does not come to an end.
    pub(super) fn run(&mut self, env: &TestEnv, when: &str) -> Morning {
        let (record, mark) = (self.note("record"), self.note("mark"));
        let mut shim = Shim::on(env.root()).record(&record).mark(&mark);
        let quota = env.google.world(|world| {
            let usual = (world.quota.api_per_day, world.quota.media_per_day);
            match &self.trouble {
                Trouble::Google(faults) => world.faults.clone_from(faults),
                Trouble::Calls(calls) => world.quota.api_per_day = Some(*calls),
                Trouble::Loads(loads) => world.quota.media_per_day = Some(*loads),
                Trouble::Nothing | Trouble::Disk(..) => {}
            }
            usual
        });
        if let Trouble::Disk(key, action) = &self.trouble {
            shim = shim.fault(key, *action);
        }
        env.google.reset_stats();
        let mut command = env.command(SYNC);
        let mut run = shim
            .apply(&mut command)
            .spawn()
            .expect("the program starts");
        let (peak, has_ended) = gauge::watch(&mut run);
        let output = env.finish(run);
        assert!(has_ended, "{when}: the run did not end\n{output}");
        let stats = env.google.stats();
        env.google.world(|world| {
            world.faults.clear();
            (world.quota.api_per_day, world.quota.media_per_day) = quota;
        });
        if record.exists() {
            self.keys = keys(&record);
            // In an order that does not depend on what came first: the seed decides.
            self.keys.sort();
        }
        let has_struck = match self.trouble {
            Trouble::Nothing => false,
            Trouble::Disk(..) => mark.exists(),
            Trouble::Google(_) => stats.faults > 0,
            Trouble::Calls(_) | Trouble::Loads(_) => {
                stats.requests.keys().any(|(_, status)| *status == 429)
            }
        };
        Morning {
            output,
            peak,
            has_struck,
        }
    }

    fn note(&self, name: &str) -> PathBuf {
        self.notes.path().join(name)
    }
}

/// One thing after the other, so that a seed tells the same story every time.
const SYNC: &[&str] = &[
    "sync",
    "--since",
    "2008-01-01",
    "--window",
    "year",
    "--jobs",
    "1",
    "--list-jobs",
    "1",
];

/// A death or an error at one of last night's calls. Photos have other names every night: any will do.
fn at_disk(last: &Night, dice: &mut Dice) -> Option<Trouble> {
    let key = dice.pick(&last.keys)?;
    let is_photo = key.path.starts_with("downloads/2") || key.path.contains("/tmp/");
    let path = if is_photo { "*" } else { &key.path };
    let errors = [
        Errno::NOSPC,
        Errno::IO,
        Errno::DQUOT,
        Errno::ROFS,
        Errno::MFILE,
    ];
    let error = *dice.pick(&errors)?;
    let action = match dice.below(6) {
        0 | 1 => Action::Kill,
        2 => Action::Torn,
        3 => Action::Sticky(error),
        _ => Action::Once(error),
    };
    Some(Trouble::Disk(
        Key::new(&key.call, path, key.ordinal),
        action,
    ))
}

fn at_google(dice: &mut Dice) -> Fault {
    let bytes = dice.below(3000);
    let kinds = [
        FaultKind::status(500),
        FaultKind::status(503),
        FaultKind::MinuteQuota,
        FaultKind::DailyQuota,
        FaultKind::UrlExpired,
        FaultKind::HtmlOk,
        FaultKind::EmptyOk,
        FaultKind::ResetBeforeHeaders,
        FaultKind::ResetAfter { bytes },
        FaultKind::CloseAfter { bytes },
    ];
    let paths = ["/v1/mediaItems", "/lr/", ""];
    let kind = dice.pick(&kinds).cloned().unwrap_or(FaultKind::EmptyOk);
    let fault = Fault::new(kind).path(dice.pick(&paths).unwrap_or(&""));
    let nth = u32::try_from(dice.below(8) + 1).unwrap_or(1);
    fault
        .nth(nth)
        .times(u32::try_from(dice.below(12) + 1).unwrap_or(1))
}
