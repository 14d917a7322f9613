//! What an import tells while it works.

/// Something that has just happened.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step<'a> {
    /// A sentence that a person should read.
    Warning(&'a str),
    /// A part is read for what it says of its photos; `number` counts from 1.
    Indexing {
        part: &'a str,
        number: usize,
        of: usize,
    },
    /// Everything is planned, and nothing is written yet.
    Begun {
        files: u64,
        /// Of all files that are read.
        bytes: u64,
        /// Bytes that will be written at the most.
        needed: u64,
        /// Bytes that the archive's disk would still take.
        free: u64,
    },
    /// Bytes of a file were read.
    Read { bytes: u64 },
    /// Every photo is stored; sidecars and links are made.
    Deriving,
}

/// Hears it, on any thread.
pub(crate) type Tell = dyn Fn(&Step<'_>) + Send + Sync;
