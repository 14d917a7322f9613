//! How much may go on at a time with the descriptors that this process may have.

use crate::archive::descriptors::{limit, share_of_few};
use crate::sync::SyncError;
use crate::sync::settle::SETTLING;

/// What may go on at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share {
    /// Windows that are listed.
    pub(super) listing: usize,
    /// Files that are fetched.
    pub(super) fetching: usize,
    /// Files that are made durable.
    pub(super) settling: usize,
}

/// Refuses to begin with so few descriptors that nothing could be brought to its end.
pub(crate) fn require() -> Result<(), SyncError> {
    match limit() {
        Some(limit) if limit < FEWEST => Err(SyncError::TooFewDescriptors { limit }),
        _ => Ok(()),
    }
}

/// How many files may be made durable at a time by a run that reads from the disk, and asks nobody.
pub(crate) fn settling() -> usize {
    share_of_few(SETTLING)
}

/// What of this many files and windows may go on at a time.
pub(super) fn share(jobs: usize, list_jobs: usize) -> Share {
    divide(limit(), jobs, list_jobs)
}

/// How many of this many files may be read at a time. Each has its folders open as well.
pub(crate) fn readers(jobs: usize) -> usize {
    let limit = limit().and_then(|limit| usize::try_from(limit).ok());
    let room = limit.unwrap_or(usize::MAX).saturating_sub(RESERVED);
    jobs.min((room / 3).max(1))
}

fn divide(limit: Option<u64>, jobs: usize, list_jobs: usize) -> Share {
    let limit = limit.and_then(|limit| usize::try_from(limit).ok());
    let room = limit.unwrap_or(usize::MAX).saturating_sub(RESERVED);
    // A window has a connection where the server speaks HTTP/1; a fetch has one and a file; a file that waits for the
    // disk has itself.
    let listing = list_jobs.min((room / 4).max(1));
    let fetching = jobs.min(((room.saturating_sub(listing)) / 3).max(1));
    let settling = room.saturating_sub(listing + 2 * fetching);
    Share {
        listing,
        fetching,
        settling: settling.clamp(1, SETTLING),
    }
}

/// Descriptors for the database, the folders, the names of hosts, the full listing's connection and the runtime. A run with
/// one window and one file at a time has up to 26 open by `/proc`, those four included.
const RESERVED: usize = 28;
/// One window, and one file that is fetched while another waits for the disk.
pub(crate) const FEWEST: u64 = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_goes_on_fits_into_the_limit_and_few_are_no_reason_to_stand_still() {
        for limit in FEWEST..2_000 {
            for (jobs, list_jobs) in [(1, 1), (8, 4), (64, 16), (64, 1), (8, 0)] {
                let share = divide(Some(limit), jobs, list_jobs);
                let needed = RESERVED + share.listing + 2 * share.fetching + share.settling;
                assert!(needed as u64 <= limit, "{limit}: {share:?}");
                assert!(share.fetching >= 1 && share.settling >= 1, "{limit}");
                assert!(share.listing >= list_jobs.min(1), "{limit}");
            }
        }
        for limit in [Some(256), Some(1_024), None] {
            let share = divide(limit, 64, 16);
            assert_eq!(
                (share.listing, share.fetching, share.settling),
                (16, 64, 32)
            );
        }
    }
}
