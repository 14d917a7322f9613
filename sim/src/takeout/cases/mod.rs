//! The quirk catalogue of the format reference (§6), Q01 to Q50: one small export each, or two where a second one matters.
//!
//! Names are spelled out here rather than made by the model of [`names`](super::names), because a quirk is where the model ends.
//! Where the reference says \[?\] or leaves a choice, the claim is a set; what must hold in any case, holds for every member.

mod albums;
mod companions;
mod copies;
mod counters;
mod json;
mod names;
mod people;

use super::expected::Expected;
use super::export::{Export, FolderId, ShotId};
use super::shot::Shot;

/// One quirk.
#[derive(Debug, Clone)]
pub struct Case {
    /// `Q01` to `Q50`.
    pub id: &'static str,
    /// What is odd, and what must come of it.
    pub about: &'static str,
    /// In the order in which they were made; imported in any order.
    pub exports: Vec<Export>,
}

impl Case {
    fn one(id: &'static str, about: &'static str, export: Export) -> Self {
        Self {
            id,
            about,
            exports: vec![export],
        }
    }

    /// What must be in the archive when all exports are imported. Parts are counted through, one export after the other.
    pub fn expected(&self) -> Expected {
        Export::joined(&self.exports).expected()
    }
}

/// All of them, in order.
pub fn all() -> Vec<Case> {
    let all = [
        counters::cases(),
        companions::cases(),
        copies::cases(),
        albums::cases(),
        json::cases(),
        names::cases(),
        people::cases(),
    ];
    let mut all = all.concat();
    all.sort_by_key(|case| case.id);
    all
}

/// The case with this id, such as `Q17`.
pub fn case(id: &str) -> Option<Case> {
    all().into_iter().find(|case| case.id == id)
}

/// A photo that lies in `folder` with its sidecar, both under the names given.
fn pair(export: &mut Export, folder: FolderId, name: &str, sidecar: &str, shot: Shot) -> ShotId {
    let shot = export.add(shot);
    export.media(folder, name, shot);
    export.sidecar(folder, sidecar, shot);
    shot
}

/// A photo with a title of its own, whose names follow the plain pattern of new exports.
fn plain(export: &mut Export, folder: FolderId, name: &str, taken: &str) -> ShotId {
    let sidecar = new_sidecar(name);
    pair(export, folder, name, &sidecar, Shot::photo(name, taken))
}

/// The new style's name, cut where it must be.
fn new_sidecar(base: &str) -> String {
    super::names::sidecar(
        super::names::SidecarStyle::New,
        base,
        0,
        super::names::Counter::Moved,
    )
}
