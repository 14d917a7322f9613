//! What the reading side knows of files that are not where the index says.

use rusqlite::params;

use crate::archive::ArchiveError;
use crate::archive::in_the_way::InTheWay;
use crate::archive::known::{KnownFile, OnDisk, Reader, State};
use crate::archive::recover;
use crate::archive::survey::Found;
use crate::archive::tree::split;
use crate::http::Stop;
use crate::media::item::{Kind, MediaItem, MediaItemId, SourceName, VideoStatus};

impl Reader {
    /// Looks, once a run, what the folder holds besides what the index knows.
    pub(crate) fn take_survey(&self, stop: &Stop) -> Result<(), ArchiveError> {
        let mut stored = self
            .connection
            .prepare("SELECT 1 FROM files WHERE path = ?1 AND state <> 'claimed'")?;
        self.survey.take(stop, |path| Ok(stored.exists([path])?))
    }

    /// Where a missing file is now, if its bytes are somewhere in the folder.
    pub(crate) fn elsewhere(&self, file: &KnownFile) -> Result<Option<Found>, ArchiveError> {
        match (&file.content, &file.path, file.on_disk) {
            (Some((sha256, size)), Some(path), OnDisk::Missing) => {
                self.survey.find(sha256, *size, split(path).1)
            }
            _ => Ok(None),
        }
    }

    /// A file that an earlier run could not get again, and that is in its place all the same: somebody has put it back. Only
    /// its bytes say so; what cannot be read is asked for again.
    pub(crate) fn put_back(&mut self, file: &KnownFile) -> Option<Found> {
        let (Some((sha256, size)), Some(path), OnDisk::AsRecorded) =
            (&file.content, &file.path, file.on_disk)
        else {
            return None;
        };
        let tree = self.tree.as_mut().filter(|_| file.state != State::Done)?;
        let entry = tree.entry(path).ok()??;
        let found = recover::digest(tree, path).ok()?;
        (found[..] == sha256[..]).then(|| Found {
            path: path.clone(),
            size: *size,
            modified: entry.modified,
            sha256: found,
            has_clip: false,
        })
    }

    /// What stands in the place of a folder of the archive, or of one above it. Looked at once a run.
    pub(crate) fn in_the_way_to(&mut self, folder: &str) -> Option<InTheWay> {
        if let Some(known) = self.blocked.get(folder) {
            return known.clone();
        }
        let found = self.tree.as_mut()?.in_the_way_to(folder);
        self.blocked.insert(folder.to_owned(), found.clone());
        found
    }

    /// Adds to the held items what else the index holds under their names.
    pub(crate) fn add_rivals(&self) -> Result<(), ArchiveError> {
        self.survey.add_rivals(&self.connection)
    }

    /// Remembers for the manifest of this run that a file has moved.
    pub(crate) fn note_move(&self, path: &str, was: &str) -> Result<(), ArchiveError> {
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO temp.moved (path, was) VALUES (?1, ?2)")?
            .execute([path, was])?;
        Ok(())
    }

    /// An item of the index as it was last listed, without the address of its bytes.
    pub(crate) fn item(&self, item: i64) -> Result<MediaItem, ArchiveError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT source, id, filename, mime_type, kind, created, width, height, camera_make, camera_model, description,
                 product_url FROM items WHERE item = ?1",
        )?;
        let item = statement.query_row(params![item], |row| {
            let kind: String = row.get(4)?;
            let side = |index| row.get::<_, Option<u32>>(index);
            Ok(MediaItem {
                id: MediaItemId(row.get(1)?),
                source: SourceName::parse(&row.get::<_, String>(0)?).unwrap_or(SourceName::Library),
                filename: row.get(2)?,
                mime_type: row.get(3)?,
                created: row
                    .get::<_, Option<i64>>(5)?
                    .and_then(chrono::DateTime::from_timestamp_millis),
                kind: if kind == "video" {
                    Kind::Video(VideoStatus::Ready)
                } else {
                    Kind::Photo
                },
                dimensions: side(6)?.zip(side(7)?),
                camera_make: row.get(8)?,
                camera_model: row.get(9)?,
                description: row.get(10)?,
                product_url: row.get(11)?,
                url: None,
            })
        })?;
        Ok(item)
    }
}
