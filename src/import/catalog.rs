//! The first reading: every entry of every part of one export, and what its JSON says.
//!
//! Needs memory for the entries' paths and what of the JSON counts, never for bytes: the JSON itself goes to an unnamed file.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

use crate::import::known::{key, long_text};
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
    /// When the sidecars were written, which is when they were exported: of the one in the middle, so that no odd one counts.
    /// Seconds since 1970.
    pub(crate) written: Option<i64>,
    /// Of all of them, while they are read.
    all_written: Vec<i64>,
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
    /// Of a JSON file: the key of its text.
    pub(crate) text_key: Option<u64>,
    text: Option<Text>,
}

/// Where the text of a JSON file lies in the spool.
#[derive(Debug, Clone, Copy)]
struct Text {
    start: u64,
    length: u64,
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

/// Sidecars are about a kilobyte. What has more bytes than this describes no photo, and is only recorded: memory is not to
/// depend on what an archive holds.
const MOST_JSON: u64 = 16 << 20;
/// Bytes of such a file that are recorded at a time.
const PIECE: u64 = 12 << 20;

impl Catalog {
    /// Reads all parts. `spool` is a file that nobody else sees, for the texts, where they are wanted; `begin` hears of every
    /// part, and `go_on` is asked before every entry.
    pub(crate) fn read(
        parts: &[Part],
        spool: Option<File>,
        begin: &mut dyn FnMut(&Part),
        go_on: &dyn Fn() -> bool,
    ) -> Result<Self, CatalogError> {
        let mut catalog = Self {
            entries: Vec::new(),
            origins: Vec::new(),
            skipped: Vec::new(),
            integrity: Vec::with_capacity(parts.len()),
            written: None,
            all_written: Vec::new(),
            spool: spool.map(|file| Spool { file, length: 0 }),
        };
        for (part, source) in parts.iter().enumerate() {
            begin(source);
            let mut first = FirstReading {
                catalog: &mut catalog,
                part,
                go_on,
            };
            let integrity = match source.walk(&mut first) {
                Ok(integrity) => integrity,
                // The other parts can be had all the same.
                Err(WalkError::Part(error)) => Integrity::unusable(error.why()),
                Err(WalkError::Own(error)) => return Err(error),
            };
            catalog.integrity.push(integrity);
        }
        let mut written = std::mem::take(&mut catalog.all_written);
        let middle = written.len() / 2;
        if middle < written.len() {
            catalog.written = Some(*written.select_nth_unstable(middle).1);
        }
        // They have grown by doubling, and stay as long as the import.
        catalog.entries.shrink_to_fit();
        catalog.origins.shrink_to_fit();
        Ok(catalog)
    }

    /// What is not read although it may be a photo: the part, the path and why.
    pub(crate) fn left_out(&self) -> impl Iterator<Item = (usize, &str, &'static str)> {
        self.skipped.iter().filter_map(|skipped| match skipped.why {
            Why::Kind(kind) if kind.is_loss() => {
                Some((skipped.part, skipped.path.as_str(), kind.reason()))
            }
            _ => None,
        })
    }

    /// The bytes of a JSON file, as they stood in the export; `None` of one that is to be had in pieces only.
    pub(crate) fn text(&self, entry: usize) -> io::Result<Option<Vec<u8>>> {
        match (self.origins[entry].text, &self.spool) {
            (Some(text), Some(spool)) if text.length <= MOST_JSON => {
                Ok(Some(spool.get(text.start, text.length)?))
            }
            _ => Ok(None),
        }
    }

    /// The bytes of a JSON file that is too large for [`Catalog::text`], a piece after another.
    pub(crate) fn pieces(&self, entry: usize) -> Vec<Piece> {
        let text = self.origins[entry].text;
        let Some(text) = text.filter(|text| text.length > MOST_JSON) else {
            return Vec::new();
        };
        let starts = (0..text.length.div_ceil(PIECE)).map(|number| number * PIECE);
        starts
            .map(|start| Piece {
                start: text.start + start,
                length: PIECE.min(text.length - start),
            })
            .collect()
    }

    pub(crate) fn piece(&self, piece: &Piece) -> io::Result<Vec<u8>> {
        match &self.spool {
            Some(spool) => spool.get(piece.start, piece.length),
            None => Ok(Vec::new()),
        }
    }
}

/// Where a piece of a large text lies in the spool.
pub(crate) struct Piece {
    start: u64,
    length: u64,
}

struct Spool {
    file: File,
    length: u64,
}

impl Spool {
    fn keep(&mut self, bytes: &[u8]) -> io::Result<Text> {
        self.file.write_all_at(bytes, self.length)?;
        let text = Text {
            start: self.length,
            length: bytes.len() as u64,
        };
        self.length += text.length;
        Ok(text)
    }

    /// The same of bytes that are read meanwhile.
    fn keep_all(&mut self, bytes: &mut dyn Read) -> Result<Text, Unread<CatalogError>> {
        let mut buffer = vec![0; BUFFER];
        let mut text = Text {
            start: self.length,
            length: 0,
        };
        loop {
            let read = match bytes.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Unread::Damaged(error)),
            };
            let kept = self.keep(&buffer[..read]);
            text.length += kept
                .map_err(|error| Unread::Own(CatalogError::Spool(error)))?
                .length;
        }
        Ok(text)
    }

    fn get(&self, start: u64, length: u64) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        self.file.read_exact_at(&mut bytes, start)?;
        Ok(bytes)
    }
}

/// Bytes read at a time.
const BUFFER: usize = 1 << 18;

struct FirstReading<'a> {
    catalog: &'a mut Catalog,
    part: usize,
    go_on: &'a dyn Fn() -> bool,
}

impl FirstReading<'_> {
    fn list(
        &mut self,
        entry: &Entry,
        json: Option<Json>,
        (text_key, text): (Option<u64>, Option<Text>),
    ) {
        self.catalog.entries.push(Listed {
            path: entry.path.clone(),
            json,
        });
        self.catalog.origins.push(Origin {
            part: self.part,
            ordinal: entry.ordinal,
            size: entry.size,
            text_key,
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
            let is_readable = entry.size <= MOST_JSON || self.catalog.spool.is_some();
            if !is_readable {
                let text = Some(long_text(entry.size));
                self.list(entry, Some(Json::Unreadable), (text, None));
            }
            return Ok(is_readable);
        }
        self.list(entry, None, (None, None));
        Ok(false)
    }

    fn read(&mut self, entry: &Entry, bytes: &mut dyn Read) -> Result<(), Unread<CatalogError>> {
        if let Some(doubt) = entry.doubt() {
            // Nobody knows what it describes.
            return self.damaged(entry, &doubt).map_err(Unread::Own);
        }
        if entry.size > MOST_JSON
            && let Some(spool) = &mut self.catalog.spool
        {
            let kept = spool.keep_all(bytes)?;
            let text = Some(long_text(entry.size));
            self.list(entry, Some(Json::Unreadable), (text, Some(kept)));
            return Ok(());
        }
        let mut text = Vec::new();
        bytes
            .take(MOST_JSON + 1)
            .read_to_end(&mut text)
            .map_err(Unread::Damaged)?;
        let json = json::read(&text);
        if matches!(json, Json::Sidecar(_)) {
            self.catalog.all_written.extend(entry.modified);
        }
        let kept = self.catalog.spool.as_mut().map(|spool| spool.keep(&text));
        let kept = kept
            .transpose()
            .map_err(|error| Unread::Own(CatalogError::Spool(error)))?;
        self.list(entry, Some(json), (Some(key(&text)), kept));
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
