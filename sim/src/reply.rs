//! A whole answer in memory, before it becomes bytes on a socket, and the shapes that Google's answers have.
//!
//! Faults work on this type: whatever is sent, honest or not, starts as a [`Reply`].

use std::time::Duration;

use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue, LOCATION};
use hyper::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: Box<HeaderMap>,
    pub(crate) body: Bytes,
    /// A person thinking, or a server working: waited for before the first byte.
    pub(crate) delay: Duration,
}

impl Reply {
    pub(crate) fn new(
        status: StatusCode,
        content_type: &'static str,
        body: impl Into<Bytes>,
    ) -> Self {
        let mut headers = Box::new(HeaderMap::with_capacity(6));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self {
            status,
            headers,
            body: body.into(),
            delay: Duration::ZERO,
        }
    }

    pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Self {
        let body = serde_json::to_vec(value).unwrap_or_default();
        Self::new(status, "application/json; charset=UTF-8", body)
    }

    pub(crate) fn html(status: StatusCode, title: &str, text: &str) -> Self {
        let page = format!(
            "<!DOCTYPE html>\n<html lang=en>\n<meta charset=utf-8>\n<title>{}</title>\n{text}\n</html>\n",
            escape(title)
        );
        Self::new(status, "text/html; charset=UTF-8", page)
    }

    /// The error page of the byte hosts and of unknown paths.
    pub(crate) fn html_error(status: StatusCode) -> Self {
        let title = format!(
            "Error {} ({})!!1",
            status.as_u16(),
            status.canonical_reason().unwrap_or("Unknown")
        );
        Self::html(
            status,
            &title,
            &format!("<p><b>{}.</b> <ins>That’s an error.</ins>", status.as_u16()),
        )
    }

    /// The error envelope of the APIs (`photos/library/reference/rest`, google.rpc.Status in JSON).
    pub(crate) fn error(status: StatusCode, message: &str) -> Self {
        Self::json(
            status,
            &json!({ "error": { "code": status.as_u16(), "message": message, "status": canonical(status) } }),
        )
    }

    pub(crate) fn error_with_details(status: StatusCode, message: &str, details: &Value) -> Self {
        Self::json(
            status,
            &json!({ "error": { "code": status.as_u16(), "message": message, "status": canonical(status), "details": details } }),
        )
    }

    /// The other meaning of a 400, which the status alone does not tell.
    pub(crate) fn failed_precondition(message: &str) -> Self {
        let status = StatusCode::BAD_REQUEST;
        Self::json(
            status,
            &json!({ "error": { "code": status.as_u16(), "message": message, "status": "FAILED_PRECONDITION" } }),
        )
    }

    pub(crate) fn bad_request(message: &str) -> Self {
        Self::error(StatusCode::BAD_REQUEST, message)
    }

    /// The flat error of the token endpoint (`identity/protocols/oauth2/web-server`).
    pub(crate) fn oauth_error(
        status: StatusCode,
        error: &str,
        description: &str,
        subtype: Option<&str>,
    ) -> Self {
        let mut body = json!({ "error": error, "error_description": description });
        if let Some(subtype) = subtype {
            body["error_subtype"] = subtype.into();
        }
        Self::json(status, &body)
    }

    pub(crate) fn redirect(status: StatusCode, to: &str) -> Self {
        let text = format!(
            "The document has moved <a href=\"{}\">here</a>.",
            escape(to)
        );
        Self::html(status, "Moved", &text).with(LOCATION, to)
    }

    /// Leaves the header out if the value cannot be one.
    pub(crate) fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            self.headers.insert(name, value);
        }
        self
    }
}

/// google.rpc.Code in words, as the envelope names it.
fn canonical(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        409 => "ABORTED",
        429 => "RESOURCE_EXHAUSTED",
        499 => "CANCELLED",
        500 => "INTERNAL",
        501 => "UNIMPLEMENTED",
        503 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        _ => "UNKNOWN",
    }
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
