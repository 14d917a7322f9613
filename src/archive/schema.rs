//! The shape of the index, as an append-only list of migrations. A migration that has been shipped is never edited:
//! the databases out there are users' data.

use std::path::Path;

use rusqlite::Connection;

use crate::archive::{ArchiveError, copies};

/// Items, their roles, and files are apart from the start: an item has one or more files, and one file may serve several
/// items (equal bytes are stored once).
const MIGRATIONS: [&str; 9] = ["
    CREATE TABLE items (
        item INTEGER PRIMARY KEY,
        source TEXT NOT NULL,            -- library
        id TEXT NOT NULL,
        filename TEXT,
        mime_type TEXT,
        kind TEXT NOT NULL,              -- photo, video
        created INTEGER,                 -- milliseconds since 1970, UTC
        width INTEGER,
        height INTEGER,
        camera_make TEXT,
        camera_model TEXT,
        description TEXT,
        product_url TEXT,
        fingerprint INTEGER NOT NULL,    -- of the columns above: has the source's word changed?
        first_listed INTEGER NOT NULL,   -- seconds since 1970
        UNIQUE (source, id)
    );
    CREATE TABLE files (
        file INTEGER PRIMARY KEY,
        path TEXT NOT NULL UNIQUE,       -- relative to downloads/, with /
        fold TEXT NOT NULL UNIQUE,       -- two paths that some file system takes for one are equal here
        state TEXT NOT NULL CHECK (state IN ('claimed', 'announced', 'stored')),
        sha256 BLOB,
        size INTEGER,
        modified INTEGER,                -- seconds since 1970, as the file system gave it back
        format TEXT,                     -- what the bytes are, whatever the name says
        width INTEGER,
        height INTEGER,
        temp TEXT,                       -- while announced: its name under tmp/
        CHECK (state = 'claimed' OR (sha256 IS NOT NULL AND size IS NOT NULL))
    );
    CREATE INDEX files_by_content ON files (sha256) WHERE sha256 IS NOT NULL;
    CREATE INDEX files_in_flight ON files (state) WHERE state = 'announced';
    CREATE TABLE roles (
        item INTEGER NOT NULL REFERENCES items,
        role TEXT NOT NULL,              -- original, motion
        file INTEGER REFERENCES files,
        state TEXT NOT NULL CHECK (state IN ('wanted', 'done', 'failed', 'skipped', 'gone', 'none')),
        how TEXT,                        -- of done: downloaded, linked, adopted
        run INTEGER NOT NULL,            -- in which run this became so
        cause TEXT,                      -- of failed, skipped, gone
        attempts INTEGER NOT NULL DEFAULT 0,
        first_failed INTEGER,            -- seconds since 1970
        last_tried INTEGER,
        recheck_after INTEGER,           -- of done: kept although it looks broken; ask once more after this
        note TEXT,                       -- what was odd about it
        PRIMARY KEY (item, role)
    ) WITHOUT ROWID;
    CREATE INDEX roles_by_file ON roles (file);
    CREATE INDEX roles_open ON roles (state) WHERE state IN ('wanted', 'failed');
    CREATE TABLE runs (
        run INTEGER PRIMARY KEY,
        command TEXT NOT NULL,
        started INTEGER NOT NULL,
        finished INTEGER,
        manifest TEXT
    );
    CREATE TABLE quota (
        day TEXT PRIMARY KEY,            -- of Google's quota, Pacific time
        api INTEGER NOT NULL,
        bytes INTEGER NOT NULL
    ) WITHOUT ROWID;
", PARTIALS, ABOUT, FORMER, ALBUMS, WALKED, PAIRS, TOLD, ADDRESSES];

/// Large files of which only the beginning is here, to be gone on with by another run.
const PARTIALS: &str = "
    CREATE TABLE partials (
        item INTEGER NOT NULL REFERENCES items,
        role TEXT NOT NULL,              -- original, motion
        temp TEXT NOT NULL UNIQUE,       -- its name under tmp/
        etag TEXT NOT NULL,              -- the strong validator under which it came
        total INTEGER NOT NULL,          -- bytes of the whole
        size INTEGER NOT NULL,           -- bytes that are here and durable
        sha256 BLOB NOT NULL,            -- of these
        kept INTEGER NOT NULL,           -- since when it has not grown, in seconds since 1970
        PRIMARY KEY (item, role)
    ) WITHOUT ROWID;
";

/// Which archive this is the index of, and what it knows of it.
const ABOUT: &str = "
    CREATE TABLE about (                 -- archive.json, as it was when this index came to be
        one INTEGER PRIMARY KEY CHECK (one = 1),
        archive_id TEXT NOT NULL,
        created TEXT NOT NULL,           -- RFC 3339
        layout TEXT NOT NULL,
        time_zone TEXT NOT NULL,
        naming TEXT NOT NULL
    );
    CREATE TABLE manifests (             -- those whose rows this index holds
        name TEXT PRIMARY KEY
    ) WITHOUT ROWID;
    INSERT OR IGNORE INTO manifests SELECT manifest FROM runs WHERE manifest IS NOT NULL;
";

/// What a stored file that is being brought back was, until it is stored again.
const FORMER: &str = "
    CREATE TABLE former (
        file INTEGER PRIMARY KEY,        -- the announced file that is to take its place
        sha256 BLOB NOT NULL,
        size INTEGER NOT NULL,
        modified INTEGER,                -- the columns of files
        format TEXT,
        width INTEGER,
        height INTEGER
    );
";

/// What exports say of albums.
const ALBUMS: &str = "
    CREATE TABLE albums (
        album INTEGER PRIMARY KEY,
        export TEXT NOT NULL,            -- which export says so
        folder TEXT NOT NULL,            -- its path in the export
        title TEXT NOT NULL,
        UNIQUE (export, folder)
    );
    CREATE TABLE album_items (
        album INTEGER NOT NULL REFERENCES albums,
        item INTEGER NOT NULL REFERENCES items,
        PRIMARY KEY (album, item)
    ) WITHOUT ROWID;
    CREATE INDEX album_items_by_item ON album_items (item);
";

/// How far a run came that Google's quota has ended.
const WALKED: &str = "
    CREATE TABLE walked (
        run INTEGER PRIMARY KEY REFERENCES runs,
        day TEXT NOT NULL                -- the last one that its walk has listed
    );
";

/// Which items are one photo, through two sources and with different bytes.
const PAIRS: &str = "
    CREATE TABLE pairs (
        copy INTEGER PRIMARY KEY,        -- the item as Google serves it to programs
        original INTEGER NOT NULL        -- the item as an export has it
    );
    CREATE INDEX pairs_by_original ON pairs (original);
";

/// What the newest export says of an item beyond the columns of `items`, and which records of exports were taken in.
const TOLD: &str = "
    CREATE TABLE told (
        item INTEGER PRIMARY KEY,
        exported INTEGER NOT NULL,       -- when that export was made, seconds since 1970; 0 where nobody knows
        taken INTEGER,                   -- the date that it gives, seconds since 1970
        latitude REAL,                   -- degrees
        longitude REAL,
        altitude REAL,                   -- metres
        people TEXT NOT NULL,            -- a list in JSON
        favorited INTEGER NOT NULL
    );
    CREATE TABLE records (
        export TEXT PRIMARY KEY,
        size INTEGER NOT NULL            -- bytes of it that are taken in
    ) WITHOUT ROWID;
";

/// Under which name an address of Google Photos is claimed. What exports were imported before says so too: their records are
/// taken in again.
const ADDRESSES: &str = "
    CREATE TABLE addresses (
        id TEXT PRIMARY KEY,             -- as in items
        stem TEXT                        -- the longest name of a photo that has it; none: two photos claim it, and none has it
    ) WITHOUT ROWID;
    DELETE FROM records;
";

/// The newest shape.
pub(super) const VERSION: usize = MIGRATIONS.len();
/// The first shape that keeps what a file was that is being brought back.
pub(super) const WITH_FORMER: usize = 4;

/// Refuses a database that a newer program has shaped. An older one can be read as it is.
pub(crate) fn check(connection: &Connection) -> Result<(), ArchiveError> {
    match version(connection)? {
        version if version > VERSION => Err(ArchiveError::NewerIndex { version }),
        _ => Ok(()),
    }
}

/// Brings the database to the newest shape, in one transaction. What it was before is kept beside `path`.
pub(crate) fn migrate(
    connection: &mut Connection,
    path: Option<&Path>,
) -> Result<(), ArchiveError> {
    check(connection)?;
    let version = version(connection)?;
    if version == VERSION {
        return Ok(());
    }
    if let Some(path) = path
        && version > 0
    {
        copies::keep_before(connection, path, version)?;
    }
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for migration in &MIGRATIONS[version..] {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(())
}

/// A column as a database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) table: String,
    pub(super) name: String,
    /// INTEGER, TEXT or BLOB.
    pub(super) kind: String,
    pub(super) is_required: bool,
}

fn columns_of(connection: &Connection) -> rusqlite::Result<Vec<Column>> {
    let mut statement = connection.prepare_cached(
        "SELECT tables.name, columns.name, columns.type, columns.\"notnull\" OR columns.pk
         FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
         WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%' ORDER BY tables.name, columns.cid",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Column {
            table: row.get(0)?,
            name: row.get(1)?,
            kind: row.get(2)?,
            is_required: row.get(3)?,
        })
    })?;
    rows.collect()
}

/// Whether every table is there that the version promises, with the columns that it was made with; a database without a
/// version has none.
pub(super) fn is_as_made(connection: &Connection) -> rusqlite::Result<bool> {
    let version = version(connection)?;
    let mut found = columns_of(connection)?;
    if version == 0 {
        return Ok(found.is_empty());
    }
    let promised = columns(version)?;
    // Whatever else somebody keeps in it.
    found.retain(|column| promised.iter().any(|ours| ours.table == column.table));
    Ok(found == promised)
}

/// The columns that a version promises, table by table.
pub(super) fn columns(version: usize) -> rusqlite::Result<Vec<Column>> {
    let new = Connection::open_in_memory()?;
    for migration in MIGRATIONS.get(..version).unwrap_or(&MIGRATIONS) {
        new.execute_batch(migration)?;
    }
    columns_of(&new)
}

pub(super) fn version(connection: &Connection) -> rusqlite::Result<usize> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}
