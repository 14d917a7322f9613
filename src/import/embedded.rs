//! The date in a stored file, read again where nothing is recorded of it.

use std::io::{self, Read};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::archive::ArchiveError;
use crate::archive::tree::Tree;
use crate::media::inspect::{FormatKind, Inspection, Inspector};
use crate::takeout::taken::{By, Evidence, taken};

/// By whose word a file that the export dates `said` has that date.
pub(crate) fn dated_by(
    tree: &mut Tree,
    path: &str,
    said: DateTime<Utc>,
    (zone, now): (Tz, DateTime<Utc>),
) -> Result<Option<By>, ArchiveError> {
    let inspection = inspect(tree, path)?;
    let format = inspection.format.map(crate::media::inspect::Format::kind);
    let dated = taken(&Evidence {
        embedded: inspection.taken,
        ahead: inspection.ahead,
        is_film: format == Some(FormatKind::Video),
        sidecar: Some(said),
        name: "",
        folder: "",
        zone,
        now,
    });
    Ok(dated.map(|dated| dated.by))
}

/// What a stored file is, by its bytes.
pub(crate) fn inspect(tree: &mut Tree, path: &str) -> Result<Inspection, ArchiveError> {
    let (mut inspector, mut chunk) = (Inspector::new(), vec![0; 256 << 10]);
    let mut read = || -> io::Result<()> {
        let mut file = tree.open(path)?;
        loop {
            match file.read(&mut chunk)? {
                0 => return Ok(()),
                read => inspector.feed(&chunk[..read]),
            }
        }
    };
    read().map_err(|error| ArchiveError::storage("read", path, error))?;
    Ok(inspector.finish())
}
