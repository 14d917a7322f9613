//! Between the jobs that wait and the fetchers: nobody is handed an address that is about to die.
//!
//! Jobs wait here, not in the lister, so that listing goes on while fetchers are busy. How many may wait is bounded, and
//! addresses that have grown old meanwhile are renewed many at a time, which costs one API call for fifty or more.

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use crate::google::BATCH_SIZE;
use crate::media::item::MediaItem;
use crate::source::Source;
use crate::sync::SyncError;
use crate::sync::attempt::FRESH;
use crate::sync::fetch::Job;
use crate::sync::queue::stopped;

/// Jobs that may wait, at about 1 KB each. When more are found, listing waits too.
pub(super) const WAITING: usize = 4096;

/// Passes jobs on in their order, as fetchers become free. Ends with the last job.
pub(super) async fn hand_over(
    source: &Source,
    mut waiting: mpsc::Receiver<Job>,
    fetchers: mpsc::Sender<Job>,
) -> Result<(), SyncError> {
    let http = source.http();
    let mut next: VecDeque<Job> = VecDeque::new();
    loop {
        if next.is_empty() {
            tokio::select! {
                job = waiting.recv() => match job {
                    Some(job) => next.push_back(job),
                    None => return Ok(()),
                },
                () = http.stop.soon.cancelled() => return Err(SyncError::Stopped),
            }
        }
        while next.len() < BATCH_SIZE
            && let Ok(job) = waiting.try_recv()
        {
            next.push_back(job);
        }
        let now = http.clock.now();
        if next.front().is_some_and(|job| is_stale(&job.item, now)) {
            renew(source, &mut next, now).await?;
        }
        tokio::select! {
            place = fetchers.reserve() => match (place, next.pop_front()) {
                (Ok(place), Some(job)) => place.send(job),
                _ => return Err(SyncError::Stopped),
            },
            () = http.stop.soon.cancelled() => return Err(SyncError::Stopped),
        }
    }
}

async fn renew(
    source: &Source,
    jobs: &mut VecDeque<Job>,
    now: DateTime<Utc>,
) -> Result<(), SyncError> {
    let stale = jobs.iter().map(|job| &job.item);
    let stale: Vec<&MediaItem> = stale.filter(|item| is_stale(item, now)).collect();
    let fresh = source.renew(&stale).await.map_err(stopped)?;
    let mut fresh: HashMap<_, _> = fresh
        .into_iter()
        .map(|item| (item.id.clone(), item))
        .collect();
    for job in jobs {
        // What is missing from the answer is asked for by itself by its fetcher, which can tell why.
        if let Some(item) = fresh.remove(&job.item.id) {
            job.item.url = item.url;
        }
    }
    Ok(())
}

fn is_stale(item: &MediaItem, now: DateTime<Utc>) -> bool {
    item.url
        .as_ref()
        .is_none_or(|listed| now - listed.at > FRESH)
}
