//! Whether a file that somebody else has put there is an item's: a pure verdict, over everything of one name.
//!
//! Google gives no digest, so that nothing here is proof. A wrong yes would leave a photo out of the archive, a wrong no costs
//! one download: whatever is not known counts as a no, and so does a match that is not the only one, on either side.

use std::fmt;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use crate::media::inspect::FormatKind;

/// What a source says of an item.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) kind: FormatKind,
    pub(crate) dimensions: Option<(u32, u32)>,
    pub(crate) created: Option<DateTime<Utc>>,
    /// It only bears on whether a match is the only one.
    pub(crate) is_rival: bool,
}

/// What a file says of itself.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    /// `None` for what is no photo and no video.
    pub(crate) kind: Option<FormatKind>,
    /// Its structure is complete to its end.
    pub(crate) is_whole: bool,
    pub(crate) dimensions: Option<(u32, u32)>,
    pub(crate) taken: Option<NaiveDateTime>,
}

/// What is to become of one wanted item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// This file is the item's.
    Adopt { file: usize },
    /// This file comes nearest, and why it is not the item's.
    Refuse { file: usize, why: Difference },
    /// There is no file of the name any more.
    Nothing,
}

/// Why a file is not taken for an item's. In the order in which they are looked for: the later, the nearer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Difference {
    NotMedia,
    OtherKind,
    NotWhole,
    PixelsUnknown,
    OtherPixels { file: (u32, u32), item: (u32, u32) },
    TimeUnknown,
    OtherTime { file: NaiveDateTime },
    NotTheOnlyOne,
}

/// A camera writes its wall clock, which no zone puts further than this from UTC.
pub(crate) const ZONES: TimeDelta = TimeDelta::hours(14);

/// Judges all items and all files of one name together; the verdicts are in the items' order.
pub(crate) fn judge(items: &[Wanted], files: &[Candidate]) -> Vec<Verdict> {
    let matches = |item: &Wanted, file: &Candidate| difference(item, file).is_none();
    let judge = |item: &Wanted| {
        let fits = |(_, file): &(usize, &Candidate)| matches(item, file);
        let mut fitting = files.iter().enumerate().filter(fits);
        let Some((file, first)) = fitting.next() else {
            let nearest = files
                .iter()
                .enumerate()
                .filter_map(|(file, candidate)| Some((difference(item, candidate)?, file)))
                .max();
            return match nearest {
                Some((why, file)) => Verdict::Refuse { file, why },
                None => Verdict::Nothing,
            };
        };
        let is_only = fitting.next().is_none()
            && items.iter().filter(|item| matches(item, first)).count() == 1;
        if is_only {
            Verdict::Adopt { file }
        } else {
            let why = Difference::NotTheOnlyOne;
            Verdict::Refuse { file, why }
        }
    };
    items
        .iter()
        .map(|item| {
            if item.is_rival {
                Verdict::Nothing
            } else {
                judge(item)
            }
        })
        .collect()
}

fn difference(item: &Wanted, file: &Candidate) -> Option<Difference> {
    let Some(kind) = file.kind else {
        return Some(Difference::NotMedia);
    };
    if kind != item.kind {
        return Some(Difference::OtherKind);
    }
    if !file.is_whole {
        return Some(Difference::NotWhole);
    }
    let (Some(pixels), Some(listed)) = (file.dimensions, item.dimensions) else {
        return Some(Difference::PixelsUnknown);
    };
    // A rotation that only the metadata tells.
    if pixels != listed && (pixels.1, pixels.0) != listed {
        return Some(Difference::OtherPixels {
            file: pixels,
            item: listed,
        });
    }
    let (Some(taken), Some(created)) = (file.taken, item.created) else {
        return Some(Difference::TimeUnknown);
    };
    let apart = taken.signed_duration_since(created.naive_utc()).abs();
    (apart > ZONES).then_some(Difference::OtherTime { file: taken })
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotMedia => f.write_str("is no photo or video"),
            Self::OtherKind => {
                f.write_str("is a video where Google has a photo, or the other way round")
            }
            Self::NotWhole => f.write_str("is not known to be whole"),
            Self::PixelsUnknown => f.write_str("cannot be compared by its pixels"),
            Self::OtherPixels { file, item } => write!(
                f,
                "has other pixels ({}×{} instead of {}×{})",
                file.0, file.1, item.0, item.1
            ),
            Self::TimeUnknown => f.write_str("does not say when it was taken"),
            Self::OtherTime { file } => write!(f, "was taken at another time ({file})"),
            Self::NotTheOnlyOne => {
                f.write_str("is not the only match of its name, pixels and time")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item() -> Wanted {
        Wanted {
            kind: FormatKind::Photo,
            dimensions: Some((64, 48)),
            created: "2024-03-09T12:00:00Z".parse().ok(),
            is_rival: false,
        }
    }

    fn file() -> Candidate {
        Candidate {
            kind: Some(FormatKind::Photo),
            is_whole: true,
            dimensions: Some((64, 48)),
            taken: "2024-03-09T12:00:00".parse().ok(),
        }
    }

    fn at(time: &str) -> Candidate {
        Candidate {
            taken: Some(time.parse().expect("a time")),
            ..file()
        }
    }

    #[test]
    fn one_file_and_one_item_that_agree_belong_together() {
        let turned = Candidate {
            dimensions: Some((48, 64)),
            ..file()
        };
        let files = [
            file(),
            turned,
            at("2024-03-10T02:00:00"),
            at("2024-03-08T22:00:00"),
        ];
        for file in files {
            let verdict = judge(&[item()], std::slice::from_ref(&file));
            assert_eq!(verdict, [Verdict::Adopt { file: 0 }], "{file:?}");
        }
    }

    #[test]
    fn each_condition_alone_is_enough_for_a_no() {
        let other = at("2024-03-10T02:00:01");
        let table = [
            (
                Candidate {
                    kind: None,
                    ..file()
                },
                Difference::NotMedia,
            ),
            (
                Candidate {
                    kind: Some(FormatKind::Video),
                    ..file()
                },
                Difference::OtherKind,
            ),
            (
                Candidate {
                    is_whole: false,
                    ..file()
                },
                Difference::NotWhole,
            ),
            (
                Candidate {
                    dimensions: None,
                    ..file()
                },
                Difference::PixelsUnknown,
            ),
            (
                Candidate {
                    dimensions: Some((64, 49)),
                    ..file()
                },
                Difference::OtherPixels {
                    file: (64, 49),
                    item: (64, 48),
                },
            ),
            (
                Candidate {
                    taken: None,
                    ..file()
                },
                Difference::TimeUnknown,
            ),
            (
                other.clone(),
                Difference::OtherTime {
                    file: other.taken.expect("a time"),
                },
            ),
        ];
        for (file, why) in table {
            let verdict = judge(&[item()], std::slice::from_ref(&file));
            assert_eq!(verdict, [Verdict::Refuse { file: 0, why }], "{file:?}");
        }
    }

    #[test]
    fn what_google_does_not_say_cannot_be_compared() {
        for item in [
            Wanted {
                dimensions: None,
                ..item()
            },
            Wanted {
                created: None,
                ..item()
            },
        ] {
            let verdicts = judge(&[item], &[file()]);
            assert!(matches!(verdicts[0], Verdict::Refuse { .. }));
        }
    }

    #[test]
    fn a_match_counts_only_if_it_is_the_only_one_both_ways() {
        let refused = |file| Verdict::Refuse {
            file,
            why: Difference::NotTheOnlyOne,
        };
        assert_eq!(judge(&[item()], &[file(), file()]), [refused(0)]);
        assert_eq!(
            judge(&[item(), item()], &[file()]),
            [refused(0), refused(0)]
        );
        let rival = Wanted {
            is_rival: true,
            ..item()
        };
        assert_eq!(
            judge(&[item(), rival], &[file()]),
            [refused(0), Verdict::Nothing]
        );
        let tomorrow = Wanted {
            created: "2024-03-10T12:00:00Z".parse().ok(),
            ..item()
        };
        let (one, two) = (at("2024-03-09T11:00:00"), at("2024-03-10T11:00:00"));
        assert_eq!(
            judge(&[item(), tomorrow], &[two, one]),
            [Verdict::Adopt { file: 1 }, Verdict::Adopt { file: 0 }]
        );
    }

    #[test]
    fn the_nearest_of_several_is_named() {
        let no_media = Candidate {
            kind: None,
            ..file()
        };
        let other = at("2021-03-09T12:00:00");
        let verdicts = judge(&[item()], &[no_media, other]);
        assert!(matches!(verdicts[0], Verdict::Refuse { file: 1, .. }));
        assert_eq!(judge(&[item()], &[]), [Verdict::Nothing]);
    }
}
