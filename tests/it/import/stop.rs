//! Death, signals and a full disk in the middle: what is held stays held, and the next run ends as if nothing had been.

use std::fs;

use gphotos_sim::takeout::{Export, Form, Format, Library, Shot, TarNames, ZipStyle};
use gphotos_sim::{Content, Item};

use super::formats::library;
use super::lab::{Lab, Set, counted};
use crate::support::{Action, Key, Shim, Signal, Snapshot, keys, signal, until};

const DAY: &str = "2024-03-09T12:00:00Z";

/// What an import that nothing disturbs comes to.
fn undisturbed() -> (Set, std::collections::BTreeSet<(String, String)>) {
    let lab = Lab::new();
    lab.import(&lab.zips(&library()), &[]).assert_exit(0);
    (lab.set(), lab.albums())
}

fn arguments(parts: &[std::path::PathBuf]) -> Vec<&str> {
    let parts = parts.iter().map(|part| part.to_str().expect("text"));
    ["import", "--json", "--time-zone", "UTC"]
        .into_iter()
        .chain(parts)
        .collect()
}

/// Every kind of call on every kind of file: the first, one in the middle and the last.
fn moments() -> Vec<Key> {
    let lab = Lab::new();
    let parts = lab.zips(&library());
    let record = lab.folder().join("record");
    let shim = Shim::on(lab.env.root()).record(&record);
    let mut command = lab.env.command(&arguments(&parts));
    let run = shim.apply(&mut command).spawn().expect("it starts");
    let _ = lab.env.finish(run).assert_exit(0);
    let all = keys(&record);
    let kind = |key: &Key| {
        let folder = key.path.split('/').take(3).collect::<Vec<_>>().join("/");
        let folder = folder.trim_end_matches(|c: char| c.is_ascii_digit() || c == '#');
        (key.call.clone(), folder.to_owned())
    };
    let mut kinds: Vec<_> = all.iter().map(kind).collect();
    kinds.sort();
    kinds.dedup();
    let mut moments = Vec::new();
    for wanted in kinds {
        let of_kind: Vec<_> = all.iter().filter(|key| kind(key) == wanted).collect();
        for at in [0, of_kind.len() / 2, of_kind.len() - 1] {
            moments.push(of_kind[at].clone());
        }
    }
    moments.sort();
    moments.dedup();
    moments
}

#[test]
fn an_import_that_is_killed_is_finished_by_the_next_one() {
    let expected = undisturbed();
    let moments = moments();
    let stride = if crate::support::is_full() {
        1
    } else {
        1 + moments.len() / 24
    };
    let mut struck = 0;
    for key in moments.iter().step_by(stride) {
        let lab = Lab::new();
        let parts = lab.zips(&library());
        let mark = lab.folder().join("mark");
        let shim = Shim::on(lab.env.root())
            .mark(&mark)
            .fault(key, Action::Kill);
        let mut command = lab.env.command(&arguments(&parts));
        let run = shim.apply(&mut command).spawn().expect("it starts");
        let run = lab.env.finish(run);
        if mark.exists() {
            struck += 1;
            assert_eq!(run.exit, 137, "{key}: {run}");
        }
        let between = Snapshot::of(lab.env.root());
        let again = lab.import(&parts, &[]);
        assert_eq!(again.exit, 0, "{key}: {again}");
        let lost = between.losses(&Snapshot::of(lab.env.root()));
        assert!(lost.is_empty(), "{key}: {lost:?}");
        assert_eq!((lab.set(), lab.albums()), expected, "{key}");
        let archive = lab.env.archive();
        assert_eq!(archive.temps, [""; 0], "{key}");
        assert!(!archive.lists.iter().any(|name| name.ends_with(".partial")));
        let photos = archive
            .files
            .keys()
            .filter(|path| path.strip_suffix(".xmp").is_none());
        assert_eq!(photos.count(), distinct(&expected.0), "{key}");
    }
    assert!(struck > 8, "only {struck} faults struck");
}

fn distinct(set: &Set) -> usize {
    let bytes: std::collections::BTreeSet<_> = set.iter().map(|(_, _, sha256)| sha256).collect();
    bytes.len()
}

#[test]
fn an_import_that_is_interrupted_goes_on_where_it_ended() {
    let library = Library {
        seed: 3,
        items: 400,
        ..Library::default()
    };
    let export = library.export();
    let lab = Lab::new();
    let parts = lab.write(&export, Format::Tgz(TarNames::Gnu));
    let run = lab.env.spawn(&arguments(&parts));
    until("a photo is in its place", || {
        let years = fs::read_dir(lab.env.path("downloads"));
        years.is_ok_and(|years| {
            years
                .flatten()
                .any(|year| year.file_name() != ".gphotos-dl")
        })
    });
    signal(&run, Signal::TERM);
    let run = lab.env.finish(run).assert_exit(143);
    assert_eq!(run.json()["exit"], 143);
    assert!(!run.stderr.contains("error:"), "{run}");
    let before = Snapshot::of(lab.env.root());
    assert!(!lab.set().is_empty());
    let again = lab.import(&parts, &[]).assert_exit(0).json();
    assert!(super::lab::counted(&again, "media_stored") > 0, "{again:#}");
    let lost = before.losses(&Snapshot::of(lab.env.root()));
    assert!(lost.is_empty(), "{lost:?}");
    let whole = Lab::new();
    whole.import(&whole.zips(&export), &[]).assert_exit(0);
    assert_eq!((lab.set(), lab.albums()), (whole.set(), whole.albums()));
}

#[test]
fn a_disk_with_too_little_room_stops_an_import_before_any_byte() {
    let export = library();
    for format in [Format::Zip(ZipStyle::default()), Format::Tgz(TarNames::Gnu)] {
        let lab = Lab::new();
        let parts = lab.write(&export, format);
        let run = lab.import(&parts, &["--min-free", "999T"]).assert_exit(7);
        let _ = run.assert_says("are needed");
        assert!(lab.env.archive().files.is_empty());
        assert_eq!(lab.env.archive().temps, [""; 0]);
        lab.import(&parts, &[]).assert_exit(0);
        assert_eq!((lab.set(), lab.albums()), undisturbed());
    }
}

/// EFBIG: the next file may well fit, so it is the item's trouble and not the disk's.
#[test]
fn a_file_larger_than_the_system_lets_a_file_be_fails_alone() {
    let mut export = Export::new();
    let year = export.year(2024);
    for (name, size) in [("a.jpg", 8 << 20), ("b.jpg", 0), ("c.jpg", 0)] {
        let item = Item {
            content: Content::Jpeg {
                seed: size as u64 + u64::from(name.as_bytes()[0]),
                size,
            },
            ..Item::photo(1, name, DAY)
        };
        let shot = export.add(Shot {
            form: Form::Bytes(item.original()),
            ..Shot::photo(name, DAY)
        });
        export.media(year, name, shot);
        export.sidecar(year, &format!("{name}.json"), shot);
    }
    let lab = Lab::new();
    let part = lab.zips(&export).remove(0);
    let args = arguments(std::slice::from_ref(&part));
    for stored in [2, 0] {
        // 4 MiB, in blocks of 512 bytes.
        let run = lab.env.shell("ulimit -f 8192", &args).spawn();
        let said = lab
            .env
            .finish(run.expect("it starts"))
            .assert_exit(3)
            .json();
        assert_eq!(counted(&said, "media_stored"), stored, "{said:#}");
        let trouble = &said["exports"][0]["troubles"][0];
        let entry = trouble["entry"].as_str().expect("an entry");
        assert!(entry.ends_with("/a.jpg"), "{said:#}");
        let why = trouble["why"].as_str().expect("a cause");
        assert!(why.contains("File too large"), "{why}");
        assert_eq!(lab.set().len(), 2);
    }
    let said = lab.import(&[&part], &[]).assert_exit(0).json();
    assert_eq!(counted(&said, "media_stored"), 1, "{said:#}");
    assert_eq!(lab.set().len(), 3);
}

#[test]
fn a_dry_run_writes_nothing() {
    let export = library();
    let lab = Lab::new();
    let parts = lab.zips(&export);
    let before = Snapshot::of_all(lab.env.root());
    let planned = lab.import(&parts, &["--dry-run"]).assert_exit(0).json();
    let changed = before.differences(&Snapshot::of_all(lab.env.root()));
    assert!(changed.is_empty(), "{changed:?}");
    let files = planned["exports"][0]["files"].as_array().expect("a list");
    let media = export.expected();
    let media = media.entries.iter().filter(|entry| {
        let file = entry.file.map(|file| &media.files[file]);
        file.is_some_and(|file| file.kept == gphotos_sim::takeout::Kept::Stored)
    });
    assert_eq!(files.len(), media.count(), "{planned:#}");
}

#[test]
fn few_descriptors_make_an_import_slower_and_nothing_else() {
    let expected = undisturbed();
    for limit in [32, 40, 63] {
        let lab = Lab::new();
        let parts = lab.zips(&library());
        let line = format!("ulimit -n {limit}");
        let run = lab.env.shell(&line, &arguments(&parts)).spawn();
        let _ = lab.env.finish(run.expect("it starts")).assert_exit(0);
        assert_eq!((lab.set(), lab.albums()), expected, "{limit}");
    }
}

#[test]
fn what_a_dead_import_had_in_mind_is_owed_no_more_when_it_turns_out_to_be_others() {
    let mut export = Export::new();
    let year = export.year(2023);
    for number in 0..200 {
        let name = format!("IMG_{number}.jpg");
        let shot = export.add(Shot::photo(&name, "2023-06-09T10:19:47Z"));
        export.media(year, &name, shot);
        export.sidecar(year, &format!("{name}.json"), shot).part = 1;
    }
    let lab = Lab::new();
    let parts = lab.zips(&export);
    let (mark, record) = (lab.folder().join("mark"), lab.folder().join("record"));
    let run = |shim: Shim, lab: &Lab| {
        let mut command = lab.env.command(&arguments(&parts[..1]));
        let run = shim.apply(&mut command).spawn().expect("it starts");
        lab.env.finish(run)
    };
    let other = Lab::new();
    let _ = run(Shim::on(other.env.root()).record(&record), &other).assert_exit(0);
    let named = |key: &&Key| key.call.contains("rename") && key.path.contains("IMG_");
    let named = keys(&record)
        .iter()
        .filter(named)
        .cloned()
        .collect::<Vec<_>>();
    let key = &named[named.len() / 2];
    let killed = Shim::on(lab.env.root())
        .mark(&mark)
        .fault(key, Action::Kill);
    assert_eq!(run(killed, &lab).exit, 137);
    assert!(mark.exists());
    let status = lab.env.run(&["status"]).assert_exit(0);
    assert!(status.stdout.contains("not fetched yet"), "{status}");
    lab.import(&parts, &[]).assert_exit(0);
    let status = lab.env.run(&["status"]).assert_exit(0);
    assert!(!status.stdout.contains("not fetched"), "{status}");
}
