//! One part of an export as it lies on disk, and what tells it from any other.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest::{Context, SHA256, digest};
use data_encoding::HEXLOWER;

use crate::durable;
use crate::source::takeout::{Integrity, Visitor, WalkError, directory, folder, tgz, zip};

/// One part of an export.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) path: PathBuf,
    pub(super) kind: Kind,
    /// Which export it belongs to: the time stamp in its name. `None` for a name that Google does not give.
    pub(crate) export: Option<String>,
    /// Its number in the export, where its name says one.
    pub(crate) number: Option<u32>,
    /// Of a tar archive, once it was read to its end.
    pub(super) digest: Arc<OnceLock<[u8; 32]>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Zip,
    /// A tar archive, with gzip around it or without.
    Tar,
    Folder {
        /// Where it stands in its export, `Takeout/Google Photos`; empty for the place in which `Takeout` lies.
        inside: String,
    },
    /// Nothing that can be read, and why: named like a part whose bytes are damaged.
    Useless(String),
    /// Neither an archive nor called like one: a photo, a text.
    Foreign,
}

/// What is to be said of bytes that are no archive's.
pub(super) const NO_ARCHIVE: &str = "it is neither a zip nor a tgz archive nor a folder";

/// Why a part cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PartError {
    #[error("could not read {}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("could not use {}: {why}", path.display())]
    Useless { path: PathBuf, why: String },
    #[error("there is no Takeout archive in {}", path.display())]
    NothingThere { path: PathBuf },
    #[error("{}: {why}", path.display())]
    Implausible { path: PathBuf, why: String },
}

impl PartError {
    /// With the cause, and without the path.
    pub(crate) fn why(&self) -> String {
        match self {
            Self::Unreadable { source, .. } => format!("it cannot be read ({source})"),
            Self::Useless { why, .. } => why.clone(),
            Self::Implausible { why, .. } => format!("it {why}"),
            other @ Self::NothingThere { .. } => other.to_string(),
        }
    }
}

impl Part {
    /// The file's or folder's own name, for messages and for the record.
    pub(crate) fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        name.to_string_lossy().into_owned()
    }

    /// Short for where it lies, whichever way leads there: hexadecimal.
    pub(crate) fn place(&self) -> String {
        let path = fs::canonicalize(&self.path);
        let path = path.as_deref().unwrap_or(&self.path).as_os_str();
        let digest = digest(&SHA256, path.as_encoded_bytes());
        HEXLOWER.encode(&digest.as_ref()[..16])
    }

    /// An extracted folder, all of whose files would be read.
    pub(crate) fn is_folder(&self) -> bool {
        matches!(self.kind, Kind::Folder { .. })
    }

    /// Why nothing of it can be read, where that is so.
    pub(crate) fn useless(&self) -> Option<&str> {
        match &self.kind {
            Kind::Useless(why) => Some(why),
            Kind::Foreign => Some(NO_ARCHIVE),
            Kind::Zip | Kind::Tar | Kind::Folder { .. } => None,
        }
    }

    /// It is no part at all, and nobody says so.
    pub(crate) fn is_foreign(&self) -> bool {
        self.kind == Kind::Foreign
    }

    /// Walks all entries in their order.
    pub(crate) fn walk<V: Visitor>(
        &self,
        visitor: &mut V,
    ) -> Result<Integrity, WalkError<V::Error>> {
        match &self.kind {
            Kind::Zip => zip::walk(&self.path, visitor),
            Kind::Tar => {
                let (integrity, digest) = tgz::walk(&self.path, visitor)?;
                if let Some(digest) = digest {
                    // Whoever has read it before has read the same.
                    let _ = self.digest.set(digest);
                }
                Ok(integrity)
            }
            Kind::Folder { inside } => folder::walk(&self.path, inside, visitor),
            Kind::Useless(_) | Kind::Foreign => Err(WalkError::Part(PartError::Useless {
                path: self.path.clone(),
                why: self.useless().unwrap_or_default().to_owned(),
            })),
        }
    }

    /// What tells this part from any other: of a zip archive the SHA-256 of its size and its whole directory, which has the
    /// checksum of every entry; of a tar archive the one of all its bytes. `None` where there is nothing of the kind: of a
    /// folder, of a zip archive whose directory is damaged, and of what cannot be read.
    pub(crate) fn fingerprint(&self) -> Option<[u8; 32]> {
        match self.kind {
            Kind::Zip => directory_of(&self.path).ok().flatten(),
            Kind::Tar => {
                if self.digest.get().is_none()
                    && let Ok(digest) = digest_of(&self.path, 0, &[])
                {
                    let _ = self.digest.set(digest);
                }
                self.read_fingerprint()
            }
            Kind::Folder { .. } | Kind::Useless(_) | Kind::Foreign => None,
        }
    }

    /// The same, as far as nothing has to be read for it any more.
    pub(crate) fn read_fingerprint(&self) -> Option<[u8; 32]> {
        self.digest.get().copied()
    }

    /// Of an archive that has to be read whole to be told from others: its size in bytes, by which most are.
    pub(crate) fn size_to_hash(&self) -> Option<u64> {
        let metadata = match self.kind {
            Kind::Tar => fs::metadata(&self.path).ok()?,
            _ => return None,
        };
        Some(metadata.len())
    }
}

fn directory_of(path: &Path) -> io::Result<Option<[u8; 32]>> {
    let file = open(path)?;
    let size = file.metadata()?.len();
    match directory::offset(file) {
        Some(offset) => Ok(Some(digest_of(path, offset, &size.to_be_bytes())?)),
        None => Ok(None),
    }
}

/// SHA-256 of some bytes and of a file from an offset to its end.
fn digest_of(path: &Path, offset: u64, before: &[u8]) -> io::Result<[u8; 32]> {
    let mut file = open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut hash = Context::new(&SHA256);
    hash.update(before);
    let mut buffer = vec![0; BUFFER];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => hash.update(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let digest = hash.finish();
    Ok(digest.as_ref().first_chunk().copied().unwrap_or_default())
}

/// Bytes read at a time.
const BUFFER: usize = 1 << 20;

/// Opens a part for reading only, and never anything but a regular file.
pub(super) fn open(path: &Path) -> io::Result<File> {
    // A link to an archive is an archive: the user has named it.
    durable::open_regular(&fs::canonicalize(path)?)
}
