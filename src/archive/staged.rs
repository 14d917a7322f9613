//! What every source hands to the committer: one file, fetched, hashed, inspected and on disk, under a temporary name.

use std::sync::Arc;

use crate::archive::export_record::Line;
use crate::archive::store::TempName;
use crate::archive::takeover::SAME_BYTES;
use crate::media::inspect::Inspection;
use crate::media::item::Role;

/// Where a file is to go.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// Relative, with `/`; empty for the archive's folder itself.
    pub(crate) folder: String,
    pub(crate) name: String,
    /// Of the item and role, for a clash.
    pub(crate) tag: String,
}

/// One fetched file.
#[derive(Debug, Clone)]
pub(crate) struct Staged {
    /// The item's row in the index.
    pub(crate) item: i64,
    pub(crate) role: Role,
    /// Where it goes if no path is reserved for it yet.
    pub(crate) place: Place,
    pub(crate) temp: TempName,
    pub(crate) size: u64,
    pub(crate) sha256: [u8; 32],
    pub(crate) inspection: Inspection,
    /// What was odd about it, for the manifest.
    pub(crate) note: Option<String>,
    /// A file of its name that was there before, and why that is not taken for it.
    pub(crate) beside: Option<String>,
    /// It looks broken and came so twice: keep it, and ask once more another day.
    pub(crate) doubtful: bool,
    /// It says that it is a motion photo, so that its clip is to be had too.
    pub(crate) has_clip: bool,
    /// Comes back with what became of it.
    pub(crate) ticket: Option<Ticket>,
    /// What an export says of it, for the export's record.
    pub(crate) said: Option<Said>,
}

/// Whoever hands a file over knows it by this: which export, and which of its entries; or which of what is to be repaired, and
/// for which of those who share it.
pub(crate) type Ticket = (usize, usize);

/// Lines for the record of an export.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) export: Arc<str>,
    pub(crate) lines: Vec<Line>,
}

impl Staged {
    /// What the manifest is to say of it, once it is known what becomes of it.
    pub(super) fn note_as(&self, how: How) -> Option<String> {
        let more = match how {
            How::Downloaded => self.beside.as_deref(),
            How::Linked => None,
            How::Adopted => Some(SAME_BYTES),
        };
        let notes: Vec<&str> = self.note.as_deref().into_iter().chain(more).collect();
        (!notes.is_empty()).then(|| notes.join("; "))
    }
}

/// How the note begins of a file that an export has and that looks broken.
pub(crate) const BROKEN: &str = "looks broken";
/// The same of one that is neither picture nor video.
pub(crate) const NO_MEDIA: &str = "no photo and no video";

/// The same of one for whose bytes nothing vouches: they came from a part that was damaged, and that has one checksum for all.
pub(crate) const UNPROVEN: &str = "unproven: its part was damaged";

/// How a file came to be in the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Downloaded,
    /// The same bytes were there already, as another item's file.
    Linked,
    /// A file that somebody else had put there has the same bytes.
    Adopted,
}

impl How {
    /// The word in the index and in the manifest.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Downloaded => "downloaded",
            Self::Linked => "linked",
            Self::Adopted => "adopted",
        }
    }
}
