//! Sidecars beside the photos: what they say, and whose files are never touched.

use std::fs;
use std::os::unix::fs::MetadataExt;

use gphotos_sim::takeout::{Export, Role, Shot};
use serde_json::Value;

use super::lab::Lab;

/// A photo of which an export has everything to say.
fn told() -> Shot {
    let mut shot = Shot::photo("IMG_1.jpg", "2023-06-09T10:19:47Z");
    "Two\nlines & <more>".clone_into(&mut shot.description);
    shot.people = vec!["Ann".to_owned(), "Bob/Ben".to_owned()];
    shot.geo = Some((52.5, -13.251, 34.5));
    shot.flags.favorited = true;
    shot
}

/// Photo and sidecar in the year's folder.
fn export_of(shots: impl IntoIterator<Item = Shot>) -> Export {
    let mut export = Export::new();
    let year = export.year(2023);
    for shot in shots {
        let name = shot.title.clone();
        let shot = export.add(shot);
        export.media(year, &name, shot);
        let sidecar = format!("{name}.supplemental-metadata.json");
        export.sidecar(year, &sidecar, shot);
    }
    export
}

fn read(lab: &Lab, path: &str) -> String {
    let path = lab.env.path("downloads/2023/06").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn exists(lab: &Lab, path: &str) -> bool {
    lab.env.path("downloads/2023/06").join(path).exists()
}

#[track_caller]
fn sidecars(said: &Value, what: &str) -> u64 {
    let count = &said["derived"]["sidecars"][what];
    let count = count
        .as_u64()
        .or(count.as_array().map(|all| all.len() as u64));
    count.unwrap_or_else(|| panic!("no {what}: {said:#}"))
}

#[test]
fn everything_that_the_export_says_stands_beside_the_photo() {
    let lab = Lab::new();
    let mut export = export_of([told()]);
    let album = export.album("Trip 6/10");
    let shot = export.add(told());
    export.media(album, "IMG_1.jpg", shot);
    export.sidecar(album, "IMG_1.jpg.supplemental-metadata.json", shot);
    let run = lab.import(&lab.zips(&export), &[]).assert_exit(0);
    assert_eq!(sidecars(&run.json(), "written"), 1);
    let text = read(&lab, "IMG_1.jpg.xmp");
    for expected in [
        "<exif:GPSLatitude>52,30.000000N</exif:GPSLatitude>",
        "<exif:GPSLongitude>13,15.060000W</exif:GPSLongitude>",
        "<exif:GPSAltitude>34500/1000</exif:GPSAltitude>",
        "<rdf:li xml:lang=\"x-default\">Two\nlines &amp; &lt;more&gt;</rdf:li>",
        "<xmp:Rating>5</xmp:Rating>",
        "<rdf:li>Ann</rdf:li><rdf:li>Bob/Ben</rdf:li>",
        "<rdf:li>Albums/Trip 6_10</rdf:li>",
        "<rdf:li>People|Bob/Ben</rdf:li>",
    ] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
    assert!(
        !text.contains("DateTimeOriginal"),
        "the photo has its date: {text}"
    );
    assert_eq!(
        lab.env.run(&["verify", "--json"]).assert_exit(0).json()["counts"]["unknown"],
        0
    );
}

#[test]
fn where_there_is_nothing_to_say_nothing_is_written() {
    let lab = Lab::new();
    let parts = lab.zips(&export_of([Shot::photo(
        "IMG_1.jpg",
        "2023-06-09T10:19:47Z",
    )]));
    let run = lab.import(&parts, &[]).assert_exit(0);
    assert_eq!(sidecars(&run.json(), "written"), 0);
    assert!(!exists(&lab, "IMG_1.jpg.xmp"));
}

#[test]
fn a_date_is_written_where_the_file_has_none_or_another() {
    let lab = Lab::new();
    let taken = "2023-06-09T10:19:47Z";
    let mut corrected = Shot::photo("corrected.jpg", "2019-01-05T08:00:00Z");
    corrected.taken = Some(taken.parse().expect("a moment"));
    let shots = [
        corrected,
        Shot::photo("undated.jpg", taken).undated(),
        Shot::photo("dated.jpg", taken),
    ];
    lab.import(&lab.zips(&export_of(shots)), &[]).assert_exit(0);
    let date = "<exif:DateTimeOriginal>2023-06-09T10:19:47+00:00</exif:DateTimeOriginal>";
    assert!(read(&lab, "corrected.jpg.xmp").contains(date));
    assert!(read(&lab, "undated.jpg.xmp").contains(date));
    assert!(!exists(&lab, "dated.jpg.xmp"));
}

#[test]
fn an_edited_version_has_one_too_and_a_clip_has_none() {
    let lab = Lab::new();
    let mut export = Export::new();
    let year = export.year(2023);
    let mut live = Shot::heic("IMG_1.HEIC", "2023-06-09T10:19:47Z");
    "Said".clone_into(&mut live.description);
    let live = export.add(live);
    export.media(year, "IMG_1.HEIC", live);
    export.media_as(year, "IMG_1.MP4", live, Role::Motion);
    export.sidecar(year, "IMG_1.HEIC.supplemental-metadata.json", live);
    let mut second = told();
    "IMG_2.jpg".clone_into(&mut second.title);
    let photo = export.add(second);
    export.media(year, "IMG_2.jpg", photo);
    export.media_as(year, "IMG_2-edited.jpg", photo, Role::Edited);
    export.sidecar(year, "IMG_2.jpg.supplemental-metadata.json", photo);
    lab.import(&lab.zips(&export), &[]).assert_exit(0);
    for name in ["IMG_1.HEIC", "IMG_2.jpg", "IMG_2-edited.jpg"] {
        assert!(exists(&lab, &format!("{name}.xmp")), "{name}");
    }
    let files = lab.env.archive().files;
    let clips = files.keys().filter(|path| path.contains(".mp4"));
    assert_eq!(clips.collect::<Vec<_>>(), ["2023/06/IMG_1.mp4"]);
}

#[test]
fn what_others_have_put_there_stays_and_is_named() {
    let lab = Lab::new();
    let parts = lab.zips(&export_of([told()]));
    let folder = lab.env.path("downloads/2023/06");
    fs::create_dir_all(&folder).expect("made");
    for name in ["IMG_1.jpg.xmp", "IMG_1.jpg.json"] {
        fs::write(folder.join(name), "theirs").expect("written");
    }
    let run = lab.import(&parts, &["--sidecar", "both"]).assert_exit(0);
    assert_eq!(sidecars(&run.json(), "foreign"), 2);
    let run = run.assert_says("left alone, not written by us: 2023/06/IMG_1.jpg.json");
    assert_eq!(sidecars(&run.json(), "written"), 0);
    for name in ["IMG_1.jpg.xmp", "IMG_1.jpg.json"] {
        assert_eq!(read(&lab, name), "theirs");
    }
    let unknown = &lab.env.run(&["verify", "--json"]).assert_exit(0).json()["counts"]["unknown"];
    assert_eq!(*unknown, 2);
}

#[test]
fn one_of_ours_that_somebody_has_changed_is_theirs() {
    let lab = Lab::new();
    lab.import(&lab.zips(&export_of([told()])), &[])
        .assert_exit(0);
    let theirs = read(&lab, "IMG_1.jpg.xmp").replace("Two\nlines", "My own words");
    let path = lab.env.path("downloads/2023/06/IMG_1.jpg.xmp");
    fs::write(&path, &theirs).expect("written");
    let mut changed = told();
    "Another".clone_into(&mut changed.description);
    let mut second = export_of([changed]);
    second.stamp = "20270101T000000Z".to_owned();
    let run = lab.import(&lab.zips(&second), &[]).assert_exit(0);
    assert_eq!(sidecars(&run.json(), "foreign"), 1);
    assert_eq!(read(&lab, "IMG_1.jpg.xmp"), theirs);
}

#[test]
fn a_link_in_the_place_of_a_sidecar_is_not_followed() {
    let lab = Lab::new();
    let folder = lab.env.path("downloads/2023/06");
    fs::create_dir_all(&folder).expect("made");
    let outside = lab.folder().join("secret");
    std::os::unix::fs::symlink(&outside, folder.join("IMG_1.jpg.xmp")).expect("linked");
    let run = lab
        .import(&lab.zips(&export_of([told()])), &[])
        .assert_exit(0);
    assert_eq!(sidecars(&run.json(), "foreign"), 1);
    assert!(!outside.exists());
}

#[test]
fn ours_are_written_anew_when_there_is_news_and_only_then() {
    let lab = Lab::new();
    let first = export_of([told()]);
    let parts = lab.zips(&first);
    lab.import(&parts, &["--sidecar", "both"]).assert_exit(0);
    let identity = |name: &str| {
        let found = fs::metadata(lab.env.path("downloads/2023/06").join(name)).expect("there");
        (found.ino(), found.mtime(), found.mtime_nsec())
    };
    let before = [identity("IMG_1.jpg.xmp"), identity("IMG_1.jpg.json")];
    for args in [
        &["--sidecar", "both"][..],
        &["--sidecar", "both", "--reread"],
    ] {
        let run = lab.import(&parts, args).assert_exit(0);
        assert_eq!(sidecars(&run.json(), "written"), 0);
        assert_eq!(sidecars(&run.json(), "unchanged"), 2);
    }
    assert_eq!(
        before,
        [identity("IMG_1.jpg.xmp"), identity("IMG_1.jpg.json")]
    );

    let mut changed = told();
    "Another".clone_into(&mut changed.description);
    let mut second = export_of([changed]);
    second.stamp = "20270101T000000Z".to_owned();
    let run = lab.import(&lab.zips(&second), &["--sidecar", "both"]);
    let run = run.assert_exit(0);
    assert_eq!(sidecars(&run.json(), "written"), 2, "{run}");
    assert!(read(&lab, "IMG_1.jpg.xmp").contains("Another"));
    assert!(read(&lab, "IMG_1.jpg.json").contains("Another"));

    // The old export, which is not read again, has no say in it; what was deleted comes back.
    let run = lab.import(&parts, &["--sidecar", "both"]).assert_exit(0);
    assert_eq!(sidecars(&run.json(), "written"), 0);
    assert!(read(&lab, "IMG_1.jpg.xmp").contains("Another"));
    fs::remove_file(lab.env.path("downloads/2023/06/IMG_1.jpg.xmp")).expect("removed");
    let run = lab.import(&parts, &[]).assert_exit(0);
    assert_eq!(sidecars(&run.json(), "written"), 1);
}

#[test]
fn googles_own_json_is_there_byte_for_byte_and_not_unless_asked_for() {
    let lab = Lab::new();
    let export = export_of([told()]);
    let parts = lab.zips(&export);
    lab.import(&parts, &["--sidecar", "none"]).assert_exit(0);
    assert!(!exists(&lab, "IMG_1.jpg.xmp") && !exists(&lab, "IMG_1.jpg.json"));
    lab.import(&parts, &["--sidecar", "json"]).assert_exit(0);
    assert!(!exists(&lab, "IMG_1.jpg.xmp"));
    let google = export
        .files()
        .iter()
        .find(|file| file.path.ends_with("IMG_1.jpg.supplemental-metadata.json"));
    let google = &google.expect("a sidecar").bytes;
    assert_eq!(read(&lab, "IMG_1.jpg.json").as_bytes(), &google[..]);
}

#[test]
fn a_sidecar_that_comes_in_a_later_part_is_written_too() {
    let lab = Lab::new();
    let mut export = Export::new();
    let year = export.year(2023);
    let shot = export.add(told().undated());
    export.media(year, "IMG_1.jpg", shot);
    export
        .sidecar(year, "IMG_1.jpg.supplemental-metadata.json", shot)
        .in_part(1);
    let parts = lab.zips(&export);
    lab.import(&parts[..1], &[]).assert_exit(0);
    lab.import(&parts[1..], &[]).assert_exit(0);
    let files = lab.env.archive().files;
    let sidecar = files.iter().find(|(path, _)| path.ends_with(".jpg.xmp"));
    let (_, sidecar) = sidecar.expect("a sidecar");
    let text = String::from_utf8_lossy(sidecar);
    assert!(text.contains("<xmp:Rating>5</xmp:Rating>"), "{text}");
}

#[test]
fn a_payload_that_is_called_like_a_sidecar_is_a_photos_own_file() {
    let lab = Lab::new();
    let parts = lab.zips(&export_of([told()]));
    lab.import(&parts, &[]).assert_exit(0);
    let ours = fs::read(lab.env.path("downloads/2023/06/IMG_1.jpg.xmp")).expect("read");
    let mut export = Export::new();
    export.stamp = "20270101T000000Z".to_owned();
    let year = export.year(2023);
    let payload = Shot::of(
        gphotos_sim::takeout::Form::Bytes(ours.clone().into()),
        "IMG_1.jpg.xmp",
        "2023-06-09T10:19:47Z".parse().expect("a moment"),
    );
    let payload = export.add(payload);
    export.media(year, "IMG_1.jpg.xmp", payload);
    export.sidecar(year, "IMG_1.jpg.xmp.supplemental-metadata.json", payload);
    lab.import(&lab.zips(&export), &[]).assert_exit(0);
    assert_eq!(
        fs::read(lab.env.path("downloads/2023/06/IMG_1.jpg.xmp")).expect("read"),
        ours
    );
    let held = lab.env.archive().rows;
    assert!(
        held.iter()
            .any(|row| row["filename"].starts_with("IMG_1.jpg.xmp"))
    );
}
