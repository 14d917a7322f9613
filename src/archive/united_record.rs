//! The records of several exports that turned out to be one.
//!
//! An export whose parts do not tell by their names that they belong together may be imported as several at first. Once a
//! call shows that they are one, one record takes in the lines of the others, byte for byte, and then these are removed: in
//! this order, so that a crash between leaves every line somewhere.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::archive::ArchiveError;
use crate::archive::export_record::{self, ExportRecord, Line, UnitedLine};
use crate::durable;

/// The lines of several records as if they were one already: with where each would begin then.
pub(crate) fn read(
    manifests: &Path,
    exports: &[String],
) -> Result<impl Iterator<Item = io::Result<(u64, Line)>>, ArchiveError> {
    let (mut all, mut start) = (Vec::with_capacity(exports.len()), 0);
    for export in exports {
        let lines = export_record::read(manifests, export)?;
        all.push(lines.map(move |line| line.map(|(at, line)| (start + at, line))));
        start += length(manifests, export)?;
    }
    Ok(all.into_iter().flatten())
}

/// Bytes of a record, with what is put behind a line that a crash has cut.
fn length(manifests: &Path, export: &str) -> Result<u64, ArchiveError> {
    let path = export_record::path_of(manifests, export);
    let length = || -> io::Result<u64> {
        let mut file = match durable::open_regular(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            other => other?,
        };
        let cut = if export_record::ends_in_newline(&mut file)? {
            0
        } else {
            export_record::CUT.len() as u64
        };
        Ok(file.metadata()?.len() + cut)
    };
    length().map_err(|error| ArchiveError::storage("read", path.display().to_string(), error))
}

/// Takes the records of `others` into that of `export`.
pub(crate) fn unite(manifests: &Path, export: &str, others: &[String]) -> Result<(), ArchiveError> {
    if others.is_empty() {
        return Ok(());
    }
    for other in others {
        let path = export_record::path_of(manifests, other);
        // Closes a line that a crash has cut.
        drop(ExportRecord::open(manifests, other)?);
        let mut record = ExportRecord::open(manifests, export)?;
        let copied = durable::open_regular(&path)
            .and_then(|mut other| io::copy(&mut other, &mut record.file))
            .and_then(|_| record.file.sync_data());
        copied.map_err(|error| record.failed(error))?;
    }
    let lines: Vec<Line> = others
        .iter()
        .map(|other| {
            Line::United(UnitedLine {
                united: other.clone(),
            })
        })
        .collect();
    ExportRecord::open(manifests, export)?.append(&lines)?;
    for other in others {
        let path = export_record::path_of(manifests, other);
        let removed = fs::remove_file(&path);
        removed
            .map_err(|error| ArchiveError::storage("remove", path.display().to_string(), error))?;
    }
    File::open(manifests)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| ArchiveError::storage("sync", manifests.display().to_string(), error))
}
