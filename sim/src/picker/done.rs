//! The press of Done, on the page or by a test.

use hyper::StatusCode;

use crate::call::Call;
use crate::google::Google;
use crate::picker::page::{Place, Ticked, open, page, usable};
use crate::reply::Reply;

/// Why Done changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// No such session, or one that is over or has been finished already.
    Closed,
    TooMany {
        most: usize,
    },
    Nothing,
}

pub(super) fn answer(google: &Google, call: &Call, place: Place<'_>) -> Reply {
    if let Err(closed) = usable(google, place.session) {
        return closed;
    }
    let form = call.form();
    let ids: Vec<String> = form
        .into_iter()
        .filter(|(name, _)| name == "item")
        .map(|(_, id)| id)
        .collect();
    let complain = |what: &str| open(google, place, Ticked::These(&ids), Some(what));
    match press(google, place.session, &ids) {
        Ok(count) => thanks(count, place.autoclose),
        Err(Refused::TooMany { most }) => complain(&format!(
            "You selected {} items, but the app asked for at most {most}.",
            ids.len()
        )),
        Err(Refused::Nothing) => complain("Select at least one item."),
        // Somebody else was quicker.
        Err(Refused::Closed) => open(google, place, Ticked::None, None),
    }
}

/// Done, with these items selected; ids that no item has are passed over, and each counts once. Gives their number.
pub(crate) fn press(google: &Google, session: &str, ids: &[String]) -> Result<usize, Refused> {
    let stock = google.stock();
    let mut picked: Vec<String> = Vec::new();
    for id in ids {
        if stock.index().find(&stock.world, id).is_some() && !picked.contains(id) {
            picked.push(id.clone());
        }
    }
    let now = google.clock.now_ms();
    let mut sessions = google.sessions();
    let session = sessions
        .find(session)
        .filter(|session| session.lives(now) && session.picked.is_none())
        .ok_or(Refused::Closed)?;
    let count = picked.len();
    if count > session.max_items {
        return Err(Refused::TooMany {
            most: session.max_items,
        });
    }
    if count == 0 && !stock.world.picker.empty_selection {
        return Err(Refused::Nothing);
    }
    session.picked = Some(picked);
    Ok(count)
}

fn thanks(count: usize, autoclose: bool) -> Reply {
    let items = if count == 1 { "item" } else { "items" };
    let close = if autoclose {
        "<script>window.close()</script>"
    } else {
        ""
    };
    let text = format!(
        "<p>{count} {items} picked. You can close this tab and go back to the app.</p>{close}"
    );
    page(StatusCode::OK, "Done", &text)
}
