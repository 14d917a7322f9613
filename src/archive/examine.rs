//! One stored file against its row in the index.

use std::fs::File;
use std::io::{self, Read, Seek};

use aws_lc_rs::digest::{Context, SHA256};
use rustix::io::Errno;

use crate::archive::promise::Record;
use crate::archive::tree::{Entry, Tree};
use crate::http::Stop;
use crate::media::inspect::{self, Inspector};

/// What a file turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// `at`: its bytes are as recorded under this time, which is another than recorded.
    Intact { at: Option<i64> },
    /// The time is as recorded and the bytes are not: nobody wrote them. The size is as recorded too, or what is there is no
    /// whole picture or video any more.
    Rot { size: u64 },
    /// Somebody changed it: it has another time or size.
    Edited { size: u64 },
    /// The same, and what is there now is no whole picture or video: nobody wants such an edit.
    Broken { size: u64, what: String },
    /// Nothing, or something that is no file, has its name.
    Missing,
    /// Its bytes lie under a name of which the index does not know.
    Misplaced { at: String },
    /// `is_broken`: the disk cannot give its bytes back, so that they are lost. Otherwise this user may not read it.
    Unreadable { why: String, is_broken: bool },
}

impl Verdict {
    /// Whether the archive is not whole because of it.
    pub(crate) fn is_damage(&self) -> bool {
        !matches!(self, Self::Intact { .. } | Self::Edited { .. })
    }

    /// Bytes that are there in the place of what was stored, where they were looked at.
    pub(crate) fn size(&self) -> Option<u64> {
        match self {
            Self::Rot { size } | Self::Edited { size } | Self::Broken { size, .. } => Some(*size),
            _ => None,
        }
    }

    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::Intact { .. } => "intact",
            Self::Rot { .. } => "rot",
            Self::Edited { .. } => "edited",
            Self::Broken { .. } => "broken",
            Self::Missing => "missing",
            Self::Misplaced { .. } => "misplaced",
            Self::Unreadable { .. } => "unreadable",
        }
    }
}

/// The bytes that are read at a time: large enough that calls cost nothing, small enough for a core's cache.
pub(crate) const CHUNK: usize = 1 << 20;

/// Reads a file and compares. `None` when the run is being stopped. `read` hears of bytes as they are read.
pub(super) fn examine(
    tree: &mut Tree,
    record: &Record,
    chunk: &mut [u8],
    stop: &Stop,
    read: &dyn Fn(u64),
) -> Option<Verdict> {
    // Walked from the root each time: a folder that was replaced meanwhile is not where the name leads.
    tree.forget();
    let mut file = match tree.open(&record.path) {
        Ok(file) => file,
        Err(error) => return Some(unopened(&error)),
    };
    let before = match Entry::of_file(&file) {
        Ok(entry) if !entry.is_file => return Some(Verdict::Missing),
        Ok(entry) => entry,
        Err(error) => return Some(unreadable(&error)),
    };
    if !record.may_have(before.size) {
        let is_untouched = record.modified == Some(before.modified);
        return match changed(&mut file, before.size, chunk, stop) {
            Some(Verdict::Broken { size, .. }) if is_untouched => Some(Verdict::Rot { size }),
            verdict => verdict,
        };
    }
    match digest(&mut file, chunk, stop, read) {
        Ok(None) => None,
        Ok(Some(digest)) if record.is(&digest) => {
            let other = Some(before.modified).filter(|_| {
                let is_settled = record.announced.is_none();
                is_settled && record.modified != Some(before.modified)
            });
            // Nobody has written to it while it was read.
            let after = other.and_then(|_| Entry::of_file(&file).ok());
            let is_steady = after.is_some_and(|after| after.modified == before.modified);
            Some(Verdict::Intact {
                at: other.filter(|_| is_steady),
            })
        }
        // Whoever writes to it while it is read changes its time.
        Ok(Some(_)) => match Entry::of_file(&file) {
            Ok(after)
                if after.size != before.size
                    || record
                        .modified
                        .is_some_and(|modified| modified != after.modified) =>
            {
                match file.rewind() {
                    Ok(()) => changed(&mut file, after.size, chunk, stop),
                    Err(error) => Some(unreadable(&error)),
                }
            }
            Ok(after) => Some(Verdict::Rot { size: after.size }),
            Err(error) => Some(unreadable(&error)),
        },
        Err(error) => Some(unreadable(&error)),
    }
}

/// What a file is that was changed. Programs that edit metadata can keep a file's time; what they leave is whole. `None` when
/// the run is being stopped.
fn changed(file: &mut File, size: u64, chunk: &mut [u8], stop: &Stop) -> Option<Verdict> {
    let mut inspector = Inspector::new();
    loop {
        if stop.soon.is_cancelled() {
            return None;
        }
        match file.read(chunk) {
            Ok(0) => break,
            Ok(length) => inspector.feed(&chunk[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Some(unreadable(&error)),
        }
    }
    let what = match inspector.finish().verdict {
        inspect::Verdict::Whole | inspect::Verdict::Unchecked => {
            return Some(Verdict::Edited { size });
        }
        inspect::Verdict::Broken(what) => what.to_owned(),
        inspect::Verdict::NotMedia(what) => what.to_string(),
    };
    Some(Verdict::Broken { size, what })
}

/// Whether a file of another size than it was stored with has the time of then, and is no whole picture or video: what
/// [`examine`] calls rot. Where it cannot be read, it is for a check to say so.
pub(super) fn is_ruined(tree: &mut Tree, path: &str, modified: i64) -> bool {
    let Ok(mut file) = tree.open(path) else {
        return false;
    };
    match Entry::of_file(&file) {
        Ok(entry) if entry.is_file && entry.modified == modified => {
            let verdict = changed(&mut file, entry.size, &mut vec![0; CHUNK], &Stop::default());
            matches!(verdict, Some(Verdict::Broken { .. }))
        }
        _ => false,
    }
}

/// The SHA-256 of what is left of a file; `None` when the run is being stopped.
pub(super) fn digest(
    file: &mut File,
    chunk: &mut [u8],
    stop: &Stop,
    read: &dyn Fn(u64),
) -> io::Result<Option<[u8; 32]>> {
    // Read ahead further than usual; where that cannot be said, it is only slower.
    #[cfg(target_os = "linux")]
    let _ = rustix::fs::fadvise(&*file, 0, None, rustix::fs::Advice::Sequential);
    let mut context = Context::new(&SHA256);
    loop {
        if stop.soon.is_cancelled() {
            return Ok(None);
        }
        match file.read(chunk) {
            Ok(0) => break,
            Ok(count) => {
                context.update(&chunk[..count]);
                read(count as u64);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(context.finish().as_ref().first_chunk().copied())
}

fn unopened(error: &io::Error) -> Verdict {
    match Errno::from_io_error(error) {
        // A link, a socket, a device without a driver, or a name that this file system does not take: no file of ours.
        Some(
            Errno::NOENT
            | Errno::NOTDIR
            | Errno::LOOP
            | Errno::NXIO
            | Errno::NODEV
            | Errno::INVAL
            | Errno::ILSEQ
            | Errno::NAMETOOLONG,
        ) => Verdict::Missing,
        _ => unreadable(error),
    }
}

fn unreadable(error: &io::Error) -> Verdict {
    Verdict::Unreadable {
        why: error.to_string(),
        is_broken: Errno::from_io_error(error) == Some(Errno::IO),
    }
}
