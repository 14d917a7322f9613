//! What earlier imports have recorded of an export.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use data_encoding::HEXLOWER_PERMISSIVE;

use crate::archive::export_record::{self, BegunLine, EntryLine, Line};
use crate::archive::{ArchiveError, united_record};
use crate::import::doubted::Doubted;
use crate::source::takeout::Part;
use crate::takeout::json::{self, Json};
use crate::takeout::plan::Listed;

/// What is recorded of the parts of an export that were read to their end.
#[derive(Default)]
pub(crate) struct KnownParts {
    /// Fingerprints of those that were whole, and whether all of them is stored: otherwise what is in the trash was left out.
    finished: HashMap<String, bool>,
    /// Bytes of these parts, of those that have to be read whole to be told from others.
    pub(crate) finished_sizes: HashSet<u64>,
    pub(crate) numbers: Vec<u32>,
    /// Parts that are recorded, finished or not: their fingerprints, and where they lay.
    begun: HashSet<String>,
    /// The ids of exports that turned out to be this one.
    pub(crate) united: Vec<String>,
    /// When the export was made, where a part has told: seconds since 1970.
    pub(crate) exported: Option<i64>,
}

/// The record of an export, as an import needs it.
#[derive(Default)]
pub(crate) struct Known {
    /// What is recorded of files, by path in the export and size in bytes: digests, hexadecimal.
    pub(crate) files: HashMap<(String, u64), Vec<String>>,
    /// JSON files whose text is recorded: the [`key`] of the path, and that of the text.
    pub(crate) texts: HashSet<(u64, u64)>,
    pub(crate) doubted: Doubted,
    /// The ids of items that recorded texts speak of which do not count any more.
    pub(crate) withdrawn: HashSet<String>,
    entries: Vec<Recorded>,
}

/// An entry that is recorded.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) listed: Listed,
    /// The [`key`] of its digest or text.
    content: u64,
    /// Bytes.
    size: u64,
    /// Of a photo's bytes, hexadecimal.
    pub(crate) sha256: Option<String>,
    /// The [`key`] of the path of what describes it, by the newest word.
    pub(crate) described_by: Option<u64>,
    /// Where its line begins.
    pub(crate) line: u64,
    /// The [`key`] of the name of its part, where that was damaged and nothing vouches for the entry.
    pub(crate) doubted_in: Option<u64>,
}

/// What the lines before have said.
#[derive(Default)]
struct Former {
    /// What is said once more of a file, by path and digest: by what it is described from then on.
    later: HashMap<(u64, u64), Option<u64>>,
    /// The latest text, by path and part: which of the entries it is.
    latest: HashMap<(u64, u64), usize>,
    /// Entries of damaged parts, by path, of which nothing better is known.
    doubted: HashMap<u64, Vec<usize>>,
    /// Entries that are none: a whole part has something else at their path.
    none: HashSet<usize>,
    /// Texts of parts that vouch for them, by path.
    proven: HashSet<u64>,
}

impl KnownParts {
    /// Of the first of these exports, which the others turned out to be.
    pub(crate) fn read(manifests: &Path, exports: &[String]) -> Result<Self, ArchiveError> {
        let mut known = Self {
            united: exports.iter().skip(1).cloned().collect(),
            ..Self::default()
        };
        for export in exports {
            for line in export_record::parts(manifests, export)? {
                known.remember(line.map_err(unread(export))?);
            }
        }
        Ok(known)
    }

    fn remember(&mut self, line: Line) {
        let part = match line {
            Line::Part(part) => part,
            Line::Begun(part) => {
                self.begun.extend(part.fingerprint);
                self.begun.extend(part.place);
                return;
            }
            Line::United(line) => {
                self.united.push(line.united);
                return;
            }
            Line::Entry(_) => return,
        };
        self.begun.extend(part.fingerprint.clone());
        self.begun.extend(part.place);
        self.numbers.extend(part.number);
        self.exported = self.exported.max(part.exported);
        if let (true, Some(fingerprint)) = (part.whole, part.fingerprint) {
            self.finished_sizes.extend(part.bytes);
            *self.finished.entry(fingerprint).or_default() |= !part.without_trash;
        }
    }

    /// What is to be recorded of a part before anything of it is stored; nothing where its own name tells its export.
    pub(crate) fn begin(&self, part: &Part, fingerprint: Option<&String>) -> Option<Line> {
        let place = part.export.is_none().then(|| part.place())?;
        let is_known = self.begun.contains(fingerprint.unwrap_or(&place));
        (!is_known).then(|| {
            Line::Begun(BegunLine {
                begun_part: part.name(),
                fingerprint: fingerprint.cloned(),
                bytes: part.size_to_hash(),
                place: Some(place),
            })
        })
    }

    /// Whether there is nothing more to be had of a part.
    pub(crate) fn is_finished(&self, fingerprint: &str, with_trash: bool) -> bool {
        self.finished
            .get(fingerprint)
            .is_some_and(|has_all| *has_all || !with_trash)
    }
}

impl Known {
    /// As [`KnownParts::read`].
    pub(crate) fn read(manifests: &Path, exports: &[String]) -> Result<Self, ArchiveError> {
        let mut known = Self::default();
        let mut former = Former::default();
        for line in united_record::read(manifests, exports)? {
            let unread = unread(exports.first().map_or("an export", String::as_str));
            if let (at, Line::Entry(entry)) = line.map_err(unread)? {
                known.remember(entry, at, &mut former);
            }
        }
        let (mut later, mut number) = (former.later, 0..);
        let withdrawn = &mut known.withdrawn;
        known.entries.retain(|entry| {
            let number = number.next();
            let counts = number.is_none_or(|number| !former.none.contains(&number));
            if !counts {
                withdrawn.extend(entry.listed.address());
            }
            counts
        });
        for entry in &mut known.entries {
            if let Some(sha256) = &entry.sha256
                && let Some(newest) = later.remove(&(key(&entry.listed.path), key(sha256)))
            {
                entry.described_by = newest;
            }
        }
        Ok(known)
    }

    fn remember(&mut self, entry: EntryLine, line: u64, former: &mut Former) {
        // Only with its last piece is a large text there.
        if entry.piece.is_some_and(|(number, of)| number + 1 != of) {
            return;
        }
        let described_by = entry.sidecar.as_deref().map(key);
        let path = key(&entry.entry);
        let content = if let Some(sha256) = &entry.sha256 {
            key(sha256)
        } else {
            let text = entry.text().filter(|_| entry.piece.is_none());
            text.map_or_else(|| long_text(entry.size), |text| key(&text))
        };
        if !entry.unproven {
            self.settle((path, content), line, former);
        }
        if let Some(sha256) = &entry.sha256 {
            let place = (entry.entry.clone(), entry.size);
            let digests = self.files.entry(place).or_default();
            if digests.contains(sha256) {
                former.later.insert((path, content), described_by);
                return;
            }
            digests.push(sha256.clone());
        } else if !self.texts.insert((path, content)) {
            return;
        }
        let json = match entry.piece {
            Some(_) => Some(Json::Unreadable),
            None => entry.text().map(|text| json::read(&text)),
        };
        // Of a text that was changed in an extracted folder the newest counts.
        let is_text = entry.sha256.is_none();
        if is_text && !entry.unproven {
            former.proven.insert(path);
        } else if is_text && former.proven.contains(&path) {
            // What nothing vouches for says nothing against it.
            let listed = Listed {
                path: entry.entry,
                json,
            };
            self.withdrawn.extend(listed.address());
            return;
        }
        let place = (path, key(&entry.part));
        let next = self.entries.len();
        let at = match is_text.then(|| former.latest.entry(place)) {
            Some(Entry::Occupied(known)) => *known.get(),
            Some(Entry::Vacant(new)) => *new.insert(next),
            None => next,
        };
        if entry.unproven {
            self.doubted.doubt(&entry, content);
            former.doubted.entry(path).or_default().push(at);
        }
        former.none.remove(&at);
        let recorded = Recorded {
            content,
            listed: Listed {
                path: entry.entry,
                json,
            },
            size: entry.size,
            sha256: entry.sha256,
            described_by,
            line,
            doubted_in: entry.unproven.then_some(place.1),
        };
        match self.entries.get_mut(at) {
            Some(known) => {
                self.withdrawn.extend(known.listed.address());
                *known = recorded;
            }
            None => self.entries.push(recorded),
        }
    }

    /// A whole part has this at a path: what a damaged one had there is the same, or none.
    fn settle(&mut self, (path, content): (u64, u64), line: u64, former: &mut Former) {
        self.doubted.settle(path, content);
        for at in former.doubted.remove(&path).into_iter().flatten() {
            match self.entries.get_mut(at) {
                Some(same) if same.content == content => {
                    (same.line, same.doubted_in) = (line, None);
                }
                _ => {
                    former.none.insert(at);
                }
            }
        }
    }

    /// Takes out the recorded entries that are not among these, because they are of other parts of the export; and the texts at the
    /// paths of those among them that are not `proven` while a part vouched for the record's. `whole`: the keys of the names of
    /// parts that are here as a whole; what a damaged one of that name had besides is none.
    pub(crate) fn take_others<'a>(
        &mut self,
        here: impl Iterator<Item = (&'a str, u64, bool)>,
        whole: &HashSet<u64>,
    ) -> (Vec<Recorded>, HashMap<String, Json>) {
        let (mut entries, mut better) = (std::mem::take(&mut self.entries), HashMap::new());
        if entries.is_empty() {
            return (entries, better);
        }
        let (mut sizes, mut doubtful) = (HashSet::new(), HashSet::new());
        for (path, size, is_proven) in here {
            sizes.insert((path, size));
            if !is_proven {
                doubtful.insert(path);
            }
        }
        entries.retain_mut(|recorded| {
            let is_here = sizes.contains(&(recorded.listed.path.as_str(), recorded.size));
            let is_none = recorded
                .doubted_in
                .is_some_and(|part| whole.contains(&part));
            if !is_here && !is_none {
                return true;
            }
            self.withdrawn.extend(recorded.listed.address());
            let is_better =
                recorded.doubted_in.is_none() && doubtful.contains(recorded.listed.path.as_str());
            if let Some(json) = recorded.listed.json.take().filter(|_| is_better) {
                better.insert(recorded.listed.path.clone(), json);
            }
            false
        });
        (entries, better)
    }
}

/// The bytes of a digest that is recorded, hexadecimal.
pub(crate) fn digest(text: &str) -> Option<[u8; 32]> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?;
    bytes.try_into().ok()
}

/// Short for a path, a digest or a text: they are compared with others of one export only.
pub(crate) fn key<T: Hash + ?Sized>(text: &T) -> u64 {
    let mut hash = DefaultHasher::new();
    text.hash(&mut hash);
    hash.finish()
}

/// Of a text that is too long to be compared: it is the same as long as it has as many bytes.
pub(crate) fn long_text(size: u64) -> u64 {
    key(&("long", size))
}

fn unread(export: &str) -> impl Fn(std::io::Error) -> ArchiveError {
    move |error| ArchiveError::storage("read", format!("the record of {export}"), error)
}
