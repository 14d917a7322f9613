//! The pipeline: three stages that wait for each other only through bounded channels.
//!
//! The lister brings pages; the queue merges them, compares them with the archive and turns them into jobs; `--jobs` fetchers
//! turn jobs into staged files; the committer gives those their names. A full disk queue slows fetching, full fetchers slow
//! listing, and so no address grows old in a queue.

use std::sync::Arc;
use std::time::Instant;

use chrono::NaiveDate;
use tokio::sync::{Semaphore, mpsc};

use crate::archive::command::Committed;
use crate::archive::commit::{Committer, Terms};
use crate::archive::index::Sync;
use crate::archive::known::Reader;
use crate::archive::manifest::Partial;
use crate::archive::{Archive, ArchiveError};
use crate::source::{Listed, Source};
use crate::sync::descriptors::Share;
use crate::sync::ending::{Facts, close, settle, summary};
use crate::sync::event::{Event, Reporter};
use crate::sync::fatal::Fatal;
use crate::sync::fetch::{Fetcher, Job};
use crate::sync::queue::Queue;
use crate::sync::resume::Parts;
use crate::sync::summary::{Scope, Summary, Tally};
use crate::sync::{Fetching, SyncError, handover};

/// What a run is to do.
pub(super) struct Task {
    pub(super) command: &'static str,
    pub(super) source: Source,
    pub(super) scope: Scope,
    pub(super) share: Share,
    pub(super) fetching: Fetching,
    /// The day after which its walk begins, if the quota ended the one before.
    pub(super) walked: Option<NaiveDate>,
}

/// Errors that end the run early are part of the summary: what was done until then is committed and listed in the
/// manifest.
pub(super) async fn carry_out(
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
    tally.event(&Event::Ended);
    let facts = Facts {
        started,
        scope,
        run: Some(run),
        manifest,
        ended_early,
        dry_run: false,
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

pub(super) fn announce(tally: &Tally, what: &Committed) {
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
