//! Names and sentences from the network on their way to a terminal: what would move the cursor, change colours or hide
//! text is shown instead of obeyed.

use std::borrow::Cow;
use std::fmt::Write;

/// The text with every character replaced by its code that a terminal might obey or hide.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let shown = |c: char| {
        if is_unsafe(c) {
            c.escape_unicode().to_string()
        } else {
            c.to_string()
        }
    };
    Cow::Owned(text.chars().map(shown).collect())
}

/// JSON with the same characters as `\u` and four digits, which any reader of JSON undoes.
pub(crate) fn escape_json(value: &serde_json::Value) -> String {
    let mut escaped = String::new();
    for c in value.to_string().chars() {
        if is_unsafe(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// Control characters, bidirectional overrides and isolates, and what has no width.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_stays_the_same_json() {
        let value = serde_json::json!({ "a\u{9b}\u{202e}": "\u{e0041}\n\"" });
        let text = escape_json(&value);
        assert!(text.is_ascii(), "{text}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text).expect("JSON"),
            value
        );
    }

    #[test]
    fn a_terminal_is_not_obeyed() {
        assert_eq!(
            escape("a\x1b]0;x\x07\u{9b}2J\u{202e}b\n"),
            "a\\u{1b}]0;x\\u{7}\\u{9b}2J\\u{202e}b\\u{a}"
        );
        assert_eq!(escape("Grüße 👍 日本.jpg"), "Grüße 👍 日本.jpg");
    }
}
