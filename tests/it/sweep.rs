//! The fault sweep over the real binary: whatever it was about to do to the disk when it was killed, cut short or refused,
//! nothing is lost, and the next run gets to where an undisturbed one would be. What is claimed is in `docs/reliability.md`.
//!
//! Environment: `GPHOTOS_DL_PROOF=full` tries every fault at every call, instead of every call with every kind of fault.
//! `GPHOTOS_DL_FAULT='sync|fsync|downloads/2024/03|1|kill'` tries this fault alone and shows what the runs printed.

mod faults;
mod scene;
mod workers;
mod world;

use scene::Scene;
use workers::sweep;

const SYNC: Scene = Scene {
    name: "sync",
    library: world::library,
    prepare: world::somebody_elses_files,
    args: &[
        "sync",
        "--since",
        "2024-01-01",
        "--until",
        "2024-12-31",
        "--window",
        "year",
        "--no-full-listing",
        "--jobs",
        "1",
        "--list-jobs",
        "1",
    ],
    heals: &[
        "sync",
        "--since",
        "2024-01-01",
        "--until",
        "2024-12-31",
        "--window",
        "year",
    ],
};

#[test]
fn a_sync_that_is_disturbed_at_any_call_loses_nothing() {
    sweep(SYNC);
}
