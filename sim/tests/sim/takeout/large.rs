//! Whole libraries and large exports, and the program that writes them.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use gphotos_sim::takeout::language::Language;
use gphotos_sim::takeout::names::SidecarStyle;
use gphotos_sim::takeout::{Bulk, Class, Format, Kept, Library, TarNames, ZipStyle};
use serde_json::Value;

use super::folder;
use super::readers::{tgz, zip};

fn libraries() -> Vec<Library> {
    let some = Library {
        items: 120,
        parts: 3,
        ..Library::default()
    };
    vec![
        some,
        Library {
            language: Language::named("fr").unwrap(),
            style: SidecarStyle::Old,
            missing_json_percent: 10,
            repeated_percent: 10,
            ..some
        },
        Library {
            seed: 2,
            style: SidecarStyle::NewUncut,
            day_folders: true,
            parts: 1,
            ..some
        },
    ]
}

#[test]
fn a_library_is_always_the_same_and_no_two_paths_of_a_part_are_equal() {
    for library in libraries() {
        let export = library.export();
        assert_eq!(format!("{export:?}"), format!("{:?}", library.export()));
        for part in 0..export.parts() {
            let paths: Vec<_> = export.part(part).map(|file| &file.path).collect();
            assert_eq!(paths.iter().collect::<BTreeSet<_>>().len(), paths.len());
        }
        let other = Library {
            seed: 77,
            ..library
        };
        assert_ne!(format!("{export:?}"), format!("{:?}", other.export()));
    }
}

#[test]
fn a_library_s_items_companions_and_albums_are_all_expected() {
    for library in libraries() {
        let export = library.export();
        let expected = export.expected();
        assert_eq!(expected.entries.len(), export.files().len());
        let originals = expected
            .files
            .iter()
            .filter(|file| file.role.0[0] == gphotos_sim::takeout::Role::Original);
        assert_eq!(originals.count(), library.items);
        assert!(
            expected
                .albums
                .iter()
                .filter(|album| album.title == "Trip to Gdansk")
                .count()
                == 2
        );
        assert!(expected.files.iter().any(|file| !file.albums.is_empty()));
        assert!(expected.files.iter().any(|file| file.kept != Kept::Stored));
        let totals = expected.totals();
        assert!(totals.contains_key(&Class::Duplicate) && totals.contains_key(&Class::Companion));
        // Three special files and the index page; some of them may lie in two parts.
        let pages: BTreeSet<_> = expected
            .entries
            .iter()
            .filter(|entry| entry.class.certain() == Some(&Class::Special))
            .map(|entry| &entry.path)
            .collect();
        assert_eq!(pages.len(), 4);
    }
}

#[test]
fn a_large_export_has_the_files_and_parts_that_it_promises() {
    let bulk = Bulk {
        seed: 3,
        files: 40,
        size: 50_000,
        folders: 4,
        part_size: 500_000,
    };
    let folder = folder("bulk");
    let paths = bulk
        .write(&folder, Format::Zip(ZipStyle::default()))
        .unwrap();
    assert_eq!(paths.len(), 4);
    let entries: Vec<_> = paths.iter().flat_map(|path| zip(path)).collect();
    assert_eq!(entries.len(), bulk.totals().values().sum::<usize>());
    let photos = entries.iter().filter(|(name, _)| name.ends_with(b".jpg"));
    for (n, (_, bytes)) in photos.enumerate() {
        assert_eq!(bytes.len(), 50_000);
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
        assert_eq!(
            data_encoding::HEXLOWER.encode(digest.as_ref()),
            bulk.sha256(n)
        );
    }
    let one = Bulk {
        part_size: 0,
        ..bulk
    };
    let paths = one.write(&folder, Format::Tgz(TarNames::Gnu)).unwrap();
    assert_eq!(tgz(&paths[0]), entries);
}

#[test]
fn the_program_writes_exports_and_what_must_come_of_them() {
    let run = |name: &str, arguments: &[&str]| {
        let folder = folder(name);
        let output = Command::new(env!("CARGO_BIN_EXE_gphotos-sim"))
            .args(["takeout", "--out"])
            .arg(&folder)
            .args(arguments)
            .output()
            .unwrap();
        (folder, output)
    };
    let (out, output) = run(
        "program-library",
        &["--items", "20", "--parts", "2", "--language", "de"],
    );
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let listed: Vec<_> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    assert_eq!(listed.len(), 2);
    let entries: usize = listed.iter().map(|path| zip(path.as_ref()).len()).sum();
    let expected: Value =
        serde_json::from_slice(&fs::read(out.join("expected.json")).unwrap()).unwrap();
    assert_eq!(expected["entries"].as_array().unwrap().len(), entries);

    let (out, output) = run("program-case", &["--case", "Q47", "--format", "folder"]);
    assert!(output.status.success());
    assert!(
        out.join("takeout-20261201T000000Z-3-001/Takeout/Google Photos")
            .is_dir()
    );
    assert!(run("program-hostile", &["--hostile"]).1.status.success());
    assert!(
        run("program-bulk", &["--bulk", "10", "--format", "tgz"])
            .1
            .status
            .success()
    );
    let (_, output) = run("program-wrong", &["--case", "Q51"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no case Q51"));
}
