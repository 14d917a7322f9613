//! The connection between the HTTP server and the socket, where HTTP ends and lies begin.
//!
//! The HTTP library frames honestly and cannot be talked out of it. For a fault below HTTP, the request's handler
//! leaves a [`Script`] with the connection's [`Takeover`]; what the library then writes is swallowed, and the script
//! gets the bare connection. Bandwidth is limited here too, because only here all bytes pass.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

use crate::script::Script;

/// Where a handler asks for the bare connection.
#[derive(Debug, Default)]
pub(crate) struct Takeover {
    script: Mutex<Option<Script>>,
    muted: AtomicBool,
}

#[derive(Debug)]
pub(crate) struct FaultyIo {
    stream: TcpStream,
    takeover: Arc<Takeover>,
    throttle: Option<Throttle>,
}

/// So many bytes per slice of time.
#[derive(Debug)]
struct Throttle {
    per_slice: usize,
    left: usize,
    slice_over: Pin<Box<Sleep>>,
}

const SLICE: Duration = Duration::from_millis(20);

impl Takeover {
    /// From now on the HTTP server writes to nobody.
    pub(crate) fn request(&self, script: Script) {
        *self.script.lock().unwrap_or_else(PoisonError::into_inner) = Some(script);
        self.muted.store(true, Ordering::Release);
    }

    /// The script, if one was left; the connection speaks again.
    pub(crate) fn take(&self) -> Option<Script> {
        self.muted.store(false, Ordering::Release);
        self.script
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl FaultyIo {
    pub(crate) fn new(
        stream: TcpStream,
        takeover: Arc<Takeover>,
        bytes_per_second: Option<u64>,
    ) -> Self {
        let throttle = bytes_per_second.map(|rate| {
            let per_slice = usize::try_from(rate / 50).unwrap_or(usize::MAX).max(1);
            Throttle {
                per_slice,
                left: per_slice,
                slice_over: Box::pin(sleep(SLICE)),
            }
        });
        Self {
            stream,
            takeover,
            throttle,
        }
    }

    /// Closes with RST.
    pub(crate) fn reset(self) {
        // If even this fails the connection is gone already.
        _ = self.stream.set_zero_linger();
    }

    fn muted(&self) -> bool {
        self.takeover.muted.load(Ordering::Acquire)
    }

    /// How many bytes may be written now.
    fn allowance(&mut self, context: &mut Context<'_>) -> Poll<usize> {
        match &mut self.throttle {
            None => Poll::Ready(usize::MAX),
            Some(throttle) => throttle.allowance(context),
        }
    }

    fn spent(&mut self, bytes: usize) {
        if let Some(throttle) = &mut self.throttle {
            throttle.left = throttle.left.saturating_sub(bytes);
        }
    }
}

impl Throttle {
    fn allowance(&mut self, context: &mut Context<'_>) -> Poll<usize> {
        if self.left == 0 {
            ready!(self.slice_over.as_mut().poll(context));
            self.left = self.per_slice;
        }
        if self.left == self.per_slice {
            self.slice_over.as_mut().reset(Instant::now() + SLICE);
        }
        Poll::Ready(self.left)
    }
}

impl AsyncRead for FaultyIo {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for FaultyIo {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.muted() {
            return Poll::Ready(Ok(bytes.len()));
        }
        let allowed = ready!(this.allowance(context)).min(bytes.len());
        let written = ready!(Pin::new(&mut this.stream).poll_write(context, &bytes[..allowed]))?;
        this.spent(written);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.throttle.is_some() {
            let first = parts
                .iter()
                .find(|part| !part.is_empty())
                .map_or(&[][..], |part| part);
            return self.poll_write(context, first);
        }
        let this = self.get_mut();
        if this.muted() {
            return Poll::Ready(Ok(parts.iter().map(|part| part.len()).sum()));
        }
        Pin::new(&mut this.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.muted() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut this.stream).poll_shutdown(context)
    }
}
