//! What a person has selected, as a source: the pages of one selection after another, and fresh addresses from them.
//!
//! There is no asking for one item, so an address that has died is renewed by listing its page again, once for all items
//! of the page. For that, which item came on which page is remembered, in memory alone.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};

use crate::auth::AuthError;
use crate::auth::secret::Secret;
use crate::google::picker::{PhotosPicker, PickerError};
use crate::google::{GoogleError, Page};
use crate::http::Http;
use crate::media::item::{Kind, MediaItem, MediaItemId, VideoStatus};
use crate::source::paging::{MAX_RESTARTS, Paging};
use crate::source::{INTERNAL, Lane, Listed};

/// The selections of one run. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Picked {
    google: PhotosPicker,
    selections: Arc<Vec<Selection>>,
}

/// One selection, by its session's id.
struct Selection {
    session: String,
    /// Held while a page is listed, so that whoever asks meanwhile gets its result.
    book: Mutex<Book>,
}

/// What is known of a selection.
#[derive(Default)]
struct Book {
    entries: HashMap<MediaItemId, Entry>,
    /// All of it has been listed.
    is_complete: bool,
    /// Google no longer has it.
    is_gone: bool,
}

struct Entry {
    item: MediaItem,
    page: PageToken,
}

/// The token with which a page is asked for; the first one has none.
type PageToken = Option<Arc<str>>;

/// When a video that Google is still processing is looked at again, after everything else is listed.
const REVISITS: [Duration; 3] = [
    Duration::from_secs(10),
    Duration::from_secs(20),
    Duration::from_secs(40),
];
/// Between asking again for a list that Google says is not there yet, although Done was pressed.
const NOT_DONE_YET: Duration = Duration::from_secs(5);
const NOT_DONE_TIMES: u32 = 5;

impl Picked {
    pub(crate) fn new(google: PhotosPicker, sessions: Vec<String>) -> Self {
        let selections = sessions.into_iter().map(|session| Selection {
            session,
            book: Mutex::default(),
        });
        Self {
            google,
            selections: Arc::new(selections.collect()),
        }
    }

    pub(crate) fn http(&self) -> &Http {
        self.google.http()
    }

    pub(crate) async fn token(&self) -> Result<Secret, AuthError> {
        self.google.token().await
    }

    /// How many selections there are.
    pub(crate) fn count(&self) -> usize {
        self.selections.len()
    }

    /// Every selection that was listed to its end, by its session's id, and its items.
    pub(crate) async fn complete(&self) -> Vec<(String, Vec<MediaItemId>)> {
        let mut complete = Vec::new();
        for selection in self.selections.iter() {
            let book = selection.book.lock().await;
            if book.is_complete {
                let ids = book.entries.keys().cloned().collect();
                complete.push((selection.session.clone(), ids));
            }
        }
        complete
    }

    /// The sessions that Google no longer has.
    pub(crate) async fn gone(&self) -> Vec<String> {
        let mut gone = Vec::new();
        for selection in self.selections.iter() {
            if selection.book.lock().await.is_gone {
                gone.push(selection.session.clone());
            }
        }
        gone
    }

    /// Starts listing. The channel ends when everything is listed or when nothing more can be.
    pub(crate) fn list(&self) -> mpsc::Receiver<Listed> {
        let (sender, receiver) = mpsc::channel(2);
        let picked = self.clone();
        tokio::spawn(async move {
            for number in 0..picked.selections.len() {
                let lane = Lane::Selection(number + 1);
                let (one, sender_of_one) = (picked.clone(), sender.clone());
                let walk = tokio::spawn(async move { one.walk(number, &sender_of_one).await });
                let last = match walk.await {
                    Ok(Ok(())) => Listed::Done { lane },
                    Ok(Err(Broken::NobodyListens)) => return,
                    Ok(Err(Broken::Google(error))) if error.ends_the_run() => Listed::Ended(error),
                    Ok(Err(Broken::Google(error))) => failed(lane, error.to_string()),
                    Ok(Err(Broken::Endless(why))) => failed(lane, why.to_owned()),
                    Ok(Err(Broken::Unusable(count))) => {
                        failed(lane, format!("Google listed {count} items without an id"))
                    }
                    // Silence is not "done": its task has died.
                    Err(_) => failed(lane, INTERNAL.to_owned()),
                };
                let is_end = matches!(last, Listed::Ended(_));
                if sender.send(last).await.is_err() || is_end {
                    return;
                }
            }
        });
        receiver
    }

    /// Lists one selection to its end; videos in the making are handed on last.
    async fn walk(&self, number: usize, sender: &mpsc::Sender<Listed>) -> Result<(), Broken> {
        let mut unready = BTreeMap::new();
        let mut restarts = 0;
        while let Err(broken) = self.all_from_first(number, sender, &mut unready).await {
            match broken {
                // Only a listing from its first page is complete.
                Broken::Google(GoogleError::PageToken) if restarts < MAX_RESTARTS => restarts += 1,
                broken => return Err(broken),
            }
        }
        self.selections[number].book.lock().await.is_complete = true;
        for wait in REVISITS {
            if unready.is_empty() {
                return Ok(());
            }
            self.http()
                .wait(wait)
                .await
                .map_err(|_| Broken::NobodyListens)?;
            self.revisit(number, sender, &mut unready).await?;
        }
        if unready.is_empty() {
            return Ok(());
        }
        hand_on(sender, unready.into_values().collect()).await
    }

    async fn all_from_first(
        &self,
        number: usize,
        sender: &mpsc::Sender<Listed>,
        unready: &mut BTreeMap<MediaItemId, MediaItem>,
    ) -> Result<(), Broken> {
        let mut token: PageToken = None;
        let mut paging = Paging::default();
        loop {
            let page = {
                let mut book = self.selections[number].book.lock().await;
                self.page(number, &mut book, &token).await?
            };
            let turned = paging.turn(&page);
            let (waits, ready): (Vec<_>, Vec<_>) = page.items.into_iter().partition(is_unready);
            unready.extend(waits.into_iter().map(|item| (item.id.clone(), item)));
            if !ready.is_empty() {
                hand_on(sender, ready).await?;
            }
            turned.map_err(Broken::Endless)?;
            match page.next {
                None if paging.unusable > 0 => return Err(Broken::Unusable(paging.unusable)),
                None => return Ok(()),
                Some(next) => token = Some(next.into()),
            }
        }
    }

    /// Hands on what has become ready meanwhile.
    async fn revisit(
        &self,
        number: usize,
        sender: &mpsc::Sender<Listed>,
        unready: &mut BTreeMap<MediaItemId, MediaItem>,
    ) -> Result<(), Broken> {
        let mut ready = Vec::new();
        {
            let mut book = self.selections[number].book.lock().await;
            let pages: BTreeSet<PageToken> = unready
                .keys()
                .filter_map(|id| Some(book.entries.get(id)?.page.clone()))
                .collect();
            for page in pages {
                self.again(number, &mut book, &page).await?;
            }
            unready.retain(|id, _| match book.entries.get(id) {
                Some(entry) if !is_unready(&entry.item) => {
                    ready.push(entry.item.clone());
                    false
                }
                _ => true,
            });
        }
        if ready.is_empty() {
            return Ok(());
        }
        hand_on(sender, ready).await
    }

    pub(super) async fn renew(&self, items: &[&MediaItem]) -> Result<Vec<MediaItem>, GoogleError> {
        let mut fresh = Vec::with_capacity(items.len());
        for item in items {
            match self.renew_one(item).await {
                Ok(found) => fresh.extend(found),
                Err(error) if error.ends_the_run() => return Err(error),
                // Asked for again by itself, which can tell why.
                Err(error) => tracing::debug!(id = %item.id, %error, "no fresh address"),
            }
        }
        Ok(fresh)
    }

    /// One item with another address than the one that it has, or with any if it has none.
    pub(super) async fn renew_one(
        &self,
        item: &MediaItem,
    ) -> Result<Option<MediaItem>, GoogleError> {
        let mut error = None;
        for number in 0..self.selections.len() {
            let mut book = self.selections[number].book.lock().await;
            let Some(entry) = book.entries.get(&item.id) else {
                continue;
            };
            if is_newer(&entry.item, item) {
                return Ok(Some(entry.item.clone()));
            }
            let page = entry.page.clone();
            match self.again(number, &mut book, &page).await {
                Ok(()) => {}
                // The same item may have been selected again.
                Err(failed) if !failed.ends_the_run() => {
                    error = Some(failed);
                    continue;
                }
                Err(failed) => return Err(failed),
            }
            let entry = book.entries.get(&item.id);
            if let Some(entry) = entry.filter(|entry| is_newer(&entry.item, item)) {
                return Ok(Some(entry.item.clone()));
            }
        }
        error.map_or(Ok(None), Err)
    }

    /// Lists a page again. Where its token or what is on it is no longer what it was: everything.
    async fn again(
        &self,
        number: usize,
        book: &mut Book,
        token: &PageToken,
    ) -> Result<(), GoogleError> {
        let was: HashSet<MediaItemId> = book
            .entries
            .iter()
            .filter(|(_, entry)| entry.page == *token)
            .map(|(id, _)| id.clone())
            .collect();
        match self.page(number, book, token).await {
            Ok(page) => {
                let is: HashSet<_> = page.items.iter().map(|item| &item.id).collect();
                if was.iter().all(|id| is.contains(id)) {
                    return Ok(());
                }
            }
            Err(GoogleError::PageToken) => {}
            Err(error) => return Err(error),
        }
        let mut token: PageToken = None;
        let mut paging = Paging::default();
        let mut there = HashSet::new();
        loop {
            let page = self.page(number, book, &token).await?;
            let turned = paging.turn(&page);
            there.extend(page.items.into_iter().map(|item| item.id));
            match page.next {
                Some(next) if turned.is_ok() => token = Some(next.into()),
                next => {
                    // Deleted from the library since it was selected.
                    if next.is_none() {
                        book.entries.retain(|id, _| there.contains(id));
                    }
                    return Ok(());
                }
            }
        }
    }

    /// One page, from Google and into the book.
    async fn page(
        &self,
        number: usize,
        book: &mut Book,
        token: &PageToken,
    ) -> Result<Page, GoogleError> {
        if book.is_gone {
            return Err(PickerError::SessionGone.into());
        }
        let session = &self.selections[number].session;
        let mut times = 0;
        let page = loop {
            match self.google.list(session, token.as_deref()).await {
                Err(GoogleError::Picker(PickerError::NotDone)) if times < NOT_DONE_TIMES => {
                    times += 1;
                    let waited = self.http().wait(NOT_DONE_YET).await;
                    waited.map_err(|_| GoogleError::Stopped)?;
                }
                // An expired selection may be refused with the same words.
                Err(GoogleError::Picker(PickerError::NotDone | PickerError::SessionGone)) => {
                    book.is_gone = true;
                    return Err(PickerError::SessionGone.into());
                }
                listed => break listed?,
            }
        };
        for item in &page.items {
            let entry = Entry {
                item: item.clone(),
                page: token.clone(),
            };
            book.entries.insert(item.id.clone(), entry);
        }
        Ok(page)
    }
}

fn failed(lane: Lane, why: String) -> Listed {
    Listed::Failed { lane, why }
}

async fn hand_on(sender: &mpsc::Sender<Listed>, items: Vec<MediaItem>) -> Result<(), Broken> {
    let sent = sender.send(Listed::Page { items }).await;
    sent.map_err(|_| Broken::NobodyListens)
}

fn is_unready(item: &MediaItem) -> bool {
    item.kind == Kind::Video(VideoStatus::Processing)
}

fn is_newer(found: &MediaItem, held: &MediaItem) -> bool {
    match (&found.url, &held.url) {
        (Some(found), Some(held)) => found.at > held.at,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

enum Broken {
    Google(GoogleError),
    Endless(&'static str),
    Unusable(usize),
    NobodyListens,
}

impl From<GoogleError> for Broken {
    fn from(error: GoogleError) -> Self {
        Self::Google(error)
    }
}
