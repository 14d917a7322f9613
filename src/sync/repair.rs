//! Fetching again what `verify` has found damaged or missing, into its place.
//!
//! The new bytes are fetched, checked and on disk before anything is moved. What cannot be fetched stays as it is.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::StreamExt;
use tokio::sync::{Semaphore, mpsc};

use crate::archive::commit::{Command, Committed, Committer, Terms};
use crate::archive::examine::Verdict;
use crate::archive::index::Sync;
use crate::archive::known::Reader;
use crate::archive::manifest::Partial;
use crate::archive::repair::{Damaged, Owner};
use crate::archive::settings::Settings;
use crate::archive::staged::Place;
use crate::archive::store::{self, Store};
use crate::archive::survey::Survey;
use crate::archive::tree::{self, Tree};
use crate::archive::verify::Finding;
use crate::archive::{Archive, ArchiveError};
use crate::google::BATCH_SIZE;
use crate::http::Reach;
use crate::media::item::{MediaItem, MediaItemId, Part, Role};
use crate::media::naming;
use crate::source::Source;
use crate::source::library::Library;
use crate::sync::event::Reporter;
use crate::sync::fatal::Fatal;
use crate::sync::fetch::{Fetcher, Job, Miss, staged};
use crate::sync::queue;
use crate::sync::resume::Parts;
use crate::sync::settle::SETTLING;
use crate::sync::summary::Tally;
use crate::sync::transfer::Fetched;
use crate::sync::{SyncError, announce, close};

/// How a repair ended.
pub(crate) struct Repair {
    /// By the file's row: what was done, or why nothing could be.
    pub(crate) outcomes: HashMap<i64, Result<Done, String>>,
    pub(crate) manifest: Option<PathBuf>,
    /// Where the damaged files are, relative to `downloads/`.
    pub(crate) aside: String,
    pub(crate) ended_early: Option<SyncError>,
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

/// Files that are fetched at a time, as `sync` does by default.
const JOBS: usize = 8;
/// Left free on the disk, as `sync` does by default.
const MIN_FREE: u64 = 1 << 30;

/// Repairs what can be repaired.
pub(crate) async fn run(
    findings: &[Finding],
    library: Library,
    reach: Reach,
    archive: Archive,
    reader: Reader,
    reporter: Arc<dyn Reporter>,
) -> Result<Repair, ArchiveError> {
    let http = library.http().clone();
    let began = http.clock.now();
    let stamp = began.format("%Y%m%dT%H%M%SZ").to_string();
    let (settings, parts) = (
        archive.settings.clone(),
        Parts::new(archive.recovered.parts.clone()),
    );
    let (paths, store, mut index, _lock) = archive.into_parts();
    let run = index.transact(Sync::Now, |rows| rows.start_run("verify --repair", began))?;
    let manifest = Partial::create(&paths.manifests, began)?;
    let mut outcomes = HashMap::new();
    follow(findings, &store, &mut index, &mut outcomes)?;

    let tally = Arc::new(Tally::new(reporter));
    let (committed, mut commits) = mpsc::unbounded_channel();
    let quota = http.clone();
    let terms = Terms {
        run,
        clock: http.clock,
        quota: Some(Box::new(move || quota.quota().used())),
        report: Box::new(move |_, what| drop(committed.send(what))),
        // What is to be repaired goes where it was, whatever else the folder holds.
        survey: Survey::new(None),
    };
    let writer = Committer::start(index, &store, manifest, terms)
        .map_err(|error| ArchiveError::storage("start", "the committer", error))?;
    let fetcher = Fetcher {
        source: Source::Library(library.clone()),
        reach,
        store: store.clone(),
        commands: writer.commands(),
        parts,
        tally: tally.clone(),
        min_free: MIN_FREE,
        fatal: Fatal::default(),
        settling: Arc::new(Semaphore::new(SETTLING)),
    };
    let repairer = Repairer {
        library,
        fetcher,
        settings,
        stamp: stamp.clone(),
    };
    let wanted: Vec<&Finding> = findings
        .iter()
        .filter(|finding| is_fetched(&finding.verdict))
        .collect();
    let ended_early = repairer.all(&wanted, &reader, &mut outcomes).await.err();
    // The committer ends when nobody can send it anything any more.
    drop(repairer);
    let closed = writer.close().await;
    while let Ok(what) = commits.try_recv() {
        announce(&tally, &what);
        let (path, why) = match what {
            Committed::Failed { name, cause } => (name, cause),
            Committed::KeptFirst { path } => (path, "it has changed meanwhile".to_owned()),
            Committed::Saved { .. } | Committed::Beside { .. } => continue,
        };
        let of = |finding: &&Finding| finding.record.path == path;
        if let Some(finding) = findings.iter().find(of) {
            outcomes.insert(finding.record.file, Err(why));
        }
    }
    let (ended_early, manifest) = match closed {
        Ok((index, partial)) => {
            for (file, outcome) in &outcomes {
                if outcome.is_ok() {
                    reader.note(&reader.owners(*file)?)?;
                }
            }
            let manifest = close(run, index, partial, reader, &paths, &http)?;
            (ended_early, Some(manifest))
        }
        Err(error) => (Some(error.into()), None),
    };
    Ok(Repair {
        outcomes,
        manifest,
        aside: format!("{}/damaged/{stamp}", store::PRIVATE),
        ended_early,
    })
}

/// Whether fetching can mend it.
fn is_fetched(verdict: &Verdict) -> bool {
    matches!(
        verdict,
        Verdict::Rot { .. }
            | Verdict::Missing
            | Verdict::Unreadable {
                is_broken: true,
                ..
            }
    )
}

/// Records files where somebody has moved them.
fn follow(
    findings: &[Finding],
    store: &Store,
    index: &mut crate::archive::index::Index,
    outcomes: &mut HashMap<i64, Result<Done, String>>,
) -> Result<(), ArchiveError> {
    let mut tree = Tree::new(store.clone());
    let taken = || "another file of the index has that name".to_owned();
    index.transact(Sync::Now, |rows| {
        for Finding { record, verdict } in findings {
            let Verdict::Misplaced { at } = verdict else {
                continue;
            };
            let entry = tree
                .entry(at)
                .map_err(|error| ArchiveError::storage("look at", at, error))?;
            let outcome = match entry.filter(|entry| entry.is_file && entry.size == record.size) {
                Some(entry) if rows.follow(record.file, at, entry.modified)? => Ok(Done::Followed),
                Some(_) => Err(taken()),
                None => Err("it was moved again meanwhile".to_owned()),
            };
            outcomes.insert(record.file, outcome);
        }
        Ok(())
    })
}

struct Repairer {
    library: Library,
    fetcher: Fetcher,
    settings: Settings,
    stamp: String,
}

impl Repairer {
    /// Fetches what is wanted. An error ends the repair; what was done until then stays done.
    async fn all(
        &self,
        wanted: &[&Finding],
        reader: &Reader,
        outcomes: &mut HashMap<i64, Result<Done, String>>,
    ) -> Result<(), SyncError> {
        // Addresses are asked for many at a time, and are young when their turn comes.
        for batch in wanted.chunks(BATCH_SIZE) {
            let mut jobs = Vec::new();
            for finding in batch {
                jobs.push((*finding, reader.owners(finding.record.file)?));
            }
            let ids = jobs
                .iter()
                .flat_map(|(_, owners)| owners)
                .filter(|owner| owner.source == "library")
                .map(|owner| MediaItemId(owner.id.clone()))
                .collect::<Vec<_>>();
            let listed = self.library.renew(&ids).await;
            let listed: HashMap<String, MediaItem> = listed
                .map_err(queue::stopped)?
                .into_iter()
                .map(|item| (item.id.0.clone(), item))
                .collect();
            let repairs = jobs
                .into_iter()
                .map(|(finding, owners)| self.one(finding, owners, &listed));
            let mut repairs = futures_util::stream::iter(repairs).buffer_unordered(JOBS);
            while let Some((file, outcome)) = repairs.next().await {
                match outcome {
                    Ok(done) => outcomes.insert(file, Ok(done)),
                    Err(Miss::Failed(why) | Miss::NoSuchFile(why)) => {
                        outcomes.insert(file, Err(why))
                    }
                    Err(Miss::Gone) => outcomes.insert(file, Err(GONE.to_owned())),
                    Err(Miss::Ends(error)) => return Err(error),
                };
            }
        }
        Ok(())
    }

    /// Fetches one file for the role that brought it. Where Google sends other bytes by now, every other role that shared
    /// the file gets its own.
    async fn one(
        &self,
        finding: &Finding,
        owners: Vec<Owner>,
        listed: &HashMap<String, MediaItem>,
    ) -> (i64, Result<Done, Miss>) {
        let file = finding.record.file;
        if owners.is_empty() {
            let why = "no item needs this copy any more; it may be deleted".to_owned();
            return (file, Err(Miss::Failed(why)));
        }
        if !owners.iter().any(|owner| owner.source == "library") {
            return (file, Err(Miss::Failed(by_hand(finding, &owners))));
        }
        let mut done = Done::Fetched;
        // What came through another door as well has the same bytes here.
        for owner in owners.into_iter().filter(|owner| owner.source == "library") {
            let Some(item) = listed.get(&owner.id) else {
                return (file, Err(Miss::Gone));
            };
            match self.fetch(finding, &owner, item.clone()).await {
                Ok(true) => return (file, Ok(done)),
                Ok(false) => done = Done::FetchedOther,
                Err(miss) => return (file, Err(miss)),
            }
        }
        (file, Ok(done))
    }

    /// Fetches, makes durable and hands over. Tells whether the bytes are those that were stored before.
    async fn fetch(
        &self,
        finding: &Finding,
        owner: &Owner,
        mut item: MediaItem,
    ) -> Result<bool, Miss> {
        let fetcher = &self.fetcher;
        let key = (owner.item, owner.role);
        let (fetched, doubtful) = fetcher.fetch(&mut item, key).await?;
        if doubtful {
            fetcher.discard(key, fetched).await;
            let why = "what Google sends looks broken too".to_owned();
            return Err(Miss::Failed(why));
        }
        let is_same = fetched.sha256[..] == finding.record.sha256[..];
        let place = self.place(finding, owner, &item, &fetched);
        let created = item.created;
        let job = Job {
            item,
            row: owner.item,
            path: finding.record.path.clone(),
            original: None,
            clip: false,
            beside: None,
            is_recheck: false,
            failed_since: None,
            clip_failed_since: None,
        };
        let (file, mut staged) = staged(&job, owner.role, place, fetched, false, false);
        if !is_same {
            let before = data_encoding::HEXLOWER.encode(&finding.record.sha256);
            let note = format!("fetched again: other bytes than before ({before})");
            staged.note = Some(match staged.note {
                Some(first) => format!("{first}; {note}"),
                None => note,
            });
        }
        let synced = tokio::task::spawn_blocking(move || {
            if let Some(created) = created {
                store::set_modified(&file, created);
            }
            file.sync_all()
        });
        let synced = synced.await.map_err(std::io::Error::other).flatten();
        synced.map_err(|error| {
            crate::sync::fetch::unkept(crate::http::retry::Failure::Disk(error))
        })?;
        let staged = Box::new(staged);
        let command = if finding.verdict == Verdict::Missing {
            Command::Store(staged)
        } else {
            let damaged = Damaged {
                path: finding.record.path.clone(),
                size: match finding.verdict {
                    Verdict::Rot { size } => size,
                    _ => finding.record.size,
                },
                modified: finding.record.modified,
                stamp: self.stamp.clone(),
            };
            Command::Replace { staged, damaged }
        };
        let sent = fetcher.commands.send(command).await;
        sent.map_err(|error| Miss::Ends(error.into()))?;
        Ok(is_same)
    }

    /// Where it goes if its old place is not free after all.
    fn place(
        &self,
        finding: &Finding,
        owner: &Owner,
        item: &MediaItem,
        fetched: &Fetched,
    ) -> Place {
        match owner.role.part() {
            Part::Original | Part::Edited => queue::place(item, &self.settings),
            Part::Motion => {
                let (folder, name) = tree::split(&finding.record.path);
                let extension = fetched
                    .inspection
                    .format
                    .map_or("mp4", |format| format.extension());
                Place {
                    folder: folder.to_owned(),
                    name: naming::clip_name(name, extension),
                    tag: naming::tag(item.source.as_str(), &item.id.0, &Role::Motion.text()),
                }
            }
        }
    }
}

/// What the person can do about a file that no run can ask for.
fn by_hand(finding: &Finding, owners: &[Owner]) -> String {
    let is_picked = owners.iter().any(|owner| owner.source == "picker");
    match (is_picked, &finding.verdict) {
        (true, Verdict::Missing) => {
            "it was selected by hand: select it again with `gphotos-dl pick`".to_owned()
        }
        (true, _) => "it was selected by hand: move the file away, then select it again with `gphotos-dl pick`".to_owned(),
        (false, _) => "it came from another source: import it again".to_owned(),
    }
}

const GONE: &str = "Google no longer has it: look for another copy, in a backup or in a Takeout";
