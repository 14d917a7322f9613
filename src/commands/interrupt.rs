//! SIGINT, SIGTERM and SIGHUP: the first one stops in good order, the second one at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use crate::error::{Error, Exit};
use crate::http::Stop;
use crate::ui::Ui;

/// Listens until the process ends.
#[derive(Clone)]
pub(crate) struct Interrupts {
    first: Arc<AtomicU8>,
}

/// "File size limit exceeded"; the same number on every Linux and on macOS.
const SIGXFSZ: i32 = 25;
/// Transfers that end within this time after the first signal are kept.
const GRACE: Duration = Duration::from_secs(5);

impl Interrupts {
    pub(crate) fn listen(stop: &Stop, ui: Ui) -> io::Result<Self> {
        // Heard, so that it does not kill: a file that grows over the limit is then an error of its write.
        let mut too_large = signal(SignalKind::from_raw(SIGXFSZ))?;
        tokio::spawn(async move { while too_large.recv().await.is_some() {} });
        let first = Arc::new(AtomicU8::new(0));
        for kind in [
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::hangup(),
        ] {
            let mut signals = signal(kind)?;
            let (stop, first) = (stop.clone(), first.clone());
            let number = u8::try_from(kind.as_raw_value()).unwrap_or(0);
            tokio::spawn(async move {
                while signals.recv().await.is_some() {
                    if first
                        .compare_exchange(0, number, Ordering::SeqCst, Ordering::SeqCst)
                        .is_ok()
                    {
                        stop.soon.cancel();
                        ui.say("Stopping: what is under way has 5 seconds to end. Once more to leave at once.");
                        let now = stop.now.clone();
                        tokio::spawn(async move {
                            tokio::time::sleep(GRACE).await;
                            now.cancel();
                        });
                    } else {
                        leave(number);
                    }
                }
            });
        }
        Ok(Self { first })
    }

    /// What an error means to whoever ran the program. An error knows of an interruption, and not of the signal it came by.
    pub(crate) fn exit(&self, error: &Error) -> Exit {
        match (error.exit(), self.first.load(Ordering::SeqCst)) {
            (Exit::Interrupted(_), first @ 1..) => Exit::Interrupted(first),
            (exit, _) => exit,
        }
    }
}

#[expect(
    clippy::exit,
    reason = "a second signal means: at once; the next start mends whatever is half done"
)]
fn leave(signal: u8) {
    std::process::exit(128 + i32::from(signal));
}
