//! Opening an archive: to write to it, or only to look.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use crate::archive::about::about;
use crate::archive::access::Access;
use crate::archive::heal;
use crate::archive::index::Index;
use crate::archive::intruder::{self, Place};
use crate::archive::known::Reader;
use crate::archive::lock::Lock;
use crate::archive::loss::Loss;
use crate::archive::settings::{self, OnDisk, Settings, Wanted};
use crate::archive::store::{PRIVATE, Store};
use crate::archive::tree::Tree;
use crate::archive::{ArchiveError, Paths, fault, inferred, parts, rebuild, recover, schema};
use crate::http::Stop;

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
        refuse_intruders(&private)?;
        make_folder(&private.join("index"))?;
        let store = Store::open(downloads).map_err(storage("open"))?;
        let lock = Lock::take(&store)?;
        let said = settings::read(&paths.manifests)?;
        let id = said.as_ref().map(|said| said.archive_id.as_str());
        let (mut index, healed) = heal::open(&paths.index(), id, wanted.now)?;
        let found = agreed(&paths, &index, said.as_ref())?;
        if let (None, Some(found)) = (&said, &found) {
            settings::write(&paths.manifests, found)?;
        }
        let inferred = match found {
            None => inferred::infer(&paths.manifests, wanted)?,
            Some(_) => None,
        };
        let wanted = inferred.as_ref().map_or(wanted, |it| &it.wanted);
        let mut recovered = recover::recover(&mut index, &store, &paths.manifests, wanted.now)?;
        let mut tree = Tree::new(store.clone());
        let rebuilt = rebuild::take_in(&mut index, &mut tree, &paths, wanted.now, loss, stop)?;
        // Now that the index knows the folders in which something may have been left.
        (recovered.parts, recovered.temps) = parts::sort_out(&mut index, &mut tree, wanted.now)?;
        (recovered.healed, recovered.rebuilt) = (healed, rebuilt);
        recovered.inferred = inferred.as_ref().map(|it| it.said.clone());
        // Nothing depends on them before there is a file.
        let settings = if index.is_blank()? {
            Settings::create(&paths.manifests, found.as_ref(), wanted)?
        } else {
            Settings::of_or_new(&paths.manifests, found.as_ref(), wanted)?
        };
        index.belongs_to(&settings.on_disk())?;
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
        reader(&self.paths, &self.store)
    }

    /// Takes the archive apart for a run: the index goes to the committer.
    pub(crate) fn into_parts(self) -> (Paths, Store, Index, Lock) {
        (self.paths, self.store, self.index, self.lock)
    }
}

/// A reading connection to an archive that this process has open.
pub(crate) fn reader(paths: &Paths, store: &Store) -> Result<Reader, ArchiveError> {
    let tree = Tree::new(store.clone());
    Reader::open(Access::Shared(&paths.index()), Some(tree))
}

/// Reads an archive without touching it: for a dry run, which also works where there is no archive yet.
pub(crate) fn look_only(
    paths: &Paths,
    wanted: &Wanted,
    loss: Loss,
    stop: &Stop,
) -> Result<(Reader, Settings), ArchiveError> {
    let said = settings::read(&paths.manifests)?;
    if !paths.downloads.is_dir() {
        let reader = Reader::open(Access::Memory(Index::in_memory()?), None)?;
        return Ok((reader, settings_of(paths, said.as_ref(), wanted)?));
    }
    refuse_intruders(&paths.downloads.join(PRIVATE))?;
    let store = Store::open_existing(&paths.downloads).map_err(|error| {
        ArchiveError::storage("open", paths.downloads.display().to_string(), error)
    })?;
    let tree = || Tree::new(store.clone());
    let (mut index, settings) = match sound_reader(paths, said.as_ref(), tree())? {
        Some(reader) => {
            let known = about(&reader.connection)?;
            let found = settings::agree(&paths.manifests, said, known)?;
            let settings = settings_of(paths, found.as_ref(), wanted)?;
            if !is_owed_order(&reader.connection, paths)? {
                return Ok((reader, settings));
            }
            (Index::copied(&reader.connection)?, settings)
        }
        None => (
            Index::in_memory()?,
            settings_of(paths, said.as_ref(), wanted)?,
        ),
    };
    // As the real run would find it, but in a copy of its own.
    recover::settle_announced(&mut index, &mut tree())?;
    if paths.manifests.is_dir() {
        rebuild::take_in(&mut index, &mut tree(), paths, wanted.now, loss, stop)?;
    }
    let reader = Reader::open(Access::Memory(index), Some(tree()))?;
    Ok((reader, settings))
}

/// Whether the real run would first bring the index into order.
fn is_owed_order(connection: &Connection, paths: &Paths) -> Result<bool, ArchiveError> {
    let is_announced = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM files WHERE state = 'announced')",
        [],
        |row| row.get::<_, bool>(0),
    )?;
    Ok(is_announced || paths.manifests.is_dir() && rebuild::is_behind(connection, paths)?)
}

/// The index as it is, if it is of any use.
fn sound_reader(
    paths: &Paths,
    said: Option<&OnDisk>,
    tree: Tree,
) -> Result<Option<Reader>, ArchiveError> {
    let path = paths.index();
    if heal::intruder(&path)?.is_some() {
        return Ok(None);
    }
    let size = fs::metadata(&path).map_or(0, |found| found.len());
    if size == 0 {
        return Ok(None);
    }
    let id = said.map(|said| said.archive_id.as_str());
    let reader = match Reader::open(Access::of(&path), Some(tree)) {
        Err(ArchiveError::Index(error)) if fault::is_damage(&error) => return Ok(None),
        opened => opened?,
    };
    if fault::find(&reader.connection, size, id)?.is_some() {
        return Ok(None);
    }
    match schema::version(&reader.connection)? {
        version if version > schema::VERSION => Err(ArchiveError::NewerIndex { version }),
        _ => Ok(Some(reader)),
    }
}

/// What archive.json and the index say, which must be the same as soon as a file depends on it.
fn agreed(
    paths: &Paths,
    index: &Index,
    said: Option<&OnDisk>,
) -> Result<Option<OnDisk>, ArchiveError> {
    let known = if index.is_blank()? {
        None
    } else {
        index.about()?
    };
    settings::agree(&paths.manifests, said.cloned(), known)
}

fn settings_of(
    paths: &Paths,
    found: Option<&OnDisk>,
    wanted: &Wanted,
) -> Result<Settings, ArchiveError> {
    if let Some(found) = found {
        return Settings::of(&paths.manifests, found, wanted);
    }
    let inferred = inferred::infer(&paths.manifests, wanted)?;
    Ok(Settings::new(
        inferred.as_ref().map_or(wanted, |it| &it.wanted),
    ))
}

fn make_folder(folder: &Path) -> Result<(), ArchiveError> {
    // One that a link leads to will do.
    if !folder.is_dir() {
        intruder::refuse(folder, Place::Folder)?;
    }
    fs::create_dir_all(folder).map_err(|error| {
        ArchiveError::storage("make the folder", folder.display().to_string(), error)
    })
}

/// What is ours must lie where it says and be what it is meant to be. The index sees to that by itself.
fn refuse_intruders(private: &Path) -> Result<(), ArchiveError> {
    for folder in [private, &private.join("index"), &private.join("tmp")] {
        intruder::refuse(folder, Place::Folder)?;
    }
    intruder::refuse(&private.join("lock"), Place::File)
}
