//! `albums/`: links that show the albums, and what in it is never touched.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

use gphotos_sim::takeout::{Export, Shot};
use rustix::io::Errno;
use serde_json::Value;

use super::lab::Lab;
use crate::support::{Action, Key, Shim};

fn shot(name: &str) -> Shot {
    Shot::photo(name, "2023-06-09T10:19:47Z")
}

/// These photos, each in its year's folder and in the albums of these titles.
fn export_of(photos: &[(Shot, &[&str])]) -> Export {
    let mut export = Export::new();
    let year = export.year(2023);
    let mut albums: Vec<(&str, _)> = Vec::new();
    for (shot, titles) in photos {
        let name = shot.title.clone();
        let shot = export.add(shot.clone());
        let sidecar = format!("{name}.supplemental-metadata.json");
        export.media(year, &name, shot);
        export.sidecar(year, &sidecar, shot);
        for title in *titles {
            let known = albums.iter().find(|(known, _)| known == title);
            let folder = if let Some((_, folder)) = known {
                *folder
            } else {
                let folder = export.album(title);
                albums.push((title, folder));
                folder
            };
            export.media(folder, &name, shot);
            export.sidecar(folder, &sidecar, shot);
        }
    }
    export
}

/// One photo, in no album.
pub(super) fn one_photo() -> Export {
    export_of(&[(shot("only.jpg"), &[])])
}

/// What lies in `albums/`, and where links lead.
fn shown(lab: &Lab) -> Vec<String> {
    let mut all = Vec::new();
    for folder in children(&lab.env.path("albums")) {
        let title = folder
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        for entry in children(&folder) {
            let name = entry.file_name().expect("a name").to_string_lossy();
            all.push(match fs::read_link(&entry) {
                Ok(target) => format!("{title}/{name} -> {}", target.display()),
                Err(_) => format!("{title}/{name}"),
            });
        }
    }
    all.sort();
    all
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<_> = paths.collect();
    paths.sort();
    paths
}

fn albums(said: &Value) -> &Value {
    &said["derived"]["albums"]
}

#[test]
fn every_album_is_a_folder_of_links_that_lead_to_its_photos() {
    let lab = Lab::new();
    let export = export_of(&[
        (shot("IMG_1.jpg"), &["Trip", "Zoo 6/10"]),
        (shot("IMG_2.jpg"), &["Trip"]),
        (shot("IMG_3.jpg"), &[]),
    ]);
    let parts = lab.zips(&export);
    let run = lab.import(&parts, &[]).assert_exit(0);
    let expected = [
        "Trip/IMG_1.jpg -> ../../downloads/2023/06/IMG_1.jpg",
        "Trip/IMG_2.jpg -> ../../downloads/2023/06/IMG_2.jpg",
        "Zoo 6_10/IMG_1.jpg -> ../../downloads/2023/06/IMG_1.jpg",
    ];
    assert_eq!(shown(&lab), expected);
    assert_eq!(albums(&run.json())["made"], 3);
    let photo = |path: &str| fs::read(lab.env.path(path)).expect("read");
    assert_eq!(
        photo("albums/Trip/IMG_2.jpg"),
        photo("downloads/2023/06/IMG_2.jpg")
    );

    let again = lab.import(&parts, &[]).assert_exit(0).json();
    assert_eq!(
        (&albums(&again)["made"], &albums(&again)["removed"]),
        (&0.into(), &0.into())
    );
    assert_eq!(shown(&lab), expected);
    assert_eq!(
        lab.env.run(&["verify", "--json"]).assert_exit(0).json()["counts"]["unknown"],
        0
    );
}

#[test]
fn a_photo_that_is_in_an_album_only_by_its_sidecar_is_shown_there() {
    let lab = Lab::new();
    let mut export = export_of(&[(shot("IMG_1.jpg"), &[])]);
    let album = export.album("Trip");
    let photo = export.add(shot("IMG_1.jpg"));
    export.sidecar(album, "IMG_1.jpg.supplemental-metadata.json", photo);
    lab.import(&lab.zips(&export), &[]).assert_exit(0);
    assert_eq!(
        shown(&lab),
        ["Trip/IMG_1.jpg -> ../../downloads/2023/06/IMG_1.jpg"]
    );
    assert_eq!(lab.env.archive().row("IMG_1.jpg")["albums"], "Trip");
}

#[test]
fn a_disk_without_links_goes_without_and_says_so() {
    let export = export_of(&[(shot("IMG_1.jpg"), &["Trip", "Zoo"])]);
    for (kind, call) in [("symlink", "symlink"), ("hardlink", "link")] {
        let lab = Lab::new();
        let parts = lab.zips(&export);
        // The photo itself may need links of the other disk.
        lab.import(&parts, &["--albums", "none"]).assert_exit(0);
        let key = Key::new(call, "albums/Trip/IMG_1.jpg", 0);
        let shim = Shim::on(lab.env.root()).fault(&key, Action::Once(Errno::PERM));
        let part = parts[0].to_str().expect("text");
        let mut command = lab
            .env
            .command(&["import", "--json", "--albums", kind, part]);
        let run = shim.apply(&mut command).spawn().expect("it starts");
        let run = lab.env.finish(run).assert_exit(0);
        let problem = albums(&run.json())["problem"].as_str().map(str::to_owned);
        let is_said = problem.is_some_and(|problem| problem.contains("does not take such links"));
        assert!(is_said, "{kind}: {run}");
        assert!(!lab.env.path("albums").exists(), "{kind}");
    }
}

#[test]
fn links_that_are_missing_come_back_and_stale_ones_go() {
    let lab = Lab::new();
    let export = export_of(&[(shot("IMG_1.jpg"), &["Trip"]), (shot("IMG_2.jpg"), &[])]);
    let parts = lab.zips(&export);
    lab.import(&parts, &[]).assert_exit(0);
    let folder = lab.env.path("albums/Trip");
    fs::remove_file(folder.join("IMG_1.jpg")).expect("removed");
    symlink(
        "../../downloads/2023/06/IMG_2.jpg",
        folder.join("stale.jpg"),
    )
    .expect("linked");
    fs::create_dir(lab.env.path("albums/Old title")).expect("made");
    symlink(
        "../../downloads/2023/06/IMG_1.jpg",
        lab.env.path("albums/Old title/IMG_1.jpg"),
    )
    .expect("linked");
    let run = lab.import(&parts, &[]).assert_exit(0).json();
    assert_eq!(
        (&albums(&run)["made"], &albums(&run)["removed"]),
        (&1.into(), &2.into())
    );
    assert_eq!(
        shown(&lab),
        ["Trip/IMG_1.jpg -> ../../downloads/2023/06/IMG_1.jpg"]
    );
    assert!(!lab.env.path("albums/Old title").exists());
}

#[test]
fn what_others_keep_in_albums_is_never_touched() {
    let lab = Lab::new();
    let export = export_of(&[(shot("IMG_1.jpg"), &["Trip", "Zoo", "Sea"])]);
    let parts = lab.zips(&export);
    let albums = lab.env.path("albums");
    let outside = lab.folder();
    fs::create_dir_all(albums.join("Trip")).expect("made");
    fs::create_dir_all(albums.join("Mine")).expect("made");
    fs::write(albums.join("Trip/IMG_1.jpg"), "theirs").expect("written");
    fs::write(albums.join("Mine/notes.txt"), "theirs").expect("written");
    symlink("/nowhere", albums.join("Trip/link")).expect("linked");
    symlink(&outside, albums.join("Zoo")).expect("linked");
    fs::write(albums.join("Sea"), "theirs").expect("written");
    for args in [&[][..], &["--albums", "hardlink"], &[]] {
        lab.import(&parts, args).assert_exit(0);
    }
    assert_eq!(
        shown(&lab),
        [
            "Mine/notes.txt",
            "Sea (2)/IMG_1.jpg -> ../../downloads/2023/06/IMG_1.jpg",
            "Trip/IMG_1 (2).jpg -> ../../downloads/2023/06/IMG_1.jpg",
            "Trip/IMG_1.jpg",
            "Trip/link -> /nowhere",
            "Zoo (2)/IMG_1.jpg -> ../../downloads/2023/06/IMG_1.jpg",
        ]
    );
    assert_eq!(children(&outside), [""; 0].map(PathBuf::from));
    assert_eq!(
        fs::read_to_string(albums.join("Trip/IMG_1.jpg")).expect("read"),
        "theirs"
    );
    assert_eq!(
        fs::read_to_string(albums.join("Sea")).expect("read"),
        "theirs"
    );
}

#[test]
fn a_planted_albums_folder_leads_nowhere() {
    let lab = Lab::new();
    let outside = lab.folder();
    symlink(&outside, lab.env.path("albums")).expect("linked");
    let export = export_of(&[(shot("IMG_1.jpg"), &["Trip"])]);
    let run = lab.import(&lab.zips(&export), &[]).assert_exit(0);
    assert!(albums(&run.json())["problem"].is_string(), "{}", run.stdout);
    let run = run.assert_says("albums/ is not complete");
    assert_eq!(run.exit, 0);
    assert_eq!(children(&outside), [""; 0].map(PathBuf::from));
}

#[test]
fn hard_links_are_the_photos_themselves_and_the_kinds_take_turns() {
    let lab = Lab::new();
    let export = export_of(&[(shot("IMG_1.jpg"), &["Trip"]), (shot("IMG_2.jpg"), &[])]);
    let parts = lab.zips(&export);
    lab.import(&parts, &["--albums", "none"]).assert_exit(0);
    assert!(!lab.env.path("albums").exists());
    lab.import(&parts, &["--albums", "hardlink"]).assert_exit(0);
    let number = |path: &str| {
        fs::symlink_metadata(lab.env.path(path))
            .expect("there")
            .ino()
    };
    let photo = number("downloads/2023/06/IMG_1.jpg");
    assert_eq!(number("albums/Trip/IMG_1.jpg"), photo);
    fs::hard_link(
        lab.env.path("downloads/2023/06/IMG_2.jpg"),
        lab.env.path("albums/Trip/stale.jpg"),
    )
    .expect("linked");
    let theirs = lab.folder().join("theirs");
    fs::write(&theirs, "theirs").expect("written");
    fs::hard_link(&theirs, lab.env.path("albums/Trip/theirs")).expect("linked");
    let run = lab
        .import(&parts, &["--albums", "hardlink"])
        .assert_exit(0)
        .json();
    assert_eq!(
        (&albums(&run)["made"], &albums(&run)["removed"]),
        (&0.into(), &1.into())
    );
    assert_eq!(shown(&lab), ["Trip/IMG_1.jpg", "Trip/theirs"]);
    lab.import(&parts, &[]).assert_exit(0);
    assert_eq!(
        shown(&lab),
        [
            "Trip/IMG_1.jpg -> ../../downloads/2023/06/IMG_1.jpg",
            "Trip/theirs"
        ]
    );
}

#[test]
fn two_photos_of_one_name_and_two_albums_of_one_title_keep_apart() {
    let lab = Lab::new();
    let mut export = export_of(&[(shot("IMG_1.jpg"), &["Trip"])]);
    let second = export.add(Shot::photo("IMG_1.jpg", "2022-01-05T08:00:00Z"));
    let year = export.year(2022);
    let trip = export.folder("Trip", gphotos_sim::takeout::FolderKind::Album);
    let sidecar = "IMG_1.jpg.supplemental-metadata.json";
    export.media(year, "IMG_1.jpg", second);
    export.sidecar(year, sidecar, second);
    export.media(trip, "IMG_1(1).jpg", second);
    export.sidecar(trip, "IMG_1.jpg.supplemental-metadata(1).json", second);
    let namesake = export.album("Trip");
    export.media(namesake, "IMG_1.jpg", second);
    export.sidecar(namesake, sidecar, second);
    lab.import(&lab.zips(&export), &[]).assert_exit(0);
    let mut expected = [
        "Trip (2)/IMG_1.jpg -> ../../downloads/2022/01/IMG_1.jpg",
        "Trip/IMG_1 (2).jpg -> ../../downloads/2023/06/IMG_1.jpg",
        "Trip/IMG_1.jpg -> ../../downloads/2022/01/IMG_1.jpg",
    ];
    expected.sort_unstable();
    assert_eq!(shown(&lab), expected);

    // The next export means the same album.
    let mut next = export_of(&[(shot("IMG_9.jpg"), &["Trip"])]);
    next.stamp = "20270101T000000Z".to_owned();
    lab.import(&lab.zips(&next), &[]).assert_exit(0);
    let added = "Trip/IMG_9.jpg -> ../../downloads/2023/06/IMG_9.jpg";
    assert!(
        shown(&lab).iter().any(|link| link == added),
        "{:?}",
        shown(&lab)
    );
}
