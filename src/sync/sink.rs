//! Where the bytes of one file go: a temporary file, a hash and an inspection, always in step.

use std::io::{self, Read, Write};

use aws_lc_rs::digest;

use crate::archive::parts::Part;
use crate::archive::store::{Store, Temp};
use crate::http::resume::Held;
use crate::media::inspect::Inspector;
use crate::media::item::Role;
use crate::sync::transfer::Fetched;

/// A file in the making.
pub(super) struct Sink {
    store: Store,
    temp: Option<Temp>,
    hash: digest::Context,
    inspector: Inspector,
    size: u64,
    /// Validator and length of the whole, where the server gave both: then a cut is no reason to begin again.
    identity: Option<(String, u64)>,
    /// How much of it the index knows to be durable.
    pub(super) kept: u64,
}

/// Smaller files are sooner fetched again than remembered.
pub(super) const KEEP_FROM: u64 = 8 << 20;
/// How much a crash may cost of a file that can be gone on with: some seconds on a fast line, and few enough syncs that a
/// film's worth of them is not felt.
const KEEP_EVERY: u64 = 64 << 20;

impl Sink {
    pub(super) fn new(store: Store, etag: Option<String>, total: Option<u64>) -> Self {
        Self {
            store,
            temp: None,
            hash: digest::Context::new(&digest::SHA256),
            inspector: Inspector::new(),
            size: 0,
            identity: etag.zip(total),
            kept: 0,
        }
    }

    /// Goes on with what an earlier run has left, if it is still what that run wrote: read, hashed and inspected again.
    pub(super) fn reopen(store: Store, part: &Part) -> io::Result<Option<Self>> {
        let Held { size, total, etag } = part.held.clone();
        let Some(mut file) = store.open_temp(&part.temp, size)? else {
            return Ok(None);
        };
        let mut sink = Self::new(store, Some(etag), Some(total));
        let mut chunk = vec![0; 256 << 10];
        loop {
            match file.read(&mut chunk)? {
                0 => break,
                count => sink.take_in(&chunk[..count]),
            }
        }
        if sink.size != size || sink.sha256() != part.sha256 {
            return Ok(None);
        }
        sink.kept = size;
        sink.temp = Some(Temp {
            file,
            name: part.temp.clone(),
        });
        Ok(Some(sink))
    }

    pub(super) fn write(&mut self, chunk: &[u8]) -> io::Result<()> {
        let temp = match &mut self.temp {
            Some(temp) => temp,
            None => self.temp.insert(self.store.create_temp()?),
        };
        temp.file.write_all(chunk)?;
        self.take_in(chunk);
        Ok(())
    }

    fn take_in(&mut self, chunk: &[u8]) {
        self.hash.update(chunk);
        self.inspector.feed(chunk);
        self.size += chunk.len() as u64;
    }

    /// What to ask the rest with, if this is worth going on with.
    pub(super) fn held(&self) -> Option<Held> {
        let (etag, total) = self.identity.clone()?;
        (KEEP_FROM..=total).contains(&self.size).then_some(Held {
            size: self.size,
            total,
            etag,
        })
    }

    /// Whether so much has come since the last time that the index should know of it.
    pub(super) fn is_due(&self) -> bool {
        (self.kept == 0 || self.size - self.kept >= KEEP_EVERY) && self.held().is_some()
    }

    pub(super) fn has_grown(&self) -> bool {
        self.size > self.kept
    }

    /// Makes what is here durable, and says how it is to be remembered.
    pub(super) fn keep(&mut self, item: i64, role: Role) -> io::Result<Option<Part>> {
        let (Some(held), Some(temp)) = (self.held(), &self.temp) else {
            return Ok(None);
        };
        temp.file.sync_all()?;
        self.kept = self.size;
        Ok(Some(Part {
            item,
            role,
            temp: temp.name.clone(),
            held,
            sha256: self.sha256(),
        }))
    }

    /// What has come is all.
    pub(super) fn fetched(self, is_framed: bool) -> io::Result<Fetched> {
        let (sha256, held) = (self.sha256(), self.held());
        Ok(Fetched {
            // Nothing may have come at all; that is judged like everything else.
            temp: self.temp.map_or_else(|| self.store.create_temp(), Ok)?,
            size: self.size,
            sha256,
            inspection: self.inspector.finish(),
            is_framed,
            held,
        })
    }

    /// Removes the file. What stays behind is removed by the next start.
    pub(super) fn discard(self) {
        if let Some(temp) = self.temp {
            let _ = self.store.remove_temp(&temp.name);
        }
    }

    fn sha256(&self) -> [u8; 32] {
        let digest = self.hash.clone().finish();
        digest.as_ref().first_chunk().copied().unwrap_or_default()
    }
}
