//! PNG and APNG: chunks from the signature to IEND, each with a checksum (<https://www.w3.org/TR/png-3/>, section 5).

use super::fields::Fields;
use super::stream::{At, End, LIMIT, Step};
use super::{Ending, Seen, Verdict, Walker, xmp};

#[derive(Default)]
pub(super) struct Png {
    place: Place,
    has_header: bool,
    has_data: bool,
    /// Offset behind IEND.
    end: Option<u64>,
}

#[derive(Clone, Copy, Default)]
enum Place {
    #[default]
    Signature,
    Chunk,
    Body {
        kind: [u8; 4],
        left: u64,
        crc: u32,
    },
}

impl Walker for Png {
    fn step(&mut self, at: At<'_>, seen: &mut Seen) -> Step {
        match self.place {
            _ if self.end.is_some() => Step::Rest,
            Place::Signature => {
                self.place = Place::Chunk;
                Step::Skip(8)
            }
            Place::Chunk => self.chunk(at.bytes, seen),
            Place::Body { kind, left: 0, crc } => self.checksum(at, kind, crc),
            Place::Body { kind, left, crc } => {
                let length = usize::try_from(left)
                    .unwrap_or(usize::MAX)
                    .min(at.bytes.len());
                let crc = update(crc, &at.bytes[..length]);
                self.place = Place::Body {
                    kind,
                    left: left - length as u64,
                    crc,
                };
                Step::Skip(length as u64)
            }
        }
    }

    fn end(&mut self, end: End<'_>) -> Ending {
        match self.end {
            Some(complete) => Ending {
                verdict: Verdict::Whole,
                trailing: end.total.saturating_sub(complete),
            },
            None if self.has_data => Ending::broken("the file stops before its last chunk (IEND)"),
            None => Ending::broken("the file stops before the picture data"),
        }
    }
}

impl Png {
    fn chunk(&mut self, bytes: &[u8], seen: &mut Seen) -> Step {
        let fields = Fields::big(bytes);
        let (Some(length), Some(kind)) = (fields.index(0), fields.array::<4>(4)) else {
            return Step::Need(8);
        };
        if length > 0x7fff_ffff || !kind.iter().all(u8::is_ascii_alphabetic) {
            return Step::Broken("bytes that are no chunk where one should begin");
        }
        // CgBI comes first in the variant that Apple's tools write.
        if !self.has_header && !matches!(&kind, b"IHDR" | b"CgBI") {
            return Step::Broken("the header chunk (IHDR) is missing");
        }
        if matches!(&kind, b"IHDR" | b"eXIf" | b"iTXt") && length <= LIMIT - 8 {
            let Some(body) = fields.slice(8, length) else {
                return Step::Need(8 + length);
            };
            self.read(kind, body, seen);
        }
        self.has_data |= &kind == b"IDAT";
        self.place = Place::Body {
            kind,
            left: length as u64,
            crc: update(u32::MAX, &kind),
        };
        Step::Skip(8)
    }

    fn read(&mut self, kind: [u8; 4], body: &[u8], seen: &mut Seen) {
        let fields = Fields::big(body);
        match &kind {
            b"IHDR" => {
                self.has_header = true;
                seen.dimensions = seen
                    .dimensions
                    .or_else(|| Some((fields.u32(0)?, fields.u32(4)?)));
            }
            b"eXIf" => seen.exif(body),
            _ if body.starts_with(b"XML:com.adobe.xmp\0") => seen.motion |= xmp::says_motion(body),
            _ => {}
        }
    }

    fn checksum(&mut self, at: At<'_>, kind: [u8; 4], crc: u32) -> Step {
        let Some(expected) = Fields::big(at.bytes).u32(0) else {
            return Step::Need(4);
        };
        if expected != !crc {
            return Step::Broken("the checksum of a chunk does not match");
        }
        if &kind == b"IEND" {
            if !self.has_data {
                return Step::Broken("the picture data are missing");
            }
            self.end = Some(at.offset + 4);
        }
        self.place = Place::Chunk;
        Step::Skip(4)
    }
}

/// CRC-32 of ISO 3309, as in annex D of the specification; begun with all ones and complemented at the end.
fn update(crc: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(crc, |crc, &byte| {
        TABLE[usize::from(crc.to_le_bytes()[0] ^ byte)] ^ (crc >> 8)
    })
}

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0_u32;
    while byte < 256 {
        let mut value = byte;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 {
                0xedb8_8320 ^ (value >> 1)
            } else {
                value >> 1
            };
            bit += 1;
        }
        table[byte as usize] = value;
        byte += 1;
    }
    table
};
