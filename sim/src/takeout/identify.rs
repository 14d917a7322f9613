//! Which item each media file belongs to: by its sidecar, by bytes that it shares with one that has a sidecar, by its original, or
//! by its own hash.

use std::collections::{BTreeSet, HashMap};

use super::expect::Expectation;
use super::expected::Identity;
use super::export::{FolderId, ShotId};
use super::file::{Claim, File, Truth};
use super::shot::Role;
use crate::content::sha256;

/// A media file with what is right about it.
pub(super) struct Media<'a> {
    /// Into the files of the export.
    pub(super) index: usize,
    pub(super) file: &'a File,
    pub(super) shot: ShotId,
    pub(super) folder: FolderId,
    pub(super) roles: &'a [Role],
    pub(super) claims: &'a [Claim],
    pub(super) identities: BTreeSet<Identity>,
    /// There is one right answer, and it is a sidecar that is there.
    pub(super) surely_paired: bool,
    pub(super) perhaps_paired: bool,
}

/// Every readable media file with its identities.
pub(super) fn identified<'a>(expectation: &Expectation<'a>) -> Vec<Media<'a>> {
    let mut media: Vec<Media> = expectation
        .readable
        .iter()
        .filter_map(|(index, file)| by_sidecar(expectation, *index, file))
        .collect();
    let hash = |one: &Media| expectation.hashes[one.index].clone();

    // What shares its bytes with a file that is surely paired is the same item.
    let mut sure: HashMap<String, BTreeSet<Identity>> = HashMap::new();
    for one in media.iter().filter(|one| one.surely_paired) {
        sure.entry(hash(one))
            .or_default()
            .extend(one.identities.iter().cloned());
    }
    let mut originals: HashMap<(FolderId, ShotId), Vec<String>> = HashMap::new();
    for one in media.iter().filter(|one| one.roles[0] == Role::Original) {
        originals
            .entry((one.folder, one.shot))
            .or_default()
            .push(hash(one));
    }
    for one in &mut media {
        let own = hash(one);
        if !one.identities.contains(&Identity::Hash(own.clone())) {
            continue;
        }
        if let Some(known) = sure.get(&own) {
            one.identities.remove(&Identity::Hash(own));
            one.identities.extend(known.iter().cloned());
        } else if one.roles[0] != Role::Original {
            // Beside its original, a companion belongs to it, or stands for itself: nothing settles which.
            for original in originals.get(&(one.folder, one.shot)).into_iter().flatten() {
                one.identities.insert(Identity::Hash(original.clone()));
                one.identities
                    .extend(sure.get(original).into_iter().flatten().cloned());
            }
        }
    }
    media
}

/// What the sidecars in its folder make of a file.
fn by_sidecar<'a>(expectation: &Expectation, index: usize, file: &'a File) -> Option<Media<'a>> {
    let Truth::Media {
        shot,
        folder,
        roles,
        claims,
    } = &file.truth
    else {
        return None;
    };
    let mut identities = BTreeSet::new();
    let mut paired = 0;
    for claim in claims {
        match claim {
            Claim::Of(shot) if expectation.sidecars.contains_key(&(*folder, *shot)) => {
                let shot = expectation.export.shot(*shot);
                paired += 1;
                // Without a url, the original's bytes are what identifies.
                identities.insert(shot.url().map_or_else(
                    || Identity::Hash(sha256(&shot.bytes(Role::Original))),
                    Identity::Url,
                ));
            }
            Claim::Of(_) | Claim::Alone => {
                identities.insert(Identity::Hash(expectation.hashes[index].clone()));
            }
        }
    }
    Some(Media {
        index,
        file,
        shot: *shot,
        folder: *folder,
        roles,
        claims,
        identities,
        surely_paired: paired == 1 && claims.len() == 1,
        perhaps_paired: paired > 0,
    })
}
