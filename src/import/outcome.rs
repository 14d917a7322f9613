//! One export, and what became of every entry of it.

use std::collections::{HashMap, HashSet};

use crate::archive::command::Committed;
use crate::archive::staged::{How, Ticket};
use crate::import::fate::{DAMAGED, Fate, IN_TRASH, NOT_STORED};
use crate::import::imported::Imported;
use crate::import::look::Export;
use crate::import::settle::Owner;
use crate::media::item::Part;
use crate::takeout::plan::Verdict;

/// One export, and what became of it.
pub(crate) struct Outcome {
    pub(crate) export: Export,
    pub(crate) imported: Imported,
    /// One per part that was read: it was read to its end by both readings.
    pub(crate) read: Vec<bool>,
}

/// What the committer has answered, as far as it counts.
pub(crate) enum Became {
    Saved {
        how: How,
        /// It was in the archive before and was missing on disk.
        restored: bool,
    },
    Failed(String),
    /// What is there stays.
    Kept,
}

impl Became {
    pub(crate) fn of(what: Committed) -> Self {
        match what {
            Committed::Saved { how, restored, .. } => Self::Saved { how, restored },
            Committed::Failed { cause, .. } => Self::Failed(cause),
            _ => Self::Kept,
        }
    }
}

impl Outcome {
    /// Of an export that only its record tells of.
    pub(crate) fn of_record(export: Export) -> Self {
        Self {
            imported: Imported::of(&export),
            export,
            read: Vec::new(),
        }
    }

    /// Settles the fate of every entry, by what the committer has answered. `number` says which of the import's exports this is.
    pub(crate) fn resolve(
        &mut self,
        number: usize,
        owners: &HashMap<Ticket, Owner>,
        committed: &mut HashMap<Ticket, Became>,
    ) {
        self.imported.own(number, owners);
        for entry in 0..self.export.catalog.origins.len() {
            let verdict = &self.export.plan.verdicts[entry];
            let fate = match (verdict, committed.remove(&(number, entry))) {
                (Verdict::Media(media), Some(Became::Saved { how, restored })) => {
                    match (how, media.part) {
                        (How::Linked, _) if !restored => Fate::Duplicate,
                        (_, Part::Original) => Fate::Stored,
                        _ => Fate::Companion,
                    }
                }
                (Verdict::Media(_), Some(Became::Failed(cause))) => {
                    self.imported.troubles.push((entry, cause));
                    self.imported.take_back(entry);
                    Fate::Skipped(NOT_STORED.to_owned())
                }
                (Verdict::Media(_), Some(_)) => Fate::Duplicate,
                (Verdict::Media(_), None) => {
                    let told = self.imported.fates[entry].take();
                    told.unwrap_or_else(|| {
                        self.imported.take_back(entry);
                        Fate::Skipped("the run ended before its turn".to_owned())
                    })
                }
                (Verdict::Used, _) => Fate::MetadataUsed,
                (Verdict::Unused | Verdict::Unreadable, _) => Fate::MetadataUnused,
                (Verdict::Special, _) => Fate::Special,
                (Verdict::OtherProduct, _) => Fate::OtherProduct,
                (Verdict::Trashed, _) => Fate::Skipped(IN_TRASH.to_owned()),
            };
            self.imported.fates[entry] = Some(fate);
        }
        self.give_up_sidecars();
    }

    /// What describes only photos that could not be had describes none.
    fn give_up_sidecars(&mut self) {
        let plan = &self.export.plan;
        let fates = &mut self.imported.fates;
        // Entries behind the catalog's are photos that are here.
        let is_here = |fates: &[Option<Fate>], entry: usize| {
            let fate = fates.get(entry).and_then(Option::as_ref);
            !matches!(fate, Some(Fate::Skipped(why)) if why == DAMAGED || why == NOT_STORED)
        };
        let (mut useful, mut lost) = (HashSet::new(), HashSet::new());
        let described =
            plan.verdicts
                .iter()
                .enumerate()
                .filter_map(|(entry, verdict)| match verdict {
                    Verdict::Media(media) => Some((entry, media.sidecar?)),
                    _ => None,
                });
        let pointed = plan.memberships.iter().map(|one| (one.media, one.sidecar));
        for (media, sidecar) in described.chain(pointed) {
            if is_here(fates, media) {
                useful.insert(sidecar);
            } else {
                lost.insert(sidecar);
            }
        }
        for entry in lost.difference(&useful) {
            if let Some(fate @ Some(Fate::MetadataUsed)) = fates.get_mut(*entry) {
                *fate = Some(Fate::MetadataUnused);
            }
        }
    }
}
