//! GIF: blocks from the logical screen to the trailer (<https://www.w3.org/Graphics/GIF/spec-gif89a.txt>, appendix B).

use super::fields::Fields;
use super::stream::{At, End, Step};
use super::{Ending, Seen, Verdict, Walker};

#[derive(Default)]
pub(super) struct Gif {
    place: Place,
    has_picture: bool,
    /// Offset behind the trailer.
    end: Option<u64>,
}

#[derive(Clone, Copy, Default)]
enum Place {
    #[default]
    Screen,
    Block,
    /// Data in blocks of up to 255 bytes, the last one empty.
    Data,
}

impl Walker for Gif {
    fn step(&mut self, at: At<'_>, seen: &mut Seen) -> Step {
        match self.place {
            _ if self.end.is_some() => Step::Rest,
            Place::Screen => {
                let fields = Fields::little(at.bytes);
                let (Some(width), Some(height), Some(flags)) =
                    (fields.u16(6), fields.u16(8), fields.u8(10))
                else {
                    return Step::Need(13);
                };
                seen.dimensions = Some((width.into(), height.into()));
                self.place = Place::Block;
                Step::Skip(13 + colours(flags))
            }
            Place::Block => self.block(at),
            Place::Data => {
                if at.bytes[0] == 0 {
                    self.place = Place::Block;
                }
                Step::Skip(1 + u64::from(at.bytes[0]))
            }
        }
    }

    fn end(&mut self, end: End<'_>) -> Ending {
        match self.end {
            Some(complete) => Ending {
                verdict: Verdict::Whole,
                trailing: end.total.saturating_sub(complete),
            },
            None => Ending::broken("the file stops before its trailer"),
        }
    }
}

impl Gif {
    fn block(&mut self, at: At<'_>) -> Step {
        match at.bytes[0] {
            0x2c => {
                let Some(flags) = Fields::little(at.bytes).u8(9) else {
                    return Step::Need(10);
                };
                self.has_picture = true;
                self.place = Place::Data;
                Step::Skip(10 + colours(flags) + 1)
            }
            0x21 => {
                self.place = Place::Data;
                Step::Skip(2)
            }
            0x3b if self.has_picture => {
                self.end = Some(at.offset + 1);
                Step::Skip(1)
            }
            0x3b => Step::Broken("the trailer comes before any picture"),
            // Some encoders end the data twice; decoders do not mind.
            0 => Step::Skip(1),
            _ => Step::Broken("bytes that are no block where one should begin"),
        }
    }
}

/// Length of the colour table that a flags byte announces.
fn colours(flags: u8) -> u64 {
    if flags & 0x80 == 0 {
        0
    } else {
        3 << ((flags & 7) + 1)
    }
}
