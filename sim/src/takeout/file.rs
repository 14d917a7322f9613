//! One entry of an export, and the truth about it.

use bytes::Bytes;
use chrono::{DateTime, Utc};

use super::expected::Class;
use super::export::{FolderId, ShotId};
use super::shot::Role;

/// One entry of one part.
#[derive(Debug, Clone)]
pub struct File {
    /// From the root of the part on, with `/`: `Takeout/Google Photos/…`.
    pub path: String,
    /// From 0.
    pub part: usize,
    /// The time that the archive gives the entry: never the date of a photo (§1).
    pub modified: DateTime<Utc>,
    pub bytes: Bytes,
    pub(super) truth: Truth,
}

#[derive(Debug, Clone)]
pub(super) enum Truth {
    Media {
        shot: ShotId,
        folder: FolderId,
        /// More than one where the reference leaves it open.
        roles: Vec<Role>,
        claims: Vec<Claim>,
    },
    Sidecar {
        shot: ShotId,
        folder: FolderId,
    },
    Album {
        folder: FolderId,
        title: Option<String>,
    },
    /// Not to be reasoned about: any of these classes is right, and its bytes may or may not be kept.
    Loose(Vec<Class>),
}

/// Whose sidecar a media file may be paired with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Claim {
    /// The sidecar of this shot in the same folder.
    Of(ShotId),
    /// None.
    Alone,
}

impl File {
    pub(super) fn is_media_in(&self, of: FolderId) -> bool {
        matches!(self.truth, Truth::Media { folder, .. } | Truth::Sidecar { folder, .. } if folder == of)
    }

    /// Puts the file into this part, counted from 0.
    pub fn in_part(&mut self, part: usize) -> &mut Self {
        self.part = part;
        self
    }

    /// States which pairings are right where not only the sidecar of its own shot is.
    pub fn claims(&mut self, allowed: &[Claim]) -> &mut Self {
        if let Truth::Media { claims, .. } = &mut self.truth {
            *claims = allowed.to_vec();
        }
        self
    }

    /// States which roles are right where the reference leaves it open.
    pub fn roles(&mut self, allowed: &[Role]) -> &mut Self {
        if let Truth::Media { roles, .. } = &mut self.truth {
            *roles = allowed.to_vec();
        }
        self
    }
}
