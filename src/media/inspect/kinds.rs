//! The words of four letters in ISO base media files: kinds of boxes, and the brands that name a format
//! (<https://mp4ra.org/registered-types/boxes>, <https://mp4ra.org/registered-types/brands>).

use super::Format;

pub(super) type Kind = [u8; 4];

/// Kinds of box that stand in the outermost row. Behind a complete structure anything else is what a phone has appended.
pub(super) fn is_top_level(kind: Kind) -> bool {
    const KINDS: [&Kind; 24] = [
        b"ftyp", b"moov", b"mdat", b"moof", b"mfra", b"free", b"skip", b"wide", b"pnot", b"PICT",
        b"uuid", b"meta", b"meco", b"udta", b"styp", b"sidx", b"ssix", b"emsg", b"prft", b"pdin",
        b"mpvd", b"sefd", b"junk", b"idat",
    ];
    KINDS.contains(&&kind)
}

/// The format that the `ftyp` box names: by its major brand, and where that is a general one by the compatible brands.
pub(super) fn brand(payload: &[u8]) -> Format {
    let mut brands = payload.chunks_exact(4);
    let major = brands.next().unwrap_or_default();
    let compatible = |brand: &[u8]| payload.chunks_exact(4).skip(2).any(|other| other == brand);
    match major {
        b"qt  " => Format::QuickTime,
        b"crx " => Format::Cr3,
        b"avif" | b"avis" => Format::Avif,
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"hevm" | b"hevs" => {
            Format::Heic
        }
        b"mif1" | b"mif2" | b"msf1" | b"miaf" if compatible(b"avif") || compatible(b"avis") => {
            Format::Avif
        }
        b"mif1" | b"mif2" | b"msf1" | b"miaf" => Format::Heic,
        [b'M', b'4', b'V', _] => Format::M4v,
        [b'3', b'g', ..] => Format::ThreeGp,
        _ => Format::Mp4,
    }
}
