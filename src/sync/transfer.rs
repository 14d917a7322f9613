//! One transfer: from an address to a temporary file on disk, hashed and inspected on the way.

use std::io::Write;

use aws_lc_rs::digest;
use bytes::Bytes;
use chrono::{DateTime, Utc};

use crate::archive::store::{self, Store, Temp, TempName};
use crate::http::media::Body;
use crate::http::retry::Failure;
use crate::media::inspect::{Inspection, Inspector};
use crate::sync::event::Event;
use crate::sync::fetch::Fetcher;

/// Bytes that have arrived, whole as far as HTTP can tell.
pub(super) struct Fetched {
    pub(super) temp: TempName,
    pub(super) size: u64,
    pub(super) sha256: [u8; 32],
    pub(super) inspection: Inspection,
    /// Whether HTTP said where they end.
    pub(super) is_framed: bool,
}

impl Fetcher {
    /// One transfer. Chunks are gathered to about 1 MiB and written, hashed and inspected in one go on a thread that may
    /// block, so that a slow disk never holds up the network.
    pub(super) async fn transfer(
        &self,
        address: &str,
        created: Option<DateTime<Utc>>,
    ) -> Result<Fetched, Failure> {
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
            let written = tokio::task::spawn_blocking(move || {
                let result = chunks
                    .iter()
                    .try_for_each(|chunk| sink.write(chunk))
                    .and_then(|()| {
                        if is_last {
                            sink.settle(created)
                        } else {
                            Ok(())
                        }
                    });
                (sink, result)
            });
            let result;
            (sink, result) = written
                .await
                .map_err(|error| Failure::Refused(error.to_string()))?;
            if let Err(error) = result {
                let failure = Failure::Disk(error);
                sink.discard().await;
                return Err(failure);
            }
            if is_last {
                return Ok(sink.fetched(is_framed));
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

    /// Sets the time, then makes the bytes durable: after this they can be announced.
    fn settle(&mut self, created: Option<DateTime<Utc>>) -> std::io::Result<()> {
        if self.temp.is_none() {
            self.temp = Some(self.store.create_temp()?);
        }
        let Some(temp) = &self.temp else {
            return Ok(());
        };
        if let Some(created) = created {
            store::set_modified(&temp.file, created);
        }
        temp.file.sync_all()
    }

    fn fetched(self, is_framed: bool) -> Fetched {
        let sha256 = self
            .hash
            .finish()
            .as_ref()
            .first_chunk()
            .copied()
            .unwrap_or_default();
        let temp = self
            .temp
            .map_or_else(|| TempName(String::new()), |temp| temp.name);
        Fetched {
            temp,
            size: self.size,
            sha256,
            inspection: self.inspector.finish(),
            is_framed,
        }
    }

    async fn discard(self) {
        if let Some(temp) = self.temp {
            let store = self.store;
            let _ = tokio::task::spawn_blocking(move || store.remove_temp(&temp.name)).await;
        }
    }
}
