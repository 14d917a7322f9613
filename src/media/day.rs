//! Days and ranges of days: what `--since` and `--until` mean, and how a range is cut into listing requests.

use std::fmt;

use chrono::{DateTime, Datelike, Days, Duration, Months, NaiveDate, Utc};

/// An inclusive range of civil dates, never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DayRange {
    pub(crate) first: NaiveDate,
    pub(crate) last: NaiveDate,
}

impl DayRange {
    /// `None` when `last` lies before `first`.
    pub(crate) fn new(first: NaiveDate, last: NaiveDate) -> Option<Self> {
        (first <= last).then_some(Self { first, last })
    }

    pub(crate) fn days(self) -> i64 {
        (self.last - self.first).num_days() + 1
    }

    /// The range cut at the borders of days, months or years, oldest first. The pieces tile the range exactly.
    pub(crate) fn split(self, window: Window) -> Vec<Self> {
        let mut pieces = Vec::new();
        let mut first = self.first;
        loop {
            let last = window.last_day_from(first).min(self.last);
            pieces.push(Self { first, last });
            match last.succ_opt() {
                Some(next) if last < self.last => first = next,
                _ => return pieces,
            }
        }
    }

    /// The range cut by month (by year when it is decades) up to 60 days before `today`, by day after that: recent
    /// days are where things change, and a year of old days costs 12 requests instead of 365.
    pub(crate) fn split_sparingly(self, today: NaiveDate) -> Vec<Self> {
        let border = today - Duration::days(60);
        let old = Self::new(self.first, self.last.min(border));
        let recent = Self::new(self.first.max(border + Duration::days(1)), self.last);
        // A start centuries ago is a way of saying "everything": years will do.
        let window = match old {
            Some(range) if range.days() > 40 * 365 => Window::Year,
            _ => Window::Month,
        };
        let mut pieces = old.map(|range| range.split(window)).unwrap_or_default();
        pieces.extend(
            recent
                .map(|range| range.split(Window::Day))
                .unwrap_or_default(),
        );
        pieces
    }

    /// Whether an item of the unfiltered listing belongs to a run over this range: its UTC date lies within a day of it
    /// (no time zone is more than a day from UTC), or it has no date at all. `open_end` means that the user gave no
    /// `--until`: then dates in the future belong to it too, which no date filter ever returns.
    pub(crate) fn takes_in(self, created: Option<DateTime<Utc>>, open_end: bool) -> bool {
        let Some(date) = created.map(|moment| moment.date_naive()) else {
            return true;
        };
        let first = self.first.pred_opt().unwrap_or(self.first);
        let last = self.last.succ_opt().unwrap_or(self.last);
        date >= first && (open_end || date <= last)
    }
}

impl fmt::Display for DayRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "{}", self.first)
        } else {
            write!(f, "{} … {}", self.first, self.last)
        }
    }
}

/// How much of a range one listing request covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Window {
    Day,
    Month,
    Year,
}

impl Window {
    /// The words of `--window`.
    pub(crate) const NAMES: [&'static str; 3] = ["day", "month", "year"];

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Day, Self::Month, Self::Year]
            .into_iter()
            .zip(Self::NAMES)
            .find(|(_, known)| *known == name)
            .map(|(window, _)| window)
    }

    fn last_day_from(self, day: NaiveDate) -> NaiveDate {
        let next = match self {
            Self::Day => return day,
            Self::Month => day
                .with_day(1)
                .and_then(|first| first.checked_add_months(Months::new(1))),
            Self::Year => NaiveDate::from_ymd_opt(day.year() + 1, 1, 1),
        };
        next.and_then(|first| first.checked_sub_days(Days::new(1)))
            .unwrap_or(NaiveDate::MAX)
    }
}

/// The newest civil date anywhere on Earth (UTC+14): listing up to it loses nobody's newest photos.
pub(crate) fn latest_today(now: DateTime<Utc>) -> NaiveDate {
    (now + Duration::hours(14)).date_naive()
}

/// A day as typed on the command line. Google's `Date` takes the years 1 to 9999.
pub(crate) fn parse_day(text: &str) -> Result<NaiveDate, String> {
    let is_form = |(place, byte): (usize, u8)| match place {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    if text.len() != 10 || !text.bytes().enumerate().all(is_form) {
        return Err("a day is written YYYY-MM-DD, for example 2021-01-01".to_owned());
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    day.filter(|day| day.year() >= 1)
        .ok_or_else(|| "there is no such day in the calendar".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        parse_day(text).expect("a test's day")
    }

    fn range(first: &str, last: &str) -> DayRange {
        DayRange::new(day(first), day(last)).expect("a test's range")
    }

    #[test]
    fn a_range_is_cut_at_calendar_borders() {
        let months = range("2023-12-30", "2024-03-01").split(Window::Month);
        let text: Vec<_> = months.iter().map(ToString::to_string).collect();
        assert_eq!(
            text,
            [
                "2023-12-30 … 2023-12-31",
                "2024-01-01 … 2024-01-31",
                "2024-02-01 … 2024-02-29",
                "2024-03-01"
            ]
        );
        assert_eq!(
            range("2020-05-05", "2022-01-01").split(Window::Year).len(),
            3
        );
        assert_eq!(
            range("2024-02-28", "2024-03-01").split(Window::Day).len(),
            3
        );
    }

    #[test]
    fn the_end_of_the_calendar_is_reachable() {
        assert_eq!(
            range("9999-12-30", "9999-12-31").split(Window::Day).len(),
            2
        );
        assert_eq!(
            range("9998-01-01", "9999-12-31").split(Window::Year).len(),
            2
        );
    }

    #[test]
    fn the_full_listing_keeps_a_day_on_either_side() {
        let at = |text: &str| Some(text.parse::<DateTime<Utc>>().expect("a test's moment"));
        let june = range("2024-06-01", "2024-06-30");
        assert!(june.takes_in(at("2024-05-31T00:00:00Z"), false));
        assert!(!june.takes_in(at("2024-05-30T23:59:59Z"), false));
        assert!(june.takes_in(at("2024-07-01T23:59:59Z"), false));
        assert!(!june.takes_in(at("2024-07-02T00:00:00Z"), false));
        assert!(june.takes_in(at("2099-01-01T00:00:00Z"), true));
        assert!(june.takes_in(None, false));
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for text in [
            "2023-02-29",
            "2024-13-01",
            "0000-01-01",
            "10000-01-01",
            "yesterday",
            "2024",
            "2024-1-1-1",
            "-1-1-1",
        ] {
            assert!(parse_day(text).is_err(), "{text}");
        }
        assert!(parse_day("2024-02-29").is_ok());
    }

    #[test]
    fn today_is_taken_where_it_comes_first() {
        let now = "2024-06-01T12:00:00Z".parse().expect("a test's moment");
        assert_eq!(latest_today(now), day("2024-06-02"));
    }

    proptest! {
        #[test]
        fn the_pieces_tile_the_range(start in -200_000_i64..200_000, length in 0_i64..5_000, sparing: bool) {
            let first = NaiveDate::from_ymd_opt(2024, 1, 1).expect("a date") + Duration::days(start);
            let whole = DayRange::new(first, first + Duration::days(length)).expect("a range");
            let today = whole.last - Duration::days(length / 3);
            let pieces = if sparing { whole.split_sparingly(today) } else { whole.split(Window::Month) };
            prop_assert_eq!(pieces[0].first, whole.first);
            prop_assert_eq!(pieces[pieces.len() - 1].last, whole.last);
            for pair in pieces.windows(2) {
                prop_assert_eq!(pair[0].last + Duration::days(1), pair[1].first);
            }
        }
    }
}
