//! Halves of characters in JSON: text that was cut in the middle of an emoji has an escape such as `\ud83d` without its other half.
//! The grammar of JSON allows it, and no string can hold it.

/// The text with U+FFFD for each such half; `None` where there is none.
pub(super) fn mended(text: &[u8]) -> Option<Vec<u8>> {
    let (mut mended, mut at, mut has_any) = (Vec::with_capacity(text.len()), 0, false);
    while let Some(byte) = text.get(at) {
        if *byte != b'\\' {
            mended.push(*byte);
            at += 1;
            continue;
        }
        let rest = &text[at..];
        let next = rest.get(ESCAPE..).and_then(unit);
        let taken = match (unit(rest), next) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 2 * ESCAPE,
            (Some(0xd800..=0xdfff), _) => {
                mended.extend_from_slice(br"\ufffd");
                (at, has_any) = (at + ESCAPE, true);
                continue;
            }
            (Some(_), _) => ESCAPE,
            // Any other escape, such as that of a backslash.
            (None, _) => 2,
        };
        mended.extend_from_slice(text.get(at..at + taken)?);
        at += taken;
    }
    has_any.then_some(mended)
}

/// Bytes of `\u1234`.
const ESCAPE: usize = 6;

/// The code unit of an escape at the beginning of a text.
fn unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(br"\u")?.get(..4)?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_replaced_and_nothing_else() {
        for (text, expected) in [
            (r#"{"a":"x\ud83d"}"#, Some(r#"{"a":"x\ufffd"}"#)),
            (r#"{"a":"\ude00y"}"#, Some(r#"{"a":"\ufffdy"}"#)),
            (
                r#"{"a":"\ud83d\ud83d\ude00"}"#,
                Some(r#"{"a":"\ufffd\ud83d\ude00"}"#),
            ),
            (r#"{"a":"\ud83d\ude00"}"#, None),
            (r#"{"a":"\\ud83d"}"#, None),
            (r#"{"a":"\n\u00e9"}"#, None),
        ] {
            let mended = mended(text.as_bytes()).map(|text| String::from_utf8(text).expect("text"));
            assert_eq!(mended.as_deref(), expected, "{text}");
        }
    }
}
