//! The index as somebody reads it who is not its writer: beside a run that works, or on a disk that takes no writes.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::archive::about::about;
use crate::archive::access::{Access, Header, connect};
use crate::archive::intruder::{self, Place};
use crate::archive::settings::{self, Settings, Wanted};
use crate::archive::{ArchiveError, Paths, fault, heal, rebuild, schema};
use crate::http::Stop;

/// How an index is best looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gaze {
    /// For milliseconds. Nothing is left beside the index where no run is at work.
    Short,
    /// For minutes or hours, in which a run may begin: with the locks that a database needs for that.
    Long,
}

/// An index that is being looked at.
pub(crate) struct Look {
    pub(crate) connection: Connection,
    /// The log beside the index could not be read too, so that the last moments of a run may be missing.
    pub(crate) is_stale: bool,
}

impl Look {
    /// Opens the index of an archive; `None` where there is none. One that the next run would move aside, or has yet to rebuild,
    /// is refused.
    pub(crate) fn open(archive: &Paths, gaze: Gaze) -> Result<Option<Self>, ArchiveError> {
        let path = &archive.index();
        // A link to a folder is one.
        if !archive.downloads.is_dir() {
            intruder::refuse(&archive.downloads, Place::Folder)?;
        }
        if let Some(intruder) = heal::intruder(path)? {
            intruder::refuse(&intruder, Place::File)?;
        }
        // Where it is empty, a run that died has left no more of it, or one is just beginning.
        if fs::metadata(path).map_or(0, |found| found.len()) == 0 {
            return Ok(None);
        }
        let look = Self::of(path, Gaze::Short);
        // The file is there before the tables are: a run is just beginning.
        if look.as_ref().is_ok_and(Self::is_without_tables) {
            return Ok(None);
        }
        // What is refused is not so much as locked.
        let look = look.and_then(|look| look.refuse_fault(archive));
        let look = look.and_then(|look| look.refuse_unbuilt(archive));
        let look = match gaze {
            Gaze::Short => look,
            Gaze::Long => look.and_then(|_| Self::of(path, gaze)),
        };
        look.map(Some).map_err(|error| error.seen(archive))
    }

    /// The same, and where a run is just making index or archive, it is waited for so long.
    pub(crate) fn open_made(
        archive: &Paths,
        gaze: Gaze,
        patience: Duration,
        stop: &Stop,
    ) -> Result<Option<Self>, ArchiveError> {
        let begun = Instant::now();
        loop {
            // Asked first: who has let go of it by then has made both.
            let was_at_work = archive.is_at_work();
            let look = Self::open(archive, gaze);
            let has_settings = settings::path(&archive.manifests).exists();
            let is_made = match &look {
                Ok(look) => look
                    .as_ref()
                    .is_some_and(|look| has_settings || look.is_owned()),
                // It may be being rebuilt.
                Err(ArchiveError::LostIndex(_)) => false,
                Err(_) => has_settings,
            };
            if is_made {
                return look;
            }
            if !was_at_work && !archive.is_at_work() {
                return look;
            }
            if stop.soon.is_cancelled() {
                return Err(ArchiveError::Stopped);
            }
            if begun.elapsed() >= patience {
                return Err(ArchiveError::BeingMade(archive.downloads.clone()));
            }
            std::thread::sleep(GLANCE);
        }
    }

    /// Whether it says whose index it is, which it does once `archive.json` has been written.
    fn is_owned(&self) -> bool {
        about(&self.connection).is_ok_and(|known| known.is_some())
    }

    fn is_without_tables(&self) -> bool {
        let count = "SELECT count(*) FROM sqlite_schema";
        let count = self
            .connection
            .query_row(count, [], |row| row.get::<_, i64>(0));
        count.is_ok_and(|count| count == 0)
    }

    /// The archive's settings, as far as they can be had, and what is wrong with them.
    pub(crate) fn settings(
        look: Option<&Self>,
        archive: &Paths,
        wanted: &Wanted,
    ) -> (Option<Settings>, Option<String>) {
        let known = look.and_then(|look| about(&look.connection).ok().flatten());
        let folder = &archive.manifests;
        let (found, problem) = match settings::read(folder) {
            Ok(None) => {
                let lost = || {
                    format!(
                        "there is no archive.json in {}; put it back from a backup, or let `gphotos-dl verify --repair` write it again \
                         from the index",
                        folder.display()
                    )
                };
                (known, look.is_some().then(lost))
            }
            Ok(said) => match settings::agree(folder, said, known.clone()) {
                Ok(found) => (found, None),
                Err(error) => (known, Some(with_hint(&error))),
            },
            Err(error) => (known, Some(with_hint(&error))),
        };
        match found.map(|found| Settings::of(folder, &found, wanted)) {
            Some(Ok(settings)) => (Some(settings), problem),
            Some(Err(error)) => (None, problem.or_else(|| Some(with_hint(&error)))),
            None => (None, problem),
        }
    }

    /// Refuses an index that is another archive's, or whose tables are not what they were made as.
    fn refuse_fault(self, archive: &Paths) -> Result<Self, ArchiveError> {
        // What is wrong with the settings is said elsewhere.
        let said = settings::read(&archive.manifests).ok().flatten();
        let id = said.as_ref().map(|said| said.archive_id.as_str());
        match fault::at_first_sight(&self.connection, id)? {
            Some(fault) => Err(ArchiveError::UnusableIndex(fault)),
            None => Ok(self),
        }
    }

    /// Refuses an index that stands in the place of a lost one and knows of nothing yet.
    fn refuse_unbuilt(self, archive: &Paths) -> Result<Self, ArchiveError> {
        if rebuild::is_due(&self.connection, archive)? {
            return Err(ArchiveError::LostIndex(archive.downloads.clone()));
        }
        Ok(self)
    }

    fn of(path: &Path, gaze: Gaze) -> Result<Self, ArchiveError> {
        let logs = ["db-wal", "db-journal"].map(|log| path.with_extension(log).metadata());
        // Without a log mode, nothing beside it tells whether a run is at work.
        let has_log = logs.iter().any(Result::is_ok) || !Header::of(path).has_log_mode;
        if has_log || gaze == Gaze::Long {
            match read(Access::Shared(path)) {
                Err(ArchiveError::Index(error)) if is_closed_to_us(&error) => {}
                connection => {
                    return Ok(Self {
                        connection: connection?,
                        is_stale: false,
                    });
                }
            }
        }
        // A disk that takes no writes takes no lock either; nobody writes to it meanwhile.
        Ok(Self {
            connection: read(Access::Untouched(path))?,
            is_stale: logs.iter().flatten().any(|log| log.len() > 0),
        })
    }
}

/// How often it is looked for.
const GLANCE: Duration = Duration::from_millis(20);

fn with_hint(error: &ArchiveError) -> String {
    match error {
        ArchiveError::Settings { hint, .. } | ArchiveError::OtherSettings { hint, .. } => {
            format!("{error}; {hint}")
        }
        error => error.to_string(),
    }
}

fn read(access: Access<'_>) -> Result<Connection, ArchiveError> {
    let connection = connect(access)?;
    schema::check(&connection)?;
    Ok(connection)
}

/// Reading a shared index needs a lock file beside it, which cannot be made everywhere.
fn is_closed_to_us(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{CannotOpen, PermissionDenied, ReadOnly, SystemIoFailure};
    matches!(
        error.sqlite_error_code(),
        Some(CannotOpen | PermissionDenied | ReadOnly | SystemIoFailure)
    )
}

/// Bytes that this folder's disk would still take.
pub(crate) fn free_space(folder: &Path) -> std::io::Result<u64> {
    let stat = rustix::fs::statvfs(folder)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}
