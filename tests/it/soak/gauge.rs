//! What a run uses while it works, read from `/proc` every few milliseconds.

use std::fs;
use std::process::Child;
use std::time::{Duration, Instant};

/// The most that was seen of one run.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Peak {
    /// KiB in memory; the kernel keeps this maximum itself, so that only its last moments can be missed.
    pub(super) memory: u64,
    pub(super) descriptors: usize,
}

/// Watches a run until it ends. One that does not is ended, and the flag says so.
pub(super) fn watch(run: &mut Child) -> (Peak, bool) {
    let (start, mut peak) = (Instant::now(), Peak::default());
    let process = format!("/proc/{}", run.id());
    while run.try_wait().expect("the run is ours").is_none() {
        let status = fs::read_to_string(format!("{process}/status")).unwrap_or_default();
        let memory = status.lines().find_map(|line| {
            line.strip_prefix("VmHWM:")?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        });
        let descriptors = fs::read_dir(format!("{process}/fd")).map_or(0, Iterator::count);
        peak.memory = peak.memory.max(memory.unwrap_or(0));
        peak.descriptors = peak.descriptors.max(descriptors);
        if start.elapsed() > Duration::from_mins(1) {
            run.kill().expect("the run is ours");
            return (peak, false);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    (peak, true)
}
