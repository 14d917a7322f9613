//! A file name in an export, and what Google made it from.
//!
//! Google cuts and counts: the media file is the title's stem cut to 47 UTF-16 units, a counter such as `(1)` if the name was
//! taken, and the extension. Its sidecar is the media's name without the counter, `.supplemental-metadata` (older exports
//! have nothing there), all of it cut to 46 units, the counter, and `.json`. Newer exports sometimes do not cut.

use unicode_normalization::UnicodeNormalization;

/// UTF-16 units of a media file's stem.
pub(crate) const MEDIA_STEM: usize = 47;
/// UTF-16 units of a sidecar's name before its counter and `.json`.
pub(crate) const SIDECAR_STEM: usize = 46;
/// What newer exports put between the media's name and `.json`, as far as there is room.
pub(crate) const SUPPLEMENT: &str = "supplemental-metadata";

/// A media file's name, taken apart at its counter: `IMG_1(2).jpg` is `IMG_1`, 2 and `.jpg`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MediaName {
    /// What stands before the counter, or the whole stem.
    pub(crate) stem: String,
    pub(crate) counter: Option<u32>,
    /// With its dot; empty if there is none.
    pub(crate) extension: String,
    /// A space stands before the counter, so it is more likely part of the title: `skytree (2).jpg`.
    pub(crate) is_spaced: bool,
}

impl MediaName {
    pub(crate) fn parse(name: &str) -> Self {
        let (stem, extension) = split_extension(name);
        let (stem, counter) = split_counter(stem);
        Self {
            stem: stem.to_owned(),
            counter,
            extension: extension.to_owned(),
            is_spaced: counter.is_some() && stem.ends_with(' '),
        }
    }

    /// The name without its counter.
    pub(crate) fn base(&self) -> String {
        format!("{}{}", self.stem, self.extension)
    }

    /// The stem with its counter.
    pub(crate) fn counted_stem(&self) -> String {
        match self.counter {
            Some(number) => format!("{}({number})", self.stem),
            None => self.stem.clone(),
        }
    }

    /// Whether Google may have cut the stem, so that the title can be longer.
    pub(crate) fn may_be_cut(&self) -> bool {
        units(&self.stem) >= MEDIA_STEM
    }
}

/// A sidecar's name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SidecarName {
    /// What may be the media's name without its counter, the likeliest first: `a.b.json` can be the sidecar of `a.b` and,
    /// with a suffix cut to its last letter, of `a`.
    pub(crate) bases: Vec<String>,
    pub(crate) counter: Option<u32>,
}

impl SidecarName {
    /// `None` for a name that does not end in `.json`.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let stem = strip_json(name)?;
        let (uncounted, counter) = split_counter(stem);
        let mut bases = Vec::with_capacity(3);
        if let Some((before, suffix)) = uncounted.rsplit_once('.')
            && is_supplement(suffix)
        {
            bases.push(before.to_owned());
        }
        bases.push(uncounted.to_owned());
        Some(Self { bases, counter })
    }

    /// The same with the counter taken for a part of the name: `IMG_1(1).json` for a title `IMG_1(1)`.
    pub(crate) fn uncounted(name: &str) -> Option<Self> {
        let stem = strip_json(name)?;
        let mut bases = Vec::with_capacity(2);
        if let Some((before, suffix)) = stem.rsplit_once('.')
            && is_supplement(suffix)
        {
            bases.push(before.to_owned());
        }
        bases.push(stem.to_owned());
        Some(Self {
            bases,
            counter: None,
        })
    }
}

/// Whether a name is that of a JSON file.
pub(crate) fn is_json(name: &str) -> bool {
    strip_json(name).is_some()
}

/// Names are compared like this: NFC, without regard to case.
pub(crate) fn fold(name: &str) -> String {
    // The same, and most names are such.
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    name.nfc().flat_map(char::to_lowercase).nfc().collect()
}

/// The first `limit` UTF-16 units, without half a character.
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    let mut used = 0;
    for (at, character) in text.char_indices() {
        used += character.len_utf16();
        if used > limit {
            return &text[..at];
        }
    }
    text
}

pub(crate) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// `title` as Google may have written it in a file name, for comparing: every character that it replaces, and every one of
/// which reports disagree, is `_`.
pub(crate) fn plain(text: &str) -> String {
    let replace = |character: char| match character {
        '"' | '*' | '/' | ':' | '<' | '>' | '?' | '\\' | '|' | '&' | '%' | '\'' | '=' | '{'
        | '}' | '@' | '!' => '_',
        other if other.is_control() => '_',
        other => other,
    };
    fold(text).chars().map(replace).collect()
}

/// Whether a file with this stem (without counter, and without what marks an edited version) can have this title.
pub(crate) fn fits(title: &str, stem: &str) -> bool {
    if title.is_empty() {
        return true;
    }
    let begins = |title: &str| {
        let (title, stem) = (plain(title), plain(stem));
        let mut rest = title.chars();
        // A replaced character is one whose original we do not know.
        stem.trim_end().chars().all(|wanted| {
            rest.next()
                .is_some_and(|found| wanted == '_' || wanted == found)
        })
    };
    begins(title) || (title.contains('&') && begins(&unescape(title)))
}

/// Titles with HTML entities are reported; a title without them is far more common.
fn unescape(title: &str) -> String {
    title
        .replace("&#39;", "'")
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// The name at its last dot; the dot stays with the extension. A leading dot begins no extension.
pub(crate) fn split_extension(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(at) if at > 0 => name.split_at(at),
        _ => (name, ""),
    }
}

/// A counter at the end: `IMG_1(2)` is `IMG_1` and 2. Google never counts with leading zeros or beyond nine digits.
fn split_counter(stem: &str) -> (&str, Option<u32>) {
    let inner = stem
        .strip_suffix(')')
        .and_then(|inner| inner.rsplit_once('('));
    match inner {
        Some((before, digits))
            if !before.is_empty()
                && (1..=9).contains(&digits.len())
                && !digits.starts_with('0')
                && digits.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            (before, digits.parse().ok())
        }
        _ => (stem, None),
    }
}

fn strip_json(name: &str) -> Option<&str> {
    let at = name.len().checked_sub(".json".len())?;
    let ending = name.get(at..)?;
    ending.eq_ignore_ascii_case(".json").then(|| &name[..at])
}

/// Any beginning of `supplemental-metadata`, the empty one included; `metadata` and `suppl` are reported too.
fn is_supplement(suffix: &str) -> bool {
    SUPPLEMENT.starts_with(suffix) || suffix == "metadata"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_name_is_taken_apart_at_its_counter() {
        for (name, stem, counter, extension) in [
            ("IMG_1.jpg", "IMG_1", None, ".jpg"),
            ("IMG_1(2).jpg", "IMG_1", Some(2), ".jpg"),
            ("MVIMG_x(1)", "MVIMG_x", Some(1), ""),
            ("21.12(1).11 - 1", "21.12", Some(1), ".11 - 1"),
            ("IMG_1(0).jpg", "IMG_1(0)", None, ".jpg"),
            ("(1).jpg", "(1)", None, ".jpg"),
            (".hidden", ".hidden", None, ""),
            (
                "IMG2021021(4455)74722(1).jpg",
                "IMG2021021(4455)74722",
                Some(1),
                ".jpg",
            ),
        ] {
            let parsed = MediaName::parse(name);
            assert_eq!(
                (
                    parsed.stem.as_str(),
                    parsed.counter,
                    parsed.extension.as_str()
                ),
                (stem, counter, extension),
                "{name}"
            );
        }
    }

    #[test]
    fn a_sidecar_name_gives_the_medias_name_back() {
        for (name, base, counter) in [
            ("IMG_1.HEIC.supplemental-metadata.json", "IMG_1.HEIC", None),
            ("IMG_1.JPG(1).json", "IMG_1.JPG", Some(1)),
            (
                "CLIP0001.AVI.supplemental-metadata(10).json",
                "CLIP0001.AVI",
                Some(10),
            ),
            (
                "PXL_20240827_094331806.PORTRAIT.jpg.supplement(1).json",
                "PXL_20240827_094331806.PORTRAIT.jpg",
                Some(1),
            ),
            (
                "PXL_20211120_223243932.MOTION-02.ORIGINAL.jpg..json",
                "PXL_20211120_223243932.MOTION-02.ORIGINAL.jpg",
                None,
            ),
        ] {
            let parsed = SidecarName::parse(name).expect("a sidecar");
            assert_eq!(
                (parsed.bases[0].as_str(), parsed.counter),
                (base, counter),
                "{name}"
            );
        }
        assert_eq!(SidecarName::parse("IMG_1.jpg"), None);
    }

    #[test]
    fn a_title_fits_what_google_made_of_it() {
        for (title, stem, expected) in [
            ("IMG_1.jpg", "IMG_1", true),
            ("27/06/12 - 1", "27_06_12 - 1", true),
            ("Tom & Jerry.jpg", "Tom _ Jerry", true),
            ("Tom &amp; Jerry.jpg", "Tom & Jerry", true),
            ("img_1.JPG", "IMG_1", true),
            ("", "whatever", true),
            ("IMG_2.jpg", "IMG_1", false),
            ("IMG.jpg", "IMG_1", false),
        ] {
            assert_eq!(fits(title, stem), expected, "{title} {stem}");
        }
    }

    #[test]
    fn cutting_counts_utf16_units_and_keeps_characters_whole() {
        assert_eq!(cut("😀😃x", 3), "😀");
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(units("😀é"), 3);
    }
}
