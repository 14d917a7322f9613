//! Parts that are known again, and parts of which nothing can be read.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use gphotos_sim::takeout::{Export, Format, Packer, TarNames, ZipStyle};
use serde_json::Value;

use super::formats::library;
use super::lab::{Lab, counted};

const DAY: &str = "2023-06-09T10:19:47Z";

/// A tar archive with one photo of these bytes in the middle, far from both ends.
fn tar(lab: &Lab, photo: &[u8]) -> PathBuf {
    let path = lab.folder().join("takeout-20261101T000000Z-001.tgz");
    let mut packer = Packer::create(&path, Format::Tgz(TarNames::Gnu)).expect("made");
    let when = DAY.parse().expect("a date");
    let noise = |seed: u64| -> Vec<u8> {
        let mut state = seed;
        let next = |_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 56) as u8
        };
        (0..3 << 20).map(next).collect()
    };
    let folder = "Takeout/Google Photos/Photos from 2023";
    for (name, bytes) in [
        ("first.jpg", noise(1)),
        ("middle.jpg", photo.to_vec()),
        ("last.jpg", noise(2)),
    ] {
        let path = format!("{folder}/{name}");
        packer.add(&path, when, &bytes).expect("added");
    }
    packer.finish().expect("finished");
    path
}

#[test]
fn a_tar_that_differs_from_a_known_one_only_in_its_middle_is_read() {
    let lab = Lab::new();
    let (one, other) = ([1; 5000], [2; 5000]);
    let known = tar(&lab, &one);
    lab.import(&[&known], &[]).assert_exit(0);
    // Compressed they would differ in length; as plain tars they do not.
    let plain = |path: &PathBuf| {
        let bytes = fs::read(path).expect("read");
        let mut plain = Vec::new();
        let mut decoder = flate2::read::GzDecoder::new(bytes.as_slice());
        std::io::Read::read_to_end(&mut decoder, &mut plain).expect("unpacked");
        fs::write(path, plain).expect("written");
    };
    let lab = Lab::new();
    let (known, new) = (tar(&lab, &one), tar(&lab, &other));
    plain(&known);
    plain(&new);
    assert_eq!(
        fs::metadata(&known).expect("there").len(),
        fs::metadata(&new).expect("there").len()
    );
    lab.import(&[&known], &[]).assert_exit(0);
    let run = lab.import(&[&new], &[]).assert_exit(0).json();
    assert_eq!(counted(&run, "media_stored"), 1, "{run:#}");
    for part in [&known, &new] {
        let run = lab.import(&[part], &[]).assert_exit(0).json();
        let skipped = run["exports"][0]["already_imported"].as_array();
        assert_eq!(skipped.map(Vec::len), Some(1), "{run:#}");
    }
    // Both in one call, and the same one twice.
    let lab = Lab::new();
    let (known, new, again) = (tar(&lab, &one), tar(&lab, &other), tar(&lab, &one));
    for part in [&known, &new, &again] {
        plain(part);
    }
    let run = lab.import(&[known, new, again], &[]).assert_exit(0).json();
    assert_eq!(counted(&run, "media_stored"), 4, "{run:#}");
    assert_eq!(counted(&run, "entries"), 6, "{run:#}");
}

#[test]
fn a_zip_whose_large_directory_differs_only_at_its_beginning_is_read() {
    let lab = Lab::new();
    let write = |changed: u8| {
        let path = lab.folder().join("takeout-20261101T000000Z-001.zip");
        let format = Format::Zip(ZipStyle::default());
        let mut packer = Packer::create(&path, format).expect("made");
        let when = DAY.parse().expect("a date");
        let folder = "Takeout/Google Photos/Photos from 2023";
        // What differs lies behind the first MiB, and its line in the directory more than one before the end.
        packer
            .add(&format!("{folder}/first.jpg"), when, &vec![7; 2 << 20])
            .expect("added");
        packer
            .add(&format!("{folder}/changed.jpg"), when, &[changed; 100])
            .expect("added");
        for number in 0..12_000 {
            let path = format!("Takeout/Other/{}{number:05}", "x".repeat(60));
            packer.add(&path, when, b"").expect("added");
        }
        packer.finish().expect("finished");
        path
    };
    let (known, new) = (write(1), write(2));
    let sizes = [&known, &new].map(|path| fs::metadata(path).expect("there").len());
    assert_eq!(sizes[0], sizes[1]);
    lab.import(&[&known], &[]).assert_exit(0);
    let run = lab.import(&[&new], &[]).assert_exit(0).json();
    assert_eq!(counted(&run, "media_stored"), 1, "{run:#}");
}

/// A folder with the parts of an export, and beside them everything that is none.
fn crowded(lab: &Lab, export: &Export) -> (PathBuf, Vec<(&'static str, &'static str)>) {
    let parts = lab.zips(export);
    let folder = parts[0].parent().expect("a folder").to_owned();
    let put = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).expect("written");
    put("takeout-20261101T000000Z-3-005.zip", b"");
    put(
        "takeout-20261101T000000Z-3-006.tgz",
        b"<html>Sign in</html>",
    );
    put("renamed.zip", b"");
    symlink("nowhere.zip", folder.join("link.zip")).expect("a link");
    let pipe = folder.join("pipe.zip");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo").success());
    let named = vec![
        ("takeout-20261101T000000Z-3-005.zip", "it is empty"),
        (
            "takeout-20261101T000000Z-3-006.tgz",
            "neither a zip nor a tgz",
        ),
        ("renamed.zip", "it is empty"),
        ("link.zip", "a link to something that is not there"),
        ("pipe.zip", "not a regular file"),
    ];
    (folder, named)
}

#[test]
fn what_is_no_part_is_named_and_stops_no_other() {
    let export = library();
    let whole = Lab::new();
    whole.import(&whole.zips(&export), &[]).assert_exit(0);
    for is_folder in [true, false] {
        let lab = Lab::new();
        let (folder, named) = crowded(&lab, &export);
        let mut paths = vec![folder.clone()];
        if !is_folder {
            let inside = fs::read_dir(&folder).expect("a folder");
            paths = inside.map(|one| one.expect("an entry").path()).collect();
        }
        let run = lab.import(&paths, &[]).assert_exit(3);
        let said = run.json();
        let damaged: Vec<(String, String)> = said["exports"]
            .as_array()
            .expect("exports")
            .iter()
            .flat_map(|export| export["parts"].as_array().expect("parts"))
            .filter_map(|part| {
                let damage = part["damage"].as_str()?.to_owned();
                Some((part["part"].as_str()?.to_owned(), damage))
            })
            .collect();
        assert_eq!(damaged.len(), named.len(), "{damaged:#?}");
        for (name, why) in named {
            assert!(
                damaged
                    .iter()
                    .any(|(part, damage)| part == name && damage.contains(why)),
                "{name}: {damaged:#?}"
            );
            assert!(run.stderr.contains(name), "{name}: {run}");
        }
        assert_eq!((lab.set(), lab.albums()), (whole.set(), whole.albums()));
        lab.env.run(&["verify"]).assert_exit(0);
    }
}

#[test]
fn what_cannot_be_opened_is_named_and_stops_no_other() {
    let export = library();
    let lab = Lab::new();
    // Where that user may look.
    let folder = lab.env.path("exports");
    fs::create_dir(&folder).expect("made");
    let zip = Format::Zip(ZipStyle::default());
    let mut parts = export.write(&folder, zip).expect("written");
    let closed = folder.join("closed");
    fs::create_dir(&closed).expect("made");
    parts.push(closed.clone());
    fs::set_permissions(&parts[1], fs::Permissions::from_mode(0o000)).expect("closed");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).expect("closed");
    let mut args = vec!["import", "--json", "--time-zone", "UTC"];
    args.extend(parts.iter().map(|part| part.to_str().expect("text")));
    let run = lab.env.run_unprivileged(&args);
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).expect("opened");
    let Some(run) = run else { return };
    let run = run.assert_exit(3);
    assert_eq!(run.stderr.matches("cannot be read").count(), 2, "{run}");
    assert!(counted(&run.json(), "media_stored") > 0, "{run}");
}

#[test]
fn a_path_that_does_not_exist_is_an_error_before_any_work() {
    let lab = Lab::new();
    let mut parts = lab.zips(&library());
    parts.push(lab.folder().join("missing.zip"));
    let run = lab.import(&parts, &[]).assert_exit(1);
    let _ = run.assert_says("missing.zip").assert_says("hint:");
    assert!(!lab.env.path("downloads").exists());
    // Nor is anything made of what is no archive at all.
    let text = lab.put("notes.txt", b"hello");
    let run = lab.import(&[text], &[]).assert_exit(1);
    let _ = run.assert_says("neither a zip nor a tgz");
}

#[test]
fn a_file_that_is_no_archive_is_called_that_and_a_broken_part_is_called_broken() {
    let lab = Lab::new();
    let mut parts = lab.zips(&library());
    parts.push(lab.put("notes.txt", b"hello"));
    parts.push(lab.put("empty.txt", b""));
    parts.push(lab.put("photo.jpg", b"\xff\xd8\xff\xe0"));
    parts.push(lab.put("takeout-20261101T000000Z-3-009.zip", b"PK and no more"));
    let foreign = |said: &Value| -> Vec<String> {
        let parts = said["exports"][0]["parts"].as_array();
        let parts = parts.or(said["exports"][0]["damaged_parts"].as_array());
        let foreign = parts
            .expect("parts")
            .iter()
            .filter(|part| part["is_archive"] == false);
        foreign.map(|part| part["part"].to_string()).collect()
    };
    for args in [&["-n"][..], &[]] {
        let run = lab.import(&parts, args).assert_exit(3);
        for name in ["notes.txt", "empty.txt", "photo.jpg"] {
            let line = format!("not a Takeout archive {name}: it is neither a zip");
            assert!(run.stderr.contains(&line), "{run}");
        }
        assert_eq!(run.stderr.matches("is incomplete").count(), 1, "{run}");
        assert_eq!(foreign(&run.json()).len(), 3, "{run}");
    }
}
