//! Real files, cut at every byte and fed in every way; `quirks` has what real files do not show.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;

use super::*;

mod quirks;

/// A small real file, and everything that is to be seen in it.
struct Fixture {
    name: &'static str,
    bytes: &'static [u8],
    format: Format,
    dimensions: Option<(u32, u32)>,
    verdict: Verdict,
    trailing: u64,
    motion: bool,
    taken: Option<&'static str>,
    /// Lengths to which the file can be cut without anyone being able to see it, and why.
    unseen: fn(usize) -> bool,
}

macro_rules! fixture {
    ($name:literal, $format:ident, $dimensions:expr $(, $field:ident: $value:expr)*) => {{
        Fixture {
            name: $name,
            bytes: include_bytes!(concat!("../../../tests/fixtures/media/", $name)),
            format: Format::$format,
            dimensions: $dimensions,
            $($field: $value,)*
            ..PLAIN
        }
    }};
}

const PLAIN: Fixture = Fixture {
    name: "",
    bytes: &[],
    format: Format::Jpeg,
    dimensions: None,
    verdict: Verdict::Whole,
    trailing: 0,
    motion: false,
    taken: None,
    unseen: |_| false,
};

const WHEN: Option<&str> = Some("2024-03-09T07:15:42");

fn fixtures() -> Vec<Fixture> {
    let small = Some((24, 16));
    let square = Some((64, 64));
    let film = Some((32, 16));
    vec![
        fixture!("baseline.jpg", Jpeg, small),
        fixture!("progressive.jpg", Jpeg, small, taken: WHEN),
        fixture!("restart.jpg", Jpeg, small),
        // Its thumbnail is a whole JPEG with an end marker of its own.
        fixture!("thumbnail.jpg", Jpeg, small, taken: WHEN),
        // The photo ends at 1150. Less than eight bytes of a clip cannot be told from a phone's scribbles.
        fixture!("motion.jpg", Jpeg, small, taken: WHEN, motion: true, trailing: 1042, unseen: |length| {
            (1150..1158).contains(&length)
        }),
        // Two pictures in a row; the first ends at 773.
        fixture!("pair.jpg", Jpeg, small, trailing: 782, unseen: |length| (773..781).contains(&length)),
        fixture!("plain.png", Png, small, taken: WHEN),
        fixture!("animated.png", Png, small),
        fixture!("still.gif", Gif, small),
        fixture!("animated.gif", Gif, Some((20, 10))),
        fixture!("lossy.webp", WebP, small),
        fixture!("lossless.webp", WebP, small),
        fixture!("extended.webp", WebP, small, taken: WHEN, motion: true),
        fixture!("animated.webp", WebP, small),
        fixture!("little.tif", Tiff, small),
        fixture!("tiny.dng", Dng, small, taken: WHEN),
        fixture!("deflate.tif", Tiff, small),
        fixture!("lzw.tif", Tiff, small),
        fixture!("plain.bmp", Bmp, small),
        fixture!("icon.ico", Ico, Some((16, 11))),
        fixture!("plain.jp2", Jp2, small),
        fixture!("raw.j2k", J2k, small),
        // The bare codestream does not say where it ends.
        fixture!("bare.jxl", Jxl, None, verdict: Verdict::Unchecked, unseen: |length| length >= 2),
        // Between the picture and its EXIF.
        fixture!("boxed.jxl", Jxl, None, unseen: |length| length == 523),
        fixture!("parts.jxl", Jxl, None),
        fixture!("plain.avi", Avi, film),
        // Between two of the outermost chunks.
        fixture!("long.avi", Avi, film, unseen: |length| length == 468),
        fixture!("plain.mkv", Matroska, film),
        fixture!("plain.webm", WebM, film),
        // A live recording: between two elements.
        fixture!("live.webm", WebM, film, verdict: Verdict::Unchecked),
        // Between two packets, or tags.
        fixture!("plain.ts", MpegTs, None, verdict: Verdict::Unchecked, unseen: |length| length > 0 && length % 188 == 0),
        fixture!("plain.mpg", MpegPs, None, verdict: Verdict::Unchecked, unseen: |length| matches!(length, 27 | 258)),
        fixture!("plain.m1v", MpegPs, film, verdict: Verdict::Unchecked, unseen: |length| length >= 8),
        fixture!("plain.wmv", Asf, None),
        fixture!("plain.flv", Flv, None, verdict: Verdict::Unchecked, unseen: |length| matches!(length, 187 | 353 | 377)),
        fixture!("plain.heic", Heic, square),
        fixture!("described.heic", Heic, square, taken: WHEN, motion: true),
        fixture!("plain.avif", Avif, square),
        fixture!("plain.mp4", Mp4, film),
        fixture!("fast.mp4", Mp4, film),
        fixture!("film.mov", QuickTime, film, taken: Some("2024-03-09T06:15:42")),
        fixture!("phone.3gp", ThreeGp, film),
        fixture!("apple.m4v", M4v, film),
        // Cut between two fragments, in a file whose index comes last: a shorter recording looks the same.
        fixture!("fragmented.mp4", Mp4, film, unseen: |length| matches!(length, 1055 | 1323 | 1593)),
        // With the index (sidx) first, only the second index at the end can be lost unseen.
        fixture!("indexed.mp4", Mp4, film, unseen: |length| length == 1669),
    ]
}

fn inspect(bytes: &[u8]) -> Inspection {
    let mut inspector = Inspector::new();
    inspector.feed(bytes);
    inspector.finish()
}

fn inspect_in_chunks(bytes: &[u8], mut sizes: impl Iterator<Item = usize>) -> Inspection {
    let mut inspector = Inspector::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let size = sizes.next().unwrap_or(rest.len()).clamp(1, rest.len());
        let (chunk, later) = rest.split_at(size);
        inspector.feed(chunk);
        rest = later;
    }
    inspector.finish()
}

fn is_refused(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Broken(_) | Verdict::NotMedia(_))
}

#[test]
fn whole_files_are_seen_for_what_they_are() {
    for fixture in fixtures() {
        let expected = Inspection {
            format: Some(fixture.format),
            dimensions: fixture.dimensions,
            verdict: fixture.verdict,
            trailing: fixture.trailing,
            motion: fixture.motion,
            taken: fixture.taken.map(|taken| taken.parse().unwrap()),
            ahead: None,
        };
        assert_eq!(inspect(fixture.bytes), expected, "{}", fixture.name);
        let extension = fixture.format.extension();
        assert!(
            crate::media::naming::has_media_extension(&format!("x.{extension}")),
            "{extension}"
        );
    }
}

#[test]
fn no_cut_goes_unseen() {
    let mut complaints = Vec::new();
    for fixture in fixtures() {
        for length in 0..fixture.bytes.len() {
            let seen = inspect(&fixture.bytes[..length]);
            if is_refused(seen.verdict) == (fixture.unseen)(length) {
                complaints.push(format!(
                    "{} cut to {length}: {:?}",
                    fixture.name, seen.verdict
                ));
            }
        }
    }
    assert!(
        complaints.is_empty(),
        "{} complaints\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}

#[test]
fn a_byte_at_a_time_is_as_good_as_all_at_once() {
    for fixture in fixtures() {
        assert_eq!(
            inspect_in_chunks(fixture.bytes, std::iter::repeat(1)),
            inspect(fixture.bytes),
            "{}",
            fixture.name
        );
        for length in (0..fixture.bytes.len()).step_by(7) {
            let cut = &fixture.bytes[..length];
            assert_eq!(
                inspect_in_chunks(cut, std::iter::repeat(1)),
                inspect(cut),
                "{} cut to {length}",
                fixture.name
            );
        }
    }
}

#[test]
fn what_a_server_says_instead_of_a_photo() {
    for (text, expected) in [
        ("", NotMedia::Empty),
        (
            "<!DOCTYPE html><html><title>Error 403</title>",
            NotMedia::Html,
        ),
        ("\u{feff}\r\n  <HTML lang=en>", NotMedia::Html),
        (
            "<?xml version=\"1.0\"?><!DOCTYPE html PUBLIC><html xmlns=\"\">",
            NotMedia::Html,
        ),
        ("<!-- proxy --><body>", NotMedia::Html),
        ("{\"error\": {\"code\": 403}}", NotMedia::Json),
        ("\u{feff}[1, 2]", NotMedia::Json),
        (")]}'\n{}", NotMedia::Json),
        ("<?xml version=\"1.0\"?><Error/>", NotMedia::Xml),
        ("<svg xmlns=\"http://www.w3.org/2000/svg\">", NotMedia::Xml),
        ("upstream connect error", NotMedia::Text),
        ("\n\n", NotMedia::Text),
        ("Anfrage ungültig", NotMedia::Text),
        ("a\0b", NotMedia::Unknown),
        ("%PDF-1.7\u{0}", NotMedia::Unknown),
    ] {
        assert_eq!(
            inspect(text.as_bytes()).verdict,
            Verdict::NotMedia(expected),
            "{text:?}"
        );
    }
    let utf16: Vec<u8> = "\u{feff}<html>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(inspect(&utf16).verdict, Verdict::NotMedia(NotMedia::Html));
    assert_eq!(
        inspect(b"Anfrage ung\xfcltig").verdict,
        Verdict::NotMedia(NotMedia::Text)
    );
    assert_eq!(
        inspect(&[0x80; 5000]).verdict,
        Verdict::NotMedia(NotMedia::Unknown)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn chunks_change_nothing(which in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>(), sizes in prop::collection::vec(1_usize..400, 0..40)) {
        let fixtures = fixtures();
        let fixture = &fixtures[which.index(fixtures.len())];
        for bytes in [fixture.bytes, &fixture.bytes[..cut.index(fixture.bytes.len())]] {
            prop_assert_eq!(inspect_in_chunks(bytes, sizes.iter().copied()), inspect(bytes), "{}", fixture.name);
        }
    }

    #[test]
    fn damage_never_panics_and_chunks_change_nothing(
        which in any::<prop::sample::Index>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), prop_oneof![any::<u8>(), Just(0), Just(0xff)]), 1..20),
        sizes in prop::collection::vec(1_usize..100, 0..40),
    ) {
        let fixtures = fixtures();
        let mut bytes = fixtures[which.index(fixtures.len())].bytes.to_vec();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        prop_assert_eq!(inspect_in_chunks(&bytes, sizes.iter().copied()), inspect(&bytes));
    }

    #[test]
    fn noise_behind_any_beginning_never_panics(which in any::<prop::sample::Index>(), keep in 0_usize..64, noise in prop::collection::vec(any::<u8>(), 0..2000)) {
        let fixtures = fixtures();
        let fixture = &fixtures[which.index(fixtures.len())];
        let mut bytes = fixture.bytes[..keep].to_vec();
        bytes.extend(noise);
        prop_assert_eq!(inspect_in_chunks(&bytes, std::iter::repeat(1)), inspect(&bytes));
    }
}
