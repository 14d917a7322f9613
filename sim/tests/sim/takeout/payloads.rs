//! The files inside an export, as decoders that are not ours see them.

use std::fs;
use std::io::Cursor;
use std::process::Command;

use chrono::{NaiveDate, Utc};
use exif::{In, Reader, Tag};
use gphotos_sim::takeout::{Embedded, Form, Role, Shot};

use super::folder;

fn wall() -> chrono::NaiveDateTime {
    NaiveDate::from_ymd_opt(2019, 5, 18)
        .unwrap()
        .and_hms_opt(12, 0, 0)
        .unwrap()
}

fn field(bytes: &[u8], tag: Tag) -> Option<String> {
    let fields = Reader::new()
        .read_from_container(&mut Cursor::new(bytes))
        .unwrap();
    let field = fields.get_field(tag, In::PRIMARY)?;
    Some(field.display_value().to_string())
}

#[test]
fn photos_carry_their_date_with_or_without_an_offset() {
    for (offset_minutes, expected) in [(Some(-150), Some("\"-02:30\"")), (None, None)] {
        let shot = Shot {
            embedded: Embedded::Exif {
                local: wall(),
                offset_minutes,
            },
            ..Shot::photo("a.jpg", "2019-05-18T10:00:00Z")
        };
        for role in [Role::Original, Role::Edited] {
            let bytes = shot.bytes(role);
            assert_eq!(
                field(&bytes, Tag::DateTimeOriginal).unwrap(),
                "2019-05-18 12:00:00"
            );
            assert_eq!(field(&bytes, Tag::OffsetTimeOriginal).as_deref(), expected);
            zune_jpeg::JpegDecoder::new(zune_jpeg::zune_core::bytestream::ZCursor::new(&bytes[..]))
                .decode()
                .unwrap();
        }
        let raw = Shot {
            form: Form::Dng,
            ..shot
        };
        assert_eq!(
            field(&raw.bytes(Role::Original), Tag::DateTimeOriginal).unwrap(),
            "2019-05-18 12:00:00"
        );
    }
    let undated = Shot::photo("a.jpg", "2019-05-18T10:00:00Z").undated();
    assert_eq!(
        field(&undated.bytes(Role::Original), Tag::DateTimeOriginal),
        None
    );
}

#[test]
fn every_form_begins_as_such_files_do_and_no_two_files_are_equal() {
    let mut seen = std::collections::HashSet::new();
    for (form, start, at) in [
        (Form::Jpeg, b"\xff\xd8\xff".as_slice(), 0),
        (Form::MotionJpeg, b"\xff\xd8\xff", 0),
        (Form::Heic, b"ftypheic", 4),
        (Form::Png, b"\x89PNG\r\n\x1a\n", 0),
        (Form::Gif, b"GIF89a", 0),
        (Form::Webp, b"WEBP", 8),
        (Form::Dng, b"MM\0\x2a", 0),
        (Form::Mp4, b"ftyp", 4),
        (Form::Mov, b"ftypqt  ", 4),
        (Form::Pdf, b"%PDF-", 0),
    ] {
        let shot = Shot::of(form.clone(), &format!("{form:?}"), Utc::now());
        assert!(
            shot.bytes(Role::Original)[at..].starts_with(start),
            "{form:?}"
        );
        for role in [Role::Original, Role::Edited, Role::Motion] {
            assert_eq!(shot.bytes(role), shot.clone().bytes(role));
            assert!(seen.insert(shot.bytes(role)), "{form:?} {role:?}");
        }
        let other = shot.variant(1);
        assert!(seen.insert(other.bytes(Role::Original)), "{form:?}");
    }
}

/// Where the machine has `ffprobe`, it must find the date under Apple's key, and a film that it can read.
#[test]
fn apple_s_creation_date_is_found_by_a_player() {
    let shot = Shot {
        form: Form::Mov,
        embedded: Embedded::QuickTimeKeys {
            local: wall(),
            offset_minutes: 120,
        },
        ..Shot::video("a.MOV", "2019-05-18T10:00:00Z")
    };
    let path = folder("film").join("a.mov");
    fs::write(&path, shot.bytes(Role::Original)).unwrap();
    let arguments = [
        "-v",
        "error",
        "-show_entries",
        "format_tags:format=duration",
        "-of",
        "default",
    ];
    let Ok(output) = Command::new("ffprobe").args(arguments).arg(&path).output() else {
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        text.contains("com.apple.quicktime.creationdate=2019-05-18T12:00:00+0200"),
        "{text}"
    );
    assert!(text.contains("creation_time=2019-05-18T10:00:00"), "{text}");
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Where the machine has Python with Pillow, it must open the small pictures.
#[test]
fn small_pictures_open_elsewhere() {
    let folder = folder("pictures");
    for (form, name) in [
        (Form::Png, "a.png"),
        (Form::Gif, "a.gif"),
        (Form::Webp, "a.webp"),
    ] {
        let shot = Shot::of(form, name, Utc::now());
        let path = folder.join(name);
        fs::write(&path, shot.bytes(Role::Original)).unwrap();
        let script = "import sys
try: from PIL import Image
except ImportError: sys.exit(0)
Image.open(sys.argv[1]).load()";
        let Ok(output) = Command::new("python3")
            .args(["-c", script])
            .arg(&path)
            .output()
        else {
            return;
        };
        assert!(
            output.status.success(),
            "{name}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
