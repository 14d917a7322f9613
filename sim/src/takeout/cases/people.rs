//! Flags: what is in the bin, in the archive, locked, failed, a favourite, or somebody else's.

use super::super::export::{Export, FolderKind};
use super::super::file::Claim;
use super::super::shot::{Flags, Shot};
use super::{Case, new_sidecar, pair, plain};

pub(super) fn cases() -> Vec<Case> {
    vec![q37(), q38()]
}

fn q37() -> Case {
    let mut export = Export::new();
    let year = export.year(2019);
    let flagged = |name: &str, flags| Shot {
        flags,
        ..Shot::photo(name, "2019-05-18T10:00:00Z")
    };
    let trashed = Flags {
        trashed: true,
        ..Flags::default()
    };
    let archived = Flags {
        archived: true,
        favorited: true,
        ..Flags::default()
    };
    pair(
        &mut export,
        year,
        "gone.jpg",
        &new_sidecar("gone.jpg"),
        flagged("gone.jpg", trashed),
    );
    pair(
        &mut export,
        year,
        "hidden.jpg",
        &new_sidecar("hidden.jpg"),
        flagged("hidden.jpg", archived),
    );
    // In the bin lies another photo of a name that is in the year too: its sidecar is not that of the year's photo.
    let bin = export.folder(export.language.trash, FolderKind::Trash);
    plain(&mut export, year, "IMG_1.jpg", "2019-06-18T10:00:00Z");
    let other = Shot {
        flags: trashed,
        ..Shot::photo("IMG_1.jpg", "2019-07-18T10:00:00Z")
    };
    pair(
        &mut export,
        bin,
        "IMG_1.jpg",
        &new_sidecar("IMG_1.jpg"),
        other,
    );
    let locked = export.folder(export.language.locked, FolderKind::Locked);
    plain(&mut export, locked, "secret.jpg", "2019-08-18T10:00:00Z");
    let failed = export.folder("Failed Videos", FolderKind::Failed);
    let film = export.add(Shot::video("broken.mp4", "2019-09-18T10:00:00Z"));
    export
        .media(failed, "broken.mp4", film)
        .claims(&[Claim::Alone]);
    Case::one(
        "Q37",
        "trashed photos are left out and counted; archived, locked and failed ones are kept and flagged",
        export,
    )
}

fn q38() -> Case {
    let mut export = Export::new();
    let year = export.year(2019);
    let partner = Shot {
        flags: Flags {
            partner: true,
            ..Flags::default()
        },
        people: vec!["Susan".to_owned()],
        geo: Some((54.352, 18.646, 12.0)),
        ..Shot::photo("IMG_1.jpg", "2019-05-18T10:00:00Z")
    };
    pair(
        &mut export,
        year,
        "IMG_1.jpg",
        &new_sidecar("IMG_1.jpg"),
        partner,
    );
    plain(&mut export, year, "IMG_2.jpg", "2019-05-18T11:00:00Z");
    Case::one("Q38", "a partner's photo is flagged", export)
}
