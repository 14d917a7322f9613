//! Numbers that look random and are always the same: `SplitMix64`, after Steele, Lea and Flood (2014).
//!
//! Ours rather than the `rand` crate's, because its streams may change between versions, and a photo of the simulated library must
//! keep its bytes for ever: archives made by an older run are compared with what a newer one serves.

/// A stream of 64-bit numbers that is fixed by its seed.
pub(crate) struct SplitMix64(u64);

impl SplitMix64 {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN_GAMMA);
        mix(self.0)
    }

    /// A number in `0..bound`. The slight bias of the remainder does not matter for bounds as small as ours.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        let reduced = self.next_u64() % u64::from(bound.max(1));
        u32::try_from(reduced).unwrap_or_default()
    }

    /// True in about `share` of 100 cases.
    pub(crate) fn percent(&mut self, share: u8) -> bool {
        self.below(100) < u32::from(share)
    }

    pub(crate) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let index = u32::try_from(choices.len()).map_or(0, |len| self.below(len));
        &choices[index as usize]
    }
}

/// One number from a number and some text, for seeds that depend on a name. Not for adversaries.
pub(crate) fn hash(seed: u64, text: &str) -> u64 {
    let mut state = mix(seed ^ GOLDEN_GAMMA);
    for chunk in text.as_bytes().chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        // The length sets "a" apart from "a\0".
        state = mix(state ^ u64::from_le_bytes(word)).wrapping_add(chunk.len() as u64);
    }
    mix(state)
}

/// A media item id as Google's look: 60 to 90 characters of `[A-Za-z0-9_-]`. More than 300 random bits, so no two seeds share one.
pub(crate) fn media_item_id(seed: u64) -> String {
    let mut numbers = SplitMix64::new(seed);
    let len = 60 + numbers.below(31) as usize;
    let mut id = String::with_capacity(len + CHARS_PER_NUMBER);
    id.push_str("AGph");
    while id.len() < len {
        let bits = numbers.next_u64();
        id.extend(
            (0..CHARS_PER_NUMBER).map(|n| char::from(ALPHABET[((bits >> (6 * n)) & 63) as usize])),
        );
    }
    id.truncate(len);
    id
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;
/// Ten characters of six bits each fit into 64 bits.
const CHARS_PER_NUMBER: usize = 10;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stream_is_the_published_one() {
        let mut numbers = SplitMix64::new(1_234_567);
        assert_eq!(numbers.next_u64(), 6_457_827_717_110_365_317);
        assert_eq!(numbers.next_u64(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn hash_sees_every_character_and_the_length() {
        let texts = ["", "a", "a\0", "aaaaaaaa", "aaaaaaaab", "baaaaaaaa"];
        for (n, left) in texts.iter().enumerate() {
            assert_eq!(hash(1, left), hash(1, left));
            assert_ne!(hash(1, left), hash(2, left));
            for right in &texts[n + 1..] {
                assert_ne!(hash(1, left), hash(1, right), "{left:?} {right:?}");
            }
        }
    }

    #[test]
    fn ids_look_like_google_s() {
        for seed in 0..500 {
            let id = media_item_id(seed);
            assert!((60..=90).contains(&id.len()), "{id}");
            assert!(id.bytes().all(|byte| ALPHABET.contains(&byte)), "{id}");
        }
    }
}
