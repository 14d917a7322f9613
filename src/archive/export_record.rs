//! `media_items_list/takeout-<export id>.jsonl`: what an export says, verbatim, and what became of its files; one line per
//! entry, and one per part that was read to its end.
//!
//! A line is durable before the index says that its photo is stored. A line counts only if it ends in a newline, so that one
//! cut short by a crash is no line. When a part is added to an export later, this is how its other parts are known.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

use crate::archive::ArchiveError;
use crate::durable::{self, NO_FOLLOW};

/// One line of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Line {
    Entry(EntryLine),
    Part(PartLine),
    Begun(BegunLine),
    United(UnitedLine),
}

/// What is recorded of an entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EntryLine {
    /// Its path in the export.
    pub(crate) entry: String,
    /// The part it was read from.
    pub(crate) part: String,
    /// Bytes.
    pub(crate) size: u64,
    /// Of a photo's file: the digest of its bytes, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sha256: Option<String>,
    /// Of a photo's file: the path of the entry that describes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sidecar: Option<String>,
    /// Of a JSON file: its text, verbatim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) json: Option<String>,
    /// The same of one that is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) json_base64: Option<String>,
    /// The same of one too large for a line: which of how many pieces `json_base64` is, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) piece: Option<(u64, u64)>,
    /// Nothing vouches for its bytes: the part was damaged, and has one checksum for all of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) unproven: bool,
}

impl Line {
    /// What `serde` would do of itself takes twice as long, because it keeps everything that it tries.
    fn parse(line: &[u8]) -> Option<Self> {
        let entry = serde_json::from_slice(line).map(Self::Entry);
        entry
            .or_else(|_| serde_json::from_slice(line).map(Self::Part))
            .or_else(|_| serde_json::from_slice(line).map(Self::Begun))
            .or_else(|_| serde_json::from_slice(line).map(Self::United))
            .ok()
    }
}

impl EntryLine {
    /// The bytes of a JSON file.
    pub(crate) fn text(&self) -> Option<Vec<u8>> {
        match (&self.json, &self.json_base64) {
            (Some(text), _) => Some(text.clone().into_bytes()),
            (None, Some(text)) => BASE64.decode(text.as_bytes()).ok(),
            (None, None) => None,
        }
    }
}

/// What is recorded of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartLine {
    /// Its file's name.
    pub(crate) finished_part: String,
    /// Its number in the export, where its name says one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) number: Option<u32>,
    /// Hexadecimal; a folder has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fingerprint: Option<String>,
    /// Its size, where only that tells without reading all of it that it may be this part again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) bytes: Option<u64>,
    /// Nothing of it was missing or damaged.
    pub(crate) whole: bool,
    /// Something was left out because it is in the trash.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) without_trash: bool,
    /// How many entries it has.
    pub(crate) entries: u64,
    /// When the export was made, where that is known: seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) exported: Option<i64>,
    /// Where it lay, of one whose name does not tell its export.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<String>,
}

/// A part whose name does not tell its export, and which is being read: even if that never ends, it is known to be of this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BegunLine {
    /// Its file's name.
    pub(crate) begun_part: String,
    /// As in [`PartLine`], each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fingerprint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<String>,
}

/// Another export turned out to be this one: all lines of its record stand before this line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UnitedLine {
    pub(crate) united: String,
}

/// The record of one export, being written.
pub(crate) struct ExportRecord {
    path: PathBuf,
    pub(super) file: File,
}

impl ExportRecord {
    /// Opens the record of an export, made if need be.
    pub(crate) fn open(manifests: &Path, export: &str) -> Result<Self, ArchiveError> {
        let path = path_of(manifests, export);
        let storage = |error| ArchiveError::storage("open", path.display().to_string(), error);
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .custom_flags(NO_FOLLOW)
            .open(&path)
            .map_err(storage)?;
        if !ends_in_newline(&mut file).map_err(storage)? {
            // What a crash has cut stays what it is, no line, even where only the newline was cut.
            file.write_all(CUT).map_err(storage)?;
        }
        let folder = path.parent().unwrap_or(manifests);
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(storage)?;
        Ok(Self { path, file })
    }

    /// Appends lines, durable when this returns.
    pub(crate) fn append(&mut self, lines: &[Line]) -> Result<(), ArchiveError> {
        let mut text = Vec::new();
        for line in lines {
            // Strings and numbers always become JSON.
            let written = serde_json::to_writer(&mut text, line);
            written.map_err(|error| self.failed(error.into()))?;
            text.push(b'\n');
        }
        if text.is_empty() {
            return Ok(());
        }
        let written = self
            .file
            .write_all(&text)
            .and_then(|()| self.file.sync_data());
        written.map_err(|error| self.failed(error))
    }

    pub(super) fn failed(&self, error: io::Error) -> ArchiveError {
        ArchiveError::storage("write", self.path.display().to_string(), error)
    }
}

/// The exports that have a record, and the bytes of each record.
pub(crate) fn all(manifests: &Path) -> Result<Vec<(String, u64)>, ArchiveError> {
    let storage =
        |error| ArchiveError::storage("look through", manifests.display().to_string(), error);
    let mut exports = Vec::new();
    for entry in std::fs::read_dir(manifests).map_err(storage)? {
        let entry = entry.map_err(storage)?;
        let name = entry.file_name();
        let export = name
            .to_str()
            .and_then(|name| name.strip_prefix("takeout-")?.strip_suffix(".jsonl"));
        // A link or a folder of that name is none of ours.
        let found = entry.metadata().map_err(storage)?;
        let export = export.filter(|_| found.is_file());
        exports.extend(export.map(|export| (export.to_owned(), found.len())));
    }
    exports.sort();
    Ok(exports)
}

/// The bytes of a JSON file whose line begins at `at`.
pub(crate) fn text_at(
    manifests: &Path,
    export: &str,
    at: u64,
) -> Result<Option<Vec<u8>>, ArchiveError> {
    Ok(entry_at(manifests, export, at)?.and_then(|entry| entry.text()))
}

/// The line of an entry that begins at `at`.
pub(crate) fn entry_at(
    manifests: &Path,
    export: &str,
    at: u64,
) -> Result<Option<EntryLine>, ArchiveError> {
    let path = path_of(manifests, export);
    let line = || -> io::Result<Vec<u8>> {
        let mut file = durable::open_regular(&path)?;
        file.seek(SeekFrom::Start(at))?;
        let mut line = Vec::new();
        BufReader::new(file.take(LONGEST)).read_until(b'\n', &mut line)?;
        Ok(line)
    };
    let line =
        line().map_err(|error| ArchiveError::storage("read", path.display().to_string(), error))?;
    Ok(match Line::parse(&line) {
        Some(Line::Entry(entry)) => Some(entry),
        _ => None,
    })
}

/// The lines of an export's record, one after another, each with where it begins; none when there is no record. What is no line
/// is left out.
pub(crate) fn read(
    manifests: &Path,
    export: &str,
) -> Result<impl Iterator<Item = io::Result<(u64, Line)>>, ArchiveError> {
    let lines = raw(manifests, export)?;
    Ok(lines.filter_map(|line| match line {
        Ok((at, line)) => Some(Ok((at, Line::parse(&line)?))),
        Err(error) => Some(Err(error)),
    }))
}

/// The lines of an export's parts and of what it was united with: as [`read`], and much quicker, because nothing else is looked
/// into.
pub(crate) fn parts(
    manifests: &Path,
    export: &str,
) -> Result<impl Iterator<Item = io::Result<Line>>, ArchiveError> {
    let lines = raw(manifests, export)?;
    Ok(lines.filter_map(|line| match line {
        Ok((_, line)) if PARTS.iter().any(|start| line.starts_with(start)) => {
            Line::parse(&line).map(Ok)
        }
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    }))
}

/// Everything that ends in a newline, and where it begins.
fn raw(
    manifests: &Path,
    export: &str,
) -> Result<impl Iterator<Item = io::Result<(u64, Vec<u8>)>>, ArchiveError> {
    let path = path_of(manifests, export);
    let reader = match durable::open_regular(&path) {
        Ok(file) => Some(BufReader::new(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            return Err(ArchiveError::storage(
                "read",
                path.display().to_string(),
                error,
            ));
        }
    };
    let (mut reader, mut next) = (reader, 0);
    Ok(std::iter::from_fn(move || {
        let reader = reader.as_mut()?;
        let mut line = Vec::new();
        match reader.take(LONGEST).read_until(b'\n', &mut line) {
            Err(error) => Some(Err(error)),
            Ok(_) if !line.ends_with(b"\n") => None,
            Ok(_) => {
                let at = next;
                next += line.len() as u64;
                Some(Ok((at, line)))
            }
        }
    }))
}

/// How the lines of parts begin, and of what was united.
const PARTS: [&[u8]; 3] = [b"{\"finished_part\"", b"{\"begun_part\"", b"{\"united\""];

/// Behind what is no whole line: no JSON ends like this.
pub(super) const CUT: &[u8] = b" (cut)\n";

/// Bytes of a line: JSON files of up to 16 MiB are recorded, and escaping makes them longer, six times at the worst.
const LONGEST: u64 = 128 << 20;

/// Export ids are letters, digits and dashes: [`crate::source::takeout`] gives no others.
pub(super) fn path_of(manifests: &Path, export: &str) -> PathBuf {
    let safe: String = export
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' {
                c
            } else {
                '_'
            }
        })
        .collect();
    manifests.join(format!("takeout-{safe}.jsonl"))
}

pub(super) fn ends_in_newline(file: &mut File) -> io::Result<bool> {
    let size = file.seek(SeekFrom::End(0))?;
    let mut last = [b'\n'];
    if size > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    Ok(last == *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> [Line; 3] {
        [
            Line::Entry(EntryLine {
                entry: "Takeout/Google Photos/a.jpg".to_owned(),
                part: "takeout-1-001.zip".to_owned(),
                size: 5,
                sha256: Some("ab".to_owned()),
                ..EntryLine::default()
            }),
            Line::Entry(EntryLine {
                entry: "Takeout/Google Photos/a.jpg.json".to_owned(),
                json: Some("{\"title\":\n\"a\u{2028}\"}".to_owned()),
                ..EntryLine::default()
            }),
            Line::Part(PartLine {
                finished_part: "takeout-1-001.zip".to_owned(),
                number: Some(1),
                without_trash: false,
                fingerprint: None,
                bytes: None,
                whole: true,
                entries: 2,
                exported: Some(7),
                place: None,
            }),
        ]
    }

    fn read_all(folder: &Path) -> Vec<Line> {
        read(folder, "1")
            .expect("read")
            .map(|line| line.expect("a line").1)
            .collect()
    }

    #[test]
    fn what_was_written_is_read_again_wherever_a_crash_has_cut_it() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(read_all(folder.path()), []);
        let lines = lines();
        ExportRecord::open(folder.path(), "1")
            .expect("opened")
            .append(&lines)
            .expect("written");
        assert_eq!(read_all(folder.path()), lines);
        let path = folder.path().join("takeout-1.jsonl");
        let whole = std::fs::read(&path).expect("read");
        for cut in 0..whole.len() {
            std::fs::write(&path, &whole[..cut]).expect("written");
            let complete = whole[..cut].split(|byte| *byte == b'\n').count() - 1;
            assert_eq!(read_all(folder.path()), lines[..complete], "cut at {cut}");
            let mut record = ExportRecord::open(folder.path(), "1").expect("opened");
            record.append(&lines[2..]).expect("written");
            let expected: Vec<_> = lines[..complete]
                .iter()
                .chain(&lines[2..])
                .cloned()
                .collect();
            assert_eq!(
                read_all(folder.path()),
                expected,
                "cut at {cut} and continued"
            );
        }
    }
}
