//! Sidecars as other programs read them: `exiftool`, which Immich asks, and `exiv2`, whose library digiKam and darktable use.

use std::path::Path;
use std::process::Command;

use gphotos_sim::takeout::{Export, Shot};

use super::lab::Lab;
use crate::support::skipped;

/// An archive whose one photo has a sidecar with everything in it.
fn archive() -> Lab {
    let lab = Lab::new();
    let mut export = Export::new();
    let (year, album) = (export.year(2023), export.album("Trip & more"));
    // Its metadata were lost, so that only the export knows the date.
    let mut shot = Shot::photo("Scan.jpg", "2023-06-09T10:19:47Z").undated();
    "Two\nlines & <more>".clone_into(&mut shot.description);
    shot.people = vec!["Ann".to_owned(), "Zoë Ångström".to_owned()];
    shot.geo = Some((52.5, -13.251, 34.5));
    shot.flags.favorited = true;
    let shot = export.add(shot);
    export.media(year, "Scan.jpg", shot);
    export.sidecar(year, "Scan.jpg.supplemental-metadata.json", shot);
    export.media(album, "Scan.jpg", shot);
    lab.import(&lab.zips(&export), &[]).assert_exit(0);
    lab
}

/// What a program says of the sidecar; nothing where it is not installed.
fn ask(lab: &Lab, program: &str, arguments: &[&str]) -> Option<String> {
    let sidecar = lab.env.path("downloads/2023/06/Scan.jpg.xmp");
    assert!(Path::new(&sidecar).exists(), "no sidecar");
    let Ok(output) = Command::new(program).args(arguments).arg(sidecar).output() else {
        skipped(&format!("{program} is not on this machine"));
        return None;
    };
    let said = String::from_utf8(output.stdout).expect("text");
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success() && complaints.is_empty(),
        "{said}{complaints}"
    );
    Some(said)
}

#[track_caller]
fn assert_says(said: &str, expected: &[&str]) {
    for expected in expected {
        assert!(said.contains(expected), "{expected} is not in {said}");
    }
}

#[test]
fn exiftool_reads_all_of_a_sidecar() {
    let lab = archive();
    if let Some(said) = ask(&lab, "exiftool", &["-json", "-n"]) {
        assert_says(
            &said,
            &[
                r#""DateTimeOriginal": "2023:06:09 10:19:47+00:00""#,
                r#""GPSLatitude": 52.5"#,
                r#""GPSLongitude": -13.251"#,
                r#""GPSAltitude": 34.5"#,
                r#""Description": "Two\nlines & <more>""#,
                r#""PersonInImage": ["Ann","Zoë Ångström"]"#,
                r#""Rating": 5"#,
                r#""TagsList": ["People/Ann","People/Zoë Ångström","Albums/Trip & more"]"#,
            ],
        );
        assert!(!said.contains("Warning"), "{said}");
    }
}

#[test]
fn exiv2_reads_all_of_a_sidecar() {
    let lab = archive();
    if let Some(said) = ask(&lab, "exiv2", &["-P", "kt"]) {
        let words: Vec<&str> = said.split_whitespace().collect();
        assert_says(
            &words.join(" "),
            &[
                "Xmp.exif.DateTimeOriginal 2023-06-09T10:19:47+00:00",
                "Exif.GPSInfo.GPSLatitudeRef North",
                "Exif.GPSInfo.GPSLongitudeRef West",
                "Exif.GPSInfo.GPSAltitude 34.5 m",
                "Xmp.dc.description lang=\"x-default\" Two lines & <more>",
                "Xmp.iptcExt.PersonInImage Ann, Zoë Ångström",
                "Xmp.xmp.Rating 5",
                "Xmp.digiKam.TagsList People/Ann, People/Zoë Ångström, Albums/Trip & more",
            ],
        );
    }
}
