//! The manifest: the CSV that says, for every file of every item that a run saw, what became of it.
//!
//! While the run works, rows of finished files are appended to `….csv.partial`, durably and batch by batch; at its end the
//! complete, sorted list takes that file's place. A row counts only if it ends in a newline.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDateTime, Utc};

use crate::archive::ArchiveError;
use crate::archive::row::{self, Row};
use crate::durable::NO_FOLLOW;

/// A manifest that is being written.
pub(crate) struct Partial {
    /// The final path; `.partial` is appended while the run works.
    path: PathBuf,
    file: File,
}

impl Partial {
    /// Begins a manifest under a name of its own: `item-list-20261123T010203Z.csv`, with `-2` and so on if two runs
    /// began in the same second.
    pub(crate) fn create(folder: &Path, now: DateTime<Utc>) -> Result<Self, ArchiveError> {
        let stamp = now.format("%Y%m%dT%H%M%SZ");
        for number in 1.. {
            let suffix = if number == 1 {
                String::new()
            } else {
                format!("-{number}")
            };
            let path = folder.join(format!("{PREFIX}{stamp}{suffix}.csv"));
            if path.exists() {
                continue;
            }
            let options = OpenOptions::new()
                .append(true)
                .create_new(true)
                .custom_flags(NO_FOLLOW)
                .open(partial(&path));
            match options {
                Ok(file) => {
                    let mut manifest = Self { path, file };
                    let header = row::header();
                    let header = header.map_err(|source| manifest.failed(source))?;
                    manifest.append_text(&header)?;
                    return Ok(manifest);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => {
                    return Err(ArchiveError::storage(
                        "create",
                        path.display().to_string(),
                        error,
                    ));
                }
            }
        }
        unreachable!("there are more numbers than runs in a second")
    }

    /// Where the manifests are.
    pub(crate) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// One that a run which is no more has begun; `path` is where it will be when it is finished.
    pub(super) fn reopen(path: PathBuf) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).open(partial(&path))?;
        Ok(Self { path, file })
    }

    /// Appends rows, durable when this returns.
    pub(crate) fn append(&mut self, rows: &[Row]) -> Result<(), ArchiveError> {
        if rows.is_empty() {
            return Ok(());
        }
        let text = row::to_csv(rows).map_err(|source| self.failed(source))?;
        self.append_text(&text)
    }

    /// Puts the complete list in place of the partial one. `list` writes the rows in their final order.
    pub(crate) fn finish(
        self,
        list: impl FnOnce(&mut Writer) -> Result<(), ArchiveError>,
    ) -> Result<PathBuf, ArchiveError> {
        let complete = self.path.with_extension("csv.new");
        let storage = |error| ArchiveError::storage("write", complete.display().to_string(), error);
        let _ = fs::remove_file(&complete);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .custom_flags(NO_FOLLOW)
            .open(&complete)
            .map_err(storage)?;
        let header = row::header().map_err(|source| self.failed(source))?;
        (&file).write_all(&header).map_err(storage)?;
        let mut writer = Writer {
            csv: csv::Writer::from_writer(file),
            path: self.path.clone(),
        };
        list(&mut writer)?;
        let file = writer
            .csv
            .into_inner()
            .map_err(|error| storage(error.into_error()))?;
        file.sync_all().map_err(storage)?;
        take_place(&complete, &self.path).map_err(storage)?;
        fs::remove_file(partial(&self.path)).map_err(storage)?;
        sync_parent(&self.path).map_err(storage)?;
        Ok(self.path)
    }

    fn failed(&self, source: csv::Error) -> ArchiveError {
        ArchiveError::Manifest {
            path: self.path.clone(),
            source,
        }
    }

    fn append_text(&mut self, text: &[u8]) -> Result<(), ArchiveError> {
        let written = self
            .file
            .write_all(text)
            .and_then(|()| self.file.sync_data());
        written.map_err(|error| {
            ArchiveError::storage("write", partial(&self.path).display().to_string(), error)
        })
    }
}

/// Writes the rows of a complete manifest.
pub(crate) struct Writer {
    csv: csv::Writer<File>,
    path: PathBuf,
}

impl Writer {
    pub(crate) fn row(&mut self, row: &Row) -> Result<(), ArchiveError> {
        let written = row.write(&mut self.csv);
        written.map_err(|source| ArchiveError::Manifest {
            path: self.path.clone(),
            source,
        })
    }
}

/// Whether a path has exactly a manifest's name, such as `item-list-20261123T010203Z.csv` or `…Z-2.csv`.
pub(crate) fn is_complete_name(path: &Path) -> bool {
    date_of(path).is_some()
}

/// When a manifest was begun, by its name.
pub(crate) fn date_of(path: &Path) -> Option<DateTime<Utc>> {
    let name = path
        .file_name()?
        .to_str()?
        .strip_prefix(PREFIX)?
        .strip_suffix(".csv")?;
    let (stamp, number) = (name.get(..16)?, name.get(16..)?);
    let is_number = number.is_empty()
        || number
            .strip_prefix('-')
            .is_some_and(|number| number.parse::<u32>().is_ok());
    let date = NaiveDateTime::parse_from_str(stamp, "%Y%m%dT%H%M%SZ").ok()?;
    is_number.then(|| date.and_utc())
}

/// How the names of manifests begin.
const PREFIX: &str = "item-list-";

fn partial(path: &Path) -> PathBuf {
    path.with_extension("csv.partial")
}

/// Gives the complete list its name. Two runs cannot meet here: the caller holds the archive's lock.
fn take_place(complete: &Path, path: &Path) -> io::Result<()> {
    if path.exists() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    fs::rename(complete, path)
}

fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent()
        .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row_of(id: &str, time: &str) -> Row {
        Row {
            id: id.to_owned(),
            creation_time: time.to_owned(),
            ..Row::default()
        }
    }

    fn moment() -> DateTime<Utc> {
        "2026-11-23T01:02:03Z".parse().expect("a moment")
    }

    #[test]
    fn two_runs_in_one_second_get_two_names() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = Partial::create(folder.path(), moment()).expect("a manifest");
        let second = Partial::create(folder.path(), moment()).expect("a manifest");
        let name = |path: PathBuf| {
            path.file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned()
        };
        let finish = |manifest: Partial| name(manifest.finish(|_| Ok(())).expect("finished"));
        assert_eq!(finish(second), "item-list-20261123T010203Z-2.csv");
        assert_eq!(finish(first), "item-list-20261123T010203Z.csv");
        let empty =
            fs::read_to_string(folder.path().join("item-list-20261123T010203Z.csv")).expect("read");
        assert!(
            empty.starts_with("id,source,role,filename,creation_time,")
                && empty.lines().count() == 1,
            "{empty}"
        );
    }

    proptest! {
        #[test]
        fn whatever_a_cell_holds_comes_back_and_is_no_formula(filename in any::<String>(), description in "[=+\\-@'\t\r\",\n]{0,4}.{0,9}") {
            let folder = tempfile::tempdir().expect("a folder");
            let wanted = Row { filename, description, ..row_of("id", "") };
            let mut manifest = Partial::create(folder.path(), moment()).expect("a manifest");
            manifest.append(std::slice::from_ref(&wanted)).expect("appended");
            let path = manifest.finish(|writer| writer.row(&wanted)).expect("finished");
            let found: Vec<_> = row::read(&path).expect("read").map(Result::unwrap).collect();
            prop_assert_eq!(&found, &[wanted]);
            for record in csv::Reader::from_path(&path).expect("csv").records() {
                for cell in &record.expect("a record") {
                    prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']));
                }
            }
        }
    }
}
