//! What the committer does to one batch: announce, give names, sync folders, write manifest rows, say done.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;
use std::sync::Arc;

use chrono::TimeDelta;
use rustix::io::Errno;

use crate::archive::closed::is_refusal;
use crate::archive::command::Committed;
use crate::archive::commit::Worker;
use crate::archive::decide::{Verdict, decide};
use crate::archive::export_record::Line;
use crate::archive::index::Sync;
use crate::archive::publish::Published;
use crate::archive::roles::{Done, NotDone};
use crate::archive::staged::{How, Said, Staged};
use crate::archive::tree::split;
use crate::archive::{ArchiveError, listing, place};
use crate::known_bad::{self, Flaw};
use crate::media::item::Role;

/// A staged file on its way to its name.
struct Move {
    staged: Staged,
    file: i64,
    path: String,
    how: How,
    /// It was in the archive before and was missing on disk.
    restored: bool,
}

/// A doubtful file is asked for once more by a run at least this much later.
pub(crate) const RECHECK: TimeDelta = TimeDelta::days(1);

impl Worker {
    /// Commits a batch. Returns those whose bytes another file of the batch has too: once that one is there, they can
    /// point to it.
    pub(super) fn commit(&mut self, mut batch: Vec<Staged>) -> Result<Vec<Staged>, ArchiveError> {
        place::check(&self.store, &self.index)?;
        self.index.changed = true;
        // A clip lies beside its still, whichever of them was on disk first.
        batch.sort_by_key(|staged| staged.role != Role::Original);
        let mut contents = HashSet::new();
        let (batch, twins): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .partition(|staged| contents.insert(staged.sha256));
        let announced = self.announce(batch)?;
        let mut moves = Vec::with_capacity(announced.len());
        for mut candidate in announced {
            match self.publish(&mut candidate) {
                Ok(()) => moves.push(candidate),
                Err(error) => self.give_up(candidate, error)?,
            }
        }
        self.sync_folders(&moves)?;
        // Walked again from the root: a folder that was moved away meanwhile is not where the names say.
        self.tree.forget();
        self.say_of(&moves)?;
        self.confirm(&moves)?;
        for done in moves {
            // The others' temporary files have become the files.
            if done.how != How::Downloaded {
                self.store
                    .remove_temp(&done.staged.temp)
                    .map_err(|error| ArchiveError::storage("remove", &done.staged.temp.0, error))?;
            }
            if let Some(why) = done.staged.beside.filter(|_| done.how == How::Downloaded) {
                let path = done.path.clone();
                (self.terms.report)(done.staged.ticket, Committed::Beside { path, why });
            }
            (self.terms.report)(
                done.staged.ticket,
                Committed::Saved {
                    path: done.path,
                    size: done.staged.size,
                    how: done.how,
                    restored: done.restored,
                    doubtful: done.staged.doubtful,
                    note: done.staged.note,
                },
            );
        }
        Ok(twins)
    }

    fn announce(&mut self, batch: Vec<Staged>) -> Result<Vec<Move>, ArchiveError> {
        let (run, now, tree) = (self.terms.run, self.terms.clock.now(), &mut self.tree);
        let survey = &self.terms.survey;
        let verdicts = self.index.transact(Sync::Now, |rows| {
            let decide = |staged: &Staged| {
                // From here on its temporary file is the whole one, and may get a second name.
                rows.forget_part(staged.item, staged.role)?;
                let verdict = decide(rows, tree, survey, staged)?;
                if let Verdict::Go { file, how, .. } = &verdict {
                    rows.want(staged.item, staged.role, *file, run)?;
                    let recheck_after = staged.doubtful.then(|| now + RECHECK);
                    rows.foretell(
                        staged.item,
                        staged.role,
                        staged.note_as(*how).as_deref(),
                        recheck_after,
                    )?;
                    if staged.has_clip {
                        rows.want_clip(staged.item, run)?;
                    }
                    if *how != How::Linked {
                        rows.announce(*file, staged)?;
                    }
                    if known_bad::makes(Flaw::RowBeforeBytes) {
                        rows.confirm(*file, 0)?;
                    }
                }
                Ok(verdict)
            };
            batch
                .iter()
                .map(decide)
                .collect::<Result<Vec<_>, ArchiveError>>()
        })?;
        let mut moves = Vec::with_capacity(batch.len());
        for (mut staged, verdict) in batch.into_iter().zip(verdicts) {
            match verdict {
                Verdict::Go {
                    file,
                    path,
                    how,
                    restored,
                } => {
                    staged.note = staged.note_as(how);
                    moves.push(Move {
                        staged,
                        file,
                        path,
                        how,
                        restored,
                    });
                }
                Verdict::KeepFirst { path } => {
                    self.store
                        .remove_temp(&staged.temp)
                        .map_err(|error| ArchiveError::storage("remove", &staged.temp.0, error))?;
                    (self.terms.report)(staged.ticket, Committed::KeptFirst { path });
                }
            }
        }
        Ok(moves)
    }

    /// Gives the file its name; when somebody took the name meanwhile, another one, announced anew.
    fn publish(&mut self, candidate: &mut Move) -> Result<(), ArchiveError> {
        match candidate.how {
            How::Downloaded => {}
            How::Linked => return Ok(()),
            // Who put it there may have left it to the system to write it.
            How::Adopted => {
                let synced = self.tree.sync_file(&candidate.path);
                return synced
                    .map_err(|error| ArchiveError::storage("sync", &candidate.path, error));
            }
        }
        loop {
            let (staged, path) = (&candidate.staged, &candidate.path);
            let published = self.tree.publish(&staged.temp, &staged.sha256, path);
            match published
                .map_err(|error| ArchiveError::storage("store", &candidate.path, error))?
            {
                Published::Yes => return Ok(()),
                Published::NameTaken => {
                    let (run, tree, staged) = (self.terms.run, &mut self.tree, &candidate.staged);
                    let old = candidate.file;
                    (candidate.file, candidate.path) = self.index.transact(Sync::Now, |rows| {
                        let is_shared = rows.is_shared(old)?;
                        let (file, path) = staged.place.claim(rows, tree)?;
                        rows.want(staged.item, staged.role, file, run)?;
                        rows.announce(file, staged)?;
                        if is_shared {
                            // The others' word of it holds.
                            rows.withdraw(old)?;
                        } else {
                            rows.hand_on(old, file)?;
                            rows.withdraw(old)?;
                            rows.release(old)?;
                        }
                        Ok((file, path))
                    })?;
                }
            }
        }
    }

    /// A file that could not get its name: what every other would meet too ends the run, anything else fails this one item.
    fn give_up(&mut self, candidate: Move, error: ArchiveError) -> Result<(), ArchiveError> {
        let ArchiveError::Storage { source, .. } = &error else {
            return Err(error);
        };
        if is_fault_of_the_disk(source) {
            return Err(error);
        }
        if is_refusal(source) {
            self.store.refuse_closed()?;
        }
        let cause = format!("{error}: {source}");
        let Move {
            staged,
            file,
            path: name,
            ..
        } = candidate;
        let (run, now) = (self.terms.run, self.terms.clock.now());
        self.index.transact(Sync::Now, |rows| {
            rows.withdraw(file)?;
            rows.not_done(staged.item, staged.role, NotDone::Failed, &cause, run, now)
        })?;
        self.store
            .remove_temp(&staged.temp)
            .map_err(|error| ArchiveError::storage("remove", &staged.temp.0, error))?;
        (self.terms.report)(staged.ticket, Committed::Failed { name, cause });
        Ok(())
    }

    fn sync_folders(&mut self, moves: &[Move]) -> Result<(), ArchiveError> {
        let named = moves.iter().filter(|one| one.how != How::Linked);
        let folders: BTreeSet<&str> = named.map(|one| split(&one.path).0).collect();
        for folder in folders {
            self.tree
                .sync_folder(folder)
                .map_err(|error| ArchiveError::storage("sync the folder", folder, error))?;
        }
        Ok(())
    }

    /// What exports say of these files is in their records before the index calls them stored.
    fn say_of(&mut self, moves: &[Move]) -> Result<(), ArchiveError> {
        let mut said: BTreeMap<Arc<str>, Vec<Line>> = BTreeMap::new();
        for one in moves.iter().filter_map(|one| one.staged.said.as_ref()) {
            said.entry(one.export.clone())
                .or_default()
                .extend_from_slice(&one.lines);
        }
        said.into_iter()
            .try_for_each(|(export, lines)| self.say(&Said { export, lines }))
    }

    fn confirm(&mut self, moves: &[Move]) -> Result<(), ArchiveError> {
        let (run, now) = (self.terms.run, self.terms.clock.now());
        let used = self.terms.used();
        let (tree, manifest) = (&mut self.tree, &mut self.manifest);
        self.index.transact(Sync::Now, |rows| {
            let mut listed = Vec::with_capacity(moves.len());
            for Move {
                staged,
                file,
                path,
                how,
                ..
            } in moves
            {
                if *how != How::Linked {
                    let entry = tree
                        .entry(path)
                        .map_err(|error| ArchiveError::storage("look at", path, error))?;
                    let gone =
                        || ArchiveError::storage("find", path, io::ErrorKind::NotFound.into());
                    rows.stored(
                        *file,
                        entry
                            .filter(|entry| entry.size == staged.size)
                            .ok_or_else(gone)?
                            .modified,
                    )?;
                }
                let recheck_after = staged.doubtful.then(|| now + RECHECK);
                rows.done(
                    staged.item,
                    staged.role,
                    &Done {
                        file: *file,
                        how: *how,
                        run,
                        note: staged.note.as_deref(),
                        recheck_after,
                    },
                )?;
                listed.push(listing::row_of(
                    rows.transaction,
                    staged.item,
                    staged.role,
                    run,
                )?);
            }
            used.map_or(Ok(()), |used| rows.save_quota(used))?;
            manifest.append(&listed)
        })
    }
}

/// Whether the next file would fare no better: full, over quota, read-only, broken or gone.
pub(crate) fn is_fault_of_the_disk(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(
            Errno::NOSPC
                | Errno::DQUOT
                | Errno::ROFS
                | Errno::IO
                | Errno::NODEV
                | Errno::NXIO
                | Errno::STALE
        )
    )
}
