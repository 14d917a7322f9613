//! The archive: the folder, its index and its manifests, and the one way by which files get in.
//!
//! [`Archive::open`] takes the lock and mends what a run that died has left. [`commit`] is the only writer.
//! [`known::Reader`] answers what is there. The database can be deleted; the files and the manifests are the truth.

mod about;
mod access;
mod addresses;
pub(crate) mod adopt;
pub(crate) mod album_links;
mod albums;
mod alone;
pub(crate) mod batch;
pub(crate) mod beside;
pub(crate) mod checks;
pub(crate) mod closed;
pub(crate) mod command;
pub(crate) mod commit;
mod content;
pub(crate) mod copies;
mod decide;
mod derived;
pub(crate) mod described;
pub(crate) mod descriptors;
mod elsewhere;
mod evidence;
pub(crate) mod examine;
pub(crate) mod export_record;
mod fault;
mod files;
mod heal;
pub(crate) mod held;
pub(crate) mod history;
pub(crate) mod in_the_way;
pub(crate) mod index;
mod inferred;
pub(crate) mod intruder;
mod journal;
pub(crate) mod known;
mod leftover;
mod link_folder;
mod listing;
mod lock;
pub(crate) mod look;
pub(crate) mod loss;
pub(crate) mod lost;
pub(crate) mod manifest;
pub(crate) mod naming;
mod open;
pub(crate) mod overview;
pub(crate) mod own;
pub(crate) mod pairs;
pub(crate) mod parts;
pub(crate) mod place;
pub(crate) mod promise;
mod publish;
mod put_right;
pub(crate) mod rebuild;
mod record;
mod recover;
pub(crate) mod reown;
pub(crate) mod repair;
pub(crate) mod restore;
pub(crate) mod retention;
pub(crate) mod roles;
pub(crate) mod row;
mod schema;
pub(crate) mod settings;
mod settled;
mod snapshot;
pub(crate) mod staged;
pub(crate) mod store;
mod superfluous;
pub(crate) mod survey;
pub(crate) mod takeover;
mod told;
pub(crate) mod tree;
mod unite;
pub(crate) mod united_record;
mod unknown;
pub(crate) mod unproven;
pub(crate) mod verify;
pub(crate) mod walk;
mod walked;
pub(crate) mod way_back;
pub(crate) mod word;

use std::io;
use std::path::PathBuf;

use indicatif::{HumanBytes, HumanCount};

use crate::archive::fault::Fault;
pub(crate) use crate::archive::open::{Archive, look_only, reader};
use crate::archive::store::PRIVATE;

/// Where an archive is: the two folders of the root that belong to it.
#[derive(Debug, Clone)]
pub(crate) struct Paths {
    pub(crate) downloads: PathBuf,
    pub(crate) manifests: PathBuf,
}

impl Paths {
    /// Of links, derived from the archive.
    pub(crate) fn albums(&self) -> PathBuf {
        self.downloads.with_file_name("albums")
    }

    pub(crate) fn index(&self) -> PathBuf {
        self.downloads.join(PRIVATE).join("index").join("index.db")
    }

    /// Why there is no index to be read: nothing was ever stored, or it was lost.
    pub(crate) fn no_index(&self) -> ArchiveError {
        // Without the settings, a repair has no archive to rebuild the index of.
        let downloads = self.downloads.clone();
        if self.is_begun() && rebuild::is_listed(self).unwrap_or(false) {
            ArchiveError::LostIndex(downloads)
        } else {
            ArchiveError::NoIndex(downloads)
        }
    }

    /// Whether anything of an archive is here, be it only what outlives the index.
    pub(crate) fn is_begun(&self) -> bool {
        self.index().exists() || settings::path(&self.manifests).exists()
    }

    /// Whether a run is at work there.
    pub(crate) fn is_at_work(&self) -> bool {
        lock::is_held(&self.downloads)
    }

    /// Has the next run look through the whole index.
    pub(crate) fn suspect_index(&self) {
        heal::suspect(&self.index());
    }
}

/// Why the archive could not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ArchiveError {
    #[error("another run is working on {}", path.display())]
    Locked { path: PathBuf },
    #[error("another run is still making the archive in {}, or its index", .0.display())]
    BeingMade(PathBuf),
    #[error("could not {doing} {what}")]
    Storage {
        doing: &'static str,
        what: String,
        source: io::Error,
    },
    /// In bytes.
    #[error(
        "only {} are free on the archive's disk, and {} are to be left free",
        HumanBytes(*free), HumanBytes(*wanted)
    )]
    LowSpace { free: u64, wanted: u64 },
    #[error("could not use the index")]
    Index(#[from] rusqlite::Error),
    #[error("the index was written by a newer gphotos-dl (its version is {version})")]
    NewerIndex { version: usize },
    #[error("the index was written by an older gphotos-dl (its version is {version})")]
    OlderIndex { version: usize },
    #[error("{}: {problem}", path.display())]
    Settings {
        path: PathBuf,
        problem: String,
        hint: &'static str,
    },
    /// A flag asks for something else than what the archive was made with.
    #[error("{}: {problem}", path.display())]
    OtherSettings {
        path: PathBuf,
        problem: String,
        hint: &'static str,
    },
    #[error("{} is {is}, and {place} of ours belongs there", path.display())]
    Intruder {
        path: PathBuf,
        is: &'static str,
        place: &'static str,
    },
    #[error(
        "{} of the archive's {} files are not in {}",
        HumanCount(*missing), HumanCount(*total), path.display()
    )]
    MassLoss {
        missing: u64,
        total: u64,
        path: PathBuf,
    },
    #[error("could not write the manifest {}", path.display())]
    Manifest { path: PathBuf, source: csv::Error },
    #[error("the archive's folder {PRIVATE} was deleted while the run worked")]
    Vanished,
    #[error("{} was moved or deleted while the run worked", .0.display())]
    Moved(PathBuf),
    #[error("the index {}", .0.as_str())]
    UnusableIndex(Fault),
    #[error("the index says what cannot be: {0}")]
    ImpossibleIndex(String),
    #[error("there is no index in {}", .0.display())]
    NoIndex(PathBuf),
    #[error("there is no index in {} of the files that the manifests list; it has not been rebuilt", .0.display())]
    LostIndex(PathBuf),
    #[error("the committer has stopped")]
    CommitterGone,
    #[error("the comparison with the archive has stopped")]
    PlannerGone,
    #[error("the run was told to stop")]
    Stopped,
}

impl ArchiveError {
    /// Has the next run look through the whole index, if this says that it is damaged.
    pub(crate) fn note(&self, archive: &Paths) {
        if self.is_damage() {
            archive.suspect_index();
        }
    }

    /// The same as one says it who only looks, and leaves the mending to the next run.
    pub(crate) fn seen(self, archive: &Paths) -> Self {
        self.note(archive);
        if self.is_damage() {
            Self::UnusableIndex(Fault::Damaged)
        } else {
            self
        }
    }

    /// Whether it is the index itself that cannot be used.
    pub(crate) fn is_damage(&self) -> bool {
        match self {
            Self::Index(error) => fault::is_damage(error),
            Self::ImpossibleIndex(_) => true,
            _ => false,
        }
    }

    pub(crate) fn storage(doing: &'static str, what: impl Into<String>, source: io::Error) -> Self {
        Self::Storage {
            doing,
            what: what.into(),
            source,
        }
    }
}
