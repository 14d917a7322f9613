//! How a run ends: what is given up at Google, the list, the index at rest, and what the run came to.

use std::path::PathBuf;
use std::time::Instant;

use crate::archive::index::{Index, Sync};
use crate::archive::known::Reader;
use crate::archive::manifest::Partial;
use crate::archive::store::Store;
use crate::archive::{ArchiveError, Paths, copies, place, retention};
use crate::http::Http;
use crate::media::item::SourceName;
use crate::source::Source;
use crate::sync::SyncError;
use crate::sync::summary::{Scope, Summary, Totals};

/// Notes the sessions that Google need not keep any longer: everything of them is here.
pub(super) async fn settle(
    source: &Source,
    scope: &mut Scope,
    reader: &Reader,
) -> Result<(), ArchiveError> {
    let (Source::Picked(picked), Scope::Picked { settled, gone, .. }) = (source, scope) else {
        return Ok(());
    };
    *gone = picked.gone().await.len();
    for (session, ids) in picked.complete().await {
        if reader.are_done(SourceName::Picker, &ids)? {
            settled.push(session);
        }
    }
    Ok(())
}

/// Writes the complete manifest and leaves the index as one file. Returns the manifest's path.
pub(super) fn close(
    run: i64,
    store: &Store,
    mut index: Index,
    partial: Partial,
    mut reader: Reader,
    paths: &Paths,
    http: &Http,
) -> Result<PathBuf, ArchiveError> {
    // What the list would have said is told by what there is of it, when the next start finds it.
    place::check(store, &index)?;
    let manifest = partial.finish(|writer| reader.list(run, writer))?;
    drop(reader);
    let (used, now) = (http.quota().used(), http.clock.now());
    retention::prune(&paths.manifests, now).map_err(|error| {
        ArchiveError::storage("tidy up", paths.manifests.display().to_string(), error)
    })?;
    // Before the run is over: whoever finds it unended looks through the whole index.
    copies::rotate(&index, now)?;
    let name = manifest.file_name().map(|name| name.to_string_lossy());
    let has_news = index.changed;
    index.transact(Sync::Now, |rows| {
        if has_news {
            rows.pair_up()?;
        }
        rows.save_quota(used)?;
        rows.end_run(run, name.as_deref(), now)
    })?;
    index.checkpoint()?;
    Ok(manifest)
}

/// What a summary says besides the totals.
pub(super) struct Facts {
    pub(super) started: Instant,
    pub(super) scope: Scope,
    pub(super) run: Option<i64>,
    pub(super) manifest: Option<PathBuf>,
    pub(super) ended_early: Option<SyncError>,
    pub(super) dry_run: bool,
}

pub(super) fn summary(http: &Http, totals: Totals, facts: Facts) -> Summary {
    let (api_calls, byte_requests) = http.quota().used_by_run();
    Summary {
        totals,
        scope: facts.scope,
        dry_run: facts.dry_run,
        planned: Vec::new(),
        run: facts.run,
        manifest: facts.manifest,
        elapsed: facts.started.elapsed(),
        api_calls,
        byte_requests,
        used_today: http.quota().used(),
        api_limit: http.quota().api_limit(),
        quota_refused: http.quota().refused(),
        clock_ahead: http.ahead(),
        ended_early: facts.ended_early,
    }
}
