//! Names and sentences from the network on their way to a terminal: what would move the cursor, change colours or hide
//! text is shown instead of obeyed.

use std::borrow::Cow;

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

/// Control characters, bidirectional overrides and isolates, and what has no width.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_not_obeyed() {
        assert_eq!(
            escape("a\x1b]0;x\x07\u{9b}2J\u{202e}b\n"),
            "a\\u{1b}]0;x\\u{7}\\u{9b}2J\\u{202e}b\\u{a}"
        );
        assert_eq!(escape("Grüße 👍 日本.jpg"), "Grüße 👍 日本.jpg");
    }
}
