//! A tar archive, with gzip around it or without: read from the front to the back, because there is no other way.

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use aws_lc_rs::digest::{Context, SHA256};
use flate2::read::MultiGzDecoder;
use tar::{Archive, EntryType, Header};

use crate::source::takeout::entry::path_of;
use crate::source::takeout::part::open;
use crate::source::takeout::{
    Entry, Integrity, PartError, Skip, Visitor, WalkError, hand, is_plausible,
};

/// Whether all of it could be read; and, if so, the SHA-256 of the file.
type Walked = (Integrity, Option<[u8; 32]>);

pub(super) fn walk<V: Visitor>(
    path: &Path,
    visitor: &mut V,
) -> Result<Walked, WalkError<V::Error>> {
    let (mut integrity, digest) = read(path, visitor)?;
    // Where it is not whole, its one checksum is wrong or was never reached, and vouches for nothing before it.
    integrity.doubt_all();
    Ok((integrity, digest))
}

fn read<V: Visitor>(path: &Path, visitor: &mut V) -> Result<Walked, WalkError<V::Error>> {
    let unreadable = |source| {
        WalkError::Part(PartError::Unreadable {
            path: path.to_owned(),
            source,
        })
    };
    let file = open(path).map_err(unreadable)?;
    let packed = file.metadata().map_err(unreadable)?.len();
    let end = Rc::new(Cell::new(HEADERS));
    let hash = Rc::new(RefCell::new(Context::new(&SHA256)));
    let file = Hashed {
        file,
        hash: Rc::clone(&hash),
    };
    let mut archive = Archive::new(UpTo {
        inner: Unpacked::new(file).map_err(unreadable)?,
        position: 0,
        end: Rc::clone(&end),
    });
    let mut integrity = Integrity::Whole;
    let (mut ordinal, mut unpacked) = (0, 0_u64);
    for entry in archive.entries().map_err(unreadable)? {
        let mut found = match entry {
            Ok(found) => found,
            Err(error) => {
                integrity.note(format!("it ends too early or is damaged ({error})"));
                return Ok((integrity, None));
            }
        };
        let data = found.size().max(found.header().entry_size().unwrap_or(0));
        let data_end = found.raw_file_position().saturating_add(data);
        end.set(data_end.saturating_add(HEADERS));
        let kind = found.header().entry_type();
        if kind.is_dir() || kind.is_pax_global_extensions() {
            continue;
        }
        let entry_path = match path_of(&found.path_bytes()) {
            Ok(path) => path,
            Err(path) => {
                visitor
                    .skipped(&path, Skip::NoName)
                    .map_err(WalkError::Own)?;
                continue;
            }
        };
        if !matches!(kind, EntryType::Regular | EntryType::Continuous) {
            let skip = match kind {
                EntryType::Char | EntryType::Block | EntryType::Fifo => Skip::Device,
                _ => Skip::NotAFile,
            };
            visitor.skipped(&entry_path, skip).map_err(WalkError::Own)?;
            continue;
        }
        let entry = Entry {
            path: entry_path,
            size: found.size(),
            crc: None,
            other_name: None,
            ordinal,
            modified: modified(found.header()),
        };
        ordinal += 1;
        unpacked = unpacked.saturating_add(entry.size);
        if !is_plausible(packed, unpacked) {
            return Err(WalkError::Part(PartError::Implausible {
                path: path.to_owned(),
                why: format!(
                    "claims to hold {} GiB and more in {packed} bytes",
                    unpacked >> 30
                ),
            }));
        }
        if visitor.wants(&entry).map_err(WalkError::Own)? {
            let mut bytes = Exact {
                inner: &mut found,
                left: entry.size,
            };
            hand(visitor, &entry, &mut bytes, &mut integrity).map_err(WalkError::Own)?;
        }
    }
    // To the end, where the checksum of all of it is.
    end.set(u64::MAX);
    let (mut rest, mut padding) = (archive.into_inner(), Padding::default());
    match io::copy(&mut rest, &mut padding) {
        // Something that is no gzip follows; what came before it was whole.
        Err(error) if error.to_string() == NOT_GZIP => {}
        Err(error) => integrity.note(format!("it ends too early or is damaged ({error})")),
        Ok(_) => {}
    }
    if padding.is_none {
        let what = "what follows the end of its archive";
        visitor
            .skipped(what, Skip::Behind)
            .map_err(WalkError::Own)?;
    }
    // What stands behind the archive is of the file, too.
    let read = io::copy(&mut rest.inner.into_file(), &mut io::sink());
    let digest = read.ok().map(|_| {
        let digest = hash.borrow().clone().finish();
        digest.as_ref().first_chunk().copied().unwrap_or_default()
    });
    Ok((integrity, digest))
}

/// What follows the end of a tar archive: nothing but zeros, as a rule.
#[derive(Default)]
struct Padding {
    is_none: bool,
}

impl io::Write for Padding {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.is_none |= bytes.iter().any(|byte| *byte != 0);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn modified(header: &Header) -> Option<i64> {
    i64::try_from(header.mtime().ok()?).ok()
}

/// What `flate2` says; a wrong checksum is of the same kind and has other words.
const NOT_GZIP: &str = "invalid gzip header";

/// What may stand between the data of two files, in bytes: headers and what extends them, which the reader keeps in memory.
/// Names and times take some hundred.
const HEADERS: u64 = 256 << 10;

/// Refuses to read on behind an end that is moved from file to file.
struct UpTo<R> {
    inner: R,
    position: u64,
    end: Rc<Cell<u64>>,
}

impl<R: Read> Read for UpTo<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.end.get().saturating_sub(self.position);
        if left == 0 && !buffer.is_empty() {
            return Err(io::Error::other("a header is longer than any of an export"));
        }
        let most = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let read = self.inner.read(&mut buffer[..most])?;
        self.position = self.position.saturating_add(read as u64);
        Ok(read)
    }
}

/// A file, hashed as it is read.
struct Hashed {
    file: File,
    hash: Rc<RefCell<Context>>,
}

impl Read for Hashed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.hash.borrow_mut().update(&buffer[..read]);
        Ok(read)
    }
}

enum Unpacked {
    Gzip(Box<MultiGzDecoder<BufReader<Hashed>>>),
    Plain(BufReader<Hashed>),
}

/// Reads of the disk, in bytes.
const BUFFER: usize = 1 << 18;

impl Unpacked {
    fn new(file: Hashed) -> io::Result<Self> {
        let mut file = BufReader::with_capacity(BUFFER, file);
        let is_gzip = io::BufRead::fill_buf(&mut file)?.starts_with(&[0x1f, 0x8b]);
        Ok(if is_gzip {
            Self::Gzip(Box::new(MultiGzDecoder::new(file)))
        } else {
            Self::Plain(file)
        })
    }

    /// The file, from where reading has come to.
    fn into_file(self) -> Hashed {
        match self {
            Self::Gzip(inner) => inner.into_inner().into_inner(),
            Self::Plain(inner) => inner.into_inner(),
        }
    }
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Gzip(inner) => inner.read(buffer),
            Self::Plain(inner) => inner.read(buffer),
        }
    }
}

/// An archive that ends inside an entry would otherwise look like a shorter file.
struct Exact<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Exact<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        if read == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the archive ends inside it",
            ));
        }
        self.left = self.left.saturating_sub(read as u64);
        Ok(read)
    }
}
