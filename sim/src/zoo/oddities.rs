//! Items whose metadata is missing, contradicts the bytes, or says that there is nothing to fetch yet.

use chrono::NaiveDate;

use super::{named, photo, video};
use crate::item::{Content, Item, Kind, VideoStatus};

/// One field missing each, then all of them: Google leaves out what it does not know (reference §3.1, #10). Whoever requires a field
/// loses the photo, or the page that it is on.
pub fn missing_fields(day: NaiveDate) -> Vec<Item> {
    let whole = |n, name| photo(day, "missing_fields", n, name);
    let bare = Item {
        filename: None,
        mime_type: None,
        created: None,
        dimensions: None,
        camera: None,
        ..whole(5, "")
    };
    vec![
        Item {
            filename: None,
            ..whole(0, "")
        },
        Item {
            mime_type: None,
            ..whole(1, "scan.jp2")
        },
        Item {
            created: None,
            ..whole(2, "no-date.jpg")
        },
        Item {
            dimensions: None,
            ..whole(3, "no-dimensions.jpg")
        },
        Item {
            camera: None,
            ..whole(4, "no-camera.jpg")
        },
        Item {
            filename: None,
            mime_type: None,
            ..video(day, "missing_fields", 6, "", VideoStatus::Ready)
        },
        bare,
    ]
}

/// Neither `photo` nor `video` in the metadata, so the type alone tells whether to ask for `=d` or `=dv`; of the last one nothing
/// tells (reference §9.3, §4.3).
pub fn neither_kind(day: NaiveDate) -> Vec<Item> {
    let species = "neither_kind";
    vec![
        Item {
            kind: Kind::Neither,
            ..photo(day, species, 0, "neither.jpg")
        },
        Item {
            kind: Kind::Neither,
            ..video(day, species, 1, "neither.mp4", VideoStatus::Ready)
        },
        Item {
            kind: Kind::Neither,
            filename: None,
            mime_type: None,
            ..photo(day, species, 2, "")
        },
    ]
}

/// Videos that cannot be fetched: one still being processed, one whose processing failed. They must not fail the run, and must be
/// looked at again later (reference §3.1, #18).
pub fn unplayable_videos(day: NaiveDate) -> Vec<Item> {
    vec![
        video(
            day,
            "unplayable_videos",
            0,
            "VID_processing.mp4",
            VideoStatus::Processing,
        ),
        video(
            day,
            "unplayable_videos",
            1,
            "VID_failed.mp4",
            VideoStatus::Failed,
        ),
    ]
}

/// Google's JPEG under the phone's name: an extension and a `mimeType` that contradict the bytes (reference §4.4, #14).
pub fn heic_with_jpeg_bytes(day: NaiveDate) -> Vec<Item> {
    let item = |n, name, mime_type: &str| Item {
        mime_type: Some(mime_type.to_owned()),
        ..photo(day, "heic_with_jpeg_bytes", n, name)
    };
    vec![
        item(0, "IMG_5000.HEIC", "image/heic"),
        item(1, "DSC_5001.DNG", "image/x-adobe-dng"),
    ]
}

/// An MP4 under the name of another container, because videos are transcoded (reference §4.4, #15), and photo names on videos.
pub fn contradicting_names(day: NaiveDate) -> Vec<Item> {
    let item = |n, name, mime_type: &str| Item {
        mime_type: Some(mime_type.to_owned()),
        ..video(day, "contradicting_names", n, name, VideoStatus::Ready)
    };
    vec![
        item(0, "IMG_5002.MOV", "video/quicktime"),
        item(1, "00003.MTS", "video/mp2t"),
        item(2, "clip.jpg", "video/mp4"),
    ]
}

/// Lists the size of the stored photo but serves a smaller one: pixel sizes alone prove neither a preview nor a whole download.
pub fn wrong_dimensions(day: NaiveDate) -> Vec<Item> {
    let served = photo(day, "wrong_dimensions", 0, "IMG_5003.jpg");
    vec![Item {
        dimensions: Some((4032, 3024)),
        content: Content::Raw(served.original()),
        ..served
    }]
}

/// A still whose clip is a download of its own, under a name that says so and under one that does not. No field marks them:
/// whoever asks for `=d` alone loses the clip (reference §4.3, #16).
pub fn motion_photo(day: NaiveDate) -> Vec<Item> {
    (0..)
        .zip(["PXL_20240309_061542123.MP.jpg", "IMG_5004.jpg"])
        .map(|(n, name)| Item {
            content: Content::MotionPhoto {
                seed: n.into(),
                size: 0,
            },
            ..photo(day, "motion_photo", n, name)
        })
        .collect()
}

/// Hidden from every search that does not ask for archived media (reference §3.5).
pub fn archived(day: NaiveDate) -> Vec<Item> {
    vec![Item {
        archived: true,
        ..photo(day, "archived", 0, "IMG_archived.jpg")
    }]
}

/// Uploaded a moment ago: date filters do not return it yet, the full listing does (reference §3.5, #4).
pub fn fresh(day: NaiveDate) -> Vec<Item> {
    vec![Item {
        fresh: true,
        ..photo(day, "fresh", 0, "IMG_fresh.jpg")
    }]
}

/// The same bytes under two ids and two names, as shared albums made them: two items, and neither may vanish from the list because
/// the other is there (reference #12).
pub fn equal_bytes(day: NaiveDate) -> Vec<Item> {
    let mut items = named(
        day,
        "equal_bytes",
        ["IMG_5005.jpg", "IMG_5005 from Alex.jpg"],
    );
    let bytes = items[0].original();
    for item in &mut items {
        item.content = Content::Raw(bytes.clone());
    }
    items
}

/// Text of the user's own: several lines, quotes, a formula, right-to-left, and just under Google's limit of 1,000 characters
/// (reference §3.1). A list of items must carry it without losing a row.
pub fn odd_descriptions(day: NaiveDate) -> Vec<Item> {
    let long = "ü".repeat(999);
    let texts = [
        "first line\nsecond \"line\"\r\n\tthird; with, commas",
        "=HYPERLINK(\"http://example.com\")",
        "\u{202e}שלום\u{1b}[31m",
        "",
        &long,
    ];
    (0..)
        .zip(texts)
        .map(|(n, text)| Item {
            description: Some(text.to_owned()),
            ..photo(day, "odd_descriptions", n, &format!("described_{n}.jpg"))
        })
        .collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::content::VIDEO_DIMENSIONS;

    #[test]
    fn videos_list_what_they_show() {
        let day = NaiveDate::from_ymd_opt(2024, 3, 9).unwrap();
        for item in [unplayable_videos(day), contradicting_names(day)].concat() {
            assert_eq!(item.dimensions, Some(VIDEO_DIMENSIONS));
            assert_eq!(item.content_type(), "video/mp4");
        }
    }

    #[test]
    fn bytes_contradict_the_listing_where_they_should() {
        let day = NaiveDate::from_ymd_opt(2024, 3, 9).unwrap();
        for item in heic_with_jpeg_bytes(day) {
            assert_eq!(item.content_type(), "image/jpeg");
            assert_ne!(item.mime_type.as_deref(), Some("image/jpeg"));
        }
        let preview_sized = wrong_dimensions(day).remove(0);
        assert!(preview_sized.original().len() < 10_000);
        assert_eq!(preview_sized.dimensions, Some((4032, 3024)));
    }
}
