//! Fetching one item: its bytes into a temporary file, hashed and inspected on the way, whole or not at all.

use std::fs::File;
use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::archive::command::Command;
use crate::archive::commit::Commands;
use crate::archive::roles::NotDone;
use crate::archive::staged::{Place, Staged};
use crate::archive::store::Store;
use crate::archive::tree;
use crate::http::Reach;
use crate::media::item::{Kind, MediaItem, Part, Role};
use crate::media::naming;
use crate::source::Source;
use crate::sync::SyncError;
use crate::sync::attempt::Miss;
use crate::sync::event::Event;
use crate::sync::fatal::Fatal;
use crate::sync::judge;
use crate::sync::resume::Parts;
use crate::sync::summary::Tally;
use crate::sync::transfer::Fetched;

/// One item to fetch.
pub(crate) struct Job {
    pub(crate) item: MediaItem,
    /// Its row in the index.
    pub(crate) row: i64,
    /// The path of its original: reserved, or where it is.
    pub(crate) path: String,
    pub(crate) original: Option<Place>,
    /// The clip is known to exist and is wanted.
    pub(crate) clip: bool,
    /// The clip was in the archive: if Google has none now, it is missed all the same.
    pub(crate) clip_was_here: bool,
    /// The original is here and only asked for once more.
    pub(crate) is_recheck: bool,
    /// A file of the original's name that is there, and why it is not taken for it.
    pub(crate) beside: Option<String>,
    /// Seconds since 1970 of the original's first failure, if an earlier run failed.
    pub(crate) failed_since: Option<i64>,
    /// The same of the clip.
    pub(crate) clip_failed_since: Option<i64>,
}

/// What fetching needs.
pub(crate) struct Fetcher {
    pub(crate) source: Source,
    pub(crate) reach: Reach,
    pub(crate) store: Store,
    pub(crate) commands: Commands,
    pub(crate) parts: Parts,
    pub(crate) tally: Arc<Tally>,
    /// Bytes that must stay free on the disk.
    pub(crate) min_free: u64,
    pub(crate) fatal: Fatal,
    /// Files that are being made durable.
    pub(crate) settling: Arc<Semaphore>,
}

impl Fetcher {
    /// Fetches what the job asks for. An item that cannot be had is an outcome, reported and recorded; an error ends the
    /// run.
    pub(crate) async fn run(self: &Arc<Self>, mut job: Job) -> Result<(), SyncError> {
        let mut clip = job.clip;
        if let Some(place) = job.original.take() {
            match self
                .fetch(&mut job.item, (job.row, Role::Original), None)
                .await
            {
                Ok((fetched, doubtful)) => {
                    clip |= job.item.kind == Kind::Photo
                        && (fetched.inspection.motion
                            || job
                                .item
                                .filename
                                .as_deref()
                                .is_some_and(naming::says_motion));
                    let held = fetched.held.clone();
                    let (file, staged) =
                        staged(&job, Role::Original, place, fetched, doubtful, clip);
                    self.settle(file, staged, held, &job).await;
                }
                Err(miss) => return self.missed(&job, Role::Original, miss).await,
            }
        }
        if clip {
            match self
                .fetch(&mut job.item, (job.row, Role::Motion), None)
                .await
            {
                Ok((fetched, doubtful)) => {
                    let (folder, still) = tree::split(&job.path);
                    let extension = fetched
                        .inspection
                        .format
                        .map_or("mp4", |format| format.extension());
                    let place = Place {
                        folder: folder.to_owned(),
                        name: naming::clip_name(still, extension),
                        tag: naming::tag(
                            job.item.source.as_str(),
                            &job.item.id.0,
                            &Role::Motion.text(),
                        ),
                    };
                    let held = fetched.held.clone();
                    let (file, staged) =
                        staged(&job, Role::Motion, place, fetched, doubtful, false);
                    self.settle(file, staged, held, &job).await;
                }
                Err(miss) => return self.missed(&job, Role::Motion, miss).await,
            }
        }
        Ok(())
    }

    pub(super) async fn missed(&self, job: &Job, role: Role, miss: Miss) -> Result<(), SyncError> {
        let (clip, name, since);
        match role.part() {
            Part::Original | Part::Edited => (name, since) = (job.path.as_str(), job.failed_since),
            Part::Motion => {
                clip = format!("{} (its clip)", job.path);
                (name, since) = (clip.as_str(), job.clip_failed_since);
            }
        }
        let (state, cause) = match miss {
            Miss::Ends(error) => return Err(error),
            // What is here stays as good as it was, and the question stays open.
            _ if job.is_recheck && role == Role::Original => {
                self.tally.event(&Event::KeptFirst { path: name });
                return Ok(());
            }
            Miss::Failed(why) => {
                self.tally.event(&Event::Failed {
                    name,
                    why: &why,
                    since,
                });
                (NotDone::Failed, why)
            }
            Miss::Gone => {
                self.tally.event(&Event::Gone { name });
                (NotDone::Gone, "Google no longer has it".to_owned())
            }
            Miss::NoSuchFile(why) if role == Role::Motion && job.clip_was_here => {
                self.tally.event(&Event::Failed {
                    name,
                    why: &why,
                    since,
                });
                (NotDone::Failed, why)
            }
            Miss::NoSuchFile(why) => (NotDone::None, why),
        };
        self.commands
            .send(Command::NotDone {
                item: job.row,
                role,
                state,
                cause,
            })
            .await?;
        Ok(())
    }
}

/// What the committer gets, and the open file that must be made durable first.
pub(super) fn staged(
    job: &Job,
    role: Role,
    mut place: Place,
    fetched: Fetched,
    doubtful: bool,
    has_clip: bool,
) -> (File, Staged) {
    let note = judge::note(&job.item, role, &fetched, doubtful);
    // The name ends in what the bytes are, where Google's own name does not say.
    if role == Role::Original
        && let Some(format) = fetched.inspection.format
    {
        place.name = naming::file_name(
            job.item.filename.as_deref(),
            &job.item.id.0,
            format.extension(),
        );
    }
    let Fetched {
        temp,
        size,
        sha256,
        inspection,
        ..
    } = fetched;
    let staged = Staged {
        item: job.row,
        role,
        place,
        temp: temp.name,
        size,
        sha256,
        inspection,
        note,
        beside: job.beside.clone().filter(|_| role == Role::Original),
        doubtful,
        has_clip,
        ticket: None,
        said: None,
    };
    (temp.file, staged)
}
