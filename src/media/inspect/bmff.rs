//! ISO base media files: MP4, MOV, 3GP, HEIC, AVIF, CR3 (ISO/IEC 14496-12; Apple's "`QuickTime` File Format"; ISO/IEC 23008-12).
//!
//! A file is a row of boxes, each with its size, that tile it from the first byte to the last. A cut leaves a box that reaches
//! beyond the end, or one that must be there and is not. Where boxes alone cannot tell (a last box that says "to the end of the
//! file", a cut exactly between two boxes) the tables inside are asked how far the data they describe should reach.

use super::fields::Fields;
use super::heif::{self, Item};
use super::kinds::{Kind, brand, is_top_level};
use super::stream::{At, End, LIMIT, Step};
use super::{Ending, FormatKind, Seen, Verdict, Walker, movie};

#[derive(Default)]
pub(super) struct Bmff {
    place: Place,
    /// Where the file begins: not at 0 for a clip behind a photo.
    base: Option<u64>,
    /// Ends of the boxes whose children are being walked.
    parents: Vec<u64>,
    found: Found,
    /// Offset behind the last byte that a table points to.
    needed: u64,
    /// Where EXIF and XMP of a HEIC file will pass by.
    items: Vec<Item>,
    /// Offset of the first byte that is no box, behind a complete structure.
    complete: Option<u64>,
}

#[derive(Clone, Copy, Default)]
enum Place {
    #[default]
    Header,
    /// A table of chunk offsets of 4 or 8 bytes each.
    Offsets { width: u8, left: u64, end: u64 },
    /// The payload of a box that ends there, in which items may lie.
    Data { end: u64 },
}

#[derive(Clone, Copy, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each seen or not"
)]
struct Found {
    is_photo: bool,
    movie: bool,
    data: bool,
    items: bool,
    item_data: bool,
    fragments: bool,
    /// A fragment's header came, its data did not yet.
    open_fragment: bool,
    /// Something that says how far the fragments reach.
    fragment_index: bool,
    /// The last box has no size and reaches to the end of the file.
    open_end: bool,
}

impl Bmff {
    pub(super) fn new() -> Self {
        Self::default()
    }

    fn is_complete(&self) -> bool {
        let found = &self.found;
        (found.movie && found.data)
            || (found.is_photo && found.items && (found.data || found.item_data))
    }

    fn header(&mut self, at: At<'_>, seen: &mut Seen) -> Step {
        while self.parents.last().is_some_and(|&end| at.offset >= end) {
            self.parents.pop();
        }
        let parent = self.parents.last().copied();
        if let Some(end) = parent.filter(|end| end - at.offset < 8) {
            return Step::Skip(end - at.offset); // QuickTime ends some lists of boxes with a zero
        }
        let fields = Fields::big(at.bytes);
        let (Some(size), Some(kind)) = (fields.u32(0), fields.array(4)) else {
            return Step::Need(8);
        };
        if parent.is_none() && self.is_complete() && !is_top_level(kind) {
            return self.rest(at.offset);
        }
        let (header, size) = match size {
            0 => (8, u64::MAX), // to the end of the file, or of the box around it
            1 => match fields.u64(8) {
                // The largest size there is means no end, above; nobody has such a file.
                Some(size) => (16, size.min(u64::MAX - 1)),
                None => return Step::Need(16),
            },
            size => (8, size.into()),
        };
        self.found.open_end = parent.is_none() && size == u64::MAX;
        if size < header {
            return if parent.is_none() && self.is_complete() {
                self.rest(at.offset)
            } else {
                Step::Broken("bytes that are no box where one should begin")
            };
        }
        let end = at
            .offset
            .saturating_add(size)
            .min(parent.unwrap_or(u64::MAX));
        let this = This { kind, header, end };
        match parent {
            None => self.top_level(at, this, seen),
            Some(_) => self.inside_movie(at, this, seen),
        }
    }

    fn rest(&mut self, offset: u64) -> Step {
        self.complete = Some(offset);
        Step::Rest
    }

    fn top_level(&mut self, at: At<'_>, this: This, seen: &mut Seen) -> Step {
        let size = this.end - at.offset;
        let payload = match this.payload(at) {
            Ok(payload) => payload,
            Err(needed) => return needed,
        };
        let found = &mut self.found;
        match &this.kind {
            b"ftyp" => {
                let format = brand(payload);
                seen.format = Some(format);
                found.is_photo = format.kind() == FormatKind::Photo;
            }
            b"moov" => found.movie = true,
            b"mdat" => {
                found.data = true;
                found.open_fragment = false;
                self.place = Place::Data { end: this.end };
                return Step::Skip(this.header);
            }
            b"moof" => (found.fragments, found.open_fragment) = (true, true),
            b"mfra" => found.fragment_index = true,
            b"sidx" => {
                if let Some(length) = movie::indexed_length(payload) {
                    found.fragment_index = true;
                    self.needed = self.needed.max(this.end.saturating_add(length));
                }
            }
            b"meta" => {
                found.items = true;
                let meta = heif::read(payload);
                found.item_data |= meta.has_item_data;
                seen.larger(meta.dimensions);
                self.needed = self
                    .needed
                    .max(meta.needed.saturating_add(self.base.unwrap_or(0)));
                self.items = meta.items;
            }
            // The clip of a motion photo in a HEIC or AVIF file.
            b"mpvd" => seen.motion = true,
            _ => {}
        }
        if &this.kind == b"moov" && !self.found.open_end {
            self.parents.push(this.end);
            return Step::Skip(this.header);
        }
        Step::Skip(size)
    }

    fn inside_movie(&mut self, at: At<'_>, this: This, seen: &mut Seen) -> Step {
        let payload = match this.payload(at) {
            Ok(payload) => payload,
            Err(needed) => return needed,
        };
        match &this.kind {
            b"trak" | b"mdia" | b"minf" | b"stbl" if self.parents.len() < 8 => {
                self.parents.push(this.end);
                return Step::Skip(this.header);
            }
            b"mvhd" => seen.taken = seen.taken.or_else(|| movie::created(payload)),
            b"tkhd" => seen.larger(movie::track_size(payload)),
            b"stco" | b"co64" => {
                let width = if this.kind == *b"stco" { 4 } else { 8 };
                let count = Fields::big(payload).u32(4).unwrap_or(0);
                let start = at.offset + this.header + 8;
                let left = u64::from(count).min(this.end.saturating_sub(start) / u64::from(width));
                if left > 0 {
                    self.place = Place::Offsets {
                        width,
                        left,
                        end: this.end,
                    };
                    return Step::Skip(this.header + 8);
                }
            }
            _ => {}
        }
        Step::Skip(this.end - at.offset)
    }

    fn offsets(&mut self, at: At<'_>, width: u8, left: u64, end: u64) -> Step {
        if left == 0 {
            self.place = Place::Header;
            return Step::Skip(end.saturating_sub(at.offset));
        }
        let entries = at
            .bytes
            .chunks_exact(width.into())
            .take(usize::try_from(left).unwrap_or(usize::MAX));
        let mut read = 0;
        for entry in entries {
            let chunk = Fields::big(entry).sized(0, width.into()).unwrap_or(0);
            let chunk = chunk.saturating_add(self.base.unwrap_or(0));
            self.needed = self.needed.max(chunk.saturating_add(1));
            read += 1;
        }
        if read == 0 {
            return Step::Need(width.into());
        }
        self.place = Place::Offsets {
            width,
            left: left - read,
            end,
        };
        Step::Skip(read * u64::from(width))
    }

    fn data(&mut self, at: At<'_>, end: u64, seen: &mut Seen) -> Step {
        let here = at.offset - self.base.unwrap_or(0);
        let next = self
            .items
            .iter()
            .filter(|item| item.offset >= here)
            .min_by_key(|item| item.offset)
            .copied();
        let Some(item) = next.filter(|item| item.offset - here < end - at.offset) else {
            self.place = Place::Header;
            return Step::Skip(end - at.offset);
        };
        if item.offset > here {
            return Step::Skip(item.offset - here);
        }
        let Some(bytes) = at.bytes.get(..item.length) else {
            return Step::Need(item.length);
        };
        item.read(bytes, seen);
        self.items.retain(|other| *other != item);
        Step::Skip(0)
    }
}

impl Walker for Bmff {
    fn step(&mut self, at: At<'_>, seen: &mut Seen) -> Step {
        self.base.get_or_insert(at.offset);
        match self.place {
            Place::Header => self.header(at, seen),
            Place::Offsets { width, left, end } => self.offsets(at, width, left, end),
            Place::Data { end } => self.data(at, end, seen),
        }
    }

    fn end(&mut self, end: End<'_>) -> Ending {
        let found = &self.found;
        if self.complete.is_none() {
            let is_inside = |box_end: &u64| *box_end <= end.total;
            let data_end = if let Place::Data { end } = self.place {
                end
            } else {
                0
            };
            let is_cut = end.within_skip || !is_inside(&data_end);
            if is_cut && !found.open_end || !self.parents.iter().all(is_inside) {
                return Ending::broken("a box reaches beyond the end");
            }
            // Up to seven bytes after a complete structure: a box that was cut short, unless its size could not be one.
            let is_scribble = self.is_complete() && end.rest.first().is_some_and(|&byte| byte != 0);
            if !end.rest.is_empty() && !is_scribble {
                return Ending::broken("the file stops within the header of a box");
            }
        }
        if !self.is_complete() {
            return Ending::broken(match (found.is_photo, found.movie, found.data) {
                (true, _, false) => "the picture data are missing",
                (true, ..) => "the picture's description (meta) is missing",
                (false, false, _) => "the film's index (moov) is missing",
                (false, true, _) => "the film's data (mdat) are missing",
            });
        }
        if found.open_fragment {
            return Ending::broken("the film's last fragment is missing");
        }
        if self.needed > end.total {
            return Ending::broken("its tables point beyond its end");
        }
        let is_checked = if found.fragments {
            found.fragment_index
        } else {
            !found.open_end || found.items
        };
        let verdict = if is_checked {
            Verdict::Whole
        } else {
            Verdict::Unchecked
        };
        let leftover = end.rest.len() as u64;
        let complete = self.complete.unwrap_or(end.total - leftover);
        Ending {
            verdict,
            trailing: end.total.saturating_sub(complete),
        }
    }
}

/// One box: its kind, the length of its header, and where it ends; nowhere (`u64::MAX`) when it has no size.
#[derive(Clone, Copy)]
struct This {
    kind: Kind,
    header: u64,
    end: u64,
}

impl This {
    /// As much of the payload as this kind of box is read for, or the step that brings it.
    fn payload<'a>(&self, at: At<'a>) -> Result<&'a [u8], Step> {
        let wanted = match &self.kind {
            b"ftyp" => 1024,
            b"meta" | b"sidx" => LIMIT as u64 - 16,
            b"mvhd" => 20,
            b"tkhd" => 92,
            b"stco" | b"co64" => 8,
            _ => 0,
        };
        let size = self.end.saturating_sub(at.offset + self.header);
        let header = usize::try_from(self.header).unwrap_or(16);
        // Of a larger box of items, nothing: half a table is worse than none.
        let wanted = if wanted > 1024 && size > wanted {
            0
        } else {
            size.min(wanted)
        };
        let end = header + usize::try_from(wanted).unwrap_or(0);
        at.bytes.get(header..end).ok_or(Step::Need(end))
    }
}
