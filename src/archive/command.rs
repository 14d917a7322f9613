//! What is said to the committer, and what it answers.

use tokio::sync::oneshot;

use crate::archive::ArchiveError;
use crate::archive::lost::Lost;
use crate::archive::own::Owning;
use crate::archive::parts::Part;
use crate::archive::repair::Damaged;
use crate::archive::roles::NotDone;
use crate::archive::staged::{How, Place, Said, Staged};
use crate::archive::survey::Found;
use crate::archive::takeover::Claim;
use crate::archive::unproven::Belief;
use crate::archive::word::Told;
use crate::media::item::{MediaItem, Part as ItemPart, Role};

/// What the committer is asked to do.
pub(crate) enum Command {
    /// Records what was listed, in listing order, and answers with the rows and the paths that fetches will fill.
    Record {
        listed: Vec<Listed>,
        reply: oneshot::Sender<Vec<Recorded>>,
    },
    Store(Box<Staged>),
    /// The same in place of a damaged file, which is put aside first.
    Replace {
        staged: Box<Staged>,
        damaged: Damaged,
    },
    /// Remembers the beginning of a file, whose bytes are durable by now.
    KeepPart(Box<Part>),
    /// What is remembered of the beginning of a file is no longer so.
    ForgetPart {
        item: i64,
        role: Role,
    },
    NotDone {
        item: i64,
        role: Role,
        state: NotDone,
        cause: String,
    },
    /// Asks whose a file of an export is.
    Own {
        item: Box<MediaItem>,
        part: ItemPart,
        told: Option<Box<Told>>,
        sha256: [u8; 32],
        belief: Belief,
        reply: oneshot::Sender<Owning>,
    },
    /// Asks whether bytes that were stored are lost.
    Doubt {
        sha256: [u8; 32],
        /// The folder in `damaged/`.
        stamp: String,
        reply: oneshot::Sender<Option<Lost>>,
    },
    /// Records what an export says of an original that is here.
    Describe {
        item: Box<MediaItem>,
        told: Option<Box<Told>>,
    },
    /// Adds to the record of an export.
    Say(Said),
    /// Nothing more can be stored.
    Abort(ArchiveError),
}

/// One listed item, and what is to be done about its original.
pub(crate) struct Listed {
    pub(crate) item: MediaItem,
    pub(crate) wish: Wish,
    /// Where its clip is now, if that was moved.
    pub(crate) clip: Option<Found>,
}

/// What is to be recorded besides the item itself.
pub(crate) enum Wish {
    /// Only what the source says now.
    Describe,
    Fetch(Place),
    /// This file is the original; it is only fetched if that turns out to be so no more.
    Take(Found, Claim, Place),
    NotDone(NotDone, String),
}

/// A recorded item.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    pub(crate) row: i64,
    /// The path that was reserved, of a fetch.
    pub(crate) path: Option<String>,
    /// The original was taken over, and fetching it is not needed.
    pub(crate) is_taken: bool,
    /// The same of its clip.
    pub(crate) is_clip_taken: bool,
}

/// What has happened to a staged file, for whoever counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Committed {
    Saved {
        path: String,
        size: u64,
        how: How,
        /// It was in the archive before and was missing on disk.
        restored: bool,
        /// It looks broken and came so twice.
        doubtful: bool,
        note: Option<String>,
    },
    /// Asked for once more, and the answer did not improve on what is there.
    KeptFirst {
        path: String,
    },
    /// It was stored, and a file of its name that was there before is somebody else's.
    Beside {
        path: String,
        why: String,
    },
    /// A damaged file was put into this folder, relative to the archive's, to make room.
    PutAside {
        folder: String,
    },
    Failed {
        name: String,
        cause: String,
    },
}
