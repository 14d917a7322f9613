//! The Google Photos APIs, as far as reading goes: typed calls over an authorised client. The Library's are here, the
//! Picker's in [`picker`].
//!
//! One call here is one logical request: the token is attached, refreshed once when Google does not accept it, transient
//! failures are tried again, and what comes out is an answer or a failure that another attempt cannot mend.

mod caller;
mod mended;
pub(crate) mod picker;
pub(crate) mod wire;

use reqwest::RequestBuilder;
use serde_json::json;
use url::Url;

use crate::auth::{AuthError, Session};
use crate::google::caller::Caller;
use crate::google::picker::PickerError;
use crate::http::Http;
use crate::http::limit::{Lane, Reached};
use crate::http::retry::{Failure, Status};
use crate::media::day::DayRange;
use crate::media::item::{MediaItem, MediaItemId};

/// Why the API gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GoogleError {
    #[error("could not sign in")]
    Auth(#[from] AuthError),
    /// By our own count.
    #[error("{} is used up", .0.0)]
    Quota(Reached),
    /// Whatever our own count is: others may use the same project.
    #[error("Google says that {0} is used up")]
    QuotaRefused(Lane),
    /// Told so for minutes, or asked to wait for longer than a run can.
    #[error("Google answers nothing but \"too many requests\"")]
    TooMany(#[source] Failure),
    #[error("the {} is not enabled in your Google Cloud project", .api.name())]
    NotEnabled { api: Api, activate: Option<String> },
    #[error("the sign-in does not cover what was asked for: {0}")]
    ScopeInsufficient(Box<Status>),
    #[error("could not reach Google for {} minutes", 2)]
    Offline(#[source] Failure),
    /// Whoever answers cannot show that they are Google.
    #[error("the connection to Google is not safe, and nothing was sent")]
    Untrusted(#[source] Failure),
    /// A page token that Google no longer takes: the listing must start over.
    #[error("Google no longer accepts the page token")]
    PageToken,
    #[error("{0}")]
    NotFound(Box<Status>),
    #[error(transparent)]
    Picker(#[from] PickerError),
    #[error("could not use Google's answer: {0}")]
    Shape(String),
    #[error(transparent)]
    Failed(Failure),
    #[error("the run was told to stop")]
    Stopped,
}

impl GoogleError {
    /// What it means that no connection came about.
    pub(crate) fn unreachable(failure: Failure) -> Self {
        if failure.is_untrusted() {
            Self::Untrusted(failure)
        } else {
            Self::Offline(failure)
        }
    }

    /// Whether everything else would fail in the same way, so that the run must end.
    pub(crate) fn ends_the_run(&self) -> bool {
        match self {
            Self::Auth(_)
            | Self::Quota(_)
            | Self::QuotaRefused(_)
            | Self::TooMany(_)
            | Self::NotEnabled { .. }
            | Self::ScopeInsufficient(_)
            | Self::Offline(_)
            | Self::Untrusted(_)
            | Self::Stopped => true,
            // Other selections can be fetched all the same.
            Self::Picker(error) => {
                !matches!(error, PickerError::SessionGone | PickerError::NotDone)
            }
            Self::PageToken | Self::NotFound(_) | Self::Shape(_) | Self::Failed(_) => false,
        }
    }
}

/// Which of Google's two APIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    Library,
    Picker,
}

impl Api {
    /// Its name in the Google Cloud console.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Library => "Photos Library API",
            Self::Picker => "Photos Picker API",
        }
    }

    /// Where it can be enabled.
    pub(crate) fn console(self) -> &'static str {
        match self {
            Self::Library => {
                "https://console.cloud.google.com/apis/library/photoslibrary.googleapis.com"
            }
            Self::Picker => {
                "https://console.cloud.google.com/apis/library/photospicker.googleapis.com"
            }
        }
    }
}

/// One page of a listing.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) items: Vec<MediaItem>,
    /// The only sign that there is more: pages may be short or even empty before it is absent.
    pub(crate) next: Option<String>,
    pub(crate) unusable: Vec<Unusable>,
}

/// An element of a page that is no item, or has no id to know it by.
#[derive(Debug)]
pub(crate) struct Unusable {
    /// Where on the page, from 1.
    pub(crate) position: usize,
    /// Its filename, where it has one.
    pub(crate) name: Option<String>,
    pub(crate) why: &'static str,
}

/// The Library API of one signed-in user.
#[derive(Clone)]
pub(crate) struct PhotosLibrary {
    caller: Caller,
}

/// The API's own address; `v1` follows.
pub(crate) const LIBRARY_ENDPOINT: &str = "https://photoslibrary.googleapis.com";
/// Google's largest page, and its largest batch
/// (<https://developers.google.com/photos/library/reference/rest/v1/mediaItems>).
const PAGE_SIZE: u32 = 100;
pub(crate) const BATCH_SIZE: usize = 50;

impl PhotosLibrary {
    /// `base` is the address before `/v1`.
    pub(crate) fn new(http: Http, session: Session, base: Url) -> Self {
        Self {
            caller: Caller {
                http,
                session,
                base,
                api: Api::Library,
            },
        }
    }

    pub(crate) fn http(&self) -> &Http {
        &self.caller.http
    }

    /// One page of what was taken in `range`, by the dates that Google files items under, archived items included.
    pub(crate) async fn search(
        &self,
        range: DayRange,
        page_token: Option<&str>,
    ) -> Result<Page, GoogleError> {
        let mut body = json!({
            "pageSize": PAGE_SIZE,
            "filters": {
                "includeArchivedMedia": true,
                "dateFilter": { "ranges": [{ "startDate": wire::date(range.first), "endDate": wire::date(range.last) }] },
            },
        });
        if let Some(token) = page_token {
            body["pageToken"] = token.into();
        }
        let url = self.caller.url("mediaItems:search")?;
        self.page(|client| client.post(url.clone()).json(&body))
            .await
    }

    /// One page of everything that the app may see, in no order that could be relied on.
    pub(crate) async fn list(&self, page_token: Option<&str>) -> Result<Page, GoogleError> {
        let mut url = self.caller.url("mediaItems")?;
        url.query_pairs_mut()
            .append_pair("pageSize", &PAGE_SIZE.to_string());
        if let Some(token) = page_token {
            url.query_pairs_mut().append_pair("pageToken", token);
        }
        self.page(|client| client.get(url.clone())).await
    }

    /// Up to [`BATCH_SIZE`] items with fresh base URLs; what Google no longer has is missing from the answer.
    pub(crate) async fn batch_get(
        &self,
        ids: &[MediaItemId],
    ) -> Result<Vec<MediaItem>, GoogleError> {
        let mut url = self.caller.url("mediaItems:batchGet")?;
        for id in ids {
            url.query_pairs_mut().append_pair("mediaItemIds", &id.0);
        }
        let answer: wire::BatchGet = self.caller.call(|client| client.get(url.clone())).await?;
        let now = self.caller.http.clock.now();
        // Matched by id later: the order of the answers is not documented.
        let items = answer
            .media_item_results
            .into_iter()
            .filter_map(|result| result.media_item?.into_item(now));
        Ok(items.collect())
    }

    /// One item with a fresh base URL.
    pub(crate) async fn get(&self, id: &MediaItemId) -> Result<MediaItem, GoogleError> {
        let segment = caller::segment(&id.0);
        let url = self.caller.url(&format!("mediaItems/{segment}"))?;
        let answer: wire::MediaItem = self.caller.call(|client| client.get(url.clone())).await?;
        let item = answer
            .into_item(self.caller.http.clock.now())
            .filter(|item| item.id == *id);
        item.ok_or_else(|| GoogleError::Shape("it is not the item that was asked for".to_owned()))
    }

    async fn page(
        &self,
        request: impl Fn(&reqwest::Client) -> RequestBuilder,
    ) -> Result<Page, GoogleError> {
        let answer: wire::Listing = self.caller.call(request).await?;
        let now = self.caller.http.clock.now();
        let (mut items, mut unusable) = (Vec::new(), Vec::new());
        for (index, element) in answer.media_items.into_iter().enumerate() {
            let item = serde_json::from_value::<wire::MediaItem>(element);
            match item.ok().and_then(|item| item.into_item(now)) {
                Some(item) => items.push(item),
                None => unusable.push(Unusable {
                    position: index + 1,
                    name: None,
                    why: "it has no usable id",
                }),
            }
        }
        Ok(Page {
            items,
            next: answer.next_page_token.filter(|token| !token.is_empty()),
            unusable,
        })
    }
}
