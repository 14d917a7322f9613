//! A library of any size from one number: the demo's, the benchmarks' and the soak tests'.
//!
//! Separate from the zoo because here every item is ordinary. Nothing is random between runs: the same fields give the same items,
//! and an item gives the same bytes.

use chrono::{Datelike, Days, Duration, NaiveDate, NaiveDateTime, NaiveTime};

use crate::content::VIDEO_DIMENSIONS;
use crate::content::splitmix::{SplitMix64, hash, media_item_id};
use crate::item::{Content, Item, Kind, VideoStatus};

/// What the library should be like.
#[derive(Debug, Clone, Copy)]
pub struct Seeded {
    pub seed: u64,
    /// How many items in all, spread evenly over the days.
    pub items: usize,
    pub start: NaiveDate,
    /// How many days from `start` on; 0 counts as 1.
    pub days: u32,
    /// Bytes of each photo; 0 for whatever the picture needs, 1 to 3 KB.
    pub photo_size: usize,
    /// How many of 100 items are videos, roughly.
    pub video_share_percent: u8,
    /// How many of 100 photos are motion photos, roughly.
    pub motion_share_percent: u8,
}

impl Seeded {
    /// The items, day by day. Both the UTC date and the camera's local date of each lie on its day, so that a test may count days
    /// whatever zone the listing filters by; [`zoo::around_midnight`](crate::zoo::around_midnight) has those for which it matters.
    pub fn items(&self) -> Vec<Item> {
        let count = self.items as u64;
        (0..count)
            .map(|n| {
                self.item(
                    n,
                    self.start + Days::new(n * u64::from(self.days.max(1)) / count),
                )
            })
            .collect()
    }

    fn item(&self, n: u64, day: NaiveDate) -> Item {
        let seed = hash(self.seed, "item").wrapping_add(n);
        let mut numbers = SplitMix64::new(seed);
        let shot = if numbers.percent(self.video_share_percent) {
            Shot::Video
        } else if numbers.percent(self.motion_share_percent) {
            Shot::Motion
        } else {
            Shot::Still
        };
        let camera = if shot == Shot::Motion {
            &PIXEL
        } else {
            numbers.pick(&CAMERAS)
        };
        let offset = offset_minutes(self.seed, day);
        let local = daytime(&mut numbers, day, offset);
        let utc = local - Duration::minutes(offset.into());
        let size = self.photo_size;
        let (mime_type, kind, dimensions, content) = match shot {
            Shot::Still => (
                "image/jpeg",
                Kind::Photo,
                *numbers.pick(&PHOTO_DIMENSIONS),
                Content::Jpeg { seed, size },
            ),
            Shot::Motion => (
                "image/jpeg",
                Kind::Photo,
                *numbers.pick(&PHOTO_DIMENSIONS),
                Content::MotionPhoto { seed, size },
            ),
            Shot::Video => (
                "video/mp4",
                Kind::Video(VideoStatus::Ready),
                VIDEO_DIMENSIONS,
                Content::Mp4 { seed, size: 0 },
            ),
        };
        Item {
            id: media_item_id(seed),
            filename: Some((camera.filename)(shot, n, local, utc)),
            mime_type: Some(mime_type.to_owned()),
            created: Some(utc.and_utc()),
            utc_offset_minutes: offset,
            fresh: false,
            archived: false,
            description: None,
            kind,
            dimensions: Some(dimensions),
            camera: Some((camera.make.to_owned(), camera.model.to_owned())),
            content,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shot {
    Still,
    Motion,
    Video,
}

struct Camera {
    make: &'static str,
    model: &'static str,
    /// From the shot, its number, the local and the UTC time: every maker has its own idea of a name.
    filename: fn(Shot, u64, NaiveDateTime, NaiveDateTime) -> String,
}

/// Central European time with a rough summer, and in about one week of ten a journey.
fn offset_minutes(seed: u64, day: NaiveDate) -> i32 {
    let week = u64::try_from(day.num_days_from_ce().div_euclid(7)).unwrap_or_default();
    let mut numbers = SplitMix64::new(hash(seed, "journey").wrapping_add(week));
    if numbers.percent(10) {
        *numbers.pick(&[-480, -300, -150, 0, 330, 345, 540])
    } else if (4..=10).contains(&day.month()) {
        120
    } else {
        60
    }
}

/// A local time between 7 and 22 o'clock at which the UTC date is the same.
fn daytime(numbers: &mut SplitMix64, day: NaiveDate, offset_minutes: i32) -> NaiveDateTime {
    const MINUTE: i32 = 60;
    let first = (7 * 60).max(offset_minutes) * MINUTE;
    let end = (22 * 60).min(24 * 60 + offset_minutes) * MINUTE;
    let spread = numbers.below(u32::try_from(end - first).unwrap_or(1));
    day.and_time(NaiveTime::MIN) + Duration::seconds(i64::from(first) + i64::from(spread))
}

/// Pixels name their files by UTC, to the millisecond, and mark motion photos.
const PIXEL: Camera = Camera {
    make: "Google",
    model: "Pixel 8",
    filename: |shot, n, _, utc| {
        let end = match shot {
            Shot::Still => ".jpg",
            Shot::Motion => ".MP.jpg",
            Shot::Video => ".mp4",
        };
        format!("PXL_{}{:03}{end}", utc.format("%Y%m%d_%H%M%S"), n % 1000)
    },
};

const CAMERAS: [Camera; 4] = [
    PIXEL,
    Camera {
        make: "samsung",
        model: "SM-G991B",
        filename: |shot, _, local, _| {
            format!(
                "{}{}",
                local.format("%Y%m%d_%H%M%S"),
                if shot == Shot::Video { ".mp4" } else { ".jpg" }
            )
        },
    },
    Camera {
        make: "OnePlus",
        model: "CPH2449",
        filename: |shot, _, local, _| {
            let (start, end) = if shot == Shot::Video {
                ("VID", ".mp4")
            } else {
                ("IMG", ".jpg")
            };
            format!("{start}_{}{end}", local.format("%Y%m%d_%H%M%S"))
        },
    },
    // Starts again after 9,999 pictures, so that a large library has the same name more than once.
    Camera {
        make: "Canon",
        model: "Canon EOS 250D",
        filename: |shot, n, _, _| {
            let (start, end) = if shot == Shot::Video {
                ("MVI", "MP4")
            } else {
                ("IMG", "JPG")
            };
            format!("{start}_{:04}.{end}", n % 9999 + 1)
        },
    },
];

/// Small, because the picture is encoded for every request and a benchmark should measure the client. Width and height in pixels.
const PHOTO_DIMENSIONS: [(u32, u32); 5] = [(96, 64), (64, 96), (128, 96), (120, 90), (160, 120)];

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn library(items: usize, days: u32) -> Seeded {
        let start = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
        Seeded {
            seed: 7,
            items,
            start,
            days,
            photo_size: 0,
            video_share_percent: 20,
            motion_share_percent: 10,
        }
    }

    #[test]
    fn items_are_spread_evenly_and_both_dates_agree() {
        let library = library(3660, 366);
        let mut per_day = vec![0; 366];
        for item in library.items() {
            let utc = item.created.unwrap().naive_utc();
            let local = utc + Duration::minutes(item.utc_offset_minutes.into());
            assert_eq!(utc.date(), local.date());
            per_day[usize::try_from((utc.date() - library.start).num_days()).unwrap()] += 1;
        }
        assert!(per_day.iter().all(|count| *count == 10), "{per_day:?}");
    }

    #[test]
    fn shares_are_roughly_kept_and_names_fit_the_kind() {
        let items = library(10_000, 1000).items();
        let videos = items
            .iter()
            .filter(|item| matches!(item.kind, Kind::Video(_)))
            .count();
        let motion = items
            .iter()
            .filter(|item| matches!(item.content, Content::MotionPhoto { .. }))
            .count();
        assert!((1900..2100).contains(&videos), "{videos}");
        assert!((700..900).contains(&motion), "{motion}");
        for item in &items {
            let name = item.filename.as_deref().unwrap();
            let extension = name.rsplit('.').next().unwrap();
            assert_eq!(
                extension.eq_ignore_ascii_case("mp4"),
                matches!(item.kind, Kind::Video(_)),
                "{name}"
            );
            assert_eq!(
                name.contains(".MP."),
                matches!(item.content, Content::MotionPhoto { .. }),
                "{name}"
            );
        }
        let none = Seeded {
            video_share_percent: 0,
            motion_share_percent: 0,
            ..library(500, 5)
        }
        .items();
        assert!(
            none.iter()
                .all(|item| matches!(item.content, Content::Jpeg { .. }))
        );
    }

    #[test]
    fn same_fields_same_items_other_seed_other_items() {
        let library = library(300, 30);
        let describe = |library: Seeded| {
            library
                .items()
                .iter()
                .map(|item| format!("{item:?}"))
                .collect::<Vec<_>>()
        };
        assert_eq!(describe(library), describe(library));
        let ids: HashSet<_> = [library, Seeded { seed: 8, ..library }]
            .iter()
            .flat_map(Seeded::items)
            .map(|item| item.id)
            .collect();
        assert_eq!(ids.len(), 600);
        assert!(
            Seeded {
                items: 0,
                days: 0,
                ..library
            }
            .items()
            .is_empty()
        );
    }
}
