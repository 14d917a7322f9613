//! Whose a file of an export was thought to be by imports that knew less of the export.
//!
//! Of what is not read again [`crate::import::others`] sees it by itself. A part that is read again, because it was damaged or
//! because that is wanted, brings its files as if they were new; what was thought of them has to be taken back all the same.

use std::collections::HashSet;

use data_encoding::HEXLOWER;

use crate::import::known::{Known, digest, key};
use crate::import::look::Origins;
use crate::takeout::plan::{Listed, Plan, Verdict};

/// A file that is recorded, and whose path and size are those of one that is read now.
pub(crate) struct Again {
    /// Of the catalog.
    pub(crate) entry: usize,
    pub(crate) sha256: [u8; 32],
    /// The key of the path of what describes it, by the newest word.
    pub(crate) described_by: Option<u64>,
    /// Where its line in the record begins.
    pub(crate) line: u64,
}

/// Bytes that something else describes now than an earlier import thought.
#[derive(Default)]
pub(crate) struct Contested {
    /// Entries of the catalog that have them by the record.
    pub(crate) again: Vec<(usize, Origins)>,
    digests: HashSet<[u8; 32]>,
}

impl Contested {
    /// `recorded`: what the entries behind the catalog's are, of which there are `first`.
    pub(crate) fn find(
        (entries, plan): (&[Listed], &Plan),
        known: &Known,
        (first, recorded): (usize, &[Origins]),
        again: Vec<Again>,
    ) -> Self {
        let is_outdated = |entry: usize, line, described_by| {
            let Verdict::Media(media) = &plan.verdicts[entry] else {
                return false;
            };
            let now = media.sidecar.map(|at| key(&entries[at].path));
            now.is_some() && !outdated(now, (line, described_by), known).is_empty()
        };
        let mut digests = HashSet::new();
        for (number, origin) in recorded.iter().enumerate() {
            if is_outdated(first + number, origin.line, origin.described_by) {
                digests.extend(origin.sha256.as_deref().and_then(digest));
            }
        }
        for one in &again {
            if is_outdated(one.entry, one.line, one.described_by) {
                digests.insert(one.sha256);
            }
        }
        let again = again.into_iter();
        let again = again.filter(|one| digests.contains(&one.sha256));
        let again = again.map(|one| {
            let origins = Origins {
                sha256: Some(HEXLOWER.encode(&one.sha256)),
                described_by: one.described_by,
                line: one.line,
            };
            (one.entry, origins)
        });
        Self {
            again: again.collect(),
            digests,
        }
    }

    pub(crate) fn has(&self, sha256: &[u8; 32]) -> bool {
        self.digests.contains(sha256)
    }
}

/// What has been taken to describe a file and does so no more, by the [`key`] of its path. All that was ever said counts: an
/// index that was lost comes back from lists of any age.
pub(crate) fn outdated(
    now: Option<u64>,
    (line, described_by): (u64, Option<u64>),
    known: &Known,
) -> Vec<u64> {
    let earlier = known.formerly.get(&line).into_iter().flatten();
    let all = earlier.copied().chain(described_by);
    all.filter(|one| Some(*one) != now).collect()
}
