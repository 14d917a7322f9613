//! What a test does to a run while it works: wait for something to have happened, then signal it.

use std::process::Child;
use std::time::{Duration, Instant};

pub(crate) use rustix::process::Signal;
use rustix::process::{Pid, kill_process};

/// Waits until something has happened. The deadline only keeps a broken test from waiting for ever.
#[track_caller]
pub(crate) fn until(what: &str, mut happened: impl FnMut() -> bool) {
    let start = Instant::now();
    while !happened() {
        assert!(
            start.elapsed() < Duration::from_mins(1),
            "waited in vain until {what}"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Sends a signal to a run.
pub(crate) fn signal(run: &Child, signal: Signal) {
    kill_process(Pid::from_child(run), signal).expect("the run is there");
}

/// Whether a run ends by itself. One that does not is ended, so that no broken test leaves a process behind.
pub(crate) fn ends(run: &mut Child) -> bool {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(20) {
        if run.try_wait().expect("the run is ours").is_some() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    run.kill().expect("the run is ours");
    false
}
