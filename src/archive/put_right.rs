//! What a check has found damaged and somebody has put right since, as far as a look without reading can tell: a run that
//! has fetched it again, or a person who has brought it back.

use std::collections::BTreeMap;

use crate::archive::checks::Problem;
use crate::archive::look::Look;
use crate::archive::promise::{Promises, Record};
use crate::archive::store::Store;
use crate::archive::tree::Tree;
use crate::archive::{ArchiveError, Paths};

impl Look {
    /// Leaves out what is damaged no more. Where that cannot be told, everything stays.
    pub(crate) fn leave_out_mended(&self, paths: &Paths, open: &mut BTreeMap<String, Problem>) {
        if let (false, Ok(store)) = (open.is_empty(), Store::open_existing(&paths.downloads)) {
            let mut tree = Tree::new(store);
            open.retain(|path, problem| !self.is_mended(&mut tree, path, problem).unwrap_or(false));
        }
    }

    fn is_mended(
        &self,
        tree: &mut Tree,
        path: &str,
        problem: &Problem,
    ) -> Result<bool, ArchiveError> {
        let promises = Promises::of(&self.connection)?;
        let Some(Record { size, .. }) = promises.at(&self.connection, path)? else {
            // It is recorded where it is now.
            return Ok(true);
        };
        let entry = tree.entry(path);
        let entry = entry.map_err(|error| ArchiveError::storage("look at", path, error))?;
        let is_there = entry.is_some_and(|entry| entry.is_file && entry.size == size);
        Ok(is_there
            && match problem.verdict.as_str() {
                "missing" | "misplaced" => true,
                // Of one that had its size all along, only its bytes could tell.
                _ => problem.size.is_some_and(|damaged| damaged != size),
            })
    }
}
