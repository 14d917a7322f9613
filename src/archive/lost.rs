//! Whether bytes that an export has, and that the archive calls stored, are still what is on disk.

use rusqlite::{OptionalExtension, params};

use crate::archive::ArchiveError;
use crate::archive::commit::Worker;
use crate::archive::examine::{CHUNK, Verdict, examine};
use crate::archive::promise::Promises;
use crate::archive::repair::Damaged;
use crate::http::Stop;
use crate::media::item::Role;

/// A file whose bytes are lost, and as which item's they are to come back.
#[derive(Debug, Clone)]
pub(crate) struct Lost {
    /// The item's row.
    pub(crate) item: i64,
    pub(crate) role: Role,
    pub(crate) damaged: Damaged,
}

impl Worker {
    /// The file that was stored with these bytes and has rotted since. One that somebody has changed is left to them.
    pub(super) fn find_lost(
        &mut self,
        sha256: &[u8; 32],
        stamp: &str,
    ) -> Result<Option<Lost>, ArchiveError> {
        let connection = self.index.connection();
        let promises = Promises::of(connection)?;
        let mut statement = connection
            .prepare_cached("SELECT file FROM files WHERE sha256 = ?1 AND state = 'stored'")?;
        let files = statement.query_map([sha256.as_slice()], |row| row.get(0))?;
        let files: Vec<i64> = files.collect::<Result<_, _>>()?;
        let (mut chunk, stop) = (vec![0; CHUNK], Stop::default());
        for file in files {
            let Some(record) = promises.file(connection, file)? else {
                continue;
            };
            let size = match examine(&mut self.tree, &record, &mut chunk, &stop, &|_| {}) {
                Some(Verdict::Rot { size }) => size,
                Some(Verdict::Unreadable {
                    is_broken: true, ..
                }) => record.size,
                _ => continue,
            };
            let owner = connection
                .prepare_cached(
                    "SELECT item, role FROM roles WHERE file = ?1 AND state = 'done'
                     ORDER BY coalesce(how, '') = 'linked', item, role LIMIT 1",
                )?
                .query_row(params![file], |row| {
                    Ok((row.get(0)?, row.get::<_, String>(1)?))
                })
                .optional()?;
            let Some((item, Some(role))) = owner.map(|(item, role)| (item, Role::parse(&role)))
            else {
                continue;
            };
            let damaged = Damaged {
                path: record.path,
                size,
                modified: record.modified,
                stamp: stamp.to_owned(),
            };
            return Ok(Some(Lost {
                item,
                role,
                damaged,
            }));
        }
        Ok(None)
    }
}
