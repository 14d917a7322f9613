//! Events as JSON, one object a line, for `--log-format json`.

use std::io::Write;

use chrono::DateTime;
use serde_json::{Value, json};

use crate::source::Lane;
use crate::sync::event::{Event, Reporter};
use crate::ui::escape_json;

/// Writes every event to stderr as a line of JSON.
pub(crate) struct JsonLines {
    /// Nothing but what went wrong.
    pub(crate) is_quiet: bool,
}

impl Reporter for JsonLines {
    fn event(&self, event: &Event<'_>) {
        if self.is_quiet && !is_error(event) {
            return;
        }
        if let Some(line) = line(event) {
            let _ = writeln!(std::io::stderr().lock(), "{}", escape_json(&line));
        }
    }
}

/// What `-q` lets through, as it does where the lines are for people.
fn is_error(event: &Event<'_>) -> bool {
    matches!(
        event,
        Event::Failed { since: None, .. }
            | Event::ListingFailed { .. }
            | Event::Gone { .. }
            | Event::Warning { .. }
    )
}

/// A sentence as a line of JSON.
pub(crate) fn message(text: &str) -> Value {
    json!({ "event": "message", "text": text })
}

/// `None` for what happens many times a second and says nothing by itself.
fn line(event: &Event<'_>) -> Option<Value> {
    let line = match event {
        Event::Listing {
            windows,
            unit,
            full,
        } => {
            json!({ "event": "listing", "windows": windows, "unit": unit, "full_listing": full })
        }
        Event::Listed { lane } => json!({ "event": "listed", "part": part(*lane) }),
        Event::ListingFailed { lane, why } => {
            json!({ "event": "listing_failed", "part": part(*lane), "why": why })
        }
        Event::WouldFetch { path, id, why } => {
            json!({ "event": "would_fetch", "path": path, "id": id, "why": why.as_str() })
        }
        Event::Saved {
            path,
            size,
            how,
            restored,
            doubtful,
            note,
        } => {
            json!({ "event": "saved", "path": path, "size_bytes": size, "how": how.as_str(), "restored": restored, "doubtful": doubtful, "note": note })
        }
        Event::KeptFirst { path } => json!({ "event": "kept_first", "path": path }),
        Event::Changed { path } => json!({ "event": "changed", "path": path }),
        Event::Damaged { path } => json!({ "event": "damaged", "path": path }),
        Event::Moved { path, from } => json!({ "event": "moved", "path": path, "from": from }),
        Event::Matched { path } => json!({ "event": "matched", "path": path }),
        Event::Beside { path, why } => json!({ "event": "beside", "path": path, "why": why }),
        Event::Skipped { name, why } => json!({ "event": "skipped", "name": name, "why": why }),
        Event::Failed { name, why, since } => {
            let since = since.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
            json!({ "event": "failed", "name": name, "why": why, "since": since })
        }
        Event::Gone { name } => json!({ "event": "gone", "name": name }),
        Event::Retrying { name, why, wait } => {
            json!({ "event": "retrying", "name": name, "why": why, "wait_seconds": wait.as_secs_f64() })
        }
        Event::NotWhole { text } => json!({ "event": "not_whole", "text": text }),
        Event::Warning { text } => json!({ "event": "warning", "text": text }),
        Event::Seen { .. }
        | Event::Outside { .. }
        | Event::Kept { .. }
        | Event::Queued
        | Event::Received { .. }
        | Event::Ended => {
            return None;
        }
    };
    Some(line)
}

fn part(lane: Lane) -> String {
    match lane {
        Lane::Window(window) => window.to_string(),
        Lane::Full => "full listing".to_owned(),
        Lane::Selection(number) => format!("selection {number}"),
    }
}
