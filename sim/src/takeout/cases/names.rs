//! Titles and names that file systems, encodings and matchers trip over.

use unicode_normalization::UnicodeNormalization as _;

use super::super::export::{Export, FolderKind};
use super::super::names as model;
use super::super::shot::{Form, Shot};
use super::super::sidecar::AlbumForm;
use super::{Case, new_sidecar, pair, plain};

pub(super) fn cases() -> Vec<Case> {
    vec![q31(), q32(), q33(), q43(), q44()]
}

fn q31() -> Case {
    let mut export = Export::new();
    let year = export.year(2012);
    let photo = Shot::photo("27/06/12 - 2", "2012-06-27T10:00:00Z");
    pair(
        &mut export,
        year,
        "27_06_12 - 2.jpg",
        "27_06_12 - 2.json",
        photo,
    );
    let film = Shot {
        form: Form::Mov,
        ..Shot::video("27/06/12 - 1", "2012-06-27T10:05:00Z")
    };
    pair(
        &mut export,
        year,
        "27_06_12 - 1.mov",
        "27_06_12 - 1.supplemental-metadata.json",
        film,
    );
    // The base is the title, not the file (§5.2), and a counter may sit in the middle (§5.4).
    let bare = Shot::photo("2013-12-23", "2013-12-23T10:00:00Z");
    pair(
        &mut export,
        year,
        "2013-12-23(1).jpg",
        "2013-12-23.supplemental-metadata(1).json",
        bare,
    );
    let dotted = Shot::photo("21.12.11 - 1", "2011-12-21T10:00:00Z");
    pair(
        &mut export,
        year,
        "21.12(1).11 - 1",
        "21.12.11 - 1.supplemental-metadata(1).json",
        dotted,
    );
    Case::one(
        "Q31",
        "titles without an extension, with slashes: paired by name",
        export,
    )
}

fn q32() -> Case {
    let mut export = Export::new();
    export.escaped = true;
    let year = export.year(2019);
    for (n, title) in [
        "Tom & Jerry",
        "It's",
        "100% sure",
        "say \"hi\"",
        "who?",
        "a:b",
        "x=y",
        "<b>",
    ]
    .into_iter()
    .enumerate()
    {
        let taken = format!("2019-05-{:02}T10:00:00Z", n + 1);
        let title = format!("{title}.jpg");
        let shot = Shot::photo(&title, &taken);
        let name = model::sanitize(&title);
        pair(&mut export, year, &name, &new_sidecar(&name), shot.clone());
        // Where the reference has seen both, the character may also stay (§5.1 [?]).
        if title.contains(['&', '\'', '%']) {
            pair(
                &mut export,
                year,
                &title,
                &new_sidecar(&title),
                shot.variant(1),
            );
        }
    }
    Case::one(
        "Q32",
        "titles with & ' % \" and their escapes: paired",
        export,
    )
}

fn q33() -> Case {
    let mut export = Export::new();
    let year = export.year(2019);
    for (n, title) in ["été.jpg", "Ångström.jpg", "が.jpg"]
        .into_iter()
        .enumerate()
    {
        let taken = format!("2019-05-{:02}T10:00:00Z", n + 1);
        let decomposed: String = title.nfd().collect();
        pair(
            &mut export,
            year,
            &decomposed,
            &new_sidecar(title),
            Shot::photo(title, &taken),
        );
    }
    Case::one(
        "Q33",
        "decomposed names of media, composed ones of sidecars: paired",
        export,
    )
}

fn q43() -> Case {
    let mut export = Export::new();
    let year = export.year(2019);
    for (n, (folder, title)) in [
        ("Trailing space ", "Trailing space "),
        ("Trailing dots..", "Trailing dots.."),
        ("AUX", "AUX"),
    ]
    .into_iter()
    .enumerate()
    {
        let album = export.folder(folder, FolderKind::Album);
        export.album_metadata(album, "metadata.json", title, AlbumForm::Flat);
        let name = ["space .jpg", "CON.jpg", "nul"][n];
        let shot = plain(
            &mut export,
            year,
            name,
            &format!("2019-05-{:02}T10:00:00Z", n + 1),
        );
        export.media(album, name, shot);
        export.sidecar(album, &new_sidecar(name), shot);
    }
    let title = format!("{}.jpg", "very long title ".repeat(20));
    let stem = title.trim_end_matches(".jpg");
    let name = model::media(stem, "", 0, "jpg");
    pair(
        &mut export,
        year,
        &name,
        &new_sidecar(&name),
        Shot::photo(&title, "2019-05-20T10:00:00Z"),
    );
    // Three bytes a character: 49 units, but 144 bytes.
    let title = format!("{}.jpg", "写".repeat(200));
    let name = model::media(title.trim_end_matches(".jpg"), "", 0, "jpg");
    pair(
        &mut export,
        year,
        &name,
        &new_sidecar(&name),
        Shot::photo(&title, "2019-05-21T10:00:00Z"),
    );
    Case::one(
        "Q43",
        "ends in a space or dot, reserved names, titles of more than 255 bytes",
        export,
    )
}

fn q44() -> Case {
    let mut export = Export::new();
    let year = export.year(2019);
    plain(&mut export, year, "[UNSET].jpg", "2019-05-18T10:00:00Z");
    Case::one("Q44", "[UNSET].jpg is an ordinary file", export)
}
