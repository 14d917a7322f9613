//! `Range` and `If-Range` (RFC 9110, sections 13.1.5 and 14.2): one range of bytes, or everything.

/// What of a file is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Everything,
    /// First and last byte.
    Part(usize, usize),
    /// The range begins behind the end.
    Nothing,
}

pub(crate) fn wanted(
    range: Option<&str>,
    if_range: Option<&str>,
    etag: Option<&str>,
    total: usize,
) -> Wanted {
    // Only a strong validator makes two parts fit together.
    let unchanged =
        if_range.is_none_or(|validator| etag == Some(validator) && !validator.starts_with("W/"));
    match range.and_then(|range| range.strip_prefix("bytes=")) {
        Some(spec) if unchanged => parse(spec, total).unwrap_or(Wanted::Everything),
        _ => Wanted::Everything,
    }
}

/// `None` for what a server may ignore: several ranges, or none that makes sense.
fn parse(spec: &str, total: usize) -> Option<Wanted> {
    let (first, last) = spec.trim().split_once('-')?;
    if first.is_empty() {
        let length = last.parse::<usize>().ok()?.min(total);
        return Some(if length == 0 {
            Wanted::Nothing
        } else {
            Wanted::Part(total - length, total - 1)
        });
    }
    let first = first.parse::<usize>().ok()?;
    let last = if last.is_empty() {
        usize::MAX
    } else {
        last.parse().ok()?
    };
    if last < first {
        return None;
    }
    Some(if first >= total {
        Wanted::Nothing
    } else {
        Wanted::Part(first, last.min(total - 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_rfc_says() {
        for (range, expected) in [
            ("bytes=0-9", Wanted::Part(0, 9)),
            ("bytes=90-", Wanted::Part(90, 99)),
            ("bytes=90-500", Wanted::Part(90, 99)),
            ("bytes=-10", Wanted::Part(90, 99)),
            ("bytes=100-", Wanted::Nothing),
            ("bytes=0-1,3-4", Wanted::Everything),
            ("bytes=9-1", Wanted::Everything),
            ("lines=1-2", Wanted::Everything),
        ] {
            assert_eq!(wanted(Some(range), None, None, 100), expected, "{range}");
        }
    }

    #[test]
    fn only_an_unchanged_strong_validator_keeps_the_range() {
        let with = |if_range, etag| wanted(Some("bytes=1-1"), Some(if_range), Some(etag), 10);
        assert_eq!(with("\"a\"", "\"a\""), Wanted::Part(1, 1));
        assert_eq!(with("\"a\"", "\"b\""), Wanted::Everything);
        assert_eq!(with("W/\"a\"", "W/\"a\""), Wanted::Everything);
    }
}
