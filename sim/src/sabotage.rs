//! Carrying out a fault: from the honest answer, or from none, to what is really sent.
//!
//! What HTTP allows (another answer, fewer bytes) is sent by the HTTP server; everything else becomes a script.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hyper::header::{CONTENT_ENCODING, CONTENT_RANGE, DATE, HeaderName, RETRY_AFTER};
use hyper::{Method, StatusCode};

use crate::call::Call;
use crate::clock::http_date;
use crate::fault_kind::{ErrorBody, FaultKind, Framing, RetryAfter};
use crate::framing::{chunk, head};
use crate::google::Google;
use crate::media;
use crate::quota::{Budget, Limit};
use crate::reply::Reply;
use crate::script::{Script, Step};
use crate::spoilt_json;

/// What is sent, and by whom.
#[derive(Debug)]
pub(crate) enum Delivery {
    /// By the HTTP server, with `Content-Length`.
    Plain(Reply),
    /// By the HTTP server, chunked.
    Chunked(Reply),
    /// Past the HTTP server.
    Script(Script),
}

impl Delivery {
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Plain(reply) | Self::Chunked(reply) => reply.status.as_u16(),
            Self::Script(script) => script.status,
        }
    }

    pub(crate) fn delay(&self) -> Duration {
        match self {
            Self::Plain(reply) | Self::Chunked(reply) => reply.delay,
            Self::Script(script) => script.delay,
        }
    }
}

pub(crate) fn deliver(google: &Arc<Google>, call: &Call, fault: Option<&FaultKind>) -> Delivery {
    let Some(fault) = fault else {
        return Delivery::Plain(dated(google, google.handle(call)));
    };
    if let Some(instead) = instead(google, call, fault) {
        return instead;
    }
    befall(google, fault);
    let reply = dated(google, google.handle(call));
    spoil(call, reply, fault)
}

fn dated(google: &Google, reply: Reply) -> Reply {
    reply.with(DATE, &http_date(google.clock.now()))
}

/// Faults that make the honest answer superfluous.
fn instead(google: &Google, call: &Call, fault: &FaultKind) -> Option<Delivery> {
    let status =
        |code: u16| StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let budget = Budget::of(call.route);
    let refusal = |limit| google.stock().world.quota.refusal(budget, limit);
    let reply = match fault {
        FaultKind::Status {
            code,
            body,
            retry_after,
        } => {
            let reply = match body {
                ErrorBody::Google => Reply::error(status(*code), reason(*code)),
                ErrorBody::Html => Reply::html_error(status(*code)),
                ErrorBody::Empty => {
                    Reply::new(status(*code), "text/html; charset=UTF-8", Bytes::new())
                }
            };
            match retry_after {
                None => reply,
                Some(RetryAfter::Seconds(seconds)) => reply.with(RETRY_AFTER, &seconds.to_string()),
                Some(RetryAfter::DateIn(seconds)) => reply.with(
                    RETRY_AFTER,
                    &http_date(google.clock.now() + chrono::Duration::seconds(*seconds)),
                ),
                Some(RetryAfter::Text(text)) => reply.with(RETRY_AFTER, text),
            }
        }
        FaultKind::DailyQuota => refusal(Limit::Day),
        FaultKind::MinuteQuota => refusal(Limit::Minute),
        FaultKind::UrlExpired => media::expired(),
        FaultKind::Redirect { to, code } => Reply::redirect(status(*code), to),
        FaultKind::TokenError {
            error,
            description,
            subtype,
        } => {
            let code = if error == "invalid_client" {
                StatusCode::UNAUTHORIZED
            } else {
                StatusCode::BAD_REQUEST
            };
            let description = if description.is_empty() {
                "Bad Request"
            } else {
                description
            };
            Reply::oauth_error(code, error, description, subtype.as_deref())
        }
        FaultKind::HtmlOk => Reply::html(
            StatusCode::OK,
            "Welcome",
            "<p>Please sign in to use this network.",
        ),
        FaultKind::JsonOk => {
            let error = Reply::error(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Internal error encountered.",
            );
            Reply {
                status: StatusCode::OK,
                ..error
            }
        }
        FaultKind::EmptyOk => Reply {
            status: StatusCode::OK,
            ..Reply::new(StatusCode::OK, "application/octet-stream", Bytes::new())
        },
        FaultKind::Body {
            status: code,
            content_type,
            text,
        } => Reply::new(status(*code), "", text.clone())
            .with(hyper::header::CONTENT_TYPE, content_type),
        FaultKind::ResetBeforeHeaders => return Some(script(0, vec![Step::Reset])),
        FaultKind::CloseBeforeHeaders => return Some(script(0, Vec::new())),
        FaultKind::StallBeforeHeaders { seconds } => return Some(script(0, vec![stall(*seconds)])),
        FaultKind::Raw(bytes) => return Some(script(0, vec![Step::Send(bytes.clone().into())])),
        _ => return None,
    };
    Some(Delivery::Plain(dated(google, reply)))
}

/// Faults that happen to the server rather than to an answer.
fn befall(google: &Google, fault: &FaultKind) {
    let grants = || google.grants.lock().unwrap_or_else(PoisonError::into_inner);
    match fault {
        FaultKind::Advance { seconds } => google.clock.advance(Duration::from_secs(*seconds)),
        FaultKind::AccessTokensDie => grants().forget_access(),
        FaultKind::ByteTokensDie => grants().close_bytes(),
        FaultKind::Revoke => grants().forget_all(),
        _ => {}
    }
}

/// Faults that happen to the honest answer.
fn spoil(call: &Call, mut reply: Reply, fault: &FaultKind) -> Delivery {
    let body = reply.body.clone();
    let part = |bytes: usize| body.slice(..bytes.min(body.len()));
    let rest = |bytes: usize| body.slice(bytes.min(body.len())..);
    let length = i64::try_from(body.len()).unwrap_or(i64::MAX);
    let honest = format!("content-length: {}\r\n", body.len());
    let closing = format!("{honest}connection: close\r\n");
    let with_head = |framing: &str, steps: Vec<Step>| {
        let mut all = vec![Step::Send(head(&reply, framing))];
        // A HEAD request is never followed by a body, whatever else goes wrong.
        all.extend(steps.into_iter().filter(|step| {
            call.method != Method::HEAD || !matches!(step, Step::Send(_) | Step::Drip { .. })
        }));
        Delivery::Script(Script {
            steps: all,
            status: reply.status.as_u16(),
            delay: reply.delay,
        })
    };
    match fault {
        FaultKind::ResetAfter { bytes } => {
            with_head(&honest, vec![Step::Send(part(*bytes)), Step::Reset])
        }
        FaultKind::CloseAfter { bytes } => with_head(&honest, vec![Step::Send(part(*bytes))]),
        FaultKind::ChunkedWithoutEnd { bytes } => with_head(
            "transfer-encoding: chunked\r\n",
            vec![Step::Send(chunk(&part(*bytes)))],
        ),
        FaultKind::WrongLength { delta } => with_head(
            &format!("content-length: {}\r\n", length + delta),
            vec![Step::Send(body)],
        ),
        FaultKind::LengthText(text) => with_head(
            &format!("content-length: {text}\r\n"),
            vec![Step::Send(body)],
        ),
        FaultKind::NoLength => with_head("connection: close\r\n", vec![Step::Send(body)]),
        FaultKind::TwoLengths { delta } => with_head(
            &format!("{honest}content-length: {}\r\n", length + delta),
            vec![Step::Send(body)],
        ),
        FaultKind::StallAfterHeaders { seconds } => {
            with_head(&closing, vec![stall(*seconds), Step::Send(body)])
        }
        FaultKind::StallAfter { bytes, seconds } => with_head(
            &closing,
            vec![
                Step::Send(part(*bytes)),
                stall(*seconds),
                Step::Send(rest(*bytes)),
            ],
        ),
        FaultKind::Drip { bytes_per_second } => with_head(
            &closing,
            vec![Step::Drip {
                bytes: body.clone(),
                per_second: *bytes_per_second,
            }],
        ),
        FaultKind::Truncate { bytes, framing } => {
            reply.body = part(*bytes);
            if *framing == Framing::Chunked {
                Delivery::Chunked(reply)
            } else {
                Delivery::Plain(reply)
            }
        }
        FaultKind::Delay { ms } => {
            reply.delay += Duration::from_millis(*ms);
            Delivery::Plain(reply)
        }
        FaultKind::Header { name, value } => {
            Delivery::Plain(match HeaderName::from_bytes(name.as_bytes()) {
                Ok(name) => reply.with(name, value),
                Err(_) => reply,
            })
        }
        FaultKind::FalseGzip => Delivery::Plain(reply.with(CONTENT_ENCODING, "gzip")),
        FaultKind::Corrupt { at } => {
            let mut bytes = body.to_vec();
            if let Some(byte) = bytes.get_mut(*at) {
                *byte ^= 0xff;
            }
            reply.body = bytes.into();
            Delivery::Plain(reply)
        }
        FaultKind::WrongRange { start, total } => {
            Delivery::Plain(shift_range(reply, *start, *total))
        }
        FaultKind::SamePageToken => Delivery::Plain(spoilt_json::same_page_token(call, reply)),
        FaultKind::BaseUrl(url) => Delivery::Plain(spoilt_json::base_urls(reply, url)),
        FaultKind::Json(wrong) => Delivery::Plain(spoilt_json::reshape(reply, *wrong)),
        // The others never come here: they did without an honest answer.
        _ => Delivery::Plain(reply),
    }
}

fn script(status: u16, steps: Vec<Step>) -> Delivery {
    Delivery::Script(Script {
        steps,
        status,
        delay: Duration::ZERO,
    })
}

fn stall(seconds: Option<f64>) -> Step {
    match seconds.map(Duration::try_from_secs_f64) {
        Some(Ok(time)) => Step::Wait(time),
        _ => Step::Hang,
    }
}

/// Moves what `Content-Range` says, not what is sent.
fn shift_range(reply: Reply, start: i64, total: i64) -> Reply {
    let said = reply
        .headers
        .get(CONTENT_RANGE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| {
            let (range, size) = text.strip_prefix("bytes ")?.split_once('/')?;
            let (first, last) = range.split_once('-')?;
            Some((
                first.parse::<i64>().ok()?,
                last.parse::<i64>().ok()?,
                size.parse::<i64>().ok()?,
            ))
        });
    match said {
        Some((first, last, size)) => reply.with(
            CONTENT_RANGE,
            &format!("bytes {}-{}/{}", first + start, last + start, size + total),
        ),
        None => reply,
    }
}

fn reason(code: u16) -> &'static str {
    match code {
        429 => "Resource has been exhausted (e.g. check quota).",
        500 => "Internal error encountered.",
        503 => "The service is currently unavailable.",
        504 => "Deadline exceeded.",
        _ => "Request failed.",
    }
}
