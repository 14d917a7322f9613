//! What became of every entry: the balance sheet, which must add up.

use std::collections::BTreeMap;

use serde::Serialize;

/// What became of one entry of a part. Every entry has exactly one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// An original that is new to the archive.
    Stored,
    /// Bytes that the archive held already, by this export or before.
    Duplicate,
    /// An edited version or a clip that is new to the archive.
    Companion,
    /// A sidecar of a photo that is there, or an album's metadata.
    MetadataUsed,
    /// A sidecar without a photo.
    MetadataUnused,
    /// An album's metadata, print orders, comments: recorded verbatim. The index page, which only says what else there is, is not.
    Special,
    OtherProduct,
    /// Not in the archive, and why.
    Skipped(String),
}

/// How many entries had which fate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Balance {
    pub(crate) entries: u64,
    pub(crate) media_stored: u64,
    pub(crate) duplicates: u64,
    pub(crate) companions: u64,
    pub(crate) metadata_used: u64,
    pub(crate) metadata_unused: u64,
    pub(crate) special: u64,
    pub(crate) other_products: u64,
    /// By reason.
    pub(crate) skipped: BTreeMap<String, u64>,
}

impl Balance {
    pub(crate) fn count(&mut self, fate: &Fate) {
        match fate {
            Fate::Stored => self.media_stored += 1,
            Fate::Duplicate => self.duplicates += 1,
            Fate::Companion => self.companions += 1,
            Fate::MetadataUsed => self.metadata_used += 1,
            Fate::MetadataUnused => self.metadata_unused += 1,
            Fate::Special => self.special += 1,
            Fate::OtherProduct => self.other_products += 1,
            Fate::Skipped(reason) => *self.skipped.entry(reason.clone()).or_default() += 1,
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.entries += other.entries;
        self.media_stored += other.media_stored;
        self.duplicates += other.duplicates;
        self.companions += other.companions;
        self.metadata_used += other.metadata_used;
        self.metadata_unused += other.metadata_unused;
        self.special += other.special;
        self.other_products += other.other_products;
        for (reason, count) in &other.skipped {
            *self.skipped.entry(reason.clone()).or_default() += count;
        }
    }

    /// The sum of all fates: as many as there are entries, or something was lost.
    pub(crate) fn accounted(&self) -> u64 {
        let skipped: u64 = self.skipped.values().sum();
        self.media_stored
            + self.duplicates
            + self.companions
            + self.metadata_used
            + self.metadata_unused
            + self.special
            + self.other_products
            + skipped
    }

    pub(crate) fn adds_up(&self) -> bool {
        self.accounted() == self.entries
    }
}

/// The reason of an entry whose bytes could not be had.
pub(crate) const DAMAGED: &str = "damaged";
/// The reason of an entry whose bytes could be had, and for which there was no place.
pub(crate) const NOT_STORED: &str = "could not be stored";
/// The reason of an entry that was left out because it is in the trash.
pub(crate) const IN_TRASH: &str = "in the trash";
