//! The Google Photos Library API, as far as reading goes: typed calls over an authorised client.
//!
//! One call here is one logical request: the token is attached, refreshed once when Google does not accept it, transient
//! failures are tried again, and what comes out is an answer or a failure that another attempt cannot mend.

pub(crate) mod wire;

use reqwest::RequestBuilder;
use serde::de::DeserializeOwned;
use serde_json::json;
use url::Url;

use crate::auth::{AuthError, Session};
use crate::http::Http;
use crate::http::limit::{Lane, Reached};
use crate::http::retry::{Failure, Retry, Status};
use crate::media::day::DayRange;
use crate::media::item::{MediaItem, MediaItemId};

/// Why the API gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GoogleError {
    #[error("could not sign in")]
    Auth(#[from] AuthError),
    #[error("{0} is used up")]
    Quota(Reached),
    /// Told so for minutes, or asked to wait for longer than a run can.
    #[error("Google answers nothing but \"too many requests\"")]
    TooMany(#[source] Failure),
    #[error("the Photos Library API is not enabled in your Google Cloud project")]
    NotEnabled { activate: Option<String> },
    #[error("the sign-in does not cover what was asked for: {0}")]
    ScopeInsufficient(Box<Status>),
    #[error("could not reach Google for {} minutes", 2)]
    Offline(#[source] Failure),
    /// A page token that Google no longer takes: the listing must start over.
    #[error("Google no longer accepts the page token")]
    PageToken,
    #[error("{0}")]
    NotFound(Box<Status>),
    #[error("could not use Google's answer: {0}")]
    Shape(String),
    #[error(transparent)]
    Failed(Failure),
    #[error("the run was told to stop")]
    Stopped,
}

impl GoogleError {
    /// Whether everything else would fail in the same way, so that the run must end.
    pub(crate) fn ends_the_run(&self) -> bool {
        match self {
            Self::Auth(_)
            | Self::Quota(_)
            | Self::TooMany(_)
            | Self::NotEnabled { .. }
            | Self::ScopeInsufficient(_)
            | Self::Offline(_)
            | Self::Stopped => true,
            Self::PageToken | Self::NotFound(_) | Self::Shape(_) | Self::Failed(_) => false,
        }
    }
}

/// One page of a listing.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) items: Vec<MediaItem>,
    /// The only sign that there is more: pages may be short or even empty before it is absent.
    pub(crate) next: Option<String>,
    /// Items that were not usable at all (no id, or not an object).
    pub(crate) unusable: usize,
}

/// The Library API of one signed-in user.
#[derive(Clone)]
pub(crate) struct PhotosLibrary {
    http: Http,
    session: Session,
    base: Url,
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
            http,
            session,
            base,
        }
    }

    pub(crate) fn http(&self) -> &Http {
        &self.http
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
        let url = self.url("mediaItems:search")?;
        self.page(|client| client.post(url.clone()).json(&body))
            .await
    }

    /// One page of everything that the app may see, in no order that could be relied on.
    pub(crate) async fn list(&self, page_token: Option<&str>) -> Result<Page, GoogleError> {
        let mut url = self.url("mediaItems")?;
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
        let mut url = self.url("mediaItems:batchGet")?;
        for id in ids {
            url.query_pairs_mut().append_pair("mediaItemIds", &id.0);
        }
        let answer: wire::BatchGet = self.call(|client| client.get(url.clone())).await?;
        let now = self.http.clock.now();
        // Matched by id later: the order of the answers is not documented.
        let items = answer
            .media_item_results
            .into_iter()
            .filter_map(|result| result.media_item?.into_item(now));
        Ok(items.collect())
    }

    /// One item with a fresh base URL.
    pub(crate) async fn get(&self, id: &MediaItemId) -> Result<MediaItem, GoogleError> {
        // Byte by byte, because the URL type drops line breaks instead of encoding them.
        let encode = |byte: &u8| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => char::from(*byte).to_string(),
            _ => format!("%{byte:02X}"),
        };
        let segment: String = id.0.as_bytes().iter().map(encode).collect();
        let url = self.url(&format!("mediaItems/{segment}"))?;
        let answer: wire::MediaItem = self.call(|client| client.get(url.clone())).await?;
        let item = answer
            .into_item(self.http.clock.now())
            .filter(|item| item.id == *id);
        item.ok_or_else(|| GoogleError::Shape("it is not the item that was asked for".to_owned()))
    }

    fn url(&self, path: &str) -> Result<Url, GoogleError> {
        let base = self.base.as_str().trim_end_matches('/');
        Url::parse(&format!("{base}/v1/{path}"))
            .map_err(|error| GoogleError::Shape(error.to_string()))
    }

    async fn page(
        &self,
        request: impl Fn(&reqwest::Client) -> RequestBuilder,
    ) -> Result<Page, GoogleError> {
        let answer: wire::Listing = self.call(request).await?;
        let now = self.http.clock.now();
        let listed = answer.media_items.len();
        let items: Vec<_> = answer
            .media_items
            .into_iter()
            .filter_map(|item| {
                serde_json::from_value::<wire::MediaItem>(item)
                    .ok()?
                    .into_item(now)
            })
            .collect();
        let unusable = listed - items.len();
        Ok(Page {
            items,
            next: answer.next_page_token.filter(|token| !token.is_empty()),
            unusable,
        })
    }

    /// Sends until there is an answer or no point in going on.
    async fn call<T: DeserializeOwned>(
        &self,
        request: impl Fn(&reqwest::Client) -> RequestBuilder,
    ) -> Result<T, GoogleError> {
        let mut attempt = 1;
        let mut replaced = false;
        loop {
            let token = self.session.access_token().await?;
            let sent = self
                .http
                .json(request(self.http.api()).bearer_auth(token.reveal()))
                .await;
            let failure = match sent.and_then(|body| parse(&body)) {
                Ok(answer) => return Ok(answer),
                Err(Failure::Status(status)) if status.code == 401 && !replaced => {
                    self.session.replace(&token).await?;
                    replaced = true;
                    continue;
                }
                Err(failure) => failure,
            };
            match self.http.decide(&failure, attempt) {
                Retry::After(wait) => self.http.wait(wait).await.map_err(conclude)?,
                Retry::GiveUp => return Err(conclude(failure)),
            }
            attempt += 1;
        }
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|error| {
        let start = body.iter().find(|byte| !byte.is_ascii_whitespace());
        Failure::Unusable(match start {
            Some(b'<') => "Google's answer is a web page, not JSON; a proxy or a network's login page may stand in between".to_owned(),
            None => "Google's answer is empty".to_owned(),
            Some(_) => format!("Google's answer is not the expected JSON ({error})"),
        })
    })
}

/// What a failure that will not be tried again means.
fn conclude(failure: Failure) -> GoogleError {
    let status = match failure {
        Failure::Status(status) => status,
        Failure::Quota(reached) => return GoogleError::Quota(reached),
        Failure::Stopped => return GoogleError::Stopped,
        Failure::Connect(_) => return GoogleError::Offline(failure),
        Failure::Unusable(text) => return GoogleError::Shape(text),
        other => return GoogleError::Failed(other),
    };
    match status.code {
        401 => AuthError::Expired(
            "Google does not accept the access token, not even a fresh one".to_owned(),
        )
        .into(),
        // Told apart by the reason; older answers have only the sentence.
        403 if status.reason.as_deref() == Some("SERVICE_DISABLED")
            || status.message.contains("has not been used in project") =>
        {
            GoogleError::NotEnabled {
                activate: status.activation_url,
            }
        }
        403 => GoogleError::ScopeInsufficient(status),
        404 => GoogleError::NotFound(status),
        400 if status.message.to_ascii_lowercase().contains("page token") => GoogleError::PageToken,
        429 if status.is_daily_quota() => GoogleError::Quota(Reached(Lane::Api)),
        429 => GoogleError::TooMany(Failure::Status(status)),
        _ => GoogleError::Failed(Failure::Status(status)),
    }
}
