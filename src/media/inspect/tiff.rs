//! TIFF and the camera raw formats built on it: DNG, CR2, NEF, ARW, PEF (Adobe "TIFF 6.0"; DNG specification; Exif 3.0).
//!
//! A TIFF has no end of its own: directories point anywhere in the file, also backwards. What lies ahead is visited in the order of
//! its offset, every pointer says how far the file must reach, and what lies behind is given up: then a file can at best
//! be `Unchecked`. Writers that put a directory behind its data, and those that put it before, are both checked to the last byte.

use std::collections::{BTreeMap, BTreeSet};

use super::exif;
use super::fields::{Fields, Order};
use super::stream::{At, End, Step};
use super::tiff_entry::{
    DNG_VERSION, Entry, HEIGHT, PREVIEW_LENGTH, PREVIEW_OFFSET, STRIP_COUNTS, STRIP_OFFSETS,
    SUB_DIRECTORIES, TILE_COUNTS, TILE_OFFSETS, WIDTH,
};
use super::{Ending, Format, Seen, Verdict, Walker};

/// More than any camera writes; a bound for files that are made to loop.
const MOST_DIRECTORIES: usize = 256;
const MOST_ENTRIES: usize = 4096;
/// Places and lengths of strips that may be kept at once, over all directories.
const MOST_STRIPS: usize = 32 * 1024;

pub(super) struct Tiff {
    order: Order,
    depth: Depth,
    /// What is to be looked at ahead, by offset; the second number keeps two tasks at one place apart.
    tasks: BTreeMap<(u64, usize), Task>,
    task_count: usize,
    visited: BTreeSet<u64>,
    /// Places of picture data that wait for their lengths, and the other way round, one for each directory and kind.
    extents: Vec<Extents>,
    strips_kept: usize,
    needed: u64,
    has_picture: bool,
    /// A pointer led backwards, or there was too much to keep.
    has_missed: bool,
}

/// How much of the file is understood.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    Everything,
    /// Only the first directory, in raw formats with rules of their own.
    FirstDirectory,
}

#[derive(Clone, Copy)]
enum Task {
    Directory,
    SubDirectories {
        count: usize,
    },
    Date,
    Offsets {
        extents: usize,
        width: usize,
        count: usize,
    },
    Counts {
        extents: usize,
        width: usize,
        count: usize,
    },
}

#[derive(Default)]
struct Extents {
    offsets: Option<Vec<u64>>,
    counts: Option<Vec<u64>>,
}

impl Tiff {
    /// For a file that begins with `II` or `MM`.
    pub(super) fn new(head: &[u8], depth: Depth) -> Self {
        Self {
            order: exif::byte_order(head).unwrap_or(Order::Big),
            depth,
            tasks: BTreeMap::new(),
            task_count: 0,
            visited: BTreeSet::new(),
            extents: Vec::new(),
            strips_kept: 0,
            needed: 8,
            has_picture: false,
            has_missed: false,
        }
    }

    fn add(&mut self, here: u64, place: u64, task: Task) {
        if place < here || self.task_count > MOST_DIRECTORIES * 8 {
            self.has_missed = true;
            return;
        }
        self.tasks.insert((place, self.task_count), task);
        self.task_count += 1;
    }

    fn directory(&mut self, at: At<'_>, seen: &mut Seen) -> Result<(), Step> {
        let fields = Fields::new(at.bytes, self.order);
        let count = usize::from(fields.u16(0).ok_or(Step::Need(2))?);
        if count > MOST_ENTRIES {
            return Err(Step::Broken("a directory of unreasonable size"));
        }
        let length = 2 + 12 * count + 4;
        if at.bytes.len() < length {
            return Err(Step::Need(length));
        }
        if !self.visited.insert(at.offset) || self.visited.len() > MOST_DIRECTORIES {
            self.has_missed = true;
            return Ok(());
        }
        if self.depth == Depth::FirstDirectory {
            self.has_missed = true;
            return Ok(());
        }
        let entries: Vec<Entry> = (0..count)
            .filter_map(|n| Entry::read(fields, at.offset, 2 + 12 * n))
            .collect();
        for entry in &entries {
            self.entry(at.offset, *entry, seen);
        }
        let value = |tag| entries.iter().find(|entry| entry.tag == tag)?.first;
        let side = |tag| u32::try_from(value(tag)?).ok();
        seen.larger(side(WIDTH).zip(side(HEIGHT)));
        if let Some((place, length)) = value(PREVIEW_OFFSET).zip(value(PREVIEW_LENGTH)) {
            self.needed = self.needed.max(place.saturating_add(length));
        }
        for (offsets, counts) in [(STRIP_OFFSETS, STRIP_COUNTS), (TILE_OFFSETS, TILE_COUNTS)] {
            let find = |tag| entries.iter().find(|entry| entry.tag == tag).copied();
            if let Some((offsets, counts)) = find(offsets).zip(find(counts)) {
                self.picture(at.offset, offsets, counts);
            }
        }
        if let Some(next @ 1..) = fields.u32(length - 4) {
            self.add(at.offset, next.into(), Task::Directory);
        }
        Ok(())
    }

    fn entry(&mut self, here: u64, entry: Entry, seen: &mut Seen) {
        let length = entry.width.saturating_mul(entry.count) as u64;
        self.needed = self.needed.max(entry.place.saturating_add(length));
        match (entry.tag, entry.first) {
            (DNG_VERSION, _) => seen.format = Some(Format::Dng),
            (SUB_DIRECTORIES | exif::EXIF_IFD, Some(place)) => {
                self.add(here, place, Task::Directory);
            }
            (SUB_DIRECTORIES, None) => self.add(
                here,
                entry.place,
                Task::SubDirectories {
                    count: entry.count.min(MOST_DIRECTORIES),
                },
            ),
            (exif::DATE_TIME_ORIGINAL | exif::DATE_TIME_DIGITIZED, None)
                if entry.count >= exif::DATE_TIME_LENGTH =>
            {
                self.add(here, entry.place, Task::Date);
            }
            _ => {}
        }
    }

    fn picture(&mut self, here: u64, offsets: Entry, counts: Entry) {
        let kept = self
            .strips_kept
            .saturating_add(offsets.count)
            .saturating_add(counts.count);
        if kept > MOST_STRIPS || offsets.count != counts.count {
            self.has_missed = true;
            return;
        }
        self.strips_kept = kept;
        let extents = self.extents.len();
        self.extents.push(Extents::default());
        // In the entry itself, where both numbers are one: the place of that entry lies ahead like any other.
        self.add(
            here,
            offsets.place,
            Task::Offsets {
                extents,
                width: offsets.width,
                count: offsets.count,
            },
        );
        self.add(
            here,
            counts.place,
            Task::Counts {
                extents,
                width: counts.width,
                count: counts.count,
            },
        );
    }

    fn perform(&mut self, task: Task, at: At<'_>, seen: &mut Seen) -> Result<(), Step> {
        let fields = Fields::new(at.bytes, self.order);
        let numbers = |width: usize, count: usize| {
            let numbers: Option<Vec<u64>> =
                (0..count).map(|n| fields.sized(n * width, width)).collect();
            numbers.ok_or(Step::Need(width * count))
        };
        match task {
            Task::Directory => self.directory(at, seen)?,
            Task::SubDirectories { count } => {
                for place in numbers(4, count)? {
                    self.add(at.offset, place, Task::Directory);
                }
            }
            Task::Date => {
                let text = fields
                    .slice(0, exif::DATE_TIME_LENGTH)
                    .ok_or(Step::Need(exif::DATE_TIME_LENGTH))?;
                seen.taken = seen.taken.or_else(|| exif::parse_date(text));
            }
            Task::Offsets {
                extents,
                width,
                count,
            } => {
                self.extents[extents].offsets = Some(numbers(width, count)?);
                self.measure(extents);
            }
            Task::Counts {
                extents,
                width,
                count,
            } => {
                self.extents[extents].counts = Some(numbers(width, count)?);
                self.measure(extents);
            }
        }
        Ok(())
    }

    /// Once places and lengths of a picture's data are both known.
    fn measure(&mut self, extents: usize) {
        let Extents {
            offsets: Some(offsets),
            counts: Some(counts),
        } = &mut self.extents[extents]
        else {
            return;
        };
        let (offsets, counts) = (std::mem::take(offsets), std::mem::take(counts));
        self.has_picture = true;
        self.strips_kept = self
            .strips_kept
            .saturating_sub(offsets.len() + counts.len());
        let ends = offsets
            .iter()
            .zip(&counts)
            .map(|(offset, count)| offset.saturating_add(*count));
        self.needed = self.needed.max(ends.max().unwrap_or(0));
    }
}

impl Walker for Tiff {
    fn step(&mut self, at: At<'_>, seen: &mut Seen) -> Step {
        if at.offset == 0 && self.task_count == 0 {
            let Some(first) = Fields::new(at.bytes, self.order).u32(4) else {
                return Step::Need(8);
            };
            self.add(8, first.into(), Task::Directory);
            return Step::Skip(8);
        }
        let Some((&(place, number), &task)) = self.tasks.first_key_value() else {
            return Step::Rest;
        };
        if place > at.offset {
            return Step::Skip(place - at.offset);
        }
        match self.perform(task, at, seen) {
            Ok(()) => {
                self.tasks.remove(&(place, number));
                Step::Skip(0)
            }
            Err(step) => step,
        }
    }

    fn end(&mut self, end: End<'_>) -> Ending {
        let is_cut =
            self.task_count == 0 || self.tasks.keys().any(|&(place, _)| place >= end.total);
        if is_cut || !end.is_clean() {
            return Ending::broken("the file stops before one of its directories");
        }
        if self.needed > end.total {
            return Ending::broken("its directories point beyond its end");
        }
        let is_checked = self.has_picture && !self.has_missed;
        Ending {
            verdict: if is_checked {
                Verdict::Whole
            } else {
                Verdict::Unchecked
            },
            trailing: 0,
        }
    }
}
