//! In which pieces, and in which order, the days of a run are listed.

use chrono::NaiveDate;

use crate::http::Http;
use crate::media::day::{DayRange, Window};
use crate::source::library::Listing;
use crate::sync::Request;
use crate::sync::descriptors::Share;

/// Windows of the size that was asked for, unless that would eat more than half of what is left of the day's quota. They
/// begin after the day up to which a walk came that the quota ended (`walked`), and end with what lies before it: runs
/// that can never list all at once list all in turn.
pub(super) fn listing(
    request: &Request,
    share: Share,
    http: &Http,
    walked: Option<NaiveDate>,
) -> (Listing, bool) {
    let now = http.clock.now();
    let half = i64::from(http.quota().api_left(now) / 2);
    let sparing = request.window == Window::Day && request.range.days() > half;
    let mut windows = if sparing {
        request.range.split_sparingly(now.date_naive())
    } else {
        request.range.split(request.window)
    };
    if let Some(walked) = walked {
        go_on_after(walked, &mut windows);
    }
    let unit = match request.window {
        _ if sparing => "windows",
        Window::Day => "days",
        Window::Month => "months",
        Window::Year => "years",
    };
    let listing = Listing {
        range: request.range,
        windows,
        unit,
        jobs: share.listing,
        full: request.full_listing,
        open_end: request.open_end,
    };
    (listing, sparing)
}

/// The first window that is not all before the day comes first. Where there is none, nothing changes.
fn go_on_after(walked: NaiveDate, windows: &mut [DayRange]) {
    let done = windows.partition_point(|window| window.last <= walked);
    if done < windows.len() {
        windows.rotate_left(done);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn a_walk_goes_on_where_the_last_one_ended_and_comes_round() {
        let range = DayRange::new(day("2024-03-01"), day("2024-03-05")).expect("a range");
        let order = |walked: &str| {
            let mut windows = range.split(Window::Day);
            go_on_after(day(walked), &mut windows);
            let days = windows.iter().map(|window| window.first.to_string());
            days.map(|day| day[8..].to_owned())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(order("2024-03-03"), "04 05 01 02 03");
        for all in ["2024-02-01", "2024-03-05", "2025-01-01"] {
            assert_eq!(order(all), "01 02 03 04 05", "{all}");
        }
        let mut month = range.split(Window::Month);
        go_on_after(day("2024-03-03"), &mut month);
        assert_eq!(month, [range]);
    }
}
