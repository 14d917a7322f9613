//! Whose a file is by all that its export says, now that the others are known.

use crate::import::outcome::Outcome;
use crate::takeout::plan::Media;

/// Whose a file is.
pub(super) enum Owner {
    /// By its address, or by what it goes with.
    By(Option<i64>),
    /// Nothing but its bytes tells.
    SoFar(Option<i64>),
}

impl Owner {
    pub(super) fn item(self) -> Option<i64> {
        let (Self::By(item) | Self::SoFar(item)) = self;
        item
    }
}

pub(super) fn owner(outcome: &Outcome, entry: usize, media: &Media) -> Owner {
    let (export, imported) = (&outcome.export, &outcome.imported);
    let own = imported.items[entry];
    if imported.doubtful.contains(&entry) {
        return Owner::SoFar(own);
    }
    if media.url(export.sidecar(media)).is_some() {
        return Owner::By(own);
    }
    match media.of.filter(|of| imported.ids[*of].is_some()) {
        Some(of) => Owner::By(imported.items[of].or(own)),
        None => Owner::SoFar(own),
    }
}
