//! What to do with one listed item: pure, so that a dry run is the same decision without the deed.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use crate::archive::batch::RECHECK;
use crate::archive::known::{Known, KnownFile, OnDisk, State};
use crate::media::item::{Kind, MediaItem, VideoStatus};

/// The decision about one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) original: Action,
    /// Its clip is known to exist and is not here, and why.
    pub(crate) clip: Option<Why>,
}

/// The decision about its original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    Fetch(Why),
    Keep(Kept),
    Skip(&'static str),
    /// There is no use in asking.
    Fail(Cow<'static, str>),
}

/// Why something is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    New,
    /// An earlier run did not get to it.
    Pending,
    /// An earlier run tried and failed.
    Retry,
    /// It was here and is not any more.
    Missing,
    /// It is here, but looked broken when it came: asked for once more.
    Doubtful,
}

impl Why {
    /// All of them, in the order of their numbers (`as u8`).
    pub(crate) const ALL: [Self; 5] = [
        Self::New,
        Self::Pending,
        Self::Retry,
        Self::Missing,
        Self::Doubtful,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Pending => "not fetched by an earlier run",
            Self::Retry => "failed before",
            Self::Missing => "missing on disk",
            Self::Doubtful => "looked broken when it came",
        }
    }
}

/// Why nothing is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    AsItIs,
    /// Somebody changed the file: it is theirs now.
    Edited,
    /// Nobody changed it, and it is not what was stored. A repair replaces it, and no run does.
    Damaged,
}

/// Decides what to do with an item, given what is held of it.
pub(crate) fn decide(item: &MediaItem, known: &Known, now: DateTime<Utc>) -> Plan {
    let original = original(item, known.original.as_ref(), now);
    let clip = known.motion.as_ref().and_then(|clip| match clip.state {
        State::Wanted | State::Skipped => Some(Why::Pending),
        State::Failed => Some(Why::Retry),
        State::Done => (clip.on_disk == OnDisk::Missing).then_some(Why::Missing),
        State::Gone | State::None => None,
    });
    Plan {
        original,
        clip: clip.filter(|_| item.url.is_some()),
    }
}

fn original(item: &MediaItem, known: Option<&KnownFile>, now: DateTime<Utc>) -> Action {
    let why = match known {
        None => Why::New,
        Some(file) => match (file.state, file.on_disk) {
            (State::Done, OnDisk::Edited(_)) => return Action::Keep(Kept::Edited),
            (State::Done, OnDisk::Damaged(_)) => return Action::Keep(Kept::Damaged),
            (State::Done, OnDisk::AsRecorded)
                if file.recheck_after.is_none_or(|after| !is_due(after, now)) =>
            {
                return Action::Keep(Kept::AsItIs);
            }
            (State::Done, OnDisk::AsRecorded) => Why::Doubtful,
            (State::Done, OnDisk::Missing) => Why::Missing,
            (State::Failed | State::Gone, _) => Why::Retry,
            (State::Wanted | State::Skipped | State::None, _) => Why::Pending,
        },
    };
    match item.kind {
        _ if item.url.is_none() => {
            Action::Fail("Google listed it without an address for its bytes".into())
        }
        Kind::Video(VideoStatus::Processing) => {
            Action::Skip("Google is still processing this video; a later run will fetch it")
        }
        Kind::Video(VideoStatus::Failed) => Action::Fail(
            "Google could not process this video; look whether it plays at photos.google.com"
                .into(),
        ),
        Kind::Photo | Kind::Video(VideoStatus::Ready) => Action::Fetch(why),
    }
}

/// A day that is further off than any that was ever set is a clock's error then, and would never come.
fn is_due(after: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    after <= now || after > now + RECHECK
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::item::{BaseUrl, ListedUrl, MediaItemId, SourceName};

    fn item(kind: Kind) -> MediaItem {
        MediaItem {
            id: MediaItemId("A1".to_owned()),
            source: SourceName::Library,
            filename: None,
            mime_type: None,
            created: None,
            kind,
            dimensions: None,
            camera_make: None,
            camera_model: None,
            description: None,
            product_url: None,
            url: Some(ListedUrl {
                url: BaseUrl::new("https://lh3.googleusercontent.com/lr/x".to_owned()),
                at: now(),
                since: std::time::Instant::now(),
            }),
        }
    }

    fn now() -> DateTime<Utc> {
        "2024-06-01T00:00:00Z".parse().expect("a moment")
    }

    fn held(state: State, on_disk: OnDisk) -> KnownFile {
        KnownFile {
            state,
            path: None,
            on_disk,
            content: None,
            is_disputed: false,
            recheck_after: None,
            cause: None,
            first_failed: None,
        }
    }

    fn decided(kind: Kind, original: Option<KnownFile>) -> Action {
        decide(
            &item(kind),
            &Known {
                original,
                ..Known::default()
            },
            now(),
        )
        .original
    }

    #[test]
    fn what_is_here_is_kept_and_what_is_not_is_fetched() {
        use {
            OnDisk::*,
            State::{Done, Failed, Gone, Skipped, Wanted},
        };
        let table = [
            (Done, AsRecorded, Action::Keep(Kept::AsItIs)),
            (Done, OnDisk::Edited(3), Action::Keep(Kept::Edited)),
            (Done, OnDisk::Damaged(0), Action::Keep(Kept::Damaged)),
            (Done, Missing, Action::Fetch(Why::Missing)),
            (Failed, Missing, Action::Fetch(Why::Retry)),
            (Gone, Missing, Action::Fetch(Why::Retry)),
            (Wanted, Missing, Action::Fetch(Why::Pending)),
            (Skipped, Missing, Action::Fetch(Why::Pending)),
        ];
        for (state, on_disk, expected) in table {
            assert_eq!(
                decided(Kind::Photo, Some(held(state, on_disk))),
                expected,
                "{state:?} {on_disk:?}"
            );
        }
        assert_eq!(decided(Kind::Photo, None), Action::Fetch(Why::New));
    }

    #[test]
    fn a_doubtful_file_is_asked_for_again_when_its_day_has_passed() {
        let doubtful = |after: &str| {
            Some(KnownFile {
                recheck_after: Some(after.parse().expect("a moment")),
                ..held(State::Done, OnDisk::AsRecorded)
            })
        };
        assert_eq!(
            decided(Kind::Photo, doubtful("2024-06-01T00:00:01Z")),
            Action::Keep(Kept::AsItIs)
        );
        assert_eq!(
            decided(Kind::Photo, doubtful("2024-06-01T00:00:00Z")),
            Action::Fetch(Why::Doubtful)
        );
        assert_eq!(
            decided(Kind::Photo, doubtful("2034-06-01T00:00:00Z")),
            Action::Fetch(Why::Doubtful),
            "written by a clock that was wrong"
        );
    }

    #[test]
    fn an_unready_video_is_not_asked_for_unless_it_is_here_already() {
        assert!(matches!(
            decided(Kind::Video(VideoStatus::Processing), None),
            Action::Skip(_)
        ));
        assert!(matches!(
            decided(Kind::Video(VideoStatus::Failed), None),
            Action::Fail(_)
        ));
        let here = Some(held(State::Done, OnDisk::AsRecorded));
        assert_eq!(
            decided(Kind::Video(VideoStatus::Processing), here),
            Action::Keep(Kept::AsItIs)
        );
    }

    #[test]
    fn a_clip_is_fetched_while_it_is_owed() {
        use {
            OnDisk::*,
            State::{Done, Failed, Wanted},
        };
        for (state, on_disk, expected) in [
            (Wanted, Missing, true),
            (Failed, Missing, true),
            (Done, AsRecorded, false),
            (Done, Missing, true),
            (State::None, Missing, false),
        ] {
            let known = Known {
                original: Some(held(Done, AsRecorded)),
                motion: Some(held(state, on_disk)),
                unchanged: true,
            };
            assert_eq!(
                decide(&item(Kind::Photo), &known, now()).clip.is_some(),
                expected,
                "{state:?}"
            );
        }
    }
}
