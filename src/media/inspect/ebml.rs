//! Matroska and its subset for the web: EBML elements, each with its size (RFC 8794; RFC 9559).
//!
//! A recorder that streams leaves the size of the Segment open. Then a cut between two elements cannot be seen.

use chrono::{DateTime, NaiveDateTime};

use super::fields::Fields;
use super::stream::{At, End, LIMIT, Step};
use super::{Ending, Format, Seen, Verdict, Walker};

const HEADER: u32 = 0x1a45_dfa3;
const DOC_TYPE: u32 = 0x4282;
const SEGMENT: u32 = 0x1853_8067;
const CLUSTER: u32 = 0x1f43_b675;
const INFO: u32 = 0x1549_a966;
const DATE_UTC: u32 = 0x4461;
const TRACKS: u32 = 0x1654_ae6b;
const TRACK_ENTRY: u32 = 0xae;
const VIDEO: u32 = 0xe0;
const PIXEL_WIDTH: u32 = 0xb0;
const PIXEL_HEIGHT: u32 = 0xba;

/// 2001-01-01, where Matroska's dates count from.
const EPOCH: i64 = 978_307_200;

#[derive(Default)]
pub(super) struct Ebml {
    /// End of the Segment; `u64::MAX` when it is left open.
    segment: Option<u64>,
    has_data: bool,
}

impl Walker for Ebml {
    fn step(&mut self, at: At<'_>, seen: &mut Seen) -> Step {
        if self.segment.is_some_and(|end| at.offset >= end) {
            return Step::Rest;
        }
        let element = match Element::read(at.bytes) {
            Ok(element) => element,
            Err(step) => return step,
        };
        let header = element.header as u64;
        let is_read = matches!(element.id, HEADER | INFO | TRACKS);
        let Some(size) = element.size else {
            // Segments and clusters may be open; their children follow as if they stood beside them.
            return match element.id {
                SEGMENT => {
                    self.segment = Some(u64::MAX);
                    Step::Skip(header)
                }
                CLUSTER => {
                    self.has_data = true;
                    Step::Skip(header)
                }
                _ => Step::Broken("an element that has no size and needs one"),
            };
        };
        let whole = header.saturating_add(size);
        match usize::try_from(size)
            .ok()
            .filter(|&size| is_read && size <= LIMIT - 16)
        {
            Some(size) => match at.bytes.get(element.header..element.header + size) {
                Some(body) => read(element.id, body, seen),
                None => return Step::Need(element.header + size),
            },
            None if element.id == SEGMENT => {
                self.segment = Some(at.offset.saturating_add(whole));
                return Step::Skip(header);
            }
            None => {}
        }
        self.has_data |= element.id == CLUSTER;
        let left = self.segment.map_or(u64::MAX, |end| end - at.offset);
        Step::Skip(whole.min(left))
    }

    fn end(&mut self, end: End<'_>) -> Ending {
        match self.segment {
            None => Ending::broken("the file stops within its header"),
            Some(u64::MAX) if !end.is_clean() => Ending::broken("the file stops within an element"),
            Some(u64::MAX) if self.has_data => Ending {
                verdict: Verdict::Unchecked,
                trailing: 0,
            },
            Some(segment) if segment > end.total => {
                Ending::broken("the file is shorter than its header says")
            }
            Some(segment) if self.has_data => Ending {
                verdict: Verdict::Whole,
                trailing: end.total - segment,
            },
            Some(_) => Ending::broken("the film's data are missing"),
        }
    }
}

/// The beginning of an element.
struct Element {
    id: u32,
    /// `None` is "unknown": all bits of the number are ones (RFC 8794, 6.2).
    size: Option<u64>,
    header: usize,
}

impl Element {
    /// Asks for a byte more at a time, because the last element of a file may be two bytes long.
    fn read(bytes: &[u8]) -> Result<Self, Step> {
        let no_element = Step::Broken("bytes that are no element where one should begin");
        let first = *bytes.first().ok_or(Step::Need(1))?;
        let id_length = first.leading_zeros() as usize + 1;
        if id_length > 4 {
            return Err(no_element);
        }
        let second = *bytes.get(id_length).ok_or(Step::Need(id_length + 1))?;
        let size_length = second.leading_zeros() as usize + 1;
        if size_length > 8 {
            return Err(no_element);
        }
        let header = id_length + size_length;
        let bytes = bytes.get(..header).ok_or(Step::Need(header))?;
        let number = |bytes: &[u8]| {
            bytes
                .iter()
                .fold(0_u64, |number, &byte| number << 8 | u64::from(byte))
        };
        let id = u32::try_from(number(&bytes[..id_length])).unwrap_or(0);
        let mask = (1_u64 << (7 * size_length)) - 1;
        let size = number(&bytes[id_length..]) & mask;
        Ok(Self {
            id,
            size: (size != mask).then_some(size),
            header,
        })
    }
}

/// The elements in a row, until one does not fit.
fn elements(row: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    let mut rest = row;
    std::iter::from_fn(move || {
        let element = Element::read(rest).ok()?;
        let size = usize::try_from(element.size?).ok()?;
        let body = rest.get(element.header..element.header.checked_add(size)?)?;
        rest = &rest[element.header + size..];
        Some((element.id, body))
    })
}

fn child(row: &[u8], id: u32) -> Option<&[u8]> {
    elements(row).find_map(|(other, body)| (other == id).then_some(body))
}

fn read(id: u32, body: &[u8], seen: &mut Seen) {
    match id {
        HEADER if child(body, DOC_TYPE) == Some(b"webm") => seen.format = Some(Format::WebM),
        INFO => seen.taken = seen.taken.or_else(|| date(child(body, DATE_UTC)?)),
        TRACKS => {
            for (_, track) in elements(body).filter(|(id, _)| *id == TRACK_ENTRY) {
                seen.larger(child(track, VIDEO).and_then(picture));
            }
        }
        _ => {}
    }
}

fn picture(video: &[u8]) -> Option<(u32, u32)> {
    let side = |id| {
        let bytes = child(video, id)?;
        (bytes.len() <= 4).then(|| {
            bytes
                .iter()
                .fold(0_u32, |side, &byte| side << 8 | u32::from(byte))
        })
    };
    side(PIXEL_WIDTH).zip(side(PIXEL_HEIGHT))
}

/// Nanoseconds since [`EPOCH`].
fn date(body: &[u8]) -> Option<NaiveDateTime> {
    let nanoseconds = Fields::big(body).u64(0)?.cast_signed();
    let seconds = EPOCH.checked_add(nanoseconds.div_euclid(1_000_000_000))?;
    DateTime::from_timestamp(seconds, 0).map(|date| date.naive_utc())
}
