//! What the name of a part tells: the export that it belongs to, and its number.

/// The export and the number in a name such as `takeout-20240525T201456Z-001.zip`, or, since 2025,
/// `takeout-20260307T053026Z-3-001.zip`; a browser may have added ` (1)`.
pub(super) fn export_of(name: &str) -> Option<(String, Option<u32>)> {
    let lower = name.to_ascii_lowercase();
    let stem = [".tar.gz", ".tgz", ".tar", ".zip"]
        .iter()
        .find_map(|ending| lower.strip_suffix(ending))
        .or_else(|| (!lower.contains('.')).then_some(lower.as_str()))?;
    let stem = match stem.rsplit_once(" (") {
        Some((before, number)) if number.strip_suffix(')').is_some_and(is_number) => before,
        _ => stem,
    };
    let (stamp, rest) = match stem.strip_prefix("takeout-")?.split_once('-') {
        Some((stamp, rest)) => (stamp, Some(rest)),
        None => (stem.strip_prefix("takeout-")?, None),
    };
    let is_stamp = stamp.len() >= 15
        && stamp.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && stamp.starts_with(|first: char| first.is_ascii_digit());
    let number = rest
        .and_then(|rest| rest.rsplit('-').next())
        .filter(|number| is_number(number));
    is_stamp.then(|| {
        (
            stamp.to_ascii_uppercase(),
            number.and_then(|number| number.parse().ok()),
        )
    })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parts_name_tells_its_export_and_number() {
        for (name, expected) in [
            (
                "takeout-20240525T201456Z-001.zip",
                Some(("20240525T201456Z", Some(1))),
            ),
            (
                "takeout-20250921T1994402Z-3-009.zip",
                Some(("20250921T1994402Z", Some(9))),
            ),
            (
                "takeout-20260307T053026Z-3-001 (1).tgz",
                Some(("20260307T053026Z", Some(1))),
            ),
            (
                "Takeout-20240525T201456Z-012.TAR.GZ",
                Some(("20240525T201456Z", Some(12))),
            ),
            (
                "takeout-20240525T201456Z.zip",
                Some(("20240525T201456Z", None)),
            ),
            ("photos.zip", None),
            ("takeout-old.zip", None),
            ("takeout-20240525T201456Z-001.rar", None),
            (
                "takeout-20240525T201456Z-001",
                Some(("20240525T201456Z", Some(1))),
            ),
        ] {
            let expected = expected.map(|(export, number)| (export.to_owned(), number));
            assert_eq!(export_of(name), expected, "{name}");
        }
    }
}
