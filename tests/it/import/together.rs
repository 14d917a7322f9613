//! `sync` and `import` in one archive: equal bytes are one file, other bytes are another, and nothing depends on the order.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use gphotos_sim::World;
use gphotos_sim::takeout::{Export, Form, Shot};

use super::formats::library;
use super::lab::{Lab, Set};
use crate::support::TestEnv;

const DAY: &str = "2024-03-09T12:00:00Z";

fn world() -> World {
    World::new()
        .photo("same.jpg", DAY)
        .photo("recoded.jpg", DAY)
}

/// Bytes as the API serves them.
fn served() -> Vec<u8> {
    let env = TestEnv::signed_in(world());
    env.sync(&["--time-zone", "UTC"]).assert_exit(0);
    env.archive().files["2024/03/same.jpg"].clone()
}

/// The same library as an export: one photo that the API serves as it is, one that it serves recoded.
fn export() -> Export {
    let mut export = Export::new();
    let year = export.year(2024);
    let same = Shot {
        form: Form::Bytes(served().into()),
        ..Shot::photo("same.jpg", DAY)
    };
    for shot in [same, Shot::photo("recoded.jpg", DAY)] {
        let name = shot.title.clone();
        let shot = export.add(shot);
        export.media(year, &name, shot);
        export.sidecar(year, &format!("{name}.json"), shot);
    }
    export
}

fn bytes(set: &Set) -> BTreeSet<&str> {
    set.iter().map(|(_, _, sha256)| sha256.as_str()).collect()
}

#[test]
fn what_sync_holds_is_linked_and_what_it_holds_otherwise_is_kept_too() {
    let export = export();
    let mut sets = Vec::new();
    for is_sync_first in [true, false] {
        let lab = Lab::of(TestEnv::signed_in(world()));
        let parts = lab.zips(&export);
        let sync = || lab.env.sync(&["--time-zone", "UTC"]).assert_exit(0);
        if is_sync_first {
            sync();
        }
        lab.import(&parts, &[]).assert_exit(0);
        if !is_sync_first {
            sync();
        }
        let archive = lab.env.archive();
        // Two of the API, one of the export.
        assert_eq!(archive.files.len(), 3, "{:#?}", archive.paths());
        let set = lab.set();
        assert_eq!((set.len(), bytes(&set).len()), (4, 3), "{set:#?}");
        if is_sync_first {
            assert_eq!(archive.statuses()["linked"], 1, "{:#?}", archive.rows);
            assert_eq!(archive.row("recoded.jpg")["status"], "downloaded");
        }
        // Both once more: nothing new.
        sync();
        lab.import(&parts, &["--reread"]).assert_exit(0);
        assert_eq!(lab.env.archive().files, archive.files);
        assert_eq!(lab.set(), set);
        lab.env.run(&["verify"]).assert_exit(0);
        sets.push(set);
    }
    assert_eq!(sets[0], sets[1]);
}

#[test]
fn an_index_that_is_lost_comes_back_by_importing_again() {
    let export = library();
    let lab = Lab::new();
    let parts = lab.zips(&export);
    lab.import(&parts, &[]).assert_exit(0);
    let (set, albums) = (lab.set(), lab.albums());
    let files = lab.env.archive().files;
    for args in [&[][..], &["--reread"]] {
        fs::remove_dir_all(lab.env.path("downloads/.gphotos-dl")).expect("removed");
        lab.import(&parts, args).assert_exit(0);
        assert_eq!(lab.set(), set, "{args:?}");
        assert_eq!(lab.env.archive().files, files, "{args:?}");
        assert_eq!(lab.albums(), albums, "{args:?}");
    }
}

#[test]
fn an_index_that_is_lost_comes_back_by_syncing() {
    let lab = Lab::of(TestEnv::signed_in(world()));
    let parts = lab.zips(&export());
    lab.env.sync(&["--time-zone", "UTC"]).assert_exit(0);
    lab.import(&parts, &[]).assert_exit(0);
    let (set, files) = (lab.set(), lab.env.archive().files);
    fs::remove_dir_all(lab.env.path("downloads/.gphotos-dl")).expect("removed");
    lab.env.sync(&["--time-zone", "UTC"]).assert_exit(0);
    lab.import(&parts, &["--reread"]).assert_exit(0);
    assert_eq!(lab.env.archive().files, files);
    assert_eq!(lab.set(), set);
}

#[test]
fn the_first_of_several_files_of_one_name_keeps_it_whichever_is_on_disk_first() {
    let mut export = Export::new();
    let year = export.year(2024);
    for number in 0..60 {
        let shot = export.add(Shot {
            key: number,
            // The first is the last to be on disk.
            size: if number == 0 { 6 << 20 } else { 0 },
            ..Shot::photo("one name.jpg", DAY)
        });
        let counter = match number {
            0 => String::new(),
            _ => format!("({number})"),
        };
        export.media(year, &format!("one name{counter}.jpg"), shot);
        export.sidecar(year, &format!("one name.jpg{counter}.json"), shot);
    }
    let names = || {
        let lab = Lab::new();
        let mut parts = lab.zips(&export);
        parts.reverse();
        lab.import(&parts, &[]).assert_exit(0);
        let archive = lab.env.archive();
        let named = archive
            .rows
            .iter()
            .find(|row| row["local_path"] == "2024/03/one name.jpg");
        let named = named.map(|row| row["size_bytes"].clone());
        assert_eq!(named.as_deref(), Some((6 << 20).to_string().as_str()));
        archive.files
    };
    let first = names();
    assert_eq!(first.len(), 60);
    assert!(names() == first, "not the same names");
}

/// What stands in the folders of the albums, and where links lead.
fn links(albums: &Path) -> BTreeSet<(PathBuf, Option<PathBuf>)> {
    let mut links = BTreeSet::new();
    for album in fs::read_dir(albums).expect("albums") {
        for link in fs::read_dir(album.expect("an album").path()).expect("a folder") {
            let path = link.expect("a link").path();
            let leads = fs::read_link(&path).ok();
            links.insert((path, leads));
        }
    }
    links
}

#[test]
fn albums_come_back_with_an_index_that_was_lost_without_the_parts() {
    for kind in ["symlink", "hardlink"] {
        let lab = Lab::of(TestEnv::signed_in(world()));
        let parts = lab.zips(&library());
        lab.import(&parts, &["--albums", kind]).assert_exit(0);
        let shown = || links(&lab.env.path("albums"));
        let (albums, set, before) = (lab.albums(), lab.set(), shown());
        assert!(!albums.is_empty());
        for part in &parts {
            fs::remove_file(part).expect("removed");
        }
        fs::remove_dir_all(lab.env.path("downloads/.gphotos-dl")).expect("removed");
        if kind == "symlink" {
            fs::remove_dir_all(lab.env.path("albums")).expect("removed");
        }
        lab.env.sync(&["--time-zone", "UTC"]).assert_exit(0);
        assert_eq!(lab.albums(), albums, "{kind}");
        assert!(set.is_subset(&lab.set()), "{kind}");
        assert!(before.len() > 5, "{before:#?}");
        assert_eq!(shown(), before, "{kind}");
        // Nothing is owed any more.
        lab.env.sync(&["--time-zone", "UTC"]).assert_exit(0);
        assert_eq!(lab.albums(), albums, "{kind}");
    }
}
