//! What a test does to a run while it works: wait for something to have happened, then signal it.

use std::io::Read;
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

/// Reads until this has been said, and gives all that was. What comes later stays to be read.
#[track_caller]
pub(crate) fn until_says(from: &mut impl Read, what: &str) -> String {
    let (mut said, mut byte) = (Vec::new(), [0]);
    while !said.ends_with(what.as_bytes()) {
        // The bound only keeps a broken test from reading for ever.
        let has_more = said.len() < 64 << 10 && from.read_exact(&mut byte).is_ok();
        let so_far = || String::from_utf8_lossy(&said).into_owned();
        assert!(has_more, "does not say {what:?}: {}", so_far());
        said.extend(byte);
    }
    String::from_utf8_lossy(&said).into_owned()
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
