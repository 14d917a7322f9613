//! One behaviour at a time, on bytes made by hand.

use super::*;

const STILL: &[u8] = include_bytes!("../../../../tests/fixtures/media/baseline.jpg");
const FILM: &[u8] = include_bytes!("../../../../tests/fixtures/media/plain.mp4");
const HEIC: &[u8] = include_bytes!("../../../../tests/fixtures/media/plain.heic");
const PNG: &[u8] = include_bytes!("../../../../tests/fixtures/media/plain.png");
const AVI: &[u8] = include_bytes!("../../../../tests/fixtures/media/plain.avi");
const STREAM: &[u8] = include_bytes!("../../../../tests/fixtures/media/plain.ts");
const PROGRAM: &[u8] = include_bytes!("../../../../tests/fixtures/media/plain.mpg");
const SEQUENCE: &[u8] = include_bytes!("../../../../tests/fixtures/media/plain.m1v");

fn joined(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

fn a_box(kind: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let size = u32::try_from(payload.len() + 8).unwrap();
    joined(&[&size.to_be_bytes(), &kind, payload])
}

/// `stco` inside the boxes that lead to it, with one chunk there.
fn movie_with_chunk(offset: u32) -> Vec<u8> {
    let table = a_box(
        *b"stco",
        &joined(&[&[0; 4], &1_u32.to_be_bytes(), &offset.to_be_bytes()]),
    );
    let inner = [b"stbl", b"minf", b"mdia", b"trak"]
        .iter()
        .fold(table, |inner, kind| a_box(**kind, &inner));
    a_box(*b"moov", &inner)
}

fn verdict(bytes: &[u8]) -> Verdict {
    let at_once = inspect(bytes);
    assert_eq!(inspect_in_chunks(bytes, std::iter::repeat(3)), at_once);
    at_once.verdict
}

fn broken(bytes: &[u8]) -> &'static str {
    match verdict(bytes) {
        Verdict::Broken(what) => what,
        other => panic!("not broken: {other:?}"),
    }
}

#[test]
fn jpeg_with_scribbles_behind_it() {
    for scribble in [
        &b"SEFH\0\0\0\0SEFT"[..],
        b"\0\0\0\0\0",
        b"\xff\xd8",
        b"\xff\xd8\xff",
        b"\n",
        &[0; 100],
    ] {
        let seen = inspect(&joined(&[STILL, scribble]));
        assert_eq!(
            (seen.verdict, seen.trailing),
            (Verdict::Whole, scribble.len() as u64),
            "{scribble:?}"
        );
    }
    // Padding between photo and clip, and a maker's block behind the clip.
    let motion = joined(&[STILL, &[0; 37], FILM, b"SEFH...SEFT"]);
    assert_eq!(verdict(&motion), Verdict::Whole);
    let cut = &motion[..STILL.len() + 37 + FILM.len() - 1];
    assert_eq!(broken(cut), "the clip appended to the photo is cut short");
    assert_eq!(
        broken(&joined(&[STILL, &STILL[..700]])),
        "a picture appended to the first one is cut short"
    );
    // What only looks like a clip is none.
    assert_eq!(
        verdict(&joined(&[
            STILL,
            b"\0\0\0\x08ftyp\0\0\0\x01abcd\0\0\0\0\0\0\0\x01"
        ])),
        Verdict::Whole
    );
}

#[test]
fn jpeg_structure() {
    assert_eq!(
        broken(b"\xff\xd8\xff\xe0\0\x04ab\xff\xd9"),
        "the end marker comes before the picture data"
    );
    assert_eq!(
        broken(b"\xff\xd8\xff\xe0\0\x01"),
        "a segment with an impossible length"
    );
    assert_eq!(
        broken(&STILL[..300]),
        "the file stops before the picture data"
    );
    assert_eq!(
        broken(&STILL[..STILL.len() - 1]),
        "the picture data stop before the end marker"
    );
    // Fill bytes before markers; the height only at the end of the scan (DNL).
    let odd = b"\xff\xd8\xff\xff\xff\xc0\0\x0b\x08\0\0\0\x09\x01\x11\0\0\xff\xda\0\x08\x01\x01\0\0\x3f\0ab\xff\0\xff\xd0c\xff\xdc\0\x04\0\x07\xff\xff\xd9";
    let seen = inspect(odd);
    assert_eq!(
        (seen.verdict, seen.dimensions),
        (Verdict::Whole, Some((9, 7)))
    );
    assert_eq!(verdict(odd), Verdict::Whole);
}

#[test]
fn base_media_sizes() {
    let start = a_box(*b"ftyp", b"isom\0\0\0\0isom");
    let data = a_box(*b"mdat", &[7; 100]);
    let movie = movie_with_chunk(20);
    assert_eq!(verdict(&joined(&[&start, &data, &movie])), Verdict::Whole);
    // A size of 64 bits.
    let large = joined(&[
        &1_u32.to_be_bytes(),
        b"mdat",
        &116_u64.to_be_bytes(),
        &[7; 100],
    ]);
    assert_eq!(verdict(&joined(&[&start, &large, &movie])), Verdict::Whole);
    assert_eq!(
        broken(&joined(&[&start, &movie, &large[..115]])),
        "a box reaches beyond the end"
    );
    let endless = joined(&[
        &1_u32.to_be_bytes(),
        b"mdat",
        &u64::MAX.to_be_bytes(),
        &[7; 100],
    ]);
    assert_eq!(
        broken(&joined(&[&start, &movie, &endless])),
        "a box reaches beyond the end"
    );
    // No size: to the end of the file, as far as one can tell.
    let open = joined(&[&0_u32.to_be_bytes(), b"mdat", &[7; 100]]);
    assert_eq!(
        verdict(&joined(&[&start, &movie, &open])),
        Verdict::Unchecked
    );
    assert_eq!(
        broken(&joined(&[&start, &movie_with_chunk(5000), &open])),
        "its tables point beyond its end"
    );
    // Something is missing.
    assert_eq!(
        broken(&joined(&[&start, &data])),
        "the film's index (moov) is missing"
    );
    assert_eq!(
        broken(&joined(&[&start, &movie])),
        "the film's data (mdat) are missing"
    );
    assert_eq!(
        broken(&joined(&[&start, &data, b"\0\0\0\x03????"])),
        "bytes that are no box where one should begin"
    );
    // Before 2005 there was no `ftyp`.
    let old = inspect(&joined(&[&a_box(*b"wide", b""), &data, &movie]));
    assert_eq!(
        (old.format, old.verdict),
        (Some(Format::QuickTime), Verdict::Whole)
    );
    assert_eq!(verdict(&joined(&[&data, &movie])), Verdict::Whole);
}

#[test]
fn base_media_with_more_behind_it() {
    for (more, trailing) in [
        (&b"SEFT...........!"[..], 16),
        (&[0; 64], 64),
        (b"\xab\xcd", 2),
        (&a_box(*b"free", b"1234"), 0),
        (&a_box(*b"sefd", b"1234"), 0),
    ] {
        let seen = inspect(&joined(&[FILM, more]));
        assert_eq!(
            (seen.verdict, seen.trailing),
            (Verdict::Whole, trailing),
            "{more:?}"
        );
        verdict(&joined(&[FILM, more]));
    }
    assert_eq!(
        broken(&joined(&[FILM, b"\0\0\x10\0free"])),
        "a box reaches beyond the end"
    );
    assert_eq!(
        broken(&joined(&[FILM, b"\0\0\x10"])),
        "the file stops within the header of a box"
    );

    let motion = inspect(&joined(&[HEIC, &a_box(*b"mpvd", FILM)]));
    assert_eq!(
        (motion.verdict, motion.motion, motion.format),
        (Verdict::Whole, true, Some(Format::Heic))
    );
}

#[test]
fn brands() {
    for (brands, format) in [
        (&b"qt  \0\0\0\0qt  "[..], Format::QuickTime),
        (b"mif1\0\0\0\0mif1avif", Format::Avif),
        (b"mif1\0\0\0\0mif1heic", Format::Heic),
        (b"heix\0\0\0\0mif1", Format::Heic),
        (b"avis\0\0\0\0", Format::Avif),
        (b"crx \0\0\0\x01", Format::Cr3),
        (b"3g2a\0\0\0\0", Format::ThreeGp),
        (b"M4VH\0\0\0\0", Format::M4v),
        (b"XAVC\0\0\0\0", Format::Mp4),
    ] {
        assert_eq!(inspect(&a_box(*b"ftyp", brands)).format, Some(format));
    }
}

#[test]
fn damaged_png() {
    let mut bytes = PNG.to_vec();
    let at = bytes.windows(4).position(|name| name == b"IDAT").unwrap() + 10;
    bytes[at] ^= 1;
    assert_eq!(broken(&bytes), "the checksum of a chunk does not match");
    assert_eq!(inspect(&joined(&[PNG, b"more"])).trailing, 4);
}

#[test]
fn avi_of_a_camera_that_died() {
    let mut bytes = AVI.to_vec();
    bytes[4..8].fill(0);
    assert_eq!(verdict(&bytes), Verdict::Unchecked);
    assert_eq!(
        broken(&bytes[..300]),
        "the file is shorter than its header says"
    );
    let seen = inspect(&joined(&[AVI, b"JUNK.........!"]));
    assert_eq!((seen.verdict, seen.trailing), (Verdict::Whole, 14));
}

#[test]
fn broadcast_formats() {
    let stamped: Vec<u8> = STREAM
        .chunks(188)
        .flat_map(|packet| joined(&[b"\0\0\0\x01", packet]))
        .collect();
    assert_eq!(inspect(&stamped).format, Some(Format::MpegTs));
    assert_eq!(verdict(&stamped), Verdict::Unchecked);
    assert_eq!(
        broken(&stamped[..stamped.len() - 1]),
        "the file stops within a packet"
    );
    let mut late = STREAM.to_vec();
    late[4 * 188] = 0;
    assert_eq!(broken(&late), "its packets are out of step");
    assert_eq!(
        verdict(&joined(&[PROGRAM, b"\0\0\x01\xb9"])),
        Verdict::Whole
    );
    assert_eq!(
        verdict(&joined(&[SEQUENCE, b"\0\0\x01\xb7"])),
        Verdict::Whole
    );
}

#[test]
fn camera_raw() {
    let raf = |length: usize| {
        let mut bytes = joined(&[b"FUJIFILMCCD-RAW ", &[0; 84]]);
        bytes.extend([0, 0, 0, 108, 0, 0, 1, 0]);
        bytes.resize(length, 9);
        inspect(&bytes)
    };
    assert_eq!(
        (raf(364).format, raf(364).verdict),
        (Some(Format::Raf), Verdict::Whole)
    );
    assert!(is_refused(raf(363).verdict) && is_refused(raf(50).verdict));

    // One empty directory at 16.
    let tiff = |magic: &[u8], length: usize| {
        let mut bytes = joined(&[magic, &16_u32.to_le_bytes()]);
        bytes.resize(length, 0);
        inspect(&bytes)
    };
    for (magic, format) in [
        (b"IIRO", Format::Orf),
        (b"IIRS", Format::Orf),
        (b"IIU\0", Format::Rw2),
        (b"II*\0", Format::Tiff),
    ] {
        let seen = tiff(magic, 100);
        assert_eq!(
            (seen.format, seen.verdict),
            (Some(format), Verdict::Unchecked)
        );
        assert_eq!(
            tiff(magic, 16).verdict,
            Verdict::Broken("the file stops before one of its directories")
        );
    }
    for (head, format) in [
        (&b"FOVb...."[..], Format::X3f),
        (b"II\x1a\0\0\0HEAPCCDR", Format::Crw),
        (b"II+\0\x08\0\0\0", Format::Tiff),
        (b"II*\0\x10\0\0\0CR\x02\0", Format::Cr2),
    ] {
        assert_eq!(inspect(&joined(&[head, &[0; 50]])).format, Some(format));
    }
}

#[test]
fn directories_that_loop_or_lead_back() {
    // The next directory is the first one again: given up, not followed for ever.
    let directory = joined(&[&1_u16.to_le_bytes(), &[0; 12], &8_u32.to_le_bytes()]);
    assert_eq!(
        verdict(&joined(&[b"II*\0\x08\0\0\0", &directory])),
        Verdict::Unchecked
    );
    let back = joined(&[&1_u16.to_le_bytes(), &[0; 12], &4_u32.to_le_bytes()]);
    assert_eq!(
        verdict(&joined(&[b"II*\0\x08\0\0\0", &back])),
        Verdict::Unchecked
    );
}

#[test]
fn sentences_that_begin_like_films_are_text() {
    for text in [
        "for free",
        "BMW and others",
        "GIFs are nice",
        "RIFF-RAFF",
        "IIRON",
        "Flv",
        "skip wide",
    ] {
        assert!(is_refused(verdict(text.as_bytes())), "{text}");
    }
    assert_eq!(
        verdict(b"for free: a moovie"),
        Verdict::NotMedia(NotMedia::Text)
    );
}
