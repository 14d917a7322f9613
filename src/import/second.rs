//! The second reading: the bytes of what is to be kept, hashed, inspected and written on the way.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};

use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::HEXLOWER;

use crate::archive::ArchiveError;
use crate::archive::closed::is_refusal;
use crate::archive::store::{Store, Temp, TempName};
use crate::import::step::{Step, Tell};
use crate::media::inspect::{Inspection, Inspector};
use crate::source::takeout::{Entry, Skip, Unread, Visitor};

/// A file of the export, read to its end.
pub(crate) struct Bytes {
    pub(crate) temp: TempName,
    /// Closed while it waits: there may be more that wait than files may be open.
    pub(crate) file: Option<File>,
    pub(crate) size: u64,
    pub(crate) sha256: [u8; 32],
    pub(crate) inspection: Inspection,
}

impl Bytes {
    /// Lower-case hexadecimal.
    pub(crate) fn sha256_text(&self) -> String {
        HEXLOWER.encode(&self.sha256)
    }
}

/// What is done with what was read.
pub(crate) trait Sink {
    /// Whether the entry of this number is to be read.
    fn wants(&mut self, entry: &Entry) -> Result<bool, ArchiveError>;
    fn take(&mut self, entry: &Entry, bytes: Bytes) -> Result<(), ArchiveError>;
    fn damaged(&mut self, entry: &Entry, why: &str) -> Result<(), ArchiveError>;
    /// There was no place for its bytes, and the next file may well fit.
    fn unkept(&mut self, entry: &Entry, why: &str) -> Result<(), ArchiveError>;
}

/// Reads entries into temporary files.
pub(crate) struct SecondReading<'a, S> {
    pub(crate) store: &'a Store,
    pub(crate) sink: &'a mut S,
    tell: &'a Tell,
    buffer: Vec<u8>,
}

/// Bytes read at a time.
const BUFFER: usize = 1 << 20;

impl<'a, S: Sink> SecondReading<'a, S> {
    pub(crate) fn new(store: &'a Store, sink: &'a mut S, tell: &'a Tell) -> Self {
        Self {
            store,
            sink,
            tell,
            buffer: vec![0; BUFFER],
        }
    }
}

impl<S: Sink> Visitor for SecondReading<'_, S> {
    type Error = ArchiveError;

    fn wants(&mut self, entry: &Entry) -> Result<bool, ArchiveError> {
        self.sink.wants(entry)
    }

    fn read(&mut self, entry: &Entry, bytes: &mut dyn Read) -> Result<(), Unread<ArchiveError>> {
        let own = |error| {
            Unread::Own(ArchiveError::storage(
                "write to",
                "the archive's disk",
                error,
            ))
        };
        let temp = self.store.create_temp();
        let mut temp = temp.map_err(|error| {
            if is_refusal(&error) {
                Unread::Own(self.store.closed(error))
            } else {
                own(error)
            }
        })?;
        match copy(bytes, &mut temp, &mut self.buffer, self.tell) {
            Ok(read) => {
                let Temp { file, name } = temp;
                let (size, sha256, inspection) = read;
                let bytes = Bytes {
                    temp: name,
                    file: Some(file),
                    size,
                    sha256,
                    inspection,
                };
                self.sink.take(entry, bytes).map_err(Unread::Own)
            }
            Err(error) => {
                self.store.remove_temp(&temp.name).map_err(own)?;
                match error {
                    Failed::Reading(error) => Err(Unread::Damaged(error)),
                    // The file system, or a limit of this process, lets no file be as large.
                    Failed::Writing(error) if error.kind() == ErrorKind::FileTooLarge => {
                        let why = format!("could not keep its bytes: {error}");
                        self.sink.unkept(entry, &why).map_err(Unread::Own)
                    }
                    Failed::Writing(error) => Err(own(error)),
                }
            }
        }
    }

    fn damaged(&mut self, entry: &Entry, why: &str) -> Result<(), ArchiveError> {
        self.sink.damaged(entry, why)
    }

    fn skipped(&mut self, _path: &str, _why: Skip) -> Result<(), ArchiveError> {
        // Counted by the first reading.
        Ok(())
    }
}

enum Failed {
    Reading(std::io::Error),
    Writing(std::io::Error),
}

fn copy(
    from: &mut dyn Read,
    to: &mut Temp,
    buffer: &mut [u8],
    tell: &Tell,
) -> Result<(u64, [u8; 32], Inspection), Failed> {
    let (mut size, mut hash, mut inspector) = (0, Context::new(&SHA256), Inspector::new());
    loop {
        let read = match from.read(buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failed::Reading(error)),
        };
        let chunk = &buffer[..read];
        to.file.write_all(chunk).map_err(Failed::Writing)?;
        hash.update(chunk);
        inspector.feed(chunk);
        size += read as u64;
        tell(&Step::Read { bytes: read as u64 });
    }
    let digest = hash.finish();
    let sha256 = digest.as_ref().first_chunk().copied().unwrap_or_default();
    Ok((size, sha256, inspector.finish()))
}
