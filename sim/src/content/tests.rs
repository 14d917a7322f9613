//! The files as an outsider reads them: with a strict decoder and an independent EXIF reader.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::HashSet;
use std::io::Cursor;

use ::exif::{In, Reader, Tag};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::*;
use crate::item::{Kind, VideoStatus};

fn photo(id: &str, content: Content) -> Item {
    Item {
        id: id.to_owned(),
        filename: Some("IMG_20240309_071542.jpg".to_owned()),
        mime_type: Some("image/jpeg".to_owned()),
        created: Some("2024-03-09T06:15:42Z".parse().unwrap()),
        utc_offset_minutes: 60,
        fresh: false,
        archived: false,
        description: None,
        kind: Kind::Photo,
        dimensions: Some((96, 64)),
        camera: Some(("Acme".to_owned(), "A1".to_owned())),
        content,
    }
}

fn jpeg(id: &str, seed: u64, size: usize) -> Item {
    photo(id, Content::Jpeg { seed, size })
}

fn decode(bytes: &[u8]) -> ((usize, usize), Vec<u8>) {
    let mut decoder = JpegDecoder::new_with_options(
        ZCursor::new(bytes),
        DecoderOptions::default().set_strict_mode(true),
    );
    let pixels = decoder.decode().unwrap();
    (decoder.dimensions().unwrap(), pixels)
}

fn exif_field(bytes: &[u8], tag: Tag) -> Option<String> {
    let fields = Reader::new()
        .read_from_container(&mut Cursor::new(bytes))
        .unwrap();
    fields
        .get_field(tag, In::PRIMARY)
        .map(|field| field.display_value().to_string())
}

#[test]
fn photos_decode_to_the_listed_dimensions() {
    for (listed, expected) in [
        (Some((96, 64)), (96, 64)),
        (Some((160, 120)), (160, 120)),
        (Some((33, 17)), (33, 17)),
        (Some((1, 1)), (1, 1)),
        (Some((3, 900)), (3, 900)),
        (Some((1023, 769)), (1023, 769)),
        (Some((0, 48)), (64, 48)),
        (Some((4_000_000, 3)), (64, 48)),
        (None, (64, 48)),
    ] {
        let item = Item {
            dimensions: listed,
            ..jpeg("a", 1, 0)
        };
        let original = item.original();
        assert_eq!(decode(&original).0, expected, "{listed:?}");
        assert!(original.ends_with(&[0xff, 0xd9]));
        let ((width, height), _) = decode(&item.preview());
        assert!(width.max(height) <= 512, "{width}x{height}");
    }
}

#[test]
fn padding_reaches_the_wanted_size_and_leaves_the_picture_alone() {
    let natural = jpeg("a", 1, 0).original();
    let pixels = decode(&natural).1;
    // Around every edge of a 65,537 byte segment, where the rest is too small for a segment of its own.
    for size in [natural.len() + 4, natural.len() + 70, 100_000, 5_000_000]
        .into_iter()
        .chain((0..10).map(|n| natural.len() + 65_534 + n))
    {
        let padded = jpeg("a", 1, size).original();
        assert_eq!(padded.len(), size);
        assert_eq!(decode(&padded).1, pixels);
    }
    for size in natural.len()..natural.len() + 4 {
        assert_eq!(jpeg("a", 1, size).original().len(), natural.len());
    }
}

#[test]
fn items_are_always_the_same_and_never_alike() {
    let items = [
        jpeg("a", 1, 0),
        jpeg("b", 1, 0),
        jpeg("a", 2, 0),
        photo("c", Content::MotionPhoto { seed: 1, size: 0 }),
        Item {
            kind: Kind::Video(VideoStatus::Ready),
            ..photo("d", Content::Mp4 { seed: 1, size: 0 })
        },
        photo(
            "e",
            Content::Mp4 {
                seed: 1,
                size: 9_000,
            },
        ),
    ];
    let mut bytes = HashSet::new();
    let mut pixels = HashSet::new();
    for item in &items {
        assert_eq!(item.sha256_original(), item.clone().sha256_original());
        assert_eq!(item.sha256_clip(), item.clone().sha256_clip());
        assert!(bytes.insert(item.original()));
        assert!(pixels.insert(decode(&item.original()).1));
        assert!(item.clip().is_none_or(|clip| bytes.insert(clip)));
        // A bare base URL of a photo must be told from the photo; of a video there is only the one picture.
        assert!(matches!(item.content, Content::Mp4 { .. }) || bytes.insert(item.preview()));
    }
}

#[test]
fn exif_tells_when_and_with_what_but_not_where() {
    let item = Item {
        utc_offset_minutes: -210,
        ..jpeg("a", 1, 200_000)
    };
    let original = item.original();
    assert_eq!(
        exif_field(&original, Tag::DateTimeOriginal).unwrap(),
        "2024-03-09 02:45:42"
    );
    assert_eq!(
        exif_field(&original, Tag::OffsetTimeOriginal).unwrap(),
        "\"-03:30\""
    );
    assert_eq!(exif_field(&original, Tag::Make).unwrap(), "\"Acme\"");
    assert_eq!(exif_field(&original, Tag::Model).unwrap(), "\"A1\"");
    assert_eq!(exif_field(&original, Tag::PixelXDimension).unwrap(), "96");
    assert_eq!(exif_field(&original, Tag::PixelYDimension).unwrap(), "64");
    assert_eq!(exif_field(&original, Tag::GPSLatitude), None);

    let bare = Item {
        created: None,
        camera: None,
        ..item
    }
    .original();
    assert_eq!(exif_field(&bare, Tag::DateTimeOriginal), None);
    assert_eq!(exif_field(&bare, Tag::Make), None);
    assert_eq!(exif_field(&bare, Tag::PixelXDimension).unwrap(), "96");
}

#[test]
fn motion_photos_announce_a_clip_that_the_still_does_not_carry() {
    let item = photo(
        "a",
        Content::MotionPhoto {
            seed: 1,
            size: 50_000,
        },
    );
    let original = item.original();
    let clip = item.clip().unwrap();
    let text = String::from_utf8_lossy(&original);
    assert!(text.contains("http://ns.adobe.com/xap/1.0/\0<?xpacket"));
    assert!(text.contains("GCamera:MotionPhoto=\"1\""));
    assert!(text.contains(&format!(
        "Item:Semantic=\"MotionPhoto\" Item:Length=\"{}\"",
        clip.len()
    )));
    assert!(!text.contains("ftyp"));
    assert_eq!(decode(&original).0, (96, 64));
    assert_eq!(content_type(&clip), "video/mp4");
    assert_eq!(exif_field(&original, Tag::Make).unwrap(), "\"Acme\"");
}

#[test]
fn previews_have_no_metadata_and_keep_the_shape() {
    let item = Item {
        dimensions: Some((4032, 3024)),
        ..jpeg("a", 1, 0)
    };
    let preview = item.preview();
    assert_eq!(decode(&preview).0, (512, 384));
    assert!(
        Reader::new()
            .read_from_container(&mut Cursor::new(&preview))
            .is_err()
    );
}

#[test]
fn types_are_told_from_the_bytes() {
    assert_eq!(jpeg("a", 1, 0).content_type(), "image/jpeg");
    assert_eq!(
        photo("a", Content::Mp4 { seed: 1, size: 0 }).content_type(),
        "video/mp4"
    );
    assert_eq!(
        photo("a", Content::Raw(Bytes::from_static(b"GIF89a"))).content_type(),
        "image/gif"
    );
    assert_eq!(
        photo("a", Content::Raw(Bytes::new())).content_type(),
        "application/octet-stream"
    );
}

#[test]
fn the_stored_photo_says_where_and_the_served_one_does_not() {
    let item = jpeg("a", 1, 0);
    let (stored, served) = (item.stored(), item.original());
    for tag in [Tag::GPSLatitude, Tag::GPSLongitude] {
        assert!(exif_field(&stored, tag).unwrap().contains("deg"));
        assert_eq!(exif_field(&served, tag), None);
    }
    for tag in [Tag::Make, Tag::DateTimeOriginal, Tag::PixelXDimension] {
        assert_eq!(exif_field(&stored, tag), exif_field(&served, tag));
    }
    assert_eq!(decode(&stored), decode(&served), "the picture is the same");
}

#[test]
fn the_stored_film_and_the_stored_motion_photo_hold_more_than_is_served() {
    let film = Item {
        kind: Kind::Video(VideoStatus::Ready),
        ..photo("b", Content::Mp4 { seed: 1, size: 0 })
    };
    assert_eq!(film.stored().len(), 2 * film.clip().unwrap().len());
    assert_eq!(content_type(&film.stored()), MP4);
    let motion = photo("c", Content::MotionPhoto { seed: 1, size: 0 });
    assert!(motion.stored().ends_with(&motion.clip().unwrap()));
    assert!(exif_field(&motion.stored(), Tag::GPSLatitude).is_some());
    let raw = photo("d", Content::Raw(Bytes::from_static(b"as stated")));
    assert_eq!(raw.stored(), raw.original());
}
