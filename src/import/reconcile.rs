//! Whose everything is and what is said of it, now that all that exports say is known.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::archive::index::Rows;
use crate::archive::reown::NOBODY;
use crate::archive::settings::Settings;
use crate::archive::store::Store;
use crate::archive::{ArchiveError, Paths};
use crate::import::albums::file_albums;
use crate::import::imported::Digests;
use crate::import::others::Others;
use crate::import::outcome::Outcome;
use crate::import::{contest, dated, disputed, words};
use crate::media::item::SourceName;

/// What it takes to bring the index up to what is known.
pub(crate) struct Reconciling<'a> {
    pub(crate) run: i64,
    pub(crate) now: DateTime<Utc>,
    pub(crate) paths: &'a Paths,
    pub(crate) store: &'a Store,
    pub(crate) settings: &'a Settings,
    /// Addresses that nobody is to have.
    pub(crate) disputed: &'a BTreeSet<String>,
    /// What was read.
    pub(crate) read: &'a Digests,
    /// The archive had nothing of any export before.
    pub(crate) is_first: bool,
    /// Every part was read to its end: what is not known now is not there.
    pub(crate) is_complete: bool,
}

/// What has changed.
#[derive(Default)]
pub(crate) struct Reconciled {
    /// The ids of photos whose address is disputed.
    pub(crate) given_up: Vec<String>,
    /// Of each export the recorded files that something else describes now: their entries, and where their lines begin.
    pub(crate) news: Vec<Vec<(usize, u64)>>,
}

impl Reconciling<'_> {
    pub(crate) fn all(
        &self,
        rows: &Rows<'_>,
        outcomes: &mut Vec<Outcome>,
    ) -> Result<Reconciled, ArchiveError> {
        let given_up = disputed::give_up(rows, self.disputed, self.run)?;
        let mut news = Vec::with_capacity(outcomes.len());
        for outcome in outcomes.iter_mut() {
            news.push(self.others(rows).own(outcome)?);
        }
        // Which items are left is known when all have been looked at.
        follow(rows, outcomes)?;
        for outcome in outcomes.iter() {
            dated::settle(rows, outcome)?;
        }
        if !outcomes.iter().all(|outcome| outcome.export.is_unchanged) {
            let source = SourceName::Takeout.as_str();
            rows.unite(source, self.run)?;
            rows.forget_superfluous(source, self.run)?;
            follow(rows, outcomes)?;
            if self.is_complete {
                contest::settle(self, rows, outcomes)?;
                words::settle(self, rows, outcomes)?;
                rows.forget_items_without_files(source)?;
                follow(rows, outcomes)?;
            }
        }
        for outcome in outcomes.iter() {
            rows.forget_exports(&outcome.export.formerly)?;
            file_albums(rows, outcome, self.is_complete)?;
        }
        Ok(Reconciled { given_up, news })
    }

    pub(super) fn others<'a>(&'a self, rows: &'a Rows<'a>) -> Others<'a> {
        Others::new(rows, self.store, self.settings, (self.run, self.now))
    }
}

/// Some items have become others, or none: the entries are those others' now.
pub(super) fn follow(rows: &Rows<'_>, outcomes: &mut [Outcome]) -> Result<(), ArchiveError> {
    for owner in outcomes.iter_mut().flat_map(|one| &mut one.imported.items) {
        if let Some(item) = *owner {
            let now = rows.is_now(item)?;
            *owner = (now != NOBODY).then_some(now);
        }
    }
    Ok(())
}
