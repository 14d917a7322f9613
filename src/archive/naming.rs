//! Giving an item its place in the folder: the first that asks gets the bare name, for ever; others get a tag that
//! depends on who they are, not on when they came.

use crate::archive::ArchiveError;
use crate::archive::index::Rows;
use crate::archive::staged::Place;
use crate::archive::tree::{self, Tree};
use crate::media::naming;

impl Place {
    /// Reserves the first free path for this place. Taken are names that the index has given away and names under which
    /// the folder holds something that is not ours.
    pub(crate) fn claim(
        &self,
        rows: &Rows<'_>,
        tree: &mut Tree,
    ) -> Result<(i64, String), ArchiveError> {
        for path in self.candidates() {
            if rows.is_free(&path)? {
                let there = tree.entry(&path);
                let there =
                    there.map_err(|error| ArchiveError::storage("look at", &path, error))?;
                if there.is_none() {
                    return Ok((rows.claim(&path)?, path));
                }
            }
        }
        unreachable!("there are more names than files")
    }

    /// The paths that the file may get, in this order: the bare name, then names with its tag.
    pub(crate) fn candidates(&self) -> impl Iterator<Item = String> {
        let tagged =
            (0..).map(|attempt| self.path(&naming::clash_name(&self.name, &self.tag, attempt)));
        std::iter::once(self.bare()).chain(tagged)
    }

    /// The path without a tag.
    pub(crate) fn bare(&self) -> String {
        self.path(&self.name)
    }

    fn path(&self, name: &str) -> String {
        tree::join(&self.folder, name)
    }
}
