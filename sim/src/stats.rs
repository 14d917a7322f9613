//! What the clients did, counted.
//!
//! One lock per request and no strings kept per request, so that counting does not slow a benchmark of 20,000 items.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::NaiveDate;

use crate::host::Host;
use crate::route::Route;

/// A copy of the counters at one moment.
#[derive(Debug, Clone, Default)]
pub struct Stats {
    /// By call and status. Status 0: the answer was cut off before its status line.
    pub requests: BTreeMap<(Route, u16), u64>,
    /// Requests for bytes by item id and suffix (`=d`, `=dv`, `=w512-h512`, or nothing); `redirected` on the second host.
    pub bytes: HashMap<String, BTreeMap<String, u64>>,
    /// The same for picked items, by the ids that the Picker gives.
    pub picked_bytes: HashMap<String, BTreeMap<String, u64>>,
    /// Requests that carried an `Authorization` header, by the host that got to see it.
    pub bearers: BTreeMap<Host, u64>,
    /// Most requests that were being answered at the same time, up to the last byte of the answer.
    pub in_flight_max: u64,
    /// Calls that the API quota counted, by quota day.
    pub api_calls: BTreeMap<NaiveDate, u64>,
    /// Loads of base URLs that the media quota counted, by quota day.
    pub media_calls: BTreeMap<NaiveDate, u64>,
    /// Calls that the quota of the Picker API counted.
    pub picker_calls: u64,
    /// Loads of picked items that their quota counted.
    pub picker_media_calls: u64,
    /// Connections accepted, all hosts.
    pub connections: u64,
    /// Authorization codes handed out.
    pub codes_issued: u64,
    /// Codes exchanged for tokens.
    pub exchanges: u64,
    /// Access tokens handed out against a refresh token.
    pub refreshes: u64,
    /// Faults that took effect.
    pub faults: u64,
    in_flight: u64,
}

impl Stats {
    /// Requests of one kind, whatever the answer.
    pub fn count(&self, route: Route) -> u64 {
        self.requests
            .iter()
            .filter(|((it, _), _)| *it == route)
            .map(|(_, n)| n)
            .sum()
    }

    /// Requests of one kind that were answered with `status`.
    pub fn count_with(&self, route: Route, status: u16) -> u64 {
        self.requests.get(&(route, status)).copied().unwrap_or(0)
    }

    /// Requests for the bytes of one item, any suffix.
    pub fn byte_requests(&self, id: &str) -> u64 {
        self.bytes
            .get(id)
            .map_or(0, |by_suffix| by_suffix.values().sum())
    }

    /// Requests for the bytes of one picked item, any suffix.
    pub fn picked_byte_requests(&self, id: &str) -> u64 {
        self.picked_bytes
            .get(id)
            .map_or(0, |by_suffix| by_suffix.values().sum())
    }

    /// Requests that carried an `Authorization` header to a host.
    pub fn bearers_at(&self, host: Host) -> u64 {
        self.bearers.get(&host).copied().unwrap_or(0)
    }

    /// All requests for bytes, all hosts.
    pub fn all_byte_requests(&self) -> u64 {
        let media = self.requests.iter().filter(|((it, _), _)| it.is_media());
        media.map(|(_, n)| n).sum()
    }

    pub fn total(&self) -> u64 {
        self.requests.values().sum()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counters(Mutex<Stats>);

impl Counters {
    pub(crate) fn snapshot(&self) -> Stats {
        self.lock().clone()
    }

    pub(crate) fn reset(&self) {
        let mut stats = self.lock();
        *stats = Stats {
            in_flight: stats.in_flight,
            in_flight_max: stats.in_flight,
            ..Stats::default()
        };
    }

    pub(crate) fn begin(&self) {
        let mut stats = self.lock();
        stats.in_flight += 1;
        stats.in_flight_max = stats.in_flight_max.max(stats.in_flight);
    }

    pub(crate) fn end(&self) {
        self.lock().in_flight -= 1;
    }

    pub(crate) fn answered(&self, route: Route, status: u16) {
        *self.lock().requests.entry((route, status)).or_default() += 1;
    }

    pub(crate) fn asked_for_bytes(&self, picked: bool, id: &str, suffix: &str) {
        let mut stats = self.lock();
        let bytes = if picked {
            &mut stats.picked_bytes
        } else {
            &mut stats.bytes
        };
        let by_suffix = match bytes.get_mut(id) {
            Some(by_suffix) => by_suffix,
            None => bytes.entry(id.to_owned()).or_default(),
        };
        match by_suffix.get_mut(suffix) {
            Some(count) => *count += 1,
            None => _ = by_suffix.insert(suffix.to_owned(), 1),
        }
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Stats)) {
        change(&mut self.lock());
    }

    fn lock(&self) -> MutexGuard<'_, Stats> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
