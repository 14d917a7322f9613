//! Opaque strings that the server can read back: base URLs and page tokens.
//!
//! A real base URL tells a client nothing and cannot be made up, and neither can these: what they say is masked and
//! carries a keyed check. Nothing is stored per URL, so a library may be listed any number of times.
//! It keeps clients honest; it is not cryptography.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU32, Ordering};

use data_encoding::BASE64URL_NOPAD;

const TAG: usize = 8;
const NONCE: usize = 4;

#[derive(Debug, Default)]
pub(crate) struct Seal {
    key: RandomState,
    issued: AtomicU32,
}

impl Seal {
    /// Never the same string twice, even for the same content.
    pub(crate) fn close(&self, content: &[u8]) -> String {
        let mut inner = Vec::with_capacity(TAG + NONCE + content.len());
        inner.extend_from_slice(&[0; TAG]);
        inner.extend_from_slice(&self.issued.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        inner.extend_from_slice(content);
        let tag = self.key.hash_one(&inner[TAG..]);
        self.mask(tag, &mut inner[TAG..]);
        inner[..TAG].copy_from_slice(&tag.to_be_bytes());
        BASE64URL_NOPAD.encode(&inner)
    }

    /// `None` for whatever this seal did not close.
    pub(crate) fn open(&self, sealed: &str) -> Option<Vec<u8>> {
        let mut inner = BASE64URL_NOPAD.decode(sealed.as_bytes()).ok()?;
        let tag = u64::from_be_bytes(inner.get(..TAG)?.try_into().ok()?);
        self.mask(tag, &mut inner[TAG..]);
        (self.key.hash_one(&inner[TAG..]) == tag)
            .then(|| inner.split_off(TAG))
            .filter(|it| it.len() >= NONCE)
            .map(|mut it| it.split_off(NONCE))
    }

    fn mask(&self, tag: u64, bytes: &mut [u8]) {
        for (block, chunk) in bytes.chunks_mut(8).enumerate() {
            let stream = self.key.hash_one((tag, block)).to_be_bytes();
            for (byte, mask) in chunk.iter_mut().zip(stream) {
                *byte ^= mask;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_string_opens_to_its_content_and_differs_each_time() {
        let seal = Seal::default();
        let (one, two) = (seal.close(b"content"), seal.close(b"content"));
        assert_ne!(one, two);
        assert_eq!(seal.open(&one).as_deref(), Some(&b"content"[..]));
        assert_eq!(seal.open(&two).as_deref(), Some(&b"content"[..]));
    }

    #[test]
    fn a_changed_or_foreign_string_does_not_open() {
        let seal = Seal::default();
        let mut changed = seal.close(b"content").into_bytes();
        changed[15] = if changed[15] == b'A' { b'B' } else { b'A' };
        assert_eq!(seal.open(&String::from_utf8_lossy(&changed)), None);
        assert_eq!(seal.open(&Seal::default().close(b"content")), None);
        assert_eq!(seal.open(""), None);
        assert_eq!(seal.open("not base64!"), None);
    }
}
