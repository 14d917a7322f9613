//! One transfer: from an address to a temporary file on disk, hashed and inspected on the way.

use bytes::Bytes;

use crate::archive::store::Temp;
use crate::http::media::Body;
use crate::http::resume::Held;
use crate::http::retry::Failure;
use crate::media::inspect::Inspection;
use crate::sync::event::Event;
use crate::sync::fetch::Fetcher;
use crate::sync::resume::Owner;
use crate::sync::sink::Sink;

/// Bytes that have arrived and are written, whole as far as HTTP can tell, not yet durable.
pub(super) struct Fetched {
    pub(super) temp: Temp,
    pub(super) size: u64,
    pub(super) sha256: [u8; 32],
    pub(super) inspection: Inspection,
    /// Whether HTTP said where they end.
    pub(super) is_framed: bool,
    /// By what they can be remembered until they are in the archive, if they are worth it.
    pub(super) held: Option<Held>,
}

impl Fetcher {
    /// One transfer. Chunks are gathered to about 1 MiB and written, hashed and inspected in one go on a thread that may
    /// block, so that a slow disk never holds up the network.
    ///
    /// What is held of the file is gone on with, where the server lets us; what a cut leaves is held for the next attempt.
    pub(super) async fn transfer(
        &self,
        owner: Owner,
        address: &str,
        bearer: Option<&str>,
        held: &mut Option<Sink>,
    ) -> Result<Fetched, Failure> {
        let asked = held.as_ref().and_then(Sink::held);
        let http = self.source.http();
        let mut body = http
            .bytes(self.reach, address, bearer, asked.as_ref())
            .await?;
        let mut sink = match held.take() {
            Some(sink) if body.start > 0 => sink,
            begun => {
                if let Some(sink) = begun {
                    self.drop_sink(owner, sink).await;
                }
                Sink::new(self.store.clone(), body.etag.clone(), body.total())
            }
        };
        loop {
            let (chunks, end) = self.gather(&mut body).await;
            if self.check_space().is_err() {
                self.drop_sink(owner, sink).await;
                let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
                return Err(Failure::Disk(full));
            }
            let written = tokio::task::spawn_blocking(move || {
                let result = chunks.iter().try_for_each(|chunk| sink.write(chunk));
                (sink, result)
            });
            let result;
            (sink, result) = written
                .await
                .map_err(|error| Failure::Refused(error.to_string()))?;
            if let Err(error) = result {
                self.drop_sink(owner, sink).await;
                return Err(Failure::Disk(error));
            }
            match end {
                Ok(true) => return sink.fetched(body.is_framed).map_err(Failure::Disk),
                Ok(false) if sink.is_due() => sink = self.keep(owner, sink).await?,
                Ok(false) => {}
                Err(failure) if sink.held().is_some() => {
                    *held = Some(sink);
                    return Err(failure);
                }
                Err(failure) => {
                    self.drop_sink(owner, sink).await;
                    return Err(failure);
                }
            }
        }
    }

    /// The next chunks, and whether they are the last or what has come after them.
    async fn gather(&self, body: &mut Body) -> (Vec<Bytes>, Result<bool, Failure>) {
        let (mut chunks, mut size) = (Vec::new(), 0);
        while size < GATHER {
            match body.chunk().await {
                Ok(Some(chunk)) => {
                    size += chunk.len();
                    self.tally.event(&Event::Received {
                        bytes: chunk.len() as u64,
                    });
                    chunks.push(chunk);
                }
                Ok(None) => return (chunks, Ok(true)),
                Err(failure) => return (chunks, Err(failure)),
            }
        }
        (chunks, Ok(false))
    }
}

const GATHER: usize = 1 << 20;
