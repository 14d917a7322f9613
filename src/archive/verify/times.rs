//! Times under which files were proved that the index knows under others, as after a copy that keeps no times: remembered,
//! because rot, which never changes a time, could not be told from an edit otherwise.
//!
//! A check writes to nothing else of the archive, and to this only for milliseconds, under the archive's lock, if that is to
//! be had at once: a run that begins meanwhile waits for so long, and one that is at work is left alone.

use crate::archive::access::Header;
use crate::archive::index::{Index, Sync};
use crate::archive::lock::Lock;
use crate::archive::promise::Record;
use crate::archive::verify::Check;
use crate::archive::{ArchiveError, schema};

/// What came of them.
#[derive(Debug, Default)]
pub(crate) struct Times {
    pub(crate) remembered: u64,
    /// Files whose times are forgotten again, and why.
    pub(crate) forgotten: u64,
    pub(crate) why: Option<String>,
}

/// A file that was proved to be as it was stored, under another time.
struct Proved {
    file: i64,
    sha256: Vec<u8>,
    was: Option<i64>,
    modified: i64,
}

/// Gathers them.
#[derive(Default)]
pub(super) struct Gathered {
    waiting: Vec<Proved>,
    times: Times,
    /// Nothing can be written there at all.
    is_closed: bool,
}

/// Files that are written down at a time: few enough for milliseconds.
const BATCH: usize = 512;
/// Files that wait for a run to end, of some 100 bytes each.
const MOST: usize = 64 << 10;

impl Gathered {
    /// Takes a file that was proved under this time. Nobody may be reading the index over this process's connections.
    pub(super) fn add(&mut self, record: Record, modified: i64, check: &Check<'_>) {
        if self.is_closed || self.waiting.len() == MOST {
            self.times.forgotten += 1;
            return;
        }
        self.waiting.push(Proved {
            file: record.file,
            sha256: record.sha256,
            was: record.modified,
            modified,
        });
        if self.waiting.len().is_multiple_of(BATCH) {
            self.write(check);
        }
    }

    /// Writes what is left.
    pub(super) fn finish(mut self, check: &Check<'_>) -> Times {
        if !self.waiting.is_empty() {
            self.write(check);
        }
        self.times.forgotten += self.waiting.len() as u64;
        if self.times.forgotten == 0 {
            self.times.why = None;
        }
        self.times
    }

    fn write(&mut self, check: &Check<'_>) {
        for batch in self.waiting.chunks(BATCH) {
            match write(batch, check) {
                Ok(count) => self.times.remembered += count,
                Err(error) => {
                    self.is_closed = !matches!(error, ArchiveError::Locked { .. });
                    self.times.why = Some(error.to_string());
                    return;
                }
            }
        }
        self.waiting.clear();
    }
}

fn write(batch: &[Proved], check: &Check<'_>) -> Result<u64, ArchiveError> {
    let path = check.paths.index();
    let lock = (!check.holds_lock).then(|| Lock::take_at_once(check.store));
    let _lock = lock.transpose()?;
    let version = Header::of(&path).shape;
    if version != schema::VERSION {
        // Gone by now, or older, which a run that fetches brings into today's shape.
        return Err(ArchiveError::OlderIndex { version });
    }
    let mut index = Index::open(&path)?;
    let count = index.transact(Sync::Now, |rows| {
        let mut count = 0;
        for proved in batch {
            // Of a file that is another one by now, nothing was proved.
            let changed = rows.retime(proved.file, &proved.sha256, proved.was, proved.modified)?;
            count += u64::from(changed);
        }
        Ok(count)
    })?;
    index.checkpoint()?;
    Ok(count)
}
