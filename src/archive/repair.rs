//! A damaged file, put aside for the bytes that were fetched anew.
//!
//! Nothing is deleted or copied: it is renamed into `damaged/` in our own folder, under its own path; on a disk of its own
//! that is mounted in the archive, into one beside it. From then on it is a missing file like any other, so that a crash
//! leaves one of three things, of which the index says nothing false: the damaged file, a missing one that the next run
//! fetches, or the new one.

use std::io;
use std::os::fd::OwnedFd;

use rusqlite::{OptionalExtension, params};
use rustix::fs::{self, AtFlags, Mode, RenameFlags};
use rustix::io::Errno;

use crate::archive::ArchiveError;
use crate::archive::batch::is_fault_of_the_disk;
use crate::archive::closed::is_refusal;
use crate::archive::command::Committed;
use crate::archive::commit::Worker;
use crate::archive::examine::{CHUNK, Verdict, examine};
use crate::archive::index::Rows;
use crate::archive::known::Reader;
use crate::archive::promise::Promises;
use crate::archive::staged::Staged;
use crate::archive::store::{FOLDER, PRIVATE, Store};
use crate::archive::tree::{Missing, Tree, join, split, sync};
use crate::http::Stop;
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

    /// Whether what these roles have got is in its place, as the index says. `None` when the run is being stopped.
    pub(crate) fn have_theirs(
        &self,
        owners: &[Owner],
        store: &Store,
        stop: &Stop,
    ) -> Result<Option<bool>, ArchiveError> {
        let mut file_of = self.connection.prepare_cached(
            "SELECT file FROM roles WHERE item = ?1 AND role = ?2 AND state = 'done' AND file IS NOT NULL",
        )?;
        for owner in owners {
            let file = file_of.query_row(params![owner.item, owner.role.text()], |row| row.get(0));
            let is_whole = match file.optional()? {
                Some(file) => self.is_whole(file, store, stop)?,
                None => Some(false),
            };
            if is_whole != Some(true) {
                return Ok(is_whole);
            }
        }
        Ok(Some(true))
    }

    /// The same of one file.
    pub(crate) fn is_whole(
        &self,
        file: i64,
        store: &Store,
        stop: &Stop,
    ) -> Result<Option<bool>, ArchiveError> {
        let record = Promises::of(&self.connection)?.file(&self.connection, file)?;
        let Some(record) = record else {
            return Ok(Some(false));
        };
        let (mut tree, mut chunk) = (Tree::new(store.clone()), vec![0; CHUNK]);
        let verdict = examine(&mut tree, &record, &mut chunk, stop, &|_| {});
        Ok(verdict.map(|verdict| matches!(verdict, Verdict::Intact { .. })))
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
            Ok(Aside::Free) => {
                self.batch.push(staged);
                return Ok(());
            }
            Ok(Aside::In(folder)) => {
                (self.terms.report)(staged.ticket, Committed::PutAside { folder });
                self.batch.push(staged);
                return Ok(());
            }
            Ok(Aside::Changed) => Committed::KeptFirst { path },
            Err(error) => {
                let error = ArchiveError::storage("put aside", &path, error);
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
                Committed::Failed { name: path, cause }
            }
        };
        self.store
            .remove_temp(&staged.temp)
            .map_err(|error| ArchiveError::storage("remove", &staged.temp.0, error))?;
        (self.terms.report)(staged.ticket, told);
        Ok(())
    }
}

/// What has become of a damaged file.
pub(super) enum Aside {
    /// Nothing is in the way, or nothing that is ours: the new file gets a place of its own then.
    Free,
    /// It is in this folder of ours, below which it has kept its path.
    In(String),
    /// It is not the file that was judged any more.
    Changed,
}

impl Tree {
    /// Moves a damaged file out of the way, durably.
    pub(super) fn put_aside(&mut self, damaged: &Damaged) -> io::Result<Aside> {
        let path = damaged.path.as_str();
        self.forget();
        match self.entry(path)? {
            None => return Ok(Aside::Free),
            Some(entry) if !entry.is_file => return Ok(Aside::Free),
            Some(entry)
                if entry.size == damaged.size
                    && damaged
                        .modified
                        .is_none_or(|modified| modified == entry.modified) => {}
            Some(_) => return Ok(Aside::Changed),
        }
        // Two runs may begin in one second, and each may have its file of this name.
        let again = (2_u32..1000).map(|number| format!("{}-{number}", damaged.stamp));
        let mut result = Err(io::ErrorKind::AlreadyExists.into());
        for stamp in std::iter::once(damaged.stamp.clone()).chain(again) {
            result = self.put_below(path, &stamp).map(Aside::In);
            let is_taken = |error: &io::Error| error.kind() == io::ErrorKind::AlreadyExists;
            if !result.as_ref().is_err_and(is_taken) {
                break;
            }
        }
        result
    }

    /// Moves a file into `damaged/{stamp}`, below which it keeps its path, in place of nothing. Returns that folder.
    fn put_below(&mut self, path: &str, stamp: &str) -> io::Result<String> {
        let (folder, name) = split(path);
        let from = self.folder(folder, Missing::IsAnError)?;
        let ours = [PRIVATE, "damaged", stamp];
        let below = folder.split('/').filter(|name| !name.is_empty());
        let way: Vec<&str> = ours.into_iter().chain(below).collect();
        let root = &self.store.shared.root;
        match take_away(&from, name, &go(root, &way)?) {
            Err(Errno::XDEV) => {}
            taken => return taken.map(|()| ours.join("/")).map_err(Into::into),
        }
        // Another file system is mounted there: it stays on that.
        leave(root, &way);
        take_away(&from, name, &go(&from, &ours)?)?;
        Ok(join(folder, &ours.join("/")))
    }
}

/// Gives a file the same name in another folder, in place of nothing.
fn take_away(from: &OwnedFd, name: &str, to: &OwnedFd) -> Result<(), Errno> {
    match fs::renameat_with(from, name, to, name, RenameFlags::NOREPLACE) {
        // We hold the lock, so look, then rename.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            match fs::statat(to, name, AtFlags::SYMLINK_NOFOLLOW) {
                Err(Errno::NOENT) => fs::renameat(from, name, to, name)?,
                Ok(_) => return Err(Errno::EXIST),
                Err(error) => return Err(error),
            }
        }
        renamed => renamed?,
    }
    // Where it went first: a power cut may show it twice, and not nowhere.
    for folder in [to, from] {
        sync(folder).map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    }
    Ok(())
}

/// Opens a folder below another, made if need be, durably.
fn go(from: &OwnedFd, way: &[&str]) -> io::Result<OwnedFd> {
    let mut at = fs::openat(from, ".", FOLDER, Mode::empty())?;
    for name in way {
        match fs::mkdirat(&at, *name, Mode::from_raw_mode(0o777)) {
            Ok(()) => sync(&at)?,
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
        at = fs::openat(&at, *name, FOLDER, Mode::empty())?;
    }
    Ok(at)
}

/// Removes what of such a way is empty, from its end.
fn leave(from: &OwnedFd, way: &[&str]) {
    let Some((first, rest)) = way.split_first() else {
        return;
    };
    if let Ok(next) = fs::openat(from, *first, FOLDER, Mode::empty()) {
        leave(&next, rest);
        // One that is not empty says so, and stays.
        let _ = fs::unlinkat(from, *first, AtFlags::REMOVEDIR);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::store::Store;

    #[test]
    fn two_files_of_one_path_are_put_aside_in_one_second_and_both_are_kept() {
        let root = tempfile::tempdir().expect("a folder");
        let mut tree = Tree::new(Store::open(root.path()).expect("a store"));
        let mut folders = Vec::new();
        for bytes in ["first", "other"] {
            std::fs::create_dir_all(root.path().join("2024")).expect("made");
            std::fs::write(root.path().join("2024/a.jpg"), bytes).expect("written");
            let damaged = Damaged {
                path: "2024/a.jpg".to_owned(),
                size: 5,
                modified: None,
                stamp: "now".to_owned(),
            };
            let aside = tree.put_aside(&damaged).expect("put aside");
            assert!(!root.path().join("2024/a.jpg").exists());
            if let Aside::In(folder) = aside {
                let kept = std::fs::read(root.path().join(&folder).join("2024/a.jpg"));
                assert_eq!(kept.expect("kept"), bytes.as_bytes());
                folders.push(folder);
            }
        }
        assert_eq!(folders.len(), 2);
        assert_ne!(folders[0], folders[1]);
    }
}
