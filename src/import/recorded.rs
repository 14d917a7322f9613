//! The exports that are recorded already, as far as it takes to see whether a part is of one of them.
//!
//! A part is known again by its fingerprint, wherever it lies and whatever it is called by now; one that has none, as a folder,
//! by where it lies. What it brought is in the record, so that parts that come later can be held against it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256, digest};
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};

use crate::archive::export_record::{self, EntryLine, Line};
use crate::archive::{ArchiveError, united_record};
use crate::import::ImportError;
use crate::import::contents::{key, walk};
use crate::source::takeout::{Entry, Part, Skip, Unread, Visitor};

/// How the id of an export begins whose name nobody knows.
pub(super) const LOCAL: &str = "local-";

/// What is recorded.
pub(super) struct Recorded {
    manifests: PathBuf,
    exports: BTreeMap<String, Export>,
    /// Ids that were given already, those of exports included that are another one by now.
    taken: HashSet<String>,
}

/// The parts of an export, and, once they are asked for, the files.
#[derive(Default)]
struct Export {
    /// Its record, and those of others that turned out to be this one.
    records: Vec<String>,
    fingerprints: HashSet<String>,
    /// Bytes of the parts that have to be read whole for their fingerprint.
    sizes: HashSet<u64>,
    places: HashSet<String>,
    files: Option<Files>,
}

/// By path.
type Files = HashMap<u64, Vec<File>>;

/// What stands under a path.
struct File {
    size: u64,
    /// The beginning of the SHA-256; `None` of a text that is too long to be compared.
    digest: Option<[u8; 8]>,
    /// The [`key`] of the name of the part that has brought it.
    part: u64,
}

/// By what a part is known again.
pub(super) struct Identity {
    pub(super) fingerprint: Option<String>,
    pub(super) place: String,
}

impl Recorded {
    /// Reads what is recorded of parts; of exports whose id Google has given only `with_stamped`.
    pub(super) fn read(manifests: &Path, with_stamped: bool) -> Result<Self, ArchiveError> {
        let (mut exports, mut taken) = (BTreeMap::new(), HashSet::new());
        // Before the first import there is no folder for them.
        let records = if manifests.is_dir() {
            export_record::all(manifests)?
        } else {
            Vec::new()
        };
        for (id, _) in records {
            if !with_stamped && !id.starts_with(LOCAL) {
                continue;
            }
            let mut export = Export {
                records: vec![id.clone()],
                ..Export::default()
            };
            for line in export_record::parts(manifests, &id)? {
                let (fingerprint, bytes, place) = match line.map_err(unread)? {
                    Line::Part(part) => (part.fingerprint, part.bytes, part.place),
                    Line::Begun(part) => (part.fingerprint, part.bytes, part.place),
                    Line::United(line) => {
                        taken.insert(line.united);
                        continue;
                    }
                    Line::Entry(_) => continue,
                };
                export.fingerprints.extend(fingerprint);
                export.sizes.extend(bytes);
                export.places.extend(place);
            }
            taken.insert(id.clone());
            exports.insert(id, export);
        }
        Ok(Self {
            manifests: manifests.to_owned(),
            exports,
            taken,
        })
    }

    pub(super) fn is_taken(&self, id: &str) -> bool {
        self.taken.contains(id)
    }

    /// By what a part is known again. A tar archive is only read for it if it may be known.
    pub(super) fn identify(&self, part: &Part) -> Identity {
        let size = part.size_to_hash();
        let mut exports = self.exports.values();
        let may_be_known =
            exports.any(|export| size.is_none_or(|size| export.sizes.contains(&size)));
        let fingerprint = may_be_known.then(|| part.fingerprint()).flatten();
        Identity {
            fingerprint: fingerprint.map(|fingerprint| HEXLOWER.encode(&fingerprint)),
            place: part.place(),
        }
    }

    /// The exports that have some of these parts: those with Google's stamp first, then those that have more of them.
    pub(super) fn sharing(&self, parts: &[&Identity]) -> Vec<String> {
        let mut found: Vec<(bool, std::cmp::Reverse<usize>, &String)> = Vec::new();
        for (id, export) in &self.exports {
            let shared = parts.iter().filter(|part| export.has(part)).count();
            if shared > 0 {
                found.push((id.starts_with(LOCAL), std::cmp::Reverse(shared), id));
            }
        }
        found.sort();
        found.into_iter().map(|(_, _, id)| id.clone()).collect()
    }

    /// Whether some path has one content in a part and another one in an export.
    pub(super) fn contradicts(
        &mut self,
        id: &str,
        (part, identity): (&Part, &Identity),
        go_on: &dyn Fn() -> bool,
    ) -> Result<bool, ImportError> {
        let Some(export) = self.exports.get_mut(id) else {
            return Ok(false);
        };
        if export.has_bytes_of(identity) {
            return Ok(false);
        }
        // What was changed in a folder since it was read is its own affair.
        let is_its_own = part.is_folder() && export.places.contains(&identity.place);
        let own = is_its_own.then(|| key(&part.name()));
        let mut listing = Listing {
            files: export.files(&self.manifests)?,
            own,
            go_on,
            same: HashSet::new(),
            other: HashSet::new(),
        };
        walk(part, &mut listing)?;
        Ok(listing
            .other
            .iter()
            .any(|path| !listing.same.contains(path)))
    }

    /// Whether two exports contradict each other.
    pub(super) fn contradict(&mut self, one: &str, other: &str) -> Result<bool, ImportError> {
        for id in [one, other] {
            if let Some(export) = self.exports.get_mut(id) {
                export.files(&self.manifests)?;
            }
        }
        let files = |id| {
            self.exports
                .get(id)
                .and_then(|export| export.files.as_ref())
        };
        let (Some(ours), Some(theirs)) = (files(one), files(other)) else {
            return Ok(false);
        };
        Ok(ours.iter().any(|(path, ours)| {
            let theirs = theirs.get(path);
            theirs.is_some_and(|theirs| !ours.iter().any(|one| theirs.iter().any(|it| one.is(it))))
        }))
    }

    /// From now on the second one is the first one.
    pub(super) fn unite(&mut self, id: &str, other: &str) {
        let Some(other) = self.exports.remove(other) else {
            return;
        };
        let export = self.exports.entry(id.to_owned()).or_default();
        export.records.extend(other.records);
        export.fingerprints.extend(other.fingerprints);
        export.sizes.extend(other.sizes);
        export.places.extend(other.places);
        export.files = None;
    }
}

impl Export {
    fn has_bytes_of(&self, part: &Identity) -> bool {
        let fingerprint = part.fingerprint.as_ref();
        fingerprint.is_some_and(|fingerprint| self.fingerprints.contains(fingerprint))
    }

    fn has(&self, part: &Identity) -> bool {
        self.has_bytes_of(part) || self.places.contains(&part.place)
    }

    fn files(&mut self, manifests: &Path) -> Result<&Files, ImportError> {
        if self.files.is_none() {
            let mut files = Files::new();
            for line in united_record::read(manifests, &self.records)? {
                if let (_, Line::Entry(entry)) = line.map_err(unread)? {
                    // Only with its last piece is a large text there.
                    if entry.piece.is_none_or(|(number, of)| number + 1 == of) {
                        let file = File::of(&entry);
                        files.entry(key(&entry.entry)).or_default().push(file);
                    }
                }
            }
            self.files = Some(files);
        }
        Ok(self.files.get_or_insert_default())
    }
}

impl File {
    fn of(entry: &EntryLine) -> Self {
        let digest = match &entry.sha256 {
            Some(text) => HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok(),
            None => entry
                .text()
                .filter(|_| entry.piece.is_none())
                .map(|text| digest(&SHA256, &text).as_ref().to_owned()),
        };
        Self {
            size: entry.size,
            digest: digest.and_then(|digest| digest.first_chunk().copied()),
            part: key(&entry.part),
        }
    }

    fn is(&self, other: &Self) -> bool {
        let is_comparable = self.digest.is_some() && other.digest.is_some();
        self.size == other.size && (!is_comparable || self.digest == other.digest)
    }
}

/// Holds the entries of a part against what is recorded.
struct Listing<'a> {
    files: &'a Files,
    /// The part whose files do not count.
    own: Option<u64>,
    go_on: &'a dyn Fn() -> bool,
    /// Paths that have the same content here and there, and that have another one.
    same: HashSet<u64>,
    other: HashSet<u64>,
}

impl Listing<'_> {
    fn recorded(&self, path: u64) -> impl Iterator<Item = &File> {
        let files = self.files.get(&path).into_iter().flatten();
        files.filter(|file| Some(file.part) != self.own)
    }
}

impl Visitor for Listing<'_> {
    type Error = ImportError;

    fn wants(&mut self, entry: &Entry) -> Result<bool, ImportError> {
        if !(self.go_on)() {
            return Err(ImportError::Stopped);
        }
        let path = key(&entry.path);
        let is_as_large = |file: &File| file.size == entry.size;
        if self.recorded(path).any(is_as_large) {
            return Ok(true);
        }
        if self.recorded(path).next().is_some() {
            self.other.insert(path);
        }
        Ok(false)
    }

    fn read(&mut self, entry: &Entry, bytes: &mut dyn Read) -> Result<(), Unread<ImportError>> {
        let (mut hash, mut buffer) = (Context::new(&SHA256), vec![0; BUFFER]);
        loop {
            match bytes.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => hash.update(&buffer[..read]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Unread::Damaged(error)),
            }
            if !(self.go_on)() {
                return Err(Unread::Own(ImportError::Stopped));
            }
        }
        let found = File {
            size: entry.size,
            digest: hash.finish().as_ref().first_chunk().copied(),
            part: 0,
        };
        let path = key(&entry.path);
        if self.recorded(path).any(|file| file.is(&found)) {
            self.same.insert(path);
        } else {
            self.other.insert(path);
        }
        Ok(())
    }

    fn damaged(&mut self, _entry: &Entry, _why: &str) -> Result<(), ImportError> {
        Ok(())
    }

    fn skipped(&mut self, _path: &str, _why: Skip) -> Result<(), ImportError> {
        Ok(())
    }
}

/// Bytes read at a time.
const BUFFER: usize = 1 << 18;

fn unread(error: std::io::Error) -> ArchiveError {
    ArchiveError::storage("read", "the records of exports", error)
}
