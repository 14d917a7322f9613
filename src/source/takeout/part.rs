//! Finding the parts of exports among what the user names, and telling which belong together.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256};

use crate::durable;
use crate::source::takeout::{Integrity, Visitor, WalkError, folder, tgz, zip};

/// One part of an export.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) path: PathBuf,
    kind: Kind,
    /// Which export it belongs to: the time stamp in its name. `None` for a name that Google does not give.
    pub(crate) export: Option<String>,
    /// Its number in the export, where its name says one.
    pub(crate) number: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Zip,
    /// A tar archive, with gzip around it or without.
    Tar,
    Folder,
}

/// Why a part cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PartError {
    #[error("could not read {}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} is neither a zip nor a tgz archive nor a folder", path.display())]
    NotAnArchive { path: PathBuf },
    #[error("there is no Takeout archive in {}", path.display())]
    NothingThere { path: PathBuf },
    #[error("{}: {why}", path.display())]
    Implausible { path: PathBuf, why: String },
}

impl PartError {
    /// With the cause, and without the path.
    pub(crate) fn why(&self) -> String {
        match self {
            Self::Unreadable { source, .. } => format!("it cannot be read ({source})"),
            Self::Implausible { why, .. } => format!("it {why}"),
            other => other.to_string(),
        }
    }
}

/// The parts that the user means: archives, folders of archives, and extracted exports. Sorted by export and number, each once.
pub(crate) fn find_parts(paths: &[PathBuf]) -> Result<Vec<Part>, PartError> {
    let mut parts = Vec::new();
    for path in paths {
        let metadata = fs::metadata(path).map_err(unreadable(path))?;
        if !metadata.is_dir() {
            parts.push(
                archive(path)?.ok_or_else(|| PartError::NotAnArchive { path: path.clone() })?,
            );
            continue;
        }
        let mut inside = Vec::new();
        for entry in fs::read_dir(path).map_err(unreadable(path))? {
            let entry = entry.map_err(unreadable(path))?.path();
            if entry.is_file() && looks_like_an_archive(&entry) {
                inside.extend(archive(&entry)?);
            }
        }
        inside.append(&mut extracted_parts(path)?);
        if inside.is_empty() {
            let is_empty = fs::read_dir(path)
                .map_err(unreadable(path))?
                .next()
                .is_none();
            if is_empty {
                return Err(PartError::NothingThere { path: path.clone() });
            }
            inside.push(extracted(path));
        }
        parts.append(&mut inside);
    }
    parts.sort_by(|a, b| (&a.export, a.number, &a.path).cmp(&(&b.export, b.number, &b.path)));
    parts.dedup_by(|a, b| a.path == b.path);
    Ok(parts)
}

impl Part {
    /// The file's or folder's own name, for messages and for the record.
    pub(crate) fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        name.to_string_lossy().into_owned()
    }

    /// An extracted folder, all of whose files would be read.
    pub(crate) fn is_folder(&self) -> bool {
        self.kind == Kind::Folder
    }

    /// Walks all entries in their order.
    pub(crate) fn walk<V: Visitor>(
        &self,
        visitor: &mut V,
    ) -> Result<Integrity, WalkError<V::Error>> {
        match self.kind {
            Kind::Zip => zip::walk(&self.path, visitor),
            Kind::Tar => tgz::walk(&self.path, visitor),
            Kind::Folder => folder::walk(&self.path, visitor),
        }
    }

    /// What tells this part from any other without reading it whole: SHA-256 of its size, its first and its last MiB. The
    /// end of a zip archive is its directory with the checksum of every entry, that of a gzip archive the checksum of all.
    /// `None` for a folder, which has no such end.
    pub(crate) fn fingerprint(&self) -> Result<Option<[u8; 32]>, PartError> {
        if self.kind == Kind::Folder {
            return Ok(None);
        }
        self.fingerprint_of_file()
            .map(Some)
            .map_err(unreadable(&self.path))
    }

    fn fingerprint_of_file(&self) -> io::Result<[u8; 32]> {
        let mut file = open(&self.path)?;
        let size = file.metadata()?.len();
        let mut hash = Context::new(&SHA256);
        hash.update(&size.to_be_bytes());
        for start in [0, size.saturating_sub(ENDS)] {
            file.seek(SeekFrom::Start(start))?;
            let mut end = Vec::new();
            (&mut file).take(ENDS).read_to_end(&mut end)?;
            hash.update(&end);
        }
        Ok(hash
            .finish()
            .as_ref()
            .first_chunk()
            .copied()
            .unwrap_or_default())
    }
}

/// Bytes at each end of a part that go into its fingerprint.
const ENDS: u64 = 1 << 20;

/// Opens a part for reading only, and never anything but a regular file.
pub(super) fn open(path: &Path) -> io::Result<File> {
    // A link to an archive is an archive: the user has named it.
    durable::open_regular(&fs::canonicalize(path)?)
}

fn unreadable(path: &Path) -> impl Fn(io::Error) -> PartError + '_ {
    move |source| PartError::Unreadable {
        path: path.to_owned(),
        source,
    }
}

/// The folders in this one that are extracted parts, each with a `Takeout` of its own.
fn extracted_parts(path: &Path) -> Result<Vec<Part>, PartError> {
    let mut parts = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable(path))? {
        let inside = entry.map_err(unreadable(path))?.path();
        if fs::symlink_metadata(inside.join("Takeout")).is_ok_and(|found| found.is_dir()) {
            parts.push(extracted(&inside));
        }
    }
    Ok(parts)
}

/// An extracted part, or an extracted export. Whoever extracts a part often leaves the folder its name.
fn extracted(path: &Path) -> Part {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let (export, number) = export_of(name).unzip();
    Part {
        path: path.to_owned(),
        kind: Kind::Folder,
        export,
        number: number.flatten(),
    }
}

/// Told by its first bytes, not by its name.
fn archive(path: &Path) -> Result<Option<Part>, PartError> {
    let mut start = Vec::new();
    let file = open(path).map_err(unreadable(path))?;
    file.take(512)
        .read_to_end(&mut start)
        .map_err(unreadable(path))?;
    let kind = match start.as_slice() {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Kind::Zip,
        [0x1f, 0x8b, ..] => Kind::Tar,
        bytes if bytes.get(257..262) == Some(b"ustar") => Kind::Tar,
        _ => return Ok(None),
    };
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let (export, number) = export_of(name).unzip();
    Ok(Some(Part {
        path: path.to_owned(),
        kind,
        export,
        number: number.flatten(),
    }))
}

fn looks_like_an_archive(path: &Path) -> bool {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_ascii_lowercase();
    [".zip", ".tgz", ".tar.gz", ".tar"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

/// The export and the number in a name such as `takeout-20240525T201456Z-001.zip`, or, since 2025,
/// `takeout-20260307T053026Z-3-001.zip`; a browser may have added ` (1)`.
fn export_of(name: &str) -> Option<(String, Option<u32>)> {
    let lower = name.to_ascii_lowercase();
    let stem = [".tar.gz", ".tgz", ".tar", ".zip"]
        .iter()
        .find_map(|ending| lower.strip_suffix(ending))
        .or_else(|| (!lower.contains('.')).then_some(lower.as_str()))?;
    let stem = match stem.rsplit_once(" (") {
        Some((before, number)) if number.strip_suffix(')').is_some_and(is_number) => before,
        _ => stem,
    };
    let (stamp, rest) = match stem.strip_prefix("takeout-")?.split_once('-') {
        Some((stamp, rest)) => (stamp, Some(rest)),
        None => (stem.strip_prefix("takeout-")?, None),
    };
    let is_stamp = stamp.len() >= 15
        && stamp.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && stamp.starts_with(|first: char| first.is_ascii_digit());
    let number = rest
        .and_then(|rest| rest.rsplit('-').next())
        .filter(|number| is_number(number));
    is_stamp.then(|| {
        (
            stamp.to_ascii_uppercase(),
            number.and_then(|number| number.parse().ok()),
        )
    })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parts_name_tells_its_export_and_number() {
        for (name, expected) in [
            (
                "takeout-20240525T201456Z-001.zip",
                Some(("20240525T201456Z", Some(1))),
            ),
            (
                "takeout-20250921T1994402Z-3-009.zip",
                Some(("20250921T1994402Z", Some(9))),
            ),
            (
                "takeout-20260307T053026Z-3-001 (1).tgz",
                Some(("20260307T053026Z", Some(1))),
            ),
            (
                "Takeout-20240525T201456Z-012.TAR.GZ",
                Some(("20240525T201456Z", Some(12))),
            ),
            (
                "takeout-20240525T201456Z.zip",
                Some(("20240525T201456Z", None)),
            ),
            ("photos.zip", None),
            ("takeout-old.zip", None),
            ("takeout-20240525T201456Z-001.rar", None),
            (
                "takeout-20240525T201456Z-001",
                Some(("20240525T201456Z", Some(1))),
            ),
        ] {
            let expected = expected.map(|(export, number)| (export.to_owned(), number));
            assert_eq!(export_of(name), expected, "{name}");
        }
    }
}
