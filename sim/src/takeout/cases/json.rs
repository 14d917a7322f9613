//! Sidecars that are missing, odd, broken, or of wrong types.

use serde_json::{Value, json};

use super::super::expected::{Class, Reason};
use super::super::export::{Export, FolderKind};
use super::super::file::Claim;
use super::super::shot::{Form, Shot};
use super::super::sidecar;
use super::{Case, new_sidecar, pair};

pub(super) fn cases() -> Vec<Case> {
    vec![q29(), q30(), q39(), q40(), q45()]
}

fn q29() -> Case {
    let mut export = Export::new();
    let year = export.year(2019);
    let album = export.folder("Some album", FolderKind::Album);
    let wall = |text: &str| Some(text.parse().expect("the constant is a time"));
    for (folder, shot) in [
        (
            year,
            Shot::photo("dated inside.jpg", "2019-05-18T10:00:00Z"),
        ),
        (year, Shot::video("film.mp4", "2019-05-18T10:00:00Z")),
        (
            year,
            Shot {
                name_date: wall("2019-05-09T15:47:33"),
                ..Shot::photo("IMG_20190509_154733.jpg", "2019-05-09T14:47:33Z").undated()
            },
        ),
        (
            year,
            Shot {
                // Of a Pixel: UTC (§7).
                name_date: wall("2019-04-05T09:01:23.740"),
                ..Shot::photo("PXL_20190405_090123740.jpg", "2019-04-05T09:01:23Z").undated()
            },
        ),
        (
            year,
            Shot::photo("Snapchat-431959199.jpg", "2019-05-18T10:00:00Z").undated(),
        ),
        (
            album,
            Shot::photo("nothing tells.jpg", "2019-05-18T10:00:00Z").undated(),
        ),
    ] {
        let name = shot.title.clone();
        let shot = export.add(shot);
        export.media(folder, &name, shot).claims(&[Claim::Alone]);
    }
    Case::one(
        "Q29",
        "without a sidecar: kept, dated by what is inside, by its name, by its year, or not",
        export,
    )
}

fn q30() -> Case {
    let mut export = Export::new();
    let year = export.year(2019);
    for (name, form) in [
        ("IMG_2443.HEIC", Form::Jpeg),
        ("IMG_0001.png", Form::Mov),
        ("IMG_0002.jpg", Form::Heic),
        ("IMG_0003.jpg", Form::Webp),
        ("IMG_0004.jpg", Form::Mp4),
    ] {
        let shot = match form {
            Form::Jpeg => Shot::photo(name, "2019-05-18T10:00:00Z"),
            Form::Mov | Form::Mp4 => Shot::video(name, "2019-05-18T10:00:00Z"),
            _ => Shot::photo(name, "2019-05-18T10:00:00Z").undated(),
        };
        pair(
            &mut export,
            year,
            name,
            &new_sidecar(name),
            Shot { form, ..shot },
        );
    }
    Case::one(
        "Q30",
        "an extension that contradicts the bytes: the name stays, and pairs",
        export,
    )
}

fn q39() -> Case {
    let mut export = Export::new();
    let year = export.year(2019);
    let spoils: [fn(&mut Value); 5] = [
        |json| json["title"] = json!(["IMG_0.jpg"]),
        |json| json["photoTakenTime"]["timestamp"] = json!(1_558_173_600),
        |json| json["people"] = json!(["Susan", 7, { "name": 3 }, { "name": "Justin" }, {}]),
        |json| {
            json["geoData"] = json!({ "latitude": "north", "longitude": 1e300, "altitude": "NaN" });
        },
        |json| {
            json["description"] = json!({ "text": "x" });
            json["favorited"] = json!("yes");
            json["googlePhotosOrigin"] = json!([]);
        },
    ];
    for (n, spoil) in spoils.into_iter().enumerate() {
        let name = format!("IMG_{n}.jpg");
        let mut shot = Shot::photo(&name, "2019-05-18T10:00:00Z");
        if n == 2 {
            // The one entry that is as it should be.
            shot.people = vec!["Justin".to_owned()];
        }
        let mut json: Value =
            serde_json::from_slice(&sidecar::media(&shot, false)).unwrap_or_default();
        spoil(&mut json);
        let shot = export.add(shot);
        export.media(year, &name, shot);
        export.sidecar_holding(year, &new_sidecar(&name), shot, json.to_string());
    }
    Case::one(
        "Q39",
        "fields of wrong types are passed over, the others hold",
        export,
    )
}

fn q40() -> Case {
    let mut export = Export::new();
    let year = export.year(2019);
    let open = [
        Class::MetadataUnused,
        Class::Special,
        Class::Skipped(Reason::Damaged),
    ];
    for (n, what) in ["invalid", "empty", "cut", "nul"].into_iter().enumerate() {
        let name = format!("IMG_{n}.jpg");
        let shot = Shot::photo(&name, "2019-05-18T10:00:00Z");
        let whole = sidecar::media(&shot, false);
        let broken = match what {
            "invalid" => [&whole[..whole.len() - 1], b"\xff\xfe}"].concat(),
            "empty" => Vec::new(),
            "cut" => whole[..whole.len() / 2].to_vec(),
            _ => vec![0; 400],
        };
        let shot = export.add(shot);
        export.media(year, &name, shot).claims(&[Claim::Alone]);
        export.loose(year, &new_sidecar(&name), broken, &open);
    }
    Case::one(
        "Q40",
        "sidecars that are no JSON: the photo is kept, the sidecar kept as it is",
        export,
    )
}

fn q45() -> Case {
    let mut export = Export::new();
    let year = export.year(2019);
    pair(
        &mut export,
        year,
        "IMG_1.jpg",
        "IMG_1.jpg.json",
        Shot::photo("IMG_1.jpg", "2019-05-18T10:00:00Z"),
    );
    let contacts = export.folder_at("Takeout/Contacts/All Contacts", FolderKind::OtherProduct);
    let picture = Shot::photo("A Friend.jpg", "2019-05-18T10:00:00Z")
        .bytes(super::super::shot::Role::Original);
    export.loose(contacts, "A Friend.jpg", picture, &[Class::OtherProduct]);
    export.loose(
        contacts,
        "All Contacts.vcf",
        "BEGIN:VCARD\r\nEND:VCARD\r\n",
        &[Class::OtherProduct],
    );
    let drive = export.folder_at("Takeout/Drive", FolderKind::OtherProduct);
    export.loose(
        drive,
        "notes.json",
        r#"{"title": "not an album"}"#,
        &[Class::OtherProduct],
    );
    Case::one(
        "Q45",
        "other products in the same archive are counted and left alone",
        export,
    )
}
