//! Opening the archive, before a run begins. On a disk that hangs, or with a large index to rebuild, that takes its time,
//! and a signal ends it all the same: whatever is cut short there, the next start finds and begins again.

use crate::archive::known::Reader;
use crate::archive::loss::Loss;
use crate::archive::settings::{Settings, Wanted};
use crate::archive::{self, Archive, ArchiveError, Paths};
use crate::error::Error;
use crate::http::Stop;
use crate::import::replay::replay;
use crate::sync::descriptors;

/// The archive with its lock, for a run that fetches: not where most of its files are gone.
pub(super) async fn open(
    paths: Paths,
    wanted: Wanted,
    loss: Loss,
    stop: &Stop,
) -> Result<(Archive, Reader), Error> {
    descriptors::require()?;
    let told = stop.clone();
    let opened = apart(stop, move || {
        let mut archive = Archive::open(paths, &wanted, loss, &told)?;
        replay(&mut archive, wanted.now, &told)?;
        let mut reader = archive.reader()?;
        if loss == Loss::Refused {
            reader.refuse_mass_loss(&archive.paths.downloads, &told)?;
        }
        Ok((archive, reader))
    });
    Ok(opened.await?)
}

/// The archive as it is, for a dry run.
pub(super) async fn look_only(
    paths: Paths,
    wanted: Wanted,
    loss: Loss,
    stop: &Stop,
) -> Result<(Reader, Settings), Error> {
    descriptors::require()?;
    let told = stop.clone();
    let opened = apart(stop, move || {
        let (mut reader, settings) = archive::look_only(&paths, &wanted, loss, &told)?;
        if loss == Loss::Refused {
            reader.refuse_mass_loss(&paths.downloads, &told)?;
        }
        Ok((reader, settings))
    });
    Ok(opened.await?)
}

/// Does what waits for the disk on a thread of its own, which is left alone with it when the program is to stop.
pub(super) async fn apart<T: Send + 'static>(
    stop: &Stop,
    work: impl FnOnce() -> Result<T, ArchiveError> + Send + 'static,
) -> Result<T, ArchiveError> {
    let working = tokio::task::spawn_blocking(work);
    tokio::select! {
        biased;
        done = working => match done {
            Ok(done) => done,
            Err(died) => std::panic::resume_unwind(died.into_panic()),
        },
        () = stop.soon.cancelled() => Err(ArchiveError::Stopped),
    }
}
