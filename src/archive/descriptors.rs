//! How many files may be open at a time.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// How many descriptors this process may have; `None` where nobody counts them. The soft limit is raised as far as anybody
/// may: many systems start with 1,024, some with 256.
pub(crate) fn limit() -> Option<u64> {
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
    limit.current
}

/// What of `most` files of one kind may be open at a time: one where a run can only just be made, all of them where
/// descriptors are plenty.
pub(crate) fn share_of_few(most: usize) -> usize {
    let limit = limit().and_then(|limit| usize::try_from(limit).ok());
    let room = limit.unwrap_or(usize::MAX).saturating_sub(FEW);
    (most.saturating_mul(room) / (PLENTY - FEW)).clamp(1, most)
}

/// The fewest that a run is begun with, and as many as most systems give at the least.
const FEW: usize = 32;
const PLENTY: usize = 256;
