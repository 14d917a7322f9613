//! A `PickingSession` in JSON (<https://developers.google.com/photos/picker/reference/rest/v1/sessions>).

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::google::picker::{MOST_ITEMS, PickingSession};
use crate::google::wire::{MAX_ID, lenient, pixels};

/// A selection. Only the id is relied on, and the page until Done is pressed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Session {
    #[serde(default, deserialize_with = "lenient")]
    id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    picker_uri: Option<Url>,
    #[serde(default, deserialize_with = "lenient")]
    polling_config: Option<PollingConfig>,
    #[serde(default, deserialize_with = "lenient")]
    expire_time: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "lenient")]
    picking_config: Option<PickingConfig>,
    #[serde(default, deserialize_with = "lenient")]
    media_items_set: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PollingConfig {
    #[serde(default, deserialize_with = "lenient")]
    poll_interval: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    timeout_in: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PickingConfig {
    /// An int64, and so a string; a number is taken too.
    #[serde(default)]
    max_item_count: Value,
}

impl Session {
    pub(super) fn read(self) -> Option<PickingSession> {
        let polling = self.polling_config.unwrap_or_default();
        let picking = self.picking_config.unwrap_or_default();
        let most = pixels(&picking.max_item_count).and_then(|most| usize::try_from(most).ok());
        let is_done = self.media_items_set.unwrap_or(false);
        if self.picker_uri.is_none() && !is_done {
            return None;
        }
        Some(PickingSession {
            id: self.id.filter(|id| !id.is_empty() && id.len() <= MAX_ID)?,
            page: self.picker_uri,
            poll_every: polling.poll_interval.as_deref().and_then(duration),
            patience: polling.timeout_in.as_deref().and_then(duration),
            expires: self.expire_time,
            // Zero means that nothing was said.
            most: most
                .filter(|most| *most > 0)
                .map_or(MOST_ITEMS, |most| most.min(MOST_ITEMS)),
            is_done,
        })
    }
}

/// A length of time as Google writes it: `3.5s`.
fn duration(text: &str) -> Option<Duration> {
    let seconds: f64 = text.strip_suffix('s')?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_session_is_read_and_one_without_a_page_is_none() {
        let read = |json: Value| {
            let session: Session = serde_json::from_value(json).expect("an object");
            session.read()
        };
        let session = read(json!({ "id": "a-b", "pickerUri": "https://photos.google.com/picker/a-b",
            "pollingConfig": { "pollInterval": "3.5s", "timeoutIn": "1800s" }, "expireTime": "2026-01-08T12:00:00Z",
            "pickingConfig": { "maxItemCount": "2000" } }))
        .expect("a session");
        assert_eq!(session.poll_every, Some(Duration::from_millis(3500)));
        assert_eq!(session.patience, Some(Duration::from_mins(30)));
        assert!(!session.is_done && session.expires.is_some());
        assert_eq!(session.most, 2000);
        let odd = json!({ "id": "a", "pickerUri": "https://x.example/", "pollingConfig": { "pollInterval": "soon", "timeoutIn": "-1s" },
            "expireTime": 7, "mediaItemsSet": true });
        let odd = read(odd).expect("a session");
        assert_eq!(
            (odd.poll_every, odd.patience, odd.expires),
            (None, None, None)
        );
        assert!(odd.is_done);
        for (said, most) in [
            (json!("5"), 5),
            (json!(5), 5),
            (json!("0"), 2000),
            (json!("9999"), 2000),
            (json!("-1"), 2000),
            (json!(null), 2000),
        ] {
            let session = json!({ "id": "a", "pickerUri": "https://x.example/", "pickingConfig": { "maxItemCount": said } });
            assert_eq!(read(session).expect("a session").most, most, "{said}");
        }
        for done in [
            json!({ "id": "a", "mediaItemsSet": true }),
            json!({ "id": "a", "mediaItemsSet": true, "pickerUri": "" }),
        ] {
            assert_eq!(read(done).expect("a session").page, None);
        }
        for bad in [
            json!({}),
            json!({ "id": "a" }),
            json!({ "id": "", "pickerUri": "https://x.example/" }),
        ] {
            assert_eq!(read(bad), None);
        }
    }
}
