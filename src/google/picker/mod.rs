//! The Photos Picker API: a person selects, this program polls, lists and deletes
//! (<https://developers.google.com/photos/picker/reference/rest>).

mod item;
mod listing;
mod session;

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::de::IgnoredAny;
use serde_json::json;
use url::Url;

use crate::auth::secret::Secret;
use crate::auth::{AuthError, Session};
use crate::google::caller::{Caller, segment};
use crate::google::picker::listing::Listing;
use crate::google::picker::session::Session as Wire;
use crate::google::{Api, GoogleError, Page};
use crate::http::Http;
use crate::http::media::is_loopback;
use crate::http::retry::{Failure, Status};

/// The API's own address; `v1` follows.
pub(crate) const PICKER_ENDPOINT: &str = "https://photospicker.googleapis.com";
/// Google's largest page (<https://developers.google.com/photos/picker/reference/rest/v1/mediaItems/list>).
const PAGE_SIZE: u32 = 100;
/// As many as one session can hold (<https://developers.google.com/photos/picker/reference/rest/v1/sessions>).
pub(crate) const MOST_ITEMS: usize = 2000;

/// What only the Picker refuses, and what only a person can leave undone.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PickerError {
    #[error("this Google account has no active Google Photos account")]
    NoAccount,
    #[error("Google opens no more selections at a time for this account")]
    TooManySessions,
    #[error("Google no longer has this selection: it has expired, or was deleted")]
    SessionGone,
    #[error("Google says that nobody has pressed Done yet")]
    NotDone,
    #[error("time ran out: nobody has pressed Done in Google Photos")]
    TimedOut,
    #[error("nothing was selected in Google Photos")]
    NothingSelected,
}

/// A selection that a person makes, as Google has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PickingSession {
    /// Whoever has it and the sign-in can read what was selected.
    pub(crate) id: String,
    /// Where the person selects. Nobody needs it once Done is pressed.
    pub(crate) page: Option<Url>,
    /// How often Google wants to be asked, while nobody has pressed Done.
    pub(crate) poll_every: Option<Duration>,
    /// When there is no more use in asking. Zero: now.
    pub(crate) patience: Option<Duration>,
    pub(crate) expires: Option<DateTime<Utc>>,
    /// So many items can be selected in it.
    pub(crate) most: usize,
    /// Done was pressed.
    pub(crate) is_done: bool,
}

/// The Picker API of one signed-in user. Cheap to clone.
#[derive(Clone)]
pub(crate) struct PhotosPicker {
    caller: Caller,
}

impl PhotosPicker {
    /// `base` is the address before `/v1`.
    pub(crate) fn new(http: Http, session: Session, base: Url) -> Self {
        let api = Api::Picker;
        Self {
            caller: Caller {
                http,
                session,
                base,
                api,
            },
        }
    }

    pub(crate) fn http(&self) -> &Http {
        &self.caller.http
    }

    /// The token that every request for bytes wants.
    pub(crate) async fn token(&self) -> Result<Secret, AuthError> {
        self.caller.session.access_token().await
    }

    /// A token to use instead of one that was refused where bytes come from.
    pub(crate) async fn replace(&self, refused: &Secret) -> Result<Secret, AuthError> {
        self.caller.session.replace(refused).await
    }

    /// Opens a selection of at most so many items.
    pub(crate) async fn create(&self, max_items: u16) -> Result<PickingSession, GoogleError> {
        let url = self.caller.url("sessions")?;
        // An int64, and so a string.
        let body = json!({ "pickingConfig": { "maxItemCount": max_items.to_string() } });
        let refusal = |status: &Status| match (status.code, status.name.as_str()) {
            (400, "FAILED_PRECONDITION") => Some(PickerError::NoAccount.into()),
            // A request too many a minute is refused with the same code; only waiting helps there.
            (429, _) if !is_about_requests(status) => Some(PickerError::TooManySessions.into()),
            _ => None,
        };
        let request = |client: &reqwest::Client| client.post(url.clone()).json(&body);
        let session = self.caller.call_or(request, refusal).await;
        let session: Wire = session.map_err(|error| match error {
            // Google's stock sentence says no more than that. That so much waiting has not helped does.
            GoogleError::TooMany(Failure::Status(status)) if is_stock(&status) => {
                PickerError::TooManySessions.into()
            }
            other => other,
        })?;
        shape(session)
    }

    /// How a selection stands.
    pub(crate) async fn session(&self, id: &str) -> Result<PickingSession, GoogleError> {
        let url = self.caller.url(&format!("sessions/{}", segment(id)))?;
        let request = |client: &reqwest::Client| client.get(url.clone());
        let session: Wire = self.caller.call_or(request, gone).await?;
        shape(session).and_then(|session| {
            if session.id == id {
                Ok(session)
            } else {
                let text = "it is not the selection that was asked for";
                Err(GoogleError::Shape(text.to_owned()))
            }
        })
    }

    /// Gives a selection up.
    pub(crate) async fn delete(&self, id: &str) -> Result<(), GoogleError> {
        let url = self.caller.url(&format!("sessions/{}", segment(id)))?;
        let request = |client: &reqwest::Client| client.delete(url.clone());
        let _: IgnoredAny = self.caller.call_or(request, gone).await?;
        Ok(())
    }

    /// One page of what was selected.
    pub(crate) async fn list(
        &self,
        session: &str,
        page_token: Option<&str>,
    ) -> Result<Page, GoogleError> {
        let mut url = self.caller.url("mediaItems")?;
        url.query_pairs_mut()
            .append_pair("sessionId", session)
            .append_pair("pageSize", &PAGE_SIZE.to_string());
        if let Some(token) = page_token {
            url.query_pairs_mut().append_pair("pageToken", token);
        }
        let refusal = |status: &Status| match (status.code, status.name.as_str()) {
            _ if is_about_page_token(status) => Some(GoogleError::PageToken),
            (400, "FAILED_PRECONDITION") => Some(PickerError::NotDone.into()),
            _ => gone(status),
        };
        let request = |client: &reqwest::Client| client.get(url.clone());
        let listing: Listing = self.caller.call_or(request, refusal).await?;
        Ok(listing.read(self.caller.http.clock.now()))
    }
}

/// That a selection is unknown or has expired. Only Google says it in this word: a proxy or a network's login page answers
/// 404 too, and a 400 may mean anything.
fn gone(status: &Status) -> Option<GoogleError> {
    (status.name == "NOT_FOUND").then(|| PickerError::SessionGone.into())
}

fn is_about_page_token(status: &Status) -> bool {
    status.code == 400 && status.message.to_ascii_lowercase().contains("page token")
}

fn is_about_requests(status: &Status) -> bool {
    let message = status.message.to_ascii_lowercase();
    message.contains("quota") || message.contains("per minute") || message.contains("requests")
}

/// "Resource has been exhausted (e.g. check quota)."
fn is_stock(status: &Status) -> bool {
    status.message.contains("(e.g. check quota)")
}

/// A browser is sent to the page: to a web page, and nowhere else.
fn shape(session: Wire) -> Result<PickingSession, GoogleError> {
    let session = session.read();
    let session =
        session.ok_or_else(|| GoogleError::Shape("it is no selection with a page".to_owned()))?;
    let is_web_page =
        |page: &Url| page.scheme() == "https" || page.scheme() == "http" && is_loopback(page);
    if session.page.as_ref().is_none_or(is_web_page) {
        Ok(session)
    } else {
        Err(GoogleError::Shape(
            "the page to select on is no web page".to_owned(),
        ))
    }
}
