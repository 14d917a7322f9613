//! How Google names files and sidecars: the generation model of the format reference (§5), from title to name.
//!
//! Separate because it is the one place that an importer's matcher must be judged against, and must never be shared with: an
//! importer goes the other way, from the name it finds to the names that it may look for.

use std::fmt::Write as _;

/// How a sidecar's name follows from its media file's name (§5.2). Both cut forms keep at most [`SIDECAR_UNITS`] before the counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SidecarStyle {
    /// `IMG_1.jpg.json`, cut: exports up to about 2024.
    Old,
    /// `IMG_1.jpg.supplemental-metadata.json`, cut: general by January 2025.
    New,
    /// As `Old`, never cut: an odd form of some exports.
    OldUncut,
    /// As `New`, never cut: seen in 2026.
    NewUncut,
}

/// Where the number of a name that was taken goes in a sidecar's name: `IMG_1.jpg(1).json` (§5.2) or `IMG_1(1).jpg.json` (§5.4 \[T\]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counter {
    Moved,
    Kept,
}

/// Longest stem of a media file in UTF-16 units; a character that starts below it is kept whole (§5.1, 4).
pub const MEDIA_UNITS: usize = 47;
/// Longest sidecar name without counter and `.json`, in UTF-16 units (§5.2).
pub const SIDECAR_UNITS: usize = 46;
/// Longest folder name in UTF-16 units, as seen in real album folders (§2).
pub const FOLDER_UNITS: usize = 47;

/// A title as a file name. Proven are `/ : & ?`; for `%` and `'` the reference has seen both, so cases state their names themselves
/// where it matters (§5.1, 1 \[?\]).
pub fn sanitize(title: &str) -> String {
    replace(title, |c| "\"*/:<>?\\|&%'".contains(c) || c.is_control())
}

/// An album title as a folder name: `/` becomes `-`, the others `_`, cut at [`FOLDER_UNITS`] (§2).
pub fn folder(title: &str) -> String {
    let safe = replace(&title.replace('/', "-"), |c| {
        "\"*:<>?\\|".contains(c) || c.is_control()
    });
    cut(&safe, FOLDER_UNITS).to_owned()
}

/// The name of a media file: stem cut, then the counter, then the extension (§5.1). `mark` is what an edited version has between
/// stem and counter, such as `-edited`, and is cut with the stem. `extension` without its dot; empty for none. `counter` 0 for none.
pub fn media(title_stem: &str, mark: &str, counter: u32, extension: &str) -> String {
    let whole = format!("{}{mark}", sanitize(title_stem));
    let mut name = cut(&whole, MEDIA_UNITS).to_owned();
    push_counter(&mut name, counter);
    if !extension.is_empty() {
        _ = write!(name, ".{extension}");
    }
    name
}

/// The name of a sidecar. `base` is the media file's name without its counter but with its extension (§5.2).
pub fn sidecar(style: SidecarStyle, base: &str, counter: u32, place: Counter) -> String {
    let (start, extension) = split(base);
    let mut stem = start.to_owned();
    if place == Counter::Kept {
        push_counter(&mut stem, counter);
    }
    if start.len() < base.len() {
        _ = write!(stem, ".{extension}");
    }
    if matches!(style, SidecarStyle::New | SidecarStyle::NewUncut) {
        stem.push_str(SUPPLEMENT);
    }
    let mut name = match style {
        SidecarStyle::Old | SidecarStyle::New => cut(&stem, SIDECAR_UNITS).to_owned(),
        SidecarStyle::OldUncut | SidecarStyle::NewUncut => stem,
    };
    if place == Counter::Moved {
        push_counter(&mut name, counter);
    }
    name.push_str(".json");
    name
}

/// Stem and extension (without the dot) at the last dot; no extension where there is no dot.
pub fn split(name: &str) -> (&str, &str) {
    name.rsplit_once('.').unwrap_or((name, ""))
}

/// The first `units` UTF-16 code units, and the rest of a pair that would be split (§5.1, 4).
pub fn cut(text: &str, units: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        if used >= units {
            return &text[..at];
        }
        used += c.len_utf16();
    }
    text
}

fn push_counter(name: &mut String, counter: u32) {
    if counter > 0 {
        _ = write!(name, "({counter})");
    }
}

fn replace(text: &str, forbidden: impl Fn(char) -> bool) -> String {
    text.chars()
        .map(|c| if forbidden(c) { '_' } else { c })
        .collect()
}

/// The whole suffix of the new style; 21 characters after the dot.
pub const SUPPLEMENT: &str = ".supplemental-metadata";

#[cfg(test)]
mod tests {
    use super::*;

    fn new(base: &str, counter: u32) -> String {
        sidecar(SidecarStyle::New, base, counter, Counter::Moved)
    }

    fn old(base: &str, counter: u32) -> String {
        sidecar(SidecarStyle::Old, base, counter, Counter::Moved)
    }

    /// The vectors of §5.3 and §5.2 that the model is said to reproduce.
    #[test]
    fn the_public_vectors_come_out() {
        for (base, counter, expected) in [
            (
                "IMG_1159.HEIC",
                0,
                "IMG_1159.HEIC.supplemental-metadata.json",
            ),
            (
                "20161105_170829.jpg",
                0,
                "20161105_170829.jpg.supplemental-metadata.json",
            ),
            (
                "PXL_20241231_151646544.MP.jpg",
                0,
                "PXL_20241231_151646544.MP.jpg.supplemental-met.json",
            ),
            (
                "PXL_20240827_094331806.PORTRAIT.jpg",
                1,
                "PXL_20240827_094331806.PORTRAIT.jpg.supplement(1).json",
            ),
            (
                "PXL_20211120_223243932.MOTION-02.ORIGINAL.jpg",
                0,
                "PXL_20211120_223243932.MOTION-02.ORIGINAL.jpg..json",
            ),
        ] {
            assert_eq!(new(base, counter), expected);
        }
        for (base, counter, expected) in [
            (
                "15250796_10158125619575157_1421325151866375198_.jpg",
                0,
                "15250796_10158125619575157_1421325151866375198.json",
            ),
            (
                "IMG2021021(4455)74722.jpg",
                1,
                "IMG2021021(4455)74722.jpg(1).json",
            ),
            (
                "IMG2021021.json74722.jpg",
                1,
                "IMG2021021.json74722.jpg(1).json",
            ),
            (
                "img_(87).(vacation stuff).lol.jpg",
                87,
                "img_(87).(vacation stuff).lol.jpg(87).json",
            ),
            (
                "Urlaub in Knaufspesch in der Schneifel (38).JPG",
                0,
                "Urlaub in Knaufspesch in der Schneifel (38).JP.json",
            ),
        ] {
            assert_eq!(old(base, counter), expected);
        }
        assert_eq!(
            media(
                "Backyard_ceremony_wedding_photography_xxxxxxx_magnoliastudios",
                "",
                494,
                "jpg"
            ),
            "Backyard_ceremony_wedding_photography_xxxxxxx_m(494).jpg"
        );
        assert_eq!(
            media(
                "Con Yoli por Málaga en el piso nuevo_001",
                "-ha editado",
                0,
                "JPG"
            ),
            "Con Yoli por Málaga en el piso nuevo_001-ha edi.JPG"
        );
        assert_eq!(sanitize("27/06/12 - 1"), "27_06_12 - 1");
        assert_eq!(
            folder("New Zealand / 13 Return Trip"),
            "New Zealand - 13 Return Trip"
        );
        assert_eq!(folder("\"Esquadern\" 2020"), "_Esquadern_ 2020");
    }

    #[test]
    fn a_pair_at_the_cut_is_kept_whole() {
        let faces = "😀😃😄😁😆😅😂🤣🥲☺️😊😇🙂🙃😉😌😍🥰😘😗😙😚😋😛😝😜";
        let stem = media(faces, "", 0, "jpg");
        assert_eq!(stem.trim_end_matches(".jpg").encode_utf16().count(), 48);
        assert_eq!(
            old(&stem, 0)
                .trim_end_matches(".json")
                .encode_utf16()
                .count(),
            46
        );
    }

    #[test]
    fn a_counter_can_be_kept() {
        assert_eq!(
            sidecar(SidecarStyle::New, "IMG_7.jpg", 1, Counter::Kept),
            "IMG_7(1).jpg.supplemental-metadata.json"
        );
    }
}
