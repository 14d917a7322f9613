//! ASF (WMV) and FLV: rows of objects or tags with their sizes (Microsoft's "Advanced Systems Format Specification", 2 and 3; Adobe's
//! "Video File Format Specification", annex E).

use super::fields::Fields;
use super::stream::{At, End, Step};
use super::{Ending, Seen, Verdict, Walker};

pub(super) const HEADER: [u8; 16] =
    *b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c";
const DATA: [u8; 16] = *b"\x36\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c";
const FILE_PROPERTIES: [u8; 16] =
    *b"\xa1\xdc\xab\x8c\x47\xa9\xcf\x11\x8e\xe4\x00\xc0\x0c\x20\x53\x65";

/// Objects with a name of 16 bytes and a size of eight. The header is walked into for the size of the file, which it holds.
#[derive(Default)]
pub(super) struct Asf {
    header_end: u64,
    has_data: bool,
    /// Length of the file as its properties have it; 0 in a broadcast.
    length: u64,
}

impl Walker for Asf {
    fn step(&mut self, at: At<'_>, _: &mut Seen) -> Step {
        let fields = Fields::little(at.bytes);
        let (Some(name), Some(size)) = (fields.array::<16>(0), fields.u64(16)) else {
            return Step::Need(24);
        };
        if name == HEADER && at.offset == 0 {
            self.header_end = size;
            return Step::Skip(30);
        }
        if size < 24 {
            // A broadcast's data have no size; anything else is no object.
            return if name == DATA || self.has_data {
                Step::Rest
            } else {
                Step::Broken("an object with an impossible size")
            };
        }
        if name == FILE_PROPERTIES {
            let (Some(length), Some(flags)) = (fields.u64(40), fields.u32(88)) else {
                return Step::Need(92);
            };
            self.length = if flags & 1 == 1 { 0 } else { length };
        }
        self.has_data |= name == DATA;
        Step::Skip(size)
    }

    fn end(&mut self, end: End<'_>) -> Ending {
        if !self.has_data || self.header_end > end.total {
            return Ending::broken("the film's data are missing");
        }
        if self.length > end.total {
            return Ending::broken("the file is shorter than its header says");
        }
        if !end.is_clean() {
            return Ending::broken("the file stops within an object");
        }
        if self.length == 0 {
            return Ending {
                verdict: Verdict::Unchecked,
                trailing: 0,
            };
        }
        Ending {
            verdict: Verdict::Whole,
            trailing: end.total - self.length,
        }
    }
}

/// Tags, each followed by its own length. Nothing says which is the last.
#[derive(Default)]
pub(super) struct Flv {
    has_header: bool,
    has_data: bool,
}

impl Walker for Flv {
    fn step(&mut self, at: At<'_>, _: &mut Seen) -> Step {
        let fields = Fields::big(at.bytes);
        if !self.has_header {
            let Some(length) = fields.u32(5) else {
                return Step::Need(9);
            };
            self.has_header = true;
            return Step::Skip(u64::from(length).saturating_add(4));
        }
        let Some(head) = fields.u32(0) else {
            return Step::Need(4);
        };
        match head >> 24 & 0x1f {
            8 | 9 | 18 => {
                self.has_data = true;
                Step::Skip(11 + u64::from(head & 0x00ff_ffff) + 4)
            }
            _ => Step::Broken("bytes that are no tag where one should begin"),
        }
    }

    fn end(&mut self, end: End<'_>) -> Ending {
        if self.has_data && end.is_clean() {
            Ending {
                verdict: Verdict::Unchecked,
                trailing: 0,
            }
        } else {
            Ending::broken("the file stops within a tag")
        }
    }
}
