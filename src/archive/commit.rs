//! The committer: the one thread that changes the archive.
//!
//! Files arrive fetched and synced, under temporary names. They are committed in batches of 64 or every 2 seconds, because
//! what costs time is not the file but the flush. Of every batch, in this order: the index announces which bytes will
//! appear under which names; the files get their names, in place of nothing; each folder is synced once; the manifest gets
//! its rows; the index says done. A crash between any two of these leaves what the next start can prove and finish.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::archive::ArchiveError;
use crate::archive::command::{Command, Committed, Listed, Recorded};
use crate::archive::export_record::ExportRecord;
use crate::archive::index::{Index, Sync};
use crate::archive::manifest::Partial;
use crate::archive::own::Owning;
use crate::archive::staged::{Said, Staged, Ticket};
use crate::archive::store::Store;
use crate::archive::survey::Survey;
use crate::archive::tree::Tree;
use crate::archive::word::Described;
use crate::clock::Clock;
use crate::http::limit::Used;
use crate::media::item::Part as ItemPart;

/// What the committer needs to know of the run.
pub(crate) struct Terms {
    pub(crate) run: i64,
    pub(crate) clock: Clock,
    /// The day's quota so far, saved with every batch; of a run that asks Google for nothing, none.
    pub(crate) quota: Option<Box<dyn Fn() -> Used + Send>>,
    pub(crate) report: Box<dyn Fn(Option<Ticket>, Committed) + Send>,
    /// What else lies in the folder.
    pub(crate) survey: Survey,
}

impl Terms {
    pub(super) fn used(&self) -> Option<Used> {
        self.quota.as_ref().map(|used| used())
    }
}

/// The committer as the rest of the run sees it.
pub(crate) struct Committer {
    commands: mpsc::Sender<Command>,
    thread: JoinHandle<Result<(Index, Partial), ArchiveError>>,
}

/// A sending end, for each task that has something to say.
#[derive(Clone)]
pub(crate) struct Commands(mpsc::Sender<Command>);

impl Committer {
    /// Starts the thread. Must be called on a tokio runtime, whose timer the thread uses.
    pub(crate) fn start(
        index: Index,
        store: &Store,
        manifest: Partial,
        terms: Terms,
    ) -> io::Result<Self> {
        let manifests = manifest.folder().to_owned();
        let (commands, receiver) = mpsc::channel(QUEUE);
        let worker = Worker {
            tree: Tree::new(store.clone()),
            store: store.clone(),
            index,
            manifest,
            terms,
            batch: Vec::new(),
            manifests,
            records: HashMap::new(),
        };
        let runtime = Handle::current();
        let thread = std::thread::Builder::new()
            .name("committer".to_owned())
            .spawn(move || worker.run(receiver, &runtime))?;
        Ok(Self { commands, thread })
    }

    pub(crate) fn commands(&self) -> Commands {
        Commands(self.commands.clone())
    }

    /// Commits what is left and gives index and manifest back. Every [`Commands`] must be gone by now.
    pub(crate) async fn close(self) -> Result<(Index, Partial), ArchiveError> {
        drop(self.commands);
        let joined = tokio::task::spawn_blocking(|| self.thread.join()).await;
        match joined {
            Ok(Ok(result)) => result,
            _ => Err(ArchiveError::CommitterGone),
        }
    }
}

impl Commands {
    pub(crate) async fn record(&self, listed: Vec<Listed>) -> Result<Vec<Recorded>, ArchiveError> {
        let (reply, answer) = oneshot::channel();
        self.send(Command::Record { listed, reply }).await?;
        answer.await.map_err(|_| ArchiveError::CommitterGone)
    }

    /// Fails only when the committer has stopped; closing it tells why.
    pub(crate) async fn send(&self, command: Command) -> Result<(), ArchiveError> {
        self.0
            .send(command)
            .await
            .map_err(|_| ArchiveError::CommitterGone)
    }
}

/// Where the gain of larger batches levels off: measured, 64 files a batch are about 8 times as fast as one.
const BATCH: usize = 64;
/// Commands that may wait: several batches, so that those who read on need not stand still while one is committed.
const QUEUE: usize = 4 * BATCH;
const BATCH_AGE: Duration = Duration::from_secs(2);

/// The thread's own state. What it does to a batch is in [`crate::archive::batch`].
pub(super) struct Worker {
    pub(super) index: Index,
    pub(super) store: Store,
    pub(super) tree: Tree,
    pub(super) manifest: Partial,
    pub(super) terms: Terms,
    pub(super) batch: Vec<Staged>,
    manifests: PathBuf,
    records: HashMap<Arc<str>, ExportRecord>,
}

impl Worker {
    fn run(
        mut self,
        mut commands: mpsc::Receiver<Command>,
        runtime: &Handle,
    ) -> Result<(Index, Partial), ArchiveError> {
        let mut due: Option<Instant> = None;
        loop {
            let next = runtime.block_on(async {
                match due {
                    None => Ok(commands.recv().await),
                    Some(due) => tokio::time::timeout_at(due, commands.recv()).await,
                }
            });
            let is_due = next.is_err();
            match next {
                Ok(Some(command)) => self.obey(command)?,
                Ok(None) => {
                    self.commit_all()?;
                    self.index.commit_gathered()?;
                    return Ok((self.index, self.manifest));
                }
                Err(_) => {}
            }
            if is_due || self.batch.len() >= self.terms.clock.batch(BATCH) {
                self.commit_all()?;
            }
            due = if self.batch.is_empty() {
                None
            } else {
                let age = self.terms.clock.batch_age(BATCH_AGE);
                due.or_else(|| age.map(|age| Instant::now() + age))
            };
        }
    }

    fn obey(&mut self, command: Command) -> Result<(), ArchiveError> {
        match command {
            Command::Store(staged) => self.batch.push(*staged),
            Command::Replace { staged, damaged } => self.replace(*staged, &damaged)?,
            Command::Record { listed, reply } => {
                let recorded = self.record(&listed)?;
                // Nobody waits for it any more when the run is being stopped.
                let _ = reply.send(recorded);
            }
            Command::KeepPart(part) => {
                let now = self.terms.clock.now();
                self.index
                    .transact(Sync::Later, |rows| rows.keep_part(&part, now))?;
            }
            Command::ForgetPart { item, role } => {
                self.index
                    .transact(Sync::Later, |rows| rows.forget_part(item, role))?;
            }
            Command::NotDone {
                item,
                role,
                state,
                cause,
            } => {
                let (run, now) = (self.terms.run, self.terms.clock.now());
                self.index.changed = true;
                self.index.transact(Sync::Later, |rows| {
                    rows.not_done(item, role, state, &cause, run, now)
                })?;
            }
            Command::Own {
                item,
                part,
                told,
                sha256,
                belief,
                reply,
            } => {
                let (run, now, tree) = (self.terms.run, self.terms.clock.now(), &mut self.tree);
                let file = Described {
                    item: &item,
                    part,
                    told: told.as_deref(),
                };
                let owned = self
                    .index
                    .gather(|rows| rows.own(tree, &file, &sha256, &belief, (run, now)))?;
                let instead_of = self.unproven_at(&owned, &belief)?;
                let _ = reply.send(Owning { owned, instead_of });
            }
            Command::Doubt {
                sha256,
                stamp,
                reply,
            } => {
                let lost = self.find_lost(&sha256, &stamp)?;
                let _ = reply.send(lost);
            }
            Command::Describe { item, told } => {
                let (now, part) = (self.terms.clock.now(), ItemPart::Original);
                let file = Described {
                    item: &item,
                    part,
                    told: told.as_deref(),
                };
                self.index.gather(|rows| rows.described(&file, now))?;
            }
            Command::Say(said) => self.say(&said)?,
            Command::Abort(error) => return Err(error),
        }
        Ok(())
    }

    /// Adds to the record of an export; durable when this returns.
    pub(super) fn say(&mut self, said: &Said) -> Result<(), ArchiveError> {
        let record = match self.records.entry(said.export.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(ExportRecord::open(&self.manifests, &said.export)?),
        };
        record.append(&said.lines)
    }

    fn commit_all(&mut self) -> Result<(), ArchiveError> {
        let mut batch = std::mem::take(&mut self.batch);
        while !batch.is_empty() {
            batch = self.commit(batch)?;
        }
        Ok(())
    }
}

pub(super) fn is_there(tree: &mut Tree, path: &str) -> Result<bool, ArchiveError> {
    let entry = tree
        .entry(path)
        .map_err(|error| ArchiveError::storage("look at", path, error))?;
    Ok(entry.is_some_and(|entry| entry.is_file))
}
