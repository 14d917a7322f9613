//! Parts that are cut, flipped or missing: what can be read is stored, what cannot is named, and the whole part heals it.

use std::fs;

use gphotos_sim::takeout::{Class, Kept, Library, hostile};
use serde_json::Value;

use super::expect::differences;
use super::formats::library;
use super::lab::{Lab, Set, counted};

fn small() -> gphotos_sim::takeout::Export {
    let library = Library {
        seed: 5,
        items: 5,
        ..Library::default()
    };
    library.export()
}

fn of(set: &Set) -> usize {
    set.len()
}

/// All in one run, as 300 exports of their own: what the parts give is counted part by part, and together it is what the
/// least damaged of them holds.
#[test]
fn three_hundred_cut_archives_give_what_they_have() {
    let lab = Lab::new();
    let folder = lab.folder();
    let cut = hostile::truncations(&small(), 17, 300);
    let mut expected = std::collections::BTreeMap::new();
    for (number, one) in cut.iter().enumerate() {
        if one.bytes.len() < 4 {
            continue;
        }
        let id = format!("20260101T{number:06}Z");
        fs::write(folder.join(format!("takeout-{id}-001.zip")), &one.bytes).expect("written");
        expected.insert(id, one);
    }
    let run = lab.import(&[&folder], &[]).assert_exit(3);
    let said = run.json();
    let exports = said["exports"].as_array().expect("a list");
    assert_eq!(exports.len(), expected.len());
    for export in exports {
        let one = expected[export["export"].as_str().expect("text")];
        let part = &export["parts"][0];
        let name = &one.name;
        assert!(part["damage"].is_string(), "{name}: {export:#}");
        let entries = part["balance"]["entries"].as_u64();
        assert_eq!(
            entries,
            Some(one.expected.entries.len() as u64),
            "{name}: {export:#}"
        );
        let kept = one.expected.entries.iter().filter(|entry| {
            let file = entry.file.map(|file| &one.expected.files[file]);
            file.is_some_and(|file| file.kept == Kept::Stored)
        });
        assert_eq!(photos(part), kept.count() as u64, "{name}: {export:#}");
        let damaged = one.expected.entries.iter().filter(|entry| {
            matches!(entry.class.0.as_slice(), [Class::Skipped(reason)] if format!("{reason:?}") == "Damaged")
        });
        assert_eq!(
            part["balance"]["skipped"]["damaged"].as_u64().unwrap_or(0),
            damaged.count() as u64,
            "{name}: {export:#}"
        );
    }
    let stored = cut.iter().flat_map(|one| one.expected.stored());
    let stored: std::collections::BTreeSet<_> = stored.map(str::to_owned).collect();
    let held = lab.set().into_iter().map(|(_, _, sha256)| sha256);
    assert_eq!(held.collect::<std::collections::BTreeSet<_>>(), stored);
}

fn photos(part: &Value) -> u64 {
    ["media_stored", "duplicates", "companions"]
        .iter()
        .filter_map(|what| part["balance"][what].as_u64())
        .sum()
}

#[test]
fn a_cut_part_is_healed_by_the_whole_one() {
    let export = small();
    let whole = Lab::new();
    whole.import(&whole.zips(&export), &[]).assert_exit(0);
    let expected = (whole.set(), whole.albums());
    for one in hostile::truncations(&export, 23, 8) {
        if one.bytes.len() < 4 {
            continue;
        }
        let lab = Lab::new();
        let cut = lab.put("takeout-20261101T000000Z-3-001.zip", &one.bytes);
        let run = lab.import(&[&cut], &[]).assert_exit(3);
        let found = differences(&lab.env.archive(), &run.json(), &one.expected);
        assert!(found.is_empty(), "{}:\n  {}", one.name, found.join("\n  "));
        // The damaged part is not finished: it is read again, and tells the same.
        let again = lab.import(&[&cut], &[]).assert_exit(3).json();
        assert_eq!(counted(&again, "media_stored"), 0, "{}", one.name);
        lab.import(&lab.zips(&export), &[]).assert_exit(0);
        assert_eq!((lab.set(), lab.albums()), expected, "{}", one.name);
    }
}

#[test]
fn a_flipped_byte_costs_one_file_until_the_part_comes_whole() {
    let export = library();
    let whole = Lab::new();
    whole.import(&whole.zips(&export), &[]).assert_exit(0);
    let expected = (whole.set(), whole.albums());
    for part in 0..2 {
        let lab = Lab::new();
        let parts = lab.zips(&export);
        let mut bytes = fs::read(&parts[part]).expect("read");
        let good = bytes.clone();
        // In the middle of the first photo of the part.
        let victim = export
            .part(part)
            .find(|file| file.bytes.starts_with(&[0xff, 0xd8]));
        let victim = victim.expect("a photo");
        let start = bytes
            .windows(victim.bytes.len())
            .position(|found| found == victim.bytes);
        let at = start.expect("its bytes") + victim.bytes.len() / 2;
        bytes[at] ^= 1;
        fs::write(&parts[part], bytes).expect("written");
        let run = lab.import(&parts, &[]).assert_exit(3);
        let said = run.json();
        assert_eq!(said["balance"]["skipped"]["damaged"], 1, "{said:#}");
        let name = victim.path.rsplit('/').next().expect("a name");
        let named = said["exports"][0]["troubles"][0]["entry"].as_str();
        assert!(named.is_some_and(|entry| entry.ends_with(name)), "{said:#}");
        assert!(run.stderr.contains("checksum"), "{run}");
        // Which part is to be had again: that one, and no other.
        let file = parts[part].file_name().and_then(|name| name.to_str());
        let file = file.expect("text");
        assert_eq!(said["exports"][0]["troubles"][0]["part"], file);
        for told in said["exports"][0]["parts"].as_array().expect("a list") {
            let damage = told["damage"].as_str();
            assert_eq!(damage.is_some(), told["part"] == file, "{said:#}");
            assert!(damage.is_none_or(|damage| damage.contains(name)));
        }
        assert!(run.stderr.contains(&format!("damaged {file}")), "{run}");
        assert!(of(&lab.set()) <= of(&expected.0));
        fs::write(&parts[part], good).expect("written");
        let healed = lab.import(&parts, &[]).assert_exit(0).json();
        let skipped = healed["exports"][0]["already_imported"].as_array();
        assert_eq!(skipped.map(Vec::len), Some(3), "{healed:#}");
        assert_eq!((lab.set(), lab.albums()), expected);
    }
}

#[test]
fn what_describes_a_photo_that_could_not_be_had_describes_none() {
    let mut export = gphotos_sim::takeout::Export::new();
    let year = export.year(2023);
    for name in ["good.jpg", "bad.jpg"] {
        let shot = gphotos_sim::takeout::Shot::photo(name, "2023-06-09T10:19:47Z");
        let shot = export.add(shot);
        export.media(year, name, shot);
        export.sidecar(year, &format!("{name}.json"), shot);
    }
    let lab = Lab::new();
    let part = lab.zips(&export).remove(0);
    let mut bytes = fs::read(&part).expect("read");
    let victim = &export.files()[2];
    let start = bytes
        .windows(victim.bytes.len())
        .position(|found| found == victim.bytes);
    bytes[start.expect("its bytes") + victim.bytes.len() / 2] ^= 1;
    fs::write(&part, bytes).expect("written");
    let run = lab.import(&[&part], &[]).assert_exit(3).json();
    assert_eq!(counted(&run, "media_stored"), 1, "{run:#}");
    assert_eq!(counted(&run, "metadata_used"), 1, "{run:#}");
    assert_eq!(counted(&run, "metadata_unused"), 1, "{run:#}");
    let unused = &run["exports"][0]["unused_sidecars"];
    let path = format!("{}.json", victim.path);
    assert_eq!(*unused, serde_json::json!([path]));
}

/// Where the name of an entry begins for the last time: in the directory, which stands at the end.
fn in_directory(bytes: &[u8], name: &str) -> usize {
    let mut found = bytes.windows(name.len()).enumerate();
    let last = found.rfind(|(_, there)| *there == name.as_bytes());
    last.expect("its name").0
}

#[test]
fn a_name_that_is_damaged_names_the_part_and_leaves_nothing_behind_when_it_comes_whole() {
    let mut export = small();
    let album = export.album("Trip");
    let shot = export.add(gphotos_sim::takeout::Shot::photo(
        "in an album.jpg",
        "2023-06-09T10:19:47Z",
    ));
    export.media(album, "in an album.jpg", shot);
    export.sidecar(album, "in an album.jpg.json", shot);
    let whole = Lab::new();
    whole.import(&whole.zips(&export), &[]).assert_exit(0);
    let expected = (whole.set(), whole.albums());
    let bytes_of = |set: &Set| -> std::collections::BTreeSet<String> {
        set.iter().map(|(_, _, sha256)| sha256.clone()).collect()
    };
    for file in export.files() {
        // In the product, in the folder, in the name, in the extension.
        let ends = [10, file.path.rfind('/').expect("a folder") - 1];
        let name = [
            file.path.rfind('/').expect("a folder") + 1,
            file.path.len() - 1,
        ];
        for at in ends.into_iter().chain(name) {
            for in_header in [false, true] {
                let lab = Lab::new();
                let part = lab.zips(&export).remove(0);
                let good = fs::read(&part).expect("read");
                let mut bytes = good.clone();
                let start = if in_header {
                    let place = bytes
                        .windows(file.path.len())
                        .position(|there| there == file.path.as_bytes());
                    place.expect("its name")
                } else {
                    in_directory(&bytes, &file.path)
                };
                bytes[start + at] ^= 1;
                fs::write(&part, &bytes).expect("written");
                let run = lab.import(&[&part], &[]);
                let about = format!("{} {at} {in_header}: {run}", file.path);
                assert_eq!(run.exit, 3, "{about}");
                assert!(run.stderr.contains("its name is damaged"), "{about}");
                let held = bytes_of(&lab.set());
                assert!(held.is_subset(&bytes_of(&expected.0)), "{about}");
                fs::write(&part, &good).expect("written");
                lab.import(&[&part], &[]).assert_exit(0);
                assert_eq!((lab.set(), lab.albums()), expected, "{about}");
            }
        }
    }
}
