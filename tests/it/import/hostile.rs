//! Archives that mean harm: nothing outside the archive changes, nothing false is stored, and the exit code is honest.

use std::fs;
use std::path::Path;

use gphotos_sim::takeout::hostile::{self, Hostile};
use gphotos_sim::takeout::{Export, Shot};

use super::expect::differences;
use super::lab::Lab;
use crate::support::{CommandOutput, Snapshot};

/// Address space in KiB: far less than any of the archives unpack to.
const MEMORY: &str = "ulimit -v 700000";

/// Imports one archive where everything around the root is watched.
fn spring(one: &Hostile, part: &str, line: &str) -> Vec<String> {
    sprung(one, part, line).1
}

/// The same, with what was printed.
fn sprung(one: &Hostile, part: &str, line: &str) -> (CommandOutput, Vec<String>) {
    let lab = Lab::new();
    let path = lab.put(part, &one.bytes);
    let around = path.parent().expect("a folder");
    let canary = around.join("canary");
    fs::write(&canary, "sings").expect("written");
    let own = lab.env.path("credentials");
    let before = (Snapshot::of_all(around), Snapshot::of_all(&own));
    let command = &mut lab
        .env
        .shell(line, &["import", "--json", "--time-zone", "UTC"]);
    let run = command.arg(&path).env("MALLOC_ARENA_MAX", "2").spawn();
    let run = lab.env.finish(run.expect("it starts"));
    let mut wrong = Vec::new();
    for (before, folder) in [(&before.0, around), (&before.1, &own)] {
        wrong.extend(before.differences(&Snapshot::of_all(folder)));
    }
    wrong.extend(outside(lab.env.root()));
    exit_is_honest(one, &run, &mut wrong);
    if run.exit == 0 || run.exit == 3 {
        let found = differences(&lab.env.archive(), &run.json(), &one.expected);
        wrong.extend(found);
    }
    (run, wrong)
}

/// What lies in a root that we have not put there.
fn outside(root: &Path) -> Vec<String> {
    let names = fs::read_dir(root).expect("a folder");
    let names = names.map(|entry| entry.expect("an entry").file_name());
    let odd = names.filter(|name| {
        !["albums", "credentials", "downloads", "media_items_list"]
            .iter()
            .any(|known| name == known)
    });
    odd.map(|name| format!("{} is in the root", name.display()))
        .collect()
}

fn exit_is_honest(one: &Hostile, run: &CommandOutput, wrong: &mut Vec<String>) {
    let right: &[i32] = match one.incomplete {
        Some(true) if one.expected.stored().is_empty() => &[1, 3],
        Some(true) => &[3],
        Some(false) => &[0],
        None => &[0, 3],
    };
    if !right.contains(&run.exit) {
        wrong.push(format!(
            "exit code {}, not {right:?}: {}",
            run.exit, run.stderr
        ));
    }
    let is_calm = run
        .stderr
        .chars()
        .all(|one| !one.is_control() || one == '\n');
    if !is_calm {
        wrong.push(format!("prints control characters: {:?}", run.stderr));
    }
}

#[test]
fn archives_that_mean_harm_do_none() {
    let mut wrong = Vec::new();
    for one in hostile::all() {
        let name = format!("takeout-20261101T000000Z-001.{}", one.extension);
        let found = spring(&one, &name, MEMORY);
        if !found.is_empty() {
            wrong.push(format!(
                "{}: {}\n    {}",
                one.name,
                one.about,
                found.join("\n    ")
            ));
        }
    }
    for evil in 1..=10 {
        let path = format!("/tmp/evil-{evil}.jpg");
        assert!(!Path::new(&path).exists(), "{path}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn large_lies_take_no_memory() {
    for one in [
        hostile::bomb(6_000),
        hostile::big_json(100 << 20),
        hostile::big_header(2_000),
    ] {
        let name = format!("takeout-20261101T000000Z-001.{}", one.extension);
        let found = spring(&one, &name, MEMORY);
        assert!(
            found.is_empty(),
            "{}:\n    {}",
            one.name,
            found.join("\n    ")
        );
    }
}

#[test]
fn what_claims_more_than_any_export_holds_is_refused_in_words() {
    let tera = hostile::all()
        .into_iter()
        .find(|one| one.name == "tgz-size");
    for one in [hostile::bombs(40), tera.expect("there is one")] {
        let name = format!("takeout-20261101T000000Z-001.{}", one.extension);
        let (run, found) = sprung(&one, &name, MEMORY);
        assert!(
            found.is_empty(),
            "{}:\n    {}",
            one.name,
            found.join("\n    ")
        );
        let _ = run.assert_says("claims to hold");
    }
}

#[test]
fn a_hundred_thousand_entries_take_no_memory() {
    let one = hostile::crowd(100_000);
    let found = spring(&one, "takeout-20261101T000000Z-001.zip", MEMORY);
    assert!(found.is_empty(), "{}", found.join("\n    "));
    // The same number in one folder of photos: half of them photos, half what describes them.
    let mut export = gphotos_sim::takeout::Export::new();
    let year = export.year(2020);
    let shot = gphotos_sim::takeout::Shot {
        form: gphotos_sim::takeout::Form::Bytes("x".into()),
        ..gphotos_sim::takeout::Shot::photo("x.jpg", "2020-03-03T10:00:00Z")
    };
    let shot = export.add(shot);
    for n in 0..50_000 {
        export.media(year, &format!("{n}.jpg"), shot);
        let sidecar =
            format!("{{\"title\":\"{n}.jpg\",\"photoTakenTime\":{{\"timestamp\":\"{n}\"}}}}");
        let name = format!("{n}.jpg.supplemental-metadata.json");
        export.sidecar_holding(year, &name, shot, sidecar);
    }
    let lab = Lab::new();
    let parts = lab.zips(&export);
    let args = ["import", "--json", "--dry-run"];
    let mut command = lab.env.shell(MEMORY, &args);
    let run = command.args(&parts).env("MALLOC_ARENA_MAX", "2").spawn();
    let run = lab.env.finish(run.expect("it starts")).assert_exit(0);
    let planned = &run.json()["exports"][0];
    let files = planned["files"].as_array().expect("a list");
    assert_eq!(files.len(), 50_000);
    let is_paired = |file: &&serde_json::Value| file["sidecar"].is_string();
    assert_eq!(files.iter().filter(is_paired).count(), 50_000);
}

#[test]
fn one_archive_that_is_none_costs_the_others_nothing() {
    let export = super::formats::library();
    let lab = Lab::new();
    let mut parts = lab.zips(&export);
    let noise = hostile::all().into_iter().find(|one| one.name == "noise");
    parts.push(lab.put("recipes.zip", &noise.expect("noise").bytes));
    let run = lab.import(&parts, &[]);
    assert_ne!(run.exit, 0, "{run}");
    // An ordinary archive of somebody's beside them is read, and is no trouble.
    let folder = parts[0].parent().expect("a folder");
    let mut other = gphotos_sim::takeout::Export::new();
    let recipes = other.folder_at("recipes", gphotos_sim::takeout::FolderKind::OtherProduct);
    let class = [gphotos_sim::takeout::Class::OtherProduct];
    other.loose(recipes, "soup.txt", "onions", &class);
    let zip = gphotos_sim::takeout::Format::Zip(gphotos_sim::takeout::ZipStyle::default());
    let theirs = other.write(&lab.folder(), zip).expect("written");
    fs::copy(&theirs[0], folder.join("recipes.zip")).expect("copied");
    let run = lab.import(&[folder], &[]).assert_exit(0).json();
    assert_eq!(super::lab::counted(&run, "other_products"), 1, "{run:#}");
    let alone = Lab::new();
    alone.import(&alone.zips(&export), &[]).assert_exit(0);
    assert_eq!(lab.set(), alone.set());
    let nothing = Lab::new();
    let run = nothing.import(&theirs, &[]);
    assert_eq!(run.exit, 1, "{run}");
    let _ = run.assert_says("nothing of Google Photos");
}

#[test]
fn a_photo_whose_name_leads_out_of_the_export_is_kept_where_it_can_do_no_harm() {
    let escapes = hostile::all().into_iter().find(|one| one.name == "escapes");
    let lab = Lab::new();
    let one = escapes.expect("there is one");
    let part = lab.put("takeout-20261101T000000Z-001.zip", &one.bytes);
    // One has no name at all, and may be anything.
    lab.import(&[part], &["-q"])
        .assert_exit(3)
        .assert_says("not stored: an entry: it has no name (in ");
    let archive = lab.env.archive();
    // Those that name a folder of Google Photos, however they go on from there.
    for name in ["evil-2.jpg", "evil-3.jpg"] {
        assert!(
            archive.files.keys().any(|path| path.ends_with(name)),
            "{name}"
        );
    }
}

#[test]
fn an_address_that_looks_like_a_digest_gives_no_photo_the_bytes_of_another() {
    let day = "2024-03-09T12:00:00Z";
    let photos = |url: Option<&str>| {
        let mut export = Export::new();
        let year = export.year(2024);
        for name in ["IMG_1.jpg", "other.jpg"] {
            let shot = export.add(Shot::photo(name, day));
            export.media(year, name, shot);
            if let Some(url) = url.filter(|_| name == "other.jpg") {
                let json = format!(
                    r#"{{"title":"other.jpg","photoTakenTime":{{"timestamp":"1709985600"}},"url":"{url}"}}"#
                );
                export.sidecar_holding(year, "other.jpg.json", shot, json);
            }
        }
        let lab = Lab::new();
        lab.import(&lab.zips(&export), &[]).assert_exit(0);
        lab.env.run(&["verify"]).assert_exit(0);
        lab.set()
    };
    let expected = photos(None);
    assert_eq!(expected.len(), 2);
    for (id, _, _) in &expected {
        for url in [
            id.clone(),
            id.to_uppercase(),
            format!("https://photos.google.com/photo/{id}"),
        ] {
            assert_eq!(photos(Some(&url)), expected, "{url}");
        }
    }
}

#[test]
fn a_link_is_named_whenever_it_is_met_and_no_import_of_it_is_a_success() {
    for (archive, names) in [
        ("links", &["symlink.jpg", "folder"][..]),
        (
            "tgz-links",
            &[
                "symlink.jpg",
                "hard link.jpg",
                "hard link inside.jpg",
                "folder",
            ],
        ),
    ] {
        let one = hostile::all().into_iter().find(|one| one.name == archive);
        let one = one.expect("there is one");
        let lab = Lab::new();
        let part = format!("takeout-20261101T000000Z-001.{}", one.extension);
        let part = lab.put(&part, &one.bytes);
        // The second import does not take it for one that has all been read.
        for args in [&["--dry-run"][..], &[], &[]] {
            let run = lab.import(&[&part], &[args, &["-q"]].concat());
            let run = run.assert_exit(3);
            for name in names {
                let said = format!("/{name}: not a regular file (in ");
                assert!(run.stderr.contains(&said), "{said}: {run}");
            }
            assert!(!run.stderr.contains("pipe"), "{run}");
            let not_stored = format!("{} entries not stored", names.len());
            assert_eq!(run.json()["error"], not_stored.as_str());
        }
    }
}

#[test]
fn of_an_extracted_folder_a_link_is_missed_and_a_pipe_is_not() {
    let mut export = Export::new();
    let year = export.year(2024);
    let shot = export.add(Shot::photo("a.jpg", "2024-03-09T12:00:00Z"));
    export.media(year, "a.jpg", shot);
    let lab = Lab::new();
    let folder = lab.folder();
    let file = &export.files()[0];
    let photo = folder.join(&file.path);
    fs::create_dir_all(photo.parent().expect("a folder")).expect("made");
    fs::write(&photo, &file.bytes).expect("written");
    let pipe = photo.with_file_name("pipe.jpg");
    let made = std::process::Command::new("mkfifo").arg(pipe).status();
    assert!(made.expect("mkfifo").success());
    let run = lab.import(&[&folder], &[]).assert_exit(0).json();
    assert_eq!(run["balance"]["skipped"]["a device or a pipe"], 1);
    // Whoever has moved a photo to another disk may have left a link in its place.
    std::os::unix::fs::symlink("/nowhere/b.jpg", photo.with_file_name("b.jpg")).expect("linked");
    lab.import(&[&folder], &["-q"])
        .assert_exit(3)
        .assert_says("b.jpg: not a regular file");
}
