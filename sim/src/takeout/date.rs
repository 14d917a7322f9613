//! The date ladder of the format reference (§7), worked out from what a shot was made of, not from its bytes.

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use super::expected::{DateSource, Dated};
use super::shot::{Embedded, Form, Role, Shot};

/// Every date that is right for one file of a shot. `sidecar`: whether one is paired. `year`: of a year folder that it lies in.
pub(super) fn dates(shot: &Shot, role: Role, sidecar: bool, year: Option<i32>) -> Vec<Dated> {
    let told = shot.taken.filter(|taken| sidecar && believable(*taken));
    let from_sidecar = told.map(|taken| Dated {
        source: DateSource::Sidecar,
        at: Some(taken),
        local: None,
    });
    let embedded = embedded(shot, role);
    let mut right = Vec::new();
    match (embedded, from_sidecar) {
        (Some(inside), Some(outside)) if is_garbage(inside) => right.push(outside),
        (Some(inside), Some(outside)) => right.extend(weighed(inside, outside)),
        (Some(inside), None) if is_garbage(inside) => {
            // §7 says what to prefer, not what to do when there is nothing to prefer.
            right.push(fallback(shot, year));
            if inside
                .year()
                .is_some_and(|year| (1905..2036).contains(&year))
            {
                right.push(inside);
            }
        }
        (Some(inside), None) => right.push(inside),
        (None, Some(outside)) => right.push(outside),
        (None, None) => right.push(fallback(shot, year)),
    }
    if shot.form == Form::Dng && role == Role::Original {
        // Whether a reader looks into raw files is its own affair; the ladder below EXIF holds then.
        right.push(from_sidecar.unwrap_or_else(|| fallback(shot, year)));
    }
    if role != Role::Original {
        // A companion may be dated as its original, so that both lie side by side.
        right.extend(dates(shot, Role::Original, sidecar, year));
    }
    right.dedup();
    right
}

/// Both tell a date (§7): up to 14 hours and a multiple of 15 minutes apart they agree; further apart the owner has moved the
/// photo. What lies between is left open.
fn weighed(inside: Dated, outside: Dated) -> Vec<Dated> {
    let (Some(taken), Some(wall)) = (
        outside.at,
        inside.local.or(inside.at.map(|at| at.naive_utc())),
    ) else {
        return vec![inside];
    };
    let apart = (wall - taken.naive_utc()).abs();
    if apart > Duration::hours(14) {
        return vec![outside];
    }
    // The sidecar knows the instant where the file knows none, or another one.
    let mut right = vec![Dated {
        at: inside.at.or(Some(taken)),
        ..inside
    }];
    if inside.at != Some(taken) {
        right.push(Dated {
            at: Some(taken),
            ..inside
        });
        right.push(inside);
    }
    if apart.num_seconds() % (15 * 60) != 0 {
        right.push(outside);
    }
    right
}

fn embedded(shot: &Shot, role: Role) -> Option<Dated> {
    let utc =
        |local: NaiveDateTime, minutes: i32| (local - Duration::minutes(minutes.into())).and_utc();
    let embedded = match role {
        Role::Motion => shot.taken.map_or(Embedded::Nothing, Embedded::QuickTime),
        Role::Original | Role::Edited => shot.embedded,
    };
    match embedded {
        Embedded::Nothing => None,
        Embedded::Exif {
            local,
            offset_minutes,
        } => Some(Dated {
            source: DateSource::Exif,
            at: offset_minutes.map(|minutes| utc(local, minutes)),
            local: Some(local),
        }),
        // The format holds 1904 to 2040 (the simulator writes zero outside): zero is unknown.
        Embedded::QuickTime(at) => (1904..2040).contains(&at.year()).then_some(Dated {
            source: DateSource::QuickTimeCreateDate,
            at: Some(at),
            local: None,
        }),
        Embedded::QuickTimeKeys {
            local,
            offset_minutes,
        } => Some(Dated {
            source: DateSource::QuickTimeKeys,
            at: Some(utc(local, offset_minutes)),
            local: Some(local),
        }),
    }
}

/// The dates that broken clocks and zeroed headers give (§7).
fn is_garbage(inside: Dated) -> bool {
    let Some(wall) = inside.local.or(inside.at.map(|at| at.naive_utc())) else {
        return true;
    };
    let new_year = wall.ordinal() == 1 && wall.time() == NaiveTime::MIN;
    let quicktime_2036 = wall.year() == 2036 && wall.ordinal() == 1;
    new_year || quicktime_2036 || !believable(wall.and_utc())
}

/// 1800 to 2100, and not in the future: anything well after this generator was written (§7).
fn believable(at: DateTime<Utc>) -> bool {
    (1800..2050).contains(&at.year()) && at.timestamp() != 0
}

fn fallback(shot: &Shot, year: Option<i32>) -> Dated {
    if let Some(wall) = shot.name_date {
        // Pixels name their files by UTC; everybody else by the wall clock.
        let is_utc = shot.title.starts_with("PXL_");
        return Dated {
            source: DateSource::FileName,
            at: is_utc.then(|| wall.and_utc()),
            local: (!is_utc).then_some(wall),
        };
    }
    let first = year.and_then(|year| NaiveDate::from_ymd_opt(year, 1, 1));
    Dated {
        source: if first.is_some() {
            DateSource::YearFolder
        } else {
            DateSource::None
        },
        at: None,
        local: first.map(|day| day.and_time(NaiveTime::MIN)),
    }
}

impl Dated {
    fn year(&self) -> Option<i32> {
        let wall = self.local.or(self.at.map(|at| at.naive_utc()))?;
        Some(wall.year())
    }
}
