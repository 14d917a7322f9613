use super::*;
use crate::takeout::json;

fn listed(path: &str, text: Option<&str>) -> Listed {
    Listed {
        path: path.to_owned(),
        json: text.map(|text| json::read(text.as_bytes())),
    }
}

fn sidecar(title: &str, taken: i64, url: &str) -> String {
    format!(r#"{{"title":"{title}","photoTakenTime":{{"timestamp":"{taken}"}},"url":"{url}"}}"#)
}

/// The plan of these entries, the same whatever their order; verdicts by path.
fn planned(entries: &[Listed]) -> (Plan, Vec<(String, Verdict)>) {
    let planned = plan(entries, false);
    let by_path = entries
        .iter()
        .map(|entry| entry.path.clone())
        .zip(planned.verdicts.iter().cloned())
        .collect();
    (planned, by_path)
}

fn verdict<'a>(verdicts: &'a [(String, Verdict)], path: &str) -> &'a Verdict {
    &verdicts
        .iter()
        .find(|(found, _)| found == path)
        .expect("an entry")
        .1
}

const YEAR: &str = "Takeout/Google Photos/Photos from 2023";

#[test]
fn only_photos_are_ours() {
    let (plan, verdicts) = planned(&[
        listed("Takeout/archive_browser.html", None),
        listed("Takeout/Contacts/All/me.jpg", None),
        listed("Takeout/Keep/note.json", Some(r#"{"title":"Note"}"#)),
        listed("Takeout/Google\u{a0}Photos/Photos from 2023/a.jpg", None),
        listed(
            "Takeout/Google\u{a0}Photos/print-subscriptions.json",
            Some("{}"),
        ),
        listed("Takeout/Something else/2023/b.jpg", None),
        listed(
            "Takeout/Something else/2023/b.jpg.json",
            Some(&sidecar("b.jpg", 1_690_000_000, "")),
        ),
        listed("Takeout/Google\u{a0}Photos/Trip/a.json", Some("{")),
    ]);
    assert!(plan.has_photos);
    for (path, expected) in [
        ("Takeout/archive_browser.html", Verdict::Special),
        ("Takeout/Contacts/All/me.jpg", Verdict::OtherProduct),
        ("Takeout/Keep/note.json", Verdict::OtherProduct),
        (
            "Takeout/Google\u{a0}Photos/print-subscriptions.json",
            Verdict::Special,
        ),
        ("Takeout/Something else/2023/b.jpg.json", Verdict::Used),
        (
            "Takeout/Google\u{a0}Photos/Trip/a.json",
            Verdict::Unreadable,
        ),
    ] {
        assert_eq!(*verdict(&verdicts, path), expected, "{path}");
    }
    assert!(matches!(
        verdict(&verdicts, "Takeout/Something else/2023/b.jpg"),
        Verdict::Media(_)
    ));
    let (nothing, _) = planned(&[listed("Takeout/Contacts/All/me.jpg", None)]);
    assert!(!nothing.has_photos);
}

#[test]
fn a_folder_inside_an_export_is_an_export() {
    let (plan, verdicts) = planned(&[
        listed("Photos from 2023/a.jpg", None),
        listed(
            "Photos from 2023/a.jpg.json",
            Some(&sidecar("a.jpg", 1_690_000_000, "")),
        ),
    ]);
    assert!(plan.has_photos);
    assert!(matches!(
        verdict(&verdicts, "Photos from 2023/a.jpg"),
        Verdict::Media(Media {
            sidecar: Some(1),
            ..
        })
    ));
}

#[test]
fn a_sidecar_alone_in_an_album_means_the_photo_in_its_year() {
    let url = "https://photos.google.com/photo/A";
    let entries = vec![
        listed(&format!("{YEAR}/a.jpg"), None),
        listed(
            &format!("{YEAR}/a.jpg.json"),
            Some(&sidecar("a.jpg", 1_690_000_000, url)),
        ),
        listed(&format!("{YEAR}/b.jpg"), None),
        listed(
            &format!("{YEAR}/b.jpg.json"),
            Some(&sidecar("b.jpg", 1_690_000_001, "")),
        ),
        listed(
            "Takeout/Google Photos/Trip/metadata.json",
            Some(r#"{"title":"A trip"}"#),
        ),
        listed(
            "Takeout/Google Photos/Trip/a.jpg.json",
            Some(&sidecar("a.jpg", 1_690_000_000, url)),
        ),
        listed(
            "Takeout/Google Photos/Trip/b.jpg.json",
            Some(&sidecar("b.jpg", 1_690_000_001, "")),
        ),
        listed(
            "Takeout/Google Photos/Trip/c.jpg.json",
            Some(&sidecar("c.jpg", 1_690_000_002, "https://x/C")),
        ),
        listed(
            "Takeout/Google Photos/Trip/d.jpg.json",
            Some(&sidecar("a.jpg", 1_690_000_000, "https://x/D")),
        ),
    ];
    let (plan, verdicts) = planned(&entries);
    let trip = plan
        .folders
        .iter()
        .position(|(path, _)| path.ends_with("/Trip"))
        .expect("a folder");
    assert_eq!(
        plan.folders[trip].1,
        Folder::Album {
            title: "A trip".to_owned()
        }
    );
    let found: Vec<_> = plan
        .memberships
        .iter()
        .map(|found| (found.sidecar, found.folder, found.media))
        .collect();
    assert_eq!(found, [(5, trip, 0), (6, trip, 2)]);
    assert_eq!(
        *verdict(&verdicts, "Takeout/Google Photos/Trip/c.jpg.json"),
        Verdict::Unused
    );
    assert_eq!(
        *verdict(&verdicts, "Takeout/Google Photos/Trip/d.jpg.json"),
        Verdict::Unused
    );
}

#[test]
fn the_trash_is_left_out_and_does_not_lend_its_sidecars() {
    let trashed = r#"{"title":"a.jpg","photoTakenTime":{"timestamp":"1690000000"},"trashed":true}"#;
    let entries = || {
        vec![
            listed(&format!("{YEAR}/a.jpg"), None),
            listed("Takeout/Google Photos/Bin/a.jpg", None),
            listed("Takeout/Google Photos/Bin/a.jpg.json", Some(trashed)),
            listed("Takeout/Google Photos/Papierkorb/b.jpg", None),
        ]
    };
    let (_, verdicts) = planned(&entries());
    assert!(matches!(
        verdict(&verdicts, &format!("{YEAR}/a.jpg")),
        Verdict::Media(Media { sidecar: None, .. })
    ));
    assert_eq!(
        *verdict(&verdicts, "Takeout/Google Photos/Bin/a.jpg"),
        Verdict::Trashed
    );
    assert_eq!(
        *verdict(&verdicts, "Takeout/Google Photos/Papierkorb/b.jpg"),
        Verdict::Trashed
    );
    let kept = plan(&entries(), true);
    assert!(matches!(
        kept.verdicts[1],
        Verdict::Media(Media {
            sidecar: Some(2),
            ..
        })
    ));
}

#[test]
fn a_name_in_two_parts_is_paired_in_both() {
    let entries = vec![
        listed(&format!("{YEAR}/a.jpg"), None),
        listed(&format!("{YEAR}/a.jpg"), None),
        listed(
            &format!("{YEAR}/a.jpg.json"),
            Some(&sidecar("a.jpg", 1_690_000_000, "")),
        ),
        listed(
            &format!("{YEAR}/a.jpg.json"),
            Some(&sidecar("a.jpg", 1_690_000_000, "")),
        ),
    ];
    let (plan, _) = planned(&entries);
    for at in [0, 1] {
        assert!(matches!(
            plan.verdicts[at],
            Verdict::Media(Media {
                sidecar: Some(2),
                ..
            })
        ));
    }
    assert_eq!(plan.verdicts[2..], [Verdict::Used, Verdict::Used]);
}

#[test]
fn ten_thousand_files_of_one_prefix_are_paired() {
    let prefix = "x".repeat(47);
    let mut entries = Vec::new();
    for number in 1..=10_000 {
        entries.push(listed(&format!("{YEAR}/{prefix}({number}).jpg"), None));
        let text = sidecar(&format!("{prefix}yz.jpg"), 1_690_000_000, "");
        entries.push(listed(
            &format!("{YEAR}/{}({number}).json", &prefix[..46]),
            Some(&text),
        ));
    }
    let planned = plan(&entries, false);
    for (at, verdict) in planned.verdicts.iter().enumerate().step_by(2) {
        assert!(
            matches!(verdict, Verdict::Media(Media { sidecar: Some(sidecar), .. }) if *sidecar == at + 1),
            "{at}"
        );
    }
}
