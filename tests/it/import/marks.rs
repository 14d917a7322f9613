//! What Google Photos has marked an item with: favourites, the archive, the trash, the locked folder, films that failed, partners.

use gphotos_sim::takeout::{Export, Flags, FolderKind, Shot};

use super::lab::{Lab, counted};

fn flagged(name: &str, flags: Flags) -> Shot {
    Shot {
        flags,
        ..Shot::photo(name, "2023-06-09T10:19:47Z")
    }
}

/// One photo for every mark, in the year's folder by its sidecar or in a folder of its own.
fn marked() -> Export {
    let mut export = Export::new();
    let year = export.year(2023);
    let none = Flags::default();
    let by_sidecar = [
        ("plain.jpg", none),
        (
            "favourite.jpg",
            Flags {
                favorited: true,
                ..none
            },
        ),
        (
            "archived.jpg",
            Flags {
                archived: true,
                ..none
            },
        ),
        (
            "trashed.jpg",
            Flags {
                trashed: true,
                ..none
            },
        ),
        (
            "partner.jpg",
            Flags {
                partner: true,
                ..none
            },
        ),
        (
            "both.jpg",
            Flags {
                favorited: true,
                archived: true,
                ..none
            },
        ),
    ];
    let put = |export: &mut Export, folder, shot: Shot| {
        let name = shot.title.clone();
        let shot = export.add(shot);
        export.media(folder, &name, shot);
        export.sidecar(folder, &format!("{name}.supplemental-metadata.json"), shot);
    };
    for (name, flags) in by_sidecar {
        put(&mut export, year, flagged(name, flags));
    }
    for (folder, kind, name) in [
        (
            export.language.archive,
            FolderKind::Archive,
            "in-archive.jpg",
        ),
        (export.language.trash, FolderKind::Trash, "in-trash.jpg"),
        (export.language.locked, FolderKind::Locked, "in-locked.jpg"),
        ("Failed Videos", FolderKind::Failed, "in-failed.jpg"),
    ] {
        let folder = export.folder(folder, kind);
        put(&mut export, folder, flagged(name, none));
    }
    export
}

#[test]
fn every_mark_is_in_the_list_beside_its_photo() {
    let lab = Lab::new();
    let parts = lab.zips(&marked());
    let run = lab.import(&parts, &[]).assert_exit(0).json();
    assert_eq!(run["balance"]["skipped"]["in the trash"], 2, "{run:#}");
    assert_eq!(counted(&run, "media_stored"), 8);
    let archive = lab.env.archive();
    assert!(
        archive
            .rows
            .iter()
            .all(|row| !row["filename"].contains("trash"))
    );

    lab.import(&parts, &["--include-trashed"]).assert_exit(0);
    let archive = lab.env.archive();
    for (name, expected) in [
        ("plain.jpg", ""),
        ("favourite.jpg", "; favourite"),
        ("archived.jpg", "; archived"),
        ("trashed.jpg", "; in the trash"),
        ("partner.jpg", "; from a partner"),
        ("both.jpg", "; favourite; archived"),
        ("in-archive.jpg", "; archived"),
        ("in-trash.jpg", "; in the trash"),
        ("in-locked.jpg", "; from the locked folder"),
        ("in-failed.jpg", "; a video that Google could not play"),
    ] {
        let expected = format!("date from the export and the file{expected}");
        assert_eq!(archive.row(name)["detail"], expected, "{name}");
        let is_new = name.contains("trash");
        let status = if is_new { "downloaded" } else { "present" };
        assert_eq!(archive.row(name)["status"], status, "{name}");
    }
}

#[test]
fn a_favourite_has_five_stars_and_nobody_else_a_star() {
    let lab = Lab::new();
    lab.import(&lab.zips(&marked()), &["--include-trashed"])
        .assert_exit(0);
    let files = lab.env.archive().files;
    let stars = files.iter().filter(|(path, bytes)| {
        path.strip_suffix(".xmp").is_some() && String::from_utf8_lossy(bytes).contains("xmp:Rating")
    });
    let stars: Vec<_> = stars.map(|(path, _)| path.as_str()).collect();
    assert_eq!(stars, ["2023/06/both.jpg.xmp", "2023/06/favourite.jpg.xmp"]);
}

/// A sidecar with other words for place and people than the generator's.
fn told(json: &str) -> String {
    let lab = Lab::new();
    let mut export = Export::new();
    let year = export.year(2023);
    let shot = export.add(flagged("a.jpg", Flags::default()));
    export.media(year, "a.jpg", shot);
    let text = format!(
        r#"{{"title": "a.jpg", "photoTakenTime": {{"timestamp": "1686305987"}}, "favorited": true, {json}}}"#
    );
    export.sidecar_holding(year, "a.jpg.json", shot, text);
    lab.import(&lab.zips(&export), &[]).assert_exit(0);
    let sidecar = lab.env.path("downloads/2023/06/a.jpg.xmp");
    std::fs::read_to_string(sidecar).expect("a sidecar")
}

#[test]
fn a_place_is_taken_from_where_there_is_one_and_from_nowhere_else() {
    let place = |latitude: &str| {
        format!(r#"{{"latitude": {latitude}, "longitude": 8.5, "altitude": 12.5}}"#)
    };
    let none = r#"{"latitude": 0.0, "longitude": 0.0, "altitude": 0.0}"#;
    let (here, there) = (place("47.25"), place("-33.5"));
    for (edited, embedded, expected) in [
        (here.as_str(), there.as_str(), "47,15.000000N"),
        (none, &there, "33,30.000000S"),
        (&place("\"NaN\""), &there, "33,30.000000S"),
        (&place("91.0"), none, ""),
        (none, none, ""),
    ] {
        let text = told(&format!(
            r#""geoData": {edited}, "geoDataExif": {embedded}"#
        ));
        let found = text.split_once("<exif:GPSLatitude>");
        let found = found.and_then(|(_, rest)| rest.split('<').next());
        assert_eq!(found.unwrap_or_default(), expected, "{text}");
        assert_eq!(
            text.contains("<exif:GPSAltitude>12500/1000<"),
            !expected.is_empty()
        );
    }
}

#[test]
fn people_are_named_and_what_is_no_name_is_nobody() {
    let text = told(
        r#""people": [{"name": "Susan"}, {"x": 1}, 7, {"name": " "}, {"name": "O'Neil & <Co>"}]"#,
    );
    let people = "<Iptc4xmpExt:PersonInImage><rdf:Bag><rdf:li>Susan</rdf:li><rdf:li>O'Neil &amp; &lt;Co&gt;</rdf:li></rdf:Bag>";
    assert!(text.contains(people), "{text}");
    assert!(text.contains("<rdf:li>People/Susan</rdf:li>"), "{text}");
    let text = told(r#""people": "Susan""#);
    assert!(!text.contains("PersonInImage"), "{text}");
}
