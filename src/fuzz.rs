//! What the fuzz targets call (`fuzz/`): hostile bytes in, and whatever they are, what must hold afterwards. The ordinary tests
//! replay the same corpus through the same functions, and change it at random.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::import::catalog::Catalog;
use crate::source::takeout::{Entry, Integrity, Part, Skip, Unread, Visitor, find_parts};
use crate::takeout::json::{self, Json};
use crate::takeout::name::is_json;
use crate::takeout::plan::{self, Listed, Media, Plan, Verdict};

/// Reads arbitrary bytes as a part of an export, and plans what is in it. `scratch` is an empty folder, or one that was used
/// for this before. Bytes that begin with `folder` and a line end are the recipe of a folder: in each line a path, a tab and
/// what is in the file.
pub fn archive_walk(bytes: &[u8], scratch: &Path) {
    let path = if let Some(recipe) = bytes.strip_prefix(b"folder\n") {
        folder(recipe, scratch)
    } else {
        let path = scratch.join("part");
        fs::write(&path, bytes).expect("written");
        path
    };
    let Ok(parts) = find_parts(std::slice::from_ref(&path)) else {
        return;
    };
    for part in &parts {
        let (first, again) = (Walk::of(part, false), Walk::of(part, false));
        assert_eq!(first, again, "every walk sees the same");
        // What is not read to its end, or not at all, costs no other.
        let hurried = Walk::of(part, true);
        assert_eq!(first.entries(), hurried.entries());
    }
    let catalog = Catalog::read(&parts, None, &mut |_| {}, &|| true).expect("nobody stops it");
    check(&catalog.entries);
}

/// Plans arbitrary lines as the entries of an export: a path, a tab, and, of a JSON file, its text.
pub fn sidecar_pairing(bytes: &[u8]) {
    let mut paths = BTreeSet::new();
    let mut entries = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n').take(MOST_ENTRIES) {
        let (path, text) = split(line);
        let path = String::from_utf8_lossy(path).into_owned();
        if path.is_empty() || !paths.insert(path.clone()) {
            continue;
        }
        let json = is_json(&path).then(|| json::read(text));
        entries.push(Listed { path, json });
    }
    check(&entries);
    let order = |entries: &[Listed]| {
        let planned = plan::plan(entries, false);
        let verdicts = planned.verdicts.iter().zip(entries);
        let told = verdicts.map(|(verdict, entry)| {
            let path = |at: usize| entries[at].path.clone();
            let media = match verdict {
                Verdict::Media(media) => Some((
                    media.sidecar.map(path),
                    media.of.map(path),
                    media.part.as_str(),
                )),
                _ => None,
            };
            let kind = std::mem::discriminant(verdict);
            (entry.path.clone(), (kind, media))
        });
        told.collect::<std::collections::HashMap<_, _>>()
    };
    let forwards = order(&entries);
    entries.reverse();
    assert_eq!(forwards, order(&entries), "the order means nothing");
}

/// A list of more entries than this is only slower.
const MOST_ENTRIES: usize = 400;

fn split(line: &[u8]) -> (&[u8], &[u8]) {
    let tab = line.iter().position(|byte| *byte == b'\t');
    tab.map_or((line, &[]), |tab| (&line[..tab], &line[tab + 1..]))
}

/// Makes a folder by a recipe, as far as it can be made.
fn folder(recipe: &[u8], scratch: &Path) -> PathBuf {
    let root = scratch.join("folder");
    // The one of the last time, if there was one.
    let _ = fs::remove_dir_all(&root);
    fs::create_dir_all(&root).expect("made");
    for line in recipe.split(|byte| *byte == b'\n').take(MOST_ENTRIES) {
        let (path, text) = split(line);
        let Ok(path) = std::str::from_utf8(path) else {
            continue;
        };
        let parts = path.split('/').filter(|part| !part.is_empty());
        let relative: PathBuf = parts.filter(|part| !matches!(*part, "." | "..")).collect();
        let path = root.join(relative);
        // Names that no folder can have are left out.
        let _ = path.parent().map(fs::create_dir_all);
        let _ = fs::write(path, text);
    }
    root
}

/// What must hold of every plan.
fn check(entries: &[Listed]) {
    for with_trash in [false, true] {
        let planned = plan::plan(entries, with_trash);
        assert_eq!(planned.verdicts.len(), entries.len());
        for (at, verdict) in planned.verdicts.iter().enumerate() {
            check_one(entries, &planned, at, verdict, with_trash);
        }
        for member in &planned.memberships {
            let sidecar = &entries[member.sidecar].json;
            assert!(matches!(sidecar, Some(Json::Sidecar(_))));
            assert!(matches!(planned.verdicts[member.media], Verdict::Media(_)));
            assert!(member.folder < planned.folders.len());
        }
    }
}

fn check_one(entries: &[Listed], planned: &Plan, at: usize, verdict: &Verdict, with_trash: bool) {
    let entry = &entries[at];
    let is_fitting = match (&entry.json, verdict) {
        (None, Verdict::Trashed) => !with_trash,
        (None, Verdict::Special) => entry.path.ends_with("archive_browser.html"),
        (_, Verdict::OtherProduct)
        | (None, Verdict::Media(_))
        | (Some(Json::Sidecar(_) | Json::Album(_)), Verdict::Used | Verdict::Unused)
        | (Some(Json::Special), Verdict::Special)
        | (Some(Json::Unreadable), Verdict::Unreadable) => true,
        _ => false,
    };
    assert!(is_fitting, "{entry:?} is {verdict:?}");
    let Verdict::Media(media) = verdict else {
        return;
    };
    let Media {
        sidecar,
        of,
        folder,
        ..
    } = media;
    assert!(*folder < planned.folders.len());
    if let Some(sidecar) = sidecar {
        assert!(matches!(entries[*sidecar].json, Some(Json::Sidecar(_))));
    }
    if let Some(of) = of {
        assert!(*of != at && entries[*of].json.is_none(), "{entry:?}");
    }
    // Whatever goes with another one leads to one that goes with none.
    let (mut next, mut steps) = (*of, 0);
    while let Some(Verdict::Media(media)) = next.map(|next| &planned.verdicts[next]) {
        (next, steps) = (media.of, steps + 1);
        assert!(steps <= entries.len(), "{entry:?} goes in circles");
    }
}

/// Everything that a walk says, and what must hold of it.
#[derive(Debug, Default, PartialEq)]
struct Walk {
    seen: Vec<Seen>,
    ended: Option<String>,
    /// Reads only the first bytes of some, and nothing of others.
    is_hurried: bool,
}

#[derive(Debug, PartialEq)]
enum Seen {
    Read(Entry, u64),
    Damaged(Entry),
    Skipped(String, Skip),
}

impl Walk {
    fn of(part: &Part, is_hurried: bool) -> Self {
        let mut walk = Self {
            is_hurried,
            ..Self::default()
        };
        let ended = part.walk(&mut walk);
        let is_damage = |seen: &Seen| match seen {
            Seen::Read(..) => false,
            Seen::Damaged(_) => true,
            Seen::Skipped(_, why) => why.is_damage(),
        };
        if walk.seen.iter().any(is_damage) {
            assert_ne!(ended.as_ref().ok(), Some(&Integrity::Whole));
        }
        let entries = walk.entries();
        let ordinals: Vec<u64> = entries.iter().map(|entry| entry.1).collect();
        assert!(ordinals.iter().copied().eq(0..ordinals.len() as u64));
        for (path, _, _) in entries {
            let mut parts = path.split('/');
            let is_safe = parts.all(|part| !matches!(part, "" | "." | ".."));
            assert!(is_safe && !path.contains('\0'), "{path:?}");
        }
        walk.ended = Some(format!("{ended:?}"));
        walk
    }

    /// Path, ordinal and size of all that can be read at all.
    fn entries(&self) -> Vec<(&str, u64, u64)> {
        fn entry(seen: &Seen) -> Option<(&str, u64, u64)> {
            match seen {
                Seen::Read(entry, _) | Seen::Damaged(entry) => {
                    Some((&entry.path, entry.ordinal, entry.size))
                }
                Seen::Skipped(..) => None,
            }
        }
        self.seen.iter().filter_map(entry).collect()
    }
}

impl Visitor for Walk {
    type Error = std::convert::Infallible;

    fn wants(&mut self, entry: &Entry) -> Result<bool, Self::Error> {
        let wants = !self.is_hurried || !entry.ordinal.is_multiple_of(3);
        if !wants {
            self.seen.push(Seen::Read(entry.clone(), 0));
        }
        Ok(wants)
    }

    fn read(&mut self, entry: &Entry, bytes: &mut dyn Read) -> Result<(), Unread<Self::Error>> {
        let most = if self.is_hurried { 10 } else { u64::MAX };
        let read = std::io::copy(&mut bytes.take(most), &mut std::io::sink());
        let read = read.map_err(Unread::Damaged)?;
        assert!(read == entry.size || self.is_hurried, "{entry:?}");
        self.seen.push(Seen::Read(entry.clone(), read));
        Ok(())
    }

    fn damaged(&mut self, entry: &Entry, _: &str) -> Result<(), Self::Error> {
        self.seen.push(Seen::Damaged(entry.clone()));
        Ok(())
    }

    fn skipped(&mut self, path: &str, why: Skip) -> Result<(), Self::Error> {
        self.seen.push(Seen::Skipped(path.to_owned(), why));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
