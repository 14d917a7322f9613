//! The import itself: read, plan, store, and say what became of every entry.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Instant;

use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::archive::command::Committed;
use crate::archive::commit::{Committer, Terms};
use crate::archive::export_record::ExportRecord;
use crate::archive::index::{Index, Sync};
use crate::archive::manifest::Partial;
use crate::archive::staged::Ticket;
use crate::archive::store::Store;
use crate::archive::{Archive, ArchiveError, Paths, united_record};
use crate::clock::Clock;
use crate::http::Stop;
use crate::import::derive::derive;
use crate::import::disputed::mark;
use crate::import::look::{Export, look};
use crate::import::missing::missing;
use crate::import::outcome::{Became, Outcome};
use crate::import::proven::behind;
use crate::import::reading::{Done, Work};
use crate::import::replay::replayed;
use crate::import::settle::{Owner, Settling};
use crate::import::step::{Step, Tell};
use crate::import::summary::{PutBack, Summary};
use crate::import::{ImportError, Request, finish};

/// Imports all parts. What was committed before an error stays committed, and is listed in the manifest.
pub(crate) async fn run(
    request: Request,
    archive: Archive,
    stop: Stop,
    clock: Clock,
    tell: Arc<Tell>,
) -> Result<Summary, ArchiveError> {
    let started = Instant::now();
    let reader = archive.reader()?;
    let settings = archive.settings.clone();
    if let Some(text) = archive.recovered.describe() {
        tell(&Step::Warning(&text));
    }
    let (paths, store, mut index, _lock) = archive.into_parts();
    let (is_reread, replayed) = (request.reread, replayed(&mut index, &paths)?);
    let (beside, min_free, syncing) = (request.beside, request.min_free, request.syncing);
    let planning = (paths.clone(), store.clone(), stop.clone(), tell.clone());
    let mut exports = match planned(request, replayed, planning).await {
        Ok(exports) => exports,
        // Nothing is written yet.
        Err(error) => return Ok(Summary::new(&[], None, started.elapsed(), Some(error))),
    };
    let disputed = begin(&mut exports, &mut index, &paths)?;
    let began = clock.now();
    let clock_behind = behind(&exports, began);
    let run = index.transact(Sync::Now, |rows| rows.start_run("import", began))?;
    let manifest = Partial::create(&paths.manifests, began)?;
    let (committed, mut commits) = mpsc::unbounded_channel();
    let terms = Terms {
        run,
        clock,
        quota: None,
        report: Box::new(move |ticket, what| drop(committed.send((ticket, what)))),
        survey: reader.survey.clone(),
    };
    let writer = Committer::start(index, &store, manifest, terms)
        .map_err(|error| ArchiveError::storage("start", "the committer", error))?;
    let (owners, mut owned) = mpsc::unbounded_channel();
    let stamp: Arc<str> = began.format("%Y%m%dT%H%M%SZ").to_string().into();
    let work = Work {
        settings: settings.clone(),
        store: store.clone(),
        settling: Settling::new(
            writer.commands(),
            Handle::current(),
            store.clone(),
            owners,
            syncing,
            is_reread,
            stamp.clone(),
        ),
        min_free,
        stop: stop.clone(),
        clock,
        tell: tell.clone(),
    };
    let reading = tokio::task::spawn_blocking(move || work.all(exports));
    // Ends when the reading has let go of its end of the channel.
    let closing = tokio::spawn(writer.close());
    let (mut committed, mut put_back) = hear(&mut commits, &paths).await;
    let ended = closing.await.unwrap_or(Err(ArchiveError::CommitterGone));
    let Done {
        mut outcomes,
        read,
        mut error,
    } = reading.await.unwrap_or_else(|_| Done::ended(died()));
    resolve(&mut outcomes, &mut owned, &mut committed);
    let (mut derived, mut lost) = (None, Vec::new());
    let manifest = match ended {
        Ok((mut index, partial)) => {
            let closing = finish::Closing {
                run,
                paths: &paths,
                store: &store,
                settings: &settings,
                now: clock.now(),
                disputed: &disputed,
                is_complete: error.is_none(),
                read: &read,
                stamp: &stamp,
            };
            let (manifest, aside) = closing.finish(&mut index, partial, reader, &mut outcomes)?;
            put_back.put_aside(aside, &paths.downloads);
            if error.is_none() {
                tell(&Step::Deriving);
                let archive = (&mut index, &store, &paths);
                let done = derive(beside, archive, &settings, &outcomes, (clock, &stop));
                let found = done.and_then(|done| {
                    derived = Some(done);
                    missing(&outcomes, (&paths, &store), &stop)
                });
                found.map_or_else(|cause| error = Some(ended_by(cause)), |found| lost = found);
            }
            Some(manifest)
        }
        // The committer's own error says more than its absence does to the others.
        Err(cause) => {
            error = Some(cause.into());
            None
        }
    };
    let mut summary = Summary::new(&outcomes, manifest, started.elapsed(), error);
    (summary.put_back, summary.derived, summary.missing) = (put_back, derived, lost);
    summary.clock_behind = clock_behind;
    Ok(summary.of_run(run))
}

async fn planned(
    request: Request,
    replayed: Vec<String>,
    (paths, store, stop, tell): (Paths, Store, Stop, Arc<Tell>),
) -> Result<Vec<Export>, ImportError> {
    let planning = tokio::task::spawn_blocking(move || {
        plan(&request, &replayed, (&paths, &store), &stop, &*tell)
    });
    planning.await.unwrap_or_else(|_| Err(died()))
}

/// Settles what became of every entry, by all that the committer has answered.
fn resolve(
    outcomes: &mut [Outcome],
    owned: &mut mpsc::UnboundedReceiver<Owner>,
    committed: &mut HashMap<Ticket, Became>,
) {
    let owners = std::iter::from_fn(|| owned.try_recv().ok());
    let owners = owners.map(|owner| (owner.ticket, owner)).collect();
    for (number, outcome) in outcomes.iter_mut().enumerate() {
        outcome.resolve(number, &owners, committed);
    }
}

/// What the committer tells, until it has nothing more to do.
async fn hear(
    commits: &mut mpsc::UnboundedReceiver<(Option<Ticket>, Committed)>,
    paths: &Paths,
) -> (HashMap<Ticket, Became>, PutBack) {
    let (mut committed, mut put_back) = (HashMap::new(), PutBack::default());
    while let Some((ticket, what)) = commits.recv().await {
        put_back.hear(&what, &paths.downloads);
        if let Some(ticket) = ticket {
            committed.insert(ticket, Became::of(what));
        }
    }
    (committed, put_back)
}

/// Brings the records up to what was planned, before anything is stored. Returns the addresses that nobody is to have.
fn begin(
    exports: &mut [Export],
    index: &mut Index,
    paths: &Paths,
) -> Result<BTreeSet<String>, ArchiveError> {
    for export in exports.iter() {
        united_record::unite(&paths.manifests, &export.id, &export.united)?;
        if !export.begun.is_empty() {
            ExportRecord::open(&paths.manifests, &export.id)?.append(&export.begun)?;
        }
    }
    index.transact(Sync::Later, |rows| mark(rows, exports))
}

/// Reads what the parts say, and sees to it that there is room for what they hold.
fn plan(
    request: &Request,
    replayed: &[String],
    (paths, store): (&Paths, &Store),
    stop: &Stop,
    tell: &Tell,
) -> Result<Vec<Export>, ImportError> {
    let go_on = || !stop.soon.is_cancelled();
    let spool = || Ok(Some(store.create_unnamed()?));
    let exports = look(request, &paths.manifests, replayed, spool, tell, &go_on)?;
    let needed: u64 = exports.iter().map(Export::needed).sum();
    let free = store.free_space();
    let free =
        free.map_err(|error| ArchiveError::storage("look at", "the archive's disk", error))?;
    let all = exports.iter().map(Export::to_read);
    let (files, bytes) = all.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    tell(&Step::Begun {
        files,
        bytes,
        needed,
        free,
    });
    if free < needed.saturating_add(request.min_free) {
        return Err(ImportError::TooLarge {
            needed,
            free,
            kept: request.min_free,
        });
    }
    Ok(exports)
}

fn ended_by(error: ArchiveError) -> ImportError {
    match error {
        ArchiveError::Stopped => ImportError::Stopped,
        error => error.into(),
    }
}

fn died() -> ImportError {
    ImportError::Internal("a task has died".to_owned())
}
