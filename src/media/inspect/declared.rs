//! Formats whose header says how long the file is, so that nothing behind it needs to be looked at: BMP
//! (<https://learn.microsoft.com/windows/win32/gdi/bitmap-storage>), ICO, Fujifilm's RAF.

use super::fields::Fields;
use super::stream::{At, End, Step};
use super::{Ending, Seen, Verdict, Walker};

/// Walks no further than the header, which `read` takes apart.
pub(super) struct Declared {
    read: fn(&[u8]) -> Result<Extent, Step>,
    length: Option<u64>,
}

/// What such a header says.
pub(super) struct Extent {
    pub(super) length: u64,
    pub(super) dimensions: Option<(u32, u32)>,
}

impl Declared {
    pub(super) fn new(read: fn(&[u8]) -> Result<Extent, Step>) -> Self {
        Self { read, length: None }
    }
}

impl Walker for Declared {
    fn step(&mut self, at: At<'_>, seen: &mut Seen) -> Step {
        match (self.read)(at.bytes) {
            Ok(extent) => {
                self.length = Some(extent.length);
                seen.dimensions = extent.dimensions;
                Step::Rest
            }
            Err(step) => step,
        }
    }

    fn end(&mut self, end: End<'_>) -> Ending {
        match self.length {
            None => Ending::broken("the file stops within its header"),
            Some(length) if length > end.total => {
                Ending::broken("the file is shorter than its header says")
            }
            Some(length) => Ending {
                verdict: Verdict::Whole,
                trailing: end.total - length,
            },
        }
    }
}

/// BMP. The size field is wrong in files of some programs, so the size of uncompressed pixels counts too.
pub(super) fn bmp(bytes: &[u8]) -> Result<Extent, Step> {
    let fields = Fields::little(bytes);
    let read = || {
        let (declared, pixels) = (fields.u32(2)?, u64::from(fields.u32(10)?));
        let header = fields.u32(14)?;
        let (width, height, depth, compression) = if header == 12 {
            (
                fields.u16(18)?.into(),
                fields.u16(20)?.into(),
                fields.u16(24)?,
                0,
            )
        } else {
            // A negative height says that the rows run from top to bottom.
            let height = fields.u32(22)?.cast_signed().unsigned_abs();
            (fields.u32(18)?, height, fields.u16(28)?, fields.u32(30)?)
        };
        // Rows are padded to four bytes; compressions 0 and 3 are none.
        let row = (u64::from(width) * u64::from(depth)).div_ceil(32) * 4;
        let area = if matches!(compression, 0 | 3) {
            row.saturating_mul(height.into())
        } else {
            0
        };
        let length = pixels.saturating_add(area).max(declared.into());
        Some(Extent {
            length,
            dimensions: Some((width, height)),
        })
    };
    read().ok_or(Step::Need(34))
}

/// ICO: a directory of pictures, each with its place.
pub(super) fn ico(bytes: &[u8]) -> Result<Extent, Step> {
    let fields = Fields::little(bytes);
    let count = usize::from(fields.u16(4).ok_or(Step::Need(6))?);
    let read = || {
        let mut extent = Extent {
            length: 0,
            dimensions: None,
        };
        for entry in (0..count).map(|n| 6 + 16 * n) {
            let end = u64::from(fields.u32(entry + 8)?) + u64::from(fields.u32(entry + 12)?);
            extent.length = extent.length.max(end);
            let side = |at: usize| {
                fields
                    .u8(at)
                    .map(|side| if side == 0 { 256 } else { u32::from(side) })
            };
            extent.dimensions = extent.dimensions.max(side(entry).zip(side(entry + 1)));
        }
        Some(extent)
    };
    read().ok_or(Step::Need(6 + 16 * count))
}

/// Fujifilm RAF: places of the preview, of the sensor's description and of its data, as dcraw and exiftool read them.
pub(super) fn raf(bytes: &[u8]) -> Result<Extent, Step> {
    let fields = Fields::big(bytes);
    let part = |at: usize| Some(u64::from(fields.u32(at)?) + u64::from(fields.u32(at + 4)?));
    let parts: Option<Vec<u64>> = [84, 92, 100].into_iter().map(part).collect();
    let length = parts
        .and_then(|parts| parts.into_iter().max())
        .ok_or(Step::Need(108))?;
    Ok(Extent {
        length,
        dimensions: None,
    })
}
