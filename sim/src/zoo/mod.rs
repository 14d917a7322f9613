//! Items that go wrong without care, each seen at Google or on somebody's disk, kept as small named species.
//!
//! Separate from the seeded library, whose items are ordinary. A test asks for the one species that it is about; the whole zoo at
//! once shows that they can live in one archive together. "Reference" below is `google-photos-api.md`, `#n` a row of its §7.

mod dates;
mod names;
mod oddities;

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};

pub use dates::{around_midnight, extreme_dates, leap_day, undated};
pub use names::{
    case_twins, control_characters, emoji, empty_names, formula_names, hidden_names, long_names,
    lookalike_names, odd_extensions, path_escapes, reserved_names, same_name, unicode_twins,
};
pub use oddities::{
    archived, contradicting_names, equal_bytes, fresh, heic_with_jpeg_bytes, missing_fields,
    motion_photo, neither_kind, odd_descriptions, unplayable_videos, wrong_dimensions,
};

use crate::content::VIDEO_DIMENSIONS;
use crate::content::splitmix::{hash, media_item_id};
use crate::item::{Content, Item, Kind, VideoStatus};

/// Every species once, most of them on `day`; the crowded day alone is left out.
pub fn zoo(day: NaiveDate) -> Vec<Item> {
    SPECIES.iter().flat_map(|species| species(day)).collect()
}

/// `n` ordinary photos on one day. A search answers at most 100 items, so the day has many pages, and a page token may be
/// repeated, expire or hold an empty page in the middle of it (reference §3.6, #6).
pub fn crowded_day(day: NaiveDate, n: u32) -> Vec<Item> {
    // Fourteen hours of daylight, so that no zone moves an item to another day.
    let step = |n: u32, of: u32| {
        Duration::milliseconds(i64::from(n) * 14 * 3_600_000 / i64::from(of.max(1)))
    };
    (0..n)
        .map(|number| Item {
            created: Some(
                day.and_time(NaiveTime::MIN).and_utc() + Duration::hours(5) + step(number, n),
            ),
            ..photo(
                day,
                "crowded_day",
                number,
                &format!("IMG_{:04}.jpg", number + 1),
            )
        })
        .collect()
}

/// An ordinary photo to break one field of: noon UTC on `day`, one minute later for each `n`.
fn photo(day: NaiveDate, species: &str, n: u32, filename: &str) -> Item {
    let seed = hash(u64::from(n), &format!("{species} {day}"));
    Item {
        id: media_item_id(seed),
        filename: Some(filename.to_owned()),
        mime_type: Some("image/jpeg".to_owned()),
        created: Some(noon(day) + Duration::minutes(n.into())),
        utc_offset_minutes: 0,
        fresh: false,
        archived: false,
        description: None,
        kind: Kind::Photo,
        dimensions: Some((96, 64)),
        camera: Some(("Acme".to_owned(), "A1".to_owned())),
        content: Content::Jpeg { seed, size: 0 },
    }
}

fn video(day: NaiveDate, species: &str, n: u32, filename: &str, status: VideoStatus) -> Item {
    Item {
        mime_type: Some("video/mp4".to_owned()),
        kind: Kind::Video(status),
        dimensions: Some(VIDEO_DIMENSIONS),
        content: Content::Mp4 {
            seed: n.into(),
            size: 0,
        },
        ..photo(day, species, n, filename)
    }
}

/// One photo for each name.
fn named<S: AsRef<str>>(
    day: NaiveDate,
    species: &str,
    names: impl IntoIterator<Item = S>,
) -> Vec<Item> {
    (0..)
        .zip(names)
        .map(|(n, name)| photo(day, species, n, name.as_ref()))
        .collect()
}

fn noon(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc() + Duration::hours(12)
}

type Species = fn(NaiveDate) -> Vec<Item>;

const SPECIES: &[Species] = &[
    same_name,
    case_twins,
    unicode_twins,
    path_escapes,
    reserved_names,
    emoji,
    control_characters,
    long_names,
    formula_names,
    odd_extensions,
    hidden_names,
    empty_names,
    lookalike_names,
    extreme_dates,
    leap_day,
    around_midnight,
    undated,
    missing_fields,
    neither_kind,
    unplayable_videos,
    heic_with_jpeg_bytes,
    contradicting_names,
    wrong_dimensions,
    motion_photo,
    archived,
    fresh,
    equal_bytes,
    odd_descriptions,
];

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2024, 3, 9).unwrap()
    }

    #[test]
    fn every_animal_has_an_id_of_its_own() {
        let next = day().succ_opt().unwrap();
        let items: Vec<_> = [zoo(day()), zoo(next), crowded_day(day(), 1000)].concat();
        let ids: HashSet<_> = items.iter().map(|item| &item.id).collect();
        assert_eq!(ids.len(), items.len());
    }

    #[test]
    fn the_zoo_is_always_the_same() {
        let describe = || {
            zoo(day())
                .iter()
                .map(|item| format!("{item:?} {}", item.sha256_original()))
                .collect::<Vec<_>>()
        };
        assert_eq!(describe(), describe());
    }

    #[test]
    fn only_the_equal_pair_shares_bytes() {
        let items = zoo(day());
        let own: Vec<_> = items
            .iter()
            .map(|item| {
                if matches!(item.kind, Kind::Video(_)) {
                    item.sha256_clip().unwrap()
                } else {
                    item.sha256_original()
                }
            })
            .collect();
        let different: HashSet<_> = own.iter().collect();
        assert_eq!(different.len(), own.len() - 1);
        let twins = equal_bytes(day());
        assert_eq!(twins[0].original(), twins[1].original());
    }

    #[test]
    fn a_crowded_day_stays_on_its_day_in_every_usual_zone() {
        let items = crowded_day(day(), 1000);
        assert_eq!(items.len(), 1000);
        for item in items {
            for offset in [-5, 0, 5] {
                assert_eq!(
                    (item.created.unwrap() + Duration::hours(offset)).date_naive(),
                    day()
                );
            }
        }
    }
}
