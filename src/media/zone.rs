//! Time zones by what they mean: many have more names than one.

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::Tz;

/// Whether clocks in both have always shown the same, and always will as far as is known: `UTC` and `Etc/UTC`.
pub(crate) fn are_one(one: Tz, other: Tz) -> bool {
    one == other || changes(one) == changes(other)
}

/// From the first photograph to where no date of a photo is believed any more, in seconds since 1970: 1826 to 2101.
const FIRST: i64 = -4_544_208_000;
const LAST: i64 = 4_133_980_800;
/// Seconds. No zone has changed its clocks twice within half a day.
const STEP: i64 = 12 * 3600;

/// Every change of the clocks: when, and the seconds that they have been ahead of UTC since.
fn changes(zone: Tz) -> Vec<(i64, i32)> {
    let ahead = |at: i64| {
        let at = DateTime::from_timestamp(at, 0).unwrap_or_default();
        let offset = zone.offset_from_utc_datetime(&at.naive_utc());
        offset.fix().local_minus_utc()
    };
    let (mut at, mut now) = (FIRST, ahead(FIRST));
    let mut all = vec![(at, now)];
    while at < LAST {
        let next = at + STEP;
        let then = ahead(next);
        if then != now {
            let (mut before, mut after) = (at, next);
            while after - before > 1 {
                let middle = before + (after - before) / 2;
                if ahead(middle) == now {
                    before = middle;
                } else {
                    after = middle;
                }
            }
            all.push((after, then));
        }
        (at, now) = (next, then);
    }
    all
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::*;

    #[test]
    fn names_of_one_zone_are_one_and_others_are_not() {
        let zone = |name: &str| -> Tz { name.parse().expect("a zone") };
        for (one, other, expected) in [
            ("UTC", "Etc/UTC", true),
            ("Asia/Calcutta", "Asia/Kolkata", true),
            ("UTC", "Europe/London", false),
            ("Europe/Berlin", "Europe/Vienna", false),
            // Alike since 1980.
            ("Europe/Berlin", "Europe/Paris", false),
        ] {
            assert_eq!(are_one(zone(one), zone(other)), expected, "{one}, {other}");
        }
    }
}
