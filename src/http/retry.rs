//! Why a request failed and whether to try again: a pure policy. It answers with a decision; the caller waits.
//!
//! Google's rules (<https://developers.google.com/photos/overview/best-practices>): after a 5xx exponential back-off from
//! one second, after a 429 at least 30 seconds, anything else not at all.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::http::limit::{Lane, Reached};

/// Why one attempt gave nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("no connection ({0})")]
    Connect(String),
    #[error("the connection broke ({0})")]
    Transfer(String),
    #[error("{0}")]
    Status(Box<Status>),
    /// A 200 that is not what was asked for: a captive portal, a proxy's error page, a body that was cut.
    #[error("{0}")]
    Unusable(String),
    /// Something that another attempt cannot mend, such as an address outside Google.
    #[error("{0}")]
    Refused(String),
    /// The bytes arrived and could not be kept.
    #[error("could not write to the archive's disk")]
    Disk(#[source] std::io::Error),
    #[error("{} is used up", .0.0)]
    Quota(Reached),
    #[error("the run was told to stop")]
    Stopped,
}

/// An answer other than 200.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) code: u16,
    /// Google's canonical name, for example `PERMISSION_DENIED`, where the body has one.
    pub(crate) name: String,
    /// Google's own sentence, where the body has one. Server text: escape before showing.
    pub(crate) message: String,
    /// `details[].reason`, for example `SERVICE_DISABLED`.
    pub(crate) reason: Option<String>,
    /// `details[].metadata.activationUrl`: where an API that is not enabled can be.
    pub(crate) activation_url: Option<String>,
    pub(crate) retry_after: Option<Duration>,
}

/// What to do after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Retry {
    After(Duration),
    GiveUp,
}

/// Whether to try again after the `attempt`th failure (from 1). `jitter` is a random number from 0 to 1: it spreads
/// clients that failed together.
pub(crate) fn decide(failure: &Failure, attempt: u32, jitter: f64) -> Retry {
    let transient = match failure {
        Failure::Connect(_) | Failure::Transfer(_) | Failure::Unusable(_) => true,
        Failure::Status(status) if status.code == 429 => {
            return if status.is_daily_quota()
                || attempt >= ATTEMPTS
                || pause_for(status) > LONGEST_PAUSE
            {
                Retry::GiveUp
            } else {
                Retry::After(pause_for(status))
            };
        }
        Failure::Status(status) => matches!(status.code, 408 | 500..=599),
        Failure::Refused(_) | Failure::Disk(_) | Failure::Quota(_) | Failure::Stopped => false,
    };
    if !transient || attempt >= ATTEMPTS {
        return Retry::GiveUp;
    }
    let told = match failure {
        Failure::Status(status) => status.retry_after.filter(|told| *told <= LONGEST_PAUSE),
        _ => None,
    };
    let backoff = FIRST_WAIT * 2_u32.pow((attempt - 1).min(5));
    Retry::After(
        told.unwrap_or_default()
            .max(backoff.mul_f64(1.0 + jitter / 2.0)),
    )
}

/// How long a 429 asks to wait: as told, at least 30 seconds.
pub(crate) fn pause_for(status: &Status) -> Duration {
    status.retry_after.unwrap_or_default().max(TOO_MANY_WAIT)
}

/// Attempts in all, so waits of 1, 2, 4 and 8 seconds and half as much again.
pub(crate) const ATTEMPTS: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_secs(1);
const TOO_MANY_WAIT: Duration = Duration::from_secs(30);
/// A server that asks for more than this is asking for another run.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_mins(15);

impl Status {
    /// `None` for a 200 or 206, otherwise what the head of the answer says.
    pub(crate) fn of(answer: &reqwest::Response, now: DateTime<Utc>) -> Option<Self> {
        let code = answer.status().as_u16();
        if matches!(code, 200 | 206) {
            return None;
        }
        let retry_after = answer.headers().get(reqwest::header::RETRY_AFTER);
        let retry_after =
            retry_after.and_then(|value| parse_retry_after(value.to_str().ok()?, now));
        Some(Self {
            code,
            name: answer
                .status()
                .canonical_reason()
                .unwrap_or_default()
                .to_owned(),
            message: String::new(),
            reason: None,
            activation_url: None,
            retry_after,
        })
    }

    /// Adds what Google's error envelope says; anything else (HTML, an image) is left unread.
    pub(crate) fn with_body(mut self, body: &[u8]) -> Self {
        let Ok(Envelope { error }) = serde_json::from_slice(body) else {
            return self;
        };
        self.name = if error.status.is_empty() {
            self.name
        } else {
            error.status
        };
        self.message = error.message;
        let infos = || {
            error.details.iter().filter_map(|detail| {
                detail
                    .get("reason")?
                    .as_str()
                    .map(|reason| (detail, reason))
            })
        };
        self.reason = infos().next().map(|(_, reason)| reason.to_owned());
        self.activation_url = infos().find_map(|(detail, _)| {
            detail
                .pointer("/metadata/activationUrl")?
                .as_str()
                .map(str::to_owned)
        });
        self
    }

    /// Whether today's allowance is gone, by Google's own count. Seen on the wire:
    /// "… limit 'All requests per day' of service …" (rclone/rclone#3736).
    pub(crate) fn is_daily_quota(&self) -> bool {
        self.code == 429 && self.message.contains("per day")
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the server answered {}", self.code)?;
        if !self.name.is_empty() {
            write!(f, " {}", self.name)?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        Ok(())
    }
}

impl std::fmt::Display for Lane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Api => "today's allowance of API calls",
            Self::Bytes => "today's allowance of media requests",
        })
    }
}

impl Failure {
    /// Whether somebody answered whose certificate is not believed, which no other attempt changes.
    pub(crate) fn is_untrusted(&self) -> bool {
        matches!(self, Self::Connect(why) if why.starts_with(UNTRUSTED))
    }
}

/// How rustls begins to say what is wrong with a certificate (`rustls::Error::InvalidCertificate`).
const UNTRUSTED: &str = "invalid peer certificate";

/// Addresses are cut out: the address of a photo's bytes is a key to the photo.
impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let mut text = String::new();
        let mut source: Option<&dyn std::error::Error> = Some(&error);
        // The outermost text only says that sending or reading failed; the innermost says why.
        while let Some(inner) = source {
            text = inner.to_string();
            source = inner.source();
        }
        if error.is_connect() {
            Self::Connect(text)
        } else if error.is_timeout() {
            Self::Transfer("nothing arrived in time".to_owned())
        } else {
            Self::Transfer(text)
        }
    }
}

/// Seconds or an HTTP date; anything else, or a moment that has passed, counts as not said.
fn parse_retry_after(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::parse_from_rfc2822(text.trim()).ok()?;
    (date.with_timezone(&Utc) - now).to_std().ok()
}

#[derive(Deserialize)]
struct Envelope {
    error: EnvelopeError,
}

#[derive(Deserialize)]
struct EnvelopeError {
    #[serde(default)]
    message: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    details: Vec<serde_json::Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: u16) -> Status {
        Status {
            code,
            name: String::new(),
            message: String::new(),
            reason: None,
            activation_url: None,
            retry_after: None,
        }
    }

    #[test]
    fn these_statuses_are_tried_again_and_no_others() {
        let retried: Vec<u16> = (300..=599)
            .filter(|code| {
                decide(&Failure::Status(Box::new(status(*code))), 1, 0.0) != Retry::GiveUp
            })
            .collect();
        let expected: Vec<u16> = [408, 429].into_iter().chain(500..=599).collect();
        assert_eq!(retried, expected);
    }

    #[test]
    fn waits_double_and_end() {
        let broken = || Failure::Transfer("reset".to_owned());
        let waits: Vec<_> = (1..=ATTEMPTS)
            .map(|attempt| decide(&broken(), attempt, 0.0))
            .collect();
        let seconds = |n| Retry::After(Duration::from_secs(n));
        assert_eq!(
            waits,
            [
                seconds(1),
                seconds(2),
                seconds(4),
                seconds(8),
                Retry::GiveUp
            ]
        );
        assert_eq!(
            decide(&broken(), 1, 1.0),
            Retry::After(Duration::from_millis(1500))
        );
    }

    #[test]
    fn too_many_requests_wait_half_a_minute_or_as_told() {
        let told = |seconds| Status {
            retry_after: Some(Duration::from_secs(seconds)),
            ..status(429)
        };
        let wait = |status| decide(&Failure::Status(Box::new(status)), 1, 0.5);
        assert_eq!(wait(status(429)), Retry::After(Duration::from_secs(30)));
        assert_eq!(wait(told(5)), Retry::After(Duration::from_secs(30)));
        assert_eq!(wait(told(70)), Retry::After(Duration::from_secs(70)));
        assert_eq!(wait(told(315_360_000)), Retry::GiveUp);
        let gone = Status {
            message: "limit 'All requests per day' of".to_owned(),
            ..status(429)
        };
        assert_eq!(wait(gone), Retry::GiveUp);
    }

    #[test]
    fn retry_after_is_read_in_both_forms_and_nonsense_is_not() {
        let now = "2024-05-01T00:00:00Z".parse().expect("a moment");
        assert_eq!(parse_retry_after("120", now), Some(Duration::from_mins(2)));
        assert_eq!(
            parse_retry_after("Wed, 01 May 2024 00:01:00 GMT", now),
            Some(Duration::from_mins(1))
        );
        assert_eq!(
            parse_retry_after("Wed, 01 May 2014 00:01:00 GMT", now),
            None
        );
        assert_eq!(parse_retry_after("-5", now), None);
        assert_eq!(parse_retry_after("soon", now), None);
    }

    #[test]
    fn googles_envelope_is_read_and_html_is_not() {
        let body = br#"{"error":{"code":403,"message":"no","status":"PERMISSION_DENIED","details":[
            {"@type":"ErrorInfo","reason":"SERVICE_DISABLED","metadata":{"activationUrl":"https://x/"}},{"@type":"Help"}]}}"#;
        let read = status(403).with_body(body);
        assert_eq!(read.reason.as_deref(), Some("SERVICE_DISABLED"));
        assert_eq!(read.activation_url.as_deref(), Some("https://x/"));
        assert_eq!(status(403).with_body(b"<html>Error 403"), status(403));
    }
}
