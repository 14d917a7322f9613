//! The archive: the folder, its index and its manifests, and the one way by which files get in.
//!
//! [`Archive::open`] takes the lock and mends what a run that died has left. [`commit`] is the only writer.
//! [`known::Reader`] answers what is there. The database can be deleted; the files and the manifests are the truth.

pub(crate) mod batch;
pub(crate) mod checks;
pub(crate) mod commit;
mod decide;
pub(crate) mod examine;
mod files;
pub(crate) mod index;
pub(crate) mod known;
mod listing;
mod lock;
pub(crate) mod look;
pub(crate) mod manifest;
pub(crate) mod naming;
pub(crate) mod overview;
pub(crate) mod parts;
mod publish;
pub(crate) mod rebuild;
mod recover;
pub(crate) mod retention;
pub(crate) mod roles;
pub(crate) mod row;
mod schema;
pub(crate) mod settings;
pub(crate) mod staged;
pub(crate) mod store;
pub(crate) mod tree;
pub(crate) mod verify;
#[allow(dead_code, reason = "what walks it comes next")]
pub(crate) mod walk;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::archive::index::Index;
use crate::archive::known::{Access, Reader};
use crate::archive::lock::Lock;
use crate::archive::settings::{Settings, Wanted};
use crate::archive::store::{PRIVATE, Store};
use crate::archive::tree::Tree;
use crate::http::Stop;

/// Where an archive is: the two folders of the root that belong to it.
#[derive(Debug, Clone)]
pub(crate) struct Paths {
    pub(crate) downloads: PathBuf,
    pub(crate) manifests: PathBuf,
}

impl Paths {
    pub(crate) fn index(&self) -> PathBuf {
        self.downloads.join(PRIVATE).join("index").join("index.db")
    }
}

/// Why the archive could not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ArchiveError {
    #[error("another run is working on {}", path.display())]
    Locked { path: PathBuf },
    #[error("could not {doing} {what}")]
    Storage {
        doing: &'static str,
        what: String,
        source: io::Error,
    },
    #[error("only {free} MiB are free on the archive's disk, and {wanted} MiB are to be left free")]
    LowSpace { free: u64, wanted: u64 },
    #[error("could not use the index")]
    Index(#[from] rusqlite::Error),
    #[error("the index was written by a newer gphotos-dl (its version is {version})")]
    NewerIndex { version: usize },
    #[error("{}: {problem}", path.display())]
    Settings { path: PathBuf, problem: String },
    #[error("{missing} of the archive's {total} files are not in {}", path.display())]
    MassLoss {
        missing: u64,
        total: u64,
        path: PathBuf,
    },
    #[error("could not write the manifest {}", path.display())]
    Manifest { path: PathBuf, source: csv::Error },
    #[error("the archive's folder {PRIVATE} was deleted while the run worked")]
    Vanished,
    #[error("there is no index in {}", .0.display())]
    NoIndex(PathBuf),
    #[error("the committer has stopped")]
    CommitterGone,
    #[error("the comparison with the archive has stopped")]
    PlannerGone,
    #[error("the run was told to stop")]
    Stopped,
}

impl ArchiveError {
    pub(crate) fn storage(doing: &'static str, what: impl Into<String>, source: io::Error) -> Self {
        Self::Storage {
            doing,
            what: what.into(),
            source,
        }
    }
}

/// An archive that this process alone writes to.
pub(crate) struct Archive {
    pub(crate) paths: Paths,
    pub(crate) store: Store,
    pub(crate) index: Index,
    pub(crate) settings: Settings,
    /// What was mended on opening, for the log.
    pub(crate) recovered: recover::Recovered,
    lock: Lock,
}

impl Archive {
    /// Opens the archive, made if need be, and brings it into order. No network is needed for that.
    pub(crate) fn open(
        paths: Paths,
        wanted: &Wanted,
        loss: Loss,
        stop: &Stop,
    ) -> Result<Self, ArchiveError> {
        for folder in [&paths.downloads, &paths.manifests] {
            make_folder(folder)?;
        }
        let downloads = &paths.downloads;
        let storage = |doing| {
            move |error| ArchiveError::storage(doing, downloads.display().to_string(), error)
        };
        let private = downloads.join(PRIVATE);
        for name in ["", "index", "index/index.db", "tmp", "lock"] {
            refuse_link(&private.join(name))?;
        }
        make_folder(&private.join("index"))?;
        let store = Store::open(downloads).map_err(storage("open"))?;
        let lock = Lock::take(&store)?;
        let mut index = open_index(&paths.index(), wanted.now)?;
        let mut recovered = recover::recover(&mut index, &store, &paths.manifests, wanted.now)?;
        if index.is_blank()? {
            let mut tree = Tree::new(store.clone());
            let (index, tree) = (&mut index, &mut tree);
            recovered.rebuilt = rebuild::rebuild(index, tree, &paths, wanted.now, loss, stop)?;
        }
        // Nothing depends on them before there is a file.
        let settings = if index.is_blank()? {
            Settings::create(&paths.manifests, wanted)?
        } else {
            Settings::load_or_create(&paths.manifests, wanted)?
        };
        Ok(Self {
            paths,
            store,
            index,
            settings,
            recovered,
            lock,
        })
    }

    /// A reading connection of its own.
    pub(crate) fn reader(&self) -> Result<Reader, ArchiveError> {
        Reader::open(
            Access::Shared(&self.paths.index()),
            Some(Tree::new(self.store.clone())),
        )
    }

    /// Takes the archive apart for a run: the index goes to the committer.
    pub(crate) fn into_parts(self) -> (Paths, Store, Index, Lock) {
        (self.paths, self.store, self.index, self.lock)
    }
}

/// What to do when most of the files are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    Refused,
    /// `--restore`: fetch everything again.
    Accepted,
}

/// Refuses a loss of all files, or of more than half of at least 20.
pub(crate) fn check_loss(missing: u64, total: u64, downloads: &Path) -> Result<(), ArchiveError> {
    if missing > 0 && (missing == total || (total >= 20 && missing * 2 > total)) {
        return Err(ArchiveError::MassLoss {
            missing,
            total,
            path: downloads.to_owned(),
        });
    }
    Ok(())
}

/// Reads an archive without touching it: for a dry run, which also works where there is no archive yet.
pub(crate) fn look_only(
    paths: &Paths,
    wanted: &Wanted,
    loss: Loss,
    stop: &Stop,
) -> Result<(Reader, Settings), ArchiveError> {
    let settings =
        Settings::load(&paths.manifests, wanted)?.unwrap_or_else(|| Settings::new(wanted));
    let index = paths.index();
    if !paths.downloads.is_dir() {
        return Ok((
            Reader::open(Access::Memory(Index::in_memory()?), None)?,
            settings,
        ));
    }
    let store = Store::open_existing(&paths.downloads).map_err(|error| {
        ArchiveError::storage("open", paths.downloads.display().to_string(), error)
    })?;
    if !index.exists() {
        // As the real run would find it, but in memory.
        let mut memory = Index::in_memory()?;
        if paths.manifests.is_dir() {
            let mut tree = Tree::new(store.clone());
            rebuild::rebuild(&mut memory, &mut tree, paths, wanted.now, loss, stop)?;
        }
        let access = Access::Memory(memory);
        return Ok((Reader::open(access, Some(Tree::new(store)))?, settings));
    }
    // A log beside it means that a run is at work, or has died: then it must be read too, which leaves files behind.
    let access = if index.with_extension("db-wal").exists() {
        Access::Shared(&index)
    } else {
        Access::Untouched(&index)
    };
    Ok((Reader::open(access, Some(Tree::new(store)))?, settings))
}

fn make_folder(folder: &Path) -> Result<(), ArchiveError> {
    fs::create_dir_all(folder).map_err(|error| {
        ArchiveError::storage("make the folder", folder.display().to_string(), error)
    })
}

/// Opens the index. One that is damaged is moved aside, never deleted, and an empty one takes its place.
fn open_index(path: &Path, now: DateTime<Utc>) -> Result<Index, ArchiveError> {
    match Index::open(path) {
        Err(ArchiveError::Index(error)) if is_damage(&error) => {
            let stamp = now.format("%Y%m%dT%H%M%SZ");
            for ending in ["db", "db-wal", "db-shm"] {
                let aside = path.with_extension(format!("damaged-{stamp}.{ending}"));
                match fs::rename(path.with_extension(ending), &aside) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        return Err(ArchiveError::storage(
                            "move aside",
                            path.display().to_string(),
                            error,
                        ));
                    }
                    _ => {}
                }
            }
            Index::open(path)
        }
        opened => opened,
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase)
    )
}

/// What is ours must lie where it says: a link could make us write somewhere else.
fn refuse_link(path: &Path) -> Result<(), ArchiveError> {
    if path
        .symlink_metadata()
        .is_ok_and(|metadata| metadata.is_symlink())
    {
        let link = io::Error::other("it is a symbolic link");
        return Err(ArchiveError::storage(
            "use",
            path.display().to_string(),
            link,
        ));
    }
    Ok(())
}
