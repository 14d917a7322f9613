//! From listed pages to jobs: merge by id, compare with the archive, record, reserve names.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::archive::ArchiveError;
use crate::archive::command::{Listed as Recording, Wish};
use crate::archive::commit::Commands;
use crate::archive::known::{Known, KnownFile, OnDisk, Reader, State};
use crate::archive::roles::NotDone;
use crate::archive::settings::Settings;
use crate::archive::staged::Place;
use crate::archive::survey::Found;
use crate::archive::takeover::Claim;
use crate::google::GoogleError;
use crate::http::Http;
use crate::media::day::DayRange;
use crate::media::item::{Kind, MediaItem, Role};
use crate::media::naming;
use crate::source::library::{Library, Listing};
use crate::source::{Lane, Listed};
use crate::sync::SyncError;
use crate::sync::event::Event;
use crate::sync::fetch::Job;
use crate::sync::found::{self, Here, Planned};
use crate::sync::plan::{self, Action, Kept, Plan, Why};
use crate::sync::summary::Tally;

/// The way from the lister to the jobs that wait.
pub(crate) struct Queue {
    pub(crate) http: Http,
    pub(crate) settings: Settings,
    pub(crate) commands: Commands,
    pub(crate) jobs: mpsc::Sender<Job>,
    pub(crate) tally: Arc<Tally>,
}

/// An item of a page, what is held of it, and what is to be done.
pub(super) struct Considered {
    pub(super) item: MediaItem,
    pub(super) known: Known,
    pub(super) plan: Plan,
    pub(super) here: Here,
    /// Where its clip is, if that was moved.
    pub(super) clip_here: Option<Found>,
}

impl Queue {
    /// Queues what is missing of all that is listed. Returns when all of it has been handed over.
    pub(crate) async fn fill(
        self,
        mut pages: mpsc::Receiver<Listed>,
        reader: &mut Reader,
    ) -> Result<(), SyncError> {
        let mut gaps = Vec::new();
        while let Some(items) = next_page(&mut pages, &self.http, &self.tally, &mut gaps).await? {
            let considered = tokio::task::block_in_place(|| {
                consider(items, reader, &self.settings, &self.http, &self.tally)
            })?;
            self.tally.event(&Event::Seen {
                items: considered.len(),
            });
            for job in self.record(considered, reader).await? {
                self.send(job).await?;
            }
        }
        self.settle_held(reader, &gaps).await
    }

    pub(super) async fn send(&self, job: Job) -> Result<(), SyncError> {
        self.tally.event(&Event::Queued);
        tokio::select! {
            sent = self.jobs.send(job) => sent.map_err(|_| SyncError::Stopped),
            () = self.http.stop.soon.cancelled() => Err(SyncError::Stopped),
        }
    }

    /// Records what is new or has changed, in listing order, and returns what is to be fetched.
    async fn record(
        &self,
        considered: Vec<Considered>,
        reader: &mut Reader,
    ) -> Result<Vec<Job>, SyncError> {
        let (mut recordings, mut planned) = (Vec::new(), Vec::new());
        let mut kept = 0;
        for one in considered {
            let Considered {
                item, known, plan, ..
            } = one;
            let is_candidate = matches!(one.here, Here::Candidate);
            let wish = match one.here {
                Here::Moved(found) => Wish::Take(found, Claim::Moved, place(&item, &self.settings)),
                Here::Candidate | Here::Nothing => self.wish(&item, &known, &plan),
            };
            kept += usize::from(matches!(plan.original, Action::Keep(_)));
            self.tell_changed(&plan, &known);
            let job = Job::planned(&item, &wish, &known, &plan);
            // An item of which nothing is new costs no write.
            if job.is_some() || !known.unchanged || !matches!(wish, Wish::Describe) {
                let clip_path = one.clip_here.as_ref().map(|found| found.path.clone());
                recordings.push(Recording {
                    item,
                    wish,
                    clip: one.clip_here,
                });
                planned.push(job.map(|job| Planned {
                    job,
                    plan,
                    known,
                    is_candidate,
                    clip_path,
                }));
            }
        }
        if kept > 0 {
            self.tally.event(&Event::Kept { items: kept });
        }
        if recordings.is_empty() {
            return Ok(Vec::new());
        }
        let recorded = self.commands.record(recordings).await?;
        tokio::task::block_in_place(|| {
            let both = planned.into_iter().zip(recorded);
            let jobs = both.filter_map(|(planned, recorded)| {
                self.after(planned?, recorded, reader).transpose()
            });
            Ok(jobs.collect::<Result<_, ArchiveError>>()?)
        })
    }

    /// Says which of an item's files are not what was stored.
    fn tell_changed(&self, plan: &Plan, known: &Known) {
        let path = |file: &Option<KnownFile>| file.as_ref().and_then(|file| file.path.clone());
        match (&plan.original, path(&known.original)) {
            (Action::Keep(Kept::Edited), Some(path)) => {
                self.tally.event(&Event::Changed { path: &path });
            }
            (Action::Keep(Kept::Damaged), Some(path)) => {
                self.tally.event(&Event::Damaged { path: &path });
            }
            _ => {}
        }
        let clip = known.motion.as_ref();
        let is_damaged = |file: &&KnownFile| {
            file.state == State::Done && matches!(file.on_disk, OnDisk::Damaged(_))
        };
        if let Some(path) = clip
            .filter(is_damaged)
            .and_then(|clip| clip.path.as_deref())
        {
            self.tally.event(&Event::Damaged { path });
        }
    }

    /// What to record of an item besides what the source says of it. What needs no fetching is reported at once.
    fn wish(&self, item: &MediaItem, known: &Known, plan: &Plan) -> Wish {
        let name = item.filename.as_deref().unwrap_or(&item.id.0);
        let original = known.original.as_ref();
        match &plan.original {
            Action::Fetch(_) => Wish::Fetch(place(item, &self.settings)),
            Action::Keep(_) => Wish::Describe,
            Action::Skip(why) => {
                self.tally.event(&Event::Skipped { name, why });
                let is_said = original.is_some_and(|file| {
                    file.state == State::Skipped && file.cause.as_deref() == Some(why)
                });
                if is_said {
                    Wish::Describe
                } else {
                    Wish::NotDone(NotDone::Skipped, (*why).to_owned())
                }
            }
            Action::Fail(why) => {
                let since = original.and_then(|file| file.first_failed);
                self.tally.event(&Event::Failed { name, why, since });
                Wish::NotDone(NotDone::Failed, why.clone().into_owned())
            }
        }
    }
}

impl Job {
    /// What there is to fetch, if anything; row and reserved path come with the recording.
    fn planned(item: &MediaItem, wish: &Wish, known: &Known, plan: &Plan) -> Option<Self> {
        let original = match wish {
            Wish::Fetch(place) | Wish::Take(_, _, place) => Some(place.clone()),
            Wish::Describe | Wish::NotDone(..) => None,
        };
        if original.is_none() && plan.clip.is_none() {
            return None;
        }
        let failed = |file: &Option<KnownFile>| file.as_ref().and_then(|file| file.first_failed);
        let held = known.original.as_ref().and_then(|file| file.path.clone());
        Some(Self {
            item: item.clone(),
            row: 0,
            path: held.unwrap_or_default(),
            original,
            clip: plan.clip.is_some(),
            clip_was_here: found::was_here(known),
            is_recheck: plan.original == Action::Fetch(Why::Doubtful),
            beside: None,
            failed_since: failed(&known.original),
            clip_failed_since: failed(&known.motion),
        })
    }
}

pub(super) fn start(library: &Library, listing: &Listing, tally: &Tally) -> mpsc::Receiver<Listed> {
    tally.event(&Event::Listing {
        windows: listing.windows.len(),
        unit: listing.unit,
        full: listing.full,
    });
    library.list(listing.clone())
}

/// The next page with items, or `None` when all parts of the listing have ended. `gaps` gets the days that could not be
/// listed.
pub(super) async fn next_page(
    pages: &mut mpsc::Receiver<Listed>,
    http: &Http,
    tally: &Tally,
    gaps: &mut Vec<DayRange>,
) -> Result<Option<Vec<MediaItem>>, SyncError> {
    loop {
        let listed = tokio::select! {
            listed = pages.recv() => listed,
            () = http.stop.soon.cancelled() => return Err(SyncError::Stopped),
        };
        match listed {
            None => return Ok(None),
            Some(Listed::Page { items }) => return Ok(Some(items)),
            Some(Listed::Outside { items }) => tally.event(&Event::Outside { items }),
            Some(Listed::Unusable { what, why }) => tally.event(&Event::Failed {
                name: &what,
                why,
                since: None,
            }),
            Some(Listed::Done { lane }) => tally.event(&Event::Listed { lane }),
            Some(Listed::Failed { lane, why }) => {
                if let Lane::Window(window) = lane {
                    gaps.push(window);
                }
                tally.event(&Event::ListingFailed { lane, why: &why });
            }
            Some(Listed::Ended(error)) => return Err(stopped(error)),
        }
    }
}

pub(super) fn consider(
    items: Vec<MediaItem>,
    reader: &mut Reader,
    settings: &Settings,
    http: &Http,
    tally: &Tally,
) -> Result<Vec<Considered>, SyncError> {
    let items = reader.first_seen(items)?;
    let known = reader.look_up(&items)?;
    let now = http.clock.now();
    let consider = |(item, known)| {
        let plan = plan::decide(&item, &known, now);
        Considered {
            item,
            known,
            plan,
            here: Here::Nothing,
            clip_here: None,
        }
    };
    let mut considered: Vec<_> = items.into_iter().zip(known).map(consider).collect();
    found::look_around(&mut considered, reader, &http.stop, tally)?;
    found::give_up_the_blocked(&mut considered, reader, settings);
    Ok(considered)
}

/// Where an item's original goes, as far as can be told before its bytes are seen.
pub(super) fn place(item: &MediaItem, settings: &Settings) -> Place {
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
        tag: naming::tag(item.source.as_str(), &item.id.0, &Role::Original.text()),
    }
}

pub(super) fn stopped(error: GoogleError) -> SyncError {
    match error {
        GoogleError::Stopped => SyncError::Stopped,
        other => other.into(),
    }
}
