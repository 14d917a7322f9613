//! Albums that the app created (`photos/library/reference/rest/v1/albums`). Their contents are a search with `albumId`.

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::call::Call;
use crate::google::{Google, Stock};
use crate::library::index::{self, Selection};
use crate::library::pages::{self, Habits, Paging};
use crate::library::wire;
use crate::reply::Reply;
use crate::world::Album;

pub(crate) fn list(google: &Google, call: &Call) -> Result<Reply, Reply> {
    let stock = google.stock();
    let world = &stock.world;
    let visible = if world.library.visible {
        world.albums.len()
    } else {
        0
    };
    let all: Vec<u32> = (0..u32::try_from(visible).unwrap_or(u32::MAX)).collect();
    let paging = Paging {
        size: pages::number(call.query("pageSize"))?,
        token: call.query("pageToken"),
        default: 20,
        max: 50,
    };
    let parameters = index::hash_of(&("albums", call.query("excludeNonAppCreatedData")));
    let page = pages::turn(
        google,
        Habits::from(&world.library),
        paging,
        parameters,
        &all,
    )?;
    let mut reply = json!({});
    if !page.positions.is_empty() {
        reply["albums"] = page
            .positions
            .iter()
            .map(|&n| value(google, &stock, &world.albums[n as usize]))
            .collect();
    }
    if let Some(token) = page.next {
        reply["nextPageToken"] = token.into();
    }
    Ok(Reply::json(StatusCode::OK, &reply))
}

pub(crate) fn get(google: &Google, call: &Call) -> Result<Reply, Reply> {
    let stock = google.stock();
    match stock
        .world
        .albums
        .iter()
        .find(|album| album.id == call.rest && stock.world.library.visible)
    {
        Some(album) => Ok(Reply::json(StatusCode::OK, &value(google, &stock, album))),
        None => Err(Reply::error(
            StatusCode::NOT_FOUND,
            "Requested entity was not found.",
        )),
    }
}

fn value(google: &Google, stock: &Stock, album: &Album) -> Value {
    let contents = stock.index().select(
        &stock.world,
        &Selection::Album(album.id.clone()),
        google.clock.now().timestamp(),
    );
    let cover = contents
        .first()
        .map(|&n| stock.world.items[n as usize].id.as_str());
    wire::album(
        album,
        contents.len(),
        cover.map(|id| (id, google.base_url(id))),
    )
}
