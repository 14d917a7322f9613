//! One logical request: the token is attached, refreshed once when Google does not accept it, transient failures are tried
//! again, and what comes out is an answer or a failure that another attempt cannot mend.

use reqwest::RequestBuilder;
use serde::de::DeserializeOwned;
use url::Url;

use crate::auth::{AuthError, Session};
use crate::google::mended::mended;
use crate::google::{Api, GoogleError};
use crate::http::Http;
use crate::http::limit::Lane;
use crate::http::retry::{Failure, Retry, Status};

/// Whoever calls one API on behalf of one signed-in user. Cheap to clone.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) http: Http,
    pub(super) session: Session,
    /// The address before `/v1`.
    pub(super) base: Url,
    pub(super) api: Api,
}

impl Caller {
    pub(super) fn url(&self, path: &str) -> Result<Url, GoogleError> {
        let base = self.base.as_str().trim_end_matches('/');
        Url::parse(&format!("{base}/v1/{path}"))
            .map_err(|error| GoogleError::Shape(error.to_string()))
    }

    /// Sends until there is an answer or no point in going on.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        request: impl Fn(&reqwest::Client) -> RequestBuilder,
    ) -> Result<T, GoogleError> {
        self.call_or(request, |_| None).await
    }

    /// The same for a call with refusals of its own: where `refusal` knows one, it is not tried again.
    pub(super) async fn call_or<T: DeserializeOwned>(
        &self,
        request: impl Fn(&reqwest::Client) -> RequestBuilder,
        refusal: impl Fn(&Status) -> Option<GoogleError>,
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
            if let Failure::Status(status) = &failure
                && let Some(refused) = refusal(status)
            {
                return Err(refused);
            }
            match self.http.decide(&failure, attempt) {
                Retry::After(wait) => self
                    .http
                    .wait(wait)
                    .await
                    .map_err(|failure| conclude(failure, self.api))?,
                Retry::GiveUp => {
                    let error = conclude(failure, self.api);
                    self.note(&error).await;
                    return Err(error);
                }
            }
            attempt += 1;
        }
    }
}

impl Caller {
    /// Remembers what is true beyond this call.
    async fn note(&self, error: &GoogleError) {
        match error {
            GoogleError::QuotaRefused(_) => self.http.quota().refuse(self.http.clock.now()),
            GoogleError::Auth(AuthError::Expired(why)) => self.session.note_refusal(why).await,
            GoogleError::ScopeInsufficient(status) => {
                self.session.note_refusal(&status.to_string()).await;
            }
            _ => {}
        }
    }
}

/// An id as a part of a path. Byte by byte, because the URL type drops line breaks instead of encoding them.
pub(super) fn segment(id: &str) -> String {
    let encode = |byte: &u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => char::from(*byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    id.as_bytes().iter().map(encode).collect()
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    let read = serde_json::from_slice(body).or_else(|error| match mended(body) {
        Some(mended) => serde_json::from_str(&mended),
        None => Err(error),
    });
    read.map_err(|error| {
        let start = body.iter().find(|byte| !byte.is_ascii_whitespace());
        Failure::Unusable(match start {
            Some(b'<') => "Google's answer is a web page, not JSON; a proxy or a network's login page may stand in between".to_owned(),
            None => "Google's answer is empty".to_owned(),
            Some(_) => format!("Google's answer is not the expected JSON ({error})"),
        })
    })
}

/// What a failure that will not be tried again means.
fn conclude(failure: Failure, api: Api) -> GoogleError {
    let status = match failure {
        Failure::Status(status) => status,
        Failure::Quota(reached) => return GoogleError::Quota(reached),
        Failure::Stopped => return GoogleError::Stopped,
        Failure::Connect(_) => return GoogleError::unreachable(failure),
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
                api,
                activate: status.activation_url,
            }
        }
        403 => GoogleError::ScopeInsufficient(status),
        404 => GoogleError::NotFound(status),
        400 if status.message.to_ascii_lowercase().contains("page token") => GoogleError::PageToken,
        429 if status.is_daily_quota() => GoogleError::QuotaRefused(Lane::Api),
        429 => GoogleError::TooMany(Failure::Status(status)),
        _ => GoogleError::Failed(Failure::Status(status)),
    }
}
