//! RIFF: WebP (RFC 9649) and AVI (Microsoft's "AVI RIFF File Reference"; Matrox's extensions for large files, 1.02).
//!
//! The outermost chunk has the size of the whole file. An AVI of more than a gigabyte is a row of such chunks; a cut exactly between
//! two of them cannot be seen.

use super::fields::Fields;
use super::stream::{At, End, LIMIT, Step};
use super::{Ending, Seen, Verdict, Walker, xmp};

#[derive(Default)]
pub(super) struct Riff {
    /// End of the outermost chunk; `u64::MAX` in a film whose camera never came to write its size.
    outer: Option<u64>,
    has_data: bool,
    /// What follows the outermost chunks is not another one.
    complete: bool,
}

impl Walker for Riff {
    fn step(&mut self, at: At<'_>, seen: &mut Seen) -> Step {
        match self.outer {
            None => self.begin(at),
            Some(end) if at.offset >= end => match at.bytes.get(..12) {
                None => Step::Need(12),
                Some([b'R', b'I', b'F', b'F', _, _, _, _, b'A', b'V', b'I', b'X']) => {
                    self.begin(at)
                }
                Some(_) => {
                    self.complete = true;
                    Step::Rest
                }
            },
            Some(end) => self.chunk(at, end, seen),
        }
    }

    fn end(&mut self, end: End<'_>) -> Ending {
        let Some(outer) = self.outer else {
            return Ending::broken("the file stops within its header");
        };
        if outer == u64::MAX && end.is_clean() && self.has_data {
            return Ending {
                verdict: Verdict::Unchecked,
                trailing: 0,
            };
        }
        if outer > end.total {
            return Ending::broken("the file is shorter than its header says");
        }
        let start = end.rest.get(..4).unwrap_or(end.rest);
        if !self.complete && !start.is_empty() && b"RIFF".starts_with(start) {
            return Ending::broken("the file stops within the header of a chunk");
        }
        if !self.has_data {
            return Ending::broken("the picture data are missing");
        }
        Ending {
            verdict: Verdict::Whole,
            trailing: end.total - outer,
        }
    }
}

impl Riff {
    fn begin(&mut self, at: At<'_>) -> Step {
        let Some(size) = Fields::little(at.bytes).u32(4) else {
            return Step::Need(12);
        };
        if at.bytes.len() < 12 {
            return Step::Need(12);
        }
        self.outer = Some(if size == 0 {
            u64::MAX
        } else {
            at.offset.saturating_add(8 + u64::from(size))
        });
        Step::Skip(12)
    }

    fn chunk(&mut self, at: At<'_>, outer: u64, seen: &mut Seen) -> Step {
        if outer - at.offset < 8 {
            return Step::Skip(outer - at.offset);
        }
        let fields = Fields::little(at.bytes);
        let (Some(kind), Some(size)) = (fields.array::<4>(0), fields.index(4)) else {
            return Step::Need(8);
        };
        let wanted = match &kind {
            b"VP8X" | b"VP8 " => 10,
            b"VP8L" => 5,
            b"avih" => 40,
            b"LIST" => 4,
            b"EXIF" | b"XMP " if size <= LIMIT - 8 => size,
            _ => 0,
        };
        let inside = usize::try_from(outer - at.offset - 8).unwrap_or(usize::MAX);
        let wanted = wanted.min(size).min(inside);
        let Some(body) = fields.slice(8, wanted) else {
            return Step::Need(8 + wanted);
        };
        match &kind {
            b"EXIF" => {
                let block = body.strip_prefix(b"Exif\0\0").unwrap_or(body);
                seen.exif(block);
            }
            b"XMP " => seen.motion |= xmp::says_motion(body),
            b"LIST" if body == b"hdrl" => return Step::Skip(12),
            b"LIST" => self.has_data |= body == b"movi",
            b"ANMF" => self.has_data = true,
            b"VP8X" => seen.dimensions = canvas(body),
            b"VP8 " | b"VP8L" => {
                self.has_data = true;
                seen.dimensions = seen.dimensions.or_else(|| {
                    if body.len() == 5 {
                        lossless(body)
                    } else {
                        lossy(body)
                    }
                });
            }
            b"avih" => {
                let fields = Fields::little(body);
                seen.dimensions = fields.u32(32).zip(fields.u32(36));
            }
            _ => {}
        }
        // Chunks of odd length are padded. One that is larger than the file around it ends with it, as players have it.
        let whole = 8 + size as u64 + (size as u64 & 1);
        Step::Skip(whole.min(outer - at.offset))
    }
}

/// `VP8X`: 24-bit numbers, one less than the size of the canvas (RFC 9649, 2.7.1).
fn canvas(body: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| {
        let bytes = body.get(at..at + 3)?;
        Some(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]) + 1)
    };
    number(4).zip(number(7))
}

/// `VP8 `: a key frame's start code, then 14 bits for each side (RFC 6386, 9.1).
fn lossy(body: &[u8]) -> Option<(u32, u32)> {
    let fields = Fields::little(body);
    let side = |at: usize| Some(u32::from(fields.u16(at)? & 0x3fff));
    (fields.slice(3, 3)? == [0x9d, 1, 0x2a]).then_some((side(6)?, side(8)?))
}

/// `VP8L`: 14 bits each, one less than the size (RFC 9649, 3.4).
fn lossless(body: &[u8]) -> Option<(u32, u32)> {
    let bits = Fields::little(body).u32(1)?;
    (body[0] == 0x2f).then_some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
}
