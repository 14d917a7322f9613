//! What several exports say of one photo, and what one says at length.

use std::fs;

use data_encoding::BASE64;
use gphotos_sim::takeout::{Export, Format, Shot};
use serde_json::Value;

use super::lab::Lab;

/// One photo, and what an export of that day says of it.
fn saying(stamp: &str, description: &str) -> Export {
    let mut export = Export::new();
    stamp.clone_into(&mut export.stamp);
    let mut shot = Shot::photo("IMG_1.jpg", "2023-06-09T10:19:47Z");
    description.clone_into(&mut shot.description);
    let year = export.year(2023);
    let shot = export.add(shot);
    export.media(year, "IMG_1.jpg", shot);
    export.sidecar(year, "IMG_1.jpg.json", shot);
    export
}

fn lines(lab: &Lab, stamp: &str) -> Vec<Value> {
    let record = lab
        .env
        .path(&format!("media_items_list/takeout-{stamp}.jsonl"));
    let record = fs::read_to_string(record).expect("a record");
    let lines = record.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().expect("lines of JSON")
}

#[test]
fn an_older_export_that_comes_later_takes_nothing_of_what_the_newer_one_says() {
    let lab = Lab::new();
    let newer = lab.zips(&saying("20270101T000000Z", "the newer word"));
    let older = lab.zips(&saying("20260101T000000Z", "the older word"));
    let check = |lab: &Lab| {
        let row = lab.env.archive().row("IMG_1.jpg").clone();
        assert_eq!(row["description"], "the newer word");
        for (name, word) in [("xmp", "the newer word"), ("json", "the newer word")] {
            let path = lab.env.path(&format!("downloads/2023/06/IMG_1.jpg.{name}"));
            let text = fs::read_to_string(path).expect("a sidecar");
            assert!(text.contains(word), "{text}");
        }
    };
    lab.import(&newer, &["--sidecar", "both"]).assert_exit(0);
    lab.import(&older, &["--sidecar", "both"]).assert_exit(0);
    check(&lab);
    // What the older one has said is lost no more than what it has not.
    let said = lines(&lab, "20260101T000000Z");
    let is_said = |line: &Value| line.to_string().contains("the older word");
    assert!(said.iter().any(is_said), "{said:#?}");
    // Both at once, and in whatever order, come to the same.
    lab.import(&older, &["--sidecar", "both", "--reread"])
        .assert_exit(0);
    check(&lab);
    // So does an index that knows nothing of either.
    fs::remove_dir_all(lab.env.path("downloads/.gphotos-dl")).expect("removed");
    lab.import(&older, &["--sidecar", "both", "--reread"])
        .assert_exit(0);
    check(&lab);
}

#[test]
fn json_that_is_too_long_to_be_read_is_recorded_byte_for_byte_and_once() {
    let lab = Lab::new();
    let mut export = saying("20260101T000000Z", "");
    let year = export.year(2024);
    let shot = export.add(Shot::photo("long.jpg", "2024-06-09T10:19:47Z"));
    export.media(year, "long.jpg", shot);
    let mut text = br#"{"title": "long.jpg", "description": ""#.to_vec();
    text.extend((0..17 << 20).map(|number: u32| b'a' + (number / 1_000 % 26) as u8));
    text.extend(br#""}"#);
    export.sidecar_holding(year, "long.jpg.json", shot, text.clone());
    let parts = lab.zips(&export);
    lab.import(&parts, &[]).assert_exit(0);
    let recorded = || {
        let mut bytes = Vec::new();
        let (mut next, mut all) = (0, 0);
        for line in lines(&lab, "20260101T000000Z") {
            let entry = line["entry"].as_str().unwrap_or_default();
            if !entry.ends_with("long.jpg.json") {
                continue;
            }
            assert_eq!(line["piece"][0], next);
            next += 1;
            all = line["piece"][1].as_u64().expect("how many");
            let piece = line["json_base64"].as_str().expect("a piece");
            bytes.extend(BASE64.decode(piece.as_bytes()).expect("base64"));
        }
        assert!(next == all && all > 1, "{next} of {all}");
        bytes
    };
    assert!(recorded() == text, "its bytes are not all there");
    lab.import(&parts, &["--reread"]).assert_exit(0);
    assert!(recorded() == text, "it is there twice");
}

#[test]
fn a_sidecar_that_was_changed_in_an_extracted_folder_is_recorded_though_it_is_as_long_as_before() {
    let lab = Lab::new();
    let folder = lab.write(&saying("20260101T000000Z", "before"), Format::Folder);
    let sidecar = folder[0].join("Takeout/Google Photos/Photos from 2023/IMG_1.jpg.json");
    lab.import(&folder, &[]).assert_exit(0);
    let text = fs::read_to_string(&sidecar).expect("a sidecar");
    fs::write(&sidecar, text.replace("before", "behind")).expect("written");
    lab.import(&folder, &[]).assert_exit(0);
    let check = || {
        let said = lines(&lab, "20260101T000000Z");
        let says = |word: &str| {
            let lines = said.iter();
            lines.filter(|line| line.to_string().contains(word)).count()
        };
        assert_eq!((says("before"), says("behind")), (1, 1), "{said:#?}");
        assert_eq!(lab.env.archive().row("IMG_1.jpg")["description"], "behind");
    };
    check();
    lab.import(&folder, &[]).assert_exit(0);
    check();
    // An index that is made anew from the record knows the newest word.
    fs::remove_dir_all(lab.env.path("downloads/.gphotos-dl")).expect("removed");
    fs::remove_dir_all(&folder[0]).expect("removed");
    let other = lab.zips(&saying("20250101T000000Z", "older"));
    lab.import(&other, &[]).assert_exit(0);
    assert_eq!(lab.env.archive().row("IMG_1.jpg")["description"], "behind");
}

#[test]
fn two_photos_of_one_address_keep_their_own_dates_and_words() {
    let mut export = saying("20260101T000000Z", "the first");
    let year = export.year(2023);
    let mut other = Shot::photo("IMG_2.jpg", "2023-11-12T10:19:47Z");
    other.description = "the second".to_owned();
    let other = export.add(other);
    export.media(year, "IMG_2.jpg", other);
    // Somebody has put the address of the first into the sidecar of the second.
    let url = |export: &Export, at: usize| {
        let text: Value = serde_json::from_slice(&export.files()[at].bytes).expect("JSON");
        text["url"].as_str().expect("an address").to_owned()
    };
    let address = url(&export, 1);
    export.sidecar(year, "own.json", other);
    let own = String::from_utf8(export.files()[3].bytes.to_vec()).expect("text");
    let foreign = own.replace(&url(&export, 3), &address);
    let mut false_one = saying("20260101T000000Z", "the first");
    let year = false_one.year(2023);
    let shot = false_one.add(export.shot(other).clone());
    false_one.media(year, "IMG_2.jpg", shot);
    false_one.sidecar_holding(year, "IMG_2.jpg.json", shot, foreign);
    for is_known in [false, true] {
        let lab = Lab::new();
        if is_known {
            let first = lab.zips(&saying("20250101T000000Z", "the first"));
            lab.import(&first, &[]).assert_exit(0);
        }
        lab.import(&lab.zips(&false_one), &[]).assert_exit(0);
        let said: Vec<_> = lab
            .described()
            .into_iter()
            .map(|[_, _, _, name, created, description, _]| (name, created, description))
            .collect();
        let expected = |name: &str, day: &str, word: &str| {
            let day: chrono::DateTime<chrono::Utc> = day.parse().expect("a date");
            let day = day.timestamp_millis().to_string();
            (name.to_owned(), day, word.to_owned())
        };
        for one in [
            expected("IMG_1.jpg", "2023-06-09T10:19:47Z", "the first"),
            expected("IMG_2.jpg", "2023-11-12T10:19:47Z", "the second"),
        ] {
            assert!(said.contains(&one), "{is_known}: {said:#?}");
        }
        assert_eq!(said.len(), 2, "{is_known}: {said:#?}");
    }
}

#[test]
fn a_photo_with_the_address_of_one_that_is_here_does_not_rewrite_it() {
    let lab = Lab::new();
    let first = saying("20250101T000000Z", "the first");
    lab.import(&lab.zips(&first), &[]).assert_exit(0);
    let own = |[_, _, sha256, name, created, description, note]: [String; 7]| {
        [sha256, name, created, description, note]
    };
    let said = |lab: &Lab| -> Vec<[String; 5]> { lab.described().into_iter().map(own).collect() };
    let expected = said(&lab);
    let address: Value = serde_json::from_slice(&first.files()[1].bytes).expect("JSON");
    let address = address["url"].as_str().expect("an address");
    // A newer export, in which another photo claims that address.
    let mut other = Export::new();
    "20260101T000000Z".clone_into(&mut other.stamp);
    let year = other.year(2023);
    let mut shot = Shot::photo("IMG_2.jpg", "2023-11-12T10:19:47Z");
    shot.description = "the second".to_owned();
    let shot = other.add(shot);
    other.media(year, "IMG_2.jpg", shot);
    other.sidecar(year, "own.json", shot);
    let own: Value = serde_json::from_slice(&other.files()[1].bytes).expect("JSON");
    let mut foreign = own;
    foreign["url"] = address.into();
    let mut false_one = Export::new();
    "20260101T000000Z".clone_into(&mut false_one.stamp);
    let year = false_one.year(2023);
    let shot = false_one.add(other.shot(shot).clone());
    false_one.media(year, "IMG_2.jpg", shot);
    let text = foreign.to_string().into_bytes();
    false_one.sidecar_holding(year, "IMG_2.jpg.json", shot, text);
    let parts = lab.zips(&false_one);
    for args in [&[][..], &["--reread"]] {
        lab.import(&parts, args).assert_exit(0);
        let said = said(&lab);
        assert_eq!(said.len(), 2, "{said:#?}");
        assert!(expected.iter().all(|one| said.contains(one)), "{said:#?}");
        assert!(said.iter().any(|one| one[3] == "the second"), "{said:#?}");
        // Whose the address is nobody knows. The rows are in the manifest, so that this outlives the index.
        let archive = lab.env.archive();
        let both = [("IMG_2.jpg", "the second"), ("IMG_1.jpg", "the first")];
        // The second time it is nothing new.
        for (name, word) in &both[..2 - args.len()] {
            let row = archive.row(name);
            let told = (&*row["description"], &*row["product_url"]);
            assert_eq!(told, (*word, ""));
        }
    }
    fs::remove_dir_all(lab.env.path("downloads/.gphotos-dl")).expect("removed");
    lab.import(&parts, &[]).assert_exit(0);
    let said = said(&lab);
    assert!(expected.iter().all(|one| said.contains(one)), "{said:#?}");
}
