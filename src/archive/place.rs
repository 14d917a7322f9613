//! Whether an archive still lies where the next start will look for it. A run holds its folders open, so that it could go on
//! writing to what somebody has moved or deleted meanwhile, and say that all went well.

use std::io;

use crate::archive::ArchiveError;
use crate::archive::index::Index;
use crate::archive::store::Store;

/// Refuses to go on where the archive, or our own folder in it, is not what its path leads to.
pub(crate) fn check(store: &Store, index: &Index) -> Result<(), ArchiveError> {
    let storage = |error: io::Error| {
        ArchiveError::storage("look at", store.path().display().to_string(), error)
    };
    if !store.is_where_it_was().map_err(storage)? {
        Err(ArchiveError::Moved(store.path().to_owned()))
    } else if store.is_in_place().map_err(storage)? && index.is_in_place() {
        Ok(())
    } else {
        Err(ArchiveError::Vanished)
    }
}
