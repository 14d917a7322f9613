//! The named quirks: that each is there, is written as stated, and that its expectation says what the reference says.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use gphotos_sim::takeout::cases::{Case, all, case};
use gphotos_sim::takeout::{
    Class, DateSource, Expected, ExpectedFile, Export, Format, Kept, Reading, Reason, Role,
    ZipStyle,
};
use serde_json::Value;

use super::folder;
use super::readers::zip;

fn expected(id: &str) -> Expected {
    case(id).unwrap().expected()
}

fn file<'a>(expected: &'a Expected, name: &str) -> &'a ExpectedFile {
    let ends = |file: &&ExpectedFile| {
        file.paths
            .iter()
            .any(|path| path.ends_with(&format!("/{name}")))
    };
    expected.files.iter().find(ends).unwrap()
}

fn items(expected: &Expected) -> usize {
    let items = expected
        .files
        .iter()
        .map(|file| file.item.certain().unwrap());
    items.collect::<BTreeSet<_>>().len()
}

fn total(expected: &Expected, class: Class) -> usize {
    let totals = expected.totals();
    let range = totals.get(&class).cloned().unwrap_or(0..=0);
    assert_eq!(range.start(), range.end(), "{class:?} is open");
    *range.start()
}

#[test]
fn all_fifty_are_there_and_always_the_same() {
    let cases = all();
    let ids: Vec<_> = cases.iter().map(|case| case.id.to_owned()).collect();
    assert_eq!(
        ids,
        (1..=50).map(|n| format!("Q{n:02}")).collect::<Vec<_>>()
    );
    let describe = |cases: &[Case]| {
        cases
            .iter()
            .map(|case| format!("{case:?}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(describe(&cases), describe(&all()));
}

#[test]
fn every_entry_has_a_class_and_the_classes_add_up() {
    for case in all() {
        let expected = case.expected();
        let files: usize = case.exports.iter().map(|export| export.files().len()).sum();
        assert_eq!(expected.entries.len(), files, "{}", case.id);
        let totals = expected.totals();
        let least: usize = totals.values().map(|range| *range.start()).sum();
        let most: usize = totals.values().map(|range| *range.end()).sum();
        assert!(least <= files && files <= most, "{}: {totals:?}", case.id);
        assert!(
            expected
                .entries
                .iter()
                .all(|entry| !entry.class.0.is_empty()),
            "{}",
            case.id
        );
        if least == most {
            let mut sheet: BTreeMap<_, _> = totals
                .iter()
                .map(|(class, range)| (*class, *range.start()))
                .collect();
            assert_eq!(expected.check(&sheet), Ok(()), "{}", case.id);
            *sheet.entry(Class::OtherProduct).or_default() += 1;
            assert!(expected.check(&sheet).is_err());
        }
        let listed: HashSet<_> = expected
            .files
            .iter()
            .map(|file| file.sha256.as_str())
            .collect();
        for entry in expected.entries.iter().filter(|entry| entry.file.is_some()) {
            let file = &expected.files[entry.file.unwrap()];
            assert!(listed.contains(file.sha256.as_str()) && file.paths.contains(&entry.path));
            assert!(!file.item.0.is_empty() && !file.role.0.is_empty() && !file.date.0.is_empty());
        }
    }
}

#[test]
fn every_case_is_written_and_read_back() {
    for case in all() {
        let folder = folder(&format!("case-{}", case.id));
        for export in &case.exports {
            let paths = export
                .write(&folder, Format::Zip(ZipStyle::default()))
                .unwrap();
            for (part, path) in paths.iter().enumerate() {
                let stated: Vec<_> = export
                    .part(part)
                    .map(|file| (file.path.clone().into_bytes(), file.bytes.to_vec()))
                    .collect();
                assert_eq!(zip(path), stated, "{}", case.id);
            }
        }
    }
}

#[test]
fn sidecars_say_what_the_reference_shows() {
    for case in all() {
        for file in case
            .exports
            .iter()
            .flat_map(Export::files)
            .filter(|file| file.path.rsplit('.').next() == Some("json"))
        {
            let Ok(json) = serde_json::from_slice::<Value>(&file.bytes) else {
                assert_eq!(case.id, "Q40");
                continue;
            };
            if json.get("photoTakenTime").is_some() && case.id != "Q39" {
                assert!(json["title"].is_string() && json["description"].is_string());
                let timestamp = json["photoTakenTime"]["timestamp"].as_str().unwrap();
                assert!(timestamp.parse::<i64>().is_ok());
                assert_eq!(json["creationTime"]["timestamp"], "1695554428");
                assert!(json["geoData"]["latitudeSpan"].is_number());
                for flag in ["favorited", "archived", "trashed"] {
                    assert!(json.get(flag).is_none_or(|value| *value == true));
                }
            }
        }
    }
    let escaped = &case("Q32").unwrap().exports[0];
    let text = String::from_utf8(escaped.files()[1].bytes.to_vec()).unwrap();
    assert!(
        text.contains(r#""title": "Tom \u0026 Jerry.jpg""#),
        "{text}"
    );
    assert_eq!(
        serde_json::from_str::<Value>(&text).unwrap()["title"],
        "Tom & Jerry.jpg"
    );
}

#[test]
fn copies_are_one_item_and_namesakes_are_not() {
    assert_eq!(items(&expected("Q01")), 3);
    let one = expected("Q25");
    assert_eq!(one.files.len(), 1);
    assert_eq!(
        one.files[0]
            .albums
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>(),
        ["Best of 2019", "No metadata", "Trip to Gdansk"]
    );
    assert_eq!(
        (
            total(&one, Class::MediaStored),
            total(&one, Class::Duplicate)
        ),
        (1, 3)
    );
    assert_eq!(total(&expected("Q23"), Class::Duplicate), 1);
    assert_eq!(items(&expected("Q26")), 2);
    let sizes: BTreeSet<_> = expected("Q26").files.iter().map(|file| file.size).collect();
    assert_eq!(sizes.len(), 1);
    let again = expected("Q47");
    assert_eq!((again.files.len(), total(&again, Class::Duplicate)), (2, 1));
    assert_eq!(expected("Q24").files.len(), 2);
    assert_eq!(items(&expected("Q50")), 5000);
    let twin = expected("Q03");
    assert_eq!(
        file(&twin, "Photos from 2019/DSC_0104(1).JPG").paths.len(),
        2
    );
}

#[test]
fn companions_belong_to_their_stills() {
    for (id, companion, role) in [
        ("Q07", "X-edited.jpg", Role::Edited),
        ("Q13", "IMG_0769(1).MP4", Role::Motion),
        ("Q14", "IMG_2552(1).MP4", Role::Motion),
        ("Q17", "PXL_20230102_030405678.MP", Role::Motion),
        ("Q19", "MVIMG_20180809_091011", Role::Motion),
    ] {
        let expected = expected(id);
        let companion = file(&expected, companion);
        assert_eq!(companion.role.certain(), Some(&role), "{id}");
        let with = expected
            .files
            .iter()
            .filter(|file| file.item == companion.item);
        assert_eq!(
            with.map(|file| file.role.0[0]).collect::<Vec<_>>(),
            [Role::Original, role],
            "{id}"
        );
    }
    assert_eq!(items(&expected("Q14")), 2);
    assert_eq!(items(&expected("Q11")), 2);
}

#[test]
fn albums_have_their_titles() {
    let members = expected("Q28");
    assert!(
        members
            .files
            .iter()
            .all(|file| file.albums.contains("Trip to Gdansk"))
    );
    assert_eq!(total(&members, Class::MetadataUsed), 5);
    let titles: Vec<_> = expected("Q34")
        .albums
        .into_iter()
        .map(|album| album.title)
        .collect();
    assert_eq!(titles[2], "Album test 6/10/23");
    assert_eq!(expected("Q35").albums[0].title, "Fête de l'été : la plage");
    assert!(expected("Q36").albums.iter().all(|album| album.untitled));
    assert_eq!(total(&expected("Q27"), Class::MetadataUnused), 1);
}

#[test]
fn dates_stand_on_the_right_rung() {
    let ladder = expected("Q29");
    for (name, source) in [
        ("dated inside.jpg", DateSource::Exif),
        ("film.mp4", DateSource::QuickTimeCreateDate),
        ("IMG_20190509_154733.jpg", DateSource::FileName),
        ("PXL_20190405_090123740.jpg", DateSource::FileName),
        ("Snapchat-431959199.jpg", DateSource::YearFolder),
        ("nothing tells.jpg", DateSource::None),
    ] {
        assert_eq!(
            file(&ladder, name).date.certain().unwrap().source,
            source,
            "{name}"
        );
    }
    let heic = expected("Q12");
    assert_eq!(
        file(&heic, "IMG_0769.HEIC").date.certain().unwrap().source,
        DateSource::Sidecar
    );
}

#[test]
fn trashed_photos_are_left_out_unless_asked_for() {
    let case = case("Q37").unwrap();
    let left = |expected: &Expected| {
        expected
            .files
            .iter()
            .filter(|file| file.kept == Kept::LeftOut(Reason::Trashed))
            .count()
    };
    assert_eq!(left(&case.expected()), 2);
    // Their sidecars may be counted with them.
    assert_eq!(
        case.expected().totals()[&Class::Skipped(Reason::Trashed)],
        2..=4
    );
    let reading = Reading {
        include_trashed: true,
        ..Reading::default()
    };
    assert_eq!(left(&case.exports[0].expected_of(&reading)), 0);
    let expected = case.expected();
    assert!(
        file(&expected, "hidden.jpg").flags.archived && file(&expected, "secret.jpg").flags.locked
    );
    assert!(file(&expected, "broken.mp4").flags.failed);
}

#[test]
fn without_the_part_of_its_sidecar_a_photo_stands_for_itself() {
    let export = &case("Q22").unwrap().exports[0];
    let reading = Reading::without_parts(export, &[2]);
    let expected = export.expected_of(&reading);
    let alone = file(&expected, "IMG_1.jpg");
    assert!(format!("{:?}", alone.item).contains(&format!("Hash({:?})", alone.sha256)));
    assert!(format!("{:?}", file(&expected, "IMG_2.jpg").item).contains("Url"));
}
