//! Every format that an export can come in, against readers that are not ours.

use std::fs;

use gphotos_sim::takeout::{Export, Format, PartNames, TarNames, ZipNames, ZipStyle, ZipWriter};

use super::readers::{program, python_names, tgz, zip};
use super::{folder, motley};

/// Names and bytes of one part as the export states them.
fn stated(export: &Export, part: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
    let files = export.part(part);
    files
        .map(|file| (file.path.clone().into_bytes(), file.bytes.to_vec()))
        .collect()
}

#[test]
fn every_style_of_zip_is_read_by_others() {
    let export = motley();
    let mut n = 0;
    for deflated in [false, true] {
        for zip64 in [false, true] {
            for descriptors in [false, true] {
                for names in [ZipNames::Flagged, ZipNames::Unflagged] {
                    let style = ZipStyle {
                        deflated,
                        zip64,
                        descriptors,
                        names,
                    };
                    n += 1;
                    let folder = folder(&format!("zip-{n}"));
                    for (part, path) in export
                        .write(&folder, Format::Zip(style))
                        .unwrap()
                        .iter()
                        .enumerate()
                    {
                        assert_eq!(zip(path), stated(&export, part), "{style:?}");
                        program("unzip", &["-tqq"], path);
                        let seen = python_names(path);
                        if names == ZipNames::Flagged {
                            let names: Vec<_> =
                                export.part(part).map(|file| file.path.clone()).collect();
                            assert!(seen.is_none_or(|seen| seen == names), "{style:?}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn names_in_the_old_code_page_are_read_without_the_flag() {
    let export = motley();
    let style = ZipStyle {
        names: ZipNames::Cp437,
        ..ZipStyle::default()
    };
    let path = export
        .write(&folder("cp437"), Format::Zip(style))
        .unwrap()
        .remove(1);
    let names: Vec<_> = zip(&path).into_iter().map(|(name, _)| name).collect();
    let accented = names
        .iter()
        .find(|name| name.ends_with(b" modifi\x82.jpg"))
        .unwrap();
    assert!(accented.starts_with(b"Takeout/Google\xffPhotos/Photos from 2019/\x82t\x82"));
    // What the page lacks is flagged instead, so a reader that goes by the flag sees the right names.
    let stated: Vec<_> = export.part(1).map(|file| file.path.clone()).collect();
    assert!(python_names(&path).is_none_or(|seen| seen == stated));
}

#[test]
fn both_kinds_of_long_names_in_a_tgz_are_read_by_others() {
    let export = motley();
    for (name, names) in [("gnu", TarNames::Gnu), ("pax", TarNames::Pax)] {
        let folder = folder(name);
        for (part, path) in export
            .write(&folder, Format::Tgz(names))
            .unwrap()
            .iter()
            .enumerate()
        {
            assert_eq!(tgz(path), stated(&export, part));
            if let Some(list) = program(
                "tar",
                &["--list", "--quoting-style=literal", "--file"],
                path,
            ) {
                let names: Vec<_> = export.part(part).map(|file| file.path.as_str()).collect();
                assert_eq!(list.lines().collect::<Vec<_>>(), names);
            }
        }
    }
}

#[test]
fn a_folder_holds_the_same_tree() {
    let export = motley();
    for (part, path) in export
        .write(&folder("plain"), Format::Folder)
        .unwrap()
        .iter()
        .enumerate()
    {
        for file in export.part(part) {
            let on_disk = path.join(&file.path);
            assert_eq!(fs::read(&on_disk).unwrap(), file.bytes);
            let modified = fs::metadata(&on_disk).unwrap().modified().unwrap();
            assert_eq!(modified, file.modified.into());
        }
    }
}

#[test]
fn the_same_export_gives_the_same_archives() {
    let formats = [
        Format::Zip(ZipStyle {
            deflated: true,
            ..ZipStyle::default()
        }),
        Format::Tgz(TarNames::Pax),
    ];
    for format in formats {
        let written = ["first", "again"].map(|name| {
            let paths = motley().write(&folder(name), format).unwrap();
            paths
                .iter()
                .map(|path| fs::read(path).unwrap())
                .collect::<Vec<_>>()
        });
        assert_eq!(written[0], written[1]);
    }
}

#[test]
fn parts_are_named_as_google_and_browsers_name_them() {
    let zip = Format::Zip(ZipStyle::default());
    for (names, expected) in [
        (PartNames::Classic, "takeout-20240525T201456Z-001.zip"),
        (PartNames::Numbered(3), "takeout-20240525T201456Z-3-001.zip"),
        (PartNames::Browser, "takeout-20240525T201456Z-001 (1).zip"),
    ] {
        assert_eq!(names.name("20240525T201456Z", 0, zip), expected);
    }
    assert_eq!(
        PartNames::Classic.name("20240525T201456Z", 11, Format::Tgz(TarNames::Gnu)),
        "takeout-20240525T201456Z-012.tgz"
    );
}

#[test]
fn a_directory_of_more_than_65_535_entries_is_written_in_64_bits() {
    let path = folder("many").join("many.zip");
    let file = std::io::BufWriter::new(fs::File::create(&path).unwrap());
    let mut writer = ZipWriter::new(file, ZipStyle::default());
    let at = "2026-11-01T00:00:00Z".parse().unwrap();
    for n in 0..70_000 {
        writer.add(&format!("Takeout/{n}"), at, b"").unwrap();
    }
    writer.finish(b"").unwrap();
    assert_eq!(zip(&path).len(), 70_000);
    assert!(python_names(&path).is_none_or(|names| names.len() == 70_000));
}
