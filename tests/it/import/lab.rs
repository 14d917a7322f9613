//! A root to import into, and a folder beside it where exports lie.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use gphotos_sim::World;
use gphotos_sim::takeout::{Export, Format, ZipStyle};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{CommandOutput, Held, TestEnv};

/// One archive in the making.
pub(super) struct Lab {
    pub(super) env: TestEnv,
    exports: TempDir,
    written: Cell<u32>,
}

/// What an archive holds: item, part of the item, SHA-256.
pub(super) type Set = BTreeSet<(String, String, String)>;

impl Lab {
    pub(super) fn new() -> Self {
        Self::of(TestEnv::new(World::new()))
    }

    pub(super) fn of(env: TestEnv) -> Self {
        Self {
            env,
            exports: tempfile::tempdir().expect("a folder"),
            written: Cell::new(0),
        }
    }

    /// A folder of its own for some parts.
    pub(super) fn folder(&self) -> PathBuf {
        self.written.set(self.written.get() + 1);
        let folder = self.exports.path().join(self.written.get().to_string());
        fs::create_dir(&folder).expect("made");
        folder
    }

    /// The parts of an export, in their order.
    pub(super) fn write(&self, export: &Export, format: Format) -> Vec<PathBuf> {
        export.write(&self.folder(), format).expect("written")
    }

    pub(super) fn zips(&self, export: &Export) -> Vec<PathBuf> {
        self.write(export, Format::Zip(ZipStyle::default()))
    }

    /// A part of which only the bytes are known.
    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder().join(name);
        fs::write(&path, bytes).expect("written");
        path
    }

    /// `import --json` of these paths, plus what the test wants.
    #[must_use]
    pub(super) fn import<P: AsRef<Path>>(&self, parts: &[P], args: &[&str]) -> CommandOutput {
        let mut all = ARGS.to_vec();
        all.extend(args);
        let parts = parts.iter().map(|part| part.as_ref().to_str());
        all.extend(parts.map(|part| part.expect("a path that is text")));
        self.env.run(&all)
    }

    /// What the archive holds by now, of every source.
    pub(super) fn set(&self) -> Set {
        set(self.env.root())
    }

    /// What the index says of every stored file: item, part, bytes, name, date, description and what was noted.
    pub(super) fn described(&self) -> Vec<[String; 7]> {
        let index = self.env.path("downloads/.gphotos-dl/index/index.db");
        let index = rusqlite::Connection::open(index).expect("an index");
        let mut statement = index
            .prepare(
                "SELECT id, role, hex(sha256), filename, coalesce(created, ''), coalesce(description, ''), coalesce(note, '')
                 FROM items JOIN roles USING (item) JOIN files USING (file) WHERE roles.state = 'done'",
            )
            .expect("tables");
        let rows = statement.query_map([], |row| {
            let mut cells: [String; 7] = Default::default();
            for (at, cell) in cells.iter_mut().enumerate() {
                *cell = match row.get_ref(at)? {
                    rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                    other => other.as_str()?.to_owned(),
                };
            }
            Ok(cells)
        });
        let rows: Result<Vec<_>, _> = rows.expect("a query").collect();
        let mut rows = rows.expect("rows");
        for row in &mut rows {
            let part = row[1].find('.').unwrap_or(row[1].len());
            row[1].truncate(part);
        }
        rows.sort();
        rows
    }

    /// Which items are in which albums.
    pub(super) fn albums(&self) -> BTreeSet<(String, String)> {
        let index = self.env.path("downloads/.gphotos-dl/index/index.db");
        let index = rusqlite::Connection::open(index).expect("an index");
        let mut statement = index
            .prepare("SELECT title, id FROM albums JOIN album_items USING (album) JOIN items USING (item)")
            .expect("tables");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        let rows: Result<_, _> = rows.expect("a query").collect();
        rows.expect("rows")
    }
}

pub(super) fn set(root: &Path) -> Set {
    let held = Held::read(root).expect("an index").done_set();
    let part = |role: String| role.split('.').next().unwrap_or_default().to_owned();
    let held = held.into_iter();
    held.map(|(id, role, sha256)| (id, part(role), sha256))
        .collect()
}

/// How often the balance sheet of a run says this.
#[track_caller]
pub(super) fn counted(said: &Value, what: &str) -> u64 {
    said["balance"][what]
        .as_u64()
        .unwrap_or_else(|| panic!("no {what}: {said:#}"))
}

/// Wall clocks without a zone are UTC, so that a date is the same wherever the tests run.
const ARGS: [&str; 4] = ["import", "--json", "--time-zone", "UTC"];
