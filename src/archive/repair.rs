//! A damaged file, put aside for the bytes that were fetched anew.
//!
//! Nothing is deleted: it goes to `damaged/` in our own folder, under its own path. From then on it is a missing file like
//! any other, so that a crash leaves one of three things, of which the index says nothing false: the damaged file, a missing
//! one that the next run fetches, or the new one.

use std::io;
use std::os::fd::OwnedFd;

use rusqlite::params;
use rustix::fs::{self, AtFlags, Mode, RenameFlags};
use rustix::io::Errno;

use crate::archive::ArchiveError;
use crate::archive::batch::is_fault_of_the_disk;
use crate::archive::commit::{Committed, Worker};
use crate::archive::index::Rows;
use crate::archive::known::Reader;
use crate::archive::staged::Staged;
use crate::archive::store::{FOLDER, PRIVATE};
use crate::archive::tree::{Missing, Tree, split, sync};
use crate::media::item::Role;
use crate::media::naming;

/// A file that is to make room.
#[derive(Debug, Clone)]
pub(crate) struct Damaged {
    pub(crate) path: String,
    /// As when it was judged: one that has changed since is somebody's.
    pub(crate) size: u64,
    pub(crate) modified: Option<i64>,
    /// The folder in `damaged/`, one for each repair.
    pub(crate) stamp: String,
}

/// A role that a file serves.
#[derive(Debug, Clone)]
pub(crate) struct Owner {
    /// The item's row.
    pub(crate) item: i64,
    pub(crate) role: Role,
    pub(crate) source: String,
    pub(crate) id: String,
}

impl Reader {
    /// The roles that a file serves or is to serve again, the one that brought it first.
    pub(crate) fn owners(&self, file: i64) -> Result<Vec<Owner>, ArchiveError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT item, role, source, id FROM roles JOIN items USING (item)
             WHERE file = ?1 AND state IN ('done', 'failed', 'wanted') ORDER BY coalesce(how, '') = 'linked', item, role",
        )?;
        let mut rows = statement.query([file])?;
        let mut owners = Vec::new();
        while let Some(row) = rows.next()? {
            if let Some(role) = Role::parse(&row.get::<_, String>(1)?) {
                owners.push(Owner {
                    item: row.get(0)?,
                    role,
                    source: row.get(2)?,
                    id: row.get(3)?,
                });
            }
        }
        Ok(owners)
    }

    /// Takes items into this run's list.
    pub(crate) fn note(&self, owners: &[Owner]) -> Result<(), ArchiveError> {
        let mut insert = self
            .connection
            .prepare_cached("INSERT OR IGNORE INTO temp.seen (id, source) VALUES (?1, ?2)")?;
        for owner in owners {
            insert.execute([&owner.id, &owner.source])?;
        }
        Ok(())
    }
}

impl Rows<'_> {
    /// A stored file that somebody has moved. False when another file has that path in the index.
    pub(crate) fn follow(
        &self,
        file: i64,
        path: &str,
        modified: i64,
    ) -> Result<bool, ArchiveError> {
        self.release_twin(path)?;
        let changed = self
            .transaction
            .prepare_cached(
                "UPDATE OR IGNORE files SET path = ?2, fold = ?3, modified = ?4 WHERE file = ?1",
            )?
            .execute(params![file, path, naming::fold_key(path), modified])?;
        Ok(changed == 1)
    }
}

impl Worker {
    /// Puts the damaged file aside and takes the new one into the batch.
    pub(super) fn replace(
        &mut self,
        staged: Staged,
        damaged: &Damaged,
    ) -> Result<(), ArchiveError> {
        let path = damaged.path.clone();
        let told = match self.tree.put_aside(damaged) {
            Ok(true) => {
                self.batch.push(staged);
                return Ok(());
            }
            Ok(false) => Committed::KeptFirst { path },
            Err(error) => {
                let error = ArchiveError::storage("put aside", &path, error);
                let ArchiveError::Storage { source, .. } = &error else {
                    return Err(error);
                };
                if is_fault_of_the_disk(source) {
                    return Err(error);
                }
                let cause = format!("{error}: {source}");
                Committed::Failed { name: path, cause }
            }
        };
        self.store
            .remove_temp(&staged.temp)
            .map_err(|error| ArchiveError::storage("remove", &staged.temp.0, error))?;
        (self.terms.report)(None, told);
        Ok(())
    }
}

impl Tree {
    /// Moves a damaged file out of the way, durably. False when it is not the file that was judged any more.
    fn put_aside(&mut self, damaged: &Damaged) -> io::Result<bool> {
        let path = damaged.path.as_str();
        self.forget();
        match self.entry(path)? {
            // Nothing is in the way, or nothing that is ours: the new file gets a place of its own then.
            None => return Ok(true),
            Some(entry) if !entry.is_file => return Ok(true),
            Some(entry)
                if entry.size == damaged.size
                    && damaged
                        .modified
                        .is_none_or(|modified| modified == entry.modified) => {}
            Some(_) => return Ok(false),
        }
        let (folder, name) = split(path);
        let from = self.folder(folder, Missing::IsAnError)?;
        let mut to = fs::openat(&self.store.shared.root, PRIVATE, FOLDER, Mode::empty())?;
        let way = ["damaged", &damaged.stamp];
        for name in way
            .into_iter()
            .chain(folder.split('/').filter(|name| !name.is_empty()))
        {
            to = enter(&to, name)?;
        }
        match fs::renameat_with(&from, name, &to, name, RenameFlags::NOREPLACE) {
            // We hold the lock, so look, then rename.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                match fs::statat(&to, name, AtFlags::SYMLINK_NOFOLLOW) {
                    Err(Errno::NOENT) => fs::renameat(&from, name, &to, name)?,
                    Ok(_) => return Err(Errno::EXIST.into()),
                    Err(error) => return Err(error.into()),
                }
            }
            renamed => renamed?,
        }
        // Where it went first: a power cut may show it twice, and not nowhere.
        sync(&to)?;
        sync(&from)?;
        Ok(true)
    }
}

/// A folder in a folder, made if need be, durably.
fn enter(at: &OwnedFd, name: &str) -> io::Result<OwnedFd> {
    match fs::mkdirat(at, name, Mode::from_raw_mode(0o777)) {
        Ok(()) => sync(at)?,
        Err(Errno::EXIST) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(fs::openat(at, name, FOLDER, Mode::empty())?)
}
