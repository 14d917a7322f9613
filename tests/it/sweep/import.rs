//! The import that is swept over: one export in three parts of three kinds, with everything that files have to do with each
//! other.

use std::path::Path;

use gphotos_sim::takeout::{Claim, Export, Format, PartNames, Role, Shot, TarNames, ZipStyle};

use super::scene::{BESIDE, Scene};
use super::{whole, world};

pub(super) const IMPORT: Scene = Scene {
    name: "import",
    library: gphotos_sim::World::new,
    prepare: world::somebody_elses_files,
    export: Some((export, write)),
    args: AGAIN,
    heals: |_| &[AGAIN],
    batch: 3,
    is_sampled: true,
    in_the_end: whole::is_the_same,
    ..super::SYNC
};

/// Seven files of six items: a live photo, an edited version, two items of one name, one under a name that somebody else has,
/// one in an album, one that nothing describes.
pub(crate) fn export() -> Export {
    let mut export = Export::new();
    let (year, summer) = (export.year(2024), export.album("Summer"));
    let taken = export.add(Shot::photo("taken.jpg", "2024-03-01T12:00:00Z"));
    export.media(year, "taken.jpg", taken);
    export.sidecar(year, "taken.jpg.supplemental-metadata.json", taken);
    let live = export.add(Shot::heic("IMG_2.HEIC", "2024-03-05T12:00:00Z"));
    export.media(year, "IMG_2.HEIC", live);
    export.media_as(year, "IMG_2.MP4", live, Role::Motion);
    export.sidecar(year, "IMG_2.HEIC.supplemental-metadata.json", live);
    let photo = export.add(Shot::photo("IMG_3.jpg", "2024-04-02T12:00:00Z"));
    export.media(year, "IMG_3.jpg", photo);
    let edited = export.media_as(year, "IMG_3-edited.jpg", photo, Role::Edited);
    edited.in_part(1);
    let sidecar = export.sidecar(year, "IMG_3.jpg.supplemental-metadata.json", photo);
    sidecar.in_part(1);
    let twin = export.add(Shot::photo("IMG_3.jpg", "2024-04-03T12:00:00Z").variant(1));
    export.media(year, "IMG_3(1).jpg", twin).in_part(1);
    let sidecar = export.sidecar(year, "IMG_3.jpg.supplemental-metadata(1).json", twin);
    sidecar.in_part(1);
    export.media(summer, "taken.jpg", taken).in_part(1);
    let sidecar = export.sidecar(summer, "taken.jpg.supplemental-metadata.json", taken);
    sidecar.in_part(1);
    let loose = export.add(Shot::photo("loose.jpg", "2024-04-09T12:00:00Z"));
    let alone = export.media(year, "loose.jpg", loose);
    alone.claims(&[Claim::Alone]).in_part(2);
    export
}

pub(crate) fn write(export: &Export, folder: &Path) {
    let kinds = [
        Format::Zip(ZipStyle::default()),
        Format::Tgz(TarNames::Gnu),
        Format::Folder,
    ];
    for (part, kind) in kinds.into_iter().enumerate() {
        let written = export.write_part(folder, part, kind, PartNames::Numbered(3));
        written.expect("written");
    }
}

const AGAIN: &[&str] = &["import", "--time-zone", "UTC", BESIDE];
