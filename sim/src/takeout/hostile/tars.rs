//! Tarballs with links, escapes, and extended headers that say something else than the header behind them.

use tar::{EntryType, Header};

use super::super::expected::{Class, Reason};
use super::super::export::{Export, FolderId};
use super::super::tgz::{TarNames, TgzWriter};
use super::lies::zeros;
use super::{Hostile, UNSAFE, honest, photo};

pub(super) fn all() -> Vec<Hostile> {
    vec![
        paths(),
        links(),
        pax(),
        long_names(),
        broken_header(),
        claims_a_terabyte(),
        cut_gzip(),
        flipped_gzip(),
    ]
}

const SKIPPED: [Class; 1] = [Class::Skipped(Reason::NotAFile)];
const DAMAGED: [Class; 2] = [
    Class::Skipped(Reason::Damaged),
    Class::Skipped(Reason::Unsupported),
];

struct Trap {
    export: Export,
    year: FolderId,
    tgz: TgzWriter<Vec<u8>>,
}

impl Trap {
    fn new() -> Self {
        let (export, year) = honest();
        let mut tgz = TgzWriter::new(Vec::new(), TarNames::Gnu);
        for file in export.files() {
            tgz.add(&file.path, file.modified, &file.bytes)
                .expect("memory takes every byte");
        }
        Self { export, year, tgz }
    }

    /// One entry with its header changed, under a path of which nothing is checked.
    fn bad(
        &mut self,
        path: &str,
        data: &[u8],
        allowed: &[Class],
        change: impl FnOnce(&mut Header),
    ) {
        let file = self.export.loose(self.year, "x", data.to_vec(), allowed);
        path.clone_into(&mut file.path);
        self.raw(path, data, change);
    }

    fn raw(&mut self, path: &str, data: &[u8], change: impl FnOnce(&mut Header)) {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o644);
        header.set_size(data.len() as u64);
        let name = &path.as_bytes()[..path.len().min(100)];
        header.as_mut_bytes()[..name.len()].copy_from_slice(name);
        change(&mut header);
        header.set_cksum();
        self.tgz
            .add_raw(header.as_bytes(), data)
            .expect("memory takes every byte");
    }

    /// An extended header for the entry that follows.
    fn extended(&mut self, key: &str, value: &[u8]) {
        let mut line = [key.as_bytes(), b"=", value, b"\n"].concat();
        // The length counts its own digits.
        let digits = (1..9).find(|digits| (line.len() + 1 + digits).to_string().len() == *digits);
        let len = line.len() + 1 + digits.unwrap_or(1);
        line.splice(0..0, format!("{len} ").bytes());
        self.raw("pax", &line, |header| {
            header.set_entry_type(EntryType::XHeader);
        });
    }

    fn spring(self, name: &str, about: &'static str, incomplete: bool) -> Hostile {
        Hostile {
            name: name.to_owned(),
            about,
            extension: "tgz",
            bytes: self.tgz.finish().expect("memory takes every byte"),
            expected: self.export.expected(),
            incomplete: Some(incomplete),
        }
    }
}

fn paths() -> Hostile {
    let mut trap = Trap::new();
    for path in [
        "../evil-1.jpg",
        "/tmp/evil-2.jpg",
        "Takeout/Google Photos/../../../evil-3.jpg",
        "C:\\evil-4.jpg",
        "\\\\server\\share\\evil-5.jpg",
        "//server/share/evil-6.jpg",
        "Takeout/Google Photos/Photos from 2020/a\u{1b}b.jpg",
    ] {
        trap.bad(path, &photo(path), &UNSAFE, |_| {});
    }
    trap.spring("tgz-paths", "parent, absolute, drive and UNC paths", false)
}

fn links() -> Hostile {
    let mut trap = Trap::new();
    let place = "Takeout/Google Photos/Photos from 2020";
    for (name, kind, target) in [
        ("symlink.jpg", EntryType::Symlink, "/etc/passwd"),
        ("hard link.jpg", EntryType::Link, "/etc/passwd"),
        (
            "hard link inside.jpg",
            EntryType::Link,
            "Takeout/Google Photos/Photos from 2020/honest 1.jpg",
        ),
        ("folder", EntryType::Symlink, "../../.."),
        ("pipe", EntryType::Fifo, ""),
        ("device", EntryType::Char, ""),
    ] {
        trap.bad(&format!("{place}/{name}"), b"", &SKIPPED, |header| {
            header.set_entry_type(kind);
            header.as_mut_bytes()[157..157 + target.len()].copy_from_slice(target.as_bytes());
        });
    }
    trap.bad(
        &format!("{place}/folder/through.jpg"),
        &photo("through"),
        &UNSAFE,
        |_| {},
    );
    trap.spring(
        "tgz-links",
        "symbolic and hard links, a pipe, a device; a file below a link",
        true,
    )
}

fn pax() -> Hostile {
    let mut trap = Trap::new();
    trap.extended("path", b"../../evil-pax.jpg");
    trap.bad("../../evil-pax.jpg", &photo("pax"), &UNSAFE, |_| {});
    trap.extended("path", b"Takeout/Google Photos/Photos from 2020/nul\0.jpg");
    trap.bad(
        "Takeout/Google Photos/Photos from 2020/nul.jpg",
        &photo("nul"),
        &UNSAFE,
        |_| {},
    );
    // What the extended header says holds (POSIX.1-2001): a reader that goes by the plain one takes data for headers.
    let hidden = photo("hidden");
    trap.extended("size", hidden.len().to_string().as_bytes());
    trap.bad(
        "Takeout/Google Photos/Photos from 2020/size.jpg",
        &hidden,
        &[DAMAGED.as_slice(), &[Class::MediaStored]].concat(),
        |header| header.set_size(0),
    );
    trap.extended("mtime", b"-99999999999999999999.5");
    let path = "Takeout/Google Photos/Photos from 2020/time.jpg";
    trap.bad(
        path,
        &photo("time"),
        &[DAMAGED.as_slice(), &[Class::MediaStored]].concat(),
        |_| {},
    );
    trap.spring(
        "tgz-pax",
        "extended headers that escape, hold NUL, or change the size",
        false,
    )
}

/// Names in front of the header (GNU), and one for all that follow (POSIX), which no reader needs to believe.
fn long_names() -> Hostile {
    let mut trap = Trap::new();
    for path in ["../../evil-long.jpg".to_owned(), "g/".repeat(20_000)] {
        trap.raw("././@LongLink", path.as_bytes(), |header| {
            header.set_entry_type(EntryType::GNULongName);
        });
        trap.bad(&path, &photo("long"), &UNSAFE, |_| {});
    }
    trap.raw("pax", b"30 path=../../../evil-all.jpg\n", |header| {
        header.set_entry_type(EntryType::XGlobalHeader);
    });
    let path = "Takeout/Google Photos/Photos from 2020/all.jpg";
    let allowed = [UNSAFE.as_slice(), &SKIPPED].concat();
    trap.bad(path, &photo("all"), &allowed, |_| {});
    trap.spring("tgz-long", "long names that escape, or lead deep", false)
}

/// An extended header of so many MiB of zeros in a few kilobytes: a reader that takes it into memory has none left.
pub fn big_header(mebibytes: u64) -> Hostile {
    let mut trap = Trap::new();
    trap.raw("pax", b"", |header| {
        header.set_entry_type(EntryType::XHeader);
        header.set_size(mebibytes << 20);
    });
    let mut hostile = trap.spring("tgz-big-header", "a header of many megabytes", true);
    // A second member of the gzip stream (RFC 1952): no flags, no time.
    let (data, crc) = zeros(mebibytes);
    let size = (mebibytes << 20).to_le_bytes();
    hostile.bytes.extend([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
    hostile.bytes.extend(data);
    hostile.bytes.extend(crc.to_le_bytes());
    hostile.bytes.extend(&size[..4]);
    hostile
}

/// Last, because a reader cannot go on behind it.
fn broken_header() -> Hostile {
    let mut trap = Trap::new();
    let data = photo("broken");
    trap.raw(
        "Takeout/Google Photos/Photos from 2020/broken.jpg",
        &data,
        |header| {
            header.as_mut_bytes()[124..136].copy_from_slice(b"not a number");
        },
    );
    trap.spring("tgz-header", "a header whose size is no number", true)
}

/// Last as well: what such a header stands before is nobody's guess.
fn claims_a_terabyte() -> Hostile {
    let mut trap = Trap::new();
    let path = "Takeout/Google Photos/Photos from 2020/tera.jpg";
    trap.raw(path, &photo("tera"), |header| header.set_size(1 << 40));
    trap.spring("tgz-size", "a file of a terabyte in a few kilobytes", true)
}

fn cut_gzip() -> Hostile {
    let mut trap = Trap::new();
    let path = "Takeout/Google Photos/Photos from 2020/cut.jpg";
    let data = super::super::payload::noise(3, 200_000);
    trap.bad(path, &data, &DAMAGED, |_| {});
    let mut hostile = trap.spring(
        "tgz-cut",
        "a gzip stream that ends in the middle of the last file",
        true,
    );
    let half = hostile.bytes.len() / 2;
    hostile.bytes.truncate(half);
    hostile
}

/// The honest files come before the fault, and the checksum at the end of the stream is the only one that a tgz has: whether they
/// count as damaged when it is wrong is the reader's affair, but it must say so.
fn flipped_gzip() -> Hostile {
    let trap = Trap::new();
    let mut hostile = trap.spring(
        "tgz-checksum",
        "a gzip stream whose checksum is wrong",
        true,
    );
    let at = hostile.bytes.len() - 8;
    hostile.bytes[at] ^= 1;
    hostile
}
