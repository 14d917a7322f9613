//! Archives that mean harm or are broken (issue 4 §4): each small, each with two honest photos that must come through.
//!
//! Separate from the cases, which are real exports. Beyond its classes, every one of them asks the same: nothing outside the archive
//! is written or read, no bytes are stored under an item that they are not, memory stays bounded, and the message names the entry.

mod content;
mod cut;
mod lies;
mod paths;
mod tars;

use super::expected::{Class, Expected, Reason};
use super::export::{Export, FolderId};
use super::file::Claim;
use super::shot::{Form, Shot};
use super::zip::{RawEntry, ZipStyle, ZipWriter};

pub use content::{big_json, crowd};
pub use cut::{cut_at, truncations};
pub use lies::{bomb, bombs};
pub use tars::big_header;

/// One archive and what must come of it.
#[derive(Debug, Clone)]
pub struct Hostile {
    /// Short, for a file name; the archive is `<name>.zip` or `<name>.tgz`.
    pub name: String,
    pub about: &'static str,
    /// `zip` or `tgz`.
    pub extension: &'static str,
    pub bytes: Vec<u8>,
    /// Classes and files. The size of an entry is that of the honest bytes where the archive lies about it.
    pub expected: Expected,
    /// Whether the part must be reported as damaged or incomplete, or an entry of it that may be a photo as left out. `None`:
    /// either is right.
    pub incomplete: Option<bool>,
}

/// All but the truncations and the large ones, which have functions of their own.
pub fn all() -> Vec<Hostile> {
    [paths::all(), lies::all(), content::all(), tars::all()].concat()
}

/// A zip in the making: what is added goes into the archive and into the expectation at once.
struct Trap {
    export: Export,
    year: FolderId,
    zip: ZipWriter<Vec<u8>>,
}

impl Trap {
    /// Begins with the two honest photos and their sidecars.
    fn new() -> Self {
        Self::in_style(ZipStyle::default())
    }

    fn in_style(style: ZipStyle) -> Self {
        let (export, year) = honest();
        let mut zip = ZipWriter::new(Vec::new(), style);
        for file in export.files() {
            zip.add(&file.path, file.modified, &file.bytes)
                .expect("memory takes every byte");
        }
        Self { export, year, zip }
    }

    /// An entry that may be counted as any of these, with some of its fields changed.
    fn bad(
        &mut self,
        name: &str,
        bytes: Vec<u8>,
        allowed: &[Class],
        change: impl FnOnce(&mut RawEntry),
    ) {
        let file = self.export.loose(self.year, name, bytes, allowed);
        let mut entry = self.zip.entry(&file.path, file.modified, &file.bytes);
        change(&mut entry);
        file.path = String::from_utf8_lossy(&entry.name).into_owned();
        self.zip.add_raw(&entry).expect("memory takes every byte");
    }

    /// A file without a sidecar that must be kept, whatever is odd about its entry.
    fn good(&mut self, name: &str, shot: Shot, change: impl FnOnce(&mut RawEntry)) {
        let shot = self.export.add(shot);
        let file = self.export.media(self.year, name, shot);
        file.claims(&[Claim::Alone]);
        let mut entry = self.zip.entry(&file.path, file.modified, &file.bytes);
        change(&mut entry);
        file.path = String::from_utf8_lossy(&entry.name).into_owned();
        self.zip.add_raw(&entry).expect("memory takes every byte");
    }

    fn spring(self, name: &str, about: &'static str, incomplete: bool) -> Hostile {
        let (bytes, _) = self.zip.finish(b"").expect("memory takes every byte");
        Hostile {
            name: name.to_owned(),
            about,
            extension: "zip",
            bytes,
            expected: self.export.expected(),
            incomplete: Some(incomplete),
        }
    }
}

/// Two photos with their sidecars in `Photos from 2020`.
fn honest() -> (Export, FolderId) {
    let mut export = Export::new();
    let year = export.year(2020);
    for name in ["honest 1.jpg", "honest 2.jpg"] {
        let shot = export.add(Shot::photo(name, "2020-02-02T10:00:00Z"));
        export.media(year, name, shot);
        export.sidecar(year, &format!("{name}.json"), shot);
    }
    (export, year)
}

/// A photo of its own for each name.
fn photo(name: &str) -> Vec<u8> {
    Shot::photo(name, "2020-03-03T10:00:00Z")
        .bytes(super::shot::Role::Original)
        .to_vec()
}

fn raw_file(name: &str, bytes: Vec<u8>) -> Shot {
    Shot {
        form: Form::Bytes(bytes.into()),
        ..Shot::photo(name, "2020-03-03T10:00:00Z").undated()
    }
}

/// Left out for its path, or kept under a safe one, or taken for another product's.
const UNSAFE: [Class; 3] = [
    Class::Skipped(Reason::UnsafePath),
    Class::MediaStored,
    Class::OtherProduct,
];
