//! The bytes that make a small file big: one shared pseudo-random block, copied as often as needed.
//!
//! Separate so that photos and videos pad from the same memory: a benchmark serves gigabytes of padding on the cores that the
//! measured client needs too, and copying is the cheapest way to make bytes that no compression on the way can shrink.

use std::sync::OnceLock;

use super::splitmix::SplitMix64;

/// Appends `len` bytes, starting at a place in the block that `start` chooses, so that neighbours do not hold equal runs.
pub(super) fn append(out: &mut Vec<u8>, len: usize, start: u64) {
    let block = block();
    let mut from = usize::try_from(start % BLOCK_LEN as u64).unwrap_or_default();
    let mut left = len;
    while left > 0 {
        let take = left.min(BLOCK_LEN - from);
        out.extend_from_slice(&block[from..from + take]);
        left -= take;
        from = 0;
    }
}

fn block() -> &'static [u8] {
    static BLOCK: OnceLock<Vec<u8>> = OnceLock::new();
    BLOCK.get_or_init(|| {
        let mut numbers = SplitMix64::new(BLOCK_LEN as u64);
        (0..BLOCK_LEN / 8)
            .flat_map(|_| numbers.next_u64().to_le_bytes())
            .collect()
    })
}

/// Longer than the 32 KiB window of deflate, short enough to stay in the second-level cache.
const BLOCK_LEN: usize = 128 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn appends_exactly_what_was_asked_for() {
        for len in [0, 1, BLOCK_LEN - 1, BLOCK_LEN, 3 * BLOCK_LEN + 7] {
            let mut out = b"kept".to_vec();
            append(&mut out, len, u64::MAX);
            assert_eq!(out.len(), 4 + len);
            assert_eq!(&out[..4], b"kept");
        }
    }
}
