-- The first shape of the index, as it was shipped. Never edited: it is what is out there.
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
PRAGMA user_version = 1;
