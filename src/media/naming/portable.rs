//! What one path component may look like on Linux, macOS and Windows at once, and which names those systems take for one.
//!
//! Separate from the parent because folders (`layout`) obey the same character rules as files.
//!
//! Sources: <https://learn.microsoft.com/windows/win32/fileio/naming-a-file> (forbidden characters, device names, final
//! dots and spaces), <https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point> (characters that show nothing),
//! Linux `fs/unicode` (ext4 and f2fs case folding compares NFD, without ignorables, fully case-folded).

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Makes one component of any text, or an empty string when nothing is left of it. Applying it twice changes nothing.
pub(crate) fn clean(text: &str) -> String {
    let composed: String = text
        .nfc()
        .filter(|&c| !is_invisible(c))
        .map(replace_forbidden)
        .nfc()
        .collect();
    let shown = composed
        .trim_start()
        .trim_end_matches(|c: char| c == '.' || c.is_whitespace());
    match shown.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None => shown.to_owned(),
    }
}

/// True for names that Windows gives to a device in every folder, whatever follows their first dot.
pub(crate) fn is_device(name: &str) -> bool {
    let base = name.split('.').next().unwrap_or_default().trim_end();
    if ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"]
        .iter()
        .any(|d| d.eq_ignore_ascii_case(base))
    {
        return true;
    }
    let mut chars = base.chars();
    let family: String = chars.by_ref().take(3).collect();
    let is_port = family.eq_ignore_ascii_case("COM") || family.eq_ignore_ascii_case("LPT");
    is_port
        && matches!(
            (chars.next(), chars.next()),
            (Some('0'..='9' | '¹' | '²' | '³'), None)
        )
}

/// The longest beginning of `text` that fits into `room` bytes and does not part a letter from its accents. A beginning
/// that had to be cut does not end in a dot or a space.
pub(super) fn cut(text: &str, room: usize) -> &str {
    if text.len() <= room {
        return text;
    }
    let end = text.floor_char_boundary(room);
    let follows = |at: usize| text[at..].chars().next().is_some_and(extends_previous);
    // A letter with more accents than fit has no good place to be cut: then any character boundary will do.
    let gentle = (1..=end)
        .rev()
        .find(|&at| text.is_char_boundary(at) && !follows(at));
    text[..gentle.unwrap_or(end)].trim_end_matches(|c: char| c == '.' || c.is_whitespace())
}

/// Two relative paths with equal keys may be one and the same file on some file system.
///
/// The key is NFD without invisible characters, lower-cased, upper-cased and lower-cased again character by character, so that
/// `ß`, `ẞ` and `ss`, `ς` and `σ`, `ı` and `i`, `ſ` and `s` meet, as they do under full case folding (ext4, f2fs, APFS) or some
/// table of capitals (NTFS, exFAT). A dot over an `i` is dropped for `İ`. Dots and spaces at the end of a component and spaces at
/// its beginning do not count (Win32, FAT).
///
/// Not NFKC: no file system takes `①` for `1` or `Ａ` for `A`, and folding them would rename files that clash with
/// nothing. Too much folding costs one clash name, too little a lost photo; where systems differ the key folds.
/// A key is for comparing, not for keeping: newer Unicode tables may fold characters that are unassigned today.
pub(crate) fn fold_key(relative_path: &str) -> String {
    let components: Vec<String> = relative_path.split('/').map(fold_component).collect();
    components.join("/")
}

fn fold_component(component: &str) -> String {
    let folded: String = component
        .nfd()
        .filter(|&c| !is_invisible(c))
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfd()
        .collect();
    let undotted = folded.replace("i\u{307}", "i");
    undotted
        .trim_start()
        .trim_end_matches(|c: char| c == '.' || c.is_whitespace())
        .to_owned()
}

/// Characters with a meaning to a path, a shell pattern, a terminal or a Windows drive become `_`. So do line separators,
/// U+F000-F0FF, where WSL, Cygwin and SMB clients keep the forbidden characters of other systems and some turn them back, and
/// noncharacters, which APFS may refuse.
fn replace_forbidden(c: char) -> char {
    let is_noncharacter = u32::from(c) & 0xfffe == 0xfffe || matches!(c, '\u{fdd0}'..='\u{fdef}');
    let is_forbidden = matches!(c,
        '/' | '\\' | '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\u{2028}'..='\u{2029}' | '\u{f000}'..='\u{f0ff}');
    if c.is_control() || is_forbidden || is_noncharacter {
        '_'
    } else {
        c
    }
}

/// Characters that show nothing: zero-width, bidirectional, joining and tagging ones, variation selectors, fillers.
/// They are left out, because with them two names can look alike or one name can show another extension than it has.
/// Unicode's `Default_Ignorable_Code_Point` and the interlinear annotation marks.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Accents and the skin tones of emoji belong to the character before them.
fn extends_previous(c: char) -> bool {
    is_combining_mark(c) || matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}
