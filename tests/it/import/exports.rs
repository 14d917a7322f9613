//! Which parts are one export, where no name says it: by what they hold, whatever the order in which they are named.

use std::fs;
use std::path::{Path, PathBuf};

use gphotos_sim::takeout::{Export, Form, Format, PartNames, Shot, ZipStyle};

use super::expect::differences;
use super::formats::library;
use super::lab::Lab;

const DAY: &str = "2023-06-09T10:19:47Z";

/// One photo at a path that other exports have too, and what this one says of it.
pub(super) fn one(description: &str, key: u64) -> Export {
    let mut export = Export::new();
    let year = export.year(2023);
    let mut shot = Shot::photo("IMG_1.jpg", DAY);
    description.clone_into(&mut shot.description);
    shot.key = key;
    let shot = export.add(shot);
    export.media(year, "IMG_1.jpg", shot);
    export.sidecar(year, "IMG_1.jpg.json", shot);
    export
}

/// The same under a name that says nothing.
pub(super) fn unnamed(
    folder: &Path,
    export: &Export,
    part: usize,
    format: Format,
    name: &str,
) -> PathBuf {
    let written = export.write_part(folder, part, format, PartNames::Classic);
    let path = folder.join(name);
    fs::rename(written.expect("written"), &path).expect("renamed");
    path
}

fn zip() -> Format {
    Format::Zip(ZipStyle::default())
}

#[test]
fn parts_without_a_stamp_that_contradict_each_other_are_exports_of_their_own() {
    let exports = [one("hers", 1), one("his", 2)];
    let sidecar_only = {
        let mut export = one("nobody's", 3);
        let year = export.year(2023);
        let shot = export.add(Shot::photo("IMG_2.jpg", DAY));
        export.sidecar(year, "IMG_2.jpg.json", shot);
        export
    };
    for format in [
        zip(),
        Format::Folder,
        Format::Tgz(gphotos_sim::takeout::TarNames::Gnu),
    ] {
        let all = [&exports[0], &exports[1], &sidecar_only];
        let names = ["a.zip", "b.zip", "c.zip"];
        let write = |lab: &Lab| {
            let folder = lab.folder();
            let parts = all.iter().zip(names);
            let parts = parts.map(|(export, name)| unnamed(&folder, export, 0, format, name));
            parts.collect::<Vec<_>>()
        };
        let alone = Lab::new();
        for part in write(&alone) {
            alone.import(&[part], &[]).assert_exit(0);
        }
        let expected = (alone.set(), alone.described());
        assert_eq!(expected.1.len(), 3, "{expected:#?}");
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            let lab = Lab::new();
            let parts = write(&lab);
            let parts = order.map(|at| parts[at].clone());
            let run = lab.import(&parts, &[]).assert_exit(0).json();
            let exports = run["exports"].as_array().map(Vec::len);
            assert_eq!(exports, Some(3), "{format:?} {order:?}: {run:#}");
            assert_eq!(
                (lab.set(), lab.described()),
                expected,
                "{format:?} {order:?}"
            );
        }
    }
}

#[test]
fn parts_without_a_stamp_that_agree_are_one_export_in_each_folder() {
    // Photos and sidecars lie in different parts, so that nothing fits when the parts are not seen together.
    let export = library();
    let whole = Lab::new();
    whole.import(&whole.zips(&export), &[]).assert_exit(0);
    let lab = Lab::new();
    let folder = lab.folder();
    let mut parts: Vec<PathBuf> = (0..4)
        .map(|part| unnamed(&folder, &export, part, zip(), &format!("part{part}.zip")))
        .collect();
    let run = lab.import(&parts, &[]).assert_exit(0).json();
    assert_eq!(run["exports"].as_array().map(Vec::len), Some(1), "{run:#}");
    assert_eq!((lab.set(), lab.albums()), (whole.set(), whole.albums()));
    // Two other exports beside it, which contradict one another and it.
    let other = lab.folder();
    let victim = &export.files()[0];
    for (number, bytes) in [b"one".as_slice(), b"two"].into_iter().enumerate() {
        let mut wrong = Export::new();
        let place = victim.path.rsplit_once('/').expect("a folder");
        let kind = gphotos_sim::takeout::FolderKind::Other;
        let there = wrong.folder_at(place.0, kind);
        wrong.loose(there, place.1, bytes.to_vec(), &[]);
        parts.push(unnamed(&other, &wrong, 0, zip(), &format!("{number}.zip")));
    }
    let lab = Lab::new();
    parts.reverse();
    let run = lab.import(&parts, &[]).assert_exit(0).json();
    assert_eq!(run["exports"].as_array().map(Vec::len), Some(3), "{run:#}");
    assert_eq!(lab.albums(), whole.albums());
    assert!(whole.set().is_subset(&lab.set()), "{run:#}");
}

#[test]
fn an_extracted_folder_is_of_the_export_whose_archives_lie_beside_it() {
    let export = library();
    let whole = Lab::new();
    whole.import(&whole.zips(&export), &[]).assert_exit(0);
    let expected = (whole.set(), whole.albums());
    // Extracted beside what is still packed: all of it, or only what was deleted after that.
    for packed in [0..4, 1..4, 0..3] {
        let lab = Lab::new();
        let folder = lab.folder();
        let extracted = folder.join("extracted");
        for part in 0..4 {
            if packed.contains(&part) {
                export
                    .write_part(&folder, part, zip(), PartNames::Numbered(3))
                    .expect("written");
            }
            if part == 0 || !packed.contains(&part) {
                merge(&lab, &export, part, &extracted);
            }
        }
        fs::rename(extracted.join("Takeout"), folder.join("Takeout")).expect("moved");
        fs::remove_dir(&extracted).expect("removed");
        let zips = fs::read_dir(&folder).expect("a folder");
        let zips = zips.map(|entry| entry.expect("an entry").path());
        let mut paths: Vec<PathBuf> = zips.filter(|path| path.is_file()).collect();
        paths.sort();
        paths.insert(0, folder.join("Takeout"));
        let run = lab.import(&paths, &[]).assert_exit(0).json();
        let exports = run["exports"].as_array().expect("exports");
        assert_eq!(exports.len(), 1, "{packed:?}: {run:#}");
        assert_eq!((lab.set(), lab.albums()), expected, "{packed:?}");
        // The folder in which all of them lie means the same.
        let again = Lab::new();
        let run = again.import(&[&folder], &[]).assert_exit(0).json();
        assert_eq!(
            (again.set(), again.albums()),
            expected,
            "{packed:?}: {run:#}"
        );
    }
}

/// Extracts a part into a folder in which others are.
fn merge(lab: &Lab, export: &Export, part: usize, into: &Path) {
    let extracted = export
        .write_part(&lab.folder(), part, Format::Folder, PartNames::Numbered(3))
        .expect("written");
    copy(&extracted, into);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(from, to).expect("copied");
        }
    }
}

#[test]
fn any_folder_of_an_extracted_export_is_imported_as_what_it_is() {
    let mut export = one("here", 1);
    let album = export.album("Trip");
    let shot = export.add(Shot {
        form: Form::Png,
        ..Shot::photo("IMG_9.png", DAY)
    });
    export.media(album, "IMG_9.png", shot);
    export.sidecar(album, "IMG_9.png.json", shot);
    let whole = Lab::new();
    whole.import(&whole.zips(&export), &[]).assert_exit(0);
    for inside in ["", "Takeout", "Takeout/Google Photos"] {
        let lab = Lab::new();
        let part = lab.write(&export, Format::Folder).remove(0);
        let run = lab.import(&[part.join(inside)], &[]).assert_exit(0);
        let found = differences(&lab.env.archive(), &run.json(), &export.expected());
        assert!(found.is_empty(), "{inside}:\n  {}", found.join("\n  "));
    }
    let lab = Lab::new();
    let part = lab.write(&export, Format::Folder).remove(0);
    for inside in ["Photos from 2023", "Trip"] {
        let path = part.join("Takeout/Google Photos").join(inside);
        lab.import(&[path], &[]).assert_exit(0);
    }
    assert_eq!((lab.set(), lab.albums()), (whole.set(), whole.albums()));
    assert_eq!(lab.described(), whole.described());
}
