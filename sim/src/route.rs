//! Which call a request makes.
//!
//! The paths are those of the REST reference (`photos/library/reference/rest`), of the OAuth endpoints
//! (`identity/protocols/oauth2/native-app`) and of the two hosts that serve bytes.

use hyper::Method;
use serde::Deserialize;

use crate::host::Host;

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
    /// `POST /v1/sessions` of the Picker API.
    CreateSession,
    /// `GET /v1/sessions/{id}`.
    GetSession,
    /// `DELETE /v1/sessions/{id}`.
    DeleteSession,
    /// `GET /v1/mediaItems` of the Picker API.
    ListPicked,
    /// The page on which a person picks.
    PickerPage,
    /// The page's Done button.
    PickerDone,
    /// A small picture on the page.
    PickerPreview,
    /// A base URL of a picked item, on the host that is lh3 at Google.
    PickedBytes,
    /// Where base URLs of picked items redirect to, on the second host.
    PickedDownload,
    /// Whatever is asked of the host that is not Google's.
    Foreign,
    /// Anything else.
    Unknown,
}

/// Before the opaque part of a base URL, as at Google for app-created items.
pub(crate) const BYTES: &str = "/lr/";
/// Before the opaque part of a redirected video download.
pub(crate) const DOWNLOADS: &str = "/video-downloads/";
/// The same for picked items.
pub(crate) const PICKED: &str = "/ppa/";
pub(crate) const PICKED_DOWNLOADS: &str = "/video-downloads/ppa/";
/// Before a session's id in its page's address.
pub(crate) const PICKER_PAGE: &str = "/picker/";
pub(crate) const APPROVAL: &str = "/o/oauth2/v2/approval";

impl Route {
    /// The route and the variable part of its path, still percent-encoded.
    pub(crate) fn of<'p>(host: Host, method: &Method, path: &'p str) -> (Self, &'p str) {
        let get = method == Method::GET || method == Method::HEAD;
        let post = method == Method::POST;
        match host {
            Host::Main => Self::on_main(get, post, path),
            Host::Picker => Self::on_picker(method, get, post, path),
            Host::Downloads if !get => (Self::Unknown, ""),
            Host::Downloads => match (
                path.strip_prefix(PICKED_DOWNLOADS),
                path.strip_prefix(DOWNLOADS),
            ) {
                (Some(sealed), _) => (Self::PickedDownload, sealed),
                (_, Some(sealed)) => (Self::Download, sealed),
                _ => (Self::Unknown, ""),
            },
            Host::Foreign => (Self::Foreign, path),
        }
    }

    fn on_main(get: bool, post: bool, path: &str) -> (Self, &str) {
        if let Some(sealed) = path.strip_prefix(BYTES).filter(|_| get) {
            return (Self::Bytes, sealed);
        }
        if let Some(sealed) = path.strip_prefix(PICKED).filter(|_| get) {
            return (Self::PickedBytes, sealed);
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

    fn on_picker<'p>(method: &Method, get: bool, post: bool, path: &'p str) -> (Self, &'p str) {
        if let Some(rest) = path.strip_prefix(PICKER_PAGE) {
            return match rest {
                _ if post => (Self::PickerDone, rest),
                _ if get && rest.contains("/preview/") => (Self::PickerPreview, rest),
                _ if get => (Self::PickerPage, rest),
                _ => (Self::Unknown, ""),
            };
        }
        match path {
            "/v1/sessions" if post => (Self::CreateSession, ""),
            "/v1/mediaItems" if get => (Self::ListPicked, ""),
            _ => match path.strip_prefix("/v1/sessions/") {
                // There is no such thing as `/v1/sessions/{id}/mediaItems`.
                Some(id) if id.is_empty() || id.contains('/') => (Self::Unknown, ""),
                Some(id) if get => (Self::GetSession, id),
                Some(id) if *method == Method::DELETE => (Self::DeleteSession, id),
                _ => (Self::Unknown, ""),
            },
        }
    }

    /// Loads of bytes, which have their own quota.
    pub(crate) fn is_media(self) -> bool {
        matches!(
            self,
            Self::Bytes | Self::Download | Self::PickedBytes | Self::PickedDownload
        )
    }
}
