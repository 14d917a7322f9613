//! Half a download: an archive that ends somewhere.

use super::super::expect::Reading;
use super::super::export::Export;
use super::super::zip::{Span, ZipStyle, ZipWriter};
use super::Hostile;
use crate::content::splitmix::SplitMix64;

/// The first part of `export` as a zip, cut at `n` offsets that the seed picks. Entries that are whole must be salvaged by their
/// local headers; the one that is cut is named; what lay behind is not there (§1, truncated part).
pub fn truncations(export: &Export, seed: u64, n: usize) -> Vec<Hostile> {
    let (bytes, spans, directory) = whole(export);
    let mut numbers = SplitMix64::new(seed);
    let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    (0..n)
        .map(|_| {
            cut(
                export,
                &bytes,
                &spans,
                directory,
                numbers.below(len) as usize,
            )
        })
        .collect()
}

/// As one of [`truncations`], cut at this offset, in bytes.
pub fn cut_at(export: &Export, offset: usize) -> Hostile {
    let (bytes, spans, directory) = whole(export);
    cut(export, &bytes, &spans, directory, offset.min(bytes.len()))
}

fn whole(export: &Export) -> (Vec<u8>, Vec<(usize, Span)>, u64) {
    let mut zip = ZipWriter::new(Vec::new(), ZipStyle::default());
    let files = export
        .files()
        .iter()
        .enumerate()
        .filter(|(_, file)| file.part == 0);
    let spans = files
        .map(|(index, file)| {
            let span = zip.add(&file.path, file.modified, &file.bytes);
            (index, span.expect("memory takes every byte"))
        })
        .collect();
    let (bytes, directory) = zip.finish(b"").expect("memory takes every byte");
    (bytes, spans, directory)
}

fn cut(
    export: &Export,
    bytes: &[u8],
    spans: &[(usize, Span)],
    directory: u64,
    offset: usize,
) -> Hostile {
    let end = offset as u64;
    let mut reading = Reading::default();
    for (index, file) in export.files().iter().enumerate() {
        if file.part != 0 {
            reading.gone.insert(index);
        }
    }
    for (index, span) in spans {
        if span.data > end {
            reading.gone.insert(*index);
        } else if span.end > end {
            reading.damaged.insert(*index);
        }
    }
    Hostile {
        name: format!("cut-{offset}"),
        about: if end > directory {
            "cut inside the directory: every entry is there"
        } else {
            "cut inside the entries"
        },
        extension: "zip",
        bytes: bytes[..offset].to_vec(),
        expected: export.expected_of(&reading),
        incomplete: Some(offset < bytes.len()),
    }
}
