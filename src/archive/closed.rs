//! Whether it is the archive as a whole that takes no more files, and not one folder in it.
//!
//! A disk that is full or read-only says so by its error. Where permission is refused, the same error may mean one month that
//! somebody has closed, or a folder that was unmounted, given away or closed as a whole: only trying tells.

use std::io;

use rustix::fs::{self, Access, AtFlags};

use crate::archive::ArchiveError;
use crate::archive::store::{PRIVATE, Store};

impl Store {
    /// Refuses to go on where no file can be made any more, or nothing can get a name in the archive's own folder: the next
    /// file would fare no better.
    pub(crate) fn refuse_closed(&self) -> Result<(), ArchiveError> {
        self.create_unnamed().map_err(|error| self.closed(error))?;
        let rights = Access::WRITE_OK | Access::EXEC_OK;
        let downloads = || self.path().display().to_string();
        fs::accessat(&self.shared.root, ".", rights, AtFlags::empty())
            .map_err(|error| ArchiveError::storage("write to", downloads(), error.into()))
    }

    /// That no file can be made any more.
    pub(crate) fn closed(&self, error: io::Error) -> ArchiveError {
        let temps = self.path().join(PRIVATE).join("tmp");
        ArchiveError::storage("write to", temps.display().to_string(), error)
    }
}

/// Whether this may be about one folder, or about all of them.
pub(crate) fn is_refusal(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::PermissionDenied
}
