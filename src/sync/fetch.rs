//! Fetching one item: its bytes into a temporary file, hashed and inspected on the way, whole or not at all.

use std::fs::File;
use std::sync::Arc;

use chrono::TimeDelta;
use tokio::sync::Semaphore;

use crate::archive::ArchiveError;
use crate::archive::batch::is_fault_of_the_disk;
use crate::archive::commit::{Command, Commands};
use crate::archive::roles::NotDone;
use crate::archive::staged::{Place, Staged};
use crate::archive::store::Store;
use crate::archive::tree;
use crate::auth::secret::Secret;
use crate::google::GoogleError;
use crate::http::Reach;
use crate::http::limit::{Lane, Reached};
use crate::http::retry::{Failure, Retry};
use crate::media::item::{Kind, MediaItem, Part, Role};
use crate::media::naming;
use crate::source::Source;
use crate::sync::SyncError;
use crate::sync::event::Event;
use crate::sync::fatal::Fatal;
use crate::sync::judge::{self, Judgement};
use crate::sync::queue;
use crate::sync::resume::{Owner, Parts};
use crate::sync::sink::Sink;
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

/// A base URL lives 60 minutes, 30 to 40 in one report (google/java-photoslibrary#38).
pub(crate) const FRESH: TimeDelta = TimeDelta::minutes(30);

/// Why there are none.
pub(super) enum Miss {
    Failed(String),
    /// Google no longer has the item.
    Gone,
    /// There is no such file: a photo without a clip.
    NoSuchFile(String),
    /// Nothing else can be fetched either.
    Ends(SyncError),
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

    /// Fetches one file, going on with what there is of it, and keeps what there is then if it does not get there. Bytes with
    /// the SHA-256 that is `known` of it are taken as they are: no other witness says more.
    pub(super) async fn fetch(
        &self,
        item: &mut MediaItem,
        owner: Owner,
        known: Option<&[u8]>,
    ) -> Result<(Fetched, bool), Miss> {
        let mut held = self.reopen(owner).await;
        let fetched = self.attempt(item, owner, known, &mut held).await;
        match (held, &fetched) {
            (None, _) => {}
            (Some(sink), Err(Miss::Failed(_) | Miss::Ends(_))) => {
                if sink.has_grown() {
                    // A disk that takes no more says so at every other place.
                    let _ = self.keep(owner, sink).await;
                }
            }
            (Some(sink), _) => self.drop_sink(owner, sink).await,
        }
        fetched
    }

    /// Tries until the bytes are whole, or no attempt is left. The flag says that they look broken, but came so twice.
    async fn attempt(
        &self,
        item: &mut MediaItem,
        owner: Owner,
        known: Option<&[u8]>,
        held: &mut Option<Sink>,
    ) -> Result<(Fetched, bool), Miss> {
        let (http, role) = (self.source.http(), owner.1);
        let (mut attempt, mut renewals) = (1, 0);
        let mut broken_before: Option<[u8; 32]> = None;
        loop {
            self.check_space()?;
            let is_stale = item
                .url
                .as_ref()
                .is_none_or(|listed| http.clock.now() - listed.at > FRESH);
            if is_stale {
                self.renew(item).await?;
            }
            let Some(address) = item
                .url
                .as_ref()
                .map(|listed| listed.url.file(item.kind, role))
            else {
                return Err(Miss::Failed(
                    "Google gave no address for its bytes".to_owned(),
                ));
            };
            let bearer = self.source.bearer().await.map_err(stopped)?;
            let bearer = bearer.as_ref().map(Secret::reveal);
            let failure = match self.transfer(owner, &address, bearer, held).await {
                Ok(fetched) if known == Some(&fetched.sha256) => return Ok((fetched, false)),
                Ok(fetched) => match judge::judge(item, role, &fetched) {
                    Judgement::Whole => return Ok((fetched, false)),
                    Judgement::Broken(_) if broken_before == Some(fetched.sha256) => {
                        return Ok((fetched, true));
                    }
                    Judgement::Broken(why) => {
                        broken_before = Some(fetched.sha256);
                        self.discard(owner, fetched).await;
                        Failure::Unusable(why)
                    }
                    Judgement::Refused(why) => {
                        self.discard(owner, fetched).await;
                        Failure::Unusable(why)
                    }
                    Judgement::NoSuchFile(why) => {
                        self.discard(owner, fetched).await;
                        return Err(Miss::NoSuchFile(why));
                    }
                },
                Err(failure) => failure,
            };
            match &failure {
                // A dead address: a fresh one is no attempt of its own, but two of them dead is an answer.
                Failure::Status(status) if matches!(status.code, 401 | 403) && renewals < 2 => {
                    renewals += 1;
                    self.renew(item).await?;
                    continue;
                }
                Failure::Status(status)
                    if role == Role::Motion && matches!(status.code, 400 | 404) =>
                {
                    return Err(Miss::NoSuchFile(format!(
                        "Google has no clip of it ({})",
                        status.code
                    )));
                }
                Failure::Status(status) if matches!(status.code, 404 | 410) && renewals < 1 => {
                    renewals += 1;
                    self.renew(item).await?;
                    continue;
                }
                Failure::Quota(reached) => {
                    return Err(Miss::Ends(GoogleError::Quota(*reached).into()));
                }
                Failure::Disk(_) => return Err(unkept(failure)),
                Failure::Stopped => return Err(Miss::Ends(SyncError::Stopped)),
                _ => {}
            }
            match http.decide(&failure, attempt) {
                Retry::After(wait) => {
                    let name = item.filename.as_deref().unwrap_or(&item.id.0);
                    self.tally.event(&Event::Retrying {
                        name,
                        why: &failure.to_string(),
                        wait,
                    });
                    http.wait(wait)
                        .await
                        .map_err(|_| Miss::Ends(SyncError::Stopped))?;
                }
                Retry::GiveUp => return Err(give_up(failure)),
            }
            attempt += 1;
        }
    }

    /// A fresh address for one item.
    async fn renew(&self, item: &mut MediaItem) -> Result<(), Miss> {
        match self.source.renew_one(item).await {
            Ok(Some(fresh)) => {
                item.url = fresh.url;
                Ok(())
            }
            Ok(None) => Err(Miss::Gone),
            Err(error) if error.ends_the_run() => Err(stopped(error)),
            Err(error) => Err(Miss::Failed(format!(
                "could not get a fresh address: {error}"
            ))),
        }
    }

    pub(super) fn check_space(&self) -> Result<(), Miss> {
        let free = self.store.free_space();
        let free = free.map_err(|error| {
            Miss::Ends(ArchiveError::storage("look at", "the archive's disk", error).into())
        })?;
        if free < self.min_free {
            return Err(Miss::Ends(
                ArchiveError::LowSpace {
                    free: free >> 20,
                    wanted: self.min_free >> 20,
                }
                .into(),
            ));
        }
        Ok(())
    }

    pub(super) async fn discard(&self, owner: Owner, fetched: Fetched) {
        let store = self.store.clone();
        // What stays behind is removed by the next start.
        let _ = tokio::task::spawn_blocking(move || store.remove_temp(&fetched.temp.name)).await;
        if fetched.held.is_some() {
            self.forget(owner).await;
        }
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

/// An error that ends the run.
fn stopped(error: GoogleError) -> Miss {
    Miss::Ends(queue::stopped(error))
}

/// What a failure that will not be tried again means: minutes of "too many requests" are an answer for all.
fn give_up(failure: Failure) -> Miss {
    match &failure {
        Failure::Status(status) if status.is_daily_quota() => {
            Miss::Ends(GoogleError::Quota(Reached(Lane::Bytes)).into())
        }
        Failure::Status(status) if status.code == 429 => {
            Miss::Ends(GoogleError::TooMany(failure).into())
        }
        Failure::Connect(_) => Miss::Ends(GoogleError::unreachable(failure).into()),
        _ => Miss::Failed(failure.to_string()),
    }
}

pub(super) fn unkept(failure: Failure) -> Miss {
    match failure {
        Failure::Disk(source)
            if is_fault_of_the_disk(&source)
                || source.kind() == std::io::ErrorKind::StorageFull =>
        {
            Miss::Ends(ArchiveError::storage("write to", "the archive's disk", source).into())
        }
        // The folder of temporary files is not there any more.
        Failure::Disk(source) if source.kind() == std::io::ErrorKind::NotFound => {
            Miss::Ends(ArchiveError::Vanished.into())
        }
        Failure::Disk(source) => Miss::Failed(format!("could not keep its bytes: {source}")),
        other => Miss::Failed(other.to_string()),
    }
}
