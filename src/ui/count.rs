//! Numbers of things, as a person says them.

use indicatif::HumanCount;

/// So many of these: `1 file`, `2 files`, `1,200 entries`.
pub(crate) fn counted(count: impl TryInto<u64>, noun: &str) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    format!("{} {}", HumanCount(count), plural(count, noun))
}

/// The word alone, as it goes with so many.
pub(crate) fn plural(count: impl TryInto<u64>, noun: &str) -> String {
    if count.try_into().ok() == Some(1) {
        return noun.to_owned();
    }
    match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_plural() {
        for (count, noun, expected) in [
            (0_u64, "file", "0 files"),
            (1, "file", "1 file"),
            (1, "entry", "1 entry"),
            (1_200, "entry", "1,200 entries"),
            (2, "day", "2 days"),
            (2, "API call", "2 API calls"),
        ] {
            assert_eq!(counted(count, noun), expected);
        }
    }
}
