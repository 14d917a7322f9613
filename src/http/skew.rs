//! By how much this machine's clock differs from a server's.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header;

/// How far `now` lies after what the answer says of the time. An answer's `Date` is as old as its way was long: seconds.
pub(super) fn ahead(answer: &reqwest::Response, now: DateTime<Utc>) -> Option<TimeDelta> {
    let date = answer.headers().get(header::DATE)?.to_str().ok()?;
    let date = DateTime::parse_from_rfc2822(date).ok()?;
    Some(now - date.to_utc())
}
