//! A `.tgz` has one checksum, at its end: what a damaged one gives is stored and marked, and once the part comes whole the
//! archive is as if it had been whole the first time.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::PathBuf;

use flate2::read::GzDecoder;
use gphotos_sim::Digest;
use gphotos_sim::takeout::{Export, Format, Library, Shot, TarNames, ZipStyle};

use super::lab::{Lab, Set};
use crate::support::{Action, Dice, Shim, keys};
use crate::verify::repair::put_aside;
use crate::verify::{found, verify};

const TGZ: Format = Format::Tgz(TarNames::Gnu);
const DAY: &str = "2024-03-09T12:00:00Z";

fn library(missing_json_percent: u8) -> Export {
    let library = Library {
        seed: 31,
        items: 7,
        missing_json_percent,
        ..Library::default()
    };
    library.export()
}

/// What an archive holds that has got the whole part only, and that part.
fn whole(export: &Export) -> (Set, String, Vec<u8>) {
    let lab = Lab::new();
    let part = lab.write(export, TGZ).remove(0);
    lab.import(&[&part], &[]).assert_exit(0);
    let name = part.file_name().expect("a name").to_str().expect("text");
    (lab.set(), name.to_owned(), fs::read(&part).expect("read"))
}

fn bytes_of(set: &Set) -> BTreeSet<String> {
    set.iter().map(|(_, _, sha256)| sha256.clone()).collect()
}

/// Everything that says of a file that nothing vouches for it: in the index, and in the newest manifest.
fn marks(lab: &Lab) -> Vec<String> {
    let index = lab.described().into_iter();
    let index = index.filter(|row| row[6].contains("unproven"));
    let listed = lab.env.archive().rows.into_iter();
    let listed = listed.filter(|row| row["detail"].contains("unproven"));
    let index = index.map(|row| format!("index: {row:?}"));
    index
        .chain(listed.map(|row| format!("manifest: {row:?}")))
        .collect()
}

pub(super) fn lose_index(lab: &mut Lab) {
    fs::remove_dir_all(lab.env.path("downloads/.gphotos-dl/index")).expect("removed");
    lab.env.in_hours(1);
}

fn flipped(good: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = good.to_vec();
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

/// The bits of a gzip stream, without its header, of which not all are under the checksum.
fn bit(dice: &mut Dice, good: &[u8]) -> usize {
    8 * 10 + dice.below(8 * (good.len() - 10))
}

/// Sidecars without the file that they describe.
fn lonely_sidecars(lab: &Lab) -> Vec<String> {
    let archive = lab.env.archive();
    let files = archive.files.keys();
    let sidecars = files.filter_map(|path| path.strip_suffix(".xmp"));
    let is_lonely = |file: &&str| !archive.files.contains_key(*file);
    sidecars.filter(is_lonely).map(str::to_owned).collect()
}

#[test]
fn wherever_a_bit_has_flipped_the_whole_part_puts_everything_right() {
    let export = library(30);
    let (expected, name, good) = whole(&export);
    let (mut dice, mut wrong) = (Dice::new(4), 0);
    for number in 0..60 {
        let at = bit(&mut dice, &good);
        let mut lab = Lab::new();
        let part = lab.put(&name, &flipped(&good, at));
        let run = lab.import(&[&part], &[]);
        let about = format!("bit {at}: {run}");
        if run.exit == 0 {
            // One that only fills up the last byte of the stream.
            assert_eq!(lab.set(), expected, "{about}");
            continue;
        }
        assert_eq!(run.exit, 3, "{about}");
        assert!(run.stderr.contains(&format!("damaged {name}")), "{about}");
        let stored = bytes_of(&lab.set());
        let bad: BTreeSet<_> = &stored - &bytes_of(&expected);
        wrong += bad.len();
        if !stored.is_empty() {
            assert!(!marks(&lab).is_empty(), "{about}");
        }
        if number % 2 == 1 && !stored.is_empty() {
            lose_index(&mut lab);
        }
        let whole = lab.put(&name, &good);
        let healed = lab.import(&[&whole], &[]).assert_exit(0);
        assert_eq!(lab.set(), expected, "{about}\n{healed}");
        assert_eq!(marks(&lab), [""; 0], "{about}\n{healed}");
        assert_eq!(found(&verify(&lab.env, 0)), [""; 0], "{about}");
        let aside: BTreeSet<_> = put_aside(&lab.env)
            .into_iter()
            .filter(|(path, _)| path.strip_suffix(".xmp").is_none())
            .map(|(_, bytes)| Digest::of(&bytes.into()).sha256)
            .collect();
        assert_eq!(lonely_sidecars(&lab), [""; 0], "{about}");
        assert_eq!(aside, bad, "{about}");
        if number % 4 < 2 && !stored.is_empty() {
            lose_index(&mut lab);
            lab.import(&[&whole], &["--reread"]).assert_exit(0);
            assert_eq!(lab.set(), expected, "{about}, without the index");
            assert_eq!(marks(&lab), [""; 0], "{about}, without the index");
        }
    }
    assert!(wrong >= 5, "only {wrong} files had wrong bytes");
}

#[test]
fn what_comes_of_a_part_that_is_cut_off_is_in_doubt_until_it_comes_whole() {
    let export = library(30);
    let (expected, name, good) = whole(&export);
    let (mut dice, mut stored) = (Dice::new(5), 0);
    for number in 0..10 {
        let mut lab = Lab::new();
        let part = lab.put(&name, &good[..100 + dice.below(good.len() - 100)]);
        let run = lab.import(&[&part], &[]).assert_exit(3);
        let held = lab.set();
        stored += held.len();
        assert!(bytes_of(&held).is_subset(&bytes_of(&expected)), "{run}");
        // Its checksum is behind the cut.
        assert_eq!(marks(&lab).is_empty(), held.is_empty(), "{run}");
        if number % 2 == 1 && !held.is_empty() {
            lose_index(&mut lab);
        }
        let whole = lab.put(&name, &good);
        lab.import(&[&whole], &[]).assert_exit(0);
        assert_eq!(lab.set(), expected, "{run}");
        assert_eq!(marks(&lab), [""; 0], "{run}");
        assert!(put_aside(&lab.env).is_empty());
    }
    assert!(stored > 20, "only {stored} files were stored");
}

#[test]
fn a_part_that_is_cut_off_and_has_a_wrong_bit_as_well_is_put_right() {
    for loses in [false, true] {
        let mut scene = scene(true);
        let name = scene.whole.file_name().expect("a name").to_owned();
        let name = name.to_str().expect("text");
        let bytes = |path| fs::read(path).expect("read");
        let damaged = bytes(&scene.damaged);
        // Behind the last photo are a kibibyte of nothing, packed, and the checksum.
        let cut = scene.lab.put(name, &damaged[..damaged.len() - 9]);
        let good = bytes(&scene.whole);
        let other = flipped(&good, 8 * (good.len() - 8));
        let other = scene.lab.put(name, &other);
        scene.lab.import(&[&cut], &[]).assert_exit(3);
        assert_eq!(scene.there(), scene.bad);
        assert_eq!(marks(&scene.lab).len(), 6);
        if loses {
            lose_index(&mut scene.lab);
        }
        // Right in all but its checksum: nobody can tell, and nobody claims to.
        let run = scene.lab.import(&[&other], &[]).assert_exit(3);
        let said = run.json();
        assert!(!run.stderr.contains("a whole part"), "{run}");
        assert_eq!(said["exports"][0]["troubles"], serde_json::json!([]));
        assert!(bytes_of(&scene.lab.set()).is_superset(&bytes_of(&scene.expected)));
        scene.lab.import(&[&scene.whole], &[]).assert_exit(0);
        assert_eq!(scene.lab.set(), scene.expected);
        assert_eq!(marks(&scene.lab), [""; 0]);
        let aside = [(PLACE.to_owned(), scene.bad)].into();
        assert!(put_aside(&scene.lab.env) == aside);
        assert_eq!(found(&verify(&scene.lab.env, 0)), [""; 0]);
    }
}

#[test]
fn a_damaged_copy_of_a_part_takes_nothing_out_of_an_album_where_the_index_is_lost() {
    let mut export = Export::new();
    let (year, album) = (export.year(2024), export.album("Trip"));
    let shot = export.add(Shot::photo("a.jpg", DAY));
    export.media(year, "a.jpg", shot);
    export.sidecar(year, "a.jpg.json", shot);
    export.media(album, "a.jpg", shot);
    for tenth in 2..10 {
        let mut lab = Lab::new();
        let good = lab.write(&export, TGZ).remove(0);
        lab.import(&[&good], &[]).assert_exit(0);
        let (expected, bytes) = (lab.albums(), fs::read(&good).expect("read"));
        assert_eq!(expected.len(), 1);
        lose_index(&mut lab);
        let name = good.file_name().and_then(|name| name.to_str());
        let bytes = flipped(&bytes, 8 * bytes.len() * tenth / 10);
        let damaged = lab.put(name.expect("text"), &bytes);
        lab.import(&[&damaged], &[]).assert_exit(3);
        lab.import(&[&good], &[]).assert_exit(0);
        assert_eq!(lab.albums(), expected, "{tenth} tenths");
    }
}

/// Three photos, and a part with a wrong bit in the middle of the second: its good bytes, its wrong ones, both parts.
struct Scene {
    lab: Lab,
    good: Vec<u8>,
    bad: Vec<u8>,
    whole: PathBuf,
    damaged: PathBuf,
    expected: Set,
}

fn three(is_described: bool) -> Export {
    let mut export = Export::new();
    let year = export.year(2024);
    for name in ["a.jpg", "b.jpg", "c.jpg"] {
        let shot = export.add(Shot::photo(name, DAY));
        export.media(year, name, shot);
        if is_described {
            export.sidecar(year, &format!("{name}.json"), shot);
        }
    }
    export
}

fn scene(is_described: bool) -> Scene {
    let export = three(is_described);
    let (expected, name, good) = whole(&export);
    let file = export
        .files()
        .iter()
        .find(|file| file.path.ends_with("b.jpg"));
    let photo = file.expect("the photo").bytes.clone();
    let unpacked = unpack(&good);
    let windows = unpacked.windows(photo.len());
    let start = windows.clone().position(|there| there == photo);
    let start = start.expect("its bytes");
    // One that leaves everything else as it was.
    let mut dice = Dice::new(6);
    let (damaged, bad) = std::iter::repeat_with(|| flipped(&good, bit(&mut dice, &good)))
        .take(20_000)
        .find_map(|damaged| {
            let found = unpack(&damaged);
            let bad = found.get(start..start + photo.len())?.to_vec();
            let mut others = found;
            others[start..start + photo.len()].copy_from_slice(&photo);
            (bad != photo && others == unpacked).then_some((damaged, bad))
        })
        .expect("a bit of the photo");
    let lab = Lab::new();
    let (whole, damaged) = (lab.put(&name, &good), lab.put(&name, &damaged));
    Scene {
        lab,
        good: photo.to_vec(),
        bad,
        whole,
        damaged,
        expected,
    }
}

/// As much as can be read.
fn unpack(part: &[u8]) -> Vec<u8> {
    let (mut reader, mut bytes, mut chunk) = (GzDecoder::new(part), Vec::new(), [0; 512]);
    while let Ok(read @ 1..) = reader.read(&mut chunk) {
        bytes.extend_from_slice(&chunk[..read]);
    }
    bytes
}

const PLACE: &str = "2024/03/b.jpg";

impl Scene {
    fn there(&self) -> Vec<u8> {
        fs::read(self.lab.env.path("downloads").join(PLACE)).expect("read")
    }

    #[track_caller]
    fn assert_healed(&self, about: &str) {
        assert_eq!(self.lab.set(), self.expected, "{about}");
        assert_eq!(marks(&self.lab), [""; 0], "{about}");
        assert!(self.there() == self.good, "{about}");
        let aside = [(PLACE.to_owned(), self.bad.clone())].into();
        assert!(put_aside(&self.lab.env) == aside, "{about}");
        assert_eq!(found(&verify(&self.lab.env, 0)), [""; 0], "{about}");
    }
}

#[test]
fn the_good_bytes_take_the_place_of_the_wrong_ones_which_are_kept() {
    for is_described in [true, false] {
        for loses in [false, true] {
            let mut scene = scene(is_described);
            scene.lab.import(&[&scene.damaged], &[]).assert_exit(3);
            assert_eq!(scene.there(), scene.bad);
            assert_eq!(marks(&scene.lab).len(), 6);
            if loses {
                lose_index(&mut scene.lab);
            }
            scene
                .lab
                .import(&[&scene.whole], &[])
                .assert_exit(0)
                .assert_says("damaged files are in ");
            scene.assert_healed("");
            // The damaged one has nothing to say any more.
            scene.lab.import(&[&scene.damaged], &[]).assert_exit(3);
            scene.assert_healed("");
            lose_index(&mut scene.lab);
            scene.lab.import(&[&scene.damaged], &[]).assert_exit(3);
            scene.assert_healed("");
        }
    }
}

#[test]
fn a_damaged_part_beside_the_whole_one_adds_nothing() {
    let scene = scene(true);
    let (first, second) = (&scene.damaged, &scene.whole);
    for parts in [[first, second], [second, first]] {
        let lab = Lab::new();
        lab.import(&parts, &[]).assert_exit(3);
        assert_eq!(lab.set(), scene.expected);
        assert_eq!(marks(&lab), [""; 0]);
        assert!(put_aside(&lab.env).is_empty());
    }
}

#[test]
fn an_edit_of_a_wrong_photo_is_left_where_it_is() {
    let scene = scene(true);
    scene.lab.import(&[&scene.damaged], &[]).assert_exit(3);
    let path = scene.lab.env.path("downloads").join(PLACE);
    let edited = [scene.good.clone(), b"and more".to_vec()].concat();
    fs::write(&path, &edited).expect("written");
    scene.lab.import(&[&scene.whole], &[]).assert_exit(0);
    assert_eq!(scene.there(), edited);
    assert_eq!(scene.lab.set(), scene.expected);
    assert_eq!(marks(&scene.lab), [""; 0]);
    assert!(put_aside(&scene.lab.env).is_empty());
}

#[test]
fn a_file_that_another_photo_has_too_stays() {
    let scene = scene(true);
    scene.lab.import(&[&scene.damaged], &[]).assert_exit(3);
    // The same bytes in an export that is whole, as a photo of their own.
    let mut export = Export::new();
    let folder = scene
        .lab
        .folder()
        .join("Takeout/Google Photos/Photos from 2024");
    fs::create_dir_all(&folder).expect("made");
    fs::write(folder.join("other.jpg"), &scene.bad).expect("written");
    let year = export.year(2024);
    let shot = export.add(Shot::photo("other.jpg", DAY));
    export.sidecar(year, "other.jpg.json", shot);
    fs::write(folder.join("other.jpg.json"), &export.files()[0].bytes).expect("written");
    let takeout = folder.ancestors().nth(3).expect("a folder");
    scene.lab.import(&[takeout], &[]).assert_exit(0);
    let both: Set = scene
        .lab
        .set()
        .difference(&scene.expected)
        .cloned()
        .collect();
    assert_eq!(both.len(), 2, "{both:?}");
    scene.lab.import(&[&scene.whole], &[]).assert_exit(0);
    let other: Set = scene
        .lab
        .set()
        .difference(&scene.expected)
        .cloned()
        .collect();
    assert_eq!(other.len(), 1, "{other:?}");
    assert!(scene.expected.is_subset(&scene.lab.set()));
    assert_eq!(marks(&scene.lab), [""; 0]);
    assert!(put_aside(&scene.lab.env).is_empty());
    assert_eq!(found(&verify(&scene.lab.env, 0)), [""; 0]);
}

#[test]
fn killed_at_any_moment_it_is_ended_by_the_next_import() {
    let start = || {
        let mut scene = scene(true);
        scene.lab.import(&[&scene.damaged], &[]).assert_exit(3);
        scene.lab.env.in_hours(1);
        scene
    };
    let import = |scene: &Scene, shim: &Shim| {
        let part = scene.whole.to_str().expect("text");
        let mut command = scene.lab.env.command(&["import", part]);
        let run = shim.apply(&mut command).spawn().expect("it starts");
        scene.lab.env.finish(run).exit
    };
    let first = start();
    let record = first.lab.env.path("record");
    let shim = Shim::on(first.lab.env.root()).record(&record);
    assert_eq!(import(&first, &shim), 0);
    first.assert_healed("");
    let moments: Vec<_> = keys(&record)
        .into_iter()
        .filter(|key| {
            ["damaged", "/2024", ".jsonl"]
                .iter()
                .any(|part| key.path.contains(part))
        })
        .collect();
    assert!(moments.len() >= 8, "{moments:#?}");
    for (number, moment) in moments.iter().enumerate() {
        let mut scene = start();
        let shim = Shim::on(scene.lab.env.root()).fault(moment, Action::Kill);
        assert_eq!(import(&scene, &shim), 137, "{moment}");
        let there = fs::read(scene.lab.env.path("downloads").join(PLACE)).ok();
        let aside = put_aside(&scene.lab.env).remove(PLACE);
        match (&there, &aside) {
            (Some(only), None) | (None, Some(only)) => assert_eq!(only, &scene.bad, "{moment}"),
            (Some(new), Some(old)) => {
                assert_eq!((new, old), (&scene.good, &scene.bad), "{moment}");
            }
            (None, None) => panic!("{moment}: both are gone"),
        }
        if number % 3 == 2 {
            lose_index(&mut scene.lab);
        }
        let run = scene.lab.import(&[&scene.whole], &[]).assert_exit(0);
        scene.assert_healed(&format!("{moment}: {run}"));
    }
}

#[test]
fn the_good_bytes_may_come_in_another_form() {
    let scene = scene(true);
    scene.lab.import(&[&scene.damaged], &[]).assert_exit(3);
    let zip = scene
        .lab
        .write(&three(true), Format::Zip(ZipStyle::default()));
    scene.lab.import(&zip, &[]).assert_exit(0);
    scene.assert_healed("");
}
