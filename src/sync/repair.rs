//! Fetching again what `verify` has found damaged or missing, into its place.
//!
//! The new bytes are fetched, checked and on disk before anything is moved. What cannot be fetched stays as it is.

mod plan;
mod refetch;

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};

use crate::archive::command::Committed;
use crate::archive::commit::{Committer, Terms};
use crate::archive::examine::Verdict;
use crate::archive::index::{Index, Sync};
use crate::archive::known::Reader;
use crate::archive::manifest::Partial;
use crate::archive::repair::Owner;
use crate::archive::staged::Ticket;
use crate::archive::store::Store;
use crate::archive::survey::Survey;
use crate::archive::tree::Tree;
use crate::archive::verify::Finding;
use crate::archive::{Archive, ArchiveError};
use crate::http::{Http, Stop};
use crate::source::Source;
use crate::source::library::Library;
use crate::sync::ending::close;
use crate::sync::event::Reporter;
use crate::sync::fatal::Fatal;
use crate::sync::fetch::Fetcher;
use crate::sync::pipeline::announce;
use crate::sync::repair::plan::Owed;
pub(crate) use crate::sync::repair::plan::Plan;
pub(crate) use crate::sync::repair::refetch::GONE;
use crate::sync::repair::refetch::Refetcher;
use crate::sync::resume::Parts;
use crate::sync::summary::Tally;
use crate::sync::{Fetching, SyncError, descriptors};

/// How a repair ended.
#[derive(Default)]
pub(crate) struct Repair {
    pub(crate) outcomes: Outcomes,
    /// Its number in the index; absent where there was nothing that could be tried.
    pub(crate) run: Option<i64>,
    pub(crate) manifest: Option<PathBuf>,
    /// Folders with damaged files that made room, relative to `downloads/`.
    pub(crate) aside: BTreeSet<String>,
    pub(crate) ended_early: Option<SyncError>,
}

/// By the file's row in the index: what was done, or why nothing could be.
pub(crate) type Outcomes = HashMap<i64, Result<Mended, String>>;

/// A file that was repaired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mended {
    pub(crate) how: Done,
    /// Where its bytes are now, where that is not its old place.
    pub(crate) at: Vec<String>,
}

/// How a file was repaired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    /// Its own bytes came again.
    Fetched,
    /// Google sends other bytes by now; they are what is recorded.
    FetchedOther,
    /// It is recorded where somebody has moved it.
    Followed,
}

/// Repairs what can be repaired; without the Library, what needs nobody to be asked.
pub(crate) async fn run(
    plan: Plan<'_>,
    library: Option<Library>,
    http: &Http,
    fetching: Fetching,
    archive: Archive,
    reader: Reader,
    reporter: Arc<dyn Reporter>,
) -> Result<Repair, ArchiveError> {
    let asked = library.filter(|_| plan.asks_google());
    let Plan {
        moved,
        owed,
        outcomes,
    } = plan;
    let mut repair = Repair {
        outcomes,
        ..Repair::default()
    };
    if moved.is_empty() && asked.is_none() {
        return Ok(repair);
    }
    let began = http.clock.now();
    let settings = archive.settings.clone();
    let parts = Parts::new(archive.recovered.parts.clone());
    let (paths, store, mut index, _lock) = archive.into_parts();
    let run = index.transact(Sync::Now, |rows| rows.start_run("verify --repair", began))?;
    repair.run = Some(run);
    let manifest = Partial::create(&paths.manifests, began)?;
    follow(&moved, &store, &mut index, &mut repair.outcomes)?;

    let tally = Arc::new(Tally::new(reporter));
    let (committed, mut commits) = mpsc::unbounded_channel();
    let quota = http.clone();
    let terms = Terms {
        run,
        clock: http.clock,
        quota: Some(Box::new(move || quota.quota().used())),
        report: Box::new(move |ticket, what| drop(committed.send((ticket, what)))),
        // What is to be repaired goes where it was, whatever else the folder holds.
        survey: Survey::new(None),
    };
    let writer = Committer::start(index, &store, manifest, terms)
        .map_err(|error| ArchiveError::storage("start", "the committer", error))?;
    if let Some(library) = asked {
        let share = descriptors::share(fetching.jobs, 0);
        let fetcher = Fetcher {
            source: Source::Library(library.clone()),
            reach: fetching.reach,
            store: store.clone(),
            commands: writer.commands(),
            parts,
            tally: tally.clone(),
            min_free: fetching.min_free,
            fatal: Fatal::default(),
            settling: Arc::new(Semaphore::new(share.settling)),
        };
        let stamp = began.format("%Y%m%dT%H%M%SZ").to_string();
        let refetcher = Refetcher {
            library,
            fetcher,
            settings,
            stamp,
            jobs: share.fetching,
        };
        repair.ended_early = refetcher.all(&owed, &mut repair.outcomes).await.err();
    }
    // The committer ends when nobody can send it anything any more, which is so now.
    let closed = writer.close().await;
    let mut changed = BTreeSet::new();
    while let Ok((ticket, what)) = commits.try_recv() {
        announce(&tally, &what);
        if let (Committed::Saved { .. }, Some((number, _))) = (&what, ticket) {
            changed.insert(number);
        }
        repair.hear(ticket, what, &owed);
    }
    let confirmed = repair.confirm(&owed, &moved, &reader, &store, &http.stop);
    if confirmed.is_err() {
        // Nothing is known of these.
        repair.outcomes.retain(|_, outcome| outcome.is_err());
    }
    // The committer's own error says more than its absence does to the others.
    let ended = match (closed, confirmed) {
        (Err(error), _) | (Ok(_), Err(error)) => Err(error),
        (Ok((index, partial)), Ok(())) => {
            let owners = changed.iter().filter_map(|number| owed.get(*number));
            let noted = note(&reader, owners.map(|one| &one.owners), &moved);
            noted.and_then(|()| close(run, &store, index, partial, reader, &paths, http))
        }
    };
    match ended {
        Ok(manifest) => repair.manifest = Some(manifest),
        Err(error) => repair.ended_early = Some(error.into()),
    }
    Ok(repair)
}

/// Takes what has changed into the run's list: these, and whoever has a file that is recorded elsewhere now.
fn note<'a>(
    reader: &Reader,
    mut fetched: impl Iterator<Item = &'a Vec<Owner>>,
    moved: &[&Finding],
) -> Result<(), ArchiveError> {
    fetched.try_for_each(|owners| reader.note(owners))?;
    moved
        .iter()
        .try_for_each(|finding| reader.note(&reader.owners(finding.record.file)?))
}

/// Records files where somebody has moved them.
fn follow(
    moved: &[&Finding],
    store: &Store,
    index: &mut Index,
    outcomes: &mut Outcomes,
) -> Result<(), ArchiveError> {
    let mut tree = Tree::new(store.clone());
    let taken = || "another file of the index has that name".to_owned();
    index.transact(Sync::Now, |rows| {
        for Finding {
            record, verdict, ..
        } in moved
        {
            let Verdict::Misplaced { at } = verdict else {
                continue;
            };
            let entry = tree
                .entry(at)
                .map_err(|error| ArchiveError::storage("look at", at, error))?;
            let outcome = match entry.filter(|entry| entry.is_file && entry.size == record.size) {
                Some(entry) if rows.follow(record.file, at, entry.modified)? => Ok(Mended {
                    how: Done::Followed,
                    at: vec![at.clone()],
                }),
                Some(_) => Err(taken()),
                None => Err("it was moved again meanwhile".to_owned()),
            };
            outcomes.insert(record.file, outcome);
        }
        Ok(())
    })
}

impl Repair {
    /// Takes in what the committer has made of a file.
    fn hear(&mut self, ticket: Option<Ticket>, what: Committed, owed: &[Owed<'_>]) {
        let Some(one) = ticket.and_then(|(number, _)| owed.get(number)) else {
            return;
        };
        let record = &one.finding.record;
        let failed = match what {
            Committed::Saved { path, .. } => {
                if let Some(Ok(mended)) = self.outcomes.get_mut(&record.file)
                    && path != record.path
                {
                    mended.at.push(path);
                }
                return;
            }
            Committed::PutAside { folder } => {
                self.aside.insert(folder);
                return;
            }
            Committed::Beside { .. } => return,
            Committed::KeptFirst { .. } => "it has changed meanwhile".to_owned(),
            Committed::Failed { cause, .. } => cause,
        };
        self.outcomes.insert(record.file, Err(failed));
    }

    /// Believes no repair that the disk does not bear out: whoever had a file must have theirs now, wherever it is.
    fn confirm(
        &mut self,
        owed: &[Owed<'_>],
        moved: &[&Finding],
        reader: &Reader,
        store: &Store,
        stop: &Stop,
    ) -> Result<(), ArchiveError> {
        let fetched = owed.iter().map(|one| (one.finding, Some(&one.owners)));
        let all = fetched.chain(moved.iter().map(|finding| (*finding, None)));
        for (Finding { record, .. }, owners) in all {
            let Some(Ok(_)) = self.outcomes.get(&record.file) else {
                continue;
            };
            let is_whole = match owners {
                Some(owners) => reader.have_theirs(owners, store, stop)?,
                None => reader.is_whole(record.file, store, stop)?,
            };
            let why = match is_whole {
                Some(true) => continue,
                Some(false) => "it is not in its place after all",
                None => "the run was told to stop before its bytes were compared",
            };
            self.outcomes.insert(record.file, Err(why.to_owned()));
        }
        Ok(())
    }
}
