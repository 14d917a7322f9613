//! What is derived from the archive once everything is in it: sidecars beside the photos, and links for the albums.

use serde::Serialize;

use crate::archive::album_links::{self, Linked, Links};
use crate::archive::index::{Index, Sync};
use crate::archive::settings::Settings;
use crate::archive::store::Store;
use crate::archive::{ArchiveError, Paths};
use crate::clock::Clock;
use crate::http::Stop;
use crate::import::outcome::Outcome;
use crate::import::sidecars::{Sidecars, Writing, Written};

/// What the user wants to have beside the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) sidecars: Sidecars,
    pub(crate) albums: Links,
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Derived {
    pub(crate) sidecars: Written,
    pub(crate) albums: Linked,
}

impl Sidecars {
    /// The words of `--sidecar`.
    pub(crate) const NAMES: [&'static str; 4] = ["xmp", "json", "both", "none"];

    pub(crate) fn parse(name: &str) -> Option<Self> {
        let all = [Self::Xmp, Self::Json, Self::Both, Self::None];
        let at = Self::NAMES.iter().position(|known| *known == name)?;
        Some(all[at])
    }
}

impl Links {
    /// The words of `--albums`.
    pub(crate) const NAMES: [&'static str; 3] = ["symlink", "hardlink", "none"];

    pub(crate) fn parse(name: &str) -> Option<Self> {
        let all = [Self::Symlink, Self::Hardlink, Self::None];
        let at = Self::NAMES.iter().position(|known| *known == name)?;
        Some(all[at])
    }
}

/// Nothing of it is needed to know what the archive holds, and all of it can be made again.
pub(crate) fn derive(
    wanted: Wanted,
    (index, store, paths): (&mut Index, &Store, &Paths),
    settings: &Settings,
    outcomes: &[Outcome],
    (clock, stop): (Clock, &Stop),
) -> Result<Derived, ArchiveError> {
    let go_on = || !stop.soon.is_cancelled();
    let writing = Writing {
        wanted: wanted.sidecars,
        zone: settings.time_zone,
        manifests: &paths.manifests,
        now: clock.now(),
        go_on: &go_on,
    };
    index.transact(Sync::Later, |rows| {
        Ok(Derived {
            sidecars: writing.all(rows, store, outcomes)?,
            albums: album_links::rebuild(rows, store, paths, wanted.albums, &go_on)?,
        })
    })
}
