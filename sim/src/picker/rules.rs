//! What a well-behaved client of the Picker does not do, noticed where it would do it.

use crate::call::Call;
use crate::google::{Google, Stock};
use crate::item::{Kind, VideoStatus};
use crate::library::index::id_hash;
use crate::picker::Picker;
use crate::picker::sessions::{Session, Sessions};
use crate::rules::Rule;

/// Timers of both sides are not that exact.
const TOLERANCE: f64 = 0.95;

/// Before the poll is answered.
pub(super) fn note_poll(
    google: &Google,
    call: &Call,
    picker: &Picker,
    session: &mut Session,
    now_ms: i64,
) {
    let over = session.patience_ms(now_ms, picker) == Some(0) && session.picked.is_none();
    let manners = &mut session.manners;
    let waited = (now_ms - manners.last_ms).max(0) as f64;
    let interval = picker
        .poll_interval
        .as_deref()
        .and_then(milliseconds)
        .unwrap_or(0.0)
        * picker.waits;
    // A client that comes back much later has been started again, which is its good right.
    if manners.over && waited < interval * 3.0 {
        record(google, call, Rule::PolledAfterTheEnd);
    } else if waited < interval * TOLERANCE {
        manners.hasty += 1;
        if manners.hasty >= 2 {
            record(google, call, Rule::PolledTooFast);
        }
    } else {
        manners.hasty = 0;
    }
    manners.last_ms = now_ms;
    manners.over = over;
}

pub(super) fn note_use_after_delete(google: &Google, call: &Call, session: Option<&mut Session>) {
    if session.is_some_and(|session| session.deleted) {
        record(google, call, Rule::UsedAfterDelete);
    }
}

/// Items that have gone from the library or that are no finished videos cannot be fetched, so nobody waits for them.
pub(super) fn note_early_delete(
    google: &Google,
    call: &Call,
    stock: &Stock,
    sessions: &mut Sessions,
) {
    let picked = sessions
        .find(&call.rest)
        .and_then(|session| session.picked.clone());
    let missing = picked.unwrap_or_default().into_iter().any(|id| {
        let item = stock.index().find(&stock.world, &id);
        let ready = item.is_some_and(|item| {
            !matches!(
                item.kind,
                Kind::Video(VideoStatus::Processing | VideoStatus::Failed)
            )
        });
        ready && !sessions.fetched.contains(&id_hash(&id))
    });
    if missing {
        record(google, call, Rule::DeletedBeforeFetched);
    }
}

fn record(google: &Google, call: &Call, rule: Rule) {
    google
        .offences
        .record(rule, format!("{} {}", call.method, call.path));
}

/// A `Duration` in proto JSON: `3.5s`. `None` for what is not one.
fn milliseconds(text: &str) -> Option<f64> {
    let seconds: f64 = text.strip_suffix('s')?.parse().ok()?;
    (seconds.is_finite() && seconds >= 0.0).then_some(seconds * 1000.0)
}
