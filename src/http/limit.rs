//! Quotas: how many requests Google allows, how many are used, and when the count starts again. The Library's are by the
//! day, the Picker's by the minute, and neither counts for the other.
//!
//! Pure but for a mutex: the caller passes *now*, and keeps the counts between runs.

use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::http::lock;

/// Which of Google's two daily allowances a request uses up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// API calls.
    Api = 0,
    /// Loads of media bytes through a base URL.
    Bytes = 1,
}

/// Google's daily limits per project (<https://developers.google.com/photos/overview/api-limits-quotas>).
pub(crate) const API_PER_DAY: u32 = 10_000;
pub(crate) const BYTES_PER_DAY: u32 = 75_000;

/// Google's limits of the Picker, per project and minute (same page).
const PICKER_API_PER_MINUTE: u32 = 100_000;
const PICKER_BYTES_PER_MINUTE: u32 = 1_000_000;
const MINUTE: TimeDelta = TimeDelta::minutes(1);

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

/// Counts requests against the allowance.
#[derive(Debug)]
pub(crate) struct Quota {
    /// Of the Library's allowance, also while the Picker's is being used.
    used: Mutex<Used>,
    limit: Limit,
    /// Requests of this run alone, whatever day they fell on.
    run: Mutex<[u32; 2]>,
    /// When Google said last that the day's allowance is used up.
    refused: Mutex<Option<DateTime<Utc>>>,
}

#[derive(Debug)]
enum Limit {
    /// The Library's; API calls a day.
    Day(u32),
    /// The Picker's.
    Minute(Mutex<Minute>),
}

/// The minute that is being counted.
#[derive(Debug, Default)]
struct Minute {
    began: Option<DateTime<Utc>>,
    counts: [u32; 2],
}

/// The day's allowance is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reached(pub(crate) Lane);

impl Quota {
    /// Goes on from `used`, with at most `api_limit` API calls a day.
    pub(crate) fn new(used: Used, api_limit: u32) -> Self {
        Self {
            used: Mutex::new(used),
            limit: Limit::Day(api_limit),
            run: Mutex::default(),
            refused: Mutex::default(),
        }
    }

    /// The Picker's allowance, which leaves the Library's as it is.
    pub(crate) fn picker(used: Used) -> Self {
        Self {
            limit: Limit::Minute(Mutex::default()),
            ..Self::new(used, u32::MAX)
        }
    }

    /// How long to wait until a request of this lane is allowed again; a day is not waited for.
    pub(crate) fn pause(&self, lane: Lane, now: DateTime<Utc>) -> Option<Duration> {
        let Limit::Minute(minute) = &self.limit else {
            return None;
        };
        let mut minute = lock(minute);
        let end = minute.began.map(|began| began + MINUTE);
        // A clock that was set back must not make anybody wait for longer.
        let Some(end) = end.filter(|end| now < *end && *end <= now + MINUTE) else {
            *minute = Minute {
                began: Some(now),
                counts: [0; 2],
            };
            return None;
        };
        let limit = [PICKER_API_PER_MINUTE, PICKER_BYTES_PER_MINUTE][lane as usize];
        (minute.counts[lane as usize] >= limit).then(|| (end - now).to_std().unwrap_or_default())
    }

    /// Takes one request, or says that the day's allowance is gone.
    pub(crate) fn take(&self, lane: Lane, now: DateTime<Utc>) -> Result<(), Reached> {
        let api_limit = match &self.limit {
            Limit::Day(api_limit) => *api_limit,
            Limit::Minute(minute) => {
                lock(minute).counts[lane as usize] += 1;
                lock(&self.run)[lane as usize] += 1;
                return Ok(());
            }
        };
        let mut used = lock(&self.used);
        let today = quota_day(now);
        // A clock that was set back must not hand out the same day's allowance twice.
        if today > used.day {
            *used = Used::none(today);
        }
        let (count, limit) = match lane {
            Lane::Api => (&mut used.api, api_limit),
            Lane::Bytes => (&mut used.bytes, BYTES_PER_DAY),
        };
        if *count >= limit {
            return Err(Reached(lane));
        }
        *count += 1;
        lock(&self.run)[lane as usize] += 1;
        Ok(())
    }

    /// Notes that Google counts otherwise, and says that nothing is left of the day's allowance. The Picker has none.
    pub(crate) fn refuse(&self, now: DateTime<Utc>) {
        if matches!(self.limit, Limit::Day(_)) {
            *lock(&self.refused) = Some(now);
        }
    }

    /// When Google has said so, if it has.
    pub(crate) fn refused(&self) -> Option<DateTime<Utc>> {
        *lock(&self.refused)
    }

    /// Takes a request back that reached nobody.
    pub(crate) fn give_back(&self, lane: Lane) {
        if matches!(self.limit, Limit::Day(_)) {
            let mut used = lock(&self.used);
            let count = match lane {
                Lane::Api => &mut used.api,
                Lane::Bytes => &mut used.bytes,
            };
            *count = count.saturating_sub(1);
        }
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

    /// API calls a day; of the Picker, which counts by the minute, as good as no limit.
    pub(crate) fn api_limit(&self) -> u32 {
        match self.limit {
            Limit::Day(api_limit) => api_limit,
            Limit::Minute(_) => u32::MAX,
        }
    }

    pub(crate) fn api_left(&self, now: DateTime<Utc>) -> u32 {
        let used = self.used();
        let spent = if quota_day(now) > used.day {
            0
        } else {
            used.api
        };
        self.api_limit().saturating_sub(spent)
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

    #[test]
    fn the_pickers_allowance_is_by_the_minute_and_leaves_the_librarys_alone() {
        let noon = at("2024-07-01T19:00:00Z");
        let used = Used {
            api: 10_000,
            ..Used::none(quota_day(noon))
        };
        let quota = Quota::picker(used);
        for _ in 0..PICKER_API_PER_MINUTE {
            assert_eq!(quota.pause(Lane::Api, noon), None);
            assert_eq!(quota.take(Lane::Api, noon), Ok(()));
        }
        let later = noon + TimeDelta::seconds(20);
        assert_eq!(quota.pause(Lane::Api, later), Some(Duration::from_secs(40)));
        assert_eq!(quota.pause(Lane::Bytes, later), None);
        assert_eq!(quota.pause(Lane::Api, noon - TimeDelta::days(1)), None);
        assert_eq!(quota.pause(Lane::Api, noon + MINUTE), None);
        assert_eq!(quota.used(), used);
        assert_eq!(quota.used_by_run(), (PICKER_API_PER_MINUTE, 0));
    }
}
