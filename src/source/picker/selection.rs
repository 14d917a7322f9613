//! One selection: which of its items came on which page, and those pages again.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};

use crate::google::picker::{PhotosPicker, PickerError};
use crate::google::{GoogleError, Page};
use crate::http::Http;
use crate::media::item::{MediaItem, MediaItemId};
use crate::source::picker::Chosen;
use crate::source::picker::limits::Limits;

/// One selection.
pub(super) struct Selection {
    google: PhotosPicker,
    pub(super) chosen: Chosen,
    /// Held while a page is listed, so that whoever asks meanwhile gets its result.
    pub(super) book: Mutex<Book>,
    /// Who is told how many items it has.
    counts: mpsc::UnboundedSender<(String, usize)>,
}

/// What is known of it.
#[derive(Default)]
pub(super) struct Book {
    pub(super) entries: HashMap<MediaItemId, Entry>,
    /// All of it has been listed, and all that was listed can be used.
    pub(super) is_complete: bool,
    /// Google no longer has it.
    pub(super) is_gone: bool,
}

pub(super) struct Entry {
    pub(super) item: MediaItem,
    pub(super) page: PageToken,
    /// Google has listed everything since, without it.
    pub(super) is_missing: bool,
}

/// The token with which a page is asked for; the first one has none.
pub(super) type PageToken = Option<Arc<str>>;

/// Between asking again for a list that Google says is not there yet, although Done was pressed.
const NOT_DONE_YET: Duration = Duration::from_secs(5);
const NOT_DONE_TIMES: u32 = 5;

impl Selection {
    pub(super) fn new(
        google: PhotosPicker,
        chosen: Chosen,
        counts: mpsc::UnboundedSender<(String, usize)>,
    ) -> Self {
        Self {
            google,
            chosen,
            book: Mutex::default(),
            counts,
        }
    }

    pub(super) fn http(&self) -> &Http {
        self.google.http()
    }

    /// Says how many items there are, to whoever listens.
    pub(super) fn count(&self, book: &Book) {
        let count = (self.chosen.session.clone(), book.entries.len());
        _ = self.counts.send(count);
    }

    /// Before Google is asked for a list again that cannot be all.
    pub(super) async fn pause(&self) -> Result<(), GoogleError> {
        let waited = self.http().wait(NOT_DONE_YET).await;
        waited.map_err(|_| GoogleError::Stopped)
    }

    pub(super) fn limits(&self) -> Limits {
        Limits::of(self.chosen.most)
    }

    /// One page, from Google and into the book, without what lies beyond the limits, and what there is against going on.
    pub(super) async fn page(
        &self,
        book: &mut Book,
        token: &PageToken,
        limits: &mut Limits,
    ) -> Result<(Page, Result<(), String>), GoogleError> {
        if book.is_gone {
            return Err(PickerError::SessionGone.into());
        }
        let session = &self.chosen.session;
        let mut times = 0;
        let mut page = loop {
            match self.google.list(session, token.as_deref()).await {
                Err(GoogleError::Picker(
                    refused @ (PickerError::NotDone | PickerError::SessionGone),
                )) => {
                    // The list alone does not say so: an expired selection may be refused as one that is not finished.
                    let is_last = times >= NOT_DONE_TIMES;
                    if is_last || matches!(refused, PickerError::SessionGone) {
                        self.confirm(book).await?;
                    }
                    if is_last {
                        return Err(PickerError::NotDone.into());
                    }
                    times += 1;
                    self.pause().await?;
                }
                listed => break listed?,
            }
        };
        let admitted = limits.admit(&mut page);
        for item in &page.items {
            let entry = Entry {
                item: item.clone(),
                page: token.clone(),
                is_missing: false,
            };
            book.entries.insert(item.id.clone(), entry);
        }
        Ok((page, admitted))
    }

    /// Lists a page again. Where its token or what is on it is no longer what it was: everything.
    pub(super) async fn again(
        &self,
        book: &mut Book,
        token: &PageToken,
    ) -> Result<(), GoogleError> {
        let was: HashSet<MediaItemId> = book
            .entries
            .iter()
            .filter(|(_, entry)| entry.page == *token)
            .map(|(id, _)| id.clone())
            .collect();
        match self.page(book, token, &mut self.limits()).await {
            Ok((page, _)) => {
                let is: HashSet<_> = page.items.iter().map(|item| &item.id).collect();
                if was.iter().all(|id| is.contains(id)) {
                    return Ok(());
                }
            }
            Err(GoogleError::PageToken) => {}
            Err(error) => return Err(error),
        }
        let Some(there) = self.everything(book).await? else {
            return Ok(());
        };
        if book.entries.keys().all(|id| there.contains(id)) {
            return Ok(());
        }
        // Deleted from the library since it was selected, or not listed this time.
        for (id, entry) in &mut book.entries {
            entry.is_missing = !there.contains(id);
        }
        self.pause().await?;
        let is_sure = !there.is_empty() && self.everything(book).await?.as_ref() == Some(&there);
        if is_sure {
            book.entries.retain(|id, _| there.contains(id));
            self.count(book);
        }
        Ok(())
    }

    /// The ids of every page; none where the list does not come to its end.
    async fn everything(
        &self,
        book: &mut Book,
    ) -> Result<Option<HashSet<MediaItemId>>, GoogleError> {
        let (mut token, mut limits) = (None, self.limits());
        let mut there = HashSet::new();
        loop {
            let (page, admitted) = self.page(book, &token, &mut limits).await?;
            there.extend(page.items.into_iter().map(|item| item.id));
            match page.next {
                _ if admitted.is_err() => return Ok(None),
                Some(next) => token = Some(next.into()),
                None => return Ok(Some(there)),
            }
        }
    }

    /// Whether Google has the session that it does not list, told by asking for it.
    async fn confirm(&self, book: &mut Book) -> Result<(), GoogleError> {
        let asked = self.google.session(&self.chosen.session).await;
        if matches!(asked, Err(GoogleError::Picker(PickerError::SessionGone))) {
            book.is_gone = true;
            return Err(PickerError::SessionGone.into());
        }
        asked.map(|_| ())
    }
}

pub(super) fn is_newer(found: &MediaItem, held: &MediaItem) -> bool {
    match (&found.url, &held.url) {
        (Some(found), Some(held)) => found.since > held.since,
        (Some(_), None) => true,
        (None, _) => false,
    }
}
