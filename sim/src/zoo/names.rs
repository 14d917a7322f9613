//! Names that a disk, a shell, a terminal or a spreadsheet reads differently from how Google shows them.

use chrono::NaiveDate;

use super::{named, photo};
use crate::item::Item;

/// One name five times, twice in the same second. Whoever writes under the bare name keeps one photo of five; whoever counts up
/// in listing order swaps them when Google lists differently the next day (reference #11).
pub fn same_name(day: NaiveDate) -> Vec<Item> {
    let mut items = named(day, "same_name", ["IMG_0001.jpg"; 5]);
    items[1].created = items[0].created;
    items
}

/// Names that differ only in case, also outside ASCII: one file on macOS and Windows, two on Linux (reference #11). The last pair
/// folds to the same name only under full case folding.
pub fn case_twins(day: NaiveDate) -> Vec<Item> {
    named(
        day,
        "case_twins",
        [
            "IMG_2000.JPG",
            "img_2000.jpg",
            "ÄRGER.jpg",
            "ärger.jpg",
            "Straße.jpg",
            "STRASSE.jpg",
        ],
    )
}

/// The same text composed and decomposed: one name on macOS, two on Linux, and a name that is not found again after a copy.
pub fn unicode_twins(day: NaiveDate) -> Vec<Item> {
    named(
        day,
        "unicode_twins",
        [
            "caf\u{e9}.jpg",
            "cafe\u{301}.jpg",
            "\u{d55c}.jpg",
            "\u{1112}\u{1161}\u{11ab}.jpg",
            "\u{212b}.jpg",
            "\u{c5}.jpg",
        ],
    )
}

/// Names that are paths. Joined to the download folder they leave it, or make folders that nobody asked for (reference §3.1: a
/// filename may contain `/`).
pub fn path_escapes(day: NaiveDate) -> Vec<Item> {
    let names = [
        "../../etc/passwd",
        "../escaped.jpg",
        "..\\..\\escaped.jpg",
        "/etc/x.jpg",
        "//server/share/x.jpg",
        "\\\\server\\share\\x.jpg",
        "C:\\x.jpg",
        "C:x.jpg",
        "2024/03/IMG_1.jpg",
        "a\\b.jpg",
        "a/../b.jpg",
        "trailing/",
        "~/x.jpg",
        "..%2f..%2fx.jpg",
    ];
    named(day, "path_escapes", names)
}

/// Names that Windows gives to devices, or strips or refuses: two may become one file, or none (reference §9.3).
pub fn reserved_names(day: NaiveDate) -> Vec<Item> {
    let names = [
        "CON.jpg",
        "con",
        "nul.txt",
        "COM1",
        "COM\u{b9}.jpg",
        "LPT1.tar.jpg",
        "CONIN$",
        "AUX .jpg",
        "dot.jpg.",
        "space.jpg ",
        " space.jpg",
        "a:b.jpg",
        "IMG.jpg:hidden:$DATA",
        "what?.jpg",
        "<a>|\"b\"*.jpg",
    ];
    named(day, "reserved_names", names)
}

/// Characters outside the basic plane, joined sequences, and noncharacters: cut in the middle they are no longer text.
pub fn emoji(day: NaiveDate) -> Vec<Item> {
    named(
        day,
        "emoji",
        [
            "🏖️.jpg",
            "👨‍👩‍👧‍👦 am See 🇩🇪.jpg",
            "👍🏽.jpg",
            "\u{fffd}\u{ffff}\u{10ffff}.jpg",
            "日本語の写真.jpg",
        ],
    )
}

/// Names that act when they are shown: they start a new line in a log, colour or clear the terminal, set its title, or turn the
/// reading direction so that an `.exe` looks like a `.jpg`.
pub fn control_characters(day: NaiveDate) -> Vec<Item> {
    let names = [
        "two\nlines.jpg",
        "return\rover.jpg",
        "tab\there.jpg",
        "bell\u{7}.jpg",
        "nul\0byte.jpg",
        "del\u{7f}.jpg",
        "\u{1b}[2J\u{1b}[31mred.jpg",
        "\u{1b}]0;title\u{7}.jpg",
        "\u{9b}31mc1.jpg",
        "photo\u{202e}gpj.exe",
        "iso\u{2066}lated\u{2069}.jpg",
        "zero\u{200b}width\u{feff}.jpg",
        "line\u{2028}separator.jpg",
    ];
    named(day, "control_characters", names)
}

/// Names of 255, 256 and 300 bytes, in one, two, three and four bytes a character, and pairs that differ only behind the cut.
/// File systems allow 255 bytes, some fewer; a cut in the middle of a character is no text, and one before the extension loses it.
pub fn long_names(day: NaiveDate) -> Vec<Item> {
    let names = [
        format!("{}.jpg", "a".repeat(251)),
        format!("{}.jpg", "a".repeat(252)),
        format!("{}.jpg", "a".repeat(296)),
        format!("{}b.jpg", "a".repeat(296)),
        format!("{}.jpg", "é".repeat(148)),
        format!("{}.jpg", "写".repeat(98)),
        format!("x{}.jpg", "🏖".repeat(74)),
        format!("y.{}", "j".repeat(298)),
        format!("{}.jpg", ".".repeat(296)),
    ];
    named(day, "long_names", names)
}

/// Names that a spreadsheet runs when it opens the list, and that a command takes for an option (`rm *` with `-rf` in the folder).
pub fn formula_names(day: NaiveDate) -> Vec<Item> {
    let names = [
        "=1+1.jpg",
        "=HYPERLINK(\"http://example.com\",\"x\").jpg",
        "+49 170.jpg",
        "-1.jpg",
        "@SUM(A1).jpg",
        "'quoted.jpg",
        "-rf",
        "--help.jpg",
        "comma, \"quote\"; semicolon.jpg",
    ];
    named(day, "formula_names", names)
}

/// No extension, one that contradicts the bytes, one that a desktop would run, and several: whoever opens the folder decides by it.
pub fn odd_extensions(day: NaiveDate) -> Vec<Item> {
    named(
        day,
        "odd_extensions",
        [
            "IMG_3000",
            "holiday.exe",
            "holiday.desktop",
            "holiday.tar.gz",
            "holiday.jpg.exe",
            "holiday.JPEG",
            "holiday.",
            "holiday.png",
        ],
    )
}

/// Names that hide from `ls`, or that a web server or a version control system obeys when the folder is published.
pub fn hidden_names(day: NaiveDate) -> Vec<Item> {
    named(
        day,
        "hidden_names",
        [
            ".htaccess.jpg",
            ".htaccess",
            ".jpg",
            ".git",
            ".gphotos-dl",
            ".nomedia",
            "desktop.ini",
            "Thumbs.db",
        ],
    )
}

/// Names with nothing in them that could name a file. `filename` may also be missing: see `missing_fields`.
pub fn empty_names(day: NaiveDate) -> Vec<Item> {
    named(
        day,
        "empty_names",
        ["", " ", ".", "..", "...", "/", "\\", "\u{200b}", "\u{301}"],
    )
}

/// Names that look like what a downloader itself writes: a counted or marked duplicate, a file in progress. Taken for its own
/// they are overwritten or removed.
pub fn lookalike_names(day: NaiveDate) -> Vec<Item> {
    let mut items = named(
        day,
        "lookalike_names",
        [
            "IMG_4000.jpg",
            "IMG_4000 (1).jpg",
            "IMG_4000(1).jpg",
            "IMG_4000_1.jpg",
            "IMG_4000~2.jpg",
            "IMG_4000.jpg.part",
            "IMG_4000.tmp",
        ],
    );
    // The bare name once more, so that a counter meets the name that is already taken.
    items.push(photo(day, "lookalike_names again", 0, "IMG_4000.jpg"));
    items
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_as_long_as_they_say() {
        let day = NaiveDate::from_ymd_opt(2024, 3, 9).unwrap();
        let lens: Vec<_> = long_names(day)
            .iter()
            .map(|item| item.filename.as_ref().unwrap().len())
            .collect();
        assert_eq!(lens, [255, 256, 300, 301, 300, 298, 301, 300, 300]);
    }

    #[test]
    fn twins_are_different_strings() {
        let day = NaiveDate::from_ymd_opt(2024, 3, 9).unwrap();
        for items in [case_twins(day), unicode_twins(day)] {
            for pair in items.chunks(2) {
                assert_ne!(pair[0].filename, pair[1].filename);
            }
        }
    }
}
