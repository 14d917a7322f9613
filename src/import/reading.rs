//! The second reading of all parts, on a thread of its own: what is to be kept goes to the committer.

use std::collections::HashMap;
use std::sync::Arc;

use crate::archive::ArchiveError;
use crate::archive::settings::Settings;
use crate::archive::store::Store;
use crate::clock::Clock;
use crate::http::Stop;
use crate::import::ImportError;
use crate::import::belief::vouched;
use crate::import::imported::{Digests, Imported, Met};
use crate::import::lines::Lines;
use crate::import::look::Export;
use crate::import::outcome::Outcome;
use crate::import::second::SecondReading;
use crate::import::settle::Settling;
use crate::import::step::Tell;
use crate::import::store::Importer;
use crate::source::takeout::{Integrity, WalkError};

/// What the reading thread works with.
pub(crate) struct Work {
    pub(crate) settings: Settings,
    pub(crate) store: Store,
    pub(crate) settling: Settling,
    /// Bytes that must stay free on the disk.
    pub(crate) min_free: u64,
    pub(crate) stop: Stop,
    pub(crate) clock: Clock,
    pub(crate) tell: Arc<Tell>,
}

/// What was read, and what became of it.
#[derive(Default)]
pub(crate) struct Done {
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) read: Digests,
    /// Why the reading ended early.
    pub(crate) error: Option<ImportError>,
}

impl Done {
    pub(crate) fn ended(error: ImportError) -> Self {
        Self {
            error: Some(error),
            ..Self::default()
        }
    }
}

impl Work {
    pub(crate) fn all(self, exports: Vec<Export>) -> Done {
        let mut outcomes = Vec::with_capacity(exports.len());
        // Of all exports: what one has put on its way the next one holds.
        let mut met = Met::default();
        let ended = self.each(exports, &mut outcomes, &mut met);
        Done {
            outcomes,
            read: Digests::of(met),
            error: ended.err(),
        }
    }

    fn each(
        &self,
        exports: Vec<Export>,
        outcomes: &mut Vec<Outcome>,
        met: &mut Met,
    ) -> Result<(), ImportError> {
        let stop = self.stop.clone();
        let go_on = move || !stop.soon.is_cancelled();
        for (number, export) in exports.into_iter().enumerate() {
            let mut imported = Imported::of(&export);
            let mut read = Vec::with_capacity(export.parts.len());
            let ended = self.one(number, &export, (&mut imported, met), &mut read, &go_on);
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
        let origins = export.catalog.origins.iter().enumerate();
        let places = origins
            .map(|(at, origin)| ((origin.part, origin.ordinal), at))
            .collect();
        let mut importer = Importer {
            number,
            export,
            id: export.id.as_str().into(),
            lines: Lines::of(export),
            settings: &self.settings,
            store: &self.store,
            settling: self.settling.clone(),
            min_free: self.min_free,
            now: export.judged_at(self.clock.now()),
            go_on,
            part: 0,
            vouched: vouched(export),
            places,
            imported: std::mem::take(imported),
            waiting: HashMap::new(),
            met: std::mem::take(met),
        };
        let ended = walk_all(&mut importer, export, read, &*self.tell);
        *imported = std::mem::take(&mut importer.imported);
        *met = std::mem::take(&mut importer.met);
        ended
    }
}

fn walk_all(
    importer: &mut Importer<'_>,
    export: &Export,
    read: &mut Vec<bool>,
    tell: &Tell,
) -> Result<(), ImportError> {
    read.resize(export.parts.len(), false);
    let mut order: Vec<usize> = (0..export.parts.len()).collect();
    // What nothing vouches for comes last: the same from a whole part is here by then.
    order.sort_by_key(|at| !export.catalog.integrity[*at].is_proven());
    for at in order {
        let part = &export.parts[at];
        importer.part = at;
        let store = importer.store.clone();
        let mut second = SecondReading::new(&store, importer, tell);
        let is_read = match part.walk(&mut second) {
            Ok(integrity) => integrity == export.catalog.integrity[at],
            // Told after the first reading.
            Err(WalkError::Part(_)) if export.catalog.integrity[at] != Integrity::Whole => false,
            Err(WalkError::Part(error)) => return Err(error.into()),
            Err(WalkError::Own(ArchiveError::Stopped)) => return Err(ImportError::Stopped),
            Err(WalkError::Own(error)) => return Err(error.into()),
        };
        read[at] = is_read;
    }
    importer.finish()?;
    Ok(())
}
