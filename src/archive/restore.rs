//! One row of a manifest, put back into the index as far as the folder bears it out: the file must be there and have the
//! row's size and SHA-256.

use std::hash::BuildHasher;
use std::path::Path;

use chrono::{DateTime, Utc};

use crate::archive::ArchiveError;
use crate::archive::evidence::{Proof, is_digest, moved, promise, prove};
use crate::archive::files::FileRow;
use crate::archive::index::Rows;
use crate::archive::listing::MOVED;
use crate::archive::rebuild::{Numbers, Rebuilt};
use crate::archive::roles::Done;
use crate::archive::row::Row;
use crate::archive::settled::Settled;
use crate::archive::staged::{How, UNPROVEN};
use crate::archive::survey::Survey;
use crate::archive::told;
use crate::archive::tree::Tree;
use crate::media::item::{Kind, MediaItem, MediaItemId, Role, SourceName, VideoStatus};

/// Puts rows back, one after another, the newest first.
pub(super) struct Restorer<'a> {
    pub(super) rows: &'a Rows<'a>,
    pub(super) tree: &'a mut Tree,
    /// What else lies in the folder, found out when it is asked for.
    pub(super) look: &'a mut dyn FnMut() -> Result<Survey, ArchiveError>,
    pub(super) now: DateTime<Utc>,
    /// Where the records of exports are, and what they say of files that nothing vouched for, once that is asked for.
    pub(super) manifests: &'a Path,
    pub(super) settled: Option<Settled>,
    pub(super) rebuilt: &'a mut Rebuilt,
    /// The manifest that is being read is newer than whatever the index knew.
    pub(super) is_newer: bool,
    /// Files of which a newer manifest has told already, as numbers.
    pub(super) told: Numbers,
}

impl Restorer<'_> {
    /// Restores what one row proves.
    pub(super) fn restore(&mut self, row: &Row) -> Result<(), ArchiveError> {
        let (Some(first), Some(item)) = (Role::parse(&row.role), item(row)) else {
            return Ok(());
        };
        let rows = self.rows;
        if row.detail.contains(UNPROVEN) {
            let is_elsewhere = rows.stored_at(&row.local_path)?.is_some();
            if self.settled()?.is_outdated(&row.sha256, is_elsewhere) {
                return Ok(());
            }
        }
        let (role, known) = self.role_of(&item, first, row)?;
        if let Some(known) = &known {
            if let Some(how) = told::how(row).filter(|_| is_same(known, row)) {
                rows.came(&item, role, how)?;
            }
            if self.rebuilt.was_blank || self.is_up_to_date(known, &item, role, row) {
                return Ok(());
            }
        }
        let is_owed = matches!(row.status.as_str(), "failed" | "skipped");
        if role == Role::Motion && is_owed {
            // Its still does not have to be fetched again to find out that there is a clip.
            let item = rows.record(&item, self.now)?;
            return rows.want_clip(item, 0);
        }
        let Some(size) = row
            .size_bytes
            .parse::<u64>()
            .ok()
            .filter(|_| !row.local_path.is_empty())
        else {
            return Ok(());
        };
        let proof = prove(rows, self.tree, row, size)?;
        let found = match proof {
            Proof::Proven { file, has_clip } => Some((file, has_clip)),
            Proof::Unreadable { modified } => {
                return match known {
                    Some(_) => Ok(()),
                    None => self.take_for_it(&item, role, row, size, modified),
                };
            }
            // What the index knows is borne out better.
            _ if known.as_ref().is_some_and(|known| self.is_there(known)) => return Ok(()),
            Proof::Otherwise | Proof::Absent => {
                let found = moved(rows, self.look, row, size)?;
                self.rebuilt.moved += usize::from(found.is_some());
                found
            }
        };
        if let Some((file, has_clip)) = found {
            return self.done(&item, role, row, file, has_clip);
        }
        let missing = &mut self.rebuilt.missing;
        missing.insert(missing.hasher().hash_one(&row.local_path));
        // In place of what nothing vouched for there may be the good bytes, from an import that died before it said so.
        let is_replaced = matches!(proof, Proof::Otherwise) && row.detail.contains(UNPROVEN);
        if known.is_some() || is_replaced {
            return Ok(());
        }
        // What a person or an export gave is listed by nobody again; and until the Library has listed the rest, `verify` must
        // miss it. A file that is there and is another one is not missed, but fetched beside it.
        let is_missed = item.source != SourceName::Library || matches!(proof, Proof::Absent);
        if is_missed && is_held(row) {
            let modified = item.created.map(|created| created.timestamp());
            return match promise(rows, row, size, modified)? {
                Some(file) => self.done(&item, role, row, file, false),
                None => Ok(()),
            };
        }
        if matches!(proof, Proof::Otherwise) && role == Role::Original {
            // Somebody changed it, or the disk did: whatever it looks like, it is not Google's file.
            let item = rows.record(&item, self.now)?;
            rows.dispute(item)?;
        }
        Ok(())
    }

    /// Takes a file that cannot be read for what the row says: whoever checks it says so, and nothing takes its place unseen.
    fn take_for_it(
        &mut self,
        item: &MediaItem,
        role: Role,
        row: &Row,
        size: u64,
        modified: i64,
    ) -> Result<(), ArchiveError> {
        let Some(file) = promise(self.rows, row, size, Some(modified))? else {
            return Ok(());
        };
        let unread = &mut self.rebuilt.unread;
        unread.insert(unread.hasher().hash_one(&row.local_path));
        self.done(item, role, row, file, false)
    }

    fn settled(&mut self) -> Result<&Settled, ArchiveError> {
        if self.settled.is_none() {
            self.settled = Some(Settled::read(self.manifests)?);
        }
        Ok(self.settled.get_or_insert_default())
    }

    fn done(
        &mut self,
        item: &MediaItem,
        role: Role,
        row: &Row,
        file: i64,
        has_clip: bool,
    ) -> Result<(), ArchiveError> {
        let rows = self.rows;
        self.has_told(item, role);
        let id = rows.record(item, self.now)?;
        // What only that run had to say of it, and not what is odd about it.
        let detail = row.detail.split(MOVED).next().unwrap_or_default();
        let note = told::note(detail.trim_end_matches("; "));
        let is_doubtful = row.detail.contains(DOUBTFUL);
        let how = told::how(row);
        let done = Done {
            file,
            how: how.unwrap_or(How::Downloaded),
            run: 0,
            note: Some(note).filter(|note| !note.is_empty()),
            recheck_after: is_doubtful.then_some(self.now),
        };
        rows.done(id, role, &done)?;
        if how.is_none() {
            rows.leave_open(id, role)?;
        }
        // An export says by itself what it has.
        let may_have_clip = item.kind == Kind::Photo && item.source == SourceName::Library;
        if role == Role::Original && may_have_clip && has_clip {
            rows.want_clip(id, 0)?;
        }
        // Of bytes that are not here, every item that has them is told.
        let Rebuilt {
            missing, unread, ..
        } = &*self.rebuilt;
        let path = missing.hasher().hash_one(&row.local_path);
        if !missing.contains(&path) && !unread.contains(&path) {
            self.rebuilt.found += 1;
        }
        Ok(())
    }

    /// Whether an index that is not blank knows the item's file as well as the row does, or better.
    fn is_up_to_date(&mut self, known: &FileRow, item: &MediaItem, role: Role, row: &Row) -> bool {
        if row.local_path.is_empty() || self.told.contains(&number(&self.told, item, role)) {
            return true;
        }
        let is_same = is_same(known, row) && known.path == row.local_path;
        if is_same {
            self.has_told(item, role);
        }
        // Where the row is the newer of the two, only its own place tells.
        is_same || !self.is_newer && known.path != row.local_path && self.is_there(known)
    }

    /// Whether a file that the index knows is in its place, by its size.
    fn is_there(&mut self, known: &FileRow) -> bool {
        let entry = self.tree.entry(&known.path).ok().flatten();
        entry.is_some_and(|entry| entry.is_file && Some(entry.size) == known.size)
    }

    /// What older manifests say of this file, counts no more. A blank index tells that by itself.
    fn has_told(&mut self, item: &MediaItem, role: Role) {
        if !self.rebuilt.was_blank {
            self.told.insert(number(&self.told, item, role));
        }
    }

    /// Which of the item's files the row tells of, and what the index knows of that already. Of what an export has several of,
    /// a manifest names only the part, and the bytes tell which it is.
    fn role_of(
        &self,
        item: &MediaItem,
        first: Role,
        row: &Row,
    ) -> Result<(Role, Option<FileRow>), ArchiveError> {
        let known = self.rows.known_file(item, first)?;
        if item.source != SourceName::Takeout || row.sha256.is_empty() {
            return Ok((first, known));
        }
        // The first of several may be gone, and a further one be the file.
        let held = self.rows.roles_done(item, first.part())?;
        for role in &held {
            let known = self.rows.known_file(item, *role)?;
            if known.as_ref().is_some_and(|known| is_same(known, row)) {
                return Ok((*role, known));
            }
        }
        let all = (1..=u16::MAX).map(|number| Role::nth(first.part(), number));
        let role = all.into_iter().find(|role| !held.contains(role));
        let (role, known) = (role.unwrap_or(first), None);
        Ok((role, known))
    }
}

/// Whether the row says that the archive had the file.
pub(super) fn is_held(row: &Row) -> bool {
    ["downloaded", "present", "adopted", "linked"].contains(&row.status.as_str())
}

/// Whether the index knows the row's bytes.
fn is_same(known: &FileRow, row: &Row) -> bool {
    known
        .sha256
        .as_ref()
        .is_some_and(|digest| is_digest(digest, row))
}

/// An item's file as a number.
fn number(told: &Numbers, item: &MediaItem, role: Role) -> u64 {
    told.hasher()
        .hash_one((item.source.as_str(), &item.id.0, role.text()))
}

/// How the note of a doubtful file ends.
pub(crate) const DOUBTFUL: &str = "kept because they came the same twice";

fn item(row: &Row) -> Option<MediaItem> {
    let text = |cell: &str| Some(cell.to_owned()).filter(|cell| !cell.is_empty());
    let kind = match row.kind.as_str() {
        "video" => Kind::Video(VideoStatus::Ready),
        _ => Kind::Photo,
    };
    Some(MediaItem {
        id: MediaItemId(text(&row.id)?),
        source: SourceName::parse(&row.source)?,
        filename: text(&row.filename),
        mime_type: text(&row.mime_type),
        created: row.creation_time.parse().ok(),
        kind,
        dimensions: row.width.parse().ok().zip(row.height.parse().ok()),
        camera_make: text(&row.camera_make),
        camera_model: text(&row.camera_model),
        description: text(&row.description),
        product_url: text(&row.product_url),
        url: None,
    })
}
