//! Listing and getting media items (`photos/library/reference/rest/v1/mediaItems`).

use std::cmp::Reverse;
use std::collections::HashSet;

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::call::Call;
use crate::google::Google;
use crate::item::Item;
use crate::library::index::{self, Selection};
use crate::library::pages::{self, Habits, Paging};
use crate::library::wire::{MediaItem, MediaItems};
use crate::library::{BatchOrder, Library};
use crate::reply::Reply;
use crate::rules::Rule;

/// What a client gets to see of an id that is wrong or gone.
const INVALID_ID: &str = "Invalid media item ID.";

pub(crate) fn list(google: &Google, call: &Call) -> Result<Reply, Reply> {
    let size = pages::number(call.query("pageSize"))?;
    listing(
        google,
        &Selection::Everything,
        Paging {
            size,
            token: call.query("pageToken"),
            default: 25,
            max: 100,
        },
    )
}

pub(crate) fn listing(
    google: &Google,
    selection: &Selection,
    paging: Paging<'_>,
) -> Result<Reply, Reply> {
    let stock = google.stock();
    let world = &stock.world;
    if let Selection::Album(id) = selection
        && world.library.visible
        && !world.albums.iter().any(|album| album.id == *id)
    {
        return Err(Reply::error(
            StatusCode::NOT_FOUND,
            "Requested entity was not found.",
        ));
    }
    let all = if world.library.visible {
        stock
            .index()
            .select(world, selection, google.clock.now().timestamp())
    } else {
        [].into()
    };
    let page = pages::turn(
        google,
        Habits::from(&world.library),
        paging,
        index::hash_of(selection),
        &all,
    )?;
    let media_items = page
        .positions
        .iter()
        .map(|&n| wire(google, &world.items[n as usize]))
        .collect();
    Ok(Reply::json(
        StatusCode::OK,
        &MediaItems {
            media_items,
            next_page_token: page.next,
        },
    ))
}

pub(crate) fn get(google: &Google, call: &Call) -> Result<Reply, Reply> {
    let stock = google.stock();
    let library = &stock.world.library;
    if library.poison_single && library.poisoned.contains(&call.rest) {
        return Err(internal());
    }
    match stock
        .index()
        .find(&stock.world, &call.rest)
        .filter(|_| library.visible)
    {
        Some(item) => Ok(Reply::json(StatusCode::OK, &wire(google, item))),
        None if well_formed(&call.rest) => Err(Reply::error(
            StatusCode::NOT_FOUND,
            "Requested entity was not found.",
        )),
        None => Err(Reply::bad_request(INVALID_ID)),
    }
}

pub(crate) fn batch_get(google: &Google, call: &Call) -> Result<Reply, Reply> {
    let mut ids: Vec<&str> = call
        .query
        .iter()
        .filter(|(key, _)| key == "mediaItemIds")
        .map(|(_, id)| id.as_str())
        .collect();
    let distinct: HashSet<&str> = ids.iter().copied().collect();
    if ids.len() > 50 || distinct.len() < ids.len() {
        google
            .offences
            .record(Rule::BadBatch, format!("{} {}", call.method, call.path));
    }
    match ids.len() {
        0 => {
            return Err(Reply::bad_request(
                "Request must contain at least one media item ID.",
            ));
        }
        51.. => {
            return Err(Reply::bad_request(
                "Request must have less than 50 media item IDs.",
            ));
        }
        n if distinct.len() < n => {
            return Err(Reply::bad_request(
                "Request must not contain duplicated media item IDs.",
            ));
        }
        _ => {}
    }
    let stock = google.stock();
    let library: &Library = &stock.world.library;
    if ids.iter().any(|id| library.poisoned.contains(*id)) {
        return Err(internal());
    }
    match library.batch_order {
        BatchOrder::AsAsked => {}
        BatchOrder::Reversed => ids.reverse(),
        BatchOrder::ById => ids.sort_unstable_by_key(|id| Reverse(*id)),
    }
    let results: Vec<Value> = ids
        .into_iter()
        .map(|id| {
            match stock
                .index()
                .find(&stock.world, id)
                .filter(|_| library.visible)
            {
                Some(item) => json!({ "mediaItem": wire(google, item) }),
                None => json!({ "status": { "code": 3, "message": INVALID_ID } }),
            }
        })
        .collect();
    Ok(Reply::json(
        StatusCode::OK,
        &json!({ "mediaItemResults": results }),
    ))
}

fn wire<'w>(google: &Google, item: &'w Item) -> MediaItem<'w> {
    MediaItem::of(item, google.base_url(&item.id))
}

fn internal() -> Reply {
    Reply::error(
        StatusCode::INTERNAL_SERVER_ERROR,
        "Internal error encountered.",
    )
}

fn well_formed(id: &str) -> bool {
    id.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}
