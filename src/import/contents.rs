//! What parts hold, as far as it takes to see whether they can be of one export: paths, sizes and checksums.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;

use flate2::Crc;
use unicode_normalization::UnicodeNormalization;

use crate::import::ImportError;
use crate::source::takeout::{Entry, Part, Skip, Unread, Visitor, WalkError};

/// A file of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Content {
    /// A hash of where it stands in the export, in one normal form.
    path: u64,
    size: u64,
    /// `None` as long as nobody has read it, where the part does not say.
    crc: Option<u32>,
}

/// What each part holds, sorted.
pub(super) struct Contents(Vec<Vec<Content>>);

/// What comes of holding two parts against each other.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Compared {
    /// Some file is in both.
    pub(super) is_shared: bool,
    /// Some path has one content here and another one there.
    pub(super) is_contradicted: bool,
}

impl Contents {
    pub(super) fn of(parts: &[&Part], go_on: &dyn Fn() -> bool) -> Result<Self, ImportError> {
        let mut all = Vec::with_capacity(parts.len());
        for part in parts {
            let mut listing = Listing {
                go_on,
                sums: None,
                found: Vec::new(),
            };
            walk(part, &mut listing)?;
            listing.found.sort_unstable();
            all.push(listing.found);
        }
        let mut contents = Self(all);
        for (at, part) in parts.iter().enumerate() {
            let wanted = contents.unsure(at);
            if wanted.is_empty() {
                continue;
            }
            let mut listing = Listing {
                go_on,
                sums: Some(&wanted),
                found: Vec::new(),
            };
            walk(part, &mut listing)?;
            let read: HashSet<(u64, u64)> = listing
                .found
                .iter()
                .map(|found| (found.path, found.size))
                .collect();
            let known = &mut contents.0[at];
            known.retain(|one| !read.contains(&(one.path, one.size)));
            known.extend(listing.found);
            known.sort_unstable();
        }
        Ok(contents)
    }

    /// The paths of a part of which only the size is known, while another part has a file of that path and size.
    fn unsure(&self, at: usize) -> HashSet<u64> {
        let unknown = self.0[at].iter().filter(|one| one.crc.is_none());
        let is_elsewhere = |one: &Content| {
            let others = self.0.iter().enumerate().filter(|(other, _)| *other != at);
            others.into_iter().any(|(_, other)| {
                other_of(other, one.path)
                    .iter()
                    .any(|found| found.size == one.size)
            })
        };
        unknown
            .filter(|one| is_elsewhere(one))
            .map(|one| one.path)
            .collect()
    }

    pub(super) fn compare(&self, one: usize, other: usize) -> Compared {
        let mut compared = Compared::default();
        if one == other {
            return compared;
        }
        for ours in self.0[one].chunk_by(|a, b| a.path == b.path) {
            let theirs = other_of(&self.0[other], ours[0].path);
            if theirs.is_empty() {
                continue;
            }
            let is_shared = ours.iter().any(|content| theirs.contains(content));
            compared.is_shared |= is_shared;
            compared.is_contradicted |= !is_shared;
        }
        compared
    }
}

/// What stands under a path.
fn other_of(contents: &[Content], path: u64) -> &[Content] {
    let start = contents.partition_point(|one| one.path < path);
    let rest = &contents[start..];
    &rest[..rest.partition_point(|one| one.path == path)]
}

pub(super) fn walk(
    part: &Part,
    visitor: &mut impl Visitor<Error = ImportError>,
) -> Result<(), ImportError> {
    match part.walk(visitor) {
        // What is wrong with it is told when it is read.
        Ok(_) | Err(WalkError::Part(_)) => Ok(()),
        Err(WalkError::Own(error)) => Err(error),
    }
}

struct Listing<'a> {
    go_on: &'a dyn Fn() -> bool,
    /// Only these paths, and the checksums of their bytes.
    sums: Option<&'a HashSet<u64>>,
    found: Vec<Content>,
}

impl Visitor for Listing<'_> {
    type Error = ImportError;

    fn wants(&mut self, entry: &Entry) -> Result<bool, ImportError> {
        if !(self.go_on)() {
            return Err(ImportError::Stopped);
        }
        let (path, size, crc) = (key(&entry.path), entry.size, entry.crc);
        if let Some(wanted) = self.sums {
            return Ok(wanted.contains(&path));
        }
        self.found.push(Content { path, size, crc });
        Ok(false)
    }

    fn read(&mut self, entry: &Entry, bytes: &mut dyn Read) -> Result<(), Unread<ImportError>> {
        let (mut crc, mut buffer) = (Crc::new(), vec![0; BUFFER]);
        loop {
            match bytes.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => crc.update(&buffer[..read]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Unread::Damaged(error)),
            }
            if !(self.go_on)() {
                return Err(Unread::Own(ImportError::Stopped));
            }
        }
        self.found.push(Content {
            path: key(&entry.path),
            size: entry.size,
            crc: Some(crc.sum()),
        });
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

/// Two parts may write one path in two normal forms.
pub(super) fn key(path: &str) -> u64 {
    let mut hash = DefaultHasher::new();
    path.nfc().collect::<String>().hash(&mut hash);
    hash.finish()
}
