//! A `.tgz` part: the same tree as in a zip, as one gzip stream.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};

/// How a name of more than 100 bytes is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TarNames {
    /// An entry `././@LongLink` before the file's own.
    Gnu,
    /// An extended header of POSIX.1-2001 with `path` before every file.
    Pax,
}

/// Writes one `.tgz` file; one entry at a time is in memory.
pub struct TgzWriter<W: Write> {
    tar: Builder<GzEncoder<W>>,
    names: TarNames,
}

impl<W: Write> TgzWriter<W> {
    pub fn new(out: W, names: TarNames) -> Self {
        Self {
            tar: Builder::new(GzEncoder::new(out, Compression::fast())),
            names,
        }
    }

    /// Adds a file, listed as `-rw-r--r-- 0/0` (§1).
    pub fn add(&mut self, path: &str, modified: DateTime<Utc>, bytes: &[u8]) -> io::Result<()> {
        let mut header = Header::new_gnu();
        if self.names == TarNames::Pax {
            header = Header::new_ustar();
            self.tar
                .append_pax_extensions([("path", path.as_bytes())])?;
        }
        header.set_entry_type(EntryType::Regular);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(u64::try_from(modified.timestamp()).unwrap_or_default());
        match self.names {
            TarNames::Gnu => self.tar.append_data(&mut header, path, bytes),
            TarNames::Pax => {
                // Readers that know the extended header take the name from there.
                let short: String = path.chars().filter(char::is_ascii).take(90).collect();
                header.set_path(short)?;
                header.set_cksum();
                self.tar.append(&header, bytes)
            }
        }
    }

    /// Adds a header and data as they are.
    pub fn add_raw(&mut self, header: &[u8; 512], data: &[u8]) -> io::Result<()> {
        let out = self.tar.get_mut();
        out.write_all(header)?;
        out.write_all(data)?;
        out.write_all(&vec![0; data.len().next_multiple_of(512) - data.len()])
    }

    /// Ends both formats and gives the stream back.
    pub fn finish(self) -> io::Result<W> {
        self.tar.into_inner()?.finish()
    }
}
