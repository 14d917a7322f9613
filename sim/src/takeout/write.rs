//! An export on disk: one file or folder per part, named as Google or as a browser names it.

use std::fs::{self, File as DiskFile};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::export::Export;
use super::tgz::{TarNames, TgzWriter};
use super::zip::{ZipStyle, ZipWriter};

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Zip(ZipStyle),
    Tgz(TarNames),
    /// Unpacked, into a folder named as the part would be.
    Folder,
}

/// How parts are named (§1). All are examples of `takeout-20240525T201456Z` and a part number from 1 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartNames {
    /// `takeout-20240525T201456Z-001.zip`.
    Classic,
    /// `takeout-20240525T201456Z-3-001.zip`: since about the third quarter of 2025.
    Numbered(u32),
    /// `takeout-20240525T201456Z-001 (1).zip`: downloaded twice by a browser.
    Browser,
}

impl PartNames {
    /// The name of a part, counted from 0, with the extension of its format.
    pub fn name(self, stamp: &str, part: usize, format: Format) -> String {
        let extension = match format {
            Format::Zip(_) => ".zip",
            Format::Tgz(_) => ".tgz",
            Format::Folder => "",
        };
        let number = part + 1;
        match self {
            Self::Classic => format!("takeout-{stamp}-{number:03}{extension}"),
            Self::Numbered(batch) => format!("takeout-{stamp}-{batch}-{number:03}{extension}"),
            Self::Browser => format!("takeout-{stamp}-{number:03} (1){extension}"),
        }
    }
}

impl Export {
    /// Writes every part into `folder`, under names of the newer form, and tells their paths in order.
    pub fn write(&self, folder: &Path, format: Format) -> io::Result<Vec<PathBuf>> {
        (0..self.parts())
            .map(|part| self.write_part(folder, part, format, PartNames::Numbered(3)))
            .collect()
    }

    /// Writes one part, counted from 0, into `folder`.
    pub fn write_part(
        &self,
        folder: &Path,
        part: usize,
        format: Format,
        names: PartNames,
    ) -> io::Result<PathBuf> {
        let path = folder.join(names.name(&self.stamp, part, format));
        let mut packer = Packer::create(&path, format)?;
        for file in self.part(part) {
            packer.add(&file.path, file.modified, &file.bytes)?;
        }
        packer.finish()?;
        Ok(path)
    }
}

/// Takes one file after the other, whatever the format; a caller that makes them on the way needs memory for one.
pub enum Packer {
    Zip(Box<ZipWriter<BufWriter<DiskFile>>>),
    Tgz(Box<TgzWriter<BufWriter<DiskFile>>>),
    Folder(PathBuf),
}

impl Packer {
    /// Makes the file or folder at `path`.
    pub fn create(path: &Path, format: Format) -> io::Result<Self> {
        let file = || DiskFile::create(path).map(|file| BufWriter::with_capacity(1 << 20, file));
        Ok(match format {
            Format::Zip(style) => Self::Zip(Box::new(ZipWriter::new(file()?, style))),
            Format::Tgz(names) => Self::Tgz(Box::new(TgzWriter::new(file()?, names))),
            Format::Folder => Self::Folder(path.to_owned()),
        })
    }

    pub fn add(&mut self, path: &str, modified: DateTime<Utc>, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Zip(zip) => zip.add(path, modified, bytes).map(|_| ()),
            Self::Tgz(tgz) => tgz.add(path, modified, bytes),
            Self::Folder(root) => {
                let path = root.join(path);
                fs::create_dir_all(path.parent().unwrap_or(root))?;
                fs::write(&path, bytes)?;
                DiskFile::options()
                    .write(true)
                    .open(&path)?
                    .set_modified(modified.into())
            }
        }
    }

    pub fn finish(self) -> io::Result<()> {
        match self {
            Self::Zip(zip) => zip.finish(b"").and_then(|(mut out, _)| out.flush()),
            Self::Tgz(tgz) => tgz.finish().and_then(|mut out| out.flush()),
            Self::Folder(_) => Ok(()),
        }
    }
}
