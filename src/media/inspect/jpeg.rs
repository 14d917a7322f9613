//! JPEG: markers from SOI to EOI (ITU-T T.81, annex B), then whatever cameras put behind the picture.
//!
//! Embedded thumbnails lie inside APP segments, which are passed over as a whole, so their end markers end nothing here. Behind
//! the end marker phones append more pictures (CIPA DC-007 multi-picture format, gain maps) and clips (motion photos): those
//! are walked too, because a body that was cut is most likely cut there, in its larger half.

use super::bmff::Bmff;
use super::stream::{At, End, Step};
use super::{Ending, Seen, Verdict, Walker, xmp};

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const DNL: u8 = 0xdc;
const APP1: u8 = 0xe1;

/// A picture and what is appended to it.
pub(super) struct Jpeg {
    picture: Picture,
    appended: Appended,
}

enum Appended {
    /// Looking at what comes next, or nothing yet.
    Next,
    Picture(Picture),
    Clip(Box<Bmff>),
    /// Not ours to understand: Samsung's `SEFT` block, padding, a maker's preview.
    Opaque,
}

impl Jpeg {
    pub(super) fn new() -> Self {
        Self {
            picture: Picture::new(),
            appended: Appended::Next,
        }
    }

    fn look_behind(&mut self, bytes: &[u8]) -> Step {
        // Padding; its last zeros may be the upper half of a box's size.
        let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
        if zeros > 4 {
            return Step::Skip(zeros as u64 - 4);
        }
        let Some(start) = bytes.get(..8) else {
            return Step::Need(8);
        };
        if start.starts_with(&[0xff, SOI, 0xff]) {
            self.appended = Appended::Picture(Picture::new());
        } else if &start[4..] == b"ftyp" {
            self.appended = Appended::Clip(Box::new(Bmff::new()));
        } else if start[0] == 0 {
            return Step::Skip(1);
        } else {
            self.appended = Appended::Opaque;
        }
        Step::Skip(0)
    }
}

impl Walker for Jpeg {
    fn step(&mut self, at: At<'_>, seen: &mut Seen) -> Step {
        if self.picture.end.is_none() {
            return self.picture.step(at, seen);
        }
        // What the appendix says of itself is not said of the photo.
        let mut unseen = Seen::default();
        let step = match &mut self.appended {
            Appended::Next => self.look_behind(at.bytes),
            Appended::Picture(picture) if picture.end.is_some() => {
                self.appended = Appended::Next;
                Step::Skip(0)
            }
            Appended::Picture(picture) => picture.step(at, &mut unseen),
            Appended::Clip(clip) => clip.step(at, &mut unseen),
            Appended::Opaque => Step::Rest,
        };
        match step {
            // It began like a picture or a clip and is none: no reason to refuse the photo before it.
            Step::Broken(_) | Step::Rest => {
                self.appended = Appended::Opaque;
                Step::Rest
            }
            step => step,
        }
    }

    fn end(&mut self, end: End<'_>) -> Ending {
        let Some(complete) = self.picture.end else {
            return Ending::broken(self.picture.missing());
        };
        let verdict = match &mut self.appended {
            Appended::Picture(picture) if picture.end.is_none() => {
                Verdict::Broken("a picture appended to the first one is cut short")
            }
            Appended::Clip(clip) => match clip.end(end).verdict {
                Verdict::Broken(_) => {
                    Verdict::Broken("the clip appended to the photo is cut short")
                }
                _ => Verdict::Whole,
            },
            _ => Verdict::Whole,
        };
        Ending {
            verdict,
            trailing: end.total.saturating_sub(complete),
        }
    }
}

/// One picture from SOI to EOI.
struct Picture {
    place: Place,
    has_frame: bool,
    has_scan: bool,
    /// Offset behind the end marker.
    end: Option<u64>,
}

#[derive(Clone, Copy)]
enum Place {
    Start,
    Marker,
    /// Entropy-coded data: ends at the first marker that is neither a restart nor a stuffed byte (T.81, B.1.1.5).
    Scan,
}

impl Picture {
    fn new() -> Self {
        Self {
            place: Place::Start,
            has_frame: false,
            has_scan: false,
            end: None,
        }
    }

    fn missing(&self) -> &'static str {
        match self.place {
            Place::Scan => "the picture data stop before the end marker",
            _ if self.has_scan => "the end marker is missing",
            _ => "the file stops before the picture data",
        }
    }

    fn step(&mut self, at: At<'_>, seen: &mut Seen) -> Step {
        match self.place {
            Place::Start => {
                self.place = Place::Marker;
                Step::Skip(2)
            }
            Place::Marker => self.marker(at, seen),
            Place::Scan => self.scan(at.bytes),
        }
    }

    fn scan(&mut self, bytes: &[u8]) -> Step {
        if let Some(data) = bytes
            .iter()
            .position(|&byte| byte == 0xff)
            .or(Some(bytes.len()))
            .filter(|&data| data > 0)
        {
            return Step::Skip(data as u64);
        }
        match bytes.get(1) {
            None => Step::Need(2),
            Some(0 | 0xd0..=0xd7) => Step::Skip(2),
            Some(0xff) => Step::Skip(1),
            Some(_) => {
                self.place = Place::Marker;
                Step::Skip(0)
            }
        }
    }

    fn marker(&mut self, at: At<'_>, seen: &mut Seen) -> Step {
        let &[first, code, ..] = at.bytes else {
            return Step::Need(2);
        };
        match (first, code) {
            // Fill bytes before a marker, or bytes that belong nowhere: decoders search for the next marker, and so do we.
            (0xff, 0xff) => return Step::Skip(1),
            (0xff, 1..) => {}
            _ => return Step::Skip(1),
        }
        match code {
            EOI if self.has_frame && self.has_scan => {
                self.end = Some(at.offset + 2);
                return Step::Skip(2);
            }
            EOI => return Step::Broken("the end marker comes before the picture data"),
            // Without a length: TEM, restarts, a second SOI.
            0x01 | 0xd0..=0xd7 | SOI => return Step::Skip(2),
            _ => {}
        }
        let &[_, _, high, low, ref body @ ..] = at.bytes else {
            return Step::Need(4);
        };
        let length = u16::from_be_bytes([high, low]);
        if length < 2 {
            return Step::Broken("a segment with an impossible length");
        }
        let needed = match code {
            APP1 => usize::from(length) - 2,
            DNL => 2,
            _ if is_frame(code) => 5,
            _ => 0,
        };
        let Some(body) = body.get(..needed) else {
            return Step::Need(4 + needed);
        };
        match code {
            APP1 => read_app1(body, seen),
            SOS => {
                self.has_scan = true;
                self.place = Place::Scan;
            }
            // The number of lines, where the frame header left it open (T.81, B.2.5).
            DNL => {
                if let Some((width, 0)) = seen.dimensions {
                    seen.dimensions =
                        Some((width, u32::from(u16::from_be_bytes([body[0], body[1]]))));
                }
            }
            _ if is_frame(code) => {
                self.has_frame = true;
                let height = u16::from_be_bytes([body[1], body[2]]);
                let width = u16::from_be_bytes([body[3], body[4]]);
                seen.dimensions.get_or_insert((width.into(), height.into()));
            }
            _ => {}
        }
        Step::Skip(2 + u64::from(length))
    }
}

/// SOF0-SOF15, without DHT, JPG and DAC, which share the range; and SOF55 of JPEG-LS.
fn is_frame(code: u8) -> bool {
    matches!(code, 0xc0..=0xcf | 0xf7) && !matches!(code, 0xc4 | 0xc8 | 0xcc)
}

fn read_app1(body: &[u8], seen: &mut Seen) {
    if let Some(block) = body.strip_prefix(b"Exif\0\0") {
        seen.exif(block);
    } else if let Some(packet) = body.strip_prefix(b"http://ns.adobe.com/xap/1.0/\0") {
        seen.motion |= xmp::says_motion(packet);
    }
}
