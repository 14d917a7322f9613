//! From a file that is written to one that is durable and on its way to the committer.

use std::fs::File;
use std::io;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::archive::ArchiveError;
use crate::archive::commit::{Command, Commands};
use crate::archive::staged::Staged;
use crate::archive::store;

/// The way to the committer, for a thread that may wait.
pub(crate) struct Settling {
    commands: Commands,
    runtime: Handle,
    syncing: Arc<Semaphore>,
}

/// Files that are being made durable at a time.
const SYNCING: usize = 32;

impl Settling {
    pub(crate) fn new(commands: Commands, runtime: Handle) -> Self {
        Self {
            commands,
            runtime,
            syncing: Arc::new(Semaphore::new(SYNCING)),
        }
    }

    pub(crate) fn send(&self, command: Command) -> Result<(), ArchiveError> {
        self.runtime.block_on(self.commands.send(command))
    }

    /// Makes a file durable, off this thread, and passes it to the committer.
    pub(crate) fn settle(&self, staged: Staged, file: File, created: Option<DateTime<Utc>>) {
        let (syncing, commands) = (self.syncing.clone(), self.commands.clone());
        let permit = self.runtime.block_on(syncing.acquire_owned());
        let Ok(permit) = permit else { return };
        self.runtime.spawn(async move {
            let synced = tokio::task::spawn_blocking(move || {
                if let Some(created) = created {
                    store::set_modified(&file, created);
                }
                file.sync_all()
            });
            let command = match synced
                .await
                .unwrap_or_else(|error| Err(io::Error::other(error)))
            {
                Ok(()) => Command::Store(Box::new(staged)),
                // After a failed sync nothing is known of the bytes.
                Err(error) => Command::Abort(ArchiveError::storage("sync", staged.temp.0, error)),
            };
            // Fails only when the committer has stopped, which tells its own story.
            let _ = commands.send(command).await;
            drop(permit);
        });
    }
}
