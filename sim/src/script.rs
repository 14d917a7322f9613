//! An answer that HTTP would not allow, written as steps and played on the bare connection.

use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::sleep;

/// What is sent instead of an answer by the HTTP server. After the last step the connection closes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script {
    pub(crate) steps: Vec<Step>,
    /// For the statistics; 0 if no status line is sent.
    pub(crate) status: u16,
    /// Before the first step.
    pub(crate) delay: Duration,
}

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Send(Bytes),
    Wait(Duration),
    /// Until the client gives up.
    Hang,
    Drip {
        bytes: Bytes,
        per_second: f64,
    },
    /// RST instead of an orderly end.
    Reset,
}

/// How a script left its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Close,
    Reset,
}

impl Script {
    pub(crate) async fn play(
        self,
        connection: &mut (impl AsyncRead + AsyncWrite + Unpin),
    ) -> std::io::Result<End> {
        for step in self.steps {
            match step {
                Step::Send(bytes) => connection.write_all(&bytes).await?,
                Step::Wait(time) => sleep(time).await,
                Step::Hang => until_closed(connection).await?,
                Step::Drip { bytes, per_second } => drip(connection, bytes, per_second).await?,
                Step::Reset => {
                    connection.flush().await?;
                    // What was sent has to be on its way: a reset throws away what waits to be sent.
                    sleep(Duration::from_millis(20)).await;
                    return Ok(End::Reset);
                }
            }
        }
        connection.flush().await?;
        Ok(End::Close)
    }
}

async fn until_closed(connection: &mut (impl AsyncRead + Unpin)) -> std::io::Result<()> {
    let mut ignored = [0; 512];
    while connection.read(&mut ignored).await? > 0 {}
    Ok(())
}

async fn drip(
    connection: &mut (impl AsyncWrite + Unpin),
    mut bytes: Bytes,
    per_second: f64,
) -> std::io::Result<()> {
    /// How often something is sent, as long as the pace allows at least one byte.
    const TICKS_PER_SECOND: f64 = 20.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a positive pace, and saturation is right"
    )]
    let at_once = (per_second / TICKS_PER_SECOND).max(1.0) as usize;
    #[expect(clippy::cast_precision_loss, reason = "a pace, not a count")]
    let pause = Duration::try_from_secs_f64(at_once as f64 / per_second)
        .unwrap_or(Duration::from_hours(24));
    while !bytes.is_empty() {
        let next = bytes.split_to(at_once.min(bytes.len()));
        connection.write_all(&next).await?;
        connection.flush().await?;
        sleep(pause).await;
    }
    Ok(())
}
