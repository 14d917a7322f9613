//! `import --reread`: what has rotted or gone missing since comes back from the export that it came from.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use gphotos_sim::takeout::{Export, Shot};

use super::lab::Lab;
use crate::support::{Action, Shim, keys};
use crate::verify::repair::put_aside;
use crate::verify::{found, rot, verify};

const DAY: &str = "2024-03-09T12:00:00Z";

/// An archive of three imported photos, and the part that they came from.
fn imported() -> (Lab, PathBuf, BTreeMap<String, Vec<u8>>) {
    let mut export = Export::new();
    let year = export.year(2024);
    for name in ["a.jpg", "b.jpg", "c.jpg"] {
        let shot = export.add(Shot::photo(name, DAY));
        export.media(year, name, shot);
        export.sidecar(year, &format!("{name}.json"), shot);
    }
    let lab = Lab::new();
    let part = lab.zips(&export).remove(0);
    lab.import(&[&part], &[]).assert_exit(0);
    let files = lab.env.archive().files;
    assert!(files.contains_key("2024/03/b.jpg"), "{:?}", files.keys());
    (lab, part, files)
}

fn way_back(lab: &Lab, exit: i32) -> String {
    let told = verify(&lab.env, exit);
    let way = told["files"][0]["way_back"].as_str();
    way.expect("a way back").to_owned()
}

#[test]
fn what_has_rotted_or_is_missing_comes_back_and_the_damaged_file_is_kept() {
    let (lab, part, before) = imported();
    let rotten = lab.env.path("downloads/2024/03/b.jpg");
    rot(&rotten, 700);
    let damaged = fs::read(&rotten).expect("read");
    fs::remove_file(lab.env.path("downloads/2024/03/c.jpg")).expect("removed");
    let told = verify(&lab.env, 3);
    assert_eq!(found(&told), ["missing 2024/03/c.jpg", "rot 2024/03/b.jpg"]);
    let name = part.file_name().expect("a name").to_str().expect("text");
    let command =
        format!("`gphotos-dl import --reread {name}`, in the folder of the parts, puts it back");
    for number in 0..2 {
        let way = told["files"][number]["way_back"].as_str();
        assert!(way.expect("a way").starts_with(&command), "{told:#}");
    }
    lab.env
        .run(&["verify"])
        .assert_exit(3)
        .assert_says(&command)
        .assert_says("2024/03/b.jpg");
    // Nobody else can help, and says who can.
    lab.env
        .run(&["verify", "--repair"])
        .assert_exit(3)
        .assert_says("not repaired: 2024/03/b.jpg: it came from an export")
        .assert_says(&command);
    // Without being told to, it reads no part twice.
    // What is missing it names all the same.
    // Where the parts are it knows by now, wherever it was started.
    let folder = part.parent().expect("a folder");
    let run = lab.env.command(&["import", "--json", name]);
    let run = { run }.current_dir(folder).spawn().expect("it starts");
    let command = format!(
        " import --reread {}` puts back what it holds",
        part.display()
    );
    let said = lab.env.finish(run).assert_exit(3);
    let said = said.assert_says(&command).json();
    assert_eq!(
        said["missing"][0]["paths"][name],
        part.to_str().expect("text")
    );
    assert_eq!(said["missing"][0]["files"], 1, "{said:#}");
    assert_eq!(found(&verify(&lab.env, 3)).len(), 2);
    let said = lab.import(&[&part], &["--reread"]).assert_exit(0).json();
    assert_eq!(said["put_back"]["files"], 2, "{said:#}");
    assert_eq!(lab.env.archive().files, before);
    assert_eq!(
        put_aside(&lab.env),
        [("2024/03/b.jpg".to_owned(), damaged)].into()
    );
    assert_eq!(found(&verify(&lab.env, 0)), [""; 0]);
    // Once more there is nothing to do.
    let said = lab.import(&[&part], &["--reread"]).assert_exit(0).json();
    assert_eq!(said["put_back"]["files"], 0, "{said:#}");
    assert_eq!(lab.env.archive().files, before);
}

#[test]
fn an_edit_is_left_alone() {
    let (lab, part, _) = imported();
    let path = lab.env.path("downloads/2024/03/b.jpg");
    let mut edited = fs::read(&path).expect("read");
    edited[700] ^= 1;
    fs::write(&path, &edited).expect("written");
    lab.import(&[&part], &["--reread"]).assert_exit(0);
    assert_eq!(fs::read(&path).expect("read"), edited);
    assert!(put_aside(&lab.env).is_empty());
    assert_eq!(found(&verify(&lab.env, 0)), ["edited 2024/03/b.jpg"]);
}

#[test]
fn one_that_was_emptied_comes_back_once_it_is_moved_away() {
    let (lab, part, before) = imported();
    let path = lab.env.path("downloads/2024/03/b.jpg");
    fs::write(&path, "").expect("written");
    let way = way_back(&lab, 3);
    assert!(
        way.starts_with("move the file away, then `gphotos-dl import --reread "),
        "{way}"
    );
    lab.import(&[&part], &["--reread"]).assert_exit(0);
    assert_eq!(
        fs::read(&path).expect("read"),
        b"",
        "it is the person's to move"
    );
    fs::rename(&path, lab.env.path("away.jpg")).expect("moved");
    lab.import(&[&part], &["--reread"]).assert_exit(0);
    assert_eq!(lab.env.archive().files, before);
    assert_eq!(found(&verify(&lab.env, 0)), [""; 0]);
}

#[test]
fn the_part_is_named_as_it_was_called_and_for_a_shell() {
    let (lab, part, _) = imported();
    let renamed = part.with_file_name("takeout-20261101T000000Z-001 (1).zip");
    fs::rename(&part, &renamed).expect("renamed");
    let other = Lab::new();
    other.import(&[&renamed], &[]).assert_exit(0);
    fs::remove_file(other.env.path("downloads/2024/03/b.jpg")).expect("removed");
    let way = way_back(&other, 3);
    assert!(
        way.contains("--reread 'takeout-20261101T000000Z-001 (1).zip'`"),
        "{way}"
    );
    drop(lab);
}

#[test]
fn a_record_that_is_lost_costs_the_name_and_not_the_way() {
    let (lab, _, _) = imported();
    fs::remove_file(lab.env.path("downloads/2024/03/b.jpg")).expect("removed");
    let lists = fs::read_dir(lab.env.path("media_items_list")).expect("a folder");
    for list in lists {
        let path = list.expect("an entry").path();
        if path.extension().is_some_and(|ending| ending == "jsonl") {
            fs::remove_file(path).expect("removed");
        }
    }
    let way = way_back(&lab, 3);
    assert!(
        way.contains("`gphotos-dl import --reread takeout-*.zip`"),
        "{way}"
    );
}

/// Loses the index, and with it these files.
fn lose(lab: &Lab, files: &[&str]) {
    fs::remove_dir_all(lab.env.path("downloads/.gphotos-dl")).expect("removed");
    for file in files {
        fs::remove_file(lab.env.path("downloads").join(file)).expect("removed");
    }
}

#[test]
fn files_that_are_lost_together_with_the_index_are_missed_and_come_back() {
    let (mut lab, part, before) = imported();
    lose(&lab, &["2024/03/b.jpg"]);
    lab.env.in_hours(1);
    lab.import(&[&part], &[])
        .assert_exit(3)
        .assert_says("1 files that the manifests list are not there")
        .assert_says("import --reread");
    let told = verify(&lab.env, 3);
    assert_eq!(found(&told), ["missing 2024/03/b.jpg"]);
    let name = part.file_name().expect("a name").to_str().expect("text");
    let command =
        format!("`gphotos-dl import --reread {name}`, in the folder of the parts, puts it back");
    assert_eq!(told["files"][0]["way_back"], command.as_str(), "{told:#}");
    let told = lab.env.run(&["status"]).assert_exit(0).stdout;
    assert!(told.contains(&command), "{told}");
    let said = lab.import(&[&part], &["--reread"]).assert_exit(0).json();
    assert_eq!(said["put_back"]["files"], 1, "{said:#}");
    assert_eq!(lab.env.archive().files, before);
    assert_eq!(found(&verify(&lab.env, 0)), [""; 0]);
    lab.import(&[&part], &[]).assert_exit(0);
}

#[test]
fn an_edit_is_one_and_rot_is_rot_without_the_index_too() {
    let (mut lab, part, before) = imported();
    let edited = lab.env.path("downloads/2024/03/b.jpg");
    let mut bytes = fs::read(&edited).expect("read");
    bytes[700] ^= 1;
    fs::write(&edited, &bytes).expect("written");
    rot(&lab.env.path("downloads/2024/03/c.jpg"), 700);
    let verdicts = ["edited 2024/03/b.jpg", "rot 2024/03/c.jpg"];
    assert_eq!(found(&verify(&lab.env, 3)), verdicts);
    lose(&lab, &[]);
    lab.env.in_hours(1);
    // Two of three are not as the list says, which is no mass loss yet.
    lab.import(&[&part], &[]).assert_exit(0);
    assert_eq!(found(&verify(&lab.env, 3)), verdicts);
    lab.import(&[&part], &["--reread"]).assert_exit(0);
    assert_eq!(found(&verify(&lab.env, 0)), verdicts[..1]);
    assert_eq!(fs::read(&edited).expect("read"), bytes);
    let after = lab.env.archive().files;
    assert_eq!(after["2024/03/c.jpg"], before["2024/03/c.jpg"]);
}

#[test]
fn most_files_and_the_index_come_back_when_the_parts_are_read_again() {
    let (mut lab, part, before) = imported();
    lose(&lab, &["2024/03/a.jpg", "2024/03/b.jpg", "2024/03/c.jpg"]);
    lab.env.in_hours(1);
    lab.import(&[&part], &[])
        .assert_exit(7)
        .assert_says("3 of the archive's 3 files")
        .assert_says("`gphotos-dl import --reread ");
    let said = lab.import(&[&part], &["--reread"]).assert_exit(0).json();
    assert_eq!(said["put_back"]["files"], 3, "{said:#}");
    assert_eq!(lab.env.archive().files, before);
    assert_eq!(found(&verify(&lab.env, 0)), [""; 0]);
}

#[test]
fn killed_at_any_moment_it_leaves_nothing_false_and_the_next_one_ends_it() {
    let scene = || {
        let (mut lab, part, before) = imported();
        // Lists that begin in one second get other names.
        lab.env.in_hours(1);
        let rotten = lab.env.path("downloads/2024/03/b.jpg");
        rot(&rotten, 700);
        let damaged = fs::read(&rotten).expect("read");
        (lab, part, before, damaged)
    };
    let reread = |lab: &Lab, part: &PathBuf, shim: &Shim| {
        let part = part.to_str().expect("text");
        let mut command = lab.env.command(&["import", "--reread", part]);
        let run = shim.apply(&mut command).spawn().expect("it starts");
        lab.env.finish(run).exit
    };
    let (lab, part, ..) = scene();
    let record = lab.env.path("record");
    let shim = Shim::on(lab.env.root()).record(&record);
    assert_eq!(reread(&lab, &part, &shim), 0);
    let moments: Vec<_> = keys(&record)
        .into_iter()
        .filter(|key| key.path.contains("damaged") || key.path.contains("/2024"))
        .collect();
    assert!(moments.len() >= 8, "{moments:#?}");
    for moment in moments {
        let (lab, part, before, damaged) = scene();
        let shim = Shim::on(lab.env.root()).fault(&moment, Action::Kill);
        assert_eq!(reread(&lab, &part, &shim), 137, "{moment}");
        let there = fs::read(lab.env.path("downloads/2024/03/b.jpg")).ok();
        let aside = put_aside(&lab.env).remove("2024/03/b.jpg");
        let whole = &before["2024/03/b.jpg"];
        match (&there, &aside) {
            (Some(only), None) | (None, Some(only)) => assert_eq!(only, &damaged, "{moment}"),
            (Some(new), Some(old)) => assert_eq!((new, old), (whole, &damaged), "{moment}"),
            (None, None) => panic!("{moment}: both are gone"),
        }
        lab.import(&[&part], &["--reread"]).assert_exit(0);
        assert_eq!(lab.env.archive().files, before, "{moment}");
        assert_eq!(found(&verify(&lab.env, 0)), [""; 0], "{moment}");
    }
}
