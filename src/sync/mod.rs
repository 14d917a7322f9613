//! A run that fetches over the wire: three stages that wait for each other only through bounded channels.
//!
//! The lister brings pages; here they are merged, compared with the archive and turned into jobs; `--jobs` fetchers turn
//! jobs into staged files; the committer gives those their names. A full disk queue slows fetching, full fetchers slow
//! listing, and so no address grows old in a queue.

pub(crate) mod descriptors;
mod dry_run;
mod ending;
pub(crate) mod event;
mod fatal;
mod fetch;
mod found;
mod handover;
mod judge;
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

use chrono::NaiveDate;
use tokio::sync::{Semaphore, mpsc};

use crate::archive::commit::{Committed, Committer, Terms};
use crate::archive::index::Sync;
use crate::archive::known::Reader;
use crate::archive::manifest::Partial;
use crate::archive::settings::Settings;
use crate::archive::{Archive, ArchiveError};
use crate::google::GoogleError;
use crate::http::Reach;
use crate::http::limit::{Lane, Reached};
use crate::http::retry::Failure;
use crate::media::day::{DayRange, Window};
use crate::source::library::Library;
use crate::source::picker::Picked;
use crate::source::{Listed, Source};
use crate::sync::descriptors::Share;
use crate::sync::ending::{Facts, close, settle, summary};
use crate::sync::event::{Event, Reporter};
use crate::sync::fatal::Fatal;
use crate::sync::fetch::{Fetcher, Job};
use crate::sync::queue::Queue;
use crate::sync::resume::Parts;
use crate::sync::summary::{Scope, Summary, Tally};
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

/// The same of what a person has selected.
pub(crate) async fn pick(
    fetching: Fetching,
    picked: Picked,
    archive: Archive,
    reader: Reader,
    reporter: Arc<dyn Reporter>,
) -> Result<Summary, ArchiveError> {
    let task = Task {
        command: "pick",
        source: Source::Picked(picked.clone()),
        scope: Scope::Picked {
            settled: Vec::new(),
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

/// What a run is to do.
struct Task {
    command: &'static str,
    source: Source,
    scope: Scope,
    share: Share,
    fetching: Fetching,
    /// The day after which its walk begins, if the quota ended the one before.
    walked: Option<NaiveDate>,
}

/// Errors that end the run early are part of the summary: what was done until then is committed and listed in the
/// manifest.
async fn carry_out(
    task: Task,
    archive: Archive,
    reader: Reader,
    reporter: Arc<dyn Reporter>,
    list: impl FnOnce(&Tally) -> mpsc::Receiver<Listed>,
) -> Result<Summary, ArchiveError> {
    let started = Instant::now();
    let Task {
        command,
        source,
        mut scope,
        share,
        fetching,
        walked,
    } = task;
    let http = source.http().clone();
    let (settings, recovered) = (archive.settings.clone(), archive.recovered.describe());
    let parts = Parts::new(archive.recovered.parts.clone());
    let unreadable = archive.recovered.unreadable();
    let (paths, store, mut index, _lock) = archive.into_parts();
    let began = http.clock.now();
    let run = index.transact(Sync::Now, |rows| rows.start_run(command, began))?;
    let manifest = Partial::create(&paths.manifests, began)?;

    let tally = Arc::new(Tally::new(reporter));
    let told = tally.clone();
    http.on_silence(move |text| told.event(&Event::Warning { text }));
    announce_start(&tally, recovered.as_deref(), unreadable.as_deref());
    let (committed, mut commits) = mpsc::unbounded_channel();
    let quota = http.clone();
    let terms = Terms {
        run,
        clock: http.clock,
        quota: Some(Box::new(move || quota.quota().used())),
        report: Box::new(move |_, what| drop(committed.send(what))),
        survey: reader.survey.clone(),
    };
    let writer = Committer::start(index, &store, manifest, terms)
        .map_err(|error| ArchiveError::storage("start", "the committer", error))?;
    let fatal = Fatal::default();
    let (jobs, queued) = mpsc::channel::<Job>(handover::WAITING);
    let (handed, waiting) = mpsc::channel::<Job>(share.fetching);

    let queue = Queue {
        http: http.clone(),
        settings,
        commands: writer.commands(),
        jobs,
        tally: tally.clone(),
    };
    let pages = list(&tally);
    let planner = tokio::spawn(plan(queue, pages, reader, fatal.clone()));
    let mut workers = tokio::task::JoinSet::new();
    workers.spawn(hand_over(source.clone(), queued, handed, fatal.clone()));
    let lasting = store.clone();
    let fetcher = Arc::new(Fetcher {
        source: source.clone(),
        reach: fetching.reach,
        store,
        commands: writer.commands(),
        parts,
        tally: tally.clone(),
        min_free: fetching.min_free,
        fatal: fatal.clone(),
        settling: Arc::new(Semaphore::new(share.settling)),
    });
    let waiting = Arc::new(tokio::sync::Mutex::new(waiting));
    for _ in 0..share.fetching {
        workers.spawn(fetch_all(fetcher.clone(), waiting.clone()));
    }
    drop((fetcher, waiting));
    // Ends when planner and fetchers have let go of their ends of the channels.
    let closing = tokio::spawn(writer.close());
    while let Some(what) = commits.recv().await {
        announce(&tally, &what);
    }
    while let Some(worker) = workers.join_next().await {
        // A worker that died has lost its job: whatever else went well, the run did not.
        if worker.is_err() {
            fatal.set(SyncError::Internal, &http);
        }
    }
    let ended = closing.await.unwrap_or(Err(ArchiveError::CommitterGone));
    let reader = planner.await.map_err(|_| ArchiveError::PlannerGone)?;

    let (mut ended_early, mut manifest) = (fatal.take(), None);
    match ended {
        Ok((mut index, partial)) => {
            settle(&source, &mut scope, &reader).await?;
            let is_unlisted = ended_early.as_ref().is_some_and(SyncError::is_end_of_calls);
            let walked = tally.totals().walked.or(walked);
            if let Some(day) = walked.filter(|_| is_unlisted) {
                index.transact(Sync::Later, |rows| rows.note_walked(run, day))?;
            }
            manifest = Some(close(run, &lasting, index, partial, reader, &paths, &http)?);
        }
        // The committer's own error says more than its absence does to the others.
        Err(error) => ended_early = Some(error.into()),
    }
    let facts = Facts {
        started,
        scope,
        manifest,
        ended_early,
        dry_run: false,
    };
    Ok(summary(&http, tally.totals(), facts))
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
    let scope = Scope::Days {
        range: request.range,
        sparing,
        held_before,
    };
    let facts = Facts {
        started,
        scope,
        manifest: None,
        ended_early: ended.err(),
        dry_run: true,
    };
    Ok(summary(&http, tally.totals(), facts))
}

async fn plan(
    queue: Queue,
    pages: mpsc::Receiver<Listed>,
    mut reader: Reader,
    fatal: Fatal,
) -> Reader {
    let http = queue.http.clone();
    match queue.fill(pages, &mut reader).await {
        Ok(()) => {}
        Err(error) if error.is_end_of_calls() => fatal.note(error),
        Err(error) => fatal.set(error, &http),
    }
    reader
}

async fn hand_over(
    source: Source,
    queued: mpsc::Receiver<Job>,
    handed: mpsc::Sender<Job>,
    fatal: Fatal,
) {
    if let Err(error) = handover::hand_over(&source, queued, handed).await {
        fatal.set(error, source.http());
    }
}

async fn fetch_all(fetcher: Arc<Fetcher>, waiting: Arc<tokio::sync::Mutex<mpsc::Receiver<Job>>>) {
    let http = fetcher.source.http();
    loop {
        let job = waiting.lock().await.recv().await;
        let Some(job) = job else { return };
        if http.stop.soon.is_cancelled() {
            continue;
        }
        if let Err(error) = fetcher.run(job).await {
            fetcher.fatal.set(error, http);
        }
    }
}

/// What opening the archive has put right, and what it could not look at.
fn announce_start(tally: &Tally, recovered: Option<&str>, unreadable: Option<&str>) {
    if let Some(text) = recovered {
        tally.event(&Event::Warning { text });
    }
    if let Some(text) = unreadable {
        tally.event(&Event::NotWhole { text });
    }
}

fn announce(tally: &Tally, what: &Committed) {
    match what {
        Committed::Saved {
            path,
            size,
            how,
            restored,
            doubtful,
            note,
        } => {
            tally.event(&Event::Saved {
                path,
                size: *size,
                how: *how,
                restored: *restored,
                doubtful: *doubtful,
                note: note.as_deref(),
            });
        }
        // Told with the rest of the repair.
        Committed::PutAside { .. } => {}
        Committed::KeptFirst { path } => tally.event(&Event::KeptFirst { path }),
        Committed::Beside { path, why } => tally.event(&Event::Beside { path, why }),
        Committed::Failed { name, cause } => tally.event(&Event::Failed {
            name,
            why: cause,
            since: None,
        }),
    }
}

impl SyncError {
    /// Whether there are no calls left to list with. Bytes are counted apart.
    fn is_end_of_calls(&self) -> bool {
        matches!(self, Self::Google(GoogleError::Quota(Reached(Lane::Api))))
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
