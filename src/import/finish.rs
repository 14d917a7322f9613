//! The end of an import: what the export says besides its photos, whose everything is now that all is known, the manifest.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::archive::export_record::{self, ExportRecord, Line, PartLine};
use crate::archive::index::{Index, Sync};
use crate::archive::known::Reader;
use crate::archive::manifest::Partial;
use crate::archive::settings::Settings;
use crate::archive::store::Store;
use crate::archive::tree::Tree;
use crate::archive::{ArchiveError, Paths, copies, place, retention};
use crate::import::doubted::settled;
use crate::import::fate::{Fate, IN_TRASH};
use crate::import::imported::Digests;
use crate::import::lines::Lines;
use crate::import::others;
use crate::import::outcome::Outcome;
use crate::import::reconcile::{Reconciled, Reconciling};
use crate::media::item::SourceName;
use crate::source::takeout::Integrity;
use crate::takeout::plan::Verdict;

/// What the end of an import needs to know.
pub(crate) struct Closing<'a> {
    pub(crate) run: i64,
    pub(crate) paths: &'a Paths,
    pub(crate) store: &'a Store,
    pub(crate) settings: &'a Settings,
    pub(crate) now: DateTime<Utc>,
    /// Addresses that nobody is to have.
    pub(crate) disputed: &'a BTreeSet<String>,
    /// Every part was read to its end.
    pub(crate) is_complete: bool,
    /// What was read.
    pub(crate) read: &'a Digests,
    /// The folder in `damaged/`.
    pub(crate) stamp: &'a str,
}

impl Closing<'_> {
    /// Returns the manifest's path, and the folders of files that were put aside.
    pub(crate) fn finish(
        &self,
        index: &mut Index,
        partial: Partial,
        mut reader: Reader,
        outcomes: &mut Vec<Outcome>,
    ) -> Result<(PathBuf, BTreeSet<String>), ArchiveError> {
        place::check(self.store, index)?;
        for outcome in outcomes.iter_mut() {
            self.record_texts(outcome)?;
        }
        let is_news = !outcomes.iter().all(|outcome| outcome.export.is_unchanged);
        let reconciling = Reconciling {
            run: self.run,
            now: self.now,
            paths: self.paths,
            store: self.store,
            settings: self.settings,
            disputed: self.disputed,
            read: self.read,
            is_first: self.is_first(outcomes)?,
            is_complete: self.is_complete,
        };
        let Reconciled { given_up, news } =
            index.transact(Sync::Now, |rows| reconciling.all(rows, outcomes))?;
        let aside = self.retire(index, outcomes)?;
        for (outcome, news) in outcomes.iter().zip(&news) {
            let lines = others::record(&outcome.export, news, self.paths)?;
            if !lines.is_empty() {
                ExportRecord::open(&self.paths.manifests, &outcome.export.id)?.append(&lines)?;
            }
        }
        let ids = outcomes
            .iter()
            .filter(|outcome| !outcome.export.is_replayed())
            .flat_map(|outcome| outcome.imported.ids.iter().flatten());
        let ids = ids.chain(&given_up);
        reader.note_seen(SourceName::Takeout, ids.map(String::as_str))?;
        let manifest = partial.finish(|writer| reader.list(self.run, writer))?;
        drop(reader);
        if self.is_complete {
            for outcome in outcomes.iter() {
                self.record_parts(outcome)?;
            }
        }
        let sizes: HashMap<String, u64> = export_record::all(&self.paths.manifests)?
            .into_iter()
            .collect();
        retention::prune(&self.paths.manifests, self.now).map_err(|error| {
            let lists = self.paths.manifests.display().to_string();
            ArchiveError::storage("tidy up", lists, error)
        })?;
        // Before the run is over: whoever finds it unended looks through the whole index.
        copies::rotate(index, self.now)?;
        let name = manifest.file_name().map(|name| name.to_string_lossy());
        index.transact(Sync::Now, |rows| {
            if is_news {
                rows.pair_up()?;
            }
            // What a damaged part could not say, the record may: it is taken in again with the next import.
            let whole = outcomes.iter();
            for outcome in whole.filter(|one| one.export.damaged().next().is_none()) {
                if let Some(size) = sizes.get(&outcome.export.id) {
                    rows.note_record(&outcome.export.id, *size)?;
                }
            }
            rows.end_run(self.run, name.as_deref(), self.now)
        })?;
        index.checkpoint()?;
        Ok((manifest, aside))
    }

    /// Whether the archive had nothing of any export before.
    fn is_first(&self, outcomes: &[Outcome]) -> Result<bool, ArchiveError> {
        let records = export_record::all(&self.paths.manifests)?;
        let exports = outcomes.iter().map(|outcome| &outcome.export);
        let is_new = |id: &str| {
            let export = exports.clone().find(|export| export.id == id);
            export.is_some_and(|export| !export.is_unchanged && export.known.files.is_empty())
        };
        Ok(records.iter().all(|(id, _)| is_new(id)))
    }

    /// Takes back what came from a damaged part and is not in the whole one.
    fn retire(
        &self,
        index: &mut Index,
        outcomes: &[Outcome],
    ) -> Result<BTreeSet<String>, ArchiveError> {
        let mut digests = HashSet::new();
        for outcome in outcomes {
            digests.extend(settled(outcome));
        }
        if digests.is_empty() {
            return Ok(BTreeSet::new());
        }
        let mut tree = Tree::new(self.store.clone());
        index.transact(Sync::Now, |rows| {
            rows.retire(&mut tree, &digests, self.stamp)
        })
    }

    /// The texts of all JSON files that no photo has brought along.
    fn record_texts(&self, outcome: &mut Outcome) -> Result<(), ArchiveError> {
        let export = &outcome.export;
        if export.is_replayed() {
            return Ok(());
        }
        let texts = Lines::of(export);
        let recorded = &mut outcome.imported.recorded;
        let mut record = ExportRecord::open(&self.paths.manifests, &export.id)?;
        let mut lines = Vec::new();
        for entry in 0..export.catalog.origins.len() {
            if export.entries[entry].json.is_none()
                || export.plan.verdicts[entry] == Verdict::OtherProduct
            {
                continue;
            }
            for line in texts.pieces(entry, recorded) {
                record.append(&[line?])?;
            }
            lines.extend(texts.text(entry, recorded)?);
            if lines.len() >= LINES {
                record.append(&lines)?;
                lines.clear();
            }
        }
        record.append(&lines)
    }

    fn record_parts(&self, outcome: &Outcome) -> Result<(), ArchiveError> {
        let export = &outcome.export;
        let mut lines = Vec::with_capacity(export.parts.len());
        for (at, part) in export.parts.iter().enumerate() {
            let entries = export
                .catalog
                .origins
                .iter()
                .enumerate()
                .filter(|(_, origin)| origin.part == at);
            let is_stored = |entry: usize| !matches!(&outcome.imported.fates[entry], Some(Fate::Skipped(why)) if why != IN_TRASH);
            let (mut count, mut without_trash, mut whole) = (
                0,
                false,
                outcome.read[at] && export.catalog.integrity[at] == Integrity::Whole,
            );
            // Whoever imports it again is told again.
            whole &= !export.catalog.left_out().any(|(part, ..)| part == at);
            for (entry, _) in entries {
                count += 1;
                whole &= is_stored(entry);
                without_trash |= matches!(&outcome.imported.fates[entry], Some(Fate::Skipped(why)) if why == IN_TRASH);
            }
            lines.push(Line::Part(PartLine {
                finished_part: part.name(),
                number: part.number,
                fingerprint: export.fingerprints[at].clone(),
                bytes: part.size_to_hash(),
                whole,
                without_trash,
                entries: count,
                exported: (export.made != 0).then_some(export.made),
                place: part.export.is_none().then(|| part.place()),
            }));
        }
        ExportRecord::open(&self.paths.manifests, &export.id)?.append(&lines)
    }
}

/// Texts that are appended at a time.
const LINES: usize = 256;
