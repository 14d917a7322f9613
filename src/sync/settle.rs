//! From written to durable: the wait for the disk, off the network's time.
//!
//! A fetcher hands its file over here and goes on with the next address. Syncs run side by side, because a file system
//! serves many at the price of few, but only so many: a disk that cannot keep up slows the fetchers down.

use std::fs::File;
use std::io;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::archive::command::Command;
use crate::archive::parts::Part;
use crate::archive::roles::NotDone;
use crate::archive::staged::Staged;
use crate::archive::store;
use crate::http::resume::Held;
use crate::http::retry::Failure;
use crate::sync::attempt::Miss;
use crate::sync::event::Event;
use crate::sync::fetch::{Fetcher, Job};

/// Files that may wait for the disk at a time. Their bytes are written; what they cost is a descriptor each.
pub(super) const SETTLING: usize = 32;

impl Fetcher {
    /// Makes a file durable and passes it to the committer, in the background. Waits only while too many are on their way.
    pub(super) async fn settle(
        self: &Arc<Self>,
        file: File,
        staged: Staged,
        held: Option<Held>,
        job: &Job,
    ) {
        let Ok(permit) = self.settling.clone().acquire_owned().await else {
            return;
        };
        let (created, name, since) = (job.item.created, job.path.clone(), job.failed_since);
        let fetcher = self.clone();
        tokio::spawn(async move {
            let command = match fetcher.harden(file, created, &staged, held).await {
                Ok(()) => Command::Store(Box::new(staged)),
                Err(Miss::Failed(cause)) => {
                    fetcher.tally.event(&Event::Failed {
                        name: &name,
                        why: &cause,
                        since,
                    });
                    Command::NotDone {
                        item: staged.item,
                        role: staged.role,
                        state: NotDone::Failed,
                        cause,
                    }
                }
                Err(Miss::Ends(error)) => {
                    fetcher.fatal.set(error, fetcher.source.http());
                    return;
                }
                Err(Miss::Gone | Miss::NoSuchFile(_)) => return,
            };
            // Fails only when the committer has stopped, which tells its own story.
            let _ = fetcher.commands.send(command).await;
            drop(permit);
        });
    }

    /// Makes a file durable, with the time that it is to have.
    ///
    /// A large file that can be gone on with is remembered until its batch is committed: if the run dies before that, the
    /// next one only asks whether it is still the same.
    pub(super) async fn harden(
        &self,
        file: File,
        created: Option<DateTime<Utc>>,
        staged: &Staged,
        held: Option<Held>,
    ) -> Result<(), Miss> {
        let synced = tokio::task::spawn_blocking(move || {
            if let Some(created) = created {
                store::set_modified(&file, created);
            }
            file.sync_all()
        });
        let synced = synced.await.map_err(io::Error::other).flatten();
        let (item, role) = (staged.item, staged.role);
        // After a failed sync nothing is known of the bytes, and a second one would succeed without them.
        if let Err(error) = synced {
            let miss = self.unkept(Failure::Disk(error));
            if matches!(miss, Miss::Failed(_)) {
                self.forget((item, role)).await;
            }
            return Err(miss);
        }
        if let Some(held) = held {
            let part = Part {
                item,
                role,
                temp: staged.temp.clone(),
                held,
                sha256: staged.sha256,
            };
            // Fails only when the committer has stopped, which tells its own story.
            let _ = self.commands.send(Command::KeepPart(Box::new(part))).await;
        }
        Ok(())
    }
}
