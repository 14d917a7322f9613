//! Bytes that several items have, and who is to have them by all that is known now.
//!
//! What is known of an export grows with its parts: a clip that went with one photo goes with another, an address that was
//! believed turns out to be disputed, a part that was damaged comes whole. Imports that come one after another are to end as
//! one of all parts would: whoever has bytes of an export without a claim to them gives them up. That only ever happens where
//! somebody with a claim has them too, so nothing is left without an owner.

use std::collections::{HashMap, HashSet};

use crate::archive::ArchiveError;
use crate::archive::index::Rows;
use crate::archive::reown::Holder;
use crate::import::fate::Fate;
use crate::import::imported::Met;
use crate::import::known::digest;
use crate::import::outcome::Outcome;
use crate::media::item::{Part, SourceName};
use crate::takeout::json::Json;
use crate::takeout::plan::{Media, Verdict};

type Sha256 = [u8; 32];

/// Bytes that several have.
pub(super) struct Shared {
    holders: HashMap<Sha256, Vec<Holder>>,
    /// Items that are to have them, and as what.
    claims: HashMap<Sha256, HashSet<(i64, Part)>>,
    /// Files with such bytes of which nothing says whose they are: exports, entries, digests.
    untold: Vec<(usize, usize, Sha256)>,
    /// Of which not everything is known: they stay where they are.
    open: HashSet<Sha256>,
}

impl Shared {
    pub(super) fn find(rows: &Rows<'_>) -> Result<Self, ArchiveError> {
        Ok(Self {
            holders: rows.shared(SourceName::Takeout.as_str())?,
            claims: HashMap::new(),
            untold: Vec::new(),
            open: HashSet::new(),
        })
    }

    /// What an export says of them. `number` says which of the import's exports this is, and `met` what was read.
    pub(super) fn hear(&mut self, outcome: &Outcome, number: usize, met: &Met) {
        if self.holders.is_empty() {
            return;
        }
        let export = &outcome.export;
        let first = export.catalog.origins.len();
        for (at, origin) in export.recorded.iter().enumerate() {
            if let Some(sha256) = origin.sha256.as_deref().and_then(digest) {
                self.hear_of((outcome, number), first + at, sha256);
            }
        }
        let mut read = HashMap::new();
        for sha256 in self.holders.keys() {
            for held in met.get(sha256).into_iter().flatten() {
                read.insert(held.ticket, *sha256);
            }
        }
        for (entry, fate) in outcome.imported.fates.iter().enumerate() {
            let same = outcome.imported.same.get(&entry);
            if let Some(sha256) = read.get(same.unwrap_or(&(number, entry))) {
                self.hear_of((outcome, number), entry, *sha256);
            }
            if let Some(Fate::Skipped(_)) = fate {
                let (path, size) = (
                    &export.entries[entry].path,
                    export.catalog.origins[entry].size,
                );
                let before = export.known.files.get(&(path.clone(), size));
                let before = before.into_iter().flatten();
                self.open.extend(before.filter_map(|sha256| digest(sha256)));
            }
        }
    }

    fn hear_of(&mut self, (outcome, number): (&Outcome, usize), entry: usize, sha256: Sha256) {
        if !self.holders.contains_key(&sha256) {
            return;
        }
        let claims = self.claims.entry(sha256).or_default();
        match (
            &outcome.export.plan.verdicts[entry],
            outcome.imported.items[entry],
        ) {
            (Verdict::Media(media), Some(item)) => {
                if is_told(outcome, entry, media) {
                    claims.insert((item, media.part));
                } else {
                    self.untold.push((number, entry, sha256));
                }
            }
            _ => drop(self.open.insert(sha256)),
        }
    }

    /// What is held without a claim.
    pub(super) fn idle(&self) -> HashMap<Sha256, Vec<&Holder>> {
        let mut idle = HashMap::new();
        for (sha256, holders) in &self.holders {
            let claims = self.claims.get(sha256);
            let Some(claims) = claims.filter(|_| !self.open.contains(sha256)) else {
                continue;
            };
            let has_claim = |holder: &&Holder| match claims.is_empty() {
                false => claims.contains(&(holder.item, holder.role.part())),
                // Nothing says whose they are.
                true => holder.is_known_by(sha256),
            };
            let (entitled, others): (Vec<_>, Vec<_>) = holders.iter().partition(has_claim);
            if !others.is_empty() && entitled.len() >= claims.len().max(1) {
                idle.insert(*sha256, others);
            }
        }
        idle
    }

    /// Takes all that away. Returns whose the files are of which nothing tells: the export, the entry, the item.
    pub(super) fn settle(&self, rows: &Rows<'_>) -> Result<Vec<(usize, usize, i64)>, ArchiveError> {
        let mut owners = HashMap::new();
        for (sha256, idle) in self.idle() {
            let mut holders = self.holders[&sha256].iter();
            let Some(owner) = holders.find(|holder| !idle.contains(holder)) else {
                continue;
            };
            owners.insert(sha256, owner.item);
            for holder in idle {
                rows.disown((holder.item, holder.role), owner.item)?;
            }
        }
        let untold = self.untold.iter();
        let owned = untold
            .filter_map(|(export, entry, sha256)| Some((*export, *entry, *owners.get(sha256)?)));
        Ok(owned.collect())
    }
}

/// Whether something says whose a file is, besides its bytes.
fn is_told(outcome: &Outcome, entry: usize, media: &Media) -> bool {
    let (export, imported) = (&outcome.export, &outcome.imported);
    if imported.doubtful.contains(&entry) {
        return false;
    }
    let sidecar = media.sidecar.map(|at| &export.entries[at].json);
    let sidecar = match sidecar {
        Some(Some(Json::Sidecar(sidecar))) => Some(&**sidecar),
        _ => None,
    };
    media.url(sidecar).is_some() || media.of.is_some_and(|of| imported.ids[of].is_some())
}
