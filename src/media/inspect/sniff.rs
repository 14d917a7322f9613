//! What a file is, by its first bytes; and what it is instead, when it is no photo and no video.
//!
//! The second half matters as much as the first: servers and proxies answer with pages of HTML and bits of JSON under status
//! 200, and the report should say so.

use super::bmff::Bmff;
use super::jpeg::Jpeg;
use super::{Format, NotMedia, Walker};

/// How much of a file is looked at. Enough for three packets of a transport stream and for a page's prologue of comments.
pub(super) const HEAD: usize = 1024;

/// The format as far as the first bytes tell it (the walker may know better later) and the walker for it.
pub(super) fn walker(head: &[u8]) -> Option<(Format, Box<dyn Walker>)> {
    let walker: (Format, Box<dyn Walker>) = match head {
        [0xff, 0xd8, 0xff, ..] => (Format::Jpeg, Box::new(Jpeg::new())),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => (Format::Mp4, Box::new(Bmff::new())),
        // QuickTime before 2005 has no `ftyp`.
        [_, _, _, _, kind @ ..]
            if [b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"]
                .iter()
                .any(|known| kind.starts_with(*known)) =>
        {
            (Format::QuickTime, Box::new(Bmff::new()))
        }
        _ => return None,
    };
    Some(walker)
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
