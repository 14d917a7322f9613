//! What has become of the entries so far, and whose the bytes are that were met.

use std::collections::{HashMap, HashSet};

use crate::archive::staged::Ticket;
use crate::import::dated::Copies;
use crate::import::fate::Fate;
use crate::import::look::{Export, Origins};
use crate::import::settle::Owner;
use crate::media::item::{BY_CONTENT, Part};
use crate::takeout::address::id_of;
use crate::takeout::plan::{Plan, Verdict};

/// What became of the entries of an export so far.
#[derive(Default)]
pub(crate) struct Imported {
    /// One per entry of the catalog; what is on its way has none yet.
    pub(crate) fates: Vec<Option<Fate>>,
    /// The item that each media entry belongs to, once the committer has said so.
    pub(crate) items: Vec<Option<i64>>,
    /// Entries with the bytes of one that was met before.
    pub(crate) same: HashMap<usize, Ticket>,
    /// The id of that item.
    pub(crate) ids: Vec<Option<String>>,
    /// JSON files whose text is on its way to the record.
    pub(crate) recorded: HashSet<usize>,
    /// Files whose line brings such a text along, and which: it is recorded only if the file is stored.
    pub(crate) brought: HashMap<usize, usize>,
    /// Entries whose name cannot be believed: each stands for itself, until a whole part says what it is.
    pub(crate) doubtful: HashSet<usize>,
    /// What those tell of their dates that nothing describes.
    pub(crate) copies: Copies,
    /// Entries whose bytes could not be had, and why.
    pub(crate) troubles: Vec<(usize, String)>,
}

/// Bytes that are stored or on their way, by their SHA-256, and whose they are.
pub(crate) type Met = HashMap<[u8; 32], Vec<Held>>;

/// Whose some bytes are.
pub(crate) struct Held {
    pub(crate) id: String,
    pub(crate) part: Part,
    /// The first entry that has them.
    pub(crate) ticket: Ticket,
}

/// Bytes that were read, by their SHA-256, and the first entries that have them: in order.
#[derive(Default)]
pub(crate) struct Digests(Vec<([u8; 32], Ticket)>);

impl Digests {
    /// Takes much less room than what the reading needs to know.
    pub(crate) fn of(met: Met) -> Self {
        let mut digests = Vec::with_capacity(met.len());
        for (sha256, held) in met {
            digests.extend(held.into_iter().map(|held| (sha256, held.ticket)));
        }
        digests.sort_unstable();
        Self(digests)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &([u8; 32], Ticket)> {
        self.0.iter()
    }

    /// The tickets of these bytes: of a second one only where they are another item's too.
    pub(crate) fn of_bytes(&self, sha256: &[u8; 32]) -> impl Iterator<Item = Ticket> {
        let first = self.0.partition_point(|(other, _)| other < sha256);
        let found = self.0[first..].iter();
        let found = found.take_while(move |(other, _)| other == sha256);
        found.map(|(_, ticket)| *ticket)
    }

    /// Bytes that were given to more than one item.
    pub(crate) fn shared(&self) -> impl Iterator<Item = [u8; 32]> {
        let groups = self.0.chunk_by(|(one, _), (other, _)| one == other);
        groups
            .filter(|group| group.len() > 1)
            .map(|group| group[0].0)
    }
}

impl Imported {
    pub(crate) fn of(export: &Export) -> Self {
        let mut imported = Self {
            fates: vec![None; export.catalog.origins.len()],
            items: vec![None; export.entries.len()],
            ids: vec![None; export.entries.len()],
            same: HashMap::new(),
            recorded: HashSet::new(),
            brought: HashMap::new(),
            doubtful: HashSet::new(),
            copies: Copies::new(),
            troubles: Vec::new(),
        };
        // What goes with a file of an earlier import is that file's item's.
        let first = export.catalog.origins.len();
        for (number, origin) in export.recorded.iter().enumerate() {
            imported.ids[first + number] = id_of_recorded(export, first + number, origin);
        }
        imported
    }

    /// Says whose the entries are, by what the committer has answered; `number` says which of the import's exports this is.
    pub(crate) fn own(&mut self, number: usize, owners: &HashMap<Ticket, Owner>) {
        for entry in 0..self.fates.len() {
            if let Some(owner) = owners.get(&(number, entry)) {
                self.items[entry] = Some(owner.item);
                if owner.is_held {
                    self.fates[entry] = Some(Fate::Duplicate);
                }
            }
        }
        for (entry, ticket) in &self.same {
            self.items[*entry] = owners.get(ticket).map(|owner| owner.item);
        }
    }

    /// The ticket of the first entry with the bytes of this one.
    pub(crate) fn ticket(&self, (number, entry): Ticket) -> Ticket {
        let same = self.same.get(&entry).copied();
        same.unwrap_or((number, entry))
    }

    /// This file was not stored, and what its line would have said is to be recorded without it: the part that has the
    /// text may be read to its end, and then nobody reads it again.
    pub(crate) fn take_back(&mut self, entry: usize) {
        if let Some(sidecar) = self.brought.remove(&entry) {
            self.recorded.remove(&sidecar);
        }
    }

    /// The id of the item that a file goes with.
    pub(crate) fn id_of_main(&self, plan: &Plan, entry: usize) -> Option<String> {
        match &plan.verdicts[entry] {
            Verdict::Media(media) => self.ids[media.of?].clone(),
            _ => None,
        }
    }
}

/// Whose a file of an earlier import is, as far as it can be said before anything else is read.
fn id_of_recorded(export: &Export, entry: usize, origin: &Origins) -> Option<String> {
    let Verdict::Media(media) = &export.plan.verdicts[entry] else {
        return None;
    };
    match media.url(export.sidecar(media)) {
        Some(url) => Some(id_of(url).to_owned()),
        _ if media.of.is_some() => None,
        _ => Some(format!("{BY_CONTENT}{}", origin.sha256.as_deref()?)),
    }
}
