//! The same photo in several places, or what only looks like it; several parts, several exports.

use super::super::export::{Export, FolderKind};
use super::super::file::Claim;
use super::super::language::Language;
use super::super::shot::{Role, Shot};
use super::{Case, pair, plain};

pub(super) fn cases() -> Vec<Case> {
    vec![
        q22(),
        q23(),
        q24(),
        q25(),
        q26(),
        q42(),
        q46(),
        q47(),
        q48(),
        q49(),
    ]
}

fn q22() -> Case {
    let mut export = Export::new();
    let year = export.year(2019);
    let shot = export.add(Shot::photo("IMG_1.jpg", "2019-05-18T10:00:00Z"));
    export.media(year, "IMG_1.jpg", shot);
    export
        .sidecar(year, "IMG_1.jpg.supplemental-metadata.json", shot)
        .in_part(2);
    let other = export.add(Shot::photo("IMG_2.jpg", "2019-05-18T11:00:00Z"));
    export.media(year, "IMG_2.jpg", other).in_part(1);
    export
        .media_as(year, "IMG_2-edited.jpg", other, Role::Edited)
        .in_part(2);
    export.sidecar(year, "IMG_2.jpg.supplemental-metadata.json", other);
    Case::one(
        "Q22",
        "a file and its sidecar in different parts are paired",
        export,
    )
}

fn q23() -> Case {
    let mut export = Export::new();
    let year = export.year(2019);
    let shot = pair(
        &mut export,
        year,
        "IMG_1.jpg",
        "IMG_1.jpg.json",
        Shot::photo("IMG_1.jpg", "2019-05-18T10:00:00Z"),
    );
    export.media(year, "IMG_1.jpg", shot).in_part(1);
    Case::one(
        "Q23",
        "one file in two parts of one folder is stored once",
        export,
    )
}

fn q24() -> Case {
    let mut export = Export::new();
    let year = export.year(2019);
    let first = pair(
        &mut export,
        year,
        "IMG_1.jpg",
        "IMG_1.jpg.json",
        Shot::photo("IMG_1.jpg", "2019-05-18T10:00:00Z"),
    );
    let second = export.add(Shot::photo("IMG_1.jpg", "2019-05-18T10:00:00Z").variant(1));
    // Nothing tells whose the one sidecar is; both files must be there.
    let open = [Claim::Of(first), Claim::Alone];
    export.files[0].claims(&open);
    export
        .media(year, "IMG_1.jpg", second)
        .claims(&open)
        .in_part(1);
    Case::one(
        "Q24",
        "one name in two parts with different bytes: both are kept",
        export,
    )
}

fn q25() -> Case {
    let mut export = Export::new();
    let year = export.year(2019);
    let shot = plain(&mut export, year, "IMG_1.jpg", "2019-05-18T10:00:00Z");
    for title in ["Trip to Gdansk", "Best of 2019"] {
        let album = export.album(title);
        export.media(album, "IMG_1.jpg", shot);
        export.sidecar(album, "IMG_1.jpg.supplemental-metadata.json", shot);
    }
    // In a third album without a sidecar: equal bytes are enough.
    let album = export.album("No metadata");
    export.media(album, "IMG_1.jpg", shot);
    Case::one(
        "Q25",
        "a photo in its year and in albums is one item in those albums",
        export,
    )
}

fn q26() -> Case {
    let mut export = Export::new();
    let year = export.year(2019);
    let album = export.album("Summer");
    let size = 20_000;
    let shot = |variant| Shot {
        size,
        ..Shot::photo("IMG_1.jpg", "2019-05-18T10:00:00Z").variant(variant)
    };
    pair(&mut export, year, "IMG_1.jpg", "IMG_1.jpg.json", shot(1));
    pair(&mut export, album, "IMG_1.jpg", "IMG_1.jpg.json", shot(2));
    Case::one(
        "Q26",
        "equal names and sizes, different bytes and urls: two items",
        export,
    )
}

fn q42() -> Case {
    let mut export = Export::new();
    let album = export.album("Both");
    for (year, name, taken) in [
        (2017, "IMG_0170.jpg", "2017-05-18T10:00:00Z"),
        (2018, "IMG_0170.JPG", "2018-05-18T10:00:00Z"),
    ] {
        let folder = export.year(year);
        let shot = plain(&mut export, folder, name, taken);
        export.media(album, name, shot);
        export.sidecar(album, &format!("{name}.supplemental-metadata.json"), shot);
    }
    Case::one(
        "Q42",
        "names that differ only by case are two files, on every file system",
        export,
    )
}

fn q46() -> Case {
    let mut english = Export::new();
    let year = english.year(2019);
    plain(&mut english, year, "IMG_1.jpg", "2019-05-18T10:00:00Z");
    let mut german = second(Language::named("de"));
    let name = german.language.localized_year(2019);
    let year = german.folder(&name, FolderKind::Year(2019));
    plain(&mut german, year, "IMG_1.jpg", "2019-05-18T10:00:00Z");
    let undated = german.add(Shot::photo("scan.jpg", "2019-01-01T00:00:00Z").undated());
    german
        .media(year, "scan.jpg", undated)
        .claims(&[Claim::Alone]);
    Case {
        id: "Q46",
        about: "an English and a German folder of one year, from two exports: the same year, the same photo",
        exports: vec![english, german],
    }
}

fn q47() -> Case {
    let mut first = Export::new();
    let year = first.year(2019);
    plain(&mut first, year, "IMG_1.jpg", "2019-05-18T10:00:00Z");
    let mut later = second(None);
    let year = later.year(2019);
    plain(&mut later, year, "IMG_1.jpg", "2019-05-18T10:00:00Z");
    plain(&mut later, year, "IMG_2.jpg", "2019-05-19T10:00:00Z");
    Case {
        id: "Q47",
        about: "a second export a month later adds only what is new",
        exports: vec![first, later],
    }
}

fn q48() -> Case {
    let mut export = Export::new();
    for (name, day, taken) in [
        ("2019-05-18", "2019-05-18", "2019-05-18T10:00:00Z"),
        ("2020-09-01 #2", "2020-09-01", "2020-09-01T10:00:00Z"),
    ] {
        let day = day.parse().expect("the constant is a date");
        let folder = export.folder(name, FolderKind::Day(day));
        pair(
            &mut export,
            folder,
            "IMG_1.jpg",
            "IMG_1.jpg.json",
            Shot::photo("IMG_1.jpg", taken),
        );
    }
    Case::one(
        "Q48",
        "an export of before December 2020, with a folder for each day",
        export,
    )
}

fn q49() -> Case {
    let mut first = Export::new();
    let year = first.year(2019);
    let shot = pair(
        &mut first,
        year,
        "IMG_1.jpg",
        "IMG_1.jpg.json",
        Shot::photo("IMG_1.jpg", "2019-05-18T10:00:00Z"),
    );
    first.sidecar(year, "IMG_1.jpg.supplemental-metadata.json", shot);
    let mut later = second(None);
    let year = later.year(2019);
    let renamed = Shot {
        description: "What it shows, said later".to_owned(),
        ..Shot::photo("IMG_1.jpg", "2019-05-18T10:00:00Z")
    };
    pair(
        &mut later,
        year,
        "IMG_1.jpg",
        "IMG_1.jpg.supplemental-metadata.json",
        renamed,
    );
    Case {
        id: "Q49",
        about: "sidecars of both styles for one file; of two exports that differ, the newer one is right",
        exports: vec![first, later],
    }
}

/// An export made a month after the first.
fn second(language: Option<&'static Language>) -> Export {
    let mut export = language.map_or_else(Export::new, Export::in_language);
    "20261201T000000Z".clone_into(&mut export.stamp);
    export
}
