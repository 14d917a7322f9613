//! The import itself: read, plan, store, and say what became of every entry.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};

use crate::archive::commit::{Commands, Committed, Committer, Terms};
use crate::archive::index::Sync;
use crate::archive::manifest::Partial;
use crate::archive::settings::Settings;
use crate::archive::staged::How;
use crate::archive::store::Store;
use crate::archive::{Archive, ArchiveError, Paths};
use crate::clock::Clock;
use crate::http::Stop;
use crate::import::fate::Fate;
use crate::import::look::{Export, look};
use crate::import::second::SecondReading;
use crate::import::store::{Imported, Importer, Met, SYNCING};
use crate::import::summary::Summary;
use crate::import::{ImportError, Request, finish};
use crate::media::item::Part;
use crate::source::takeout::{Integrity, WalkError};
use crate::takeout::plan::Verdict;

/// One export, and what became of it.
pub(crate) struct Outcome {
    pub(crate) export: Export,
    pub(crate) imported: Imported,
    /// One per part that was read: it was read to its end by both readings.
    pub(crate) read: Vec<bool>,
}

/// Imports all parts. What was committed before an error stays committed, and is listed in the manifest.
pub(crate) async fn run(
    request: Request,
    archive: Archive,
    stop: Stop,
    clock: Clock,
    tell: Arc<dyn Fn(&str) + Send + core::marker::Sync>,
) -> Result<Summary, ArchiveError> {
    let started = Instant::now();
    let reader = archive.reader()?;
    let settings = archive.settings.clone();
    if let Some(text) = archive.recovered.describe() {
        tell(&text);
    }
    let (paths, store, mut index, _lock) = archive.into_parts();
    let began = clock.now();
    let run = index.transact(Sync::Now, |rows| rows.start_run("import", began))?;
    let manifest = Partial::create(&paths.manifests, began)?;
    let (committed, mut commits) = mpsc::unbounded_channel();
    let terms = Terms {
        run,
        clock,
        quota: None,
        report: Box::new(move |ticket, what| drop(committed.send((ticket, what)))),
        survey: reader.survey.clone(),
    };
    let writer = Committer::start(index, &store, manifest, terms)
        .map_err(|error| ArchiveError::storage("start", "the committer", error))?;
    let work = Work {
        request,
        paths: paths.clone(),
        settings: settings.clone(),
        store: store.clone(),
        commands: writer.commands(),
        stop,
        clock,
        runtime: Handle::current(),
    };
    let reading = tokio::task::spawn_blocking(move || work.all());
    // Ends when the reading has let go of its end of the channel.
    let closing = tokio::spawn(writer.close());
    let mut committed = HashMap::new();
    while let Some((ticket, what)) = commits.recv().await {
        if let Some(ticket) = ticket {
            committed.insert(ticket, what);
        }
    }
    let ended = closing.await.unwrap_or(Err(ArchiveError::CommitterGone));
    let (mut outcomes, mut error) = reading.await.unwrap_or_else(|_| {
        (
            Vec::new(),
            Some(ImportError::Internal("a task has died".to_owned())),
        )
    });
    for (number, outcome) in outcomes.iter_mut().enumerate() {
        resolve(number, outcome, &mut committed);
    }
    let manifest = match ended {
        Ok((mut index, partial)) => {
            let closing = finish::Closing {
                run,
                paths: &paths,
                store: &store,
                now: clock.now(),
                is_complete: error.is_none(),
            };
            Some(closing.finish(&mut index, partial, reader, &mut outcomes)?)
        }
        // The committer's own error says more than its absence does to the others.
        Err(cause) => {
            error = Some(cause.into());
            None
        }
    };
    Ok(Summary::new(&outcomes, manifest, started.elapsed(), error))
}

/// What the reading thread works with.
struct Work {
    request: Request,
    paths: Paths,
    settings: Settings,
    store: Store,
    commands: Commands,
    stop: Stop,
    clock: Clock,
    runtime: Handle,
}

impl Work {
    fn all(self) -> (Vec<Outcome>, Option<ImportError>) {
        let mut outcomes = Vec::new();
        let ended = self.each(&mut outcomes);
        (outcomes, ended.err())
    }

    fn each(&self, outcomes: &mut Vec<Outcome>) -> Result<(), ImportError> {
        let stop = self.stop.clone();
        let go_on = move || !stop.soon.is_cancelled();
        let spool = || Ok(Some(self.store.create_unnamed()?));
        let exports = look(&self.request, &self.paths.manifests, spool, &go_on)?;
        let needed: u64 = exports.iter().map(Export::needed).sum();
        let free = self.store.free_space();
        let free =
            free.map_err(|error| ArchiveError::storage("look at", "the archive's disk", error))?;
        if free < needed.saturating_add(self.request.min_free) {
            return Err(ImportError::TooLarge {
                needed: needed >> 20,
                free: free >> 20,
                kept: self.request.min_free >> 20,
            });
        }
        // Of all exports: what one has put on its way the next one holds.
        let mut met = Met::default();
        for (number, export) in exports.into_iter().enumerate() {
            let mut imported = Imported::of(&export);
            let mut read = Vec::with_capacity(export.parts.len());
            let ended = self.one(
                number,
                &export,
                (&mut imported, &mut met),
                &mut read,
                &go_on,
            );
            read.resize(export.parts.len(), false);
            outcomes.push(Outcome {
                export,
                imported,
                read,
            });
            ended?;
        }
        Ok(())
    }

    fn one(
        &self,
        number: usize,
        export: &Export,
        (imported, met): (&mut Imported, &mut Met),
        read: &mut Vec<bool>,
        go_on: &(dyn Fn() -> bool + Send + core::marker::Sync),
    ) -> Result<(), ImportError> {
        let names: Vec<String> = export
            .parts
            .iter()
            .map(crate::source::takeout::Part::name)
            .collect();
        let origins = export.catalog.origins.iter().enumerate();
        let places = origins
            .map(|(at, origin)| ((origin.part, origin.ordinal), at))
            .collect();
        let mut importer = Importer {
            number,
            export: export.id.as_str().into(),
            catalog: &export.catalog,
            entries: &export.entries,
            plan: &export.plan,
            known: &export.known,
            part_names: &names,
            settings: &self.settings,
            store: &self.store,
            commands: self.commands.clone(),
            runtime: self.runtime.clone(),
            syncing: Arc::new(Semaphore::new(SYNCING)),
            min_free: self.request.min_free,
            now: self.clock.now(),
            go_on,
            part: 0,
            places,
            imported: std::mem::take(imported),
            waiting: HashMap::new(),
            met: std::mem::take(met),
        };
        let ended = walk_all(&mut importer, export, read);
        *imported = std::mem::take(&mut importer.imported);
        *met = std::mem::take(&mut importer.met);
        ended
    }
}

fn walk_all(
    importer: &mut Importer<'_>,
    export: &Export,
    read: &mut Vec<bool>,
) -> Result<(), ImportError> {
    for (at, part) in export.parts.iter().enumerate() {
        importer.part = at;
        let store = importer.store.clone();
        let mut second = SecondReading::new(&store, importer);
        let is_read = match part.walk(&mut second) {
            Ok(integrity) => integrity == export.catalog.integrity[at],
            // Told after the first reading.
            Err(WalkError::Part(_)) if export.catalog.integrity[at] != Integrity::Whole => false,
            Err(WalkError::Part(error)) => return Err(error.into()),
            Err(WalkError::Own(ArchiveError::Stopped)) => return Err(ImportError::Stopped),
            Err(WalkError::Own(error)) => return Err(error.into()),
        };
        read.push(is_read);
    }
    importer.finish()?;
    Ok(())
}

fn resolve(
    number: usize,
    outcome: &mut Outcome,
    committed: &mut HashMap<(usize, usize), Committed>,
) {
    for entry in 0..outcome.export.catalog.origins.len() {
        let verdict = &outcome.export.plan.verdicts[entry];
        let fate = match (verdict, committed.remove(&(number, entry))) {
            (Verdict::Media(media), Some(Committed::Saved { how, restored, .. })) => {
                match (how, media.part) {
                    (How::Linked, _) if !restored => Fate::Duplicate,
                    (_, Part::Original) => Fate::Stored,
                    _ => Fate::Companion,
                }
            }
            (Verdict::Media(_), Some(Committed::Failed { cause, .. })) => {
                outcome.imported.troubles.push((entry, cause));
                outcome.imported.take_back(entry);
                Fate::Skipped("could not be stored".to_owned())
            }
            (Verdict::Media(_), Some(_)) => Fate::Duplicate,
            (Verdict::Media(_), None) => {
                let told = outcome.imported.fates[entry].take();
                told.unwrap_or_else(|| {
                    outcome.imported.take_back(entry);
                    Fate::Skipped("the run ended before its turn".to_owned())
                })
            }
            (Verdict::Used, _) => Fate::MetadataUsed,
            (Verdict::Unused | Verdict::Unreadable, _) => Fate::MetadataUnused,
            (Verdict::Special, _) => Fate::Special,
            (Verdict::OtherProduct, _) => Fate::OtherProduct,
            (Verdict::Trashed, _) => Fate::Skipped(finish::IN_TRASH.to_owned()),
        };
        outcome.imported.fates[entry] = Some(fate);
    }
}
