//! Google Takeout exports on disk: what an importer is tested with, and what must come of it.
//!
//! The format reference (`§` below) is a compilation of what people have met in real exports; Google documents none of it. What it
//! marks \[?\] stays open here: an expectation is then a set of answers. Nothing here shares code with an importer.
//!
//! - [`Export`] is a list of files, each with its truth. [`cases`] are the named quirks Q01 to Q50, [`Library`] builds a whole one
//!   from a seed, [`hostile`] are archives that mean harm, [`Bulk`] writes large ones.
//! - [`Export::write`] makes the parts: zip, tgz or folders.
//! - [`Export::expected`] says what must be in the archive afterwards, and how every entry counts.
//!
//! ```
//! use gphotos_sim::takeout::{Export, Format, Shot, ZipStyle};
//!
//! let mut export = Export::new();
//! let year = export.year(2019);
//! let shot = export.add(Shot::photo("IMG_1.jpg", "2019-05-18T10:00:00Z"));
//! export.media(year, "IMG_1.jpg", shot);
//! export.sidecar(year, "IMG_1.jpg.supplemental-metadata.json", shot).in_part(1);
//!
//! let folder = std::env::temp_dir();
//! # let folder = folder.join(format!("takeout-example-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! let parts = export.write(&folder, Format::Zip(ZipStyle::default()))?;
//! assert_eq!(parts.len(), 2);
//! assert_eq!(export.expected().files.len(), 1);
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), std::io::Error>(())
//! ```

pub mod cases;
pub mod hostile;
pub mod language;
pub mod names;
pub mod sidecar;

mod bulk;
mod cp437;
mod date;
mod expect;
mod expected;
mod export;
mod file;
mod identify;
mod join;
mod library;
mod payload;
mod quicktime;
mod shot;
mod tgz;
mod write;
mod zip;
mod zip_records;

pub use bulk::Bulk;
pub use expect::Reading;
pub use expected::{
    Class, DateSource, Dated, Expected, ExpectedAlbum, ExpectedEntry, ExpectedFile, Identity, Kept,
    OneOf, Reason,
};
pub use export::{Export, FolderId, FolderKind, ShotId};
pub use file::{Claim, File};
pub use library::Library;
pub use shot::{Embedded, Flags, Form, Origin, Role, Shot};
pub use tgz::{TarNames, TgzWriter};
pub use write::{Format, Packer, PartNames};
pub use zip::{RawEntry, Span, ZipNames, ZipStyle, ZipWriter};
