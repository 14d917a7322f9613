//! The way through the selections, page by page; videos in the making are handed on last.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::google::GoogleError;
use crate::media::item::{Kind, MediaItem, MediaItemId, VideoStatus};
use crate::source::paging::MAX_RESTARTS;
use crate::source::picker::selection::{PageToken, Selection};
use crate::source::{INTERNAL, Lane, Listed};

/// When a video that Google is still processing is looked at again, after everything else is listed.
const REVISITS: [Duration; 3] = [
    Duration::from_secs(10),
    Duration::from_secs(20),
    Duration::from_secs(40),
];

/// One selection after another, to its end or to where nothing more can be listed of it.
pub(super) async fn list(selections: Arc<Vec<Selection>>, sender: mpsc::Sender<Listed>) {
    for index in 0..selections.len() {
        let lane = Lane::Selection(selections[index].chosen.number);
        let (all, sender_of_one) = (selections.clone(), sender.clone());
        let walk = tokio::spawn(async move {
            let walk = Walk {
                selection: &all[index],
                sender: &sender_of_one,
                unready: BTreeMap::new(),
            };
            walk.go().await
        });
        let last = match walk.await {
            Ok(Ok(())) => Listed::Done { lane },
            Ok(Err(Broken::NobodyListens)) => return,
            Ok(Err(Broken::Google(error))) if error.ends_the_run() => Listed::Ended(error),
            Ok(Err(Broken::Google(error))) => failed(lane, error.to_string()),
            Ok(Err(Broken::Endless(why) | Broken::Fewer(why))) => failed(lane, why),
            // Silence is not "done": its task has died.
            Err(_) => failed(lane, INTERNAL.to_owned()),
        };
        let is_end = matches!(last, Listed::Ended(_));
        if sender.send(last).await.is_err() || is_end {
            return;
        }
    }
}

/// The listing of one selection.
struct Walk<'s> {
    selection: &'s Selection,
    sender: &'s mpsc::Sender<Listed>,
    /// Videos in the making.
    unready: BTreeMap<MediaItemId, MediaItem>,
}

/// An element that is no item: what it is called, and what is wrong with it.
type Odd = (String, &'static str);

impl Walk<'_> {
    async fn go(mut self) -> Result<(), Broken> {
        let mut odd = Vec::new();
        let walked = self.sure(&mut odd).await;
        let is_whole = odd.is_empty();
        for (what, why) in odd {
            let unusable = Listed::Unusable { what, why };
            self.send(unusable).await?;
        }
        walked?;
        {
            let mut book = self.selection.book.lock().await;
            book.is_complete = is_whole;
            if is_whole {
                self.selection.count(&book);
            }
        }
        for wait in REVISITS {
            if self.unready.is_empty() {
                return Ok(());
            }
            let waited = self.selection.http().wait(wait).await;
            waited.map_err(|_| Broken::NobodyListens)?;
            self.revisit().await?;
        }
        let rest = std::mem::take(&mut self.unready).into_values().collect();
        self.hand_on(rest).await
    }

    /// Everything, and once more where that is nothing, or less than it was before: what is given up at Google for a list
    /// that was cut short is lost.
    async fn sure(&mut self, odd: &mut Vec<Odd>) -> Result<(), Broken> {
        let before = self.selection.chosen.listed;
        let is_less = |there: &HashSet<_>, odd: &[Odd]| {
            let found = there.len() + odd.len();
            found == 0 || found < before
        };
        let first = self.restarted(odd).await?;
        if !is_less(&first, odd) {
            return Ok(());
        }
        self.selection.pause().await?;
        let again = self.restarted(odd).await?;
        let is_confirmed = again == first && (before == 0 || !again.is_empty());
        if is_less(&again, odd) && !is_confirmed {
            return Err(Broken::Fewer(format!(
                "Google lists {} of the {before} items that were selected",
                again.len()
            )));
        }
        Ok(())
    }

    /// Every page, from the first one on again where a page token has died: only such a listing is complete.
    async fn restarted(&mut self, odd: &mut Vec<Odd>) -> Result<HashSet<MediaItemId>, Broken> {
        let mut restarts = 0;
        loop {
            odd.clear();
            match self.whole(odd).await {
                Err(Broken::Google(GoogleError::PageToken)) if restarts < MAX_RESTARTS => {
                    restarts += 1;
                }
                walked => return walked,
            }
        }
    }

    /// Every page, from the first one on.
    async fn whole(&mut self, odd: &mut Vec<Odd>) -> Result<HashSet<MediaItemId>, Broken> {
        let mut there = HashSet::new();
        let (mut token, mut number): (PageToken, _) = (None, 1);
        let mut limits = self.selection.limits();
        loop {
            let (page, admitted) = {
                let mut book = self.selection.book.lock().await;
                self.selection.page(&mut book, &token, &mut limits).await?
            };
            odd.extend(page.unusable.into_iter().map(|it| {
                let name = it.name.map_or(String::new(), |name| format!(" ({name})"));
                let of = self.selection.chosen.number;
                let what = format!(
                    "item {} on page {number} of selection {of}{name}",
                    it.position
                );
                (what, it.why)
            }));
            there.extend(page.items.iter().map(|item| item.id.clone()));
            let (waits, ready): (Vec<_>, Vec<_>) = page.items.into_iter().partition(is_unready);
            let by_id = |item: MediaItem| (item.id.clone(), item);
            self.unready.extend(waits.into_iter().map(by_id));
            self.hand_on(ready).await?;
            admitted.map_err(Broken::Endless)?;
            match page.next {
                None => return Ok(there),
                Some(next) => token = Some(next.into()),
            }
            number += 1;
        }
    }

    /// Hands on what has become ready meanwhile.
    async fn revisit(&mut self) -> Result<(), Broken> {
        let mut ready = Vec::new();
        {
            let mut book = self.selection.book.lock().await;
            let pages: BTreeSet<PageToken> = self
                .unready
                .keys()
                .filter_map(|id| Some(book.entries.get(id)?.page.clone()))
                .collect();
            for page in pages {
                self.selection.again(&mut book, &page).await?;
            }
            self.unready.retain(|id, _| match book.entries.get(id) {
                Some(entry) if !is_unready(&entry.item) => {
                    ready.push(entry.item.clone());
                    false
                }
                _ => true,
            });
        }
        self.hand_on(ready).await
    }

    async fn hand_on(&self, items: Vec<MediaItem>) -> Result<(), Broken> {
        if items.is_empty() {
            return Ok(());
        }
        self.send(Listed::Page { items }).await
    }

    async fn send(&self, listed: Listed) -> Result<(), Broken> {
        let sent = self.sender.send(listed).await;
        sent.map_err(|_| Broken::NobodyListens)
    }
}

fn failed(lane: Lane, why: String) -> Listed {
    Listed::Failed { lane, why }
}

fn is_unready(item: &MediaItem) -> bool {
    item.kind == Kind::Video(VideoStatus::Processing)
}

enum Broken {
    Google(GoogleError),
    Endless(String),
    /// Not all that is known to be there.
    Fewer(String),
    NobodyListens,
}

impl From<GoogleError> for Broken {
    fn from(error: GoogleError) -> Self {
        Self::Google(error)
    }
}
