//! Files that are gone as a whole: far more often a disk that is not mounted than a wish to fetch everything again.

use std::path::Path;

use rusqlite::Connection;

use crate::archive::ArchiveError;
use crate::archive::known::{OnDisk, Reader, on_disk};
use crate::archive::survey::Tell;
use crate::archive::tree::Tree;
use crate::http::Stop;

/// What to do when most of the files are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    Refused,
    /// `sync --restore` or `import --reread`: fetch everything again.
    Accepted,
}

/// Refuses a loss of all files, or of more than half of at least 20.
pub(crate) fn check_loss(missing: u64, total: u64, downloads: &Path) -> Result<(), ArchiveError> {
    if missing > 0 && (missing == total || (total >= 20 && missing * 2 > total)) {
        return Err(ArchiveError::MassLoss {
            missing,
            total,
            path: downloads.to_owned(),
        });
    }
    Ok(())
}

impl Reader {
    /// Refuses to go on when the files are gone as a whole, unless they seem to be elsewhere in the folder: somebody has
    /// given their folders other names. An empty mount point has nothing that could explain them.
    pub(crate) fn refuse_mass_loss(
        &mut self,
        downloads: &Path,
        stop: &Stop,
    ) -> Result<(), ArchiveError> {
        let (missing, total) = self.missing()?;
        let refused = check_loss(missing, total, downloads);
        if refused.is_ok() {
            return refused;
        }
        self.take_survey(stop)?;
        let survey = self.survey.clone();
        let explained = survey.explains(|lost| self.each_missing(1, lost))?;
        check_loss(missing.saturating_sub(explained), total, downloads)
    }

    /// The SHA-256 of every stored file that is missing and whose bytes are nowhere else in the folder.
    pub(crate) fn nowhere(&mut self, stop: &Stop) -> Result<Vec<Vec<u8>>, ArchiveError> {
        let mut missing = Vec::new();
        self.each_missing(1, &mut |size, sha256| {
            missing.push((size, sha256.to_vec()));
            Ok(())
        })?;
        if missing.is_empty() {
            return Ok(Vec::new());
        }
        self.take_survey(stop)?;
        let mut nowhere = Vec::with_capacity(missing.len());
        for (size, sha256) in missing {
            if self.survey.find(&sha256, size, "")?.is_none() {
                nowhere.push(sha256);
            }
        }
        Ok(nowhere)
    }

    /// How many of the stored files are missing from the folder, out of how many: exact when it is many, a sample of at
    /// least 200 when that shows nothing.
    fn missing(&mut self) -> Result<(u64, u64), ArchiveError> {
        let total = total(&self.connection)?;
        let sparse = self.count_missing((total / 200).max(1))?;
        // Counted in full only when the sample is alarming: this runs at every start.
        Ok(if sparse * 10 > 200.min(total) {
            (self.count_missing(1)?, total)
        } else {
            (0, total)
        })
    }

    fn count_missing(&mut self, stride: u64) -> Result<u64, ArchiveError> {
        let mut missing = 0;
        self.each_missing(stride, &mut |_, _| {
            missing += 1;
            Ok(())
        })?;
        Ok(missing)
    }

    /// Calls `tell` with size and SHA-256 of every stored file that is missing, out of one in `stride`.
    fn each_missing(&mut self, stride: u64, tell: &mut Tell<'_>) -> Result<(), ArchiveError> {
        match self.tree.as_mut() {
            Some(tree) => each_missing(&self.connection, tree, stride, tell),
            None => Ok(()),
        }
    }
}

/// Whether a run would refuse so great a loss: a check that has found `missing` files missing and `moved` ones elsewhere, be
/// it in a part of the archive, expects as many of what is not in its place to be elsewhere.
pub(super) fn is_refused(
    connection: &Connection,
    tree: &mut Tree,
    missing: u64,
    moved: u64,
) -> Result<bool, ArchiveError> {
    let mut gone = 0;
    each_missing(connection, tree, 1, &mut |_, _| {
        gone += 1;
        Ok(())
    })?;
    let explained = gone * moved / (missing + moved).max(1);
    let refused = check_loss(gone - explained, total(connection)?, Path::new(""));
    Ok(refused.is_err())
}

fn total(connection: &Connection) -> Result<u64, ArchiveError> {
    let sql =
        "SELECT count(*) FROM files WHERE state = 'stored' AND file IN (SELECT file FROM roles)";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

fn each_missing(
    connection: &Connection,
    tree: &mut Tree,
    stride: u64,
    tell: &mut Tell<'_>,
) -> Result<(), ArchiveError> {
    let mut statement = connection.prepare(
        "SELECT path, size, sha256 FROM files
         WHERE state = 'stored' AND file % ?1 = 0 AND file IN (SELECT file FROM roles)",
    )?;
    let mut rows = statement.query([stride])?;
    while let Some(row) = rows.next()? {
        let path: String = row.get(0)?;
        if on_disk(Some(tree), Some(&path), None)? == OnDisk::Missing {
            tell(row.get(1)?, &row.get::<_, Vec<u8>>(2)?)?;
        }
    }
    Ok(())
}
