//! Bytes that are somebody's, and who is to have them by all that is known now.
//!
//! What is known of an export grows with its parts: a clip that went with one photo goes with another, what described a photo
//! describes its neighbour, an address that was believed is disputed, a part that was damaged comes whole. Imports that come
//! one after another are to end as one of all parts would: whoever has bytes without a claim to them gives them up. Only what the
//! exports that were heard speak of can lose anything, and only to somebody who is to have it.

use std::collections::{HashMap, HashSet};

use crate::archive::ArchiveError;
use crate::archive::index::Rows;
use crate::archive::reown::Holder;
use crate::import::fate::Fate;
use crate::import::imported::Met;
use crate::import::known::digest;
use crate::import::outcome::Outcome;
use crate::media::item::{BY_CONTENT, Part, SourceName};
use crate::takeout::address::id_of;
use crate::takeout::json::Json;
use crate::takeout::plan::{Media, Verdict};

pub(super) type Sha256 = [u8; 32];

/// A file of an export: which of the import's exports, and which entry.
pub(super) type At = (usize, usize);

/// Who has bytes, and who says so.
pub(super) struct Claims {
    holders: HashMap<Sha256, Vec<Holder>>,
    /// Items that are to have them, and as what.
    claims: HashMap<Sha256, HashSet<(i64, Part)>>,
    /// Files of which nothing but their bytes says whose they are.
    untold: Vec<(At, Sha256)>,
    /// Of which not everything is known: they stay where they are.
    open: HashSet<Sha256>,
    /// Ids of holders that no export speaks of which was heard.
    unheard_of: HashSet<String>,
}

/// What is held without a claim.
pub(super) struct Idle<'a> {
    pub(super) sha256: Sha256,
    pub(super) holders: Vec<&'a Holder>,
    /// An item that is to have the bytes, and has them; none: they are to be known by themselves.
    pub(super) owner: Option<i64>,
}

impl Claims {
    /// Of all bytes of which it is in question whose they are: several have them, or somebody of whom nothing tells.
    pub(super) fn find(
        rows: &Rows<'_>,
        outcomes: &[Outcome],
        met: &Met,
    ) -> Result<Self, ArchiveError> {
        let source = SourceName::Takeout.as_str();
        let mut holders = rows.shared(source)?;
        let by_bytes = rows.known_by_bytes(source)?;
        for (sha256, item) in untold(outcomes, met) {
            if by_bytes.get(&item) != Some(&sha256) && !holders.contains_key(&sha256) {
                holders.insert(sha256, rows.who_has(source, &sha256)?);
            }
        }
        let ids = holders.values().flatten();
        let mut claims = Self {
            unheard_of: ids.map(|holder| holder.id.clone()).collect(),
            holders,
            claims: HashMap::new(),
            untold: Vec::new(),
            open: HashSet::new(),
        };
        for (number, outcome) in outcomes.iter().enumerate() {
            claims.hear(outcome, number, met);
        }
        Ok(claims)
    }

    /// What an export says. `number` says which of the import's exports it is, and `met` what was read of these.
    pub(super) fn hear(&mut self, outcome: &Outcome, number: usize, met: &Met) {
        if self.holders.is_empty() {
            return;
        }
        let (export, imported) = (&outcome.export, &outcome.imported);
        for entry in &export.entries {
            if let Some(Json::Sidecar(sidecar)) = &entry.json
                && let Some(url) = &sidecar.url
            {
                self.unheard_of.remove(id_of(url));
            }
        }
        self.unheard_of
            .retain(|id| !by_bytes(id).is_some_and(|sha256| met.contains_key(&sha256)));
        let first = export.catalog.origins.len();
        for (at, origin) in export.recorded.iter().enumerate() {
            if let Some(sha256) = origin.sha256.as_deref().and_then(digest) {
                if let Some(digest) = origin.sha256.as_deref() {
                    self.unheard_of.remove(&format!("{BY_CONTENT}{digest}"));
                }
                self.hear_of((outcome, number), first + at, sha256);
            }
        }
        let mut read = HashMap::new();
        for sha256 in self.holders.keys() {
            for held in met.get(sha256).into_iter().flatten() {
                read.insert(held.ticket, *sha256);
            }
        }
        for (entry, fate) in imported.fates.iter().enumerate() {
            if let Some(sha256) = read.get(&imported.ticket((number, entry))) {
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
        let item = outcome.imported.items[entry];
        match (&outcome.export.plan.verdicts[entry], item) {
            (Verdict::Media(media), Some(item)) => {
                let claims = self.claims.entry(sha256).or_default();
                if is_told(outcome, entry, media) {
                    claims.insert((item, media.part));
                } else {
                    self.untold.push(((number, entry), sha256));
                }
            }
            _ => drop(self.open.insert(sha256)),
        }
    }

    /// What is held without a claim.
    pub(super) fn idle(&self) -> Vec<Idle<'_>> {
        let mut idle = Vec::new();
        for (sha256, holders) in &self.holders {
            let Some(claims) = self.claims.get(sha256) else {
                continue;
            };
            if self.open.contains(sha256) {
                continue;
            }
            let is_entitled = |holder: &&Holder| match claims.is_empty() {
                false => claims.contains(&(holder.item, holder.role.part())),
                true => by_bytes(&holder.id) == Some(*sha256),
            };
            let (entitled, mut others): (Vec<_>, Vec<_>) = holders.iter().partition(is_entitled);
            let is_complete = entitled.len() >= claims.len();
            others.retain(|holder| !self.unheard_of.contains(&holder.id));
            if is_complete && !others.is_empty() {
                idle.push(Idle {
                    sha256: *sha256,
                    holders: others,
                    owner: entitled.first().map(|holder| holder.item),
                });
            }
        }
        idle
    }

    /// The files with these bytes of which nothing else tells.
    pub(super) fn untold(&self, sha256: Sha256) -> impl Iterator<Item = At> {
        let untold = self.untold.iter();
        let untold = untold.filter(move |(_, bytes)| *bytes == sha256);
        untold.map(|(at, _)| *at)
    }
}

/// Files of which nothing but their bytes says whose they are: digests, and the items that have them so far.
fn untold(outcomes: &[Outcome], met: &Met) -> Vec<(Sha256, i64)> {
    let (mut found, mut read) = (Vec::new(), HashMap::new());
    for (number, outcome) in outcomes.iter().enumerate() {
        let first = outcome.export.catalog.origins.len();
        for (entry, verdict) in outcome.export.plan.verdicts.iter().enumerate() {
            let (Verdict::Media(media), Some(item)) = (verdict, outcome.imported.items[entry])
            else {
                continue;
            };
            if is_told(outcome, entry, media) {
                continue;
            }
            match entry.checked_sub(first) {
                None => drop(read.insert(outcome.imported.ticket((number, entry)), item)),
                Some(recorded) => {
                    let sha256 = outcome.export.recorded[recorded].sha256.as_deref();
                    found.extend(sha256.and_then(digest).map(|sha256| (sha256, item)));
                }
            }
        }
    }
    for (sha256, held) in met {
        let items = held.iter().filter_map(|held| read.get(&held.ticket));
        found.extend(items.map(|item| (*sha256, *item)));
    }
    found
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

/// The bytes that an item of this id is known by, if it is.
fn by_bytes(id: &str) -> Option<Sha256> {
    digest(id.strip_prefix(BY_CONTENT)?)
}
