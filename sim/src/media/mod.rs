//! Bytes through base URLs (`photos/library/guides/access-media-items`): what each suffix gives, for how long, and from
//! which host.
//!
//! No credential is asked for: the URL is the key. Nearly everything about headers is undocumented, hence the switches.

mod range;
pub(crate) mod suffix;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_RANGE, ETAG};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use crate::call::Call;
use crate::content;
use crate::google::Google;
use crate::host::Host;
use crate::item::{Content, Item, Kind, VideoStatus};
use crate::library::index::{hash_of, id_hash};
use crate::media::range::Wanted;
use crate::media::suffix::Suffix;
use crate::reply::Reply;
use crate::route::{BYTES, DOWNLOADS};

/// How the byte hosts behave.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Media {
    /// How long a base URL works, by the simulated clock. Documented: 3600.
    pub base_url_seconds: u64,
    /// Of the host of base URLs. Unverified; default [`RangeSupport::Honoured`].
    pub range: RangeSupport,
    /// Of the host that `=dv` redirects to. Reported for other links: [`RangeSupport::Ignored`], the default.
    pub range_on_downloads: RangeSupport,
    /// Unverified; default [`Etag::None`].
    pub etag: Etag,
    /// Whether downloads carry `Content-Disposition` with the item's filename. Undocumented; default `true`.
    pub content_disposition: bool,
    /// Whether `=dv` redirects to the second host. Default `true`.
    pub redirect_videos: bool,
    /// Status of `=dv` on a photo without a clip. Unverified; default 404 (400 and 500 were seen too).
    pub no_clip_status: u16,
    /// Status of `=dv` on a video that is not READY. Unverified; default 404.
    pub not_ready_status: u16,
}

impl Default for Media {
    fn default() -> Self {
        Self {
            base_url_seconds: 3600,
            range: RangeSupport::Honoured,
            range_on_downloads: RangeSupport::Ignored,
            etag: Etag::None,
            content_disposition: true,
            redirect_videos: true,
            no_clip_status: 404,
            not_ready_status: 404,
        }
    }
}

/// What becomes of a `Range` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RangeSupport {
    /// 206, or 416 behind the end.
    Honoured,
    /// 200 with everything.
    Ignored,
}

/// Which validator downloads carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Etag {
    None,
    Strong,
    Weak,
}

/// What is inside a base URL.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ticket {
    pub(crate) item: u64,
    issued_ms: i64,
}

impl Ticket {
    pub(crate) fn issue(google: &Google, host: Host, id: &str) -> String {
        let mut inner = [0; 17];
        inner[0] = Self::mark(host);
        inner[1..9].copy_from_slice(&id_hash(id).to_be_bytes());
        inner[9..].copy_from_slice(&google.clock.now_ms().to_be_bytes());
        google.seal.close(&inner)
    }

    /// The ticket of a request for bytes, and its suffix without `=`.
    pub(crate) fn of<'c>(google: &Google, call: &'c Call) -> (Option<Self>, &'c str) {
        let (sealed, suffix) = call.rest.split_once('=').unwrap_or((&call.rest, ""));
        let read = |inner: Vec<u8>| {
            (inner.len() == 17 && inner[0] == Self::mark(call.host)).then_some(())?;
            let item = u64::from_be_bytes(inner[1..9].try_into().ok()?);
            Some(Self {
                item,
                issued_ms: i64::from_be_bytes(inner[9..].try_into().ok()?),
            })
        };
        (google.seal.open(sealed).and_then(read), suffix)
    }

    fn mark(host: Host) -> u8 {
        if host == Host::Downloads { b'D' } else { b'U' }
    }
}

pub(crate) fn answer(google: &Google, call: &Call) -> Reply {
    let (ticket, suffix) = Ticket::of(google, call);
    // The error page for a made-up URL is the one for an expired one.
    let Some(ticket) = ticket else {
        return expired();
    };
    let stock = google.stock();
    let media = &stock.world.media;
    let age = u64::try_from(google.clock.now_ms() - ticket.issued_ms).unwrap_or(0);
    let found = stock.index().find_hashed(&stock.world, ticket.item);
    if age >= media.base_url_seconds * 1000 {
        return expired();
    }
    let Some(item) = found else { return gone() };
    let item = item.clone();
    let media = media.clone();
    // Making bytes takes time: not while others wait for the library.
    drop(stock);
    if call.host == Host::Downloads {
        return whole(&media, call, &item, Suffix::Video);
    }
    let Ok(suffix) = suffix.parse() else {
        return Reply::html_error(StatusCode::BAD_REQUEST);
    };
    if suffix != Suffix::Video || !media.redirect_videos {
        return whole(&media, call, &item, suffix);
    }
    if let Err(refusal) = playable(&media, &item) {
        return refusal;
    }
    let ticket = Ticket::issue(google, Host::Downloads, &item.id);
    let to = format!("{}{DOWNLOADS}{ticket}", google.endpoint(Host::Downloads));
    Reply::redirect(StatusCode::FOUND, &to)
}

/// What a suffix gives, without any redirect.
pub(crate) fn whole(media: &Media, call: &Call, item: &Item, suffix: Suffix) -> Reply {
    match suffix {
        Suffix::Preview => send(media, call, item.preview()),
        Suffix::Image => download(media, call, item, Some(item.original())),
        Suffix::Video => match playable(media, item) {
            Ok(()) => download(media, call, item, item.clip()),
            Err(refusal) => refusal,
        },
    }
}

/// Whether an item has anything to give under `=dv`.
pub(crate) fn playable(media: &Media, item: &Item) -> Result<(), Reply> {
    let refused = |code| {
        let status = StatusCode::from_u16(code).unwrap_or(StatusCode::NOT_FOUND);
        Err(Reply::html_error(status))
    };
    if matches!(
        item.kind,
        Kind::Video(VideoStatus::Processing | VideoStatus::Failed)
    ) {
        return refused(media.not_ready_status);
    }
    if matches!(item.content, Content::Jpeg { .. }) {
        return refused(media.no_clip_status);
    }
    Ok(())
}

fn download(media: &Media, call: &Call, item: &Item, file: Option<Bytes>) -> Reply {
    let Some(bytes) = file else {
        return gone();
    };
    let reply = send(media, call, bytes);
    if !media.content_disposition {
        return reply;
    }
    let name = item.filename.as_deref().unwrap_or(&item.id);
    let plain = name.chars().map(|c| {
        if c.is_ascii_graphic() && !matches!(c, '"' | '\\') || c == ' ' {
            c
        } else {
            '_'
        }
    });
    let value = format!(
        "attachment;filename=\"{}\";filename*=UTF-8''{}",
        plain.collect::<String>(),
        utf8_percent_encode(name, NON_ALPHANUMERIC)
    );
    reply.with(CONTENT_DISPOSITION, &value)
}

/// The bytes, or the part of them that was asked for.
fn send(media: &Media, call: &Call, bytes: Bytes) -> Reply {
    // Not what the listing says, but what is sent.
    let content_type = content::content_type(&bytes);
    let etag = match media.etag {
        Etag::None => None,
        Etag::Strong => Some(format!("\"{:016x}\"", hash_of(&bytes))),
        Etag::Weak => Some(format!("W/\"{:016x}\"", hash_of(&bytes))),
    };
    let support = match call.host {
        Host::Downloads => media.range_on_downloads,
        _ => media.range,
    };
    let total = bytes.len();
    let wanted = match support {
        RangeSupport::Honoured => range::wanted(
            call.header("range"),
            call.header("if-range"),
            etag.as_deref(),
            total,
        ),
        RangeSupport::Ignored => Wanted::Everything,
    };
    let mut reply = match wanted {
        Wanted::Everything => Reply::new(StatusCode::OK, content_type, bytes),
        Wanted::Part(first, last) => {
            let part = bytes.slice(first..=last);
            Reply::new(StatusCode::PARTIAL_CONTENT, content_type, part)
                .with(CONTENT_RANGE, &format!("bytes {first}-{last}/{total}"))
        }
        Wanted::Nothing => {
            return Reply::html_error(StatusCode::RANGE_NOT_SATISFIABLE)
                .with(CONTENT_RANGE, &format!("bytes */{total}"));
        }
    };
    if support == RangeSupport::Honoured {
        reply = reply.with(ACCEPT_RANGES, "bytes");
    }
    match etag {
        Some(etag) => reply.with(ETAG, &etag),
        None => reply,
    }
}

/// An expired URL, and every URL that this server did not issue.
pub(crate) fn expired() -> Reply {
    Reply::html_error(StatusCode::FORBIDDEN)
}

/// A deleted item: an image, of all things, under a 404.
pub(crate) fn gone() -> Reply {
    Reply::new(
        StatusCode::NOT_FOUND,
        "image/gif",
        Bytes::from_static(PLACEHOLDER),
    )
}

/// One grey pixel.
const PLACEHOLDER: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xcc\xcc\xcc\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

/// Where the bytes of an item can be loaded from now on.
pub(crate) fn base_url(google: &Google, id: &str) -> String {
    format!(
        "{}{BYTES}{}",
        google.endpoint(Host::Main),
        Ticket::issue(google, Host::Main, id)
    )
}
