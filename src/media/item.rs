//! One photo or video, whatever the source: identity, what the source says of it, and where its bytes are for the next hour.

use std::borrow::Cow;
use std::fmt;
use std::time::Instant;

use chrono::{DateTime, SecondsFormat, Utc};

/// One photo or video as a source describes it.
#[derive(Debug, Clone)]
pub(crate) struct MediaItem {
    pub(crate) id: MediaItemId,
    pub(crate) source: SourceName,
    pub(crate) filename: Option<String>,
    pub(crate) mime_type: Option<String>,
    /// When the picture was taken, as the source knows it. Never trusted to lie within the day that was asked for.
    pub(crate) created: Option<DateTime<Utc>>,
    pub(crate) kind: Kind,
    /// Pixels as listed.
    pub(crate) dimensions: Option<(u32, u32)>,
    pub(crate) camera_make: Option<String>,
    pub(crate) camera_model: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) product_url: Option<String>,
    /// Absent only in what a hostile or broken server sends; such an item fails, the run does not.
    pub(crate) url: Option<ListedUrl>,
}

/// How the id of an item begins that is known by its bytes alone: their SHA-256 follows, lower-case hexadecimal.
pub(crate) const BY_CONTENT: &str = "sha256:";

/// A base URL and when it was handed out: it dies 60 minutes later
/// (<https://developers.google.com/photos/library/guides/access-media-items>), sooner in some reports.
#[derive(Debug, Clone)]
pub(crate) struct ListedUrl {
    pub(crate) url: BaseUrl,
    pub(crate) at: DateTime<Utc>,
    /// The same by a clock that nobody sets back, to tell which of two is the newer one.
    pub(crate) since: Instant,
}

/// Google's id of an item: opaque, persistent, and the only identity that an item has.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct MediaItemId(pub(crate) String);

impl fmt::Display for MediaItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who listed an item. Together with the id it is the item's identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum SourceName {
    Library,
    Picker,
    Takeout,
}

impl SourceName {
    /// The word used in the index, in the manifest and in clash tags: never to be changed.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Library => "library",
            Self::Picker => "picker",
            Self::Takeout => "takeout",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let all = [Self::Library, Self::Picker, Self::Takeout];
        all.into_iter().find(|source| source.as_str() == text)
    }
}

/// Photo or video, which decides the download parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Photo,
    Video(VideoStatus),
}

impl Kind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Video(_) => "video",
        }
    }
}

/// `mediaMetadata.video.status`; anything but `Ready` may fail to download.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VideoStatus {
    Ready,
    Processing,
    Failed,
}

/// Which of an item's files is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    Original,
    /// What an editor made of the original.
    Edited,
    /// The clip of a live or motion photo.
    Motion,
    /// A further file of one of these, with other bytes: exports hold them (a copy that was recoded, an original that the next
    /// export has otherwise). Counted from 2.
    Further(Part, u16),
}

/// What a file is to its photo; what says most of the photo first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Part {
    #[default]
    Original,
    Edited,
    Motion,
}

impl Part {
    /// The word in the manifest: never to be changed.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Original => "original",
            Self::Edited => "edited",
            Self::Motion => "motion",
        }
    }
}

impl Role {
    /// The first file of a part, or, from 2 on, a further one.
    pub(crate) fn nth(part: Part, number: u16) -> Self {
        match (part, number) {
            (part, 2..) => Self::Further(part, number),
            (Part::Original, _) => Self::Original,
            (Part::Edited, _) => Self::Edited,
            (Part::Motion, _) => Self::Motion,
        }
    }

    pub(crate) fn part(self) -> Part {
        match self {
            Self::Original => Part::Original,
            Self::Edited => Part::Edited,
            Self::Motion => Part::Motion,
            Self::Further(part, _) => part,
        }
    }

    /// The word used in the index and in tags, such as `motion` or `original.2`: never to be changed.
    pub(crate) fn text(self) -> Cow<'static, str> {
        match self {
            Self::Further(part, number) => format!("{}.{number}", part.as_str()).into(),
            one => one.part().as_str().into(),
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (part, number) = match text.split_once('.') {
            Some((part, number)) => (part, number.parse().ok().filter(|number| *number >= 2)?),
            None => (text, 1),
        };
        let part = match part {
            "original" => Part::Original,
            "edited" => Part::Edited,
            "motion" => Part::Motion,
            _ => return None,
        };
        Some(Self::nth(part, number))
    }
}

/// The address of an item's bytes: whoever holds it holds the photo, so it is shown to nobody.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct BaseUrl(String);

impl BaseUrl {
    pub(crate) fn new(url: String) -> Self {
        Self(url)
    }

    /// The address of one of the item's files. Without a suffix Google answers 200 with a small preview, so this is
    /// the only way to an address that can be fetched: `=d` gives the photo, `=dv` a video or a motion photo's clip.
    pub(crate) fn file(&self, kind: Kind, role: Role) -> String {
        let suffix = match (kind, role.part()) {
            (Kind::Photo, Part::Original | Part::Edited) => "=d",
            (Kind::Video(_), _) | (Kind::Photo, Part::Motion) => "=dv",
        };
        format!("{}{suffix}", self.0)
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BaseUrl(…)")
    }
}

/// A moment as it stands in the manifest: RFC 3339, UTC, whole seconds.
pub(crate) fn timestamp(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_a_download_suffix() {
        let url = BaseUrl::new("https://lh3.googleusercontent.com/lr/secret".to_owned());
        assert!(url.file(Kind::Photo, Role::Original).ends_with("secret=d"));
        assert!(url.file(Kind::Photo, Role::Motion).ends_with("secret=dv"));
        assert!(
            url.file(Kind::Video(VideoStatus::Ready), Role::Original)
                .ends_with("secret=dv")
        );
    }

    #[test]
    fn a_role_is_read_as_it_is_written() {
        let parts = [Part::Original, Part::Edited, Part::Motion];
        for (part, number) in parts
            .into_iter()
            .flat_map(|part| [(part, 1), (part, 2), (part, 65_535)])
        {
            let role = Role::nth(part, number);
            assert_eq!(Role::parse(&role.text()), Some(role));
        }
        for text in ["", "original.1", "original.x", "thumbnail", "motion."] {
            assert_eq!(Role::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_base_url_is_never_shown() {
        let listed = ListedUrl {
            url: BaseUrl::new("https://host/secret".to_owned()),
            at: Utc::now(),
            since: Instant::now(),
        };
        assert!(!format!("{listed:?}").contains("secret"));
    }
}
