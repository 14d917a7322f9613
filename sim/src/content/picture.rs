//! What a photo shows: an 8 × 8 pattern that spells the item's fingerprint in light and dark squares, over its own colour.
//!
//! Separate from the JPEG file around it, because previews show the same picture in a smaller file. The pattern is a bar code rather
//! than noise so that two items differ by whole squares, which no compression blurs away, and because flat squares encode quickly.

use std::iter::repeat_n;

use jpeg_encoder::{Encoder, ImageBuffer, JpegColorType};

use super::splitmix::SplitMix64;

/// A bare JPEG (JFIF, no metadata) of `width` × `height` pixels. `quality`: 1 to 100.
pub(super) fn encode(fingerprint: u64, (width, height): (u16, u16), quality: u8) -> Vec<u8> {
    let mut numbers = SplitMix64::new(fingerprint);
    let picture = Picture {
        fingerprint,
        width,
        height,
        chroma: [(); 2].map(|()| numbers.next_u64().to_le_bytes()[0] / 2 + 64),
    };
    let mut out = Vec::with_capacity(4096);
    Encoder::new(&mut out, quality)
        .encode_image(picture)
        .expect("sides are not zero, and writing to memory cannot fail");
    out
}

struct Picture {
    fingerprint: u64,
    width: u16,
    height: u16,
    /// Blue and red difference, kept to the middle of the range so that every luma stays inside the gamut or close to it.
    chroma: [u8; 2],
}

impl ImageBuffer for Picture {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        self.width
    }

    fn height(&self) -> u16 {
        self.height
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let width = usize::from(self.width);
        let row = usize::from(y) * GRID / usize::from(self.height);
        let shade = u8::try_from(usize::from(y) * usize::from(SHADING) / usize::from(self.height))
            .unwrap_or(SHADING);
        for column in 0..GRID {
            let lit = (self.fingerprint >> (row * GRID + column)) & 1 == 1;
            let luma = DARK + shade + if lit { LIT } else { 0 };
            let run = width * (column + 1) / GRID - width * column / GRID;
            buffers[0].extend(repeat_n(luma, run));
        }
        buffers[1].extend(repeat_n(self.chroma[0], width));
        buffers[2].extend(repeat_n(self.chroma[1], width));
    }
}

/// Squares in a row, and rows: 64 squares show the 64 bits of a fingerprint.
const GRID: usize = 8;
/// Luma of an unlit square in the top row.
const DARK: u8 = 56;
/// What a set bit adds: far more than the error of any quality that we encode with.
const LIT: u8 = 96;
/// How much lighter the bottom is than the top.
const SHADING: u8 = 40;
