//! What it costs that everything is on disk before it is called done: the same first sync as it is, and with every `fsync`
//! answered by the tests' shim without being done.
//!
//! The shim is loaded into both, so that it is the syncing alone that differs.

use super::runs::Bench;
use super::shim::Shim;
use super::{LATENCY_MS, library, median, row};

/// Disks vary more than processors do.
const ROUNDS: usize = 5;

pub(super) fn all() {
    for (title, items, days, size, latency_ms) in [
        (
            "(f) durability: 2,000 files of 100 KB",
            2_000,
            365,
            100_000,
            LATENCY_MS,
        ),
        (
            "(f) durability: 300 files of 5 MB",
            300,
            60,
            5_000_000,
            LATENCY_MS,
        ),
        // Nothing but the disk to wait for.
        (
            "    the first of them without latency",
            2_000,
            365,
            100_000,
            0,
        ),
    ] {
        let library = library(items, days, size);
        let (mut durable, mut hasty, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        let mut last = None;
        for round in 0..ROUNDS {
            let first_sync = |shim: Shim| {
                let bench = Bench::new(&library, latency_ms);
                let mut command = bench.sync_command(&library, library.start);
                let run = bench.measure(shim.apply(&mut command));
                assert_eq!(bench.files(), items, "files in the archive");
                run
            };
            let without = || first_sync(Shim::default().lies("nofsync nodirsync"));
            let with = || first_sync(Shim::default());
            // Turn about, so that what one leaves behind does not always burden the other.
            let (with, without) = if round % 2 == 0 {
                let without = without();
                (with(), without)
            } else {
                (with(), without())
            };
            ratios.push(with.wall.as_secs_f64() / without.wall.as_secs_f64());
            durable.push(with.wall);
            hasty.push(without.wall);
            last = Some(with);
        }
        let run = last.expect("at least one round");
        row(
            title,
            median(durable),
            Some(median(hasty)),
            Some(median(ratios)),
            &run,
        );
    }
}
