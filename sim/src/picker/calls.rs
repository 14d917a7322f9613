//! `sessions.create`, `.get` and `.delete` (`photos/picker/reference/rest/v1/sessions`).
//!
//! Messages are invented: the reference has none (§5.2).

use hyper::StatusCode;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use crate::call::Call;
use crate::google::Google;
use crate::picker::person::Person;
use crate::picker::{rules, wire};
use crate::reply::Reply;
use crate::rules::Rule;

/// `maxItemCount` where none is said, and the most that there is (reference §5.1).
const MAX_ITEMS: usize = 2000;

/// A `PickingSession` as a client sends it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct Request {
    picking_config: PickingConfig,
    // Output only: read over, as by proto JSON.
    #[serde(rename = "id")]
    _id: IgnoredAny,
    #[serde(rename = "pickerUri")]
    _picker_uri: IgnoredAny,
    #[serde(rename = "pollingConfig")]
    _polling_config: IgnoredAny,
    #[serde(rename = "expireTime")]
    _expire_time: IgnoredAny,
    #[serde(rename = "mediaItemsSet")]
    _media_items_set: IgnoredAny,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct PickingConfig {
    max_item_count: Option<Int64>,
}

/// proto JSON reads both spellings.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Int64 {
    Number(i64),
    Text(String),
}

impl Request {
    fn max_items(&self) -> Result<usize, Reply> {
        let wanted = match &self.picking_config.max_item_count {
            None => 0,
            Some(Int64::Number(number)) => *number,
            Some(Int64::Text(text)) => text.parse().map_err(|_| {
                Reply::bad_request(&format!(
                    "Invalid value at 'picking_session.picking_config.max_item_count' (TYPE_INT64), \"{text}\""
                ))
            })?,
        };
        match usize::try_from(wanted) {
            Err(_) => Err(Reply::bad_request(
                "The maximum item count must not be negative.",
            )),
            Ok(0) => Ok(MAX_ITEMS),
            Ok(count) => Ok(count.min(MAX_ITEMS)),
        }
    }
}

/// `requestId` is not looked at: what a repeated one leads to is not documented.
pub(super) fn create(google: &Google, call: &Call) -> Result<Reply, Reply> {
    let announced = call
        .header("content-type")
        .is_some_and(|it| it.starts_with("application/json"));
    if !call.body.is_empty() && !announced {
        google.offences.record(
            Rule::NotAnnouncedAsJson,
            format!("{} {}", call.method, call.path),
        );
    }
    let request: Request = if call.body.is_empty() {
        Request::default()
    } else {
        serde_json::from_slice(&call.body).map_err(|error| {
            Reply::bad_request(&format!("Invalid JSON payload received. {error}"))
        })?
    };
    if matches!(
        request.picking_config.max_item_count,
        Some(Int64::Number(_))
    ) {
        let what = format!("{} {}", call.method, call.path);
        google.offences.record(Rule::NumberForInt64, what);
    }
    let max_items = request.max_items()?;
    let now = google.clock.now_ms();
    let stock = google.stock();
    let picker = &stock.world.picker;
    if !picker.has_account {
        return Err(Reply::failed_precondition(
            "The user does not have an active Google Photos account.",
        ));
    }
    let mut sessions = google.sessions();
    if picker
        .max_sessions
        .is_some_and(|most| sessions.living(now) >= most)
    {
        return Err(Reply::error(
            StatusCode::TOO_MANY_REQUESTS,
            "Too many picking sessions. Delete sessions that are no longer needed.",
        ));
    }
    let session = sessions.open(max_items, now, picker);
    Ok(Reply::json(
        StatusCode::OK,
        &wire::session(google, picker, session, now),
    ))
}

pub(super) fn get(google: &Google, call: &Call) -> Result<Reply, Reply> {
    let now = google.clock.now_ms();
    let stock = google.stock();
    let picker = &stock.world.picker;
    let mut sessions = google.sessions();
    rules::note_use_after_delete(google, call, sessions.find(&call.rest));
    let session = sessions.living_mut(&call.rest, now, picker)?;
    rules::note_poll(google, call, picker, session, now);
    session.polls += 1;
    if let (None, Person::Picks { what, after_polls }) = (&session.picked, &picker.person)
        && session.polls > *after_polls
    {
        let most = if picker.overfull {
            usize::MAX
        } else {
            session.max_items
        };
        session.picked = Some(what.choose(&stock.world, most));
    }
    Ok(Reply::json(
        StatusCode::OK,
        &wire::session(google, picker, session, now),
    ))
}

pub(super) fn delete(google: &Google, call: &Call) -> Result<Reply, Reply> {
    let now = google.clock.now_ms();
    let stock = google.stock();
    let mut sessions = google.sessions();
    rules::note_use_after_delete(google, call, sessions.find(&call.rest));
    sessions.living_mut(&call.rest, now, &stock.world.picker)?;
    rules::note_early_delete(google, call, &stock, &mut sessions);
    if let Some(session) = sessions.find(&call.rest) {
        session.deleted = true;
    }
    Ok(Reply::json(StatusCode::OK, &json!({})))
}
