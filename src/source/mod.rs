//! Where items come from: over the wire, what lists them and gives an item a fresh address when the old one has died; from
//! disk, the parts of an export.

pub(crate) mod library;
mod paging;
pub(crate) mod picker;
pub(crate) mod takeout;

use crate::auth::secret::Secret;
use crate::google::GoogleError;
use crate::http::Http;
use crate::media::day::DayRange;
use crate::media::item::MediaItem;
use crate::source::library::Library;
use crate::source::picker::Picked;

/// The one API that the items of a run come from.
#[derive(Clone)]
pub(crate) enum Source {
    Library(Library),
    Picked(Picked),
}

/// Which part of the listing something comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    Window(DayRange),
    Full,
    /// What was selected in one go, counted from 1.
    Selection(usize),
}

/// What a lister reports.
#[derive(Debug)]
pub(crate) enum Listed {
    Page {
        items: Vec<MediaItem>,
    },
    /// So many items of the full listing lie outside the days that were asked for.
    Outside {
        items: usize,
    },
    /// An element of a list that is no item, or that nobody could ask for again.
    Unusable {
        what: String,
        why: &'static str,
    },
    /// Every page of this part has been handed on.
    Done {
        lane: Lane,
    },
    /// This part could not be listed to its end; the others go on.
    Failed {
        lane: Lane,
        why: String,
    },
    /// Nothing more can be listed.
    Ended(GoogleError),
}

impl Source {
    pub(crate) fn http(&self) -> &Http {
        match self {
            Self::Library(library) => library.http(),
            Self::Picked(picked) => picked.http(),
        }
    }

    /// The same items with fresh addresses; what Google no longer has is missing from the answer.
    pub(crate) async fn renew(&self, items: &[&MediaItem]) -> Result<Vec<MediaItem>, GoogleError> {
        match self {
            Self::Library(library) => {
                let ids: Vec<_> = items.iter().map(|item| item.id.clone()).collect();
                library.renew(&ids).await
            }
            Self::Picked(picked) => picked.renew(items).await,
        }
    }

    /// One item with a fresh address; `None` when Google no longer has it.
    pub(crate) async fn renew_one(
        &self,
        item: &MediaItem,
    ) -> Result<Option<MediaItem>, GoogleError> {
        match self {
            Self::Library(library) => library.renew_one(&item.id).await,
            Self::Picked(picked) => picked.renew_one(item).await,
        }
    }

    /// What a request for bytes must carry besides the address, if anything.
    pub(crate) async fn bearer(&self) -> Result<Option<Secret>, GoogleError> {
        match self {
            Self::Library(_) => Ok(None),
            Self::Picked(picked) => Ok(Some(picked.token().await?)),
        }
    }

    /// Whether there is another such thing now than the one that was refused.
    pub(crate) async fn replace_bearer(
        &self,
        refused: Option<&Secret>,
    ) -> Result<bool, GoogleError> {
        match (self, refused) {
            (Self::Picked(picked), Some(refused)) => Ok(picked.replace(refused).await?),
            _ => Ok(false),
        }
    }
}

/// What is said where a task has died.
const INTERNAL: &str = "an internal error; please report it";
