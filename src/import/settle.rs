//! From a file that is written to one that is durable, has an owner and is on its way to the committer.
//!
//! The reading goes on meanwhile: whoever waited for each answer would stand still with every commit.

use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::archive::ArchiveError;
use crate::archive::command::Command;
use crate::archive::commit::Commands;
use crate::archive::lost::Lost;
use crate::archive::own::{Owned, Owning};
use crate::archive::staged::{Place, Said, Staged, Ticket};
use crate::archive::store::{self, Store, TempName};
use crate::archive::unproven::Belief;
use crate::media::inspect::Inspection;
use crate::media::item::Role;

/// The way to the committer, for a thread that may wait.
#[derive(Clone)]
pub(crate) struct Settling {
    commands: Commands,
    runtime: Handle,
    store: Store,
    owners: mpsc::UnboundedSender<Owner>,
    syncing: Arc<Semaphore>,
    /// Ends when the file before has been passed on.
    turn: Arc<Mutex<Option<oneshot::Receiver<()>>>>,
    /// Parts are read once more, and what is held is compared.
    is_reread: bool,
    /// The folder in `damaged/` for what is not what it was.
    stamp: Arc<str>,
}

/// Whose a file of an export turned out to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner {
    pub(crate) ticket: Ticket,
    /// The item's row.
    pub(crate) item: i64,
    /// The archive had it already.
    pub(crate) is_held: bool,
}

/// A file that is written, and of which nobody has said yet whose it is.
pub(crate) struct Unowned {
    pub(crate) place: Place,
    pub(crate) temp: TempName,
    pub(crate) size: u64,
    pub(crate) sha256: [u8; 32],
    pub(crate) inspection: Inspection,
    pub(crate) note: Option<String>,
    /// Its date, which the file is to have.
    pub(crate) created: Option<DateTime<Utc>>,
    pub(crate) ticket: Ticket,
    pub(crate) said: Said,
    /// It will hardly be stored: to press it onto the disk can wait for the answer.
    pub(crate) is_known: bool,
}

impl Settling {
    /// `owners` hears of every file whose it is. `syncing`: files that are made durable at a time, each of which is open.
    pub(crate) fn new(
        commands: Commands,
        runtime: Handle,
        store: Store,
        owners: mpsc::UnboundedSender<Owner>,
        syncing: usize,
        is_reread: bool,
        stamp: Arc<str>,
    ) -> Self {
        Self {
            commands,
            runtime,
            store,
            owners,
            syncing: Arc::new(Semaphore::new(syncing)),
            turn: Arc::default(),
            is_reread,
            stamp,
        }
    }

    /// What the committer is to know of a file from a part that is whole, where others came under its path before.
    pub(crate) fn proven(&self, instead_of: Vec<[u8; 32]>) -> Belief {
        Belief::Proven {
            instead_of,
            stamp: self.stamp.clone(),
        }
    }

    pub(crate) fn send(&self, command: Command) -> Result<(), ArchiveError> {
        self.runtime.block_on(self.commands.send(command))
    }

    /// Makes a file durable, off this thread, and passes it to the committer once its owner is known: in the order in which
    /// the files were read, whichever is durable first, because the first of several of one name keeps it.
    pub(crate) fn settle(&self, unowned: Unowned, file: File, owned: oneshot::Receiver<Owning>) {
        let permit = self.runtime.block_on(self.syncing.clone().acquire_owned());
        let Ok(permit) = permit else { return };
        let settling = self.clone();
        let (passed, next) = oneshot::channel::<()>();
        let before = self
            .turn
            .lock()
            .ok()
            .and_then(|mut turn| turn.replace(next));
        self.runtime.spawn(async move {
            let commands = settling.commands.clone();
            let (temp, created) = (unowned.temp.clone(), unowned.created);
            let durable = async {
                let synced = sync(file, created).await;
                drop(permit);
                // After a failed sync nothing is known of the bytes.
                synced.map_err(|error| ArchiveError::storage("sync", temp.0, error))
            };
            let command = settling.own(unowned, owned, durable).await;
            if let Some(before) = before {
                // It ends in any case.
                let _ = before.await;
            }
            // Fails only when the committer has stopped, which tells its own story.
            let _ = match command {
                Ok(Some(command)) => commands.send(command).await,
                Ok(None) => Ok(()),
                Err(error) => commands.send(Command::Abort(error)).await,
            };
            drop(passed);
        });
    }

    /// What is to be done with a file; nothing where the committer has stopped.
    async fn own(
        &self,
        unowned: Unowned,
        owned: oneshot::Receiver<Owning>,
        durable: impl Future<Output = Result<(), ArchiveError>>,
    ) -> Result<Option<Command>, ArchiveError> {
        let mut durable = std::pin::pin!(durable);
        if !unowned.is_known {
            durable.as_mut().await?;
        }
        let Ok(owned) = owned.await else {
            return Ok(None);
        };
        let Owning { owned, instead_of } = owned;
        let (item, lost) = match owned {
            Owned::Wanted { item, .. } => (item, None),
            Owned::Held { item } => (item, self.lost(unowned.sha256).await?),
        };
        let is_held = matches!(owned, Owned::Held { .. }) && lost.is_none();
        if unowned.is_known && !is_held {
            durable.await?;
        }
        // Nobody listens any more when the run is over.
        let _ = self.owners.send(Owner {
            ticket: unowned.ticket,
            item,
            is_held,
        });
        match owned {
            Owned::Held { .. } if lost.is_some() => Ok(lost.map(|lost| Command::Replace {
                staged: Box::new(unowned.staged(lost.item, lost.role)),
                damaged: lost.damaged,
            })),
            Owned::Wanted { item, role } => {
                let staged = Box::new(unowned.staged(item, role));
                Ok(Some(match instead_of {
                    Some(damaged) => Command::Replace { staged, damaged },
                    None => Command::Store(staged),
                }))
            }
            Owned::Held { .. } => {
                let removed = self.store.remove_temp(&unowned.temp);
                removed.map_err(|error| ArchiveError::storage("remove", unowned.temp.0, error))?;
                Ok(Some(Command::Say(unowned.said)))
            }
        }
    }
}

impl Settling {
    /// The file that is held with these bytes, if it is not what it was.
    async fn lost(&self, sha256: [u8; 32]) -> Result<Option<Lost>, ArchiveError> {
        if !self.is_reread {
            return Ok(None);
        }
        let (reply, answer) = oneshot::channel();
        let doubt = Command::Doubt {
            sha256,
            stamp: self.stamp.to_string(),
            reply,
        };
        self.commands.send(doubt).await?;
        answer.await.map_err(|_| ArchiveError::CommitterGone)
    }
}

impl Unowned {
    fn staged(self, item: i64, role: Role) -> Staged {
        Staged {
            item,
            role,
            place: self.place,
            temp: self.temp,
            size: self.size,
            sha256: self.sha256,
            inspection: self.inspection,
            note: self.note,
            beside: None,
            doubtful: false,
            has_clip: false,
            ticket: Some(self.ticket),
            said: Some(self.said),
        }
    }
}

async fn sync(file: File, created: Option<DateTime<Utc>>) -> io::Result<()> {
    let synced = tokio::task::spawn_blocking(move || {
        if let Some(created) = created {
            store::set_modified(&file, created);
        }
        file.sync_all()
    });
    synced
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)))
}
