//! Which parts are one export.
//!
//! Google's time stamp in a name says it. Parts without one (renamed, or extracted) are one export as long as nothing in them
//! speaks against it: that one path has different contents in two of them. Where something does, those that lie in one folder
//! are one export if they agree among themselves, and otherwise each is an export of its own, as if it were imported alone.
//! Where exports with a stamp are named in the same call, a part without one belongs to the one that it shares files with and
//! contradicts nowhere: an extracted folder beside its archives. And where some of them are parts of an export that is recorded
//! already, and none contradicts it, they are that export, completed; of several such exports those that do not contradict one
//! another are one. All of this depends on what the parts hold and where they lie, never on the order in which they are named.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;

use crate::import::ImportError;
use crate::import::contents::{Compared, Contents};
use crate::import::recorded::{Identity, LOCAL, Recorded};
use crate::source::takeout::Part;

/// The exports of a call, by their ids.
pub(crate) type Exports = BTreeMap<String, Grouped>;

/// One export.
#[derive(Default)]
pub(crate) struct Grouped {
    pub(crate) parts: Vec<Part>,
    /// The ids of recorded exports that turn out to be this one.
    pub(crate) united: Vec<String>,
}

/// Says which of these parts, each there once, are one export. `go_on` is asked before every entry.
pub(crate) fn group(
    parts: &[Part],
    manifests: &Path,
    go_on: &dyn Fn() -> bool,
) -> Result<Exports, ImportError> {
    // Those without a name first, then those with one, export by export.
    let mut named: BTreeMap<&str, Vec<&Part>> = BTreeMap::new();
    let (mut all, mut useless) = (Vec::new(), Vec::new());
    for part in parts {
        match &part.export {
            Some(id) => named.entry(id).or_default().push(part),
            None if part.useless().is_some() => useless.push(part),
            None => all.push(part),
        }
    }
    let unnamed = all.len();
    let mut ranges = Vec::with_capacity(named.len());
    for (id, found) in named {
        let start = all.len();
        all.extend(found);
        ranges.push((id.to_owned(), start..all.len()));
    }
    if all.is_empty() {
        all.extend(useless.pop());
    }
    let recorded = Recorded::read(manifests, all.iter().any(|part| part.export.is_none()))?;
    let identities = all.iter().map(|part| recorded.identify(part)).collect();
    let contents = match unnamed {
        0 => None,
        1 if ranges.is_empty() => None,
        _ => Some(Contents::of(&all, go_on)?),
    };
    let mut grouping = Grouping {
        all,
        identities,
        contents,
        recorded,
        found: BTreeMap::new(),
        go_on,
    };
    grouping.assign(unnamed, ranges)?;
    let mut exports = grouping.into_exports();
    if let Some(first) = exports.values_mut().next() {
        // Nobody can say whose they are; they are only to be named.
        first.parts.extend(useless.into_iter().cloned());
    }
    Ok(exports)
}

/// The parts on their way to their exports. Each is told by its number among all.
struct Grouping<'a> {
    all: Vec<&'a Part>,
    identities: Vec<Identity>,
    contents: Option<Contents>,
    recorded: Recorded,
    /// What is found so far: the parts of an export, and recorded exports that are it.
    found: BTreeMap<String, (Vec<usize>, Vec<String>)>,
    go_on: &'a dyn Fn() -> bool,
}

impl Grouping<'_> {
    /// The first `unnamed` parts have no name, the others have these.
    fn assign(
        &mut self,
        unnamed: usize,
        named: Vec<(String, Range<usize>)>,
    ) -> Result<(), ImportError> {
        let mut left: Vec<usize> = (0..self.all.len()).collect();
        if let Some(contents) = &self.contents {
            let mut homes: Vec<Option<usize>> = (0..unnamed)
                .map(|at| self.known_home(at, &named, contents))
                .collect();
            // Two that contradict one another cannot both be of one export.
            let torn: Vec<usize> = (0..unnamed)
                .filter(|at| {
                    (0..unnamed).any(|other| {
                        homes[*at].is_some()
                            && homes[*at] == homes[other]
                            && contents.compare(*at, other).is_contradicted
                    })
                })
                .collect();
            for at in torn {
                homes[at] = None;
            }
            for (at, home) in homes.iter().enumerate() {
                if let Some(home) = home {
                    let id = named[*home].0.clone();
                    self.found.entry(id).or_default().0.push(at);
                }
            }
            left.retain(|at| homes.get(*at).is_none_or(Option::is_none));
        }
        left.retain(|at| self.all[*at].export.is_none());
        for (id, parts) in named {
            self.found.entry(id.clone()).or_default().0.extend(parts);
            self.unite(&id)?;
        }
        for found in self.agreeing(&left) {
            self.settle(found)?;
        }
        Ok(())
    }

    /// The named export that a part without a name belongs to; none where another one of Google's is known to have it.
    fn known_home(
        &self,
        at: usize,
        named: &[(String, Range<usize>)],
        contents: &Contents,
    ) -> Option<usize> {
        let known = self.recorded.sharing(&[&self.identities[at]]);
        let known: Vec<&String> = known.iter().filter(|id| !id.starts_with(LOCAL)).collect();
        match named.iter().position(|(id, _)| known.contains(&id)) {
            None if known.is_empty() => home(at, named, contents),
            known => known,
        }
    }

    /// Finds the export of parts that agree: a recorded one, or else one of their own.
    fn settle(&mut self, found: Vec<usize>) -> Result<(), ImportError> {
        for id in self.sharing(&found) {
            if self.fits(&id, &found)? {
                self.found.entry(id.clone()).or_default().0.extend(found);
                return self.unite(&id);
            }
        }
        let paths: Vec<PathBuf> = found
            .iter()
            .map(|at| canonical(&self.all[*at].path))
            .collect();
        let is_taken = |id: &str| self.recorded.is_taken(id) || self.found.contains_key(id);
        let id = id_of(paths, is_taken);
        self.found.insert(id, (found, Vec::new()));
        Ok(())
    }

    /// Recorded exports without a name that share parts with this one are this one, unless something contradicts that.
    fn unite(&mut self, id: &str) -> Result<(), ImportError> {
        let parts = self.found.get(id).map(|found| found.0.clone());
        let parts = parts.unwrap_or_default();
        for other in self.sharing(&parts) {
            if other == id || !other.starts_with(LOCAL) || self.found.contains_key(&other) {
                continue;
            }
            if self.fits(&other, &parts)? && !self.recorded.contradict(id, &other)? {
                self.recorded.unite(id, &other);
                self.found.entry(id.to_owned()).or_default().1.push(other);
            }
        }
        Ok(())
    }

    fn sharing(&self, found: &[usize]) -> Vec<String> {
        let parts: Vec<&Identity> = found.iter().map(|at| &self.identities[*at]).collect();
        self.recorded.sharing(&parts)
    }

    /// Whether nothing in these parts contradicts a recorded export, nor what this call has found to be of it.
    fn fits(&mut self, id: &str, found: &[usize]) -> Result<bool, ImportError> {
        let others = self.found.get(id).map(|found| found.0.as_slice());
        if let (Some(others), Some(contents)) = (others, &self.contents) {
            let contradicts = |at: &usize| {
                let mut others = others.iter().filter(|other| !found.contains(other));
                others.any(|other| contents.compare(*at, *other).is_contradicted)
            };
            if found.iter().any(contradicts) {
                return Ok(false);
            }
        }
        for at in found {
            let part = (self.all[*at], &self.identities[*at]);
            if self.recorded.contradicts(id, part, self.go_on)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// All of them if they agree, else those of each folder that do, else each alone.
    fn agreeing(&self, left: &[usize]) -> Vec<Vec<usize>> {
        let Some(contents) = &self.contents else {
            return left.iter().map(|at| vec![*at]).collect();
        };
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
            let path = canonical(&self.all[*at].path);
            let folder = path.parent().unwrap_or(Path::new("")).to_owned();
            folders.entry(folder).or_default().push(*at);
        }
        let each = |mut found: Vec<usize>| {
            if agree(&found) {
                return vec![found];
            }
            // Whichever was named first.
            found.sort_by_key(|at| canonical(&self.all[*at].path));
            found.into_iter().map(|at| vec![at]).collect()
        };
        folders.into_values().flat_map(each).collect()
    }

    fn into_exports(self) -> Exports {
        let Self { all, found, .. } = self;
        let exports = found.into_iter().map(|(id, (parts, united))| {
            let parts = parts.into_iter().map(|at| all[at].clone()).collect();
            (id, Grouped { parts, united })
        });
        exports.collect()
    }
}

/// Which of the named exports a part without a name belongs to.
fn home(at: usize, named: &[(String, Range<usize>)], contents: &Contents) -> Option<usize> {
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

/// The id of an export whose name is not known: of the same parts in the same place the same, unless another export has it.
fn id_of(mut paths: Vec<PathBuf>, is_taken: impl Fn(&str) -> bool) -> String {
    paths.sort();
    let mut texts: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    loop {
        let hash = digest(&SHA256, texts.join("\0").as_bytes());
        let id = format!("{LOCAL}{}", &HEXLOWER.encode(hash.as_ref())[..12]);
        if !is_taken(&id) {
            return id;
        }
        texts.push("again".to_owned());
    }
}

fn canonical(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
