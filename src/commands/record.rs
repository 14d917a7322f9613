//! What the archive remembers of a command: how it ended, why, and what it came to.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use crate::archive::history::{self, Ended};
use crate::commands::Context;
use crate::error::{Error, Exit};

/// What a command says of itself while it works.
#[derive(Default)]
pub(crate) struct Record(Mutex<Said>);

#[derive(Default)]
struct Said {
    run: Option<i64>,
    counts: BTreeMap<String, u64>,
    why: Option<String>,
    quota_refused: Option<DateTime<Utc>>,
}

impl Record {
    /// Takes the numbers that are not nothing.
    pub(super) fn count<const N: usize>(&self, counts: [(&str, u64); N]) {
        let counted = counts.into_iter().filter(|(_, count)| *count > 0);
        let counted = counted.map(|(what, count)| (what.to_owned(), count));
        self.said().counts.extend(counted);
    }

    /// Notes which run of the index it is.
    pub(super) fn of_run(&self, run: Option<i64>) {
        self.said().run = run;
    }

    /// Notes why the exit code is what it is, in one line.
    pub(super) fn because(&self, why: Option<String>) {
        self.said().why = why;
    }

    /// Notes when Google has said that the day's quota is used up.
    pub(super) fn quota_refused(&self, at: Option<DateTime<Utc>>) {
        self.said().quota_refused = at;
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a command that works on the archive, and remembers there how it ended.
pub(super) async fn recorded(
    command: &str,
    context: &Context,
    run: impl Future<Output = Result<Exit, Error>>,
) -> Result<Exit, Error> {
    let clock = context.config.clock;
    let started = clock.now();
    let result = run.await;
    let paths = context.config.archive();
    if !paths.is_begun() {
        return result;
    }
    let said = std::mem::take(&mut *context.record.said());
    let (exit, error) = match &result {
        Ok(exit) => (*exit, said.why.filter(|_| *exit != Exit::Done)),
        Err(error) => (context.interrupts.exit(error), Some(error.told())),
    };
    let ended = Ended {
        run: said.run,
        command: command.to_owned(),
        started,
        ended: clock.now(),
        exit: exit.code(),
        error,
        quota_refused: said.quota_refused,
        counts: said.counts,
    };
    // Where nothing can be written, there are louder signs of it.
    if let Err(error) = history::add(&paths.downloads, ended) {
        tracing::debug!(%error, "the end of the run could not be remembered");
    }
    result
}
