//! The Library API as a source: the walk over the days, and beside it the full listing.
//!
//! The walk asks for one window of days after another, several at a time, and hands their pages on in that order. The
//! full listing finds what no date filter returns: undated, future-dated and freshly uploaded items
//! (<https://developers.google.com/photos/library/guides/apply-filters>). Both may bring the same item; the receiver merges by id.

use std::collections::VecDeque;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::google::{BATCH_SIZE, GoogleError, Page, PhotosLibrary};
use crate::http::Http;
use crate::known_bad::{self, Flaw};
use crate::media::day::DayRange;
use crate::media::item::{MediaItem, MediaItemId};
use crate::source::paging::{MAX_RESTARTS, Paging};
use crate::source::{INTERNAL, Lane, Listed};

/// What to list.
#[derive(Debug, Clone)]
pub(crate) struct Listing {
    pub(crate) range: DayRange,
    /// The windows of the walk, in the order in which they are listed: oldest first, or from one of them on and then those
    /// before it. Together they are the range.
    pub(crate) windows: Vec<DayRange>,
    /// What a window is called: days, months, years.
    pub(crate) unit: &'static str,
    /// Windows in flight at a time.
    pub(crate) jobs: usize,
    pub(crate) full: bool,
    /// No `--until` was given: dates in the future belong to the run.
    pub(crate) open_end: bool,
}

/// The Library API as a source of items.
#[derive(Clone)]
pub(crate) struct Library {
    google: PhotosLibrary,
}

impl Library {
    pub(crate) fn new(google: PhotosLibrary) -> Self {
        Self { google }
    }

    pub(crate) fn http(&self) -> &Http {
        self.google.http()
    }

    /// Starts listing. The channel ends when everything is listed or when nothing more can be.
    pub(crate) fn list(&self, listing: Listing) -> mpsc::Receiver<Listed> {
        let (sender, receiver) = mpsc::channel(2);
        if listing.full {
            let (library, sender) = (self.clone(), sender.clone());
            let (range, open_end, lane) = (listing.range, listing.open_end, Lane::Full);
            tokio::spawn(async move {
                let failed = sender.clone();
                let walk = tokio::spawn(async move {
                    let pages = Pages {
                        lane,
                        library: &library,
                        sender: &sender,
                        range,
                        open_end,
                    };
                    pages.walk().await;
                });
                if walk.await.is_err() {
                    let why = INTERNAL.to_owned();
                    let _ = failed.send(Listed::Failed { lane, why }).await;
                }
            });
        }
        let library = self.clone();
        tokio::spawn(async move { library.walk(listing, sender).await });
        receiver
    }

    /// The same items with fresh addresses; what Google no longer has is missing from the answer.
    ///
    /// One bad id can turn a whole batch into a 500 (gilesknap/gphotos-sync#33): then each is asked for by itself.
    pub(crate) async fn renew(&self, ids: &[MediaItemId]) -> Result<Vec<MediaItem>, GoogleError> {
        let mut fresh = Vec::with_capacity(ids.len());
        for batch in ids.chunks(BATCH_SIZE) {
            match self.google.batch_get(batch).await {
                Ok(items) => fresh.extend(items),
                Err(error) if error.ends_the_run() => return Err(error),
                Err(_) => {
                    for id in batch {
                        match self.google.get(id).await {
                            Ok(item) => fresh.push(item),
                            Err(error) if error.ends_the_run() => return Err(error),
                            Err(error) => {
                                tracing::debug!(%id, %error, "could not be asked for by itself");
                            }
                        }
                    }
                }
            }
        }
        Ok(fresh)
    }

    /// One item with a fresh address; `None` when Google no longer has it.
    pub(crate) async fn renew_one(
        &self,
        id: &MediaItemId,
    ) -> Result<Option<MediaItem>, GoogleError> {
        match self.google.get(id).await {
            Ok(item) => Ok(Some(item)),
            Err(GoogleError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Lists windows several at a time and hands them on in their order, so that names are given in an order that
    /// does not depend on which answer came first.
    async fn walk(self, listing: Listing, sender: mpsc::Sender<Listed>) {
        let mut waiting = listing.windows.iter().copied();
        let mut running: VecDeque<Running> = VecDeque::new();
        let mut failed_in_a_row = 0;
        loop {
            while running.len() < listing.jobs {
                let Some(window) = waiting.next() else { break };
                running.push_back(self.start(window, &listing));
            }
            let Some(mut oldest) = running.pop_front() else {
                return;
            };
            let mut failure = None;
            let mut has_ended = false;
            while let Some(listed) = oldest.pages.recv().await {
                has_ended |= !matches!(listed, Listed::Page { .. } | Listed::Outside { .. });
                let is_end = matches!(listed, Listed::Ended(_));
                if let Listed::Failed { why, .. } = &listed {
                    failure = Some(why.clone());
                }
                if sender.send(listed).await.is_err() || is_end {
                    Running::abort(&running);
                    return;
                }
            }
            if !has_ended {
                // Silence is not "done": its task has died.
                let why = INTERNAL.to_owned();
                let lane = Lane::Window(oldest.window);
                let _ = sender
                    .send(Listed::Failed {
                        lane,
                        why: why.clone(),
                    })
                    .await;
                failure = Some(why);
            }
            failed_in_a_row = if failure.is_some() {
                failed_in_a_row + 1
            } else {
                0
            };
            if let (Some(why), false, MAX_FAILED..) = (failure, running.is_empty(), failed_in_a_row)
            {
                Running::abort(&running);
                let why = format!("not asked for after {failed_in_a_row} failures in a row: {why}");
                let rest = running.iter().map(|running| running.window).chain(waiting);
                for window in joined(rest) {
                    let (lane, why) = (Lane::Window(window), why.clone());
                    let _ = sender.send(Listed::Failed { lane, why }).await;
                }
                return;
            }
        }
    }

    fn start(&self, window: DayRange, listing: &Listing) -> Running {
        let (sender, pages) = mpsc::channel(2);
        let (library, range, open_end) = (self.clone(), listing.range, listing.open_end);
        let task = tokio::spawn(async move {
            let lane = Lane::Window(window);
            Pages {
                lane,
                library: &library,
                sender: &sender,
                range,
                open_end,
            }
            .walk()
            .await;
        });
        Running {
            window,
            pages,
            task,
        }
    }
}

/// Windows that follow each other, as one.
fn joined(windows: impl Iterator<Item = DayRange>) -> Vec<DayRange> {
    let mut joined: Vec<DayRange> = Vec::new();
    for window in windows {
        match joined.last_mut() {
            Some(last) if last.last.succ_opt() == Some(window.first) => last.last = window.last,
            _ => joined.push(window),
        }
    }
    joined
}

/// A window that is being listed.
struct Running {
    window: DayRange,
    pages: mpsc::Receiver<Listed>,
    task: JoinHandle<()>,
}

impl Running {
    fn abort(all: &VecDeque<Self>) {
        for one in all {
            one.task.abort();
        }
    }
}

/// When so many windows in a row could not be listed, the others would fare no better: asking for each would only use up
/// the day's quota.
const MAX_FAILED: u32 = 5;

/// The pages of one lane.
struct Pages<'a> {
    lane: Lane,
    library: &'a Library,
    sender: &'a mpsc::Sender<Listed>,
    range: DayRange,
    open_end: bool,
}

impl Pages<'_> {
    async fn walk(self) {
        let mut restarts = 0;
        let outcome = loop {
            match self.all_from_first().await {
                // Item order may have shifted meanwhile: only a listing from its first page is complete.
                Err(Broken::Google(GoogleError::PageToken)) if restarts < MAX_RESTARTS => {
                    restarts += 1;
                }
                other => break other,
            }
        };
        let message = match outcome {
            Ok(()) => Listed::Done { lane: self.lane },
            Err(Broken::NobodyListens) => return,
            Err(Broken::Google(error)) if error.ends_the_run() => Listed::Ended(error),
            Err(Broken::Google(error)) => Listed::Failed {
                lane: self.lane,
                why: error.to_string(),
            },
            Err(Broken::Endless(why)) => Listed::Failed {
                lane: self.lane,
                why: why.to_owned(),
            },
            Err(Broken::Unusable(count)) => Listed::Failed {
                lane: self.lane,
                why: format!("Google listed {count} items without an id"),
            },
        };
        let _ = self.sender.send(message).await;
    }

    async fn all_from_first(&self) -> Result<(), Broken> {
        let mut token: Option<String> = None;
        let mut paging = Paging::default();
        loop {
            let page = self.page(token.as_deref()).await?;
            let turned = paging.turn(&page);
            if known_bad::makes(Flaw::SkipsLastPage) && page.next.is_none() && token.is_some() {
                return Ok(());
            }
            let listed = page.items.len();
            let items = self.of_this_run(page.items);
            let outside = listed - items.len();
            if outside > 0 {
                self.send(Listed::Outside { items: outside }).await?;
            }
            if !items.is_empty() {
                self.send(Listed::Page { items }).await?;
            }
            turned.map_err(Broken::Endless)?;
            match page.next {
                None if paging.unusable > 0 => return Err(Broken::Unusable(paging.unusable)),
                None => return Ok(()),
                Some(next) => token = Some(next),
            }
        }
    }

    async fn send(&self, listed: Listed) -> Result<(), Broken> {
        let sent = self.sender.send(listed).await;
        sent.map_err(|_| Broken::NobodyListens)
    }

    async fn page(&self, token: Option<&str>) -> Result<Page, Broken> {
        let google = &self.library.google;
        let page = if let Lane::Window(window) = self.lane {
            google.search(window, token).await
        } else {
            google.list(token).await
        };
        page.map_err(Broken::Google)
    }

    /// What a date filter returned belongs to the run whatever date it bears; the full listing is cut to the range.
    fn of_this_run(&self, mut items: Vec<MediaItem>) -> Vec<MediaItem> {
        if self.lane == Lane::Full {
            items.retain(|item| self.range.takes_in(item.created, self.open_end));
        }
        items
    }
}

enum Broken {
    Google(GoogleError),
    Endless(&'static str),
    Unusable(usize),
    NobodyListens,
}
