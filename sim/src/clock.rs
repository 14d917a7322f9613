//! The simulated time: the real clock plus an offset that tests move.
//!
//! Everything that expires (base URLs, tokens, quota days) asks this clock, so an hour passes without waiting for it.
//! Sockets and delays run on real time.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};

#[derive(Debug)]
pub(crate) struct Clock {
    offset_ms: AtomicI64,
}

impl Clock {
    /// A clock that shows `start` now, or the real time.
    pub(crate) fn starting_at(start: Option<DateTime<Utc>>) -> Self {
        let offset = start.map_or(0, |start| (start - Utc::now()).num_milliseconds());
        Self {
            offset_ms: AtomicI64::new(offset),
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        Utc::now() + chrono::Duration::milliseconds(self.offset_ms.load(Ordering::Relaxed))
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.now().timestamp_millis()
    }

    pub(crate) fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX / 2);
        self.offset_ms.fetch_add(by, Ordering::Relaxed);
    }
}

/// `Date` and `Retry-After` want this form of a time.
pub(crate) fn http_date(time: DateTime<Utc>) -> String {
    time.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
