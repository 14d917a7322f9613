//! The first reading: every entry of every part of one export, and what its JSON says.
//!
//! Needs memory for the entries' paths and what of the JSON counts, never for bytes: the JSON itself goes to an unnamed file.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;

use crate::source::takeout::{Entry, Integrity, Part, Skip, Unread, Visitor, WalkError};
use crate::takeout::json::{self, Json};
use crate::takeout::name::is_json;
use crate::takeout::plan::Listed;

/// What the parts of an export hold.
pub(crate) struct Catalog {
    /// What is planned with; [`Catalog::origins`] has one for each.
    pub(crate) entries: Vec<Listed>,
    pub(crate) origins: Vec<Origin>,
    pub(crate) skipped: Vec<Skipped>,
    /// One per part.
    pub(crate) integrity: Vec<Integrity>,
    spool: Option<Spool>,
}

/// Where an entry comes from.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    /// Which of the parts.
    pub(crate) part: usize,
    /// Which of its entries.
    pub(crate) ordinal: u64,
    /// Bytes.
    pub(crate) size: u64,
    text: Option<Text>,
}

/// Where the text of a JSON file lies in the spool.
#[derive(Debug, Clone, Copy)]
struct Text {
    start: u64,
    length: usize,
}

/// An entry that is not read, and why.
#[derive(Debug, Clone)]
pub(crate) struct Skipped {
    pub(crate) part: usize,
    pub(crate) path: String,
    pub(crate) why: Why,
}

/// Why an entry is not read.
#[derive(Debug, Clone)]
pub(crate) enum Why {
    Kind(Skip),
    /// Its bytes could not be had.
    Damaged(String),
}

/// Why the first reading failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CatalogError {
    #[error("could not keep what the export says for a moment")]
    Spool(#[source] io::Error),
    #[error("the run was told to stop")]
    Stopped,
}

/// Sidecars are about a kilobyte. More bytes than this are not read: memory is not to depend on what an archive holds.
const MOST_JSON: u64 = 16 << 20;

impl Catalog {
    /// Reads all parts. `spool` is a file that nobody else sees, for the texts, where they are wanted; `go_on` is asked before every entry.
    pub(crate) fn read(
        parts: &[Part],
        spool: Option<File>,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Self, CatalogError> {
        let mut catalog = Self {
            entries: Vec::new(),
            origins: Vec::new(),
            skipped: Vec::new(),
            integrity: Vec::with_capacity(parts.len()),
            spool: spool.map(|file| Spool { file, length: 0 }),
        };
        for (part, source) in parts.iter().enumerate() {
            let mut first = FirstReading {
                catalog: &mut catalog,
                part,
                go_on,
            };
            let integrity = match source.walk(&mut first) {
                Ok(integrity) => integrity,
                // The other parts can be had all the same.
                Err(WalkError::Part(error)) => Integrity::Damaged { what: error.why() },
                Err(WalkError::Own(error)) => return Err(error),
            };
            catalog.integrity.push(integrity);
        }
        Ok(catalog)
    }

    /// The bytes of a JSON file, as they stood in the export.
    pub(crate) fn text(&self, entry: usize) -> io::Result<Option<Vec<u8>>> {
        let (Some(text), Some(spool)) = (self.origins[entry].text, &self.spool) else {
            return Ok(None);
        };
        let mut bytes = vec![0; text.length];
        spool.file.read_exact_at(&mut bytes, text.start)?;
        Ok(Some(bytes))
    }
}

struct Spool {
    file: File,
    length: u64,
}

impl Spool {
    fn keep(&mut self, bytes: &[u8]) -> io::Result<Text> {
        self.file.write_all(bytes)?;
        let start = self.length;
        self.length += bytes.len() as u64;
        Ok(Text {
            start,
            length: bytes.len(),
        })
    }
}

struct FirstReading<'a> {
    catalog: &'a mut Catalog,
    part: usize,
    go_on: &'a dyn Fn() -> bool,
}

impl FirstReading<'_> {
    fn list(&mut self, entry: &Entry, json: Option<Json>, text: Option<Text>) {
        self.catalog.entries.push(Listed {
            path: entry.path.clone(),
            json,
        });
        self.catalog.origins.push(Origin {
            part: self.part,
            ordinal: entry.ordinal,
            size: entry.size,
            text,
        });
    }
}

impl Visitor for FirstReading<'_> {
    type Error = CatalogError;

    fn wants(&mut self, entry: &Entry) -> Result<bool, CatalogError> {
        if !(self.go_on)() {
            return Err(CatalogError::Stopped);
        }
        if is_json(&entry.path) {
            let is_readable = entry.size <= MOST_JSON;
            if !is_readable {
                self.list(entry, Some(Json::Unreadable), None);
            }
            return Ok(is_readable);
        }
        self.list(entry, None, None);
        Ok(false)
    }

    fn read(&mut self, entry: &Entry, bytes: &mut dyn Read) -> Result<(), Unread<CatalogError>> {
        let mut text = Vec::new();
        bytes
            .take(MOST_JSON + 1)
            .read_to_end(&mut text)
            .map_err(Unread::Damaged)?;
        let json = json::read(&text);
        let kept = self.catalog.spool.as_mut().map(|spool| spool.keep(&text));
        let kept = kept
            .transpose()
            .map_err(|error| Unread::Own(CatalogError::Spool(error)))?;
        self.list(entry, Some(json), kept);
        Ok(())
    }

    fn damaged(&mut self, entry: &Entry, why: &str) -> Result<(), CatalogError> {
        self.catalog.skipped.push(Skipped {
            part: self.part,
            path: entry.path.clone(),
            why: Why::Damaged(why.to_owned()),
        });
        Ok(())
    }

    fn skipped(&mut self, path: &str, why: Skip) -> Result<(), CatalogError> {
        self.catalog.skipped.push(Skipped {
            part: self.part,
            path: path.to_owned(),
            why: Why::Kind(why),
        });
        Ok(())
    }
}
