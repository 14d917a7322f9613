//! What an export proves of the clock: it was made before now, whatever the clock says.
//!
//! A machine without a battery starts in 1970, and then every date would lie in the future and none be believed. Of an export
//! Google's stamp in the names of its parts tells when it was made; without one, the times at which its sidecars were written,
//! all of them in the same hour: the one in the middle, so that no odd one counts. What a sidecar says of its photo proves
//! nothing: people and cameras write it.

use std::cmp::max;

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use serde::Serialize;

use crate::import::look::Export;
use crate::media::item::timestamp;

/// A clock that is behind what an export proves.
#[derive(Debug, Serialize)]
pub(crate) struct ClockBehind {
    /// What it says.
    pub(crate) clock: String,
    pub(crate) export: String,
    /// When that export was made.
    pub(crate) made: String,
}

/// As much a clock may be behind before anybody is told, and by as much dates may lie ahead of it.
const TOLERATED: TimeDelta = TimeDelta::days(1);

impl Export {
    /// A moment before which it cannot be now; none where it cannot have been made when it says.
    fn proven(&self) -> Option<DateTime<Utc>> {
        let made = DateTime::from_timestamp(self.made, 0)?;
        // Takeout is of 2011, and behind 2100 no date is believed.
        (2011..=2100).contains(&made.year()).then_some(made)
    }

    /// By what its dates are judged: the clock, unless the export proves that it is behind.
    pub(crate) fn judged_at(&self, clock: DateTime<Utc>) -> DateTime<Utc> {
        self.proven().map_or(clock, |proven| max(proven, clock))
    }
}

/// Whether the clock is behind what one of the exports proves, and which of them says most.
pub(crate) fn behind(exports: &[Export], clock: DateTime<Utc>) -> Option<ClockBehind> {
    let proofs = exports.iter().filter_map(|export| {
        let proven = export.proven()?;
        (proven > clock + TOLERATED).then_some((proven, export))
    });
    let (made, export) = proofs.max_by_key(|(proven, _)| *proven)?;
    Some(ClockBehind {
        clock: timestamp(clock),
        export: export.id.clone(),
        made: timestamp(made),
    })
}
