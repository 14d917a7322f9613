//! Parts of one export that come one after another: in the end everything is as if they had come together.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use gphotos_sim::takeout::{Embedded, Export, FolderId, Form, Role, Shot};

use super::lab::Lab;

const DAY: &str = "2023-06-09T10:19:47Z";

pub(super) type Known = (Vec<[String; 7]>, super::lab::Set, BTreeMap<String, String>);

/// What is known of every stored file, and the sidecars beside the photos by the bytes of these. A file keeps its place, and
/// so its name, whenever what describes it comes.
pub(super) fn known(lab: &Lab) -> Known {
    let archive = lab.env.archive();
    let mut beside = BTreeMap::new();
    for row in &archive.rows {
        let xmp = format!("downloads/{}.xmp", row["local_path"]);
        if let Ok(text) = fs::read_to_string(lab.env.path(&xmp)) {
            beside.insert(row["sha256"].clone(), text);
        }
        // The manifest tells the right date of what lies elsewhere.
        assert!(
            lab.env
                .path(&format!("downloads/{}", row["local_path"]))
                .exists()
        );
    }
    (lab.described(), lab.set(), beside)
}

/// Imports the parts of an export in one call, and one after another in either order.
#[track_caller]
fn all_orders_agree(export: &Export) {
    let whole = Lab::new();
    whole.import(&whole.zips(export), &[]).assert_exit(0);
    let (expected, albums) = (known(&whole), whole.albums());
    let parts = export.parts();
    for is_backwards in [false, true] {
        let lab = Lab::new();
        let mut zips = lab.zips(export);
        if is_backwards {
            zips.reverse();
        }
        for part in &zips {
            lab.import(&[part], &[]).assert_exit(0);
        }
        let found = known(&lab);
        assert_eq!(found.0, expected.0, "backwards: {is_backwards}");
        assert_eq!((&found.1, &found.2), (&expected.1, &expected.2));
        assert_eq!(lab.albums(), albums, "backwards: {is_backwards}");
        lab.env.run(&["verify"]).assert_exit(0);
        // Nothing is said twice, and nothing changes any more.
        let record = lab
            .env
            .path("media_items_list/takeout-20261101T000000Z.jsonl");
        let lines = || {
            let text = fs::read_to_string(&record).expect("a record");
            text.lines()
                .filter(|line| line.contains("\"entry\""))
                .count()
        };
        let before = lines();
        for _ in 0..parts {
            lab.import(&zips, &["--reread"]).assert_exit(0);
        }
        assert_eq!(lines(), before);
        assert_eq!(known(&lab).0, expected.0);
    }
}

/// One photo in the first part and what describes it in the second.
pub(super) fn apart(shot: Shot, name: &str) -> Export {
    let mut export = Export::new();
    let year = export.year(2023);
    let shot = export.add(shot);
    export.media(year, name, shot);
    export.sidecar(year, &format!("{name}.json"), shot).part = 1;
    export
}

#[test]
fn a_photo_is_dated_and_described_by_what_comes_in_a_later_part() {
    for (embedded, is_addressed) in [
        (Embedded::Nothing, true),
        (Embedded::Nothing, false),
        // The user has moved its date in Google Photos.
        (exif("2019-01-02T03:04:05"), true),
        (exif("2023-06-09T12:19:47"), true),
    ] {
        let mut shot = Shot::photo("IMG with a longer title.jpg", DAY);
        "what it shows".clone_into(&mut shot.description);
        shot.geo = Some((47.5, 8.5, 400.0));
        shot.embedded = embedded;
        shot.has_url = is_addressed;
        all_orders_agree(&apart(shot, "IMG with a longer title.jpg"));
    }
    let film = Shot {
        form: Form::Mov,
        ..Shot::photo("MOV_1.MOV", DAY)
    };
    all_orders_agree(&apart(film, "MOV_1.MOV"));
}

fn exif(local: &str) -> Embedded {
    Embedded::Exif {
        local: local.parse().expect("a clock"),
        offset_minutes: None,
    }
}

fn put(export: &mut Export, part: usize, folder: FolderId, name: &str, shot: Shot, role: Role) {
    let shot = export.add(shot);
    export.media_as(folder, name, shot, role).part = part;
}

#[test]
fn what_goes_with_a_photo_that_nothing_describes_may_come_before_or_after_it() {
    for (first, second) in [(0, 1), (1, 0)] {
        let mut export = Export::new();
        let year = export.year(2023);
        let still = Shot::photo("IMG_1.jpg", DAY);
        let clip = Shot {
            form: Form::Mov,
            ..Shot::photo("IMG_1.MOV", DAY)
        };
        let edited = Shot::photo("IMG_1-edited.jpg", "2023-06-10T10:19:47Z");
        put(&mut export, first, year, "IMG_1.jpg", still, Role::Original);
        put(&mut export, second, year, "IMG_1.MOV", clip, Role::Original);
        put(
            &mut export,
            second,
            year,
            "IMG_1-edited.jpg",
            edited,
            Role::Original,
        );
        all_orders_agree(&export);
    }
}

#[test]
fn a_photo_that_nothing_describes_is_dated_by_any_of_its_copies() {
    let export = |album_first: bool, parts: usize| {
        let mut export = Export::new();
        let (year, album) = (export.year(2017), export.album("Trip"));
        let shot = export.add(Shot::photo("holiday.jpg", DAY).undated());
        let mut folders = [year, album];
        if album_first {
            folders.reverse();
        }
        for (number, folder) in folders.into_iter().enumerate() {
            export.media(folder, "holiday.jpg", shot).part = number % parts;
        }
        export
    };
    let dated = |lab: &Lab| {
        let archive = lab.env.archive();
        let row = archive.rows.last().expect("a row").clone();
        let detail = row["detail"].split("; ").next().map(str::to_owned);
        (row["creation_time"].clone(), detail)
    };
    let mut seen = Vec::new();
    for album_first in [false, true] {
        let lab = Lab::new();
        lab.import(&lab.zips(&export(album_first, 1)), &[])
            .assert_exit(0);
        seen.push(dated(&lab));
        let lab = Lab::new();
        for part in lab.zips(&export(album_first, 2)) {
            lab.import(&[part], &[]).assert_exit(0);
        }
        seen.push(dated(&lab));
    }
    assert!(seen[0].0.starts_with("2017-01-01"), "{seen:?}");
    assert!(seen.iter().all(|one| *one == seen[0]), "{seen:?}");
}

#[test]
fn what_goes_with_a_photo_that_comes_later_is_no_photo_of_its_own_when_it_is_read_again() {
    let mut export = Export::new();
    let year = export.year(2023);
    let clip = Shot {
        form: Form::Mov,
        ..Shot::photo("IMG_1.MOV", DAY)
    };
    let edited = Shot::photo("IMG_1-edited.jpg", "2023-06-10T10:19:47Z");
    let still = Shot::photo("IMG_1.jpg", DAY);
    put(&mut export, 0, year, "IMG_1.MOV", clip, Role::Original);
    put(
        &mut export,
        0,
        year,
        "IMG_1-edited.jpg",
        edited,
        Role::Original,
    );
    put(&mut export, 1, year, "IMG_1.jpg", still, Role::Original);
    let (whole, lab) = (Lab::new(), Lab::new());
    let parts = lab.zips(&export);
    whole.import(&parts, &[]).assert_exit(0);
    lab.import(&parts[..1], &[]).assert_exit(0);
    assert_ne!(lab.set(), whole.set(), "they stand for themselves");
    lab.import(&parts, &["--reread"]).assert_exit(0);
    assert_eq!(known(&lab), known(&whole));
    assert_eq!(lab.env.archive().files.len(), 3);
}

/// Two photos whose title was cut to the same name, in two parts: until the second one comes, what describes the first is the
/// best match for the second as well.
pub(super) fn cut_titles(is_of_equal_bytes: bool) -> Export {
    let mut export = Export::new();
    let year = export.year(2023);
    let title = "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_P";
    let long = |tail: &str, key| {
        let mut shot = Shot::photo(&format!("{title}{tail}.jpg"), DAY);
        shot.key = key;
        tail.clone_into(&mut shot.description);
        shot.people = vec![format!("Who is on {tail}")];
        if is_of_equal_bytes {
            shot.form = Form::Gif;
        }
        shot
    };
    let first = export.add(long("XL_1", 1));
    let second = export.add(long("XL_2", 2));
    let cut = &title[..46];
    export.sidecar(year, &format!("{cut}.json"), first);
    export.media(year, &format!("{title}(1).jpg"), second);
    export.media(year, &format!("{title}.jpg"), first).part = 1;
    export.sidecar(year, &format!("{cut}(1).json"), second).part = 1;
    export
}

/// An archive of both parts at once, and one that has the first of them by now, and the parts.
fn first_alone(export: &Export, is_damaged: bool) -> (Lab, Lab, Vec<PathBuf>) {
    let (whole, lab) = (Lab::new(), Lab::new());
    let parts = lab.zips(export);
    whole.import(&parts, &[]).assert_exit(0);
    if is_damaged {
        let bytes = fs::read(&parts[0]).expect("read");
        let name = parts[0].file_name().expect("a name");
        let cut = lab.put(name.to_str().expect("text"), &bytes[..bytes.len() - 30]);
        lab.import(&[cut], &[]).assert_exit(3);
    } else {
        lab.import(&parts[..1], &[]).assert_exit(0);
    }
    // What the second one is described by is not here.
    assert_ne!(known(&lab).1, known(&whole).1);
    assert_eq!(lab.set().len(), 1);
    (whole, lab, parts)
}

#[test]
fn what_a_file_was_thought_to_be_is_taken_back_where_it_is_read_again() {
    for is_damaged in [false, true] {
        for is_of_equal_bytes in [false, true] {
            let (whole, lab, parts) = first_alone(&cut_titles(is_of_equal_bytes), is_damaged);
            let reread: &[&str] = if is_damaged { &[] } else { &["--reread"] };
            for args in [reread, &["--reread"]] {
                lab.import(&parts, args).assert_exit(0);
                assert_eq!(known(&lab), known(&whole), "damaged: {is_damaged}");
            }
            lab.import(&parts, &[]).assert_exit(0);
            assert_eq!(lab.described(), whole.described());
            lab.env.run(&["verify"]).assert_exit(0);
        }
    }
}

#[test]
fn an_index_that_was_lost_does_not_bring_back_what_a_file_was_thought_to_be() {
    let (whole, mut lab, parts) = first_alone(&cut_titles(false), false);
    lab.env.in_hours(1);
    lab.import(&parts[1..], &[]).assert_exit(0);
    assert_eq!(known(&lab), known(&whole));
    for again in [&parts[..], &parts[..1]] {
        fs::remove_dir_all(lab.env.path("downloads/.gphotos-dl/index")).expect("removed");
        lab.env.in_hours(1);
        lab.import(again, &[]).assert_exit(0);
        assert_eq!(known(&lab), known(&whole));
    }
    lab.env.run(&["verify"]).assert_exit(0);
}

#[test]
fn a_better_match_takes_the_place_of_the_first_one() {
    // Without a sidecar of its own, the second file of a title that was cut has that of the first one.
    for is_of_equal_bytes in [false, true] {
        all_orders_agree(&cut_titles(is_of_equal_bytes));
    }
}

#[test]
fn a_copy_in_an_album_follows_its_photo_when_what_describes_it_comes_later() {
    for copy in [0, 1] {
        let mut export = Export::new();
        let (year, trip) = (export.year(2023), export.album("Trip"));
        let shot = export.add(Shot::photo("IMG_1.jpg", DAY));
        export.media(year, "IMG_1.jpg", shot);
        export
            .media_as(trip, "IMG_1.jpg", shot, Role::Original)
            .part = copy;
        export.sidecar(year, "IMG_1.jpg.json", shot).part = 1;
        all_orders_agree(&export);
    }
}

/// Two photos whose sidecars have the address of the first, each with an edited version and a copy in an album.
fn of_one_address(parts: [usize; 2]) -> Export {
    let mut export = Export::new();
    let (year, trip) = (export.year(2023), export.album("Trip"));
    for (part, (name, day)) in parts
        .into_iter()
        .zip([("IMG_1", DAY), ("other", "2023-11-12T10:19:47Z")])
    {
        let mut shot = Shot::photo(&format!("{name}.jpg"), day);
        shot.key = 7;
        name.clone_into(&mut shot.description);
        let mut edited = shot.clone().variant(1);
        edited.title = format!("{name}-edited.jpg");
        let shot = export.add(shot);
        let edited = export.add(edited);
        export.media(year, &format!("{name}.jpg"), shot).part = part;
        let file = export.media_as(year, &format!("{name}-edited.jpg"), edited, Role::Edited);
        file.part = part;
        export.media(trip, &format!("{name}.jpg"), shot).part = 1;
        for folder in [year, trip] {
            let sidecar = export.sidecar(folder, &format!("{name}.jpg.json"), shot);
            sidecar.part = part;
        }
    }
    export
}

#[test]
fn an_address_that_two_photos_claim_is_nobodys_in_whatever_order_they_come() {
    for parts in [[0, 1], [1, 0], [0, 0], [1, 1]] {
        let export = of_one_address(parts);
        let lab = Lab::new();
        lab.import(&lab.zips(&export), &[]).assert_exit(0);
        let set = lab.set();
        assert_eq!(set.len(), 4, "{set:#?}");
        assert!(set.iter().all(|(id, ..)| id.starts_with("sha256:")));
        all_orders_agree(&export);
    }
}

#[test]
fn an_address_that_photos_of_several_exports_claim_is_nobodys_in_whatever_order_they_come() {
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    for names in [["IMG_1", "other", "third"], ["IMG", "IMG_1", "IMG_2"]] {
        let exports = [0, 1, 2].map(|at: usize| {
            let mut export = Export::new();
            export.stamp = format!("2026010{}T000000Z", at + 1);
            let year = export.year(2023);
            let mut shot = Shot::photo(
                &format!("{}.jpg", names[at]),
                &format!("2023-06-0{}T10:19:47Z", at + 1),
            );
            shot.key = 7;
            let mut edited = shot.clone().variant(1);
            edited.title = format!("{}-edited.jpg", names[at]);
            let (shot, edited) = (export.add(shot), export.add(edited));
            let name = format!("{}.jpg", names[at]);
            export.media(year, &name, shot);
            let edited_name = format!("{}-edited.jpg", names[at]);
            export.media_as(year, &edited_name, edited, Role::Edited);
            export.sidecar(year, &format!("{name}.json"), shot);
            export
        });
        let whole = Lab::new();
        let parts: Vec<PathBuf> = exports.iter().flat_map(|one| whole.zips(one)).collect();
        whole.import(&parts, &[]).assert_exit(0);
        let expected = whole.set();
        assert_eq!(expected.len(), 6, "{names:?}: {expected:#?}");
        for order in orders {
            let lab = Lab::new();
            let parts = exports.iter().flat_map(|one| lab.zips(one));
            let parts: Vec<PathBuf> = parts.collect();
            for at in order {
                lab.import(&[&parts[at]], &[]).assert_exit(0);
            }
            assert_eq!(lab.set(), expected, "{names:?} {order:?}");
            for args in [&["--reread"][..], &[]] {
                lab.import(&[&parts[order[0]]], args).assert_exit(0);
                assert_eq!(lab.set(), expected, "{names:?} {order:?} {args:?}");
                fs::remove_dir_all(lab.env.path("downloads/.gphotos-dl")).expect("removed");
            }
            lab.import(&[&parts[order[1]]], &[]).assert_exit(0);
            assert_eq!(lab.set(), expected, "{names:?} {order:?}");
            lab.env.run(&["verify"]).assert_exit(0);
        }
    }
}
