//! Importing exports: read what the parts hold, plan all of it, then store what is new.
//!
//! An export is planned as a whole, because a photo and what describes it lie in different parts; and a tgz can only be read from
//! the front. So every part is read twice: once for what its JSON says, once for the bytes that are to be kept. From a
//! staged file on, everything is as for every other source.

mod albums;
mod belief;
pub(crate) mod catalog;
mod claims;
mod contents;
mod contest;
mod dated;
pub(crate) mod derive;
mod describe;
mod disputed;
mod doubted;
mod elsewhere;
mod embedded;
pub(crate) mod fate;
mod finish;
pub(crate) mod forecast;
mod group;
mod imported;
mod known;
mod lines;
pub(crate) mod look;
pub(crate) mod missing;
mod others;
mod outcome;
mod owner;
pub(crate) mod proven;
mod reading;
mod reconcile;
mod recorded;
pub(crate) mod replay;
mod run;
mod second;
mod settle;
pub(crate) mod sidecars;
pub(crate) mod step;
mod store;
pub(crate) mod summary;
mod words;

use std::path::PathBuf;

use indicatif::HumanBytes;

use crate::archive::ArchiveError;
use crate::import::catalog::CatalogError;
use crate::import::derive::Wanted;
use crate::source::takeout::{Part, PartError};

pub(crate) use run::run;

/// What the user asked for.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) parts: Vec<Part>,
    pub(crate) include_trashed: bool,
    /// Read parts again that a former import has read to their end.
    pub(crate) reread: bool,
    pub(crate) beside: Wanted,
    /// Bytes that must stay free on the disk.
    pub(crate) min_free: u64,
    /// Files that may be made durable at a time.
    pub(crate) syncing: usize,
}

/// Why an import ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error(transparent)]
    Part(#[from] PartError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// Its photos would be imported into it, and what signs in would be recorded as if an export had held it.
    #[error("{} and the archive at {} lie one inside the other", folder.display(), root.display())]
    Itself { folder: PathBuf, root: PathBuf },
    #[error("there is nothing of Google Photos in {0}")]
    NoPhotos(String),
    #[error(
        "{} are needed and {} are to be left free, and {} are free on the archive's disk",
        HumanBytes(*needed), HumanBytes(*kept), HumanBytes(*free)
    )]
    /// In bytes.
    TooLarge { needed: u64, free: u64, kept: u64 },
    #[error("the run was told to stop")]
    Stopped,
    /// A task has died, or the balance sheet does not add up.
    #[error("an internal error: {0}. What was committed is safe. Please report it")]
    Internal(String),
}
