//! A clock that is wrong: the export says when it was made, and nothing is lost whatever the clock says.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use gphotos_sim::takeout::{Embedded, Export, Format, Shot, ZipStyle};

use super::exports::unnamed;
use super::formats::library;
use super::lab::Lab;

/// Hours of 40 years.
const BEHIND: i64 = -40 * 365 * 24;

/// The library, and photos that lie further ahead than any export.
fn export() -> Export {
    let mut export = library();
    let year = export.year(2024);
    for (name, day) in [
        ("far.jpg", "2190-06-09T10:19:47Z"),
        ("ahead.jpg", "2090-06-09T10:19:47Z"),
    ] {
        let mut shot = Shot::photo(name, day);
        shot.embedded = Embedded::Nothing;
        let shot = export.add(shot);
        export.media(year, name, shot);
        let sidecar = export.sidecar(year, &format!("{name}.json"), shot);
        // Who wrote this one had a wrong clock as well.
        sidecar.modified = "2090-01-01T00:00:00Z".parse().expect("a moment");
    }
    export
}

fn parts(lab: &Lab, is_named: bool) -> Vec<PathBuf> {
    let export = export();
    if is_named {
        return lab.zips(&export);
    }
    let (folder, zip) = (lab.folder(), Format::Zip(ZipStyle::default()));
    (0..export.parts())
        .map(|part| unnamed(&folder, &export, part, zip, &format!("{part}.zip")))
        .collect()
}

#[test]
fn dates_are_judged_by_the_export_where_the_clock_is_behind_it() {
    for is_named in [true, false] {
        let right = Lab::new();
        let run = right.import(&parts(&right, is_named), &[]).assert_exit(0);
        assert!(run.json()["clock_behind"].is_null(), "{run}");
        let archive = right.env.archive();
        let paths: Vec<String> = archive.files.keys().cloned().collect();
        let undated = paths.iter().filter(|path| path.starts_with("undated/"));
        assert!(undated.count() < paths.len() / 2, "{paths:#?}");
        let mut behind = Lab::new();
        behind.env.in_hours(BEHIND);
        let parts = parts(&behind, is_named);
        let plan = behind.import(&parts, &["--dry-run"]).assert_exit(0);
        let plan = plan.assert_says("this machine's clock says 19").json();
        assert!(plan["clock_behind"]["made"].is_string(), "{plan:#}");
        // The first half alone knows as much.
        for call in [&parts[..2], &parts] {
            let run = behind.import(call, &[]).assert_exit(0);
            let run = run.assert_says("this machine's clock says 19").json();
            let clock = run["clock_behind"]["clock"].as_str();
            assert!(
                clock.is_some_and(|clock| clock.starts_with("19")),
                "{run:#}"
            );
        }
        assert_eq!(behind.described(), right.described(), "named: {is_named}");
        let found = behind.env.archive();
        let found: Vec<String> = found.files.keys().cloned().collect();
        let undated = |paths: &[String]| -> BTreeSet<String> {
            let paths = paths.iter().filter(|path| path.starts_with("undated/"));
            paths.cloned().collect()
        };
        if is_named {
            assert_eq!(undated(&found), undated(&paths));
        }
        // An index that is made anew by the same clock says the same.
        fs::remove_dir_all(behind.env.path("downloads/.gphotos-dl")).expect("removed");
        behind.import(&parts, &[]).assert_exit(0);
        let dates = |lab: &Lab| -> BTreeSet<[String; 3]> {
            let described = lab.described().into_iter();
            described
                .map(|[id, _, sha256, _, created, ..]| [id, sha256, created])
                .collect()
        };
        assert_eq!(dates(&behind), dates(&right), "named: {is_named}");
    }
}

/// What lies in a folder of the archive under names that begin so.
fn names(lab: &Lab, folder: &str, start: &str) -> BTreeSet<String> {
    let names = fs::read_dir(lab.env.path(folder)).expect("a folder");
    let names = names.map(|entry| entry.expect("an entry").file_name());
    let names = names.map(|name| name.into_string().expect("text"));
    names.filter(|name| name.starts_with(start)).collect()
}

#[test]
fn a_clock_that_jumps_removes_nothing_that_is_needed() {
    let mut lab = Lab::new();
    let parts = lab.zips(&library());
    let copies = |lab: &Lab| names(lab, "downloads/.gphotos-dl/index", "index.backup-");
    lab.env.in_hours(0);
    lab.import(&parts[..1], &[]).assert_exit(0);
    lab.env.in_hours(24);
    lab.import(&parts[1..2], &[]).assert_exit(0);
    let (right, lists) = (copies(&lab), names(&lab, "media_items_list", "item-list-"));
    assert_eq!((right.len(), lists.len()), (2, 2));
    for (at, hours) in [BEHIND, BEHIND + 24, BEHIND + 48].into_iter().enumerate() {
        lab.env.in_hours(hours);
        lab.import(&parts[at + 1..=at + 1], &[]).assert_exit(0);
        assert!(copies(&lab).is_superset(&right), "{:?}", copies(&lab));
        assert!(names(&lab, "media_items_list", "item-list-").is_superset(&lists));
    }
    let expected = (lab.set(), lab.albums(), lab.env.archive().files);
    for hours in [-BEHIND, 48] {
        lab.env.in_hours(hours);
        lab.import(&parts, &[]).assert_exit(0);
        // Whatever lists are left, they know every file.
        let kept = lab.folder().join("index");
        fs::rename(lab.env.path("downloads/.gphotos-dl/index"), &kept).expect("moved");
        lab.import(&parts, &[]).assert_exit(0);
        let found = (lab.set(), lab.albums(), lab.env.archive().files);
        assert!(found == expected, "{hours}");
    }
}
