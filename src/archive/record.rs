//! What the committer does with a page of listed items: it notes them, reserves paths, and takes over what is there already.

use std::collections::BTreeSet;

use crate::archive::command::{Listed, Recorded, Wish};
use crate::archive::commit::{Worker, is_there};
use crate::archive::index::{Rows, Sync};
use crate::archive::staged::Place;
use crate::archive::takeover::{Claim, Takeover, has_clip};
use crate::archive::tree::Tree;
use crate::archive::{ArchiveError, listing};
use crate::media::item::Role;

impl Worker {
    pub(super) fn record(&mut self, listed: &[Listed]) -> Result<Vec<Recorded>, ArchiveError> {
        let (run, now) = (self.terms.run, self.terms.clock.now());
        let (tree, manifest) = (&mut self.tree, &mut self.manifest);
        let used = self.terms.used();
        let takes = |one: &Listed| one.clip.is_some() || matches!(one.wish, Wish::Take(..));
        let sync = if listed.iter().any(takes) {
            self.index.changed = true;
            Sync::Now
        } else {
            Sync::Later
        };
        self.index.transact(sync, |rows| {
            used.map_or(Ok(()), |used| rows.save_quota(used))?;
            let mut page = Page {
                rows,
                tree,
                run,
                folders: BTreeSet::new(),
                taken: Vec::new(),
            };
            let mut recorded = Vec::with_capacity(listed.len());
            for one in listed {
                let row = rows.record(&one.item, now)?;
                if let Wish::NotDone(state, cause) = &one.wish {
                    rows.not_done(row, Role::Original, *state, cause, run, now)?;
                }
                recorded.push(page.record(row, one)?);
            }
            for folder in &page.folders {
                let synced = page.tree.sync_folder(folder);
                synced.map_err(|error| ArchiveError::storage("sync the folder", folder, error))?;
            }
            let rows_of =
                |(item, role): &(i64, Role)| listing::row_of(rows.transaction, *item, *role, run);
            let taken: Result<Vec<_>, _> = page.taken.iter().map(rows_of).collect();
            manifest.append(&taken?)?;
            Ok(recorded)
        })
    }
}

/// What is done to one page in one transaction.
struct Page<'a> {
    rows: &'a Rows<'a>,
    tree: &'a mut Tree,
    run: i64,
    /// Folders in which something was taken over.
    folders: BTreeSet<String>,
    taken: Vec<(i64, Role)>,
}

impl Page<'_> {
    fn record(&mut self, row: i64, one: &Listed) -> Result<Recorded, ArchiveError> {
        let mut recorded = Recorded {
            row,
            path: None,
            is_taken: false,
            is_clip_taken: false,
        };
        match &one.wish {
            Wish::Describe | Wish::NotDone(..) => {}
            Wish::Fetch(place) => recorded.path = Some(self.reserve(row, place)?),
            Wish::Take(found, claim, place) => {
                let takeover = Takeover {
                    item: row,
                    role: Role::Original,
                    found,
                    claim: *claim,
                    run: self.run,
                };
                if self.take(&takeover)? {
                    if *claim == Claim::Matched && has_clip(&one.item, found) {
                        self.rows.want_clip(row, self.run)?;
                    }
                    recorded.is_taken = true;
                    recorded.path = Some(found.path.clone());
                } else {
                    recorded.path = Some(self.reserve(row, place)?);
                }
            }
        }
        if let Some(found) = &one.clip {
            recorded.is_clip_taken = self.take(&Takeover {
                item: row,
                role: Role::Motion,
                found,
                claim: Claim::Moved,
                run: self.run,
            })?;
        }
        Ok(recorded)
    }

    fn take(&mut self, takeover: &Takeover<'_>) -> Result<bool, ArchiveError> {
        let is_taken = takeover.carry_out(self.rows, self.tree, &mut self.folders)?;
        if is_taken {
            self.rows.forget_part(takeover.item, takeover.role)?;
            self.taken.push((takeover.item, takeover.role));
        }
        Ok(is_taken)
    }

    /// The path that an item's original is fetched into: the one it has, or a new one.
    fn reserve(&mut self, item: i64, place: &Place) -> Result<String, ArchiveError> {
        let (rows, tree) = (self.rows, &mut *self.tree);
        let (file, path) = match rows.file_of(item, Role::Original)? {
            // A doubtful file that is asked for once more stays what it is until something better comes.
            Some(file) if file.stored && is_there(tree, &file.path)? => return Ok(file.path),
            Some(file) => (file.file, file.path),
            None => place.claim(rows, tree)?,
        };
        rows.want(item, Role::Original, file, self.run)?;
        Ok(path)
    }
}
