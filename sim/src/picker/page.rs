//! The page on which a person picks: plain forms that need no script, so that a browser, a test and a screen reader can all
//! use it (`photos/picker/guides/picking-experience`).

use std::fmt::Write as _;

use hyper::StatusCode;

use crate::call::Call;
use crate::google::Google;
use crate::item::{Item, Kind};
use crate::library::index::id_hash;
use crate::picker::done;
use crate::picker::person::newest_first;
use crate::picker::sessions::Session;
use crate::reply::{Reply, escape};
use crate::route::{PICKER_PAGE, Route};
use crate::world::World;

/// Behind the page's address: the tab closes itself after Done (reference §5.2).
const AUTOCLOSE: &str = "/autoclose";
/// As many as any session may hold.
const MOST_SHOWN: usize = 2000;

/// Which page of which session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'c> {
    pub(super) session: &'c str,
    pub(super) autoclose: bool,
}

/// Which boxes are ticked when the page appears.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ticked<'t> {
    None,
    /// As many as are allowed.
    All,
    These(&'t [String]),
}

pub(crate) fn answer(google: &Google, call: &Call) -> Reply {
    if call.route == Route::PickerPreview {
        return preview(google, call);
    }
    let place = match call.rest.strip_suffix(AUTOCLOSE) {
        Some(session) => Place {
            session,
            autoclose: true,
        },
        None => Place {
            session: &call.rest,
            autoclose: false,
        },
    };
    if call.route == Route::PickerDone {
        return done::answer(google, call, place);
    }
    let ticked = match call.query("select") {
        Some("all") => Ticked::All,
        _ => Ticked::None,
    };
    open(google, place, ticked, None)
}

/// The form, or the page that stands in its place. `complaint`: what was wrong with the last press of Done.
pub(super) fn open(
    google: &Google,
    place: Place<'_>,
    ticked: Ticked<'_>,
    complaint: Option<&str>,
) -> Reply {
    let stock = google.stock();
    let session = match usable(google, place.session) {
        Ok(session) => session,
        Err(closed) => return closed,
    };
    let status = if complaint.is_some() {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    let text = form(&stock.world, &session, place, ticked, complaint);
    page(status, "Select photos", &text)
}

/// A session whose Done can still be pressed, or the page that says why not.
pub(super) fn usable(google: &Google, id: &str) -> Result<Session, Reply> {
    let now = google.clock.now_ms();
    let mut sessions = google.sessions();
    let (status, heading, what) = match sessions.find(id) {
        None => (
            StatusCode::NOT_FOUND,
            "No such session",
            "Check the address, or start again in the app that sent you here.",
        ),
        Some(session) if !session.lives(now) => (
            StatusCode::GONE,
            "This session is over",
            "It has expired or has been closed by the app. Start again in the app that sent you here.",
        ),
        Some(session) if session.picked.is_some() => (
            StatusCode::GONE,
            "You have already picked",
            "To pick more, start a new session in the app that sent you here.",
        ),
        Some(session) => return Ok(session.clone()),
    };
    Err(page(status, heading, &format!("<p>{}</p>", escape(what))))
}

fn form(
    world: &World,
    session: &Session,
    place: Place<'_>,
    ticked: Ticked<'_>,
    complaint: Option<&str>,
) -> String {
    let items = newest_first(world);
    let shown = &items[..items.len().min(MOST_SHOWN)];
    let mut text = String::new();
    if let Some(complaint) = complaint {
        _ = writeln!(text, "<p role=\"alert\">{}</p>", escape(complaint));
    }
    _ = writeln!(
        text,
        "<p>Select up to {} items, then press Done.</p>",
        session.max_items
    );
    if shown.len() < items.len() {
        _ = writeln!(
            text,
            "<p>These are the newest {} of {}.</p>",
            shown.len(),
            items.len()
        );
    }
    let address = escape(&format!(
        "{PICKER_PAGE}{}{}",
        place.session,
        if place.autoclose { AUTOCLOSE } else { "" }
    ));
    _ = writeln!(
        text,
        "<form method=\"get\" action=\"{address}\">\
         <button name=\"select\" value=\"all\">Select all</button> \
         <button name=\"select\" value=\"none\">Select none</button></form>\n\
         <form method=\"post\" action=\"{address}\">\n<fieldset><legend>Photos and videos, newest first</legend>\n<ul>"
    );
    for (n, item) in shown.iter().enumerate() {
        let checked = match ticked {
            Ticked::None => false,
            Ticked::All => n < session.max_items,
            Ticked::These(ids) => ids.contains(&item.id),
        };
        entry(&mut text, session, item, checked);
    }
    text.push_str("</ul></fieldset>\n<p><button>Done</button></p>\n</form>");
    text
}

fn entry(text: &mut String, session: &Session, item: &Item, checked: bool) {
    let name = item.filename.as_deref().filter(|name| !name.is_empty());
    let date = item.created.map_or_else(
        || "no date".to_owned(),
        |created| created.format("%Y-%m-%d %H:%M").to_string(),
    );
    let kind = if matches!(item.kind, Kind::Video(_)) {
        "video, "
    } else {
        ""
    };
    _ = writeln!(
        text,
        "<li><label><input type=\"checkbox\" name=\"item\" value=\"{id}\"{checked}> \
         <img src=\"{PICKER_PAGE}{session}/preview/{hash:016x}\" alt=\"\" width=\"96\" height=\"72\" loading=\"lazy\"> \
         <span>{name} <small>({kind}{date})</small></span></label></li>",
        id = escape(&item.id),
        checked = if checked { " checked" } else { "" },
        session = session.id,
        hash = id_hash(&item.id),
        name = escape(name.unwrap_or("without a name")),
    );
}

/// A small picture, as long as something can be picked.
fn preview(google: &Google, call: &Call) -> Reply {
    let found = call.rest.split_once("/preview/").and_then(|(id, hash)| {
        usable(google, id).ok()?;
        let hash = u64::from_str_radix(hash, 16).ok()?;
        let stock = google.stock();
        stock.index().find_hashed(&stock.world, hash).cloned()
    });
    match found {
        Some(item) => Reply::new(StatusCode::OK, "image/jpeg", item.preview()),
        None => Reply::html_error(StatusCode::NOT_FOUND),
    }
}

pub(super) fn page(status: StatusCode, heading: &str, text: &str) -> Reply {
    let title = format!("{heading} - Google Photos (simulated)");
    let text = format!("{STYLE}<main><h1>{}</h1>\n{text}\n</main>", escape(heading));
    Reply::html(status, &title, &text)
}

const STYLE: &str = "<meta name=\"viewport\" content=\"width=device-width\">\n\
    <meta name=\"color-scheme\" content=\"light dark\">\n\
    <style>:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif } main { max-width: 60rem; margin: auto; padding: 1rem } \
    ul { list-style: none; padding: 0; display: grid; gap: .5rem; grid-template-columns: repeat(auto-fill, minmax(18rem, 1fr)) } \
    label { display: flex; gap: .5rem; align-items: center } label span { overflow-wrap: anywhere } \
    button { font: inherit; padding: .4rem 1rem } [role=alert] { border-left: .3rem solid; padding-left: .7rem; font-weight: bold }</style>\n";
