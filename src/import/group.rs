//! Which parts are one export.
//!
//! Google's time stamp in a name says it. Parts without one (renamed, or extracted) are one export as long as nothing in them
//! speaks against it: that one path has different contents in two of them. Where something does, those that lie in one folder
//! are one export if they agree among themselves, and otherwise each is an export of its own, as if it were imported alone.
//! Where exports with a stamp are named in the same call, a part without one belongs to the one that it shares files with and
//! contradicts nowhere: an extracted folder beside its archives. All of this depends on what the parts hold and where they lie,
//! never on the order in which they are named.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;

use crate::import::ImportError;
use crate::import::contents::{Compared, Contents};
use crate::source::takeout::Part;

/// The parts of every export, by its id.
pub(crate) type Exports = BTreeMap<String, Vec<Part>>;

/// Says which of these parts, each there once, are one export. `go_on` is asked before every entry.
pub(crate) fn group(parts: &[Part], go_on: &dyn Fn() -> bool) -> Result<Exports, ImportError> {
    let mut exports = Exports::new();
    let (mut unnamed, mut useless) = (Vec::new(), Vec::new());
    for part in parts {
        match &part.export {
            Some(id) => exports.entry(id.clone()).or_default().push(part.clone()),
            None if part.useless().is_some() => useless.push(part),
            None => unnamed.push(part),
        }
    }
    if unnamed.len() == 1 && exports.is_empty() {
        exports.insert(id_of(&unnamed), vec![unnamed[0].clone()]);
    } else if !unnamed.is_empty() {
        assign(&mut exports, &unnamed, go_on)?;
    }
    for part in useless {
        // Nobody can say whose it is; it is only to be named.
        match exports.values_mut().next() {
            Some(first) => first.push(part.clone()),
            None => drop(exports.insert(id_of(&[part]), vec![part.clone()])),
        }
    }
    Ok(exports)
}

fn assign(
    exports: &mut Exports,
    unnamed: &[&Part],
    go_on: &dyn Fn() -> bool,
) -> Result<(), ImportError> {
    let named: Vec<&Part> = exports.values().flatten().collect();
    let all: Vec<&Part> = unnamed.iter().chain(&named).copied().collect();
    let contents = Contents::of(&all, go_on)?;
    let mut next = unnamed.len();
    let ranges: Vec<(String, std::ops::Range<usize>)> = exports
        .iter()
        .map(|(id, parts)| {
            let start = next;
            next += parts.len();
            (id.clone(), start..next)
        })
        .collect();
    let mut homes: Vec<Option<usize>> = (0..unnamed.len())
        .map(|at| home(at, &ranges, &contents))
        .collect();
    // Two that contradict one another cannot both be of one export.
    let torn: Vec<usize> = (0..unnamed.len())
        .filter(|at| {
            (0..unnamed.len()).any(|other| {
                homes[*at].is_some()
                    && homes[*at] == homes[other]
                    && contents.compare(*at, other).is_contradicted
            })
        })
        .collect();
    for at in torn {
        homes[at] = None;
    }
    let mut left = Vec::new();
    for (at, part) in unnamed.iter().enumerate() {
        match homes[at] {
            Some(home) => exports
                .entry(ranges[home].0.clone())
                .or_default()
                .push((*part).clone()),
            None => left.push(at),
        }
    }
    for found in agreeing(&left, unnamed, &contents) {
        let parts: Vec<&Part> = found.iter().map(|at| unnamed[*at]).collect();
        exports.insert(id_of(&parts), parts.into_iter().cloned().collect());
    }
    Ok(())
}

/// Which of the named exports a part without a name belongs to.
fn home(
    at: usize,
    named: &[(String, std::ops::Range<usize>)],
    contents: &Contents,
) -> Option<usize> {
    let (mut sharing, mut strangers) = (Vec::new(), Vec::new());
    for (number, (_, parts)) in named.iter().enumerate() {
        let compared: Vec<Compared> = parts
            .clone()
            .map(|other| contents.compare(at, other))
            .collect();
        if compared.iter().any(|one| one.is_contradicted) {
            continue;
        }
        if compared.iter().any(|one| one.is_shared) {
            sharing.push(number);
        } else {
            strangers.push(number);
        }
    }
    match (sharing.as_slice(), strangers.as_slice()) {
        ([one], _) => Some(*one),
        // Nothing of it is in the others, as of a part that was extracted and deleted.
        ([], [one]) if named.len() == 1 => Some(*one),
        _ => None,
    }
}

/// All of them if they agree, else those of each folder that do, else each alone.
fn agreeing(left: &[usize], unnamed: &[&Part], contents: &Contents) -> Vec<Vec<usize>> {
    let agree = |found: &[usize]| {
        found.iter().enumerate().all(|(number, at)| {
            found[number + 1..]
                .iter()
                .all(|other| !contents.compare(*at, *other).is_contradicted)
        })
    };
    if left.is_empty() {
        return Vec::new();
    }
    if agree(left) {
        return vec![left.to_vec()];
    }
    let mut folders: BTreeMap<PathBuf, Vec<usize>> = BTreeMap::new();
    for at in left {
        let path = canonical(&unnamed[*at].path);
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        folders.entry(folder).or_default().push(*at);
    }
    let each = |found: Vec<usize>| {
        if agree(&found) {
            vec![found]
        } else {
            found.into_iter().map(|at| vec![at]).collect()
        }
    };
    folders.into_values().flat_map(each).collect()
}

/// The id of an export whose name is not known: the same for the same parts in the same place.
fn id_of(parts: &[&Part]) -> String {
    let mut paths: Vec<PathBuf> = parts.iter().map(|part| canonical(&part.path)).collect();
    paths.sort();
    let text: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let hash = digest(&SHA256, text.join("\0").as_bytes());
    format!("local-{}", &HEXLOWER.encode(hash.as_ref())[..12])
}

fn canonical(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
