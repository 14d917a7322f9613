//! Tells from the bytes of a file, as they stream by, what it is and whether its end is there.
//!
//! Separate because it is the last line of defence against the quietest fault of all: a body that a server or proxy cut short
//! behind framing that looks complete. It sees the very bytes that are hashed, keeps no more than some hundred kilobytes of them, and
//! decodes no pixel: it follows the structure that the format itself declares, to the end that it declares.
//!
//! One file per family of formats. Each has a [`Walker`], which `stream` feeds; none of them sees a chunk. Where a cut cannot be
//! seen in principle, the verdict is [`Verdict::Unchecked`] or the walker's file says why.

use std::fmt;

use chrono::NaiveDateTime;

use stream::{At, End, Outcome, Step, Stream};

mod asf;
mod bmff;
mod boxes;
mod declared;
mod ebml;
mod exif;
mod fields;
mod format;
mod gif;
mod heif;
mod jpeg;
mod kinds;
mod movie;
mod mpeg;
mod png;
mod riff;
mod sniff;
mod stream;
#[cfg(test)]
mod tests;
mod tiff;
mod tiff_entry;
mod xmp;

pub(crate) use format::{Format, FormatKind};

/// What was seen of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Inspection {
    pub(crate) format: Option<Format>,
    /// Pixels as stored, before any rotation.
    pub(crate) dimensions: Option<(u32, u32)>,
    pub(crate) verdict: Verdict,
    /// Bytes after a complete structure: normal for motion photos and for phones that append data of their own.
    pub(crate) trailing: u64,
    /// The photo says that a clip belongs to it.
    pub(crate) motion: bool,
    /// When it was taken, by the camera's clock and without its zone (EXIF), or in UTC (films).
    pub(crate) taken: Option<NaiveDateTime>,
    /// How far that clock was ahead of UTC, in minutes, where the photo says so.
    pub(crate) ahead: Option<i16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The structure is complete from the first byte to its own end.
    Whole,
    /// A known beginning and nothing wrong, but nothing in the file that says where its end is.
    Unchecked,
    /// Cut short or damaged: what is wrong.
    Broken(&'static str),
    /// No photo and no video.
    NotMedia(NotMedia),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotMedia {
    Empty,
    Html,
    Json,
    Xml,
    Text,
    Unknown,
}

impl fmt::Display for NotMedia {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "an empty file",
            Self::Html => "an HTML page",
            Self::Json => "JSON",
            Self::Xml => "XML",
            Self::Text => "text",
            Self::Unknown => "no known media format",
        })
    }
}

/// Fed the very chunks that are hashed; the answer does not depend on how the bytes are cut into chunks.
pub(crate) struct Inspector {
    total: u64,
    last: [u8; 4],
    seen: Seen,
    state: State,
}

enum State {
    /// Collecting the first bytes, to see what this is.
    Head(Vec<u8>),
    Walking(Stream, Box<dyn Walker>),
    NotMedia(NotMedia),
}

impl Inspector {
    pub(crate) fn new() -> Self {
        Self {
            total: 0,
            last: [0; 4],
            seen: Seen::default(),
            state: State::Head(Vec::new()),
        }
    }

    pub(crate) fn feed(&mut self, chunk: &[u8]) {
        self.total = self.total.saturating_add(chunk.len() as u64);
        for &byte in &chunk[chunk.len().saturating_sub(4)..] {
            self.last.rotate_left(1);
            self.last[3] = byte;
        }
        match &mut self.state {
            State::Head(head) => {
                let (more, later) = chunk.split_at(chunk.len().min(sniff::HEAD - head.len()));
                head.extend_from_slice(more);
                if head.len() == sniff::HEAD {
                    self.sniff();
                    self.walk(later);
                }
            }
            _ => self.walk(chunk),
        }
    }

    pub(crate) fn finish(mut self) -> Inspection {
        self.sniff();
        let ending = match &mut self.state {
            State::Walking(stream, walker) => match stream.outcome() {
                Outcome::Broken(what) => Ending::broken(what),
                Outcome::Walking | Outcome::Rest => walker.end(stream.end(self.total, self.last)),
            },
            State::NotMedia(what) => Ending {
                verdict: Verdict::NotMedia(*what),
                trailing: 0,
            },
            State::Head(_) => Ending {
                verdict: Verdict::NotMedia(NotMedia::Empty),
                trailing: 0,
            },
        };
        let Seen {
            format,
            dimensions,
            motion,
            taken,
            ahead,
        } = self.seen;
        Inspection {
            format,
            dimensions,
            verdict: ending.verdict,
            trailing: ending.trailing,
            motion,
            taken,
            ahead,
        }
    }

    /// Decides what the file is by the head collected so far.
    fn sniff(&mut self) {
        let State::Head(head) = &mut self.state else {
            return;
        };
        let head = std::mem::take(head);
        match sniff::walker(&head) {
            Some((format, walker)) => {
                self.seen.format = Some(format);
                self.state = State::Walking(Stream::new(), walker);
                self.walk(&head);
            }
            None => self.state = State::NotMedia(sniff::not_media(&head)),
        }
    }

    fn walk(&mut self, chunk: &[u8]) {
        if let State::Walking(stream, walker) = &mut self.state {
            stream.feed(chunk, |at| walker.step(at, &mut self.seen));
        }
    }
}

/// Follows the structure of one format.
trait Walker: Send {
    /// Looks at the bytes at hand: at least one, and at least as many as were asked for.
    fn step(&mut self, at: At<'_>, seen: &mut Seen) -> Step;

    /// The file has ended, without a [`Step::Broken`].
    fn end(&mut self, end: End<'_>) -> Ending;
}

/// What walkers notice on their way.
#[derive(Default)]
struct Seen {
    format: Option<Format>,
    dimensions: Option<(u32, u32)>,
    motion: bool,
    taken: Option<NaiveDateTime>,
    ahead: Option<i16>,
}

impl Seen {
    /// Of several blocks the first one that knows a date.
    fn exif(&mut self, block: &[u8]) {
        if self.taken.is_none()
            && let Some((taken, ahead)) = exif::taken(block)
        {
            (self.taken, self.ahead) = (Some(taken), ahead);
        }
    }

    /// Of several pictures in one file the largest is the one that people mean.
    fn larger(&mut self, dimensions: Option<(u32, u32)>) {
        let area = |(width, height): (u32, u32)| u64::from(width) * u64::from(height);
        self.dimensions = self
            .dimensions
            .into_iter()
            .chain(dimensions)
            .max_by_key(|&size| area(size));
    }
}

/// What a walker concludes.
struct Ending {
    verdict: Verdict,
    trailing: u64,
}

impl Ending {
    fn broken(what: &'static str) -> Self {
        Self {
            verdict: Verdict::Broken(what),
            trailing: 0,
        }
    }
}
