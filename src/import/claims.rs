//! Bytes that are somebody's, and who is to have them by all that is known now.
//!
//! What is known of an export grows with its parts: a clip that went with one photo goes with another, what described a photo
//! describes its neighbour, an address that was believed is disputed, a part that was damaged comes whole. Imports that come
//! one after another are to end as one of all parts would: whoever has bytes without a claim to them gives them up. Only what the
//! exports that were heard speak of can lose anything, and only to somebody who is to have it.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

use crate::archive::ArchiveError;
use crate::archive::index::Rows;
use crate::archive::reown::Holder;
use crate::import::fate::Fate;
use crate::import::imported::Digests;
use crate::import::known::digest;
use crate::import::outcome::Outcome;
use crate::import::owner::{Owner, owner};
use crate::media::item::{BY_CONTENT, Part, SourceName};
use crate::takeout::address::id_of;
use crate::takeout::json::Json;
use crate::takeout::plan::Verdict;

pub(super) type Sha256 = [u8; 32];

/// A file of an export: which of the import's exports, and which entry.
pub(super) type At = (usize, usize);

/// Who has bytes, and who says so.
pub(super) struct Claims {
    holders: HashMap<Sha256, Vec<Holder>>,
    claims: HashMap<Sha256, Claim>,
    /// Of which not everything is known: they stay where they are.
    open: HashSet<Sha256>,
    /// Ids of holders that no export speaks of which was heard.
    unheard_of: HashSet<String>,
}

/// What exports say of some bytes.
#[derive(Default)]
struct Claim {
    /// Items that are to have them, as what, and a file that says so. Nobody has the same twice: an edited version that is its
    /// original is the original.
    items: BTreeMap<i64, (Part, At)>,
    /// Files of which nothing but their bytes says whose they are.
    untold: Vec<At>,
    /// What these are.
    part: Option<Part>,
}

/// What is to become of some bytes.
pub(super) struct Settlement<'a> {
    pub(super) sha256: Sha256,
    /// Items that are to have them, as what, and a file that says so; none: they are to be known by themselves.
    pub(super) owners: BTreeMap<i64, (Part, At)>,
    /// Several have them.
    is_shared: bool,
    /// The only one is known by just these bytes.
    is_by_itself: bool,
    /// Those who have them so already.
    pub(super) held: HashSet<i64>,
    /// Who has them without a claim.
    pub(super) idle: Vec<&'a Holder>,
    /// Files of which nothing but their bytes says whose they are.
    pub(super) untold: &'a [At],
}

impl Claims {
    /// Of all bytes of which it is in question whose they are: several have them, or somebody of whom nothing tells. `is_first`: the
    /// archive had nothing of any export before, so that only what was read can be in question.
    pub(super) fn find(
        rows: &Rows<'_>,
        outcomes: &[Outcome],
        read: &Digests,
        is_first: bool,
    ) -> Result<Self, ArchiveError> {
        let source = SourceName::Takeout.as_str();
        let mut holders = if is_first {
            HashMap::new()
        } else {
            rows.shared(source)?
        };
        let given_twice = read.shared().filter(|_| is_first);
        for sha256 in borrowed(rows, outcomes, read)?
            .into_iter()
            .chain(given_twice)
        {
            if let Entry::Vacant(new) = holders.entry(sha256) {
                new.insert(rows.who_has(source, &sha256)?);
            }
        }
        let ids = holders.values().flatten();
        let mut claims = Self {
            unheard_of: ids.map(|holder| holder.id.clone()).collect(),
            holders,
            claims: HashMap::new(),
            open: HashSet::new(),
        };
        for (number, outcome) in outcomes.iter().enumerate() {
            claims.hear(outcome, number, read);
        }
        Ok(claims)
    }

    /// What an export says. `number` says which of the import's exports it is, and `read` what was read of these.
    pub(super) fn hear(&mut self, outcome: &Outcome, number: usize, read: &Digests) {
        if self.holders.is_empty() {
            return;
        }
        let export = &outcome.export;
        for entry in &export.entries {
            if let Some(Json::Sidecar(sidecar)) = &entry.json
                && let Some(url) = &sidecar.url
            {
                self.unheard_of.remove(id_of(url));
            }
        }
        for id in &export.known.withdrawn {
            self.unheard_of.remove(id);
        }
        // Also what a damaged part had, and a whole one has not.
        for sha256 in export.known.files.values().flatten() {
            self.unheard_of.remove(&format!("{BY_CONTENT}{sha256}"));
        }
        self.unheard_of.retain(|id| {
            let sha256 = by_bytes(id);
            sha256.is_none_or(|sha256| read.of_bytes(&sha256).next().is_none())
        });
        let files = self.files_of(outcome, number, read);
        for entry in files.keys() {
            self.hear_of((outcome, number), *entry, &files);
        }
        let fates = outcome.imported.fates.iter().enumerate();
        for (entry, _) in fates.filter(|(_, fate)| matches!(fate, Some(Fate::Skipped(_)))) {
            let size = export.catalog.origins[entry].size;
            let place = (export.entries[entry].path.clone(), size);
            let before = export.known.files.get(&place).into_iter().flatten();
            self.open.extend(before.filter_map(|sha256| digest(sha256)));
        }
    }

    /// The entries with such bytes.
    fn files_of(
        &self,
        outcome: &Outcome,
        number: usize,
        read: &Digests,
    ) -> BTreeMap<usize, Sha256> {
        let mut tickets = HashMap::new();
        for sha256 in self.holders.keys() {
            tickets.extend(read.of_bytes(sha256).map(|ticket| (ticket, *sha256)));
        }
        let first = outcome.export.catalog.origins.len();
        let here = (0..outcome.imported.fates.len()).filter_map(|entry| {
            let ticket = outcome.imported.ticket((number, entry));
            Some((entry, *tickets.get(&ticket)?))
        });
        let recorded = outcome.export.recorded.iter().enumerate();
        let recorded = recorded.filter_map(|(at, origin)| {
            let sha256 = digest(origin.sha256.as_deref()?)?;
            let is_held = self.holders.contains_key(&sha256);
            is_held.then_some((first + at, sha256))
        });
        here.chain(recorded).collect()
    }

    fn hear_of(
        &mut self,
        (outcome, number): (&Outcome, usize),
        entry: usize,
        files: &BTreeMap<usize, Sha256>,
    ) {
        let sha256 = files[&entry];
        let Verdict::Media(media) = &outcome.export.plan.verdicts[entry] else {
            self.open.insert(sha256);
            return;
        };
        let claim = self.claims.entry(sha256).or_default();
        let is_its_main = media.of.is_some_and(|of| files.get(&of) == Some(&sha256));
        match owner(outcome, entry, media) {
            Owner::By(Some(item)) if !is_its_main => {
                let new = (media.part, (number, entry));
                let known = claim.items.entry(item).or_insert(new);
                *known = new.min(*known);
            }
            Owner::By(Some(_)) | Owner::SoFar(Some(_)) => {
                claim.untold.push((number, entry));
                claim.part = claim.part.min(Some(media.part)).or(Some(media.part));
            }
            Owner::By(None) | Owner::SoFar(None) => drop(self.open.insert(sha256)),
        }
    }

    /// What is to become of all these bytes, where it can be said.
    pub(super) fn settled(&self) -> impl Iterator<Item = Settlement<'_>> {
        let claims = self.claims.iter();
        let claims = claims.filter(|(sha256, _)| !self.open.contains(*sha256));
        claims.filter_map(|(sha256, claim)| {
            let holders = self.holders.get(sha256)?;
            let is_by_itself = |holder: &&Holder| by_bytes(&holder.id) == Some(*sha256);
            let by_itself = holders.iter().find(is_by_itself).map(|one| one.item);
            let mut owners = claim.items.clone();
            if let Some(item) = by_itself
                && (owners.contains_key(&item) || owners.is_empty())
            {
                let said = owners.get(&item).map(|(_, at)| *at);
                if let Some(at) = claim.untold.first().copied().or(said) {
                    owners.insert(item, (claim.part.unwrap_or_default(), at));
                }
            }
            let (mut held, mut idle) = (HashSet::new(), Vec::new());
            for holder in holders {
                let part = owners.get(&holder.item).map(|(part, _)| *part);
                let is_owner = part == Some(holder.role.part());
                let is_entitled = is_owner && held.insert(holder.item);
                if !is_entitled && !self.unheard_of.contains(&holder.id) {
                    idle.push(holder);
                }
            }
            Some(Settlement {
                sha256: *sha256,
                is_shared: holders.len() > 1,
                is_by_itself: owners.keys().eq(by_itself.iter()),
                owners,
                held,
                idle,
                untold: &claim.untold,
            })
        })
    }
}

impl Settlement<'_> {
    /// Whether other exports may have a say in it.
    pub(super) fn is_question(&self) -> bool {
        self.is_news() || self.is_shared || !self.untold.is_empty() && !self.is_by_itself
    }

    pub(super) fn is_news(&self) -> bool {
        !self.idle.is_empty() || self.owners.keys().any(|item| !self.held.contains(item))
    }
}

/// Bytes whose item is not the one that they are known by, although nothing else tells, or not that of the file they go with.
fn borrowed(
    rows: &Rows<'_>,
    outcomes: &[Outcome],
    read: &Digests,
) -> Result<Vec<Sha256>, ArchiveError> {
    let by_bytes = rows.known_by_bytes(SourceName::Takeout.as_str())?;
    let (mut found, mut tickets) = (Vec::new(), HashMap::new());
    for (number, outcome) in outcomes.iter().enumerate() {
        let first = outcome.export.catalog.origins.len();
        for (entry, verdict) in outcome.export.plan.verdicts.iter().enumerate() {
            let (Verdict::Media(media), Some(item)) = (verdict, outcome.imported.items[entry])
            else {
                continue;
            };
            let known_by = match owner(outcome, entry, media) {
                Owner::By(Some(owner)) if owner == item => continue,
                Owner::By(_) => None,
                Owner::SoFar(_) => by_bytes.get(&item).copied(),
            };
            match entry.checked_sub(first) {
                None => drop(tickets.insert(outcome.imported.ticket((number, entry)), known_by)),
                Some(recorded) => {
                    let sha256 = outcome.export.recorded[recorded].sha256.as_deref();
                    let sha256 = sha256.and_then(digest);
                    found.extend(sha256.filter(|sha256| known_by != Some(*sha256)));
                }
            }
        }
    }
    for (sha256, ticket) in read.all() {
        let known_by = tickets.get(ticket);
        if known_by.is_some_and(|known_by| *known_by != Some(*sha256)) {
            found.push(*sha256);
        }
    }
    Ok(found)
}

/// The bytes that an item of this id is known by, if it is.
fn by_bytes(id: &str) -> Option<Sha256> {
    digest(id.strip_prefix(BY_CONTENT)?)
}
