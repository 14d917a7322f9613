//! The parts of a Takeout export as they lie on disk: zip and tgz archives and extracted folders, read in one way.
//!
//! Nothing here writes, and nothing trusts an archive: entry names never become paths, sizes are checked while reading, and
//! what is damaged is named and passed over, so that the rest is had.

mod cp437;
mod directory;
mod entry;
mod find;
mod folder;
mod names;
mod part;
mod part_name;
mod salvage;
mod tgz;
mod unpack;
mod zip;

use std::io::{self, Read};

pub(crate) use entry::{Entry, Skip};
pub(crate) use find::find_parts;
pub(crate) use part::{Part, PartError};

/// What is done with the entries of a part, in their order.
pub(crate) trait Visitor {
    /// Why a visitor gives up.
    type Error;

    /// Whether the bytes of this entry are to be read. Asked once for each entry that can be read at all.
    fn wants(&mut self, entry: &Entry) -> Result<bool, Self::Error>;

    /// Reads a wanted entry. Errors of `bytes` come back as [`Unread::Damaged`]; the walk then goes on.
    fn read(&mut self, entry: &Entry, bytes: &mut dyn Read) -> Result<(), Unread<Self::Error>>;

    /// An entry whose bytes could not be read to their end.
    fn damaged(&mut self, entry: &Entry, why: &str) -> Result<(), Self::Error>;

    /// An entry that is no file, or none that may be read.
    fn skipped(&mut self, path: &str, why: Skip) -> Result<(), Self::Error>;
}

/// Why an entry was not read.
#[derive(Debug)]
pub(crate) enum Unread<E> {
    /// The archive could not give its bytes.
    Damaged(io::Error),
    /// The visitor gives up.
    Own(E),
}

/// Whether a part was read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Integrity {
    Whole,
    /// Something of it is missing or wrong; `what` says the first thing.
    Damaged {
        what: String,
        /// Nothing vouches for what was read of it: the one checksum of all its bytes is wrong, or was never reached.
        is_unproven: bool,
    },
}

impl Integrity {
    /// Of a part that could not be read to its end at all: nobody knows how far it was right.
    pub(crate) fn unusable(what: String) -> Self {
        Self::Damaged {
            what,
            is_unproven: true,
        }
    }

    /// Whether what was read of the part is what was put into it.
    pub(crate) fn is_proven(&self) -> bool {
        !matches!(
            self,
            Self::Damaged {
                is_unproven: true,
                ..
            }
        )
    }

    /// Remembers the first thing that was wrong.
    fn note(&mut self, what: impl Into<String>) {
        if *self == Self::Whole {
            *self = Self::Damaged {
                what: what.into(),
                is_unproven: false,
            };
        }
    }

    /// What was read before the first thing that was wrong may be wrong as well.
    fn doubt_all(&mut self) {
        if let Self::Damaged { is_unproven, .. } = self {
            *is_unproven = true;
        }
    }
}

/// Why a walk ended before its part did.
#[derive(Debug)]
pub(crate) enum WalkError<E> {
    /// The part itself could not be opened or listed.
    Part(PartError),
    Own(E),
}

/// More than this times a part's own size, and one GiB, is no export: photographs hardly shrink, and of JSON there is little.
const MOST_EXPANSION: u64 = 200;
const ALWAYS_ALLOWED: u64 = 1 << 30;

/// Whether a part of `packed` bytes may hold `unpacked` bytes.
fn is_plausible(packed: u64, unpacked: u64) -> bool {
    unpacked
        <= packed
            .saturating_mul(MOST_EXPANSION)
            .saturating_add(ALWAYS_ALLOWED)
}

/// Whether an entry of `packed` bytes may be a photo of `size` bytes. What is small may be as regular as it likes.
fn is_photo_like(packed: u64, size: u64) -> bool {
    size <= ALWAYS_A_PHOTO || size / MOST_SHRINKING <= packed
}

/// Bytes: an uncompressed picture of a large screen, which may be of one colour.
const ALWAYS_A_PHOTO: u64 = 48 << 20;
const MOST_SHRINKING: u64 = 100;

/// Hands one entry to the visitor, and tells it when the bytes turn out to be damaged.
fn hand<V: Visitor>(
    visitor: &mut V,
    entry: &Entry,
    bytes: &mut dyn Read,
    integrity: &mut Integrity,
) -> Result<(), V::Error> {
    match visitor.read(entry, bytes) {
        Ok(()) => Ok(()),
        Err(Unread::Own(error)) => Err(error),
        Err(Unread::Damaged(error)) => {
            let why = error.to_string();
            integrity.note(format!("{}: {why}", entry.path));
            visitor.damaged(entry, &why)
        }
    }
}

#[cfg(test)]
mod tests;
