//! The seeds of the fuzz targets (`fuzz/corpus/`): the generator's exports and hostile archives, as far as they are small.
//!
//! `GPHOTOS_DL_WRITE_CORPUS=1` writes them. What fuzzing has found lies beside them, under other names.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use gphotos_sim::takeout::{Export, Form, Format, Role, Shot, cases, hostile};

use super::formats::FORMS;
use super::lab::Lab;

/// Bytes: a larger one is only slower to change at random.
const MOST: usize = 12 << 10;

#[test]
fn every_seed_of_the_fuzz_targets_is_there() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let is_written = std::env::var("GPHOTOS_DL_WRITE_CORPUS").is_ok_and(|word| word == "1");
    for (target, seeds) in [
        ("archive_walk", archives()),
        ("sidecar_pairing", listings()),
    ] {
        let folder = corpus.join(target);
        if is_written {
            fs::create_dir_all(&folder).expect("made");
        }
        assert!(seeds.len() > 20, "{target} has {} seeds", seeds.len());
        for (name, bytes) in seeds {
            let path = folder.join(name);
            if is_written {
                fs::write(&path, bytes).expect("written");
            }
            assert!(path.is_file(), "{} is missing", path.display());
        }
    }
}

/// One small export in every form, and what means harm.
fn archives() -> BTreeMap<String, Vec<u8>> {
    let (lab, export) = (Lab::new(), small());
    let mut seeds = BTreeMap::new();
    let recipe = export
        .files()
        .iter()
        .flat_map(|file| line(&file.path, &file.bytes));
    seeds.insert(
        "folder".to_owned(),
        [b"folder\n".to_vec(), recipe.collect()].concat(),
    );
    for (form, format) in FORMS {
        if format == Format::Folder {
            continue;
        }
        let bytes = fs::read(&lab.write(&export, format)[0]).expect("read");
        seeds.extend(tar_of(&bytes).map(|tar| (format!("{form}, unpacked"), tar)));
        seeds.insert(form.to_owned(), bytes);
    }
    for one in hostile::all() {
        let tar = tar_of(&one.bytes).filter(|_| one.extension == "tgz");
        seeds.extend(tar.map(|tar| (format!("{}, unpacked", one.name), tar)));
        seeds.insert(one.name, one.bytes);
    }
    seeds.retain(|_, bytes| bytes.len() <= MOST);
    seeds
}

/// What is inside a gzip stream: a change of that is one of the archive, not only a wrong checksum.
fn tar_of(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut tar = Vec::new();
    let read = flate2::read::GzDecoder::new(bytes).read_to_end(&mut tar);
    read.ok().map(|_| tar)
}

/// The named cases, as lists of paths and texts.
fn listings() -> BTreeMap<String, Vec<u8>> {
    let mut seeds = BTreeMap::new();
    for case in cases::all() {
        let files = case.exports.iter().flat_map(Export::files);
        let lines = files.map(|file| {
            let text: &[u8] = if Path::new(&file.path).extension() == Some("json".as_ref()) {
                &file.bytes
            } else {
                b""
            };
            line(&file.path, text)
        });
        seeds.insert(case.id.to_owned(), lines.collect::<Vec<_>>().concat());
    }
    seeds.retain(|_, bytes| bytes.len() <= MOST);
    seeds
}

/// A path, a tab and a text: in one line, because outside of strings a line end means nothing in JSON.
fn line(path: &str, text: &[u8]) -> Vec<u8> {
    let text: Vec<u8> = text.iter().copied().filter(|byte| *byte != b'\n').collect();
    [path.as_bytes(), b"\t", &text, b"\n"].concat()
}

/// A photo with its sidecar, one of an album with its clip, one under a name that is no ASCII.
fn small() -> Export {
    let mut export = Export::new();
    let (year, album) = (export.year(2020), export.album("Été"));
    for (name, folder) in [("a.jpg", year), ("é.jpg", year), ("b.heic", album)] {
        let shot = export.add(Shot {
            form: Form::Bytes(name.repeat(20).into()),
            ..Shot::photo(name, "2020-03-03T10:00:00Z")
        });
        export.media(folder, name, shot);
        export.sidecar(folder, &format!("{name}.supplemental-metadata.json"), shot);
        if folder == album {
            export.media_as(folder, "b.mp4", shot, Role::Motion);
        }
    }
    export
}
