//! Large exports, made on the way to the disk: for benchmarks, and for tests that count.
//!
//! Separate from [`Export`](super::Export), which holds all of its bytes: here one file at a time is in memory, and what must come of
//! it is a handful of numbers.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::expected::Class;
use super::shot::{Role, Shot};
use super::sidecar;
use super::write::{Format, Packer, PartNames};
use crate::content::sha256;

/// How large, and of what.
#[derive(Debug, Clone, Copy)]
pub struct Bulk {
    pub seed: u32,
    /// Photos, each with its sidecar.
    pub files: usize,
    /// Bytes of each photo; 0 for as small as a photo can be, about 1 KB.
    pub size: usize,
    /// Over how many year folders, from 2000 on, they are spread; 1 puts all of them into one.
    pub folders: usize,
    /// A part is closed by the first photo that takes it to so many bytes, counted before compression; 0 for one part.
    pub part_size: u64,
}

impl Bulk {
    /// Writes the parts into `folder` and tells their paths.
    pub fn write(&self, folder: &Path, format: Format) -> io::Result<Vec<PathBuf>> {
        let at: DateTime<Utc> = DateTime::from_timestamp(sidecar::UPLOADED, 0).unwrap_or_default();
        let mut paths = Vec::new();
        let mut open: Option<Packer> = None;
        let mut written = 0;
        for n in 0..self.files {
            let packer = match &mut open {
                Some(packer) => packer,
                closed => {
                    let name = PartNames::Numbered(3).name("20261101T000000Z", paths.len(), format);
                    paths.push(folder.join(name));
                    written = 0;
                    closed.insert(Packer::create(&paths[paths.len() - 1], format)?)
                }
            };
            let (path, shot) = self.photo(n);
            let bytes = shot.bytes(Role::Original);
            packer.add(&path, at, &bytes)?;
            let json = sidecar::media(&shot, false);
            packer.add(&format!("{path}.supplemental-metadata.json"), at, &json)?;
            written += (bytes.len() + json.len()) as u64;
            if self.part_size > 0
                && written >= self.part_size
                && let Some(full) = open.take()
            {
                full.finish()?;
            }
        }
        if let Some(last) = open {
            last.finish()?;
        }
        Ok(paths)
    }

    /// The balance sheet of all parts.
    pub fn totals(&self) -> BTreeMap<Class, usize> {
        BTreeMap::from([
            (Class::MediaStored, self.files),
            (Class::MetadataUsed, self.files),
        ])
    }

    /// SHA-256 of the photo with this number, from 0, in lower-case hexadecimal.
    pub fn sha256(&self, n: usize) -> String {
        sha256(&self.photo(n).1.bytes(Role::Original))
    }

    /// Path and photo: names are long enough to be told apart, short enough that no sidecar's is cut.
    fn photo(&self, n: usize) -> (String, Shot) {
        let year = 2000 + n * self.folders.max(1) / self.files.max(1);
        let (hour, minute, second) = (n / 3600 % 24, n / 60 % 60, n % 60);
        let title = format!("IMG_{n:08}.jpg");
        let taken = format!("{year}-06-15T{hour:02}:{minute:02}:{second:02}Z");
        let shot = Shot {
            size: self.size,
            ..Shot::photo(&title, &taken).variant(self.seed)
        };
        (
            format!("Takeout/Google Photos/Photos from {year}/{title}"),
            shot,
        )
    }
}
