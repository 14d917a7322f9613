//! What a person has selected, as a source: the pages of one selection after another, and fresh addresses from them.
//!
//! There is no asking for one item, so an address that has died is renewed by listing its page again, once for all items
//! of the page. For that, which item came on which page is remembered, in memory alone.

mod limits;
mod listing;
mod selection;

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};

use crate::auth::AuthError;
use crate::auth::secret::Secret;
use crate::google::GoogleError;
use crate::google::picker::PhotosPicker;
use crate::http::Http;
use crate::media::item::{MediaItem, MediaItemId};
use crate::source::Listed;
use crate::source::picker::selection::{Selection, is_newer};

/// The selections of one run. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Picked {
    google: PhotosPicker,
    selections: Arc<Vec<Selection>>,
    /// The last token that was asked for because the host of the bytes refused the one before.
    replacement: Arc<Mutex<Option<Secret>>>,
}

/// A selection that is ready to be listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chosen {
    /// Its session's id.
    pub(crate) session: String,
    /// What the person knows it by, from 1.
    pub(crate) number: usize,
    /// So many items can be in it.
    pub(crate) most: usize,
    /// So many have been listed of it before. Where there are fewer now, that is doubted.
    pub(crate) listed: usize,
}

impl Picked {
    /// What is chosen, and who is told of each session how many items it has, as soon as its list is whole.
    pub(crate) fn new(
        google: PhotosPicker,
        chosen: Vec<Chosen>,
    ) -> (Self, mpsc::UnboundedReceiver<(String, usize)>) {
        let (counts, counted) = mpsc::unbounded_channel();
        let selections = chosen
            .into_iter()
            .map(|it| Selection::new(google.clone(), it, counts.clone()));
        let picked = Self {
            selections: Arc::new(selections.collect()),
            google,
            replacement: Arc::default(),
        };
        (picked, counted)
    }

    pub(crate) fn http(&self) -> &Http {
        self.google.http()
    }

    pub(crate) async fn token(&self) -> Result<Secret, AuthError> {
        self.google.token().await
    }

    /// Whether there is another token now than the one that the host of the bytes has refused. One that was fetched for that
    /// very reason is not replaced again: then it is not the token that is wrong.
    pub(crate) async fn replace(&self, refused: &Secret) -> Result<bool, AuthError> {
        let mut replacement = self.replacement.lock().await;
        if replacement.as_ref() == Some(refused) {
            return Ok(false);
        }
        let fresh = self.google.replace(refused).await?;
        let is_new = fresh != *refused;
        *replacement = Some(fresh);
        Ok(is_new)
    }

    /// How many selections there are.
    pub(crate) fn count(&self) -> usize {
        self.selections.len()
    }

    /// Every selection of which everything was listed, by its session's id, and its items.
    pub(crate) async fn complete(&self) -> Vec<(String, Vec<MediaItemId>)> {
        let mut complete = Vec::new();
        for selection in self.selections.iter() {
            let book = selection.book.lock().await;
            if book.is_complete {
                let ids = book.entries.keys().cloned().collect();
                complete.push((selection.chosen.session.clone(), ids));
            }
        }
        complete
    }

    /// The sessions that Google no longer has.
    pub(crate) async fn gone(&self) -> Vec<String> {
        let mut gone = Vec::new();
        for selection in self.selections.iter() {
            if selection.book.lock().await.is_gone {
                gone.push(selection.chosen.session.clone());
            }
        }
        gone
    }

    /// Starts listing. The channel ends when everything is listed or when nothing more can be.
    pub(crate) fn list(&self) -> mpsc::Receiver<Listed> {
        let (sender, receiver) = mpsc::channel(2);
        tokio::spawn(listing::list(self.selections.clone(), sender));
        receiver
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
        for selection in self.selections.iter() {
            let mut book = selection.book.lock().await;
            let Some(entry) = book.entries.get(&item.id) else {
                continue;
            };
            if is_newer(&entry.item, item) {
                return Ok(Some(entry.item.clone()));
            }
            // It was looked for in the whole list.
            if entry.is_missing {
                continue;
            }
            let page = entry.page.clone();
            match selection.again(&mut book, &page).await {
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
}
