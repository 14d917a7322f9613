//! When a photo was taken: what the export, the file, its name and its folder say, in the order of trust.
//!
//! Google's date is an instant, the camera's is a wall clock without a zone. Where they differ by a zone's offset they agree,
//! and the instant is the better of the two. Where they do not, the user has corrected the date in Google Photos. Never used:
//! `creationTime`, which is when the photo was uploaded, and the times in an archive, which are when it was exported.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// What is known of one file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Evidence<'a> {
    /// From the file itself: the camera's clock; of a film, UTC.
    pub(crate) embedded: Option<NaiveDateTime>,
    /// By how many minutes the camera's clock was ahead of UTC, where the file says so.
    pub(crate) ahead: Option<i16>,
    pub(crate) is_film: bool,
    /// `photoTakenTime`.
    pub(crate) sidecar: Option<DateTime<Utc>>,
    pub(crate) name: &'a str,
    /// The last folder of its path in the export.
    pub(crate) folder: &'a str,
    /// The archive's, for clocks without one.
    pub(crate) zone: Tz,
    pub(crate) now: DateTime<Utc>,
}

/// When, and by whose word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) at: DateTime<Utc>,
    pub(crate) by: By,
}

/// Whose word it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// The export and the file agree.
    Both,
    /// The export; the file does not say.
    Export,
    /// The export, against the file: the user has corrected it.
    Correction,
    File,
    FileName,
    /// Only the day, or only the year.
    Folder,
}

impl By {
    /// For the manifest.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Both => "date from the export and the file",
            Self::Export => "date from the export",
            Self::Correction => "date from the export, against the file's own",
            Self::File => "date from the file",
            Self::FileName => "date from the file name",
            Self::Folder => "date from the folder's name",
        }
    }

    /// From a note in the manifest that begins with one.
    pub(crate) fn of_note(note: &str) -> Option<Self> {
        let word = note.split(';').next()?;
        let all = [
            Self::Both,
            Self::Export,
            Self::Correction,
            Self::File,
            Self::FileName,
            Self::Folder,
        ];
        all.into_iter().find(|by| by.as_str() == word)
    }
}

/// No zone is further from UTC.
const FURTHEST_ZONE: TimeDelta = TimeDelta::hours(14);

pub(crate) fn taken(evidence: &Evidence<'_>) -> Option<Taken> {
    let embedded = evidence.embedded.filter(|clock| is_set(*clock, evidence));
    let sidecar = evidence.sidecar.filter(|at| is_credible(*at, evidence.now));
    if let Some(at) = sidecar {
        let by = match embedded {
            None => By::Export,
            Some(clock) if agrees(clock, at) => By::Both,
            Some(_) => By::Correction,
        };
        return Some(Taken { at, by });
    }
    if let Some(clock) = embedded {
        let at = match evidence.ahead {
            _ if evidence.is_film => clock.and_utc(),
            Some(minutes) => (clock - TimeDelta::minutes(minutes.into())).and_utc(),
            None => at_zone(clock, evidence.zone),
        };
        return Some(Taken { at, by: By::File });
    }
    if let Some(named) = in_name(evidence.name) {
        let at = if named.is_utc {
            named.clock.and_utc()
        } else {
            at_zone(named.clock, evidence.zone)
        };
        if at <= evidence.now + TimeDelta::days(1) {
            return Some(Taken {
                at,
                by: By::FileName,
            });
        }
    }
    let day = in_name(evidence.folder)
        .map(|named| named.clock.date())
        .or_else(|| year_of(evidence.folder));
    day.map(|day| Taken {
        at: at_zone(day.and_time(NaiveTime::MIN), evidence.zone),
        by: By::Folder,
    })
}

/// Whether an export's date can be one.
pub(crate) fn is_credible(at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    (1800..=2100).contains(&at.year()) && at <= now + TimeDelta::days(1)
}

/// Clocks that were never set: the zero of `QuickTime` (1904), the first second of a year, the future.
fn is_set(clock: NaiveDateTime, evidence: &Evidence<'_>) -> bool {
    let date = clock.date();
    let is_first_second = date.ordinal() == 1 && clock.time() == NaiveTime::MIN;
    let is_future = clock.and_utc() > evidence.now + TimeDelta::days(1);
    date.year() >= 1800 && !is_first_second && !is_future
}

/// Whether a clock and an instant differ by what a zone can make of it: at most 14 hours, in quarters, to the minute that
/// rounding and sloppy writers need.
fn agrees(clock: NaiveDateTime, at: DateTime<Utc>) -> bool {
    let difference = (clock.and_utc() - at).abs();
    let beyond = difference.num_seconds() % (15 * 60);
    difference <= FURTHEST_ZONE + TimeDelta::minutes(1) && (beyond <= 60 || beyond >= 14 * 60)
}

/// A wall clock in a zone; in the hour that a change of clocks leaves out, the instant of the change.
fn at_zone(clock: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    let local = zone.from_local_datetime(&clock);
    local
        .earliest()
        .or_else(|| {
            zone.from_local_datetime(&(clock + TimeDelta::hours(1)))
                .earliest()
        })
        .map_or_else(|| clock.and_utc(), |found| found.with_timezone(&Utc))
}

/// A date in a name.
struct Named {
    clock: NaiveDateTime,
    /// Pixel phones write UTC.
    is_utc: bool,
}

/// Dates as cameras and messengers write them: `IMG_20190509_154733`, `PXL_20220405_090123740`, `Screenshot_2019-04-16-11-19-37`,
/// `signal-2020-10-26-163832`, `201801261147521000`, `IMG-20150125-WA0003`.
fn in_name(name: &str) -> Option<Named> {
    let groups = digit_groups(name);
    let found = (0..groups.len()).find_map(|at| clock_at(&groups[at..]))?;
    Some(Named {
        clock: found,
        is_utc: name.starts_with("PXL_"),
    })
}

/// A run of digits, and whether exactly one separator stands between it and the next.
struct Digits<'a> {
    text: &'a str,
    is_joined: bool,
}

fn digit_groups(name: &str) -> Vec<Digits<'_>> {
    let mut groups = Vec::new();
    let mut rest = name;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let digits = &rest[start..];
        let end = digits
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(digits.len());
        rest = &digits[end..];
        let mut after = rest.chars();
        let is_joined = matches!(after.next(), Some('-' | '_' | '.' | ' ' | 'T'))
            && after.next().is_some_and(|next| next.is_ascii_digit());
        groups.push(Digits {
            text: &digits[..end],
            is_joined,
        });
    }
    groups
}

fn clock_at(groups: &[Digits<'_>]) -> Option<NaiveDateTime> {
    let first = groups[0].text;
    let number = |text: &str| text.parse::<u32>().ok();
    let date_of = |year: &str, month: &str, day: &str| {
        let year = year
            .parse()
            .ok()
            .filter(|year| (1900..=2100).contains(year))?;
        NaiveDate::from_ymd_opt(year, number(month)?, number(day)?)
    };
    let time_of = |hour: &str, minute: &str, second: &str| {
        NaiveTime::from_hms_opt(number(hour)?, number(minute)?, number(second)?)
    };
    // `20180126114752` and more digits: milliseconds, a counter.
    if (14..=18).contains(&first.len())
        && let Some(date) = date_of(&first[..4], &first[4..6], &first[6..8])
        && let Some(time) = time_of(&first[8..10], &first[10..12], &first[12..14])
    {
        return Some(date.and_time(time));
    }
    let (date, rest) = if first.len() == 8 {
        (date_of(&first[..4], &first[4..6], &first[6..])?, groups)
    } else {
        let [year, month, day, ..] = groups else {
            return None;
        };
        let is_written_out = (year.text.len(), month.text.len(), day.text.len()) == (4, 2, 2);
        if !is_written_out || !year.is_joined || !month.is_joined {
            return None;
        }
        (date_of(year.text, month.text, day.text)?, &groups[2..])
    };
    let time = match rest {
        [last, time, ..] if last.is_joined && matches!(time.text.len(), 6 | 8 | 9) => {
            time_of(&time.text[..2], &time.text[2..4], &time.text[4..6])
        }
        [last, hour, minute, second, ..]
            if last.is_joined && hour.is_joined && minute.is_joined =>
        {
            let is_written_out =
                [hour, minute].iter().all(|part| part.text.len() == 2) && second.text.len() >= 2;
            is_written_out
                .then(|| time_of(hour.text, minute.text, &second.text[..2]))
                .flatten()
        }
        _ => None,
    };
    Some(date.and_time(time.unwrap_or(NaiveTime::MIN)))
}

/// The one year that a folder's name holds.
fn year_of(folder: &str) -> Option<NaiveDate> {
    let groups = digit_groups(folder);
    let mut years = groups
        .iter()
        .filter(|group| group.text.len() == 4)
        .filter_map(|group| group.text.parse().ok())
        .filter(|year| (1800..=2099).contains(year));
    match (years.next(), years.next()) {
        (Some(year), None) => NaiveDate::from_ymd_opt(year, 1, 1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence() -> Evidence<'static> {
        Evidence {
            embedded: None,
            ahead: None,
            is_film: false,
            sidecar: None,
            name: "IMG_1.jpg",
            folder: "Trip",
            zone: Tz::Europe__Berlin,
            now: utc("2026-11-23T00:00:00Z"),
        }
    }

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    fn clock(text: &str) -> NaiveDateTime {
        text.parse().expect("a clock")
    }

    fn found(evidence: Evidence<'_>) -> Option<(String, By)> {
        taken(&evidence).map(|taken| (taken.at.to_rfc3339(), taken.by))
    }

    #[test]
    fn the_exports_instant_wins_and_the_file_is_heard() {
        let sidecar = Some(utc("2023-06-09T10:19:47Z"));
        for (embedded, by) in [
            (None, By::Export),
            (Some(clock("2023-06-09T12:19:47")), By::Both),
            (Some(clock("2023-06-09T16:04:47")), By::Both),
            (Some(clock("2023-06-09T10:25:47")), By::Correction),
            (Some(clock("2019-06-09T12:19:47")), By::Correction),
            (Some(clock("1904-01-01T00:00:00")), By::Export),
            (Some(clock("2036-02-07T06:28:15")), By::Export),
        ] {
            let found = found(Evidence {
                embedded,
                sidecar,
                ..evidence()
            });
            assert_eq!(
                found,
                Some(("2023-06-09T10:19:47+00:00".to_owned(), by)),
                "{embedded:?}"
            );
        }
    }

    #[test]
    fn without_the_export_the_file_its_name_and_its_folder_are_asked_in_turn() {
        let embedded = Some(clock("2023-06-09T12:19:47"));
        let name = "IMG_20190509_154733.jpg";
        let folder = "Photos from 2017";
        let all = Evidence {
            embedded,
            name,
            folder,
            ..evidence()
        };
        assert_eq!(
            found(all),
            Some(("2023-06-09T10:19:47+00:00".into(), By::File))
        );
        assert_eq!(
            found(Evidence {
                is_film: true,
                ..all
            }),
            Some(("2023-06-09T12:19:47+00:00".into(), By::File))
        );
        let no_file = Evidence {
            embedded: None,
            ..all
        };
        assert_eq!(
            found(no_file),
            Some(("2019-05-09T13:47:33+00:00".into(), By::FileName))
        );
        let no_name = Evidence {
            name: "x.jpg",
            ..no_file
        };
        assert_eq!(
            found(no_name),
            Some(("2016-12-31T23:00:00+00:00".into(), By::Folder))
        );
        assert_eq!(
            found(Evidence {
                folder: "2019-05-18",
                ..no_name
            }),
            Some(("2019-05-17T22:00:00+00:00".into(), By::Folder))
        );
        assert_eq!(
            found(Evidence {
                folder: "Trip",
                ..no_name
            }),
            None
        );
        let future = Some(utc("2027-01-01T00:00:00Z"));
        assert_eq!(
            found(Evidence {
                sidecar: future,
                folder: "Trip",
                ..no_name
            }),
            None
        );
    }

    #[test]
    fn dates_before_the_epoch_are_dates() {
        let sidecar = Some(utc("1904-07-01T00:00:00Z"));
        let found = found(Evidence {
            sidecar,
            ..evidence()
        });
        assert_eq!(
            found,
            Some(("1904-07-01T00:00:00+00:00".into(), By::Export))
        );
    }

    #[test]
    fn names_of_cameras_and_messengers_hold_dates() {
        for (name, expected) in [
            ("IMG_20190509_154733.jpg", "2019-05-09T15:47:33"),
            ("PXL_20220405_090123740.jpg", "2022-04-05T09:01:23"),
            ("MVIMG_20191230_232926.jpg", "2019-12-30T23:29:26"),
            ("Screenshot_20190919-053857.png", "2019-09-19T05:38:57"),
            (
                "Screenshot_2019-04-16-11-19-37-232_com.app.jpg",
                "2019-04-16T11:19:37",
            ),
            ("signal-2020-10-26-163832.jpg", "2020-10-26T16:38:32"),
            ("2016_01_30_11_49_15.mp4", "2016-01-30T11:49:15"),
            ("201801261147521000.jpg", "2018-01-26T11:47:52"),
            ("IMG-20150125-WA0003.jpg", "2015-01-25T00:00:00"),
            (
                "00055IMG_00055_BURST20190216172030_COVER.jpg",
                "2019-02-16T17:20:30",
            ),
            ("2021-03-04 at 10.11.12.jpg", "2021-03-04T00:00:00"),
        ] {
            let found = in_name(name).map(|named| named.clock);
            assert_eq!(found, Some(clock(expected)), "{name}");
        }
        for name in [
            "Snapchat-431959199.mp4",
            "IMG_0001.jpg",
            "20191345.jpg",
            "x",
            "12-34-56",
            "99999999_999999.jpg",
        ] {
            assert!(in_name(name).is_none(), "{name}");
        }
        assert!(
            in_name("PXL_20220405_090123740.jpg")
                .expect("a date")
                .is_utc
        );
    }
}
