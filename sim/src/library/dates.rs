//! `Date` and `DateRange` of a date filter (`photos/library/guides/apply-filters`): a field that is zero widens the date.
//!
//! Separate because the meaning of zeros is the whole difficulty, and pure.

use chrono::NaiveDate;
use serde::Deserialize;

/// A date as it is written in a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Date {
    year: i32,
    month: u32,
    day: u32,
}

/// Both ends inclusive and of the same format.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct DateRange {
    start_date: Date,
    end_date: Date,
}

/// The civil time that a date or a range covers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum DateRule {
    /// Seconds of civil time since 1970, `to` excluded.
    Seconds { from: i64, to: i64 },
    /// Month and day in any year, both included.
    EveryYear { from: (u32, u32), to: (u32, u32) },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Day,
    Month,
    Year,
    EveryYear,
}

impl Date {
    pub(crate) fn rule(self) -> Result<DateRule, String> {
        DateRange {
            start_date: self,
            end_date: self,
        }
        .rule()
    }

    fn format(self) -> Result<Format, String> {
        let Self { year, month, day } = self;
        if !(0..=9999).contains(&year) || month > 12 || day > 31 {
            return Err(self.invalid());
        }
        match (year, month, day) {
            (0, 0, _) | (0, _, 0) => Err(self.invalid()),
            (0, ..) => NaiveDate::from_ymd_opt(2024, month, day)
                .map(|_| Format::EveryYear)
                .ok_or_else(|| self.invalid()),
            (_, 0, 0) => Ok(Format::Year),
            (_, 0, _) => Err(self.invalid()),
            (.., 0) => Ok(Format::Month),
            _ => NaiveDate::from_ymd_opt(year, month, day)
                .map(|_| Format::Day)
                .ok_or_else(|| self.invalid()),
        }
    }

    fn invalid(self) -> String {
        format!(
            "Invalid date: year {} month {} day {}.",
            self.year, self.month, self.day
        )
    }

    /// The first second, and the first second after, of a date with a year.
    fn seconds(self, format: Format) -> Option<(i64, i64)> {
        let first = NaiveDate::from_ymd_opt(self.year, self.month.max(1), self.day.max(1))?;
        let after = match format {
            Format::Day => first.succ_opt()?,
            Format::Month if self.month < 12 => {
                NaiveDate::from_ymd_opt(self.year, self.month + 1, 1)?
            }
            _ => NaiveDate::from_ymd_opt(self.year + 1, 1, 1)?,
        };
        let second = |day: NaiveDate| day.and_hms_opt(0, 0, 0).map(|it| it.and_utc().timestamp());
        Some((second(first)?, second(after)?))
    }
}

impl DateRange {
    pub(crate) fn rule(self) -> Result<DateRule, String> {
        let Self {
            start_date,
            end_date,
        } = self;
        let format = start_date.format()?;
        if format != end_date.format()? {
            return Err(
                "Invalid date range: start date and end date must have the same format.".to_owned(),
            );
        }
        let backwards = || "Invalid date range: the start date is after the end date.".to_owned();
        if format == Format::EveryYear {
            let (from, to) = (
                (start_date.month, start_date.day),
                (end_date.month, end_date.day),
            );
            return if from <= to {
                Ok(DateRule::EveryYear { from, to })
            } else {
                Err(backwards())
            };
        }
        match (start_date.seconds(format), end_date.seconds(format)) {
            (Some((from, _)), Some((_, to))) if from < to => Ok(DateRule::Seconds { from, to }),
            _ => Err(backwards()),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn date(year: i32, month: u32, day: u32) -> Date {
        Date { year, month, day }
    }

    fn days(rule: &DateRule) -> i64 {
        match rule {
            DateRule::Seconds { from, to } => (to - from) / 86_400,
            DateRule::EveryYear { .. } => 0,
        }
    }

    #[test]
    fn a_zero_widens_the_date() {
        assert_eq!(days(&date(2024, 2, 29).rule().unwrap()), 1);
        assert_eq!(days(&date(2024, 2, 0).rule().unwrap()), 29);
        assert_eq!(days(&date(2024, 12, 0).rule().unwrap()), 31);
        assert_eq!(days(&date(2024, 0, 0).rule().unwrap()), 366);
        assert_eq!(
            date(0, 2, 29).rule().unwrap(),
            DateRule::EveryYear {
                from: (2, 29),
                to: (2, 29)
            }
        );
        assert_eq!(days(&date(9999, 12, 31).rule().unwrap()), 1);
    }

    #[test]
    fn impossible_dates_are_refused() {
        for (year, month, day) in [
            (0, 0, 0),
            (2024, 0, 5),
            (0, 3, 0),
            (2023, 2, 29),
            (2024, 13, 1),
            (10_000, 1, 1),
            (-1, 1, 1),
            (0, 2, 30),
        ] {
            assert!(
                date(year, month, day).rule().is_err(),
                "{year}-{month}-{day}"
            );
        }
    }

    #[test]
    fn a_range_includes_both_ends_and_wants_one_format() {
        let range = |start_date, end_date| {
            DateRange {
                start_date,
                end_date,
            }
            .rule()
        };
        assert_eq!(days(&range(date(2024, 3, 1), date(2024, 3, 9)).unwrap()), 9);
        assert_eq!(
            days(&range(date(2024, 1, 0), date(2024, 2, 0)).unwrap()),
            60
        );
        assert!(range(date(2024, 3, 1), date(2024, 4, 0)).is_err());
        assert!(range(date(2024, 3, 9), date(2024, 3, 1)).is_err());
        assert!(range(date(1, 1, 1), date(9999, 12, 31)).is_ok());
    }
}
