//! One row of a manifest: its columns, its text, and back.
//!
//! Apart from the file that holds it, because rows are read as well as written: by the next start, and by whoever rebuilds
//! an index.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::rc::Rc;

use aws_lc_rs::digest::SHA256_OUTPUT_LEN;
use data_encoding::HEXLOWER_PERMISSIVE;
use serde::Deserialize;

use crate::archive::tree;
use crate::durable;

/// One row. Every cell is text, because that is what a CSV holds; empty means not known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) source: String,
    pub(crate) role: String,
    pub(crate) filename: String,
    /// RFC 3339, UTC.
    pub(crate) creation_time: String,
    pub(crate) mime_type: String,
    pub(crate) kind: String,
    pub(crate) width: String,
    pub(crate) height: String,
    pub(crate) camera_make: String,
    pub(crate) camera_model: String,
    pub(crate) description: String,
    pub(crate) product_url: String,
    pub(crate) albums: String,
    /// Relative to `downloads/`.
    pub(crate) local_path: String,
    pub(crate) size_bytes: String,
    pub(crate) sha256: String,
    /// downloaded, present, adopted, linked, skipped, failed, gone.
    pub(crate) status: String,
    pub(crate) detail: String,
}

/// The columns, in their order.
const COLUMNS: [&str; 19] = [
    "id",
    "source",
    "role",
    "filename",
    "creation_time",
    "mime_type",
    "kind",
    "width",
    "height",
    "camera_make",
    "camera_model",
    "description",
    "product_url",
    "albums",
    "local_path",
    "size_bytes",
    "sha256",
    "status",
    "detail",
];

impl Row {
    pub(super) fn write<W: io::Write>(
        &self,
        writer: &mut csv::Writer<W>,
    ) -> Result<(), csv::Error> {
        writer.write_record(self.clone().guarded().cells().map(|cell| &*cell))
    }

    /// With every cell made harmless that a spreadsheet would run as a formula; [`Row::unguarded`] undoes it. What is longer
    /// than can be read back is cut.
    fn guarded(mut self) -> Self {
        for (cell, column) in self.cells().into_iter().zip(COLUMNS) {
            let longest = match column {
                "description" | "albums" | "detail" => LONGEST_TEXT,
                _ => LONGEST_CELL,
            };
            cell.truncate(cell.floor_char_boundary(longest));
            if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) {
                cell.insert(0, '\'');
            }
        }
        self
    }

    /// Whether what it says of a file can be so: whoever edits a list by hand can write anything.
    pub(super) fn is_possible(&self) -> bool {
        let is_size = |size: &str| size.parse::<i64>().is_ok_and(|size| size >= 0);
        let is_digest = |text: &str| {
            let digest = HEXLOWER_PERMISSIVE.decode(text.as_bytes());
            digest.is_ok_and(|digest| digest.len() == SHA256_OUTPUT_LEN)
        };
        let is_name = |name: &str| name.encode_utf16().count() <= LONGEST_NAME;
        (self.size_bytes.is_empty() || is_size(&self.size_bytes))
            && (self.sha256.is_empty() || is_digest(&self.sha256))
            && tree::is_inside(&self.local_path)
            && self.local_path.split('/').all(is_name)
    }

    fn unguarded(mut self) -> Self {
        for cell in self.cells() {
            if cell.starts_with('\'') {
                cell.remove(0);
            }
        }
        self
    }

    fn cells(&mut self) -> [&mut String; 19] {
        [
            &mut self.id,
            &mut self.source,
            &mut self.role,
            &mut self.filename,
            &mut self.creation_time,
            &mut self.mime_type,
            &mut self.kind,
            &mut self.width,
            &mut self.height,
            &mut self.camera_make,
            &mut self.camera_model,
            &mut self.description,
            &mut self.product_url,
            &mut self.albums,
            &mut self.local_path,
            &mut self.size_bytes,
            &mut self.sha256,
            &mut self.status,
            &mut self.detail,
        ]
    }
}

/// The rows of a manifest, one after another. The last one counts only if it ends in a newline; one that cannot be read is
/// an error of its own, and one that does not end is the last.
pub(crate) fn read(path: &Path) -> io::Result<impl Iterator<Item = Result<Row, csv::Error>>> {
    let mut file = durable::open_regular(path)?;
    let complete = ends_in_newline(&mut file)?;
    let since_row = Rc::new(Cell::new(0));
    let bounded = Bounded {
        file,
        since_row: since_row.clone(),
    };
    let mut reader = csv::ReaderBuilder::new().from_reader(io::BufReader::new(bounded));
    // Its rows would leave unsaid that there is no end to the first line.
    let mut endless = reader.byte_headers().err();
    since_row.set(0);
    let mut rows = reader.into_deserialize::<Row>();
    let mut is_over = false;
    // Behind an error of the file itself there is nothing more to be had.
    let rows = std::iter::from_fn(move || {
        if is_over {
            return None;
        }
        let row = match endless.take() {
            Some(error) => Err(error),
            None => rows.next()?,
        };
        since_row.set(0);
        is_over = row.as_ref().is_err_and(csv::Error::is_io_error);
        Some(row)
    });
    let mut rows = rows.peekable();
    Ok(std::iter::from_fn(move || {
        let row = rows.next()?;
        let is_endless = row.as_ref().is_err_and(csv::Error::is_io_error);
        if rows.peek().is_none() && !complete && !is_endless {
            return None;
        }
        Some(row.map(Row::unguarded))
    }))
}

/// A manifest's bytes, as long as its rows end: what somebody has put there in a manifest's place must not fill the memory.
struct Bounded {
    file: File,
    /// Bytes that were read since the last row.
    since_row: Rc<Cell<usize>>,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.since_row.set(self.since_row.get() + count);
        if self.since_row.get() > LONGEST_ROW {
            let endless = "a row that does not end";
            return Err(io::Error::new(io::ErrorKind::InvalidData, endless));
        }
        Ok(count)
    }
}

/// Bytes of a description, of an item's albums, and of what there is to say of it. Google's own limits are far below (a
/// description has at most 1,000 characters, <https://developers.google.com/photos/library/reference/rest/v1/mediaItems>);
/// what an export says is kept elsewhere too.
const LONGEST_TEXT: usize = 1 << 20;
/// Units of UTF-16 in a name: no file system takes more, and most count bytes.
const LONGEST_NAME: usize = 255;
/// Bytes of any other cell; a path has at most 4,096.
const LONGEST_CELL: usize = 64 << 10;
/// Bytes of a row: every cell at its longest, and all of it quotes, which are doubled.
const LONGEST_ROW: usize = 2 * (3 * LONGEST_TEXT + (COLUMNS.len() - 3) * LONGEST_CELL) + 1024;

/// Whether a manifest that was once complete still is, as far as its end can tell.
pub(super) fn is_whole(path: &Path) -> io::Result<bool> {
    let mut file = durable::open_regular(path)?;
    Ok(file.metadata()?.len() > 0 && ends_in_newline(&mut file)?)
}

/// Rows that [`to_csv`] has made.
pub(super) fn parse(lines: &[u8]) -> impl Iterator<Item = Result<Row, csv::Error>> {
    let reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(lines);
    reader.into_deserialize().map(|row| row.map(Row::unguarded))
}

/// By creation time, undated last, then id, then role.
pub(super) fn order(row: &Row) -> (bool, &str, &str, &str) {
    (
        row.creation_time.is_empty(),
        &row.creation_time,
        &row.id,
        &row.role,
    )
}

/// A manifest's first line.
pub(super) fn header() -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    writer
        .into_inner()
        .map_err(|error| error.into_error().into())
}

/// Rows as lines, without a header.
pub(super) fn to_csv(rows: &[Row]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        row.write(&mut writer)?;
    }
    writer
        .into_inner()
        .map_err(|error| error.into_error().into())
}

fn ends_in_newline(file: &mut File) -> io::Result<bool> {
    let size = file.seek(SeekFrom::End(0))?;
    let mut last = [b'\n'];
    if size > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    file.rewind()?;
    Ok(last == *b"\n")
}
