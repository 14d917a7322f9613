//! From listed pages to jobs: merge by id, compare with the archive, record, reserve names, hand over.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::archive::commit::{Commands, Listed as Recording, Wish};
use crate::archive::known::{Known, Reader, State};
use crate::archive::naming::Place;
use crate::archive::roles::NotDone;
use crate::archive::settings::Settings;
use crate::archive::store;
use crate::google::{BATCH_SIZE, GoogleError};
use crate::media::item::{Kind, MediaItem, MediaItemId, Role};
use crate::media::naming;
use crate::source::library::{Library, Listed, Listing};
use crate::sync::SyncError;
use crate::sync::event::Event;
use crate::sync::fetch::{FRESH, Job};
use crate::sync::plan::{self, Action, Plan, Why};
use crate::sync::summary::Tally;

/// The way from the lister to the fetchers.
pub(crate) struct Queue {
    pub(crate) library: Library,
    pub(crate) listing: Listing,
    pub(crate) settings: Settings,
    pub(crate) commands: Commands,
    pub(crate) jobs: mpsc::Sender<Job>,
    pub(crate) tally: Arc<Tally>,
}

/// An item of a page, what is held of it, and what is to be done.
struct Considered {
    item: MediaItem,
    known: Known,
    plan: Plan,
}

impl Queue {
    /// Lists everything and queues what is missing. Returns when all of it has been handed over.
    pub(crate) async fn fill(self, reader: &mut Reader) -> Result<(), SyncError> {
        let mut pages = start(&self.library, &self.listing, &self.tally);
        while let Some(items) = next_page(&mut pages, &self.library, &self.tally).await? {
            let considered =
                tokio::task::block_in_place(|| consider(items, reader, &self.library))?;
            self.tally.event(&Event::Seen {
                items: considered.len(),
            });
            let jobs = self.record(considered).await?;
            self.hand_over(jobs).await?;
        }
        Ok(())
    }

    /// Records what is new or has changed, in listing order, and returns what is to be fetched.
    async fn record(&self, considered: Vec<Considered>) -> Result<Vec<Job>, SyncError> {
        let (mut recordings, mut wanted) = (Vec::new(), Vec::new());
        let mut kept = 0;
        for Considered { item, known, plan } in considered {
            let name = item.filename.clone().unwrap_or_else(|| item.id.0.clone());
            let original = known.original.as_ref();
            let since = original.and_then(|file| file.first_failed);
            let (wish, place, why) = match plan.original {
                Action::Fetch(why) => {
                    let place = place(&item, &self.settings);
                    (Wish::Fetch(place.clone()), Some(place), Some(why))
                }
                Action::Keep(_) => {
                    kept += 1;
                    (Wish::Describe, None, None)
                }
                Action::Skip(why) => {
                    self.tally.event(&Event::Skipped { name: &name, why });
                    let is_said = original.is_some_and(|file| {
                        file.state == State::Skipped && file.cause.as_deref() == Some(why)
                    });
                    (
                        if is_said {
                            Wish::Describe
                        } else {
                            Wish::NotDone(NotDone::Skipped, why.to_owned())
                        },
                        None,
                        None,
                    )
                }
                Action::Fail(why) => {
                    self.tally.event(&Event::Failed {
                        name: &name,
                        why,
                        since,
                    });
                    (Wish::NotDone(NotDone::Failed, why.to_owned()), None, None)
                }
            };
            let is_wanted = place.is_some() || plan.clip;
            // An item of which nothing is new costs no write.
            if is_wanted || !known.unchanged || !matches!(wish, Wish::Describe) {
                let held = original.and_then(|file| file.path.clone());
                wanted.push((is_wanted, place, plan.clip, why, since, held));
                recordings.push(Recording { item, wish });
            }
        }
        if kept > 0 {
            self.tally.event(&Event::Kept { items: kept });
        }
        if recordings.is_empty() {
            return Ok(Vec::new());
        }
        let items: Vec<_> = recordings
            .iter()
            .map(|recording| recording.item.clone())
            .collect();
        let recorded = self.commands.record(recordings).await?;
        let mut jobs = Vec::new();
        for ((item, recorded), (is_wanted, original, clip, why, failed_since, held)) in
            items.into_iter().zip(recorded).zip(wanted)
        {
            let Some(path) = recorded.path.or(held).filter(|_| is_wanted) else {
                continue;
            };
            self.tally.event(&Event::Queued {
                why: why.unwrap_or(Why::Pending),
            });
            jobs.push(Job {
                item,
                row: recorded.row,
                path,
                original,
                clip,
                failed_since,
            });
        }
        Ok(jobs)
    }

    /// Hands jobs over one by one, as fetchers become free; addresses that have grown old meanwhile are renewed together.
    async fn hand_over(&self, mut jobs: Vec<Job>) -> Result<(), SyncError> {
        let http = self.library.http();
        jobs.reverse();
        while let Some(next) = jobs.last() {
            let now = http.clock.now();
            if is_stale(&next.item, now) {
                let stale = jobs
                    .iter()
                    .rev()
                    .filter(|job| is_stale(&job.item, now))
                    .take(BATCH_SIZE);
                let stale: Vec<MediaItemId> = stale.map(|job| job.item.id.clone()).collect();
                let fresh = self.library.renew(&stale).await.map_err(stopped)?;
                let mut fresh: HashMap<_, _> = fresh
                    .into_iter()
                    .map(|item| (item.id.clone(), item))
                    .collect();
                for job in &mut jobs {
                    // What is missing from the answer is asked for by itself by its fetcher, which can tell why.
                    if let Some(item) = fresh.remove(&job.item.id) {
                        job.item.url = item.url;
                    }
                }
            }
            tokio::select! {
                place = self.jobs.reserve() => match (place, jobs.pop()) {
                    (Ok(place), Some(job)) => place.send(job),
                    _ => return Err(SyncError::Stopped),
                },
                () = http.stop.soon.cancelled() => return Err(SyncError::Stopped),
            }
        }
        Ok(())
    }
}

/// Lists everything and tells what would be fetched.
pub(crate) async fn would_fetch(
    library: &Library,
    listing: &Listing,
    settings: &Settings,
    reader: &mut Reader,
    tally: &Tally,
) -> Result<(), SyncError> {
    let mut pages = start(library, listing, tally);
    while let Some(items) = next_page(&mut pages, library, tally).await? {
        let considered = tokio::task::block_in_place(|| consider(items, reader, library))?;
        tally.event(&Event::Seen {
            items: considered.len(),
        });
        for Considered { item, known, plan } in considered {
            let place = place(&item, settings).bare();
            let path = known
                .original
                .as_ref()
                .and_then(|file| file.path.as_deref())
                .unwrap_or(&place);
            let id = item.id.0.as_str();
            match plan.original {
                Action::Fetch(why) => tally.event(&Event::WouldFetch { path, id, why }),
                Action::Keep(_) => tally.event(&Event::Kept { items: 1 }),
                Action::Skip(why) => tally.event(&Event::Skipped { name: path, why }),
                Action::Fail(why) => {
                    let since = known.original.as_ref().and_then(|file| file.first_failed);
                    tally.event(&Event::Failed {
                        name: path,
                        why,
                        since,
                    });
                }
            }
            if plan.clip && !matches!(plan.original, Action::Fetch(_)) {
                let (folder, still) = store::split(path);
                tally.event(&Event::WouldFetch {
                    path: &store::join(folder, &naming::clip_name(still, "mp4")),
                    id,
                    why: Why::Pending,
                });
            }
        }
    }
    Ok(())
}

fn start(library: &Library, listing: &Listing, tally: &Tally) -> mpsc::Receiver<Listed> {
    tally.event(&Event::Listing {
        windows: listing.windows.len(),
        full: listing.full,
    });
    library.list(listing.clone())
}

/// The next page with items, or `None` when all parts of the listing have ended.
async fn next_page(
    pages: &mut mpsc::Receiver<Listed>,
    library: &Library,
    tally: &Tally,
) -> Result<Option<Vec<MediaItem>>, SyncError> {
    loop {
        let listed = tokio::select! {
            listed = pages.recv() => listed,
            () = library.http().stop.soon.cancelled() => return Err(SyncError::Stopped),
        };
        match listed {
            None => return Ok(None),
            Some(Listed::Page { items }) => return Ok(Some(items)),
            Some(Listed::Done { lane }) => tally.event(&Event::Listed { lane }),
            Some(Listed::Failed { lane, why }) => {
                tally.event(&Event::ListingFailed { lane, why: &why });
            }
            Some(Listed::Ended(error)) => return Err(stopped(error)),
        }
    }
}

fn consider(
    items: Vec<MediaItem>,
    reader: &mut Reader,
    library: &Library,
) -> Result<Vec<Considered>, SyncError> {
    let items = reader.first_seen(items)?;
    let known = reader.look_up(&items)?;
    let now = library.http().clock.now();
    let consider = |(item, known)| {
        let plan = plan::decide(&item, &known, now);
        Considered { item, known, plan }
    };
    Ok(items.into_iter().zip(known).map(consider).collect())
}

/// Where an item's original goes, as far as can be told before its bytes are seen.
fn place(item: &MediaItem, settings: &Settings) -> Place {
    let extension = match (item.mime_type.as_deref(), item.kind) {
        (Some("image/png"), _) => "png",
        (Some("image/gif"), _) => "gif",
        (Some("image/webp"), _) => "webp",
        (Some("image/heic" | "image/heif"), _) => "heic",
        (Some("image/avif"), _) => "avif",
        (Some("video/quicktime"), _) => "mov",
        (_, Kind::Photo) => "jpg",
        (_, Kind::Video(_)) => "mp4",
    };
    Place {
        folder: settings.layout.folder(item.created, settings.time_zone),
        name: naming::file_name(item.filename.as_deref(), &item.id.0, extension),
        tag: naming::tag(item.source.as_str(), &item.id.0, Role::Original.as_str()),
    }
}

fn is_stale(item: &MediaItem, now: chrono::DateTime<chrono::Utc>) -> bool {
    item.url
        .as_ref()
        .is_some_and(|listed| now - listed.at > FRESH)
}

fn stopped(error: GoogleError) -> SyncError {
    match error {
        GoogleError::Stopped => SyncError::Stopped,
        other => other.into(),
    }
}
