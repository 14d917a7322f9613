//! Opening the index, whatever has become of it: one that is damaged, or another archive's, is moved aside and never
//! deleted, and a copy of it or an empty one takes its place.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::archive::ArchiveError;
use crate::archive::access::Header;
use crate::archive::copies;
use crate::archive::fault::{self, Fault};
use crate::archive::index::Index;
use crate::archive::intruder::{self, Place};
use crate::archive::schema;
use crate::durable;

/// What had to be done to have an index.
#[derive(Debug, Default)]
pub(crate) struct Healed {
    /// Why the old index was moved aside, and where it is now.
    pub(crate) aside: Option<(Fault, PathBuf)>,
    /// An earlier copy has taken its place.
    pub(crate) from_copy: bool,
}

/// Has the index looked through as a whole at the next start: a run has come across something that is damaged.
pub(crate) fn suspect(index: &Path) {
    // Without the mark, a run that did not come to its end is one too.
    let mut options = OpenOptions::new();
    options
        .write(true)
        .create(true)
        .truncate(false)
        .custom_flags(durable::NO_WAIT);
    let _ = options.open(index.with_extension(SUSPECT));
}

const SUSPECT: &str = "suspect";

/// Opens the index of the archive with this id, where that is known.
pub(super) fn open(
    path: &Path,
    archive_id: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(Index, Healed), ArchiveError> {
    let mut healed = Healed::default();
    let folder = path.parent().unwrap_or(path);
    copies::sweep(folder);
    let copies = copies::newest_first(folder, now);
    let fault = if intruder(path)?.is_some() {
        Some(Fault::Damaged)
    } else if fs::metadata(path).is_ok_and(|found| found.len() > 0) {
        match open_sound(path, archive_id)? {
            Ok(index) => return Ok((index, healed)),
            Err(fault) => Some(fault),
        }
    } else {
        // What a database has left that is gone must not be taken for part of another.
        let is_left = has_log(path) && (!is_there(path) || !copies.is_empty());
        is_left.then_some(Fault::Damaged)
    };
    if let Some(fault) = fault {
        healed.aside = Some((fault, move_aside(path, fault, now)?));
    }
    for copy in copies {
        put_back(&copy, path)
            .map_err(|error| ArchiveError::storage("copy", copy.display().to_string(), error))?;
        match open_sound(path, archive_id) {
            Ok(Ok(mut index)) => {
                healed.from_copy = true;
                index.changed = true;
                return Ok((index, healed));
            }
            Ok(Err(_)) | Err(ArchiveError::NewerIndex { .. }) => {
                // The copy itself stays where it is.
                for sibling in siblings(path) {
                    let _ = fs::remove_file(sibling);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok((Index::open(path)?, healed))
}

fn open_sound(path: &Path, archive_id: Option<&str>) -> Result<Result<Index, Fault>, ArchiveError> {
    let size = fs::metadata(path).map_or(0, |found| found.len());
    refuse_newer(path)?;
    let mark = path.with_extension(SUSPECT);
    let size = if is_there(&mark) { 0 } else { size };
    let index = match Index::open(path) {
        Err(ArchiveError::Index(error)) if fault::is_damage(&error) => {
            return Ok(Err(Fault::Damaged));
        }
        opened => opened?,
    };
    if let Some(fault) = fault::find(index.connection(), size, archive_id)? {
        return Ok(Err(fault));
    }
    let _ = fs::remove_file(mark);
    Ok(Ok(index))
}

/// Looks at the version in the file's header, before anything is touched.
fn refuse_newer(path: &Path) -> Result<(), ArchiveError> {
    let version = Header::of(path).shape;
    if version > schema::VERSION {
        return Err(ArchiveError::NewerIndex { version });
    }
    Ok(())
}

/// Moves the database and what belongs to it aside, under a name that nothing has yet. Returns the database's new path.
fn move_aside(path: &Path, fault: Fault, now: DateTime<Utc>) -> Result<PathBuf, ArchiveError> {
    let storage = |error| ArchiveError::storage("move aside", path.display().to_string(), error);
    let why = match fault {
        Fault::Damaged => "damaged",
        Fault::Foreign => "foreign",
    };
    let stamp = now.format("%Y%m%dT%H%M%SZ");
    let name = |number: u32| match number {
        1 => format!("{why}-{stamp}"),
        _ => format!("{why}-{stamp}-{number}"),
    };
    let is_free = |name: &String| {
        let taken =
            ENDINGS.map(|ending| is_there(&path.with_extension(format!("{name}.{ending}"))));
        taken == [false; ENDINGS.len()]
    };
    let name = (1..=u32::MAX).map(name).find(is_free);
    let name = name.unwrap_or_else(|| why.to_owned());
    for ending in ENDINGS {
        let aside = path.with_extension(format!("{name}.{ending}"));
        match fs::rename(path.with_extension(ending), aside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(storage(error)),
            _ => {}
        }
    }
    let _ = fs::remove_file(path.with_extension(SUSPECT));
    sync_folder(path).map_err(storage)?;
    Ok(path.with_extension(format!("{name}.db")))
}

/// The database, its log, the index into that, and its rollback journal.
const ENDINGS: [&str; 4] = ["db", "db-wal", "db-shm", "db-journal"];

fn has_log(path: &Path) -> bool {
    ["db-wal", "db-journal"]
        .iter()
        .any(|ending| fs::metadata(path.with_extension(ending)).is_ok_and(|found| found.len() > 0))
}

/// What is no file among those of an index, if anything is. Where the database itself is a link, somebody wanted it to
/// lead elsewhere: that is refused, and not moved.
pub(super) fn intruder(path: &Path) -> Result<Option<PathBuf>, ArchiveError> {
    if path.is_symlink() {
        intruder::refuse(path, Place::File)?;
    }
    Ok(siblings(path)
        .into_iter()
        .find(|path| intruder::refuse(path, Place::File).is_err()))
}

fn siblings(path: &Path) -> [PathBuf; 4] {
    ENDINGS.map(|ending| path.with_extension(ending))
}

/// Puts a copy of the index in the index's place, in one step.
fn put_back(copy: &Path, path: &Path) -> io::Result<()> {
    let new = path.with_extension("db.new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::copy(copy, &new)?;
    File::open(&new)?.sync_all()?;
    fs::rename(&new, path)?;
    sync_folder(path)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent()
        .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
