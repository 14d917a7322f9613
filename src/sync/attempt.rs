//! Getting the bytes of one file: tried until they are whole, or until no attempt is left.

use chrono::TimeDelta;

use crate::archive::ArchiveError;
use crate::archive::batch::is_fault_of_the_disk;
use crate::archive::closed::is_refusal;
use crate::auth::secret::Secret;
use crate::google::GoogleError;
use crate::http::Http;
use crate::http::limit::Lane;
use crate::http::retry::{Failure, Retry};
use crate::media::item::{MediaItem, Role};
use crate::sync::event::Event;
use crate::sync::fetch::Fetcher;
use crate::sync::judge::{self, Judgement};
use crate::sync::resume::Owner;
use crate::sync::sink::Sink;
use crate::sync::transfer::Fetched;
use crate::sync::{SyncError, queue};

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
        let (mut attempt, mut renewals, mut replaced) = (1, 0, false);
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
            let token = self.source.bearer().await.map_err(stopped)?;
            let bearer = token.as_ref().map(Secret::reveal);
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
                // Only the host of the bytes may no longer take a token that the API takes. A 403 is a dead address first.
                Failure::Status(status)
                    if !replaced
                        && (status.code == 401 || status.code == 403 && renewals > 0)
                        && self.replace(token.as_ref()).await? =>
                {
                    replaced = true;
                    continue;
                }
                // A dead address: a fresh one is no attempt of its own, but two of them dead is an answer.
                Failure::Status(status) if matches!(status.code, 401 | 403) && renewals < 2 => {
                    renewals += 1;
                    self.renew(item).await?;
                    continue;
                }
                Failure::Status(status) if matches!(status.code, 404 | 410) && renewals < 1 => {
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
                Failure::Quota(reached) => {
                    return Err(Miss::Ends(GoogleError::Quota(*reached).into()));
                }
                Failure::Disk(_) => return Err(self.unkept(failure)),
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
                Retry::GiveUp => return Err(give_up(failure, http)),
            }
            attempt += 1;
        }
    }

    async fn replace(&self, refused: Option<&Secret>) -> Result<bool, Miss> {
        self.source.replace_bearer(refused).await.map_err(stopped)
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
                    free,
                    wanted: self.min_free,
                }
                .into(),
            ));
        }
        Ok(())
    }

    /// What a disk that does not take the bytes of one file means for the others.
    pub(super) fn unkept(&self, failure: Failure) -> Miss {
        let error = match failure {
            Failure::Disk(source)
                if is_fault_of_the_disk(&source)
                    || source.kind() == std::io::ErrorKind::StorageFull =>
            {
                ArchiveError::storage("write to", "the archive's disk", source)
            }
            // The folder of temporary files is not there any more.
            Failure::Disk(source) if source.kind() == std::io::ErrorKind::NotFound => {
                ArchiveError::Vanished
            }
            // All files are made in that folder.
            Failure::Disk(source) if is_refusal(&source) => self.store.closed(source),
            Failure::Disk(source) => {
                return Miss::Failed(format!("could not keep its bytes: {source}"));
            }
            other => return Miss::Failed(other.to_string()),
        };
        Miss::Ends(error.into())
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

/// An error that ends the run.
fn stopped(error: GoogleError) -> Miss {
    Miss::Ends(queue::stopped(error))
}

/// What a failure that will not be tried again means: minutes of "too many requests" are an answer for all.
fn give_up(failure: Failure, http: &Http) -> Miss {
    match &failure {
        Failure::Status(status) if status.is_daily_quota() => {
            http.quota().refuse(http.clock.now());
            Miss::Ends(GoogleError::QuotaRefused(Lane::Bytes).into())
        }
        Failure::Status(status) if status.code == 429 => {
            Miss::Ends(GoogleError::TooMany(failure).into())
        }
        Failure::Connect(_) => Miss::Ends(GoogleError::unreachable(failure).into()),
        _ => Miss::Failed(failure.to_string()),
    }
}
