//! What a run tells about itself while it works. The engine knows no terminal: whoever listens decides what to show.

use std::time::Duration;

use crate::archive::staged::How;
use crate::source::Lane;
use crate::sync::plan::Why;

/// Something that has just happened.
#[derive(Debug, Clone)]
pub(crate) enum Event<'a> {
    /// Listing starts, in so many parts of this unit.
    Listing {
        windows: usize,
        unit: &'static str,
        full: bool,
    },
    /// All pages of a part of the listing are in.
    Listed {
        lane: Lane,
    },
    ListingFailed {
        lane: Lane,
        why: &'a str,
    },
    /// Items that this run had not seen before.
    Seen {
        items: usize,
    },
    /// Items of the full listing that lie outside the days of this run.
    Outside {
        items: usize,
    },
    /// Items that are here already.
    Kept {
        items: usize,
    },
    /// A dry run would fetch this.
    WouldFetch {
        path: &'a str,
        id: &'a str,
        why: Why,
    },
    /// A stored file that has another size now. It is left as it is.
    Changed {
        path: &'a str,
    },
    /// A stored file that has another size now under its old time, and is no whole picture or video.
    Damaged {
        path: &'a str,
    },
    /// A stored file that the user has moved or renamed. It is known by its bytes and stays where it is.
    Moved {
        path: &'a str,
        from: &'a str,
    },
    /// A file that somebody else has put there is taken for an item's, by name, pixels and time.
    Matched {
        path: &'a str,
    },
    /// A file was stored beside one of its name that is not taken for it.
    Beside {
        path: &'a str,
        why: &'a str,
    },
    /// A file waits to be fetched.
    Queued,
    /// Bytes of media have arrived.
    Received {
        bytes: u64,
    },
    /// A file is in the archive.
    Saved {
        path: &'a str,
        size: u64,
        how: How,
        /// It was in the archive before and was missing on disk.
        restored: bool,
        /// It looks broken and came so twice.
        doubtful: bool,
        note: Option<&'a str>,
    },
    /// A doubtful file came the same again, or no better.
    KeptFirst {
        path: &'a str,
    },
    Skipped {
        name: &'a str,
        why: &'a str,
    },
    /// `since` is when it first failed, in seconds since 1970, if an earlier run failed too.
    Failed {
        name: &'a str,
        why: &'a str,
        since: Option<i64>,
    },
    Gone {
        name: &'a str,
    },
    /// A transfer will be tried again.
    Retrying {
        name: &'a str,
        why: &'a str,
        wait: Duration,
    },
    /// The archive's own records are not whole.
    NotWhole {
        text: &'a str,
    },
    /// Something that the user should know and that stops nothing.
    Warning {
        text: &'a str,
    },
    /// Nothing more will be told but what the run came to.
    Ended,
}

/// Whoever listens.
pub(crate) trait Reporter: Send + Sync {
    fn event(&self, event: &Event<'_>);
}
