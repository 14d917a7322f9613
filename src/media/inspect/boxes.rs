//! JPEG 2000 and JPEG XL: picture data in a short row of boxes, or bare (ISO/IEC 15444-1, annexes A and I; ISO/IEC 18181-2).
//!
//! Not with `bmff`: the boxes are the same, but what makes a file whole is not. A bare JPEG XL codestream, or one in a last box without a
//! size, does not say where it ends.

use super::fields::Fields;
use super::stream::{At, End, Step};
use super::{Ending, Seen, Verdict, Walker};

#[derive(Default)]
pub(super) struct Boxes {
    /// End of the box whose children are walked: `jp2h`.
    header_end: u64,
    has_data: bool,
    open: Open,
    /// Offset of the first byte that is no box, behind the picture data.
    complete: Option<u64>,
}

/// What the last box without a size holds.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Open {
    #[default]
    Nothing,
    /// A codestream with an end marker.
    Jpeg2000,
    JpegXl,
}

impl Walker for Boxes {
    fn step(&mut self, at: At<'_>, seen: &mut Seen) -> Step {
        let fields = Fields::big(at.bytes);
        let (Some(size), Some(kind)) = (fields.u32(0), fields.array::<4>(4)) else {
            return Step::Need(8);
        };
        let (header, size) = match size {
            0 => (8, u64::MAX),
            1 => match fields.u64(8) {
                Some(size) => (16, size.min(u64::MAX - 1)),
                None => return Step::Need(16),
            },
            size => (8, u64::from(size)),
        };
        if size < header || !kind.iter().all(|byte| (b' '..=b'~').contains(byte)) {
            if !self.has_data {
                return Step::Broken("bytes that are no box where one should begin");
            }
            self.complete = Some(at.offset);
            return Step::Rest;
        }
        let is_open = size == u64::MAX;
        match &kind {
            b"jp2h" => {
                self.header_end = at.offset.saturating_add(size);
                return Step::Skip(header);
            }
            b"ihdr" if at.offset < self.header_end => {
                let (Some(height), Some(width)) = (fields.u32(8), fields.u32(12)) else {
                    return Step::Need(16);
                };
                seen.dimensions = Some((width, height));
            }
            b"jp2c" => {
                self.has_data = true;
                self.open = if is_open {
                    Open::Jpeg2000
                } else {
                    Open::Nothing
                };
            }
            b"jxlc" => {
                self.has_data = true;
                self.open = if is_open { Open::JpegXl } else { Open::Nothing };
            }
            // Parts are counted, and the last one's number has its highest bit set (ISO/IEC 18181-2, 9.9).
            b"jxlp" => {
                let Some(part) = fields.u32(usize::try_from(header).unwrap_or(8)) else {
                    return Step::Need(20);
                };
                self.has_data |= part >> 31 == 1;
                self.open = if is_open { Open::JpegXl } else { Open::Nothing };
            }
            _ => {}
        }
        Step::Skip(size)
    }

    fn end(&mut self, end: End<'_>) -> Ending {
        if !self.has_data {
            return Ending::broken("the picture data are missing");
        }
        let trailing = self
            .complete
            .map_or(0, |complete| end.total.saturating_sub(complete));
        let is_ended = end.last.ends_with(&[0xff, 0xd9]);
        match self.open {
            _ if self.complete.is_some() => Ending {
                verdict: Verdict::Whole,
                trailing,
            },
            Open::JpegXl => Ending {
                verdict: Verdict::Unchecked,
                trailing: 0,
            },
            Open::Jpeg2000 if is_ended => Ending {
                verdict: Verdict::Whole,
                trailing: 0,
            },
            Open::Nothing if end.is_clean() && self.header_end <= end.total => Ending {
                verdict: Verdict::Whole,
                trailing: 0,
            },
            _ => Ending::broken("the file stops within a box"),
        }
    }
}

/// A bare JPEG 2000 codestream: ends with its end marker (EOC), which its data cannot contain.
#[derive(Default)]
pub(super) struct Codestream;

impl Walker for Codestream {
    fn step(&mut self, at: At<'_>, seen: &mut Seen) -> Step {
        // SIZ: size of the grid, offset of the picture on it (ISO/IEC 15444-1, A.5.1).
        let fields = Fields::big(at.bytes);
        let side = |at: usize| fields.u32(at)?.checked_sub(fields.u32(at + 8)?);
        if at.bytes.len() < 24 {
            return Step::Need(24);
        }
        seen.dimensions = side(8).zip(side(12));
        Step::Rest
    }

    fn end(&mut self, end: End<'_>) -> Ending {
        if end.last.ends_with(&[0xff, 0xd9]) {
            Ending {
                verdict: Verdict::Whole,
                trailing: 0,
            }
        } else {
            Ending::broken("the end marker is missing")
        }
    }
}

/// A file of which nothing but the beginning is understood.
#[derive(Default)]
pub(super) struct Opaque;

impl Walker for Opaque {
    fn step(&mut self, _: At<'_>, _: &mut Seen) -> Step {
        Step::Rest
    }

    fn end(&mut self, _: End<'_>) -> Ending {
        Ending {
            verdict: Verdict::Unchecked,
            trailing: 0,
        }
    }
}
