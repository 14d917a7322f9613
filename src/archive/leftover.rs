//! Manifests that a run which died has left as `.partial`: finished, sorted and put in their places.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};

use crate::archive::ArchiveError;
use crate::archive::manifest::{Partial, is_complete_name};
use crate::archive::row::{self, Row};

/// Finishes what a run that died has left as `.partial`: its complete rows, sorted, under the final name. Returns how many.
/// A file that only looks alike is left alone.
pub(crate) fn finish_leftovers(folder: &Path) -> Result<usize, ArchiveError> {
    let storage =
        |error| ArchiveError::storage("finish a manifest in", folder.display().to_string(), error);
    let mut finished = 0;
    for entry in fs::read_dir(folder).map_err(storage)? {
        let path = entry.map_err(storage)?.path();
        let is_file = path
            .symlink_metadata()
            .is_ok_and(|metadata| metadata.is_file());
        let target = path.with_extension("");
        match path.extension().and_then(|ending| ending.to_str()) {
            // Never of use by itself: the partial one is still there.
            Some("new") if is_file && is_complete_name(&target) => {
                fs::remove_file(&path).map_err(storage)?;
            }
            Some("partial") if is_file && is_complete_name(&target) => {
                finished += usize::from(finish_leftover(&path, target)?);
            }
            _ => {}
        }
    }
    Ok(finished)
}

fn finish_leftover(path: &Path, target: PathBuf) -> Result<bool, ArchiveError> {
    let storage = |error| ArchiveError::storage("finish", path.display().to_string(), error);
    let header = row::header().map_err(|source| ArchiveError::Manifest {
        path: path.to_owned(),
        source,
    })?;
    let mut start = Vec::new();
    let file = crate::durable::open_regular(path).map_err(storage)?;
    io::Read::read_to_end(&mut io::Read::take(file, header.len() as u64), &mut start)
        .map_err(storage)?;
    if !header.starts_with(&start) {
        return Ok(false);
    }
    match target.symlink_metadata() {
        Ok(there) if there.is_file() => {
            // The complete list had taken its place already.
            fs::remove_file(path).map_err(storage)?;
            return Ok(false);
        }
        // What somebody has put there is in the way, and the rows stay where they are.
        Ok(_) => return Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(storage(error)),
    }
    let in_the_making = target.with_extension("csv.new");
    if in_the_making
        .symlink_metadata()
        .is_ok_and(|there| there.is_dir())
    {
        return Ok(false);
    }
    let unsorted = |error| storage(io::Error::other(error));
    let rows = row::read(path).map_err(storage)?.flatten();
    let sorted = Sorter::fill(rows).map_err(unsorted)?;
    Partial::reopen(target)
        .map_err(storage)?
        .finish(|writer| sorted.for_each(|row| writer.row(row)).map_err(unsorted)?)?;
    Ok(true)
}

/// Rows in the manifest's order. On disk beyond a cache, because a run may have listed a million files before it died.
struct Sorter {
    connection: Connection,
}

impl Sorter {
    fn fill(rows: impl Iterator<Item = Row>) -> Result<Self, Failure> {
        // A database without a name is a file of nobody's, gone with the connection.
        let connection = Connection::open("")?;
        // KiB.
        connection.pragma_update(None, "cache_size", -8 * 1024)?;
        connection.execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;
             CREATE TABLE rows (undated INTEGER, time TEXT, id TEXT, role TEXT, line BLOB);",
        )?;
        {
            let mut insert = connection.prepare(
                "INSERT INTO rows (undated, time, id, role, line) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            for row in rows {
                let line = row::to_csv(std::slice::from_ref(&row))?;
                let (undated, time, id, role) = row::order(&row);
                insert.execute(params![undated, time, id, role, line])?;
            }
        }
        connection.execute_batch("COMMIT")?;
        Ok(Self { connection })
    }

    /// Hands every row on; what `take` says goes back to the caller.
    fn for_each<E>(
        &self,
        mut take: impl FnMut(&Row) -> Result<(), E>,
    ) -> Result<Result<(), E>, Failure> {
        let mut statement = self
            .connection
            .prepare("SELECT line FROM rows ORDER BY undated, time, id, role, rowid")?;
        let mut lines = statement.query([])?;
        while let Some(line) = lines.next()? {
            for row in row::parse(line.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?) {
                if let Err(error) = take(&row?) {
                    return Ok(Err(error));
                }
            }
        }
        Ok(Ok(()))
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[cfg(test)]
mod tests {
    use super::*;

    fn row_of(id: &str, time: &str) -> Row {
        Row {
            id: id.to_owned(),
            creation_time: time.to_owned(),
            ..Row::default()
        }
    }

    #[test]
    fn a_cut_manifest_keeps_its_complete_rows_wherever_it_was_cut() {
        let folder = tempfile::tempdir().expect("a folder");
        let rows = [
            row_of("b", "2024-02-01T00:00:00Z"),
            row_of("c", ""),
            Row {
                description: "two\nlines".to_owned(),
                ..row_of("a", "2024-01-01T00:00:00Z")
            },
        ];
        let mut whole = row::header().expect("a header");
        let head = whole.len();
        let mut ends = vec![head];
        for row in &rows {
            whole.extend(row::to_csv(std::slice::from_ref(row)).expect("csv"));
            ends.push(whole.len());
        }
        for cut in 0..=whole.len() {
            let path = folder.path().join("item-list-20240101T000000Z.csv.partial");
            fs::write(&path, &whole[..cut]).expect("written");
            assert_eq!(finish_leftovers(folder.path()).expect("finished"), 1);
            let target = folder.path().join("item-list-20240101T000000Z.csv");
            let mut kept: Vec<_> = row::read(&target)
                .expect("read")
                .flatten()
                .map(|row| row.id)
                .collect();
            kept.sort();
            let complete = ends
                .iter()
                .filter(|end| **end <= cut)
                .count()
                .saturating_sub(1);
            let mut expected: Vec<_> = rows[..complete].iter().map(|row| row.id.clone()).collect();
            expected.sort();
            assert_eq!(kept, expected, "cut at {cut}");
            fs::remove_file(target).expect("removed");
        }
    }
}
