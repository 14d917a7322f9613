//! Which call a request makes.
//!
//! The paths are those of the REST reference (`photos/library/reference/rest`), of the OAuth endpoints
//! (`identity/protocols/oauth2/native-app`) and of the two hosts that serve bytes.

use hyper::Method;
use serde::Deserialize;

/// One kind of call; statistics count by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// `GET /o/oauth2/v2/auth`: the start of the consent.
    Authorize,
    /// `POST /o/oauth2/v2/approval`: the button of the consent page.
    Approve,
    /// `POST /token`.
    Token,
    /// `POST /revoke`.
    Revoke,
    /// `POST /v1/mediaItems:search`.
    Search,
    /// `GET /v1/mediaItems`.
    List,
    /// `GET /v1/mediaItems/{id}`.
    Get,
    /// `GET /v1/mediaItems:batchGet`.
    BatchGet,
    /// `GET /v1/albums`.
    Albums,
    /// `GET /v1/albums/{id}`.
    Album,
    /// A base URL, on the host that is lh3 at Google.
    Bytes,
    /// Where `=dv` redirects to, on the second host.
    Download,
    /// Anything else.
    Unknown,
}

/// The two hosts that a client meets while it fetches bytes. Here: two ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    Main,
    Downloads,
}

/// Before the opaque part of a base URL, as at Google for app-created items.
pub(crate) const BYTES: &str = "/lr/";
/// Before the opaque part of a redirected video download.
pub(crate) const DOWNLOADS: &str = "/video-downloads/";
pub(crate) const APPROVAL: &str = "/o/oauth2/v2/approval";

impl Route {
    /// The route and the variable part of its path, still percent-encoded.
    pub(crate) fn of<'p>(host: Host, method: &Method, path: &'p str) -> (Self, &'p str) {
        let get = method == Method::GET || method == Method::HEAD;
        let post = method == Method::POST;
        if host == Host::Downloads {
            return match path.strip_prefix(DOWNLOADS) {
                Some(sealed) if get => (Self::Download, sealed),
                _ => (Self::Unknown, ""),
            };
        }
        if let Some(sealed) = path.strip_prefix(BYTES).filter(|_| get) {
            return (Self::Bytes, sealed);
        }
        match path {
            // The older path is what Google's own client file names; both answer.
            "/o/oauth2/v2/auth" | "/o/oauth2/auth" if get => (Self::Authorize, ""),
            APPROVAL if post => (Self::Approve, ""),
            "/token" if post => (Self::Token, ""),
            "/revoke" if post => (Self::Revoke, ""),
            "/v1/mediaItems:search" if post => (Self::Search, ""),
            "/v1/mediaItems:batchGet" if get => (Self::BatchGet, ""),
            "/v1/mediaItems" if get => (Self::List, ""),
            "/v1/albums" if get => (Self::Albums, ""),
            _ => match (
                path.strip_prefix("/v1/mediaItems/"),
                path.strip_prefix("/v1/albums/"),
            ) {
                (Some(id), _) if get && !id.is_empty() && !id.contains('/') => (Self::Get, id),
                (_, Some(id)) if get && !id.is_empty() && !id.contains('/') => (Self::Album, id),
                _ => (Self::Unknown, ""),
            },
        }
    }

    /// Loads of bytes, which have their own quota.
    pub(crate) fn is_media(self) -> bool {
        matches!(self, Self::Bytes | Self::Download)
    }
}
