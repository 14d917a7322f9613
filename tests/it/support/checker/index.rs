//! What the index says, by SQL of our own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use rusqlite::Connection;
use unicode_normalization::UnicodeNormalization;

use super::Violations;
use super::disk::Snapshot;
use super::truth::Truths;

/// The index at one moment.
#[derive(Debug, Default)]
pub(crate) struct Held {
    pub(super) roles: Vec<RoleRow>,
    ids: BTreeSet<String>,
    /// Paths with bytes, or about to have some.
    paths: Vec<String>,
    pub(super) announced: Vec<String>,
    /// Titles of albums, and the ids of what is in them.
    albums: BTreeSet<(String, String)>,
}

/// One role of one item.
#[derive(Debug, Default)]
pub(crate) struct RoleRow {
    pub(super) source: String,
    pub(crate) id: String,
    pub(crate) role: String,
    pub(crate) state: String,
    pub(crate) path: String,
    how: String,
    file_state: String,
    pub(super) sha256: String,
    size: u64,
    cause: String,
    dated: bool,
}

impl Held {
    /// Reads a copy, so that not even a lock is left behind. No index, or one without tables, holds nothing.
    pub(crate) fn read(root: &Path) -> rusqlite::Result<Self> {
        let folder = root.join("downloads/.gphotos-dl/index");
        let copy = tempfile::tempdir().expect("a folder");
        for name in ["index.db", "index.db-wal", "index.db-journal"] {
            if folder.join(name).exists() {
                fs::copy(folder.join(name), copy.path().join(name)).expect("copied");
            }
        }
        let path = copy.path().join("index.db");
        if !path.exists() {
            return Ok(Self::default());
        }
        let connection = Connection::open(path)?;
        let tables = "SELECT count(*) FROM sqlite_master WHERE name IN ('items', 'roles', 'files')";
        if connection.query_row(tables, [], |row| row.get::<_, u32>(0))? < 3 {
            return Ok(Self::default());
        }
        let sound: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        if sound != "ok" {
            return Err(rusqlite::Error::InvalidParameterName(sound));
        }
        let texts = |sql: &str| -> rusqlite::Result<Vec<String>> {
            let mut statement = connection.prepare(sql)?;
            statement.query_map([], |row| row.get(0))?.collect()
        };
        let mut statement = connection.prepare(
            "SELECT i.id, r.role, r.state, f.path, r.how, f.state, lower(hex(f.sha256)), f.size, r.cause,
                 r.first_failed IS NOT NULL AND r.last_tried IS NOT NULL, i.source
             FROM roles r JOIN items i ON i.item = r.item LEFT JOIN files f ON f.file = r.file",
        )?;
        let text = |cell: Option<String>| cell.unwrap_or_default();
        let roles = statement.query_map([], |row| {
            Ok(RoleRow {
                id: row.get(0)?,
                role: row.get(1)?,
                state: row.get(2)?,
                path: text(row.get(3)?),
                how: text(row.get(4)?),
                file_state: text(row.get(5)?),
                sha256: text(row.get(6)?),
                size: row.get::<_, Option<u64>>(7)?.unwrap_or_default(),
                cause: text(row.get(8)?),
                dated: row.get(9)?,
                source: row.get(10)?,
            })
        })?;
        Ok(Self {
            roles: roles.collect::<Result<_, _>>()?,
            ids: texts("SELECT id FROM items")?.into_iter().collect(),
            paths: texts("SELECT path FROM files WHERE state <> 'claimed'")?,
            announced: texts("SELECT path FROM files WHERE state = 'announced'")?,
            albums: albums(&connection)?,
        })
    }

    /// Title and id of everything that is in an album.
    pub(crate) fn albums(&self) -> &BTreeSet<(String, String)> {
        &self.albums
    }

    pub(super) fn done(&self) -> impl Iterator<Item = &RoleRow> {
        self.roles.iter().filter(|role| role.state == "done")
    }

    /// Id, role and SHA-256 of what is done.
    pub(crate) fn done_set(&self) -> BTreeSet<(String, String, String)> {
        let key = |row: &RoleRow| (row.id.clone(), row.role.clone(), row.sha256.clone());
        self.done().map(key).collect()
    }

    /// Taken over because it matched, without proof: its bytes need not be Google's.
    pub(super) fn is_adopted(&self, path: &str) -> bool {
        let mut roles = self.roles.iter();
        roles.any(|role| role.path == path && role.how == "adopted")
    }

    pub(super) fn is_item_adopted(&self, id: &str) -> bool {
        self.done()
            .any(|role| role.id == id && role.how == "adopted")
    }

    /// I2 and I8, and I1 once more: the bytes are those of this very item. Items of equal bytes may share a path.
    pub(super) fn check(
        &self,
        now: &Snapshot,
        truths: &Truths,
        places: &BTreeMap<(String, String), String>,
        wrong: &mut Violations,
    ) {
        for role in self.done() {
            let RoleRow {
                id,
                role: name,
                path,
                ..
            } = role;
            if role.file_state != "stored" {
                wrong.push(format!(
                    "I2: {name} of {id} is done and its file {path:?} is not stored"
                ));
            }
            match now.file(path) {
                None => wrong.push(format!("I2: {path} is done and not on disk")),
                Some((sha256, size)) if (sha256, size) != (&role.sha256, role.size) => {
                    wrong.push(format!("I2: {path} is not what its row says"));
                }
                Some(_) => {}
            }
            if role.how != "adopted" && !truths.is_of(id, name, &role.sha256) {
                wrong.push(format!(
                    "I1: {path} is not what Google has as {name} of {id}"
                ));
            }
            if let Some(place) = places.get(&(id.clone(), name.clone()))
                && place != path
            {
                wrong.push(format!(
                    "I8: {name} of {id} was at {place} and is at {path}"
                ));
            }
        }
        let mut folded: BTreeMap<String, &str> = BTreeMap::new();
        for path in &self.paths {
            if let Some(twin) = folded.insert(path.to_lowercase().nfc().collect(), path) {
                wrong.push(format!("I8: {path} and {twin} are one name somewhere"));
            }
        }
    }

    /// I7.
    pub(super) fn check_nothing_forgotten(&self, truths: &Truths, wrong: &mut Violations) {
        for ((id, _), _) in truths.expected() {
            if !self.ids.contains(id) {
                wrong.push(format!("I7: {id} was listed and is not recorded"));
            }
        }
        for row in &self.roles {
            let is_settled = match row.state.as_str() {
                "done" | "skipped" | "gone" | "none" => true,
                "failed" => !row.cause.is_empty() && row.dated,
                _ => false,
            };
            if !is_settled {
                wrong.push(format!(
                    "I7: {} of {} is {:?}, for no known cause",
                    row.role, row.id, row.state
                ));
            }
        }
        for (title, id) in truths.albums().difference(&self.albums) {
            wrong.push(format!("I7: {id} is not in the album {title:?}"));
        }
    }
}

/// An index of an earlier shape has none.
fn albums(connection: &Connection) -> rusqlite::Result<BTreeSet<(String, String)>> {
    let tables = "SELECT count(*) FROM sqlite_master WHERE name IN ('albums', 'album_items')";
    if connection.query_row(tables, [], |row| row.get::<_, u32>(0))? < 2 {
        return Ok(BTreeSet::new());
    }
    let mut statement = connection.prepare(
        "SELECT title, id FROM album_items JOIN albums USING (album) JOIN items USING (item)",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}
