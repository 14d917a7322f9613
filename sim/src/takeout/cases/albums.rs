//! Albums: their titles, entries without media, and metadata in another part.

use super::super::export::{Export, FolderKind};
use super::super::language::Language;
use super::super::shot::{Form, Shot};
use super::super::sidecar::AlbumForm;
use super::{Case, pair, plain};

pub(super) fn cases() -> Vec<Case> {
    vec![q27(), q28(), q34(), q35(), q36()]
}

fn q27() -> Case {
    let mut export = Export::new();
    let year = export.year(2019);
    let shot = export.add(Shot::photo("IMG_1.jpg", "2019-05-18T10:00:00Z"));
    export.sidecar(year, "IMG_1.jpg.supplemental-metadata.json", shot);
    plain(&mut export, year, "IMG_2.jpg", "2019-05-19T10:00:00Z");
    Case::one(
        "Q27",
        "a sidecar whose photo is nowhere is kept and reported",
        export,
    )
}

fn q28() -> Case {
    let mut export = Export::new();
    let year = export.year(2019);
    let album = export.album("Trip to Gdansk");
    let shot = plain(&mut export, year, "IMG_1.jpg", "2019-05-18T10:00:00Z");
    export.sidecar(album, "IMG_1.jpg.supplemental-metadata.json", shot);
    let without_url = Shot {
        has_url: false,
        ..Shot::photo("IMG_2.jpg", "2019-05-19T10:00:00Z")
    };
    let shot = pair(
        &mut export,
        year,
        "IMG_2.jpg",
        "IMG_2.jpg.supplemental-metadata.json",
        without_url,
    );
    export.sidecar(album, "IMG_2.jpg.supplemental-metadata.json", shot);
    Case::one(
        "Q28",
        "an album entry that is only a sidecar: a member by its url, or by title and time",
        export,
    )
}

fn q34() -> Case {
    let mut export = Export::new();
    let year = export.year(2016);
    for (folder, title, form) in [
        (
            "[E&S] 2016-01-05 - Castello De Albertis e Mostra d",
            "[E&S] 2016-01-05 - Castello De Albertis e Mostra di Toulouse-Lautrec",
            AlbumForm::Wrapped,
        ),
        ("2016-01-05 - _3", "2016-01-05 - ❤3", AlbumForm::Flat),
        (
            "Album test 6-10-23",
            "Album test 6/10/23",
            AlbumForm::TitleOnly,
        ),
    ] {
        let album = export.folder(folder, FolderKind::Album);
        export.album_metadata(album, "metadata.json", title, form);
        let name = format!("{}.jpg", folder.len());
        let shot = plain(&mut export, year, &name, "2016-01-05T10:00:00Z");
        export.media(album, &name, shot);
        export.sidecar(album, &format!("{name}.supplemental-metadata.json"), shot);
    }
    Case::one(
        "Q34",
        "the folder's name is not the title; the metadata has it, in every form",
        export,
    )
}

fn q35() -> Case {
    let french = Language::named("fr").expect("the table has French");
    let mut export = Export::in_language(french);
    let year = export.year(2019);
    let album = export.album("Fête de l'été : la plage");
    export.files[0].in_part(2);
    let shot = plain(&mut export, year, "IMG_1.jpg", "2019-05-18T10:00:00Z");
    export.media(album, "IMG_1.jpg", shot);
    export
        .sidecar(album, "IMG_1.jpg.supplemental-metadata.json", shot)
        .in_part(1);
    Case::one(
        "Q35",
        "album metadata under a French name, in another part than the photos",
        export,
    )
}

fn q36() -> Case {
    let mut export = Export::new();
    let year = export.year(2019);
    for (n, folder) in ["Untitled", "Untitled(1)"].into_iter().enumerate() {
        let album = export.folder(folder, FolderKind::Untitled);
        if n == 0 {
            export.album_metadata(album, "metadata.json", "", AlbumForm::Flat);
        } else {
            export.album_metadata(album, "metadata.json", "", AlbumForm::Empty);
        }
        let name = format!("IMG_{n}.jpg");
        let shot = plain(&mut export, year, &name, "2019-05-18T10:00:00Z");
        export.media(album, &name, shot);
        export.sidecar(album, &format!("{name}.supplemental-metadata.json"), shot);
    }
    // One that holds nothing but a film that is nowhere else.
    let album = export.folder("Untitled(9)", FolderKind::Untitled);
    let film = Shot {
        form: Form::Mov,
        ..Shot::video("IMG_9.MOV", "2019-05-18T10:00:00Z")
    };
    pair(&mut export, album, "IMG_9.MOV", "IMG_9.MOV.json", film);
    Case::one(
        "Q36",
        "untitled albums keep their members, under the folder's name",
        export,
    )
}
