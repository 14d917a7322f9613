//! Feeds a format's walker from chunks of any size, so that no walker knows what a chunk is.
//!
//! A walker looks at the bytes at hand and asks to see more of them or to go on behind some of them. What it asks to see is
//! kept, [`LIMIT`] bytes at most; what it passes over is not, so that a file of any size needs no more memory than a small one.

/// The most that a walker may ask to see at once. Holds a JPEG segment (64 KiB) and the `meta` box of most HEIC files.
pub(super) const LIMIT: usize = 256 * 1024;

/// What a walker wants next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// To see at least so many bytes from here, in one piece; more than it was shown.
    Need(usize),
    /// To go on so many bytes further.
    Skip(u64),
    /// Nothing more: the structure is complete here and whatever follows is trailing.
    Rest,
    Broken(&'static str),
}

/// The bytes at hand and where in the file they begin.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'a> {
    pub(super) offset: u64,
    pub(super) bytes: &'a [u8],
}

/// How the file ended, seen from the walker.
#[derive(Clone, Copy, Debug)]
pub(super) struct End<'a> {
    /// Length of the file.
    pub(super) total: u64,
    /// The end came within bytes that were to be passed over.
    pub(super) within_skip: bool,
    /// What was at hand and too little for the last [`Step::Need`].
    pub(super) rest: &'a [u8],
    /// The last four bytes of the file, or zeros before its beginning.
    pub(super) last: [u8; 4],
}

impl End<'_> {
    /// True when the file ends exactly where the walker stands.
    pub(super) fn is_clean(&self) -> bool {
        !self.within_skip && self.rest.is_empty()
    }
}

/// One walk over one file's bytes.
pub(super) struct Stream {
    offset: u64,
    kept: Vec<u8>,
    need: usize,
    skip: u64,
    outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Walking,
    /// The walker wants no more.
    Rest,
    Broken(&'static str),
}

impl Stream {
    pub(super) fn new() -> Self {
        Self {
            offset: 0,
            kept: Vec::new(),
            need: 1,
            skip: 0,
            outcome: Outcome::Walking,
        }
    }

    pub(super) fn outcome(&self) -> Outcome {
        self.outcome
    }

    pub(super) fn end(&self, total: u64, last: [u8; 4]) -> End<'_> {
        End {
            total,
            within_skip: self.skip > 0,
            rest: &self.kept,
            last,
        }
    }

    pub(super) fn feed(&mut self, mut chunk: &[u8], mut walk: impl FnMut(At<'_>) -> Step) {
        while self.outcome == Outcome::Walking {
            self.pass_over(&mut chunk);
            if self.skip > 0 {
                return;
            }
            let bytes = if self.kept.is_empty() && chunk.len() >= self.need {
                chunk
            } else {
                let missing = self.need.saturating_sub(self.kept.len()).min(chunk.len());
                let (more, later) = chunk.split_at(missing);
                self.kept.extend_from_slice(more);
                chunk = later;
                if self.kept.len() < self.need {
                    return;
                }
                &self.kept
            };
            let shown = bytes.len();
            match walk(At {
                offset: self.offset,
                bytes,
            }) {
                Step::Need(bytes) if bytes > LIMIT => {
                    self.outcome = Outcome::Broken("a header of unreasonable size");
                }
                Step::Need(bytes) => {
                    debug_assert!(
                        bytes > shown,
                        "a walker asks only for what it has not been shown"
                    );
                    self.need = bytes;
                }
                Step::Skip(bytes) => {
                    self.skip = bytes;
                    self.need = 1;
                }
                Step::Rest => {
                    self.kept.clear();
                    self.outcome = Outcome::Rest;
                }
                Step::Broken(what) => self.outcome = Outcome::Broken(what),
            }
        }
    }

    fn pass_over(&mut self, chunk: &mut &[u8]) {
        let kept = clamp(self.skip, self.kept.len());
        self.kept.drain(..kept);
        let passed = clamp(self.skip - kept as u64, chunk.len());
        *chunk = &chunk[passed..];
        self.skip -= (kept + passed) as u64;
        self.offset += (kept + passed) as u64;
    }
}

/// The smaller of the two.
fn clamp(skip: u64, len: usize) -> usize {
    usize::try_from(skip).map_or(len, |skip| skip.min(len))
}
