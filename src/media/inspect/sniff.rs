//! What a file is, by its first bytes; and what it is instead, when it is no photo and no video.
//!
//! The second half matters as much as the first: servers and proxies answer with pages of HTML and bits of JSON under status
//! 200, and the report should say so.

use super::asf::{self, Asf, Flv};
use super::bmff::Bmff;
use super::boxes::{Boxes, Codestream, Opaque};
use super::declared::{self, Declared};
use super::ebml::Ebml;
use super::gif::Gif;
use super::jpeg::Jpeg;
use super::mpeg::{Program, Sequence, Transport};
use super::png::Png;
use super::riff::Riff;
use super::tiff::{Depth, Tiff};
use super::{Format, NotMedia, Walker};

/// How much of a file is looked at. Enough for three packets of a transport stream and for a page's prologue of comments.
pub(super) const HEAD: usize = 1024;

type NewWalker = fn(&[u8]) -> Box<dyn Walker>;

/// First bytes of each format, `?` standing for any byte; the first line that fits is taken.
const SIGNATURES: &[(&[u8], Format, NewWalker)] = &[
    (b"\xff\xd8\xff", Format::Jpeg, |_| Box::new(Jpeg::new())),
    (b"\x89PNG\r\n\x1a\n", Format::Png, |_| Box::<Png>::default()),
    (b"GIF87a", Format::Gif, |_| Box::<Gif>::default()),
    (b"GIF89a", Format::Gif, |_| Box::<Gif>::default()),
    (b"RIFF????WEBP", Format::WebP, |_| Box::<Riff>::default()),
    (b"RIFF????AVI ", Format::Avi, |_| Box::<Riff>::default()),
    (b"\0\0\0\x0cjP  \r\n\x87\n", Format::Jp2, |_| {
        Box::<Boxes>::default()
    }),
    (b"\xff\x4f\xff\x51", Format::J2k, |_| Box::new(Codestream)),
    (b"\0\0\0\x0cJXL \r\n\x87\n", Format::Jxl, |_| {
        Box::<Boxes>::default()
    }),
    (b"\xff\x0a", Format::Jxl, |_| Box::new(Opaque)),
    // The box itself says which one; films of before 2005 have none and begin with another box.
    (b"\0???ftyp", Format::Mp4, |_| Box::new(Bmff::new())),
    (b"\0???moov", Format::QuickTime, |_| Box::new(Bmff::new())),
    (b"\0???wide", Format::QuickTime, |_| Box::new(Bmff::new())),
    (b"\0???free", Format::QuickTime, |_| Box::new(Bmff::new())),
    (b"\0???skip", Format::QuickTime, |_| Box::new(Bmff::new())),
    (b"\0???pnot", Format::QuickTime, |_| Box::new(Bmff::new())),
    (b"????mdat", Format::QuickTime, |_| Box::new(Bmff::new())),
    (b"\x1a\x45\xdf\xa3", Format::Matroska, |_| {
        Box::<Ebml>::default()
    }),
    (b"\0\0\x01\xba", Format::MpegPs, |_| {
        Box::<Program>::default()
    }),
    (b"\0\0\x01\xb3", Format::MpegPs, |_| Box::new(Sequence)),
    (b"FLV\x01", Format::Flv, |_| Box::<Flv>::default()),
    (&asf::HEADER, Format::Asf, |_| Box::<Asf>::default()),
    // Two letters are little to go by: the reserved fields are zero, and so are the upper bytes of two sizes.
    (b"BM????\0\0\0\0??\0\0?\0\0\0", Format::Bmp, |_| {
        Box::new(Declared::new(declared::bmp))
    }),
    (b"\0\0\x01\0?\0???\0", Format::Ico, |_| {
        Box::new(Declared::new(declared::ico))
    }),
    // TIFF, and camera raw with the signatures that dcraw and exiftool go by; most makers' files are plain TIFF to the eye.
    (b"II*\0????CR", Format::Cr2, |head| {
        Box::new(Tiff::new(head, Depth::Everything))
    }),
    (b"II*\0", Format::Tiff, |head| {
        Box::new(Tiff::new(head, Depth::Everything))
    }),
    (b"MM\0*", Format::Tiff, |head| {
        Box::new(Tiff::new(head, Depth::Everything))
    }),
    // BigTIFF, with offsets of eight bytes: nobody's photos.
    (b"II+\0", Format::Tiff, |_| Box::new(Opaque)),
    (b"MM\0+", Format::Tiff, |_| Box::new(Opaque)),
    (b"IIRO", Format::Orf, |head| {
        Box::new(Tiff::new(head, Depth::FirstDirectory))
    }),
    (b"IIRS", Format::Orf, |head| {
        Box::new(Tiff::new(head, Depth::FirstDirectory))
    }),
    (b"MMOR", Format::Orf, |head| {
        Box::new(Tiff::new(head, Depth::FirstDirectory))
    }),
    (b"IIU\0", Format::Rw2, |head| {
        Box::new(Tiff::new(head, Depth::FirstDirectory))
    }),
    (b"FUJIFILMCCD-RAW ", Format::Raf, |_| {
        Box::new(Declared::new(declared::raf))
    }),
    (b"II\x1a\0\0\0HEAPCCDR", Format::Crw, |_| Box::new(Opaque)),
    (b"FOVb", Format::X3f, |_| Box::new(Opaque)),
];

/// The format as far as the first bytes tell it (the walker may know better later) and the walker for it.
pub(super) fn walker(head: &[u8]) -> Option<(Format, Box<dyn Walker>)> {
    let fits = |signature: &[u8]| {
        head.len() >= signature.len()
            && signature
                .iter()
                .zip(head)
                .all(|(sign, byte)| *sign == b'?' || sign == byte)
    };
    match SIGNATURES.iter().find(|(signature, ..)| fits(signature)) {
        Some((_, format, new)) => Some((*format, new(head))),
        // No signature, but a rhythm.
        None => Some((Format::MpegTs, Box::new(Transport::sniff(head)?))),
    }
}

/// How pages begin, as <https://mimesniff.spec.whatwg.org/> has it, without its rarer tags.
const PAGE: [&str; 7] = [
    "<!doctype html",
    "<html",
    "<head",
    "<body",
    "<script",
    "<title",
    "<meta",
];

/// What a head is that no walker knows.
pub(super) fn not_media(head: &[u8]) -> NotMedia {
    if head.is_empty() {
        return NotMedia::Empty;
    }
    let Some(text) = decode(head) else {
        return NotMedia::Unknown;
    };
    let text = text
        .trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
        .to_ascii_lowercase();
    let has_prologue = text.starts_with("<?xml") || text.starts_with("<!--");
    let is_page = PAGE
        .iter()
        .any(|tag| text.starts_with(tag) || has_prologue && text.contains(tag));
    if is_page {
        NotMedia::Html
    } else if text.starts_with("<?") || text.starts_with("<!") || is_element(&text) {
        NotMedia::Xml
    } else if text.starts_with(['{', '[']) || text.starts_with(")]}'") {
        NotMedia::Json
    } else {
        NotMedia::Text
    }
}

/// The head as text: UTF-8, UTF-16 with a byte order mark, or Latin-1. `None` for anything with control characters.
fn decode(head: &[u8]) -> Option<String> {
    let utf16 = |from: fn([u8; 2]) -> u16| {
        let units = head.chunks_exact(2).map(|pair| from([pair[0], pair[1]]));
        char::decode_utf16(units)
            .map(|c| c.unwrap_or('\u{fffd}'))
            .collect::<String>()
    };
    let text = match head {
        [0xff, 0xfe, ..] => utf16(u16::from_le_bytes),
        [0xfe, 0xff, ..] => utf16(u16::from_be_bytes),
        _ => String::from_utf8_lossy(head).into_owned(),
    };
    let is_binary = |c: char| c.is_control() && !c.is_whitespace() && c != '\u{1b}';
    // A stray byte here and there is Latin-1; many of them are no text.
    let strange = text.chars().filter(|&c| c == '\u{fffd}').count();
    let is_text = !text.contains(is_binary) && strange * 8 <= text.chars().count();
    is_text.then_some(text)
}

fn is_element(text: &str) -> bool {
    text.strip_prefix('<')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()))
}
