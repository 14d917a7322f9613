//! Entries whose content is the trap: JSON without end, archives inside archives; and files that only call themselves archives.

use super::super::expected::{Class, Reason};
use super::super::export::FolderKind;
use super::super::file::Claim;
use super::super::payload::noise;
use super::super::shot::Shot;
use super::{Hostile, Trap, honest, photo, raw_file};

pub(super) fn all() -> Vec<Hostile> {
    vec![
        json(),
        nested(),
        comment(),
        many_entries(),
        noise_only(),
        big_json(1 << 20),
    ]
}

const UNREAD: [Class; 3] = [
    Class::MetadataUnused,
    Class::Special,
    Class::Skipped(Reason::Damaged),
];

fn json() -> Hostile {
    let mut trap = Trap::new();
    let deep = [vec![b'['; 200_000], vec![b']'; 200_000]].concat();
    for (name, text) in [
        ("deep.json", deep),
        (
            "number.json",
            format!(
                "{{\"title\": \"x\", \"photoTakenTime\": {{\"timestamp\": {}}}}}",
                "9".repeat(5000)
            )
            .into(),
        ),
        ("array.json", b"[1, 2, 3]".to_vec()),
        ("string.json", b"\"title\"".to_vec()),
        ("nul.json", b"{\"title\": \"\\u0000\"}".to_vec()),
        ("surrogate.json", b"{\"title\": \"\\ud800\"}".to_vec()),
        ("latin.json", b"{\"title\": \"\xe9t\xe9\"}".to_vec()),
        (
            "twice.json",
            b"{\"title\": \"a\", \"title\": [\"b\"]}".to_vec(),
        ),
    ] {
        trap.bad(
            name,
            text,
            &[UNREAD.as_slice(), &[Class::MetadataUsed]].concat(),
            |_| {},
        );
    }
    trap.spring(
        "json",
        "JSON that is deep, huge in one number, of wrong types, or no Unicode",
        false,
    )
}

/// A sidecar of about so many bytes, true but for its size. Paired or not, its photo is kept.
pub fn big_json(bytes: usize) -> Hostile {
    let mut trap = Trap::new();
    let shot = Shot::photo("big.jpg", "2020-03-03T10:00:00Z");
    let mut text = super::super::sidecar::media(&shot, false);
    text.pop();
    text.extend_from_slice(b", \"more\": \"");
    text.resize(text.len() + bytes, b'x');
    text.extend_from_slice(b"\"}");
    let shot = trap.export.add(shot);
    trap.export
        .media(trap.year, "big.jpg", shot)
        .claims(&[Claim::Of(shot), Claim::Alone]);
    trap.export
        .sidecar_holding(trap.year, "big.jpg.json", shot, text);
    for file in &trap.export.files()[4..] {
        trap.zip
            .add(&file.path, file.modified, &file.bytes)
            .expect("memory takes every byte");
    }
    let mut hostile = trap.spring("big-json", "a sidecar of many megabytes", false);
    if let Some(sidecar) = hostile.expected.entries.last_mut() {
        sidecar.class.0.push(Class::Skipped(Reason::Bomb));
    }
    hostile
}

/// So many empty files of another product beside the photos.
pub fn crowd(entries: usize) -> Hostile {
    let mut trap = Trap::new();
    let drive = trap
        .export
        .folder_at("Takeout/Drive", FolderKind::OtherProduct);
    for n in 0..entries {
        let name = format!("{n:06}.txt");
        let class = [Class::OtherProduct];
        let file = trap.export.loose(drive, &name, Vec::new(), &class);
        trap.zip
            .add(&file.path, file.modified, &file.bytes)
            .expect("memory takes every byte");
    }
    trap.spring("crowd", "a directory of very many entries", false)
}

fn nested() -> Hostile {
    let mut inner = Trap::new();
    inner.bad("../evil.jpg", photo("evil"), &[], |_| {});
    let inner = inner.spring("inner", "", false);
    let mut trap = Trap::new();
    trap.good("inside.zip", raw_file("inside.zip", inner.bytes), |_| {});
    trap.good(
        "inside.tgz",
        raw_file("inside.tgz", b"\x1f\x8b\x08\0nothing".to_vec()),
        |_| {},
    );
    trap.spring(
        "nested",
        "archives inside the archive are payload, not opened",
        false,
    )
}

fn comment() -> Hostile {
    let trap = Trap::new();
    // The signature of the end, and of another end, inside the comment of the real one.
    let comment = b"PK\x05\x06 and PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0 and so on";
    let expected = trap.export.expected();
    let (bytes, _) = trap.zip.finish(comment).expect("memory takes every byte");
    Hostile {
        name: "comment".to_owned(),
        about: "a comment that looks like the end of an archive: read by the directory, or salvaged",
        extension: "zip",
        bytes,
        expected,
        incomplete: None,
    }
}

/// What a reader makes of a wrong number is its own affair, as long as the photos come through and the part is named.
fn many_entries() -> Hostile {
    let trap = Trap::new();
    let expected = trap.export.expected();
    let (bytes, _) = trap
        .zip
        .finish_claiming(60_000, b"")
        .expect("memory takes every byte");
    Hostile {
        name: "many-entries".to_owned(),
        about: "60,000 entries claimed, 4 there",
        extension: "zip",
        bytes,
        expected,
        incomplete: Some(true),
    }
}

fn noise_only() -> Hostile {
    let (mut export, _) = honest();
    export.files.clear();
    Hostile {
        name: "noise".to_owned(),
        about: "no archive at all",
        extension: "zip",
        bytes: noise(7, 10_000),
        expected: export.expected(),
        incomplete: Some(true),
    }
}
