//! Bytes of picked items (`photos/picker/guides/media-items`): as the Library's, but every request wants the token, and a
//! URL dies with its session.

use bytes::Bytes;
use hyper::StatusCode;

use crate::call::Call;
use crate::content::splitmix::hash;
use crate::google::Google;
use crate::host::Host;
use crate::item::{Content, Item};
use crate::library::index::id_hash;
use crate::media::suffix::Suffix;
use crate::media::{self, expired};
use crate::oauth::{self, PICKER_SCOPE};
use crate::picker::{Picker, Redirects};
use crate::reply::Reply;
use crate::route::{PICKED, PICKED_DOWNLOADS};

/// What is inside a base URL, or inside the address that it redirects to.
#[derive(Debug, Clone, Copy)]
struct Ticket {
    item: u64,
    session: u64,
    issued_ms: i64,
    /// `None`: a base URL, which says it behind the `=`.
    what: Option<Suffix>,
}

const TICKET: usize = 26;

impl Ticket {
    fn seal(self, google: &Google) -> String {
        let mut inner = [0; TICKET];
        inner[0] = b'K';
        inner[1] = match self.what {
            None => b'b',
            Some(Suffix::Video) => b'v',
            Some(_) => b'd',
        };
        inner[2..10].copy_from_slice(&self.item.to_be_bytes());
        inner[10..18].copy_from_slice(&self.session.to_be_bytes());
        inner[18..].copy_from_slice(&self.issued_ms.to_be_bytes());
        google.seal.close(&inner)
    }

    /// The ticket of a request, and its suffix without `=`.
    fn of<'c>(google: &Google, call: &'c Call) -> (Option<Self>, &'c str) {
        let (sealed, suffix) = call.rest.split_once('=').unwrap_or((&call.rest, ""));
        let read = |inner: Vec<u8>| {
            (inner.len() == TICKET && inner[0] == b'K').then_some(())?;
            Some(Self {
                what: match inner[1] {
                    b'v' => Some(Suffix::Video),
                    b'd' => Some(Suffix::Image),
                    _ => None,
                },
                item: u64::from_be_bytes(inner[2..10].try_into().ok()?),
                session: u64::from_be_bytes(inner[10..18].try_into().ok()?),
                issued_ms: i64::from_be_bytes(inner[18..].try_into().ok()?),
            })
        };
        (google.seal.open(sealed).and_then(read), suffix)
    }
}

/// Where the bytes of a picked item can be loaded from now on.
pub(super) fn base_url(google: &Google, id: &str, session: &str) -> String {
    let ticket = Ticket {
        item: id_hash(id),
        session: id_hash(session),
        issued_ms: google.clock.now_ms(),
        what: None,
    };
    format!(
        "{}{PICKED}{}",
        google.endpoint(Host::Main),
        ticket.seal(google)
    )
}

/// The hash of the item that a request is about.
pub(crate) fn item_of(google: &Google, call: &Call) -> Option<u64> {
    Ticket::of(google, call).0.map(|ticket| ticket.item)
}

pub(crate) fn answer(google: &Google, call: &Call) -> Reply {
    let stock = google.stock();
    let picker = stock.world.picker.clone();
    let media = stock.world.media.clone();
    let (ticket, suffix) = Ticket::of(google, call);
    let item = ticket.and_then(|ticket| stock.index().find_hashed(&stock.world, ticket.item));
    let item = item.cloned();
    // Making bytes takes time: not while others wait for the library.
    drop(stock);
    if (call.host == Host::Main || picker.second_host_wants_token)
        && let Err(refusal) = check_token(google, call, &picker)
    {
        return refusal;
    }
    // The error page for a made-up URL is the one for an expired one. An address that was redirected to is of one host.
    let Some(ticket) = ticket.filter(|it| call.host == Host::Main || it.what.is_some()) else {
        return expired();
    };
    let now = google.clock.now_ms();
    let age = u64::try_from(now - ticket.issued_ms).unwrap_or(0);
    let lives = google
        .sessions()
        .find_hashed(ticket.session)
        .is_some_and(|session| {
            now < session.expires_ms && (picker.urls_survive_delete || !session.deleted)
        });
    if age >= media.base_url_seconds.saturating_mul(1000) || !lives {
        return expired();
    }
    let Some(item) = item else {
        return media::gone();
    };
    let asked = match ticket.what {
        Some(what) => Ok(what),
        None => suffix.parse(),
    };
    let Ok(asked) = asked else {
        return Reply::html_error(StatusCode::BAD_REQUEST);
    };
    if ticket.what.is_none()
        && asked != Suffix::Preview
        && let Some(target) = target(&picker, asked)
    {
        if asked == Suffix::Video
            && let Err(refusal) = media::playable(&media, &item)
        {
            return refusal;
        }
        let onward = Ticket {
            what: Some(asked),
            issued_ms: now,
            ..ticket
        };
        let to = target(google, &onward.seal(google));
        return Reply::redirect(StatusCode::FOUND, &to);
    }
    let reply = media::whole(&media, call, &item, asked);
    if asked != Suffix::Preview && reply.status.is_success() {
        google.sessions().fetched.insert(ticket.item);
    }
    reply
}

type Target = fn(&Google, &str) -> String;

/// Where a download is redirected, if it is.
fn target(picker: &Picker, asked: Suffix) -> Option<Target> {
    let second: Target = |google, sealed| {
        format!(
            "{}{PICKED_DOWNLOADS}{sealed}",
            google.endpoint(Host::Downloads)
        )
    };
    match picker.redirects {
        Redirects::Never => None,
        Redirects::Videos => (asked == Suffix::Video).then_some(second),
        Redirects::SecondHost => Some(second),
        Redirects::SameHost => {
            Some(|google, sealed| format!("{}{PICKED}{sealed}", google.endpoint(Host::Main)))
        }
        Redirects::Foreign => {
            Some(|google, _| format!("{}/photo.jpg", google.endpoint(Host::Foreign)))
        }
    }
}

fn check_token(google: &Google, call: &Call, picker: &Picker) -> Result<(), Reply> {
    let refused = |code| {
        let status = StatusCode::from_u16(code).unwrap_or(StatusCode::FORBIDDEN);
        Err(Reply::html_error(status))
    };
    if call.bearer().is_none() {
        return refused(picker.no_token_status);
    }
    let is_open = |token| {
        let grants = google.grants.lock();
        grants.is_ok_and(|grants| grants.is_good_for_bytes(token))
    };
    match oauth::scopes_of(google, call).filter(|_| call.bearer().is_some_and(is_open)) {
        None => refused(picker.dead_token_status),
        Some(scopes) if scopes.iter().any(|scope| scope == PICKER_SCOPE) => Ok(()),
        Some(_) => refused(403),
    }
}

/// The foreign host is friendly to everybody and gives a picture that nobody asked for.
pub(crate) fn foreign() -> Reply {
    let item = Item {
        content: Content::Jpeg {
            seed: hash(0, "foreign"),
            size: 0,
        },
        ..Item::photo(0, "photo.jpg", "2020-01-01T00:00:00Z")
    };
    Reply::new(StatusCode::OK, "image/jpeg", Bytes::clone(&item.original()))
}
