//! What may go wrong: the vocabulary of faults, in Rust and, with the same names, in JSON.
//!
//! Separate from `fault`, which says where and how often, and from `sabotage`, which does it.

use serde::{Deserialize, Deserializer};

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

    // Something happens, and then the request is answered honestly.
    /// So much simulated time passes: URLs and tokens grow old in the middle of a run.
    Advance {
        seconds: u64,
    },
    /// Every access token dies; refresh tokens stay good.
    AccessTokensDie,
    /// The same where the bytes of picked items come from, and nowhere else.
    ByteTokensDie,
    /// The person takes back every grant.
    Revoke,

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
    /// The first item's `id` is a number.
    IdIsNumber,
    /// The first item's `id` holds half of a surrogate pair.
    IdIsHalf,
    /// The first item's `filename` does.
    FilenameIsHalf,
    /// The first item's `filename` holds a byte that is no UTF-8.
    FilenameIsNoText,
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
