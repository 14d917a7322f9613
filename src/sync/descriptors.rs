//! How much may go on at a time with the descriptors that this process may have.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::sync::settle::SETTLING;

/// How many files may be fetched, and be made durable, at a time, with the descriptors that this process may have.
pub(super) fn within(jobs: usize) -> (usize, usize) {
    // The soft limit is raised as far as anybody may: many systems start with 1,024, some with 256.
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current < limit.maximum {
        let raised = Rlimit {
            current: limit.maximum,
            ..limit
        };
        if setrlimit(Resource::Nofile, raised).is_ok() {
            limit = raised;
        }
    }
    let Some(limit) = limit.current else {
        return (jobs, SETTLING);
    };
    // A fetch has a connection and a file; a file that waits for the disk has one.
    let room = usize::try_from(limit)
        .unwrap_or(usize::MAX)
        .saturating_sub(RESERVED);
    let fetching = jobs.min(room / 3).max(1);
    (
        fetching,
        SETTLING.min(room.saturating_sub(2 * fetching)).max(1),
    )
}

/// Descriptors for the database, the folders, the listing's connections and the runtime.
const RESERVED: usize = 40;
