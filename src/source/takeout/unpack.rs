//! The bytes of an entry of a zip archive: read from their place, unpacked, and held against what the archive promises.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;

use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use rawzip::{CompressionMethod, FileReader, ZipArchive};

use crate::source::takeout::directory::{Place, Record};

/// The bytes of an entry, unpacked and checked; where they cannot be had, whoever reads is told.
pub(super) fn bytes_of<'a>(
    record: &Record,
    archive: Option<&ZipArchive<FileReader>>,
    file: &'a File,
) -> Box<dyn Read + 'a> {
    let start = match (&record.place, archive) {
        (Place::Data(start), _) => Ok(*start),
        (Place::Header(wayfinder), Some(archive)) => {
            let found = archive.get_entry(*wayfinder);
            found
                .map(|found| found.compressed_data_range().0)
                .map_err(io::Error::other)
        }
        (Place::Header(_), None) | (Place::Gone, _) => {
            Err(io::Error::other("the archive ends inside it"))
        }
    };
    let at = match start {
        Ok(at) => at,
        Err(error) => return Box::new(Broken(error)),
    };
    let range = Range {
        file,
        at,
        left: record.packed,
    };
    let buffered = BufReader::with_capacity(BUFFER, range);
    let inner: Box<dyn Read + 'a> = if record.method == CompressionMethod::STORE {
        Box::new(buffered)
    } else {
        Box::new(DeflateDecoder::new(buffered))
    };
    Box::new(Checked {
        inner,
        left: record.size,
        crc: Crc::new(),
        expected: record.crc,
    })
}

/// Reads of the disk, in bytes.
const BUFFER: usize = 1 << 18;

/// Some bytes of a file, by their place.
pub(super) struct Range<'a> {
    pub(super) file: &'a File,
    pub(super) at: u64,
    pub(super) left: u64,
}

impl Read for Range<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let read = self.file.read_at(&mut buffer[..most], self.at)?;
        self.at += read as u64;
        self.left -= read as u64;
        Ok(read)
    }
}

/// Bytes that must be as many as promised, and have the promised checksum.
struct Checked<R> {
    inner: R,
    left: u64,
    crc: Crc,
    expected: u32,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.crc.update(&buffer[..read]);
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| invalid("it is longer than its archive says"))?;
        if read == 0 && !buffer.is_empty() {
            if self.left > 0 {
                return Err(invalid("it is shorter than its archive says"));
            }
            if self.crc.sum() != self.expected {
                return Err(invalid("its checksum is wrong"));
            }
        }
        Ok(read)
    }
}

fn invalid(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// Bytes that cannot be had, told to whoever reads.
struct Broken(io::Error);

impl Read for Broken {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::new(self.0.kind(), self.0.to_string()))
    }
}
