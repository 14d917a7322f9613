//! How selections come about: a new one, or what is left of earlier ones. None of them holds up another.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use chrono_tz::Tz;
use tokio::task::{JoinError, JoinSet};

use crate::cli::PickArgs;
use crate::commands::pick::kept::{Kept, KeptSession};
use crate::commands::pick::{give_up, google, now, person};
use crate::error::Error;
use crate::google::GoogleError;
use crate::google::picker::{PhotosPicker, PickerError, PickingSession};
use crate::http::retry::Failure;
use crate::source::picker::Chosen;
use crate::sync::SyncError;
use crate::sync::summary::Unfetched;
use crate::ui::waiting::{Waiting, minute, warn_of_clock};
use crate::ui::{Ui, counted, escape};

/// Whoever brings selections about.
pub(super) struct Selecting<'a> {
    pub(super) google: &'a PhotosPicker,
    pub(super) args: &'a PickArgs,
    pub(super) ui: Ui,
    /// Of the clock on the wall.
    pub(super) zone: Tz,
}

/// What there is to fetch, and what there is not, by number.
#[derive(Default)]
pub(super) struct Selected {
    pub(super) ready: Vec<Chosen>,
    missed: BTreeMap<usize, (Unfetched, Option<GoogleError>)>,
}

/// A selection in which nobody has pressed Done yet.
struct Open {
    label: String,
    chosen: Chosen,
    session: PickingSession,
}

/// How often there is a sign of life where there is no terminal.
const REMIND_EVERY: Duration = Duration::from_secs(30);
/// However much a test shortens it.
const SHORTEST_REMIND: Duration = Duration::from_millis(10);
const NOT_YET: &str = "nobody has pressed Done yet";

impl Selecting<'_> {
    /// A new selection, once Done is pressed.
    pub(super) async fn begin(&self, kept: &mut Kept) -> Result<Selected, Error> {
        let now = self.google.http().clock.now();
        let lives = |it: &&KeptSession| !it.fetched && !it.is_over(now);
        match kept.sessions.iter().filter(lives).count() {
            0 => {}
            1 => self.ui.say(
                "An earlier selection is not finished: `gphotos-dl pick --resume` goes on with it. This is a new one.",
            ),
            many => self.ui.say(&format!(
                "{} are not finished: `gphotos-dl pick --resume` goes on with them. This is a new one.",
                counted(many, "earlier selection")
            )),
        }
        kept.check()?;
        let session = self.google.create(self.args.max).await.map_err(google)?;
        kept.keep(&session, now)?;
        warn_of_clock(self.ui, self.google.http().ahead());
        let open = Open {
            label: "the selection".to_owned(),
            chosen: chosen(&session, 1, 0),
            session,
        };
        self.wait(vec![open], Selected::default(), kept).await
    }

    /// What is left of earlier selections: those that are ready, or else the first in which Done is pressed. What becomes of
    /// each of the others is told.
    pub(super) async fn resume(&self, kept: &mut Kept) -> Result<Selected, Error> {
        let (mut selected, mut open) = (Selected::default(), Vec::new());
        for (index, earlier) in kept.sessions.clone().into_iter().enumerate() {
            let (number, label) = (index + 1, self.label(index + 1, &earlier));
            if earlier.fetched {
                give_up(self.google, kept, &earlier.id).await?;
                continue;
            }
            match self.google.session(&earlier.id).await {
                Ok(session) if session.is_done => {
                    selected
                        .ready
                        .push(chosen(&session, number, earlier.listed));
                }
                Ok(session) => open.push(Open {
                    label,
                    chosen: chosen(&session, number, earlier.listed),
                    session,
                }),
                Err(error) => {
                    let error = self.judged(&earlier.id, error, kept);
                    selected.miss(&earlier.id, number, label, error, kept)?;
                }
            }
        }
        warn_of_clock(self.ui, self.google.http().ahead());
        if !selected.ready.is_empty() || open.is_empty() {
            for one in open {
                selected.leave(one.chosen.number, one.label);
            }
            return self.told(selected);
        }
        self.wait(open, selected, kept).await
    }

    /// Waits until Done is pressed in one of them, and takes along those in which it is by then.
    async fn wait(
        &self,
        open: Vec<Open>,
        mut selected: Selected,
        kept: &mut Kept,
    ) -> Result<Selected, Error> {
        let http = self.google.http();
        for (index, one) in open.iter().enumerate() {
            person::show(
                self.ui,
                &one.session,
                index + 1 == open.len(),
                self.args.no_browser,
            );
        }
        let left = open.iter().map(|one| person::left(&one.session, http));
        let left = TimeDelta::from_std(left.max().unwrap_or_default()).unwrap_or_default();
        let until = (http.clock.now() + left).with_timezone(&self.zone);
        let waiting = Waiting::new(self.ui, http.clock.now(), until);
        let mut labels = BTreeMap::new();
        let mut waits = JoinSet::new();
        for one in open {
            let google = self.google.clone();
            labels.insert(one.chosen.number, one.label);
            waits.spawn(async move { (person::wait(&google, one.session).await, one.chosen) });
        }
        let mut remind = tokio::time::interval(http.clock.wait(REMIND_EVERY).max(SHORTEST_REMIND));
        remind.reset();
        while selected.ready.is_empty() {
            let mut ended = tokio::select! {
                ended = waits.join_next() => ended,
                _ = remind.tick() => {
                    waiting.remind();
                    continue;
                }
            };
            if ended.is_none() {
                break;
            }
            while let Some(one) = ended {
                let (waited, chosen) = one.map_err(internal)?;
                let label = labels.remove(&chosen.number).unwrap_or_default();
                match waited {
                    Ok(()) => selected.ready.push(chosen),
                    Err(error) => {
                        let error = self.judged(&chosen.session, error, kept);
                        selected.miss(&chosen.session, chosen.number, label, error, kept)?;
                    }
                }
                ended = waits.try_join_next();
            }
        }
        drop(waiting);
        for (number, label) in labels {
            selected.leave(number, label);
        }
        self.told(selected)
    }

    /// Where nothing is ready, what the first is not ready for is the error, and each is told if there are several.
    fn told(&self, mut selected: Selected) -> Result<Selected, Error> {
        selected.ready.sort_by_key(|chosen| chosen.number);
        if !selected.ready.is_empty() {
            return Ok(selected);
        }
        if selected.missed.len() > 1 {
            for (missed, _) in selected.missed.values() {
                self.ui.print(&format!(
                    "{} {}: {}",
                    self.ui.yellow("warning"),
                    missed.selection,
                    escape(&missed.why)
                ));
            }
        }
        let error = selected.missed.into_values().find_map(|(_, error)| error);
        error.map_or_else(|| Ok(Selected::default()), |error| Err(google(error)))
    }

    /// How an expired selection is refused is not documented: once its time is over, any refusal of it means that.
    fn judged(&self, id: &str, error: GoogleError, kept: &Kept) -> GoogleError {
        let is_refusal = match &error {
            GoogleError::NotFound(_) => true,
            GoogleError::Failed(Failure::Status(status)) => status.code == 400,
            _ => false,
        };
        let now = now(self.google);
        if is_refusal && kept.find(id).is_some_and(|kept| kept.is_over(now)) {
            PickerError::SessionGone.into()
        } else {
            error
        }
    }

    fn label(&self, number: usize, earlier: &KeptSession) -> String {
        let begun = earlier.begun.map_or(String::new(), |begun| {
            format!(" (begun {})", minute(begun.with_timezone(&self.zone)))
        });
        format!("selection {number}{begun}")
    }
}

impl Selected {
    /// What there is not, in the order in which it was begun.
    pub(super) fn unfetched(&mut self) -> Vec<Unfetched> {
        let missed = std::mem::take(&mut self.missed).into_values();
        missed.map(|(unfetched, _)| unfetched).collect()
    }

    /// An error that would end every other too ends the run. A refusal may only mean that it is another account's.
    fn miss(
        &mut self,
        id: &str,
        number: usize,
        selection: String,
        error: GoogleError,
        kept: &mut Kept,
    ) -> Result<(), Error> {
        let is_its_own = matches!(
            error,
            GoogleError::Picker(_) | GoogleError::ScopeInsufficient(_)
        );
        if error.ends_the_run() && !is_its_own {
            return Err(google(error));
        }
        if matches!(error, GoogleError::Picker(PickerError::SessionGone)) {
            kept.forget(id)?;
        }
        let why = error.to_string();
        self.missed
            .insert(number, (Unfetched { selection, why }, Some(error)));
        Ok(())
    }

    fn leave(&mut self, number: usize, selection: String) {
        let why = NOT_YET.to_owned();
        self.missed
            .insert(number, (Unfetched { selection, why }, None));
    }
}

fn chosen(session: &PickingSession, number: usize, listed: usize) -> Chosen {
    Chosen {
        session: session.id.clone(),
        number,
        most: session.most,
        listed,
    }
}

fn internal(_: JoinError) -> Error {
    SyncError::Internal.into()
}
