//! What a run comes to: totals, and what they mean for the exit code.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Serialize;

use crate::archive::staged::How;
use crate::http::limit::Used;
use crate::media::day::DayRange;
use crate::source::Lane;
use crate::sync::event::{Event, Reporter};

/// The totals of a run.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Totals {
    /// Items that Google listed, each counted once.
    pub(crate) listed: usize,
    /// Listed too, but outside the days of this run.
    pub(crate) outside: usize,
    /// The last day of the windows that were listed, in their order.
    #[serde(skip)]
    pub(crate) walked: Option<NaiveDate>,
    pub(crate) downloaded: usize,
    pub(crate) already_here: usize,
    /// Equal bytes were in the archive already.
    pub(crate) linked: usize,
    /// A file that somebody else put there has the same bytes, or matches.
    pub(crate) adopted: usize,
    /// Of the adopted: matched by name, pixels and time, and not proven by their bytes.
    pub(crate) matched: usize,
    /// Of the downloaded or linked: they were in the archive and missing on disk.
    pub(crate) restored: usize,
    pub(crate) skipped: usize,
    pub(crate) failed_new: usize,
    /// Failed in an earlier run too.
    pub(crate) failed_known: usize,
    pub(crate) gone: usize,
    /// Of the already here: files that have another size than when they were stored.
    pub(crate) changed: usize,
    /// The first of them, for showing.
    pub(crate) changed_files: Vec<String>,
    /// Files that nobody has changed and that are not what was stored.
    pub(crate) damaged: usize,
    /// The first of them, for showing.
    pub(crate) damaged_files: Vec<String>,
    /// Files that were found at another path than they were stored at.
    pub(crate) moved: usize,
    /// Of the downloaded: files of their name were there that are not taken for them.
    pub(crate) beside: usize,
    /// The first of them, for showing, and why.
    pub(crate) beside_files: Vec<Failed>,
    /// Kept although they look broken, because they came the same twice.
    pub(crate) doubtful: Vec<Failed>,
    /// A dry run would fetch these.
    pub(crate) would_fetch: usize,
    pub(crate) bytes: u64,
    /// Parts of the listing that could not be listed to their end.
    pub(crate) unlisted: Vec<String>,
    /// The first failures, for showing.
    pub(crate) failures: Vec<Failed>,
    /// Reasons for skipping, with how often.
    pub(crate) skipped_because: Vec<Skipped>,
    pub(crate) warnings: Vec<String>,
    /// What of the archive's own records could not be read.
    pub(crate) not_whole: Vec<String>,
}

/// One failed file.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Failed {
    pub(crate) name: String,
    pub(crate) why: String,
    /// When it first failed, if an earlier run failed too.
    pub(crate) since: Option<DateTime<Utc>>,
}

/// Files that are skipped for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Skipped {
    pub(crate) why: String,
    pub(crate) count: usize,
}

impl Failed {
    /// `since` in seconds since 1970.
    fn new(name: &str, why: &str, since: Option<i64>) -> Self {
        Self {
            name: name.to_owned(),
            why: why.to_owned(),
            since: since.and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
        }
    }
}

/// What a run was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// What the Library API has of these days.
    Days {
        range: DayRange,
        /// Old days were listed by month, to spare the day's quota.
        sparing: bool,
        /// The archive held so many of the Library's items of these days before the run.
        held_before: u64,
    },
    /// What was selected.
    Picked {
        /// Of these sessions everything is here now.
        settled: Vec<String>,
        /// What this run had no part in, in the order in which it was begun.
        unfetched: Vec<Unfetched>,
        /// So many selections Google no longer has, begun or not.
        gone: usize,
    },
}

/// A selection of which nothing could be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Unfetched {
    pub(crate) selection: String,
    pub(crate) why: String,
}

/// A file that a dry run would fetch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Planned {
    pub(crate) path: String,
    pub(crate) id: String,
    pub(crate) why: &'static str,
}

/// A finished run.
#[derive(Debug)]
pub(crate) struct Summary {
    pub(crate) totals: Totals,
    pub(crate) scope: Scope,
    pub(crate) dry_run: bool,
    /// What a dry run would fetch, where somebody asked for the list.
    pub(crate) planned: Vec<Planned>,
    /// Its number in the index; a dry run has none.
    pub(crate) run: Option<i64>,
    pub(crate) manifest: Option<PathBuf>,
    pub(crate) elapsed: Duration,
    pub(crate) api_calls: u32,
    pub(crate) byte_requests: u32,
    pub(crate) used_today: Used,
    pub(crate) api_limit: u32,
    /// When Google said that the day's quota is used up, if it did.
    pub(crate) quota_refused: Option<DateTime<Utc>>,
    /// By how much this machine's clock is ahead of Google's.
    pub(crate) clock_ahead: TimeDelta,
    /// Why the run ended before everything was done, if it did.
    pub(crate) ended_early: Option<super::SyncError>,
}

impl Summary {
    /// Google listed nothing at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.totals.listed + self.totals.outside == 0
            && self.totals.unlisted.is_empty()
            && self.ended_early.is_none()
    }

    /// Google listed nothing, and has listed what is here: whose account is it?
    pub(crate) fn is_alarming(&self) -> bool {
        self.is_empty() && self.held_before() > 0
    }

    /// Items of these days that the archive held before the run, and that Google should list again.
    pub(crate) fn held_before(&self) -> u64 {
        match self.scope {
            Scope::Days { held_before, .. } => held_before,
            Scope::Picked { .. } => 0,
        }
    }

    /// Selections of which everything is here.
    pub(crate) fn settled(&self) -> Vec<String> {
        match &self.scope {
            Scope::Days { .. } => Vec::new(),
            Scope::Picked { settled, .. } => settled.clone(),
        }
    }

    /// Selections of which nothing could be fetched.
    pub(crate) fn unfetched(&self) -> &[Unfetched] {
        match &self.scope {
            Scope::Days { .. } => &[],
            Scope::Picked { unfetched, .. } => unfetched,
        }
    }

    /// Everything in scope was listed and is here.
    pub(crate) fn is_whole(&self) -> bool {
        let totals = &self.totals;
        self.unfetched().is_empty()
            && self.ended_early.is_none()
            && totals.failed_new + totals.failed_known + totals.gone == 0
            && totals.unlisted.is_empty()
            && totals.not_whole.is_empty()
            && totals.damaged == 0
            && !self.is_alarming()
    }
}

/// Counts what happens, and passes it on.
pub(crate) struct Tally {
    totals: Mutex<Totals>,
    reporter: Arc<dyn Reporter>,
}

/// More failures than a screen holds are in the manifest.
const SHOWN: usize = 20;

impl Tally {
    pub(crate) fn new(reporter: Arc<dyn Reporter>) -> Self {
        Self {
            totals: Mutex::default(),
            reporter,
        }
    }

    pub(crate) fn event(&self, event: &Event<'_>) {
        if let Ok(mut totals) = self.totals.lock() {
            totals.count(event);
        }
        self.reporter.event(event);
    }

    pub(crate) fn totals(&self) -> Totals {
        self.totals
            .lock()
            .map(|totals| totals.clone())
            .unwrap_or_default()
    }
}

impl Totals {
    fn count(&mut self, event: &Event<'_>) {
        match event {
            Event::Seen { items } => self.listed += items,
            Event::Kept { items } => self.already_here += items,
            Event::KeptFirst { .. } => self.already_here += 1,
            Event::WouldFetch { .. } => self.would_fetch += 1,
            Event::Received { bytes } => self.bytes += bytes,
            Event::Saved {
                path,
                how,
                restored,
                doubtful,
                note,
                ..
            } => {
                self.restored += usize::from(*restored);
                if *doubtful {
                    self.doubtful
                        .push(Failed::new(path, note.unwrap_or_default(), None));
                }
                match how {
                    How::Downloaded => self.downloaded += 1,
                    How::Linked => self.linked += 1,
                    How::Adopted => self.adopted += 1,
                }
            }
            Event::Changed { path } => {
                self.changed += 1;
                if self.changed_files.len() < SHOWN {
                    self.changed_files.push((*path).to_owned());
                }
            }
            Event::Damaged { path } => {
                self.damaged += 1;
                if self.damaged_files.len() < SHOWN {
                    self.damaged_files.push((*path).to_owned());
                }
            }
            Event::Moved { .. } => self.moved += 1,
            Event::Matched { .. } => {
                self.matched += 1;
                self.adopted += 1;
            }
            Event::Beside { path, why } => {
                self.beside += 1;
                if self.beside_files.len() < SHOWN {
                    self.beside_files.push(Failed::new(path, why, None));
                }
            }
            Event::Outside { items } => self.outside += items,
            Event::Skipped { why, .. } => {
                self.skipped += 1;
                let mut known = self.skipped_because.iter_mut();
                match known.find(|skipped| skipped.why == *why) {
                    Some(skipped) => skipped.count += 1,
                    None => self.skipped_because.push(Skipped {
                        why: (*why).to_owned(),
                        count: 1,
                    }),
                }
            }
            Event::Failed { name, why, since } => {
                match since {
                    Some(_) => self.failed_known += 1,
                    None => self.failed_new += 1,
                }
                if self.failures.len() < SHOWN {
                    self.failures.push(Failed::new(name, why, *since));
                }
            }
            Event::Gone { .. } => self.gone += 1,
            Event::ListingFailed { lane, why } => self.unlisted.push(match lane {
                Lane::Window(window) => format!("{window}: {why}"),
                Lane::Full => format!("the full listing: {why}"),
                Lane::Selection(number) => format!("selection {number}: {why}"),
            }),
            Event::NotWhole { text } => self.not_whole.push((*text).to_owned()),
            Event::Warning { text } => self.warnings.push((*text).to_owned()),
            Event::Listed {
                lane: Lane::Window(window),
            } => self.walked = Some(window.last),
            Event::Listing { .. }
            | Event::Listed { .. }
            | Event::Queued
            | Event::Retrying { .. }
            | Event::Ended => {}
        }
    }
}
