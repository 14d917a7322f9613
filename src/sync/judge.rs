//! Whether bytes that arrived are what was asked for: pure.
//!
//! Google gives neither size nor digest, so the only witnesses are HTTP's framing and the file's own structure. A body that
//! was cut short and framed as if it were whole passes the first and not the second.

use crate::archive::restore::DOUBTFUL;
use crate::media::inspect::{FormatKind, Inspection, NotMedia, Verdict};
use crate::media::item::{Kind, MediaItem, Role};
use crate::sync::transfer::Fetched;

/// What fetched bytes are worth.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    Whole,
    /// They look broken. If they come the same again, that is how Google has them.
    Broken(String),
    /// Not media at all: never kept, however often it comes.
    Refused(String),
    /// The answer to a question that made no sense: this photo has no clip.
    NoSuchFile(String),
}

pub(super) fn judge(item: &MediaItem, role: Role, fetched: &Fetched) -> Judgement {
    judge_bytes(item.kind, role, &fetched.inspection, fetched.is_framed)
}

fn judge_bytes(kind: Kind, role: Role, inspection: &Inspection, is_framed: bool) -> Judgement {
    match inspection.verdict {
        Verdict::NotMedia(NotMedia::Unknown) => {
            return Judgement::Broken("the bytes are no known photo or video format".to_owned());
        }
        Verdict::NotMedia(what) => {
            return Judgement::Refused(format!(
                "the server sent {what} instead of a photo or video"
            ));
        }
        Verdict::Broken(what) => {
            return Judgement::Broken(format!("the bytes are not a whole file ({what})"));
        }
        Verdict::Unchecked if !is_framed => {
            return Judgement::Broken(
                "nothing says where the bytes end, neither HTTP nor their format".to_owned(),
            );
        }
        Verdict::Unchecked | Verdict::Whole => {}
    }
    let is_picture = inspection
        .format
        .is_some_and(|format| format.kind() == FormatKind::Photo);
    match (kind, role) {
        (Kind::Photo, Role::Motion) if is_picture => {
            Judgement::NoSuchFile("Google sent a picture for its clip".to_owned())
        }
        // A preview or thumbnail where the video should be: coming twice does not make it one.
        (Kind::Video(_), Role::Original) if is_picture => {
            Judgement::Refused("the server sent a picture instead of the video".to_owned())
        }
        _ => Judgement::Whole,
    }
}

/// What is odd about accepted bytes, for the manifest.
pub(super) fn note(
    item: &MediaItem,
    role: Role,
    fetched: &Fetched,
    doubtful: bool,
) -> Option<String> {
    let inspection = &fetched.inspection;
    let mut notes = Vec::new();
    if doubtful {
        let what = match judge(item, role, fetched) {
            Judgement::Broken(what) => what,
            _ => "the bytes look broken".to_owned(),
        };
        notes.push(format!("{what}; {DOUBTFUL}"));
    }
    if !fetched.is_framed {
        notes.push("the server did not say how long it is".to_owned());
    }
    if let (Role::Original, Some(format)) = (role, inspection.format) {
        let named = item
            .filename
            .as_deref()
            .and_then(|name| name.rsplit_once('.'))
            .map(|(_, extension)| extension.to_lowercase());
        let family = |extension: &str| match extension {
            "jpg" | "jpeg" | "jpe" | "jfif" => "jpg".to_owned(),
            "heic" | "heif" | "hif" => "heic".to_owned(),
            "tif" | "tiff" => "tif".to_owned(),
            // One container, several names.
            "mp4" | "m4v" | "mov" | "3gp" | "3g2" | "qt" => "mp4".to_owned(),
            other => other.to_owned(),
        };
        if named.is_some_and(|named| family(&named) != family(format.extension())) {
            notes.push(format!("the bytes are {format}"));
        }
        if let (Some((width, height)), Some((w, h))) = (item.dimensions, inspection.dimensions)
            && (w, h) != (width, height)
            // A rotation that only the metadata tells.
            && (h, w) != (width, height)
        {
            notes.push(format!(
                "{w}×{h} pixels instead of the listed {width}×{height}"
            ));
        }
    }
    if inspection.trailing > 0 {
        notes.push(format!(
            "{} bytes after the end of the {}",
            inspection.trailing,
            if role == Role::Motion {
                "clip"
            } else {
                "picture"
            }
        ));
    }
    (!notes.is_empty()).then(|| notes.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::inspect::Format;
    use crate::media::item::VideoStatus;

    fn seen(format: Option<Format>, verdict: Verdict) -> Inspection {
        Inspection {
            format,
            dimensions: None,
            verdict,
            trailing: 0,
            motion: false,
            taken: None,
            ahead: None,
        }
    }

    #[test]
    fn web_pages_are_refused_and_odd_bytes_are_doubted() {
        let judged =
            |inspection: Inspection| judge_bytes(Kind::Photo, Role::Original, &inspection, true);
        for what in [
            NotMedia::Empty,
            NotMedia::Html,
            NotMedia::Json,
            NotMedia::Xml,
            NotMedia::Text,
        ] {
            assert!(
                matches!(
                    judged(seen(None, Verdict::NotMedia(what))),
                    Judgement::Refused(_)
                ),
                "{what:?}"
            );
        }
        assert!(matches!(
            judged(seen(None, Verdict::NotMedia(NotMedia::Unknown))),
            Judgement::Broken(_)
        ));
        assert!(matches!(
            judged(seen(Some(Format::Jpeg), Verdict::Broken("cut"))),
            Judgement::Broken(_)
        ));
        assert_eq!(
            judged(seen(Some(Format::Dng), Verdict::Unchecked)),
            Judgement::Whole
        );
    }

    #[test]
    fn without_any_end_an_unchecked_file_is_doubted() {
        let raw = seen(Some(Format::Dng), Verdict::Unchecked);
        assert!(matches!(
            judge_bytes(Kind::Photo, Role::Original, &raw, false),
            Judgement::Broken(_)
        ));
        let whole = seen(Some(Format::Jpeg), Verdict::Whole);
        assert_eq!(
            judge_bytes(Kind::Photo, Role::Original, &whole, false),
            Judgement::Whole
        );
    }

    #[test]
    fn a_picture_is_neither_a_video_nor_a_clip() {
        let picture = seen(Some(Format::Jpeg), Verdict::Whole);
        let video = Kind::Video(VideoStatus::Ready);
        assert!(matches!(
            judge_bytes(video, Role::Original, &picture, true),
            Judgement::Refused(_)
        ));
        assert!(matches!(
            judge_bytes(Kind::Photo, Role::Motion, &picture, true),
            Judgement::NoSuchFile(_)
        ));
    }
}
