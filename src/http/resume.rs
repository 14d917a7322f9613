//! Going on where a transfer broke off: what must be held to ask for the rest, and which answer is that rest
//! (RFC 9110, sections 13.1.5 and 14). Pure.
//!
//! Whether Google's media hosts know ranges and validators is not documented, so nothing is taken for granted: without a
//! strong validator nobody asks, and whatever does not fit exactly means the first byte again.

use reqwest::header::{self, HeaderMap, HeaderName};

/// The beginning of a body, as it is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) size: u64,
    /// Bytes of the whole, as the server announced them.
    pub(crate) total: u64,
    /// The validator under which it came, as the server wrote it: strong, so that parts under one validator fit together.
    pub(crate) etag: String,
}

/// What the server makes of a request for the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// It follows, from exactly where the held part ends.
    Follows,
    /// There is none: what is held is all.
    Nothing,
    /// Not the rest of this: to be asked for again from the first byte.
    Unrelated,
    /// An answer of its own: everything from the first byte, or a refusal.
    Else,
}

impl Held {
    pub(super) fn range(&self) -> String {
        format!("bytes={}-", self.size)
    }

    pub(super) fn compare(&self, status: u16, headers: &HeaderMap) -> Rest {
        let range = only(headers, &header::CONTENT_RANGE);
        let range = range.and_then(|text| text.strip_prefix("bytes "));
        let etag = only(headers, &header::ETAG);
        match status {
            // A server that leaves the validator out has not said that nothing has changed.
            206 => {
                let last = self.total.saturating_sub(1);
                let expected = format!("{}-{last}/{}", self.size, self.total);
                let length = only(headers, &header::CONTENT_LENGTH);
                let fits = self.size < self.total
                    && range == Some(expected.as_str())
                    && etag == Some(self.etag.as_str())
                    && length.is_none_or(|length| length == (self.total - self.size).to_string());
                if fits { Rest::Follows } else { Rest::Unrelated }
            }
            // The only way to ask whether a whole file is still the same without fetching it.
            416 if self.size == self.total
                && range == Some(format!("*/{}", self.total).as_str())
                && etag.is_none_or(|etag| etag == self.etag) =>
            {
                Rest::Nothing
            }
            416 => Rest::Unrelated,
            _ => Rest::Else,
        }
    }
}

/// The validator, if it is strong: equal byte for byte is what it promises.
pub(super) fn strong_etag(headers: &HeaderMap) -> Option<String> {
    let etag = only(headers, &header::ETAG)?;
    let is_quoted = etag.len() > 2 && etag.starts_with('"') && etag.ends_with('"');
    (is_quoted && etag.len() <= MAX_ETAG).then(|| etag.to_owned())
}

/// Longer than any that is known, short enough for a row of the index.
const MAX_ETAG: usize = 256;

fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn headers(lines: &[(&HeaderName, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    fn held(size: u64) -> Held {
        Held {
            size,
            total: 100,
            etag: "\"a\"".to_owned(),
        }
    }

    #[test]
    fn only_the_exact_rest_follows() {
        let (range, etag, length) = (
            &header::CONTENT_RANGE,
            &header::ETAG,
            &header::CONTENT_LENGTH,
        );
        let rest = |lines: &[(&HeaderName, &'static str)]| held(60).compare(206, &headers(lines));
        let good = (range, "bytes 60-99/100");
        assert_eq!(rest(&[good, (etag, "\"a\"")]), Rest::Follows);
        assert_eq!(
            rest(&[good, (etag, "\"a\""), (length, "40")]),
            Rest::Follows
        );
        for wrong in [
            &[good][..],
            &[good, (etag, "\"b\"")],
            &[good, (etag, "W/\"a\"")],
            &[good, (etag, "\"a\""), (etag, "\"a\"")],
            &[good, (etag, "\"a\""), (length, "39")],
            &[good, good, (etag, "\"a\"")],
            &[(range, "bytes 59-99/100"), (etag, "\"a\"")],
            &[(range, "bytes 60-98/100"), (etag, "\"a\"")],
            &[(range, "bytes 60-99/101"), (etag, "\"a\"")],
            &[(range, "bytes 60-99/*"), (etag, "\"a\"")],
            &[(range, "60-99/100"), (etag, "\"a\"")],
            &[(etag, "\"a\"")],
        ] {
            assert_eq!(rest(wrong), Rest::Unrelated, "{wrong:?}");
        }
        assert_eq!(held(100).compare(206, &headers(&[])), Rest::Unrelated);
        assert_eq!(held(60).compare(200, &headers(&[])), Rest::Else);
        assert_eq!(held(60).compare(403, &headers(&[])), Rest::Else);
    }

    #[test]
    fn a_whole_part_is_whole_only_if_the_server_knows_the_same_length() {
        let says = |size, line| {
            let headers = headers(&[(&header::CONTENT_RANGE, line)]);
            held(size).compare(416, &headers)
        };
        assert_eq!(says(100, "bytes */100"), Rest::Nothing);
        assert_eq!(says(100, "bytes */101"), Rest::Unrelated);
        assert_eq!(says(60, "bytes */100"), Rest::Unrelated);
        assert_eq!(held(100).compare(416, &headers(&[])), Rest::Unrelated);
    }

    #[test]
    fn only_a_strong_validator_is_one() {
        let etag = |value| strong_etag(&headers(&[(&header::ETAG, value)]));
        assert_eq!(etag("\"a\""), Some("\"a\"".to_owned()));
        for weak in ["W/\"a\"", "\"\"", "a", "\"a", ""] {
            assert_eq!(etag(weak), None, "{weak:?}");
        }
        assert_eq!(strong_etag(&headers(&[])), None);
    }
}
