//! Times at which a calendar, a file system or a date filter disagrees with the photo.

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveTime, Utc};

use super::{named, photo};
use crate::item::Item;

/// Years before photography was digital, both sides of the Unix epoch and of the first year of FAT, the last second of 32 bits,
/// and the future. Modification times break (reference #27); a date filter never returns the future (reference §3.5).
pub fn extreme_dates(day: NaiveDate) -> Vec<Item> {
    let dates = [
        "1890-06-01T12:00:00Z",
        "1969-07-20T20:17:40Z",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00Z",
        "1979-12-31T23:59:59Z",
        "2038-01-19T03:14:08Z",
        "2099-12-31T23:59:59Z",
    ];
    (0..)
        .zip(dates)
        .map(|(n, date)| {
            let created: DateTime<Utc> = date.parse().expect("written in RFC 3339 above");
            Item {
                created: Some(created),
                ..photo(
                    day,
                    "extreme_dates",
                    n,
                    &format!("IMG_{}.jpg", created.format("%Y%m%d_%H%M%S")),
                )
            }
        })
        .collect()
}

/// The last seconds around 29 February of the latest leap year up to that of `day`: a walk by days that counts on its own skips
/// or repeats the day.
pub fn leap_day(day: NaiveDate) -> Vec<Item> {
    let leap = (0..8)
        .find_map(|back| NaiveDate::from_ymd_opt(day.year() - back, 2, 29))
        .unwrap_or(day);
    let midnight = leap.and_time(NaiveTime::MIN).and_utc();
    let times = [
        midnight - Duration::seconds(1),
        midnight,
        midnight + Duration::hours(24) - Duration::seconds(1),
        midnight + Duration::hours(24),
    ];
    (0..)
        .zip(times)
        .map(|(n, created)| Item {
            created: Some(created),
            ..photo(
                day,
                "leap_day",
                n,
                &format!("IMG_{}.jpg", created.format("%Y%m%d_%H%M%S")),
            )
        })
        .collect()
}

/// Half an hour before and after local midnight at the start of `day`, in zones from one edge of the map to the other. By UTC many of
/// them belong to another day, up to two days from each other: whether the filter asks by UTC or by local time is not documented
/// (reference §3.4, #5).
pub fn around_midnight(day: NaiveDate) -> Vec<Item> {
    let midnight = day.and_time(NaiveTime::MIN).and_utc();
    let zones = [
        ("Midway", -660),
        ("LosAngeles", -480),
        ("StJohns", -210),
        ("London", 0),
        ("Berlin", 60),
        ("Kathmandu", 345),
        ("Tokyo", 540),
        ("Kiritimati", 840),
    ];
    let sides = [("2330", -30), ("0030", 30)];
    let all = zones
        .iter()
        .flat_map(|zone| sides.iter().map(move |side| (zone, side)));
    (0..)
        .zip(all)
        .map(|(n, ((zone, offset), (time, minutes)))| Item {
            created: Some(midnight + Duration::minutes(minutes - i64::from(*offset))),
            utc_offset_minutes: *offset,
            ..photo(day, "around_midnight", n, &format!("{zone}_{time}.jpg"))
        })
        .collect()
}

/// Scans and messenger pictures without a capture date. No date filter returns them, only the full listing does (reference §3.5,
/// #2, #29).
pub fn undated(day: NaiveDate) -> Vec<Item> {
    let mut items = named(
        day,
        "undated",
        ["scan0001.jpg", "scan0002.jpg", "IMG-20240309-WA0001.jpg"],
    );
    for item in &mut items {
        item.created = None;
    }
    items
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2023, 1, 1).unwrap()
    }

    #[test]
    fn midnight_items_lie_on_both_sides_of_the_local_day_and_beyond_the_utc_day() {
        let items = around_midnight(day());
        let mut utc_days = std::collections::BTreeSet::new();
        for pair in items.chunks(2) {
            let local = |item: &Item| {
                (item.created.unwrap() + Duration::minutes(item.utc_offset_minutes.into()))
                    .date_naive()
            };
            assert_eq!(local(&pair[0]), day().pred_opt().unwrap());
            assert_eq!(local(&pair[1]), day());
            utc_days.extend(pair.iter().map(|item| item.created.unwrap().date_naive()));
        }
        assert_eq!(utc_days.len(), 2);
    }

    #[test]
    fn leap_day_is_the_latest() {
        let days: Vec<_> = leap_day(day())
            .iter()
            .map(|item| item.created.unwrap().date_naive().to_string())
            .collect();
        assert_eq!(
            days,
            ["2020-02-28", "2020-02-29", "2020-02-29", "2020-03-01"]
        );
    }
}
