//! MPEG transport streams (`.ts`, camcorders' `.mts` and `.m2ts`), program streams and bare MPEG video (ISO/IEC 13818-1 and -2).
//!
//! Broadcast formats: packet follows packet, and any of them may be the last. A cut within a packet is seen, one between two
//! packets cannot be.

use super::fields::Fields;
use super::stream::{At, End, Step};
use super::{Ending, Seen, Verdict, Walker};

const SYNC: u8 = 0x47;

/// Packets of 188 bytes, or of 192 with a time stamp of four bytes before each (Blu-ray and AVCHD).
pub(super) struct Transport {
    packet: usize,
}

impl Transport {
    /// By the sync bytes of the first packets; three of them, where the file is that long.
    pub(super) fn sniff(head: &[u8]) -> Option<Self> {
        let fits = |packet: usize, at: usize| {
            let mut syncs = head.iter().skip(at).step_by(packet).take(3);
            head.len() >= packet && syncs.all(|&byte| byte == SYNC)
        };
        let packet = if fits(188, 0) { 188 } else { 192 };
        (packet == 188 || fits(192, 4)).then_some(Self { packet })
    }
}

impl Walker for Transport {
    fn step(&mut self, at: At<'_>, _: &mut Seen) -> Step {
        let mut packets = at.bytes.chunks_exact(self.packet);
        let count = packets.len() as u64;
        if count == 0 {
            return Step::Need(self.packet);
        }
        if packets.any(|packet| packet[self.packet - 188] != SYNC) {
            return Step::Broken("its packets are out of step");
        }
        Step::Skip(count * self.packet as u64)
    }

    fn end(&mut self, end: End<'_>) -> Ending {
        if end.is_clean() {
            Ending {
                verdict: Verdict::Unchecked,
                trailing: 0,
            }
        } else {
            Ending::broken("the file stops within a packet")
        }
    }
}

/// Packs and packets, each with a start code, until the end code, which may be missing.
#[derive(Default)]
pub(super) struct Program {
    is_ended: bool,
    is_lost: bool,
}

impl Walker for Program {
    fn step(&mut self, at: At<'_>, _: &mut Seen) -> Step {
        let fields = Fields::big(at.bytes);
        let Some(code) = fields.u32(0) else {
            return Step::Need(4);
        };
        match code {
            // A pack header is longer in MPEG-2, and may be stuffed (ISO/IEC 13818-1, 2.5.3.4).
            0x1ba => match (fields.u8(4), fields.u8(13)) {
                (Some(mark), Some(stuffing)) if mark >> 6 == 1 => {
                    Step::Skip(14 + u64::from(stuffing & 7))
                }
                (Some(_), Some(_)) => Step::Skip(12),
                _ => Step::Need(14),
            },
            0x1b9 => {
                self.is_ended = true;
                Step::Rest
            }
            0x1bb..=0x1ff => match fields.u16(4) {
                Some(length) => Step::Skip(6 + u64::from(length)),
                None => Step::Need(6),
            },
            // Padding between packs.
            0..=0xffff => Step::Skip(1),
            _ => {
                self.is_lost = true;
                Step::Rest
            }
        }
    }

    fn end(&mut self, end: End<'_>) -> Ending {
        let verdict = match () {
            () if self.is_ended => Verdict::Whole,
            () if self.is_lost || end.is_clean() => Verdict::Unchecked,
            () => Verdict::Broken("the file stops within a packet"),
        };
        Ending {
            verdict,
            trailing: 0,
        }
    }
}

/// A bare video sequence: pictures and slices without sizes, perhaps with an end code as its last word.
#[derive(Default)]
pub(super) struct Sequence;

impl Walker for Sequence {
    fn step(&mut self, at: At<'_>, seen: &mut Seen) -> Step {
        let Some(sides) = Fields::big(at.bytes).u32(4) else {
            return Step::Need(8);
        };
        seen.dimensions = Some((sides >> 20, sides >> 8 & 0xfff));
        Step::Rest
    }

    fn end(&mut self, end: End<'_>) -> Ending {
        let verdict = match end.last {
            _ if !end.is_clean() => Verdict::Broken("the file stops within its header"),
            [0, 0, 1, 0xb7] => Verdict::Whole,
            _ => Verdict::Unchecked,
        };
        Ending {
            verdict,
            trailing: 0,
        }
    }
}
