//! One transfer: from an address to a temporary file on disk, hashed and inspected on the way.

use std::io::Write;

use aws_lc_rs::digest;
use bytes::Bytes;

use crate::archive::store::{Store, Temp};
use crate::http::media::Body;
use crate::http::retry::Failure;
use crate::media::inspect::{Inspection, Inspector};
use crate::sync::event::Event;
use crate::sync::fetch::Fetcher;

/// Bytes that have arrived and are written, whole as far as HTTP can tell, not yet durable.
pub(super) struct Fetched {
    pub(super) temp: Temp,
    pub(super) size: u64,
    pub(super) sha256: [u8; 32],
    pub(super) inspection: Inspection,
    /// Whether HTTP said where they end.
    pub(super) is_framed: bool,
}

impl Fetcher {
    /// One transfer. Chunks are gathered to about 1 MiB and written, hashed and inspected in one go on a thread that may
    /// block, so that a slow disk never holds up the network.
    pub(super) async fn transfer(&self, address: &str) -> Result<Fetched, Failure> {
        let mut body = self.library.http().bytes(self.reach, address).await?;
        let is_framed = body.is_framed;
        let mut sink = Sink::new(self.store.clone());
        loop {
            let (chunks, is_last) = match self.gather(&mut body).await {
                Ok(gathered) => gathered,
                Err(failure) => {
                    sink.discard().await;
                    return Err(failure);
                }
            };
            let Ok(()) = self.check_space() else {
                sink.discard().await;
                let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
                return Err(Failure::Disk(full));
            };
            let written = tokio::task::spawn_blocking(move || {
                let result = chunks.iter().try_for_each(|chunk| sink.write(chunk));
                (sink, result)
            });
            let result;
            (sink, result) = written
                .await
                .map_err(|error| Failure::Refused(error.to_string()))?;
            if let Err(error) = result {
                sink.discard().await;
                return Err(Failure::Disk(error));
            }
            if is_last {
                return sink.fetched(is_framed).map_err(Failure::Disk);
            }
        }
    }

    async fn gather(&self, body: &mut Body) -> Result<(Vec<Bytes>, bool), Failure> {
        let (mut chunks, mut size) = (Vec::new(), 0);
        while size < GATHER {
            let Some(chunk) = body.chunk().await? else {
                return Ok((chunks, true));
            };
            size += chunk.len();
            self.tally.event(&Event::Received {
                bytes: chunk.len() as u64,
            });
            chunks.push(chunk);
        }
        Ok((chunks, false))
    }
}

const GATHER: usize = 1 << 20;

/// Where the bytes of one transfer go.
struct Sink {
    store: Store,
    temp: Option<Temp>,
    hash: digest::Context,
    inspector: Inspector,
    size: u64,
}

impl Sink {
    fn new(store: Store) -> Self {
        Self {
            store,
            temp: None,
            hash: digest::Context::new(&digest::SHA256),
            inspector: Inspector::new(),
            size: 0,
        }
    }

    fn write(&mut self, chunk: &[u8]) -> std::io::Result<()> {
        let temp = match &mut self.temp {
            Some(temp) => temp,
            None => self.temp.insert(self.store.create_temp()?),
        };
        temp.file.write_all(chunk)?;
        self.hash.update(chunk);
        self.inspector.feed(chunk);
        self.size += chunk.len() as u64;
        Ok(())
    }

    fn fetched(self, is_framed: bool) -> std::io::Result<Fetched> {
        let digest = self.hash.finish();
        Ok(Fetched {
            // Nothing may have come at all; that is judged like everything else.
            temp: self.temp.map_or_else(|| self.store.create_temp(), Ok)?,
            size: self.size,
            sha256: digest.as_ref().first_chunk().copied().unwrap_or_default(),
            inspection: self.inspector.finish(),
            is_framed,
        })
    }

    async fn discard(self) {
        if let Some(temp) = self.temp {
            let store = self.store;
            let _ = tokio::task::spawn_blocking(move || store.remove_temp(&temp.name)).await;
        }
    }
}
