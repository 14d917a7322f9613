//! Names that lead somewhere else, and entries that are no files.

use unicode_normalization::UnicodeNormalization as _;

use super::super::expected::{Class, Reason};
use super::super::shot::Shot;
use super::{Hostile, Trap, UNSAFE, photo};

pub(super) fn all() -> Vec<Hostile> {
    vec![
        escapes(),
        links(),
        control_characters(),
        long_names(),
        collisions(),
        unknown_encoding(),
    ]
}

fn escapes() -> Hostile {
    let mut trap = Trap::new();
    for path in [
        "../evil-1.jpg",
        "Takeout/Google Photos/Photos from 2020/../../../../evil-2.jpg",
        "Takeout/Google Photos/Photos from 2020/./../evil-3.jpg",
        "/tmp/evil-4.jpg",
        "C:\\evil-5.jpg",
        "C:/evil-6.jpg",
        "\\\\server\\share\\evil-7.jpg",
        "//server/share/evil-8.jpg",
        "Takeout\\Google Photos\\..\\..\\evil-9.jpg",
        "Takeout/Google Photos/Photos from 2020/evil-10.jpg:stream",
        "Takeout/Google Photos/Photos from 2020/..",
        "",
    ] {
        trap.bad("x", photo(path), &UNSAFE, |entry| {
            entry.name = path.into();
            entry.local_name = path.into();
        });
    }
    trap.spring(
        "escapes",
        "parent, absolute, drive and UNC paths: nothing is written outside",
        // The last two have no name at all.
        true,
    )
}

fn links() -> Hostile {
    let mut trap = Trap::new();
    let skipped = [Class::Skipped(Reason::NotAFile)];
    for (name, mode) in [
        ("symlink.jpg", 0o120_777),
        ("pipe.jpg", 0o010_644),
        ("device.jpg", 0o020_666),
    ] {
        trap.bad(name, b"/etc/passwd".to_vec(), &skipped, |entry| {
            entry.attributes = mode << 16;
        });
    }
    trap.bad("folder", b"..".to_vec(), &skipped, |entry| {
        entry.attributes = 0o120_777 << 16;
    });
    trap.bad("folder/through.jpg", photo("through"), &UNSAFE, |_| {});
    trap.spring(
        "links",
        "symbolic links, a pipe and a device; a file below a link",
        true,
    )
}

fn control_characters() -> Hostile {
    let mut trap = Trap::new();
    for name in [
        "nul\0.jpg",
        "escape\u{1b}[2J.jpg",
        "line\nfeed.jpg",
        "return\r.jpg",
        "right\u{202e}gpj.exe",
        "delete\u{7f}.jpg",
        "\u{feff}.jpg",
    ] {
        trap.bad(name, photo(name), &UNSAFE, |_| {});
    }
    trap.spring(
        "control-characters",
        "NUL, escapes, line ends and turned text in names",
        false,
    )
}

fn long_names() -> Hostile {
    let mut trap = Trap::new();
    for name in [
        format!("{}.jpg", "a".repeat(252)),
        format!("{}.jpg", "写".repeat(100)),
        format!("{}.jpg", "b".repeat(5000)),
        format!("{}c.jpg", "d/".repeat(2000)),
        format!("{}e.jpg", "f/".repeat(30_000)),
    ] {
        trap.bad(&name, photo(&name), &UNSAFE, |_| {});
    }
    trap.spring(
        "long-names",
        "names over 255 bytes, paths of thousands of folders",
        false,
    )
}

fn collisions() -> Hostile {
    let mut trap = Trap::new();
    let accented: String = "été.jpg".nfd().collect();
    for name in [
        "Same.jpg",
        "same.jpg",
        "SAME.JPG",
        "été.jpg",
        &accented,
        "straße.jpg",
        "STRASSE.jpg",
    ] {
        trap.good(name, Shot::photo(name, "2020-03-03T10:00:00Z"), |_| {});
    }
    trap.spring(
        "collisions",
        "names equal but for case or composition: each is kept",
        false,
    )
}

/// Neither UTF-8 nor flagged: code page 437 by default (§1).
fn unknown_encoding() -> Hostile {
    let mut trap = Trap::new();
    let directory = b"Takeout/Google Photos/Photos from 2020/";
    for (n, tail) in [b"\x82t\x82.jpg".as_slice(), b"\xff\xfe\xfd.jpg"]
        .into_iter()
        .enumerate()
    {
        let name = [directory, tail].concat();
        trap.good(
            "x",
            Shot::photo(&n.to_string(), "2020-03-03T10:00:00Z"),
            |entry| {
                entry.name.clone_from(&name);
                entry.local_name = name;
            },
        );
    }
    trap.spring(
        "unknown-encoding",
        "names that are no UTF-8: the photos are kept",
        false,
    )
}
