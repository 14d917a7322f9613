//! Files for whose bytes nothing vouches, and the good ones that take their places.
//!
//! A role that has such a file has a mark in its note, in the index and in the manifest. Once the same file comes from a part
//! that is whole, the mark goes or the file does: put aside, as a file that has rotted.

use std::collections::{BTreeSet, HashSet};
use std::io::{self, Read};
use std::sync::Arc;

use rusqlite::{OptionalExtension, params};

use crate::archive::ArchiveError;
use crate::archive::commit::{Worker, is_there};
use crate::archive::examine::{CHUNK, Verdict, examine};
use crate::archive::index::Rows;
use crate::archive::own::Owned;
use crate::archive::promise::{Promises, Record};
use crate::archive::repair::{Aside, Damaged};
use crate::archive::staged::UNPROVEN;
use crate::archive::tree::Tree;
use crate::http::Stop;
use crate::media::item::{BY_CONTENT, MediaItem, Part, Role};
use crate::takeout::xmp;

/// How far the bytes of a file can be believed.
#[derive(Debug, Clone)]
pub(crate) enum Belief {
    Unproven,
    /// They are what was exported.
    Proven {
        /// Digests of what came under the same path from a damaged part.
        instead_of: Vec<[u8; 32]>,
        /// The folder in `damaged/`.
        stamp: Arc<str>,
    },
}

impl Belief {
    pub(super) fn is_proven(&self) -> bool {
        matches!(self, Self::Proven { .. })
    }

    fn instead_of(&self) -> &[[u8; 32]] {
        match self {
            Self::Unproven => &[],
            Self::Proven { instead_of, .. } => instead_of,
        }
    }
}

impl Rows<'_> {
    /// An item that was known by wrong bytes is known by these.
    pub(super) fn know_by(&self, item: &MediaItem, belief: &Belief) -> Result<(), ArchiveError> {
        for sha256 in belief.instead_of() {
            let wrong = format!("{BY_CONTENT}{}", data_encoding::HEXLOWER.encode(sha256));
            self.transaction
                .prepare_cached(
                    "UPDATE OR IGNORE items SET id = ?3 WHERE source = ?1 AND id = ?2 AND EXISTS (
                         SELECT 1 FROM roles JOIN files USING (file)
                         WHERE roles.item = items.item AND sha256 = ?4 AND roles.state = 'done' AND instr(note, ?5))",
                )?
                .execute(params![
                    item.source.as_str(),
                    wrong,
                    item.id.0,
                    sha256.as_slice(),
                    UNPROVEN
                ])?;
        }
        Ok(())
    }

    /// The role of an item that a file is to take over from one that nothing vouches for. None that this run has given away.
    /// Where a run has put that file aside and died, the role may have no mark any more, and has no file.
    pub(super) fn unproven_role(
        &self,
        tree: &mut Tree,
        item: i64,
        part: Part,
        belief: &Belief,
        run: i64,
    ) -> Result<Option<Role>, ArchiveError> {
        for sha256 in belief.instead_of() {
            let mut statement = self.transaction.prepare_cached(
                "SELECT role, path, coalesce(instr(note, ?3), 0) > 0 FROM roles JOIN files USING (file)
                 WHERE item = ?1 AND sha256 = ?2 AND roles.state = 'done' AND run <> ?4 ORDER BY role",
            )?;
            let mut rows = statement.query(params![item, sha256.as_slice(), UNPROVEN, run])?;
            while let Some(row) = rows.next()? {
                let role = Role::parse(&row.get::<_, String>(0)?);
                let Some(role) = role.filter(|role| role.part() == part) else {
                    continue;
                };
                if row.get(2)? || !is_there(tree, &row.get::<_, String>(1)?)? {
                    return Ok(Some(role));
                }
            }
        }
        Ok(None)
    }

    /// These bytes are the item's: what was unproven of them is no more.
    pub(super) fn prove(&self, item: i64, sha256: &[u8]) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached(
                "UPDATE roles SET note = nullif(replace(replace(note, '; ' || ?3, ''), ?3, ''), '')
                 WHERE item = ?1 AND state = 'done' AND instr(note, ?3)
                 AND file IN (SELECT file FROM files WHERE sha256 = ?2)",
            )?
            .execute(params![item, sha256, UNPROVEN])?;
        Ok(())
    }

    /// Whether nothing vouches for a stored file: of no role that has it.
    pub(super) fn is_unproven(&self, file: i64) -> Result<bool, ArchiveError> {
        let is_unproven = self
            .transaction
            .prepare_cached(IS_UNPROVEN)?
            .query_row(params![file, UNPROVEN], |row| row.get(0))?;
        Ok(is_unproven)
    }

    /// Takes back what nothing vouched for and what turned out to be wrong: roles that have one of these digests and still the
    /// mark. A file that no role has after that is put aside, unless somebody has changed it. Returns the folders in which
    /// such files are now, relative to the archive's.
    pub(crate) fn retire(
        &self,
        tree: &mut Tree,
        digests: &HashSet<[u8; 32]>,
        stamp: &str,
    ) -> Result<BTreeSet<String>, ArchiveError> {
        let mut folders = BTreeSet::new();
        for sha256 in digests {
            for (item, role, file) in self.marked(sha256)? {
                self.transaction
                    .prepare_cached("DELETE FROM roles WHERE item = ?1 AND role = ?2")?
                    .execute(params![item, role.text()])?;
                self.promote(item, role)?;
                self.forget_item_without_files(item)?;
                if !self.is_used(file)? {
                    folders.extend(self.give_up_file(tree, file, stamp)?);
                }
            }
        }
        Ok(folders)
    }

    /// The roles that have such a file and the mark.
    fn marked(&self, sha256: &[u8; 32]) -> Result<Vec<(i64, Role, i64)>, ArchiveError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT item, role, file FROM roles JOIN files USING (file)
             WHERE sha256 = ?1 AND roles.state = 'done' AND instr(note, ?2) ORDER BY item, role",
        )?;
        let rows = statement.query_map(params![sha256.as_slice(), UNPROVEN], |row| {
            Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?))
        })?;
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        let rows = rows.into_iter();
        Ok(rows
            .filter_map(|(item, role, file)| Some((item, Role::parse(&role)?, file)))
            .collect())
    }

    /// Where an item's first file of a part is gone, a further one is the first.
    pub(super) fn promote(&self, item: i64, gone: Role) -> Result<(), ArchiveError> {
        if gone != Role::nth(gone.part(), 1) {
            return Ok(());
        }
        let mut statement = self
            .transaction
            .prepare_cached("SELECT role FROM roles WHERE item = ?1 AND state = 'done'")?;
        let roles = statement.query_map([item], |row| row.get::<_, String>(0))?;
        let roles = roles.collect::<Result<Vec<_>, _>>()?;
        let further = roles.iter().filter_map(|role| Role::parse(role));
        let further = further.filter_map(|role| match role {
            Role::Further(part, number) if part == gone.part() => Some(number),
            _ => None,
        });
        let Some(number) = further.min() else {
            return Ok(());
        };
        self.transaction
            .prepare_cached("UPDATE roles SET role = ?3 WHERE item = ?1 AND role = ?2")?
            .execute(params![
                item,
                Role::nth(gone.part(), number).text(),
                gone.text()
            ])?;
        Ok(())
    }

    fn is_used(&self, file: i64) -> Result<bool, ArchiveError> {
        let mut statement = self
            .transaction
            .prepare_cached("SELECT 1 FROM roles WHERE file = ?1")?;
        Ok(statement.exists([file])?)
    }

    fn give_up_file(
        &self,
        tree: &mut Tree,
        file: i64,
        stamp: &str,
    ) -> Result<Option<String>, ArchiveError> {
        let record = Promises::of(self.transaction)?.file(self.transaction, file)?;
        let mut folder = None;
        if let Some(damaged) = record.and_then(|record| ours(tree, record, stamp)) {
            let failed = |error| ArchiveError::storage("put aside", &damaged.path, error);
            if let Aside::In(place) = tree.put_aside(&damaged).map_err(failed)? {
                folder = Some(place);
                let sidecar = sidecar_of(tree, &damaged);
                if let Some(sidecar) = sidecar.map_err(failed)? {
                    tree.put_aside(&sidecar).map_err(failed)?;
                }
            }
        }
        self.transaction
            .prepare_cached("DELETE FROM files WHERE file = ?1 AND state = 'stored'")?
            .execute([file])?;
        Ok(folder)
    }
}

/// What we have written beside a file, and nobody has changed: without the file it describes nothing.
fn sidecar_of(tree: &mut Tree, file: &Damaged) -> io::Result<Option<Damaged>> {
    let path = format!("{}.xmp", file.path);
    let Some(entry) = tree.entry(&path)?.filter(|entry| entry.is_file) else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    tree.open(&path)?.take(MOST).read_to_end(&mut bytes)?;
    Ok(xmp::is_ours(&bytes).then(|| Damaged {
        path,
        size: entry.size,
        modified: Some(entry.modified),
        stamp: file.stamp.clone(),
    }))
}

/// Bytes: far more than a sidecar of ours has.
const MOST: u64 = 1 << 20;

/// Of a file, by its row: whether a role has it, and no role without the mark.
const IS_UNPROVEN: &str = "SELECT count(*) > 0 AND total(coalesce(instr(note, ?2), 0) = 0) = 0
    FROM roles WHERE file = ?1 AND state = 'done'";

impl Worker {
    /// The file that is to make room for one that was given its role: nothing vouches for it as anybody's, and nobody has
    /// changed it.
    pub(super) fn unproven_at(
        &mut self,
        owned: &Owned,
        belief: &Belief,
    ) -> Result<Option<Damaged>, ArchiveError> {
        let Belief::Proven { instead_of, stamp } = belief else {
            return Ok(None);
        };
        let Owned::Wanted { item, role } = owned else {
            return Ok(None);
        };
        if instead_of.is_empty() {
            return Ok(None);
        }
        let connection = self.index.connection();
        let file: Option<i64> = connection
            .prepare_cached(
                "SELECT file FROM roles WHERE item = ?1 AND role = ?2 AND state = 'done'",
            )?
            .query_row(params![item, role.text()], |row| row.get(0))
            .optional()?
            .flatten();
        let Some(file) = file else { return Ok(None) };
        let is_unproven: bool = connection
            .prepare_cached(IS_UNPROVEN)?
            .query_row(params![file, UNPROVEN], |row| row.get(0))?;
        let record = Promises::of(connection)?.file(connection, file)?;
        let record = record.filter(|_| is_unproven);
        Ok(record.and_then(|record| ours(&mut self.tree, record, stamp)))
    }
}

/// A file that is as it was stored, or has rotted since: none that somebody has changed.
fn ours(tree: &mut Tree, record: Record, stamp: &str) -> Option<Damaged> {
    let (mut chunk, stop) = (vec![0; CHUNK], Stop::default());
    let size = match examine(tree, &record, &mut chunk, &stop, &|_| {})? {
        Verdict::Intact { .. } => record.size,
        Verdict::Rot { size } => size,
        _ => return None,
    };
    Some(Damaged {
        path: record.path,
        size,
        modified: record.modified,
        stamp: stamp.to_owned(),
    })
}
