//! `mediaItems.list` (`photos/picker/reference/rest/v1/mediaItems/list`).

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::call::Call;
use crate::google::Google;
use crate::item::Item;
use crate::library::index::hash_of;
use crate::library::pages::{self, Habits, Paging};
use crate::picker::{Endless, bytes, rules, wire};
use crate::reply::Reply;

/// `pageSize` where none is said, and the most that one gets (reference §5.2).
const DEFAULT_PAGE: usize = 50;
const MAX_PAGE: usize = 100;
/// Items of a list that does not end. No client that lives to see the last of them should have.
const FOR_EVER: usize = 50_000;

pub(super) fn list(google: &Google, call: &Call) -> Result<Reply, Reply> {
    let id = call
        .query("sessionId")
        .ok_or_else(|| Reply::bad_request("Session ID must be set."))?;
    let size = pages::number(call.query("pageSize"))?;
    let stock = google.stock();
    let picker = &stock.world.picker;
    let picked = {
        let mut sessions = google.sessions();
        rules::note_use_after_delete(google, call, sessions.find(id));
        let session = sessions.living_mut(id, google.clock.now_ms(), picker)?;
        session.picked.clone().ok_or_else(|| {
            Reply::failed_precondition("The user has not finished picking media items.")
        })?
    };
    // What has been deleted from the library since is no longer listed.
    let find = |id: &String| stock.index().find(&stock.world, id);
    let items: Vec<&Item> = picked.iter().filter_map(find).collect();
    let rounds = match picker.endless {
        Endless::Never | Endless::Empty => 1,
        Endless::Again | Endless::Fresh => FOR_EVER / items.len().max(1),
    };
    let all = 0..u32::try_from(items.len() * rounds).unwrap_or(u32::MAX);
    let all: Vec<u32> = all.collect();
    let page = pages::turn(
        google,
        Habits::from(picker),
        Paging {
            size,
            token: call.query("pageToken"),
            default: DEFAULT_PAGE,
            max: MAX_PAGE,
        },
        hash_of(&("picked", id)),
        &all,
    )?;
    let mut reply = json!({});
    if !page.positions.is_empty() {
        let listed = page.positions.iter().map(|&n| {
            let (round, item) = (n as usize / items.len(), items[n as usize % items.len()]);
            let mut listed = wire::item(picker, item, bytes::base_url(google, &item.id, id));
            if round > 0 && picker.endless == Endless::Fresh {
                listed["id"] = format!("{}-{round}", picker.id_of(item)).into();
            }
            listed
        });
        reply["mediaItems"] = listed.collect::<Value>();
    }
    if let Some(token) = page.next {
        reply["nextPageToken"] = token.into();
    }
    Ok(Reply::json(StatusCode::OK, &reply))
}
