//! The date of a photo that nothing describes, and that an export has several copies of: what the name and the folder of any of
//! them tell, whichever is read first.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::archive::ArchiveError;
use crate::archive::index::Rows;
use crate::import::describe::Described;
use crate::import::fate::Fate;
use crate::import::outcome::Outcome;
use crate::media::item::{BY_CONTENT, Part};
use crate::takeout::plan::Media;

/// What a copy tells of its photo's date.
pub(crate) struct Dated {
    at: DateTime<Utc>,
    /// How that is known, and what else is noted of it.
    note: String,
    sha256: [u8; 32],
}

/// Such copies, by their entries.
pub(crate) type Copies = HashMap<usize, Dated>;

/// Remembers what a file tells that nothing else describes.
pub(crate) fn remember(
    copies: &mut Copies,
    (entry, media): (usize, &Media),
    described: &Described,
    sha256: [u8; 32],
) {
    let item = &described.item;
    if media.sidecar.is_none()
        && media.part == Part::Original
        && let (Some(at), Some(note)) = (item.created, &described.note)
        && item.id.0.starts_with(BY_CONTENT)
    {
        let note = note.clone();
        copies.insert(entry, Dated { at, note, sha256 });
    }
}

/// Dates the photos of those copies that the archive had already.
pub(crate) fn settle(rows: &Rows<'_>, outcome: &Outcome) -> Result<(), ArchiveError> {
    for (entry, Dated { at, note, sha256 }) in &outcome.imported.copies {
        let is_copy = outcome.imported.fates[*entry] == Some(Fate::Duplicate);
        if let Some(item) = outcome.imported.items[*entry].filter(|_| is_copy) {
            rows.date_by_copy((item, sha256), *at, note)?;
        }
    }
    Ok(())
}
