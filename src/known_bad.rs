//! Mistakes that downloaders are known for, made on purpose: the tests show that each of them would be found.
//!
//! Only a build with the feature `known-bad`, which nobody ships, can make them, and only the one that its environment
//! names. In every other build the answer is "no" while it is compiled, and nothing of this is left.

/// A mistake. In the environment each has the name that its variant has here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// Writes under the final name instead of renaming.
    DirectWrite,
    /// Says in the index that a file is there before it is.
    RowBeforeBytes,
    /// Takes whatever has the right name for the right file.
    TrustsExists,
    /// Appends a whole file to the part of it that is there.
    AppendsOn200,
    /// Takes the last page of a longer listing for the end before it has read it.
    SkipsLastPage,
    /// Says that a file is there that could not be had.
    FailedAsDone,
}

#[cfg(not(feature = "known-bad"))]
pub(crate) const fn makes(_: Flaw) -> bool {
    false
}

#[cfg(feature = "known-bad")]
pub(crate) fn makes(flaw: Flaw) -> bool {
    std::env::var("GPHOTOS_DL_KNOWN_BAD").is_ok_and(|name| name == format!("{flaw:?}"))
}

/// What [`Flaw::DirectWrite`] does.
pub(crate) fn write_directly(from: &std::path::Path, to: &std::path::Path) -> std::io::Result<()> {
    std::fs::write(to, std::fs::read(from)?)
}
