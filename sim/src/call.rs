//! One request as the handlers see it: read whole, its path and query taken apart.

use bytes::Bytes;
use hyper::{HeaderMap, Method};
use url::form_urlencoded;

use crate::host::Host;
use crate::route::Route;

#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) host: Host,
    pub(crate) route: Route,
    pub(crate) method: Method,
    pub(crate) path: String,
    /// The part of the path after the route's fixed part, decoded.
    pub(crate) rest: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    pub(crate) fn new(host: Host, head: &hyper::http::request::Parts, body: Bytes) -> Self {
        let path = head.uri.path();
        let (route, rest) = Route::of(host, &head.method, path);
        Self {
            host,
            route,
            method: head.method.clone(),
            path: path.to_owned(),
            rest: percent_encoding::percent_decode_str(rest)
                .decode_utf8_lossy()
                .into_owned(),
            query: pairs(head.uri.query().unwrap_or_default().as_bytes()),
            headers: head.headers.clone(),
            body,
        }
    }

    /// The first value of a query parameter; an empty one counts as none, as proto defaults do.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        first(&self.query, name)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as a submitted form.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        pairs(&self.body)
    }

    pub(crate) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }
}

/// The first non-empty value of `name`.
pub(crate) fn first<'p>(pairs: &'p [(String, String)], name: &str) -> Option<&'p str> {
    pairs
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
        .filter(|value| !value.is_empty())
}

fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(encoded).into_owned().collect()
}
