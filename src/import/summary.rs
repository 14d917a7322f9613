//! What an import comes to: the balance sheet, and what it means for the exit code.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::archive::command::Committed;
use crate::import::ImportError;
use crate::import::catalog::Why;
use crate::import::derive::Derived;
use crate::import::fate::{Balance, DAMAGED, Fate};
use crate::import::missing::Missing;
use crate::import::outcome::Outcome;
use crate::import::proven::ClockBehind;
use crate::source::takeout::{Integrity, Part};
use crate::takeout::plan::Verdict;

/// What an import comes to.
#[derive(Debug)]
pub(crate) struct Summary {
    pub(crate) exports: Vec<ExportSummary>,
    pub(crate) total: Balance,
    /// Bytes of what is new.
    pub(crate) bytes: u64,
    /// Its number in the index; absent where it ended before it wrote anything.
    pub(crate) run: Option<i64>,
    pub(crate) manifest: Option<PathBuf>,
    pub(crate) put_back: PutBack,
    /// Files that only a part has that was left out.
    pub(crate) missing: Vec<Missing>,
    pub(crate) clock_behind: Option<ClockBehind>,
    /// `None` where the import ended before it.
    pub(crate) derived: Option<Derived>,
    pub(crate) elapsed: Duration,
    pub(crate) ended_early: Option<ImportError>,
}

/// Files of the archive that were damaged or missing, and are what they were again.
#[derive(Debug, Default, Serialize)]
pub(crate) struct PutBack {
    pub(crate) files: u64,
    /// The folders of damaged files that made room.
    #[serde(serialize_with = "as_texts")]
    pub(crate) damaged_files_in: BTreeSet<PathBuf>,
}

/// A path that is no text must not keep the rest from being told.
fn as_texts<S: Serializer>(paths: &BTreeSet<PathBuf>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(paths.iter().map(|path| path.display().to_string()))
}

impl PutBack {
    pub(crate) fn hear(&mut self, what: &Committed, downloads: &Path) {
        match what {
            Committed::Saved { restored: true, .. } => self.files += 1,
            Committed::PutAside { folder } => {
                self.put_aside([folder.clone()].into(), downloads);
            }
            _ => {}
        }
    }

    pub(crate) fn put_aside(&mut self, folders: BTreeSet<String>, downloads: &Path) {
        let folders = folders.into_iter().map(|folder| downloads.join(folder));
        self.damaged_files_in.extend(folders);
    }
}

/// One export.
#[derive(Debug, Serialize)]
pub(crate) struct ExportSummary {
    pub(crate) export: String,
    pub(crate) parts: Vec<PartSummary>,
    /// Read to their end by an earlier import.
    pub(crate) already_imported: Vec<String>,
    /// Numbers of parts that are missing between the others.
    pub(crate) missing_parts: Vec<u32>,
    /// Photos that nothing describes.
    pub(crate) unmatched_media: Vec<String>,
    /// Sidecars without a photo.
    pub(crate) unused_sidecars: Vec<String>,
    /// Entries that are not in the archive although they should be, and why.
    pub(crate) troubles: Vec<Trouble>,
}

/// One part.
#[derive(Debug, Serialize)]
pub(crate) struct PartSummary {
    pub(crate) part: String,
    pub(crate) balance: Balance,
    /// The first thing that is wrong with it, or with an entry of it.
    pub(crate) damage: Option<String>,
    /// Nothing vouches for what was read of it.
    pub(crate) unproven: bool,
    /// It is an archive, or called like one.
    pub(crate) is_archive: bool,
}

/// An entry that is not in the archive.
#[derive(Debug, Serialize)]
pub(crate) struct Trouble {
    pub(crate) part: String,
    pub(crate) entry: String,
    pub(crate) why: String,
}

impl Summary {
    pub(crate) fn new(
        outcomes: &[Outcome],
        manifest: Option<PathBuf>,
        elapsed: Duration,
        ended_early: Option<ImportError>,
    ) -> Self {
        let named = outcomes
            .iter()
            .filter(|outcome| !outcome.export.is_replayed());
        let exports: Vec<ExportSummary> = named.map(ExportSummary::new).collect();
        let mut total = Balance::default();
        for part in exports.iter().flat_map(|export| &export.parts) {
            total.add(&part.balance);
        }
        let stored = |outcome: &Outcome| -> u64 {
            let fates = outcome
                .imported
                .fates
                .iter()
                .zip(&outcome.export.catalog.origins);
            fates
                .filter(|(fate, _)| matches!(fate, Some(Fate::Stored | Fate::Companion)))
                .map(|(_, origin)| origin.size)
                .sum()
        };
        Self {
            bytes: outcomes.iter().map(stored).sum(),
            exports,
            total,
            run: None,
            manifest,
            put_back: PutBack::default(),
            missing: Vec::new(),
            clock_behind: None,
            derived: None,
            elapsed,
            ended_early,
        }
    }

    pub(crate) fn of_run(self, run: i64) -> Self {
        Self {
            run: Some(run),
            ..self
        }
    }

    /// Nothing that should be in the archive is missing from it.
    pub(crate) fn is_whole(&self) -> bool {
        self.missing.is_empty()
            && self.exports.iter().all(|export| {
                export.troubles.is_empty() && export.parts.iter().all(|part| part.damage.is_none())
            })
    }

    pub(crate) fn adds_up(&self) -> bool {
        let parts = || self.exports.iter().flat_map(|export| &export.parts);
        self.total.adds_up() && parts().all(|part| part.balance.adds_up())
    }
}

impl ExportSummary {
    fn new(outcome: &Outcome) -> Self {
        let export = &outcome.export;
        let mut parts: Vec<PartSummary> = export
            .parts
            .iter()
            .zip(&export.catalog.integrity)
            .map(|(part, integrity)| PartSummary {
                part: part.name(),
                balance: Balance::default(),
                damage: match integrity {
                    Integrity::Whole => None,
                    Integrity::Damaged { what, .. } => Some(what.clone()),
                },
                unproven: !integrity.is_proven(),
                is_archive: !part.is_foreign(),
            })
            .collect();
        let (mut unmatched, mut unused) = (Vec::new(), Vec::new());
        for (entry, origin) in export.catalog.origins.iter().enumerate() {
            let balance = &mut parts[origin.part].balance;
            balance.entries += 1;
            if let Some(fate) = &outcome.imported.fates[entry] {
                balance.count(fate);
            }
            let path = || export.entries[entry].path.clone();
            match &export.plan.verdicts[entry] {
                _ if matches!(outcome.imported.fates[entry], Some(Fate::Skipped(_))) => {}
                Verdict::Media(media) if media.sidecar.is_none() && media.of.is_none() => {
                    unmatched.push(path());
                }
                _ if outcome.imported.fates[entry] == Some(Fate::MetadataUnused) => {
                    unused.push(path());
                }
                _ => {}
            }
        }
        let mut troubles = Vec::new();
        for (entry, why) in &outcome.imported.troubles {
            let (path, fate) = (
                &export.entries[*entry].path,
                &outcome.imported.fates[*entry],
            );
            let is_damage = *fate == Some(Fate::Skipped(DAMAGED.to_owned()))
                || outcome.imported.doubtful.contains(entry);
            let part = &mut parts[export.catalog.origins[*entry].part];
            troubles.push(part.trouble(path, why, is_damage));
        }
        for skipped in &export.catalog.skipped {
            let part = &mut parts[skipped.part];
            part.balance.entries += 1;
            match &skipped.why {
                Why::Kind(kind) => {
                    let reason = kind.reason();
                    part.balance.count(&Fate::Skipped(reason.to_owned()));
                    if kind.is_loss() {
                        troubles.push(part.trouble(&skipped.path, reason, false));
                    }
                }
                Why::Damaged(why) => {
                    part.balance.count(&Fate::Skipped(DAMAGED.to_owned()));
                    troubles.push(part.trouble(&skipped.path, why, true));
                }
            }
        }
        Self {
            export: export.id.clone(),
            parts,
            already_imported: export.finished.iter().map(Part::name).collect(),
            missing_parts: export.gaps.clone(),
            unmatched_media: unmatched,
            unused_sidecars: unused,
            troubles,
        }
    }
}

impl PartSummary {
    /// An entry of this part that is not in the archive. One that is damaged tells that the part is.
    fn trouble(&mut self, entry: &str, why: &str, is_damage: bool) -> Trouble {
        if is_damage {
            self.damage.get_or_insert_with(|| format!("{entry}: {why}"));
        }
        Trouble {
            part: self.part.clone(),
            entry: entry.to_owned(),
            why: why.to_owned(),
        }
    }
}
