//! What may go wrong, as data: where ([`Matcher`]), and what ([`FaultKind`]).
//!
//! A test builds faults in Rust, a scenario file states the same in JSON:
//! `{"on": {"path": "/lr/", "nth": 2, "times": 3}, "what": {"reset_after": {"bytes": 1000}}}`.
//! How a fault is carried out is the business of `sabotage`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Deserializer};

use crate::call::Call;
use crate::route::Route;

/// One thing that goes wrong at certain requests.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    #[serde(default)]
    pub on: Matcher,
    pub what: FaultKind,
    #[serde(skip)]
    counts: Arc<Mutex<Counts>>,
}

/// Which requests a fault is for. Without any field: the next request.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Matcher {
    /// How the path begins: `/v1/mediaItems:search`, `/lr/`, `/video-downloads/`, `/token`.
    pub path: Option<String>,
    /// One kind of call, where the beginning of a path says too little.
    pub route: Option<Route>,
    /// Id or filename of an item that the request is about (bytes, `get`, `batchGet`).
    pub item: Option<String>,
    /// How the path ends: `=d`, `=dv`.
    pub suffix: Option<String>,
    /// The first matching request that fails, counted from 1.
    pub nth: u32,
    /// How many fail from there on.
    pub times: Times,
    /// Count for each item by itself: "the first load of every photo".
    pub each_item: bool,
}

/// How often a fault takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    Exactly(u32),
    /// In JSON: `"always"`.
    Always,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultKind {
    // Another answer instead of the honest one, which does not happen at all.
    /// An error status.
    Status {
        code: u16,
        #[serde(default)]
        body: ErrorBody,
        #[serde(default)]
        retry_after: Option<RetryAfter>,
    },
    /// 429, the quota of the day is used up.
    DailyQuota,
    /// 429, the quota of the minute is used up.
    MinuteQuota,
    /// A base URL dies before its time: 403 with an HTML body.
    UrlExpired,
    Redirect {
        to: String,
        #[serde(default = "found")]
        code: u16,
    },
    /// The flat error of the token endpoint, status 400 (401 for `invalid_client`).
    TokenError {
        error: String,
        #[serde(default)]
        description: String,
        #[serde(default)]
        subtype: Option<String>,
    },
    /// 200 with an HTML page: a captive portal.
    HtmlOk,
    /// 200 with a JSON error where bytes are expected.
    JsonOk,
    /// 200 and nothing.
    EmptyOk,
    /// Any status, type and text.
    Body {
        #[serde(default = "ok")]
        status: u16,
        content_type: String,
        text: String,
    },
    ResetBeforeHeaders,
    CloseBeforeHeaders,
    /// Nothing is sent. `None`: for ever.
    StallBeforeHeaders {
        #[serde(default)]
        seconds: Option<f64>,
    },
    /// These bytes are the whole answer, status line and all; then the connection closes.
    Raw(#[serde(deserialize_with = "raw")] Vec<u8>),

    // The honest answer, spoilt on the way.
    /// The honest answer, late.
    Delay {
        ms: u64,
    },
    /// A reset (RST) after so many bytes of the body.
    ResetAfter {
        bytes: usize,
    },
    /// The connection closes after so many bytes of the body, although `Content-Length` promised all.
    CloseAfter {
        bytes: usize,
    },
    /// Only so many bytes, in a framing that looks complete.
    Truncate {
        bytes: usize,
        #[serde(default)]
        framing: Framing,
    },
    /// Chunked, and closed after so many bytes without the final chunk.
    ChunkedWithoutEnd {
        bytes: usize,
    },
    /// `Content-Length` differs from the truth by so much. Too small: the surplus is sent all the same.
    WrongLength {
        delta: i64,
    },
    /// `Content-Length` says this, number or not.
    LengthText(String),
    /// No `Content-Length`; the body ends where the connection does.
    NoLength,
    /// The true `Content-Length`, and one that differs by so much.
    TwoLengths {
        delta: i64,
    },
    StallAfterHeaders {
        #[serde(default)]
        seconds: Option<f64>,
    },
    StallAfter {
        bytes: usize,
        #[serde(default)]
        seconds: Option<f64>,
    },
    /// The body at this pace; less than 1 is a byte every few seconds.
    Drip {
        bytes_per_second: f64,
    },
    /// One header more, or another value for one that is there.
    Header {
        name: String,
        value: String,
    },
    /// `Content-Encoding: gzip` on a body that is not.
    FalseGzip,
    /// One byte of the body is another one.
    Corrupt {
        at: usize,
    },
    /// A 206 whose `Content-Range` is off.
    WrongRange {
        start: i64,
        total: i64,
    },
    /// `nextPageToken` repeats the token that was sent.
    SamePageToken,
    /// Every `baseUrl` in the answer is this one.
    BaseUrl(String),
    /// JSON of another shape than promised.
    Json(WrongJson),
}

/// The body of an error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorBody {
    /// The error envelope of the APIs.
    #[default]
    Google,
    Html,
    Empty,
}

/// `Retry-After`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfter {
    /// May be negative, which no client should believe.
    Seconds(i64),
    /// An HTTP date so many seconds from now.
    DateIn(i64),
    Text(String),
}

/// How a shortened body is framed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Framing {
    /// `Content-Length` of the shortened body.
    #[default]
    Length,
    /// Chunked, with a proper end.
    Chunked,
}

/// Ways for JSON to be wrong that still parse, or nearly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WrongJson {
    /// `"mediaItems": "…"`.
    MediaItemsIsText,
    MediaItemsIsNull,
    /// The first item has no `id`.
    ItemWithoutId,
    /// The first item is `null`.
    NullItem,
    /// `nextPageToken` is a number.
    TokenIsNumber,
    /// Every key of the answer twice.
    DuplicateKeys,
    /// Arrays in arrays, so deep.
    Deep {
        levels: usize,
    },
    /// A valid answer with so many bytes of description.
    Huge {
        bytes: usize,
    },
}

/// An item that a request is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'s> {
    pub(crate) id: &'s str,
    pub(crate) filename: Option<&'s str>,
}

#[derive(Debug, Default)]
struct Counts {
    /// Matching requests so far; by item id if the fault counts so, else under the empty id.
    seen: HashMap<String, u32>,
    fired: u32,
}

impl Fault {
    /// At the next request, once. Narrow it down with the builders.
    pub fn new(what: FaultKind) -> Self {
        Self {
            on: Matcher::default(),
            what,
            counts: Arc::default(),
        }
    }

    #[must_use]
    pub fn path(mut self, prefix: &str) -> Self {
        self.on.path = Some(prefix.to_owned());
        self
    }

    #[must_use]
    pub fn route(mut self, route: Route) -> Self {
        self.on.route = Some(route);
        self
    }

    #[must_use]
    pub fn item(mut self, id_or_filename: &str) -> Self {
        self.on.item = Some(id_or_filename.to_owned());
        self
    }

    #[must_use]
    pub fn suffix(mut self, suffix: &str) -> Self {
        self.on.suffix = Some(suffix.to_owned());
        self
    }

    #[must_use]
    pub fn nth(mut self, nth: u32) -> Self {
        self.on.nth = nth;
        self
    }

    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.on.times = Times::Exactly(times);
        self
    }

    #[must_use]
    pub fn always(mut self) -> Self {
        self.on.times = Times::Always;
        self
    }

    #[must_use]
    pub fn each_item(mut self) -> Self {
        self.on.each_item = true;
        self
    }

    /// How often it took effect. A clone shares the count, so a test can keep one.
    pub fn fired(&self) -> u32 {
        self.counts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fired
    }

    /// Counts a matching request and says whether it is one that fails.
    pub(crate) fn is_due(&self, call: &Call, items: &[Subject<'_>]) -> bool {
        let on = &self.on;
        let about = |wanted: &String| {
            items
                .iter()
                .any(|item| item.id == wanted || item.filename == Some(wanted))
        };
        let matches = on
            .path
            .as_ref()
            .is_none_or(|prefix| call.path.starts_with(prefix.as_str()))
            && on
                .suffix
                .as_ref()
                .is_none_or(|suffix| call.path.ends_with(suffix.as_str()))
            && on.route.is_none_or(|route| call.route == route)
            && on.item.as_ref().is_none_or(about);
        if !matches {
            return false;
        }
        let counted = items
            .first()
            .filter(|_| on.each_item)
            .map_or("", |item| item.id);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = counts.seen.entry(counted.to_owned()).or_default();
        *seen += 1;
        let due = match on.times {
            Times::Always => *seen >= on.nth,
            Times::Exactly(times) => (on.nth..on.nth.saturating_add(times)).contains(seen),
        };
        counts.fired += u32::from(due);
        due
    }
}

impl FaultKind {
    /// An error status with the envelope of the APIs.
    pub fn status(code: u16) -> Self {
        Self::Status {
            code,
            body: ErrorBody::Google,
            retry_after: None,
        }
    }

    pub fn token_error(error: &str) -> Self {
        Self::TokenError {
            error: error.to_owned(),
            description: String::new(),
            subtype: None,
        }
    }
}

impl Default for Matcher {
    fn default() -> Self {
        Self {
            path: None,
            route: None,
            item: None,
            suffix: None,
            nth: 1,
            times: Times::Exactly(1),
            each_item: false,
        }
    }
}

impl<'de> Deserialize<'de> for Times {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Spelling {
            Number(u32),
            Word(String),
        }
        match Spelling::deserialize(from)? {
            Spelling::Number(times) => Ok(Self::Exactly(times)),
            Spelling::Word(word) if word == "always" => Ok(Self::Always),
            Spelling::Word(word) => Err(serde::de::Error::custom(format!(
                "{word:?} is neither a number nor \"always\""
            ))),
        }
    }
}

/// A text, or `{"base64": "…"}` for bytes that are not one.
fn raw<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Spelling {
        Text(String),
        Base64 { base64: String },
    }
    match Spelling::deserialize(from)? {
        Spelling::Text(text) => Ok(text.into_bytes()),
        Spelling::Base64 { base64 } => data_encoding::BASE64
            .decode(base64.as_bytes())
            .map_err(serde::de::Error::custom),
    }
}

fn ok() -> u16 {
    200
}

fn found() -> u16 {
    302
}
