//! From written to durable: the wait for the disk, off the network's time.
//!
//! A fetcher hands its file over here and goes on with the next address. Syncs run side by side, because a file system
//! serves many at the price of few, but only so many: a disk that cannot keep up slows the fetchers down.

use std::fs::File;
use std::sync::Arc;

use crate::archive::commit::Command;
use crate::archive::parts::Part;
use crate::archive::roles::NotDone;
use crate::archive::staged::Staged;
use crate::archive::store;
use crate::http::resume::Held;
use crate::http::retry::Failure;
use crate::sync::event::Event;
use crate::sync::fetch::{Fetcher, Job, Miss, unkept};

/// Files that may wait for the disk at a time. Their bytes are written; what they cost is a descriptor each.
pub(super) const SETTLING: usize = 32;

impl Fetcher {
    /// Makes a file durable and passes it to the committer, in the background. Waits only while too many are on their way.
    ///
    /// A large file that can be gone on with is remembered until its batch is committed: if the run dies before that, the
    /// next one only asks whether it is still the same.
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
            let synced = tokio::task::spawn_blocking(move || {
                if let Some(created) = created {
                    store::set_modified(&file, created);
                }
                file.sync_all()
            });
            let (item, role) = (staged.item, staged.role);
            let command = match synced
                .await
                .unwrap_or_else(|error| Err(std::io::Error::other(error)))
            {
                Ok(()) => {
                    if let Some(held) = held {
                        let part = Part {
                            item,
                            role,
                            temp: staged.temp.clone(),
                            held,
                            sha256: staged.sha256,
                        };
                        let part = Command::KeepPart(Box::new(part));
                        let _ = fetcher.commands.send(part).await;
                    }
                    Command::Store(Box::new(staged))
                }
                // After a failed sync nothing is known of the bytes, and a second one would succeed without them.
                Err(error) => match unkept(Failure::Disk(error)) {
                    Miss::Failed(cause) => {
                        fetcher.forget((item, role)).await;
                        fetcher.tally.event(&Event::Failed {
                            name: &name,
                            why: &cause,
                            since,
                        });
                        Command::NotDone {
                            item,
                            role,
                            state: NotDone::Failed,
                            cause,
                        }
                    }
                    Miss::Ends(error) => {
                        fetcher.fatal.set(error, fetcher.source.http());
                        return;
                    }
                    Miss::Gone | Miss::NoSuchFile(_) => return,
                },
            };
            // Fails only when the committer has stopped, which tells its own story.
            let _ = fetcher.commands.send(command).await;
            drop(permit);
        });
    }
}
