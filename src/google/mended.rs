//! JSON in which a text holds what no text may hold: bytes that are no UTF-8, half of a surrogate pair, a bare control
//! character. A name that somebody gave a photo must not make the whole page unreadable.

use std::fmt::Write;
use std::iter::Peekable;
use std::str::Chars;

/// The same with U+FFFD in place of all that; `None` where nothing of it is in there.
pub(super) fn mended(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let mut mended = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut in_string = false;
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                in_string = !in_string;
                mended.push(c);
            }
            '\\' if in_string => escaped(&mut chars, &mut mended),
            c if in_string && c < ' ' => mended.push(char::REPLACEMENT_CHARACTER),
            c => mended.push(c),
        }
    }
    (mended.as_bytes() != body).then_some(mended)
}

/// What follows a backslash.
fn escaped(chars: &mut Peekable<Chars<'_>>, mended: &mut String) {
    match chars.next() {
        Some('u') => match unit(chars) {
            Some(high @ 0xd800..=0xdbff) => match second_half(chars) {
                Some(low) => {
                    push_unit(mended, high);
                    push_unit(mended, low);
                }
                None => mended.push(char::REPLACEMENT_CHARACTER),
            },
            None | Some(0xdc00..=0xdfff) => mended.push(char::REPLACEMENT_CHARACTER),
            Some(unit) => push_unit(mended, unit),
        },
        Some(c @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't')) => {
            mended.push('\\');
            mended.push(c);
        }
        _ => mended.push(char::REPLACEMENT_CHARACTER),
    }
}

/// Four hexadecimal digits.
fn unit(chars: &mut Peekable<Chars<'_>>) -> Option<u32> {
    let mut unit = 0;
    for _ in 0..4 {
        unit = unit << 4 | chars.next_if(char::is_ascii_hexdigit)?.to_digit(16)?;
    }
    Some(unit)
}

/// The escaped other half of a pair, if that is what comes next. Otherwise nothing is taken.
fn second_half(chars: &mut Peekable<Chars<'_>>) -> Option<u32> {
    let mut ahead = chars.clone();
    ahead.next_if_eq(&'\\')?;
    ahead.next_if_eq(&'u')?;
    let low = unit(&mut ahead).filter(|low| (0xdc00..=0xdfff).contains(low))?;
    *chars = ahead;
    Some(low)
}

fn push_unit(text: &mut String, unit: u32) {
    let _ = write!(text, "\\u{unit:04x}");
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_no_text_may_hold_is_replaced_and_the_rest_stays() {
        for (body, name) in [
            (&b"{\"a\": \"x\\ud800y\"}"[..], "x\u{fffd}y"),
            (b"{\"a\": \"x\\udc00\"}", "x\u{fffd}"),
            (b"{\"a\": \"\\ud800\\ud83d\\ude00\"}", "\u{fffd}\u{1f600}"),
            (b"{\"a\": \"x\xff\xfey\"}", "x\u{fffd}\u{fffd}y"),
            (b"{\"a\": \"two\nlines\"}", "two\u{fffd}lines"),
            (
                b"{\"a\": \"\\x41 \\u12 \\\" \\\\ \\u00e4\xff\"}",
                "\u{fffd}41 \u{fffd} \" \\ \u{e4}\u{fffd}",
            ),
        ] {
            assert!(serde_json::from_slice::<Value>(body).is_err());
            let mended = mended(body).expect("something to mend");
            let read: Value = serde_json::from_str(&mended).unwrap_or_else(|_| panic!("{mended}"));
            assert_eq!(read, json!({ "a": name }));
        }
    }

    #[test]
    fn what_is_wrong_otherwise_stays_wrong() {
        for body in [
            &b"{\"a\": \"cut"[..],
            b"{\"a\": 1",
            b"[",
            b"",
            b"{\"a\": \"b\\",
        ] {
            let read = mended(body).map(|text| serde_json::from_str::<Value>(&text).is_ok());
            assert_ne!(read, Some(true));
        }
    }
}
