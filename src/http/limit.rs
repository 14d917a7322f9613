//! The day's quota: how many requests Google allows, how many are used, and when the count starts again.
//!
//! Pure but for a mutex: the caller passes *now*, and keeps the counts between runs.

use std::sync::Mutex;

use chrono::{DateTime, NaiveDate, Utc};

use crate::http::lock;

/// Which of Google's two daily allowances a request uses up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Library API calls.
    Api = 0,
    /// Loads of media bytes through a base URL.
    Bytes = 1,
}

/// Google's daily limits per project (<https://developers.google.com/photos/overview/api-limits-quotas>).
pub(crate) const API_PER_DAY: u32 = 10_000;
pub(crate) const BYTES_PER_DAY: u32 = 75_000;

/// What has been used on one quota day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Used {
    pub(crate) day: NaiveDate,
    pub(crate) api: u32,
    pub(crate) bytes: u32,
}

impl Used {
    pub(crate) fn none(day: NaiveDate) -> Self {
        Self {
            day,
            api: 0,
            bytes: 0,
        }
    }
}

/// Counts requests against the day's allowance.
#[derive(Debug)]
pub(crate) struct Quota {
    used: Mutex<Used>,
    api_limit: u32,
    /// Requests of this run alone, whatever day they fell on.
    run: Mutex<[u32; 2]>,
}

/// The day's allowance is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reached(pub(crate) Lane);

impl Quota {
    /// Goes on from `used`, with at most `api_limit` API calls a day.
    pub(crate) fn new(used: Used, api_limit: u32) -> Self {
        Self {
            used: Mutex::new(used),
            api_limit,
            run: Mutex::default(),
        }
    }

    /// Takes one request, or says that the day's allowance is gone.
    pub(crate) fn take(&self, lane: Lane, now: DateTime<Utc>) -> Result<(), Reached> {
        let mut used = lock(&self.used);
        let today = quota_day(now);
        // A clock that was set back must not hand out the same day's allowance twice.
        if today > used.day {
            *used = Used::none(today);
        }
        let (count, limit) = match lane {
            Lane::Api => (&mut used.api, self.api_limit),
            Lane::Bytes => (&mut used.bytes, BYTES_PER_DAY),
        };
        if *count >= limit {
            return Err(Reached(lane));
        }
        *count += 1;
        lock(&self.run)[lane as usize] += 1;
        Ok(())
    }

    /// Takes a request back that reached nobody.
    pub(crate) fn give_back(&self, lane: Lane) {
        let mut used = lock(&self.used);
        let count = match lane {
            Lane::Api => &mut used.api,
            Lane::Bytes => &mut used.bytes,
        };
        *count = count.saturating_sub(1);
        let run = &mut lock(&self.run)[lane as usize];
        *run = run.saturating_sub(1);
    }

    pub(crate) fn used(&self) -> Used {
        *lock(&self.used)
    }

    /// What this run has used: API calls and byte requests.
    pub(crate) fn used_by_run(&self) -> (u32, u32) {
        let [api, bytes] = *lock(&self.run);
        (api, bytes)
    }

    pub(crate) fn api_limit(&self) -> u32 {
        self.api_limit
    }

    pub(crate) fn api_left(&self, now: DateTime<Utc>) -> u32 {
        let used = self.used();
        let spent = if quota_day(now) > used.day {
            0
        } else {
            used.api
        };
        self.api_limit.saturating_sub(spent)
    }
}

/// The day that a request counts for. Google's daily quotas start again at midnight Pacific time (customary for Google's
/// APIs; not documented for Photos).
pub(crate) fn quota_day(now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&chrono_tz::America::Los_Angeles)
        .date_naive()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a test's moment")
    }

    #[test]
    fn the_day_turns_at_midnight_pacific() {
        assert_eq!(
            quota_day(at("2024-07-02T06:59:59Z")).to_string(),
            "2024-07-01"
        );
        assert_eq!(
            quota_day(at("2024-07-02T07:00:00Z")).to_string(),
            "2024-07-02"
        );
    }

    #[test]
    fn an_allowance_ends_and_comes_back() {
        let noon = at("2024-07-01T19:00:00Z");
        let used = Used {
            api: 9,
            ..Used::none(quota_day(noon))
        };
        let quota = Quota::new(used, 10);
        assert_eq!(quota.take(Lane::Api, noon), Ok(()));
        assert_eq!(quota.take(Lane::Api, noon), Err(Reached(Lane::Api)));
        assert_eq!(quota.take(Lane::Bytes, noon), Ok(()));
        assert_eq!(
            quota.take(Lane::Api, at("2024-06-30T19:00:00Z")),
            Err(Reached(Lane::Api))
        );
        assert_eq!(quota.take(Lane::Api, at("2024-07-02T19:00:00Z")), Ok(()));
        assert_eq!(quota.used_by_run(), (2, 1));
    }
}
