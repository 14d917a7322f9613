//! What a run that fetches over the wire is asked to do, and how it may end. [`pipeline`] does it.

mod attempt;
pub(crate) mod descriptors;
mod dry_run;
mod ending;
pub(crate) mod event;
mod fatal;
mod fetch;
mod found;
mod handover;
mod judge;
mod pipeline;
pub(crate) mod plan;
mod queue;
pub(crate) mod repair;
mod resume;
mod settle;
mod sink;
pub(crate) mod summary;
mod transfer;
mod windows;

use std::sync::Arc;
use std::time::Instant;

use crate::archive::known::Reader;
use crate::archive::settings::Settings;
use crate::archive::{Archive, ArchiveError};
use crate::google::GoogleError;
use crate::http::Reach;
use crate::http::limit::{Lane, Reached};
use crate::http::retry::Failure;
use crate::media::day::{DayRange, Window};
use crate::source::Source;
use crate::source::library::Library;
use crate::source::picker::Picked;
use crate::sync::ending::{Facts, summary};
use crate::sync::event::{Event, Reporter};
use crate::sync::pipeline::{Task, carry_out};
use crate::sync::summary::{Scope, Summary, Tally, Unfetched};
use crate::sync::windows::listing;

/// Why a run ended before everything was done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SyncError {
    #[error(transparent)]
    Google(#[from] GoogleError),
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error("the run was told to stop")]
    Stopped,
    #[error(
        "this process may have only {limit} files open at a time, and a run needs {}",
        descriptors::FEWEST
    )]
    TooFewDescriptors { limit: u64 },
    /// A task has died.
    #[error("an internal error; what was committed is safe. Please report what is printed above")]
    Internal,
}

/// What the user asked for.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) range: DayRange,
    /// No `--until` was given.
    pub(crate) open_end: bool,
    pub(crate) window: Window,
    pub(crate) full_listing: bool,
    pub(crate) list_jobs: usize,
    pub(crate) fetching: Fetching,
}

/// How files are fetched, wherever from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fetching {
    /// Files at a time.
    pub(crate) jobs: usize,
    /// Bytes that must stay free on the disk.
    pub(crate) min_free: u64,
    pub(crate) reach: Reach,
}

/// Lists, compares, fetches and commits what the Library has of these days.
pub(crate) async fn run(
    request: &Request,
    library: Library,
    archive: Archive,
    reader: Reader,
    reporter: Arc<dyn Reporter>,
) -> Result<Summary, ArchiveError> {
    let walked = reader.walked()?;
    let share = descriptors::share(request.fetching.jobs, request.list_jobs);
    let (listing, sparing) = listing(request, share, library.http(), walked);
    let scope = Scope::Days {
        range: request.range,
        sparing,
        held_before: reader.held("library", request.range)?,
    };
    let task = Task {
        command: "sync",
        source: Source::Library(library.clone()),
        scope,
        share,
        fetching: request.fetching,
        walked,
    };
    let list = |tally: &Tally| queue::start(&library, &listing, tally);
    carry_out(task, archive, reader, reporter, list).await
}

/// The same of what a person has selected; `unfetched` is what of it cannot be asked for now.
pub(crate) async fn pick(
    fetching: Fetching,
    picked: Picked,
    unfetched: Vec<Unfetched>,
    archive: Archive,
    reader: Reader,
    reporter: Arc<dyn Reporter>,
) -> Result<Summary, ArchiveError> {
    let task = Task {
        command: "pick",
        source: Source::Picked(picked.clone()),
        scope: Scope::Picked {
            settled: Vec::new(),
            unfetched,
            gone: 0,
        },
        share: descriptors::share(fetching.jobs, 0),
        fetching,
        walked: None,
    };
    let list = |tally: &Tally| {
        tally.event(&Event::Listing {
            windows: picked.count(),
            unit: "selections",
            full: false,
        });
        picked.list()
    };
    carry_out(task, archive, reader, reporter, list).await
}

/// Lists and compares, and changes nothing.
pub(crate) async fn dry_run(
    request: &Request,
    library: Library,
    settings: &Settings,
    mut reader: Reader,
    reporter: Arc<dyn Reporter>,
) -> Result<Summary, ArchiveError> {
    let started = Instant::now();
    let http = library.http().clone();
    let share = descriptors::share(request.fetching.jobs, request.list_jobs);
    let (listing, sparing) = listing(request, share, &http, reader.walked()?);
    let held_before = reader.held("library", request.range)?;
    let tally = Tally::new(reporter);
    let ended = dry_run::would_fetch(&library, &listing, settings, &mut reader, &tally).await;
    tally.event(&Event::Ended);
    let scope = Scope::Days {
        range: request.range,
        sparing,
        held_before,
    };
    let facts = Facts {
        started,
        scope,
        run: None,
        manifest: None,
        ended_early: ended.err(),
        dry_run: true,
    };
    Ok(summary(&http, tally.totals(), facts))
}

impl SyncError {
    /// Whether there are no calls left to list with. Bytes are counted apart.
    fn is_end_of_calls(&self) -> bool {
        matches!(
            self,
            Self::Google(
                GoogleError::Quota(Reached(Lane::Api)) | GoogleError::QuotaRefused(Lane::Api)
            )
        )
    }
}

impl From<Failure> for SyncError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Stopped => Self::Stopped,
            other => Self::Google(GoogleError::Failed(other)),
        }
    }
}
