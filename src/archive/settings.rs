//! `media_items_list/archive.json`: what must outlive the index. Layout and time zone are fixed when the archive is made
//! and never shift because a machine, a container or a flag changed: every path in the archive depends on them.

use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::archive::ArchiveError;
use crate::durable::{self, Readers};
use crate::media::layout::Layout;
use crate::media::zone::are_one;

/// What the user asked for on the command line, and what a new archive gets where they asked for nothing.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) layout: Option<Layout>,
    pub(crate) time_zone: Option<Tz>,
    pub(crate) default_time_zone: Tz,
    pub(crate) now: DateTime<Utc>,
}

/// How this archive files what it gets.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) layout: Layout,
    pub(crate) time_zone: Tz,
    pub(crate) archive_id: String,
    pub(crate) created: DateTime<Utc>,
}

/// The same as text, as it is in the file and in the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OnDisk {
    pub(super) archive_id: String,
    pub(super) created: DateTime<Utc>,
    pub(super) layout: String,
    pub(super) time_zone: String,
    pub(super) naming: String,
}

/// The rules by which names are made ([`crate::media::naming`]).
const NAMING: &str = "v1";
const NAME: &str = "archive.json";

/// Where the settings are kept.
pub(super) fn path(manifests: &Path) -> PathBuf {
    manifests.join(NAME)
}
/// Bytes; what is ours has less than 1,000.
const MOST: u64 = 64 << 10;

/// What the file says; `None` when there is none.
pub(super) fn read(manifests: &Path) -> Result<Option<OnDisk>, ArchiveError> {
    let path = self::path(manifests);
    let problem = |problem: String| ArchiveError::Settings {
        path: path.clone(),
        problem,
        hint: "move it away; the index knows what it said, and it is written anew",
    };
    let text = match durable::read_text(&path, MOST) {
        Ok(text) => text,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(None);
        }
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Err(problem(format!("is damaged ({error})")));
        }
        Err(error) => return Err(problem(format!("could not be read ({error})"))),
    };
    let found = serde_json::from_str(&text);
    Ok(Some(found.map_err(|error| {
        problem(format!("is damaged ({error})"))
    })?))
}

/// What both the file and the index know must be the same: whoever edits the file would get every later path from other
/// rules than those before. Of a file that is lost, the index knows what it said. Returns what is to hold.
pub(super) fn agree(
    manifests: &Path,
    said: Option<OnDisk>,
    known: Option<OnDisk>,
) -> Result<Option<OnDisk>, ArchiveError> {
    let (Some(said), Some(known)) = (&said, &known) else {
        return Ok(said.or(known));
    };
    for (what, now, before) in [
        ("layout", &said.layout, &known.layout),
        ("time_zone", &said.time_zone, &known.time_zone),
        ("naming", &said.naming, &known.naming),
    ] {
        if now != before {
            return Err(ArchiveError::Settings {
                path: path(manifests),
                problem: format!(
                    "says {what} {now:?}, but the files of this archive lie where {before:?} put them"
                ),
                hint: "put back what it said, or start another archive with `--root DIR`",
            });
        }
    }
    Ok(Some(said.clone()))
}

pub(super) fn write(manifests: &Path, settings: &OnDisk) -> Result<(), ArchiveError> {
    let path = self::path(manifests);
    let bytes = serde_json::to_vec_pretty(settings).map_err(io::Error::other);
    bytes
        .map(|bytes| [bytes, b"\n".to_vec()].concat())
        .and_then(|bytes| durable::replace(&path, Readers::Umask, &bytes))
        .map_err(|error| ArchiveError::storage("write", path.display().to_string(), error))
}

impl Settings {
    pub(crate) fn new(wanted: &Wanted) -> Self {
        let mut id = [0; 16];
        // Without a source of randomness the time tells archives apart well enough.
        if aws_lc_rs::rand::fill(&mut id).is_err() {
            id[..8].copy_from_slice(&wanted.now.timestamp_micros().to_be_bytes());
        }
        Self {
            layout: wanted.layout.clone().unwrap_or_default(),
            time_zone: wanted.time_zone.unwrap_or(wanted.default_time_zone),
            archive_id: data_encoding::HEXLOWER.encode(&id),
            created: wanted.now,
        }
    }

    /// What the archive is to be like. A flag that contradicts what it was made with is an error.
    pub(super) fn of(
        manifests: &Path,
        found: &OnDisk,
        wanted: &Wanted,
    ) -> Result<Self, ArchiveError> {
        let settings = Self::parse(manifests, found)?;
        let contradiction = |flag: &str, kept: &str| ArchiveError::OtherSettings {
            path: path(manifests),
            problem: format!("this archive was made with {flag} {kept}, and keeps it"),
            hint: "leave the flag out, or start another archive with `--root DIR`",
        };
        if wanted
            .layout
            .as_ref()
            .is_some_and(|layout| *layout != settings.layout)
        {
            let kept = format!("{:?}", settings.layout.to_string());
            return Err(contradiction("--layout", &kept));
        }
        if wanted
            .time_zone
            .is_some_and(|zone| !are_one(zone, settings.time_zone))
        {
            return Err(contradiction("--time-zone", settings.time_zone.name()));
        }
        Ok(settings)
    }

    /// The settings of an archive that holds files.
    pub(super) fn of_or_new(
        manifests: &Path,
        found: Option<&OnDisk>,
        wanted: &Wanted,
    ) -> Result<Self, ArchiveError> {
        if let Some(found) = found {
            return Self::of(manifests, found, wanted);
        }
        let settings = Self::new(wanted);
        write(manifests, &settings.on_disk())?;
        Ok(settings)
    }

    /// Settings for an archive without files, which may still be what the user wants. What they did not ask for stays.
    pub(super) fn create(
        manifests: &Path,
        found: Option<&OnDisk>,
        wanted: &Wanted,
    ) -> Result<Self, ArchiveError> {
        let mut settings = Self::new(wanted);
        if let Some(found) = found {
            let before = Self::parse(manifests, found)?;
            let layout = wanted.layout.clone().unwrap_or(before.layout.clone());
            let time_zone = wanted.time_zone.unwrap_or(before.time_zone);
            if layout == before.layout && time_zone == before.time_zone {
                return Ok(before);
            }
            (settings.layout, settings.time_zone) = (layout, time_zone);
        }
        write(manifests, &settings.on_disk())?;
        Ok(settings)
    }

    pub(super) fn on_disk(&self) -> OnDisk {
        OnDisk {
            archive_id: self.archive_id.clone(),
            created: self.created,
            layout: self.layout.to_string(),
            time_zone: self.time_zone.to_string(),
            naming: NAMING.to_owned(),
        }
    }

    fn parse(manifests: &Path, found: &OnDisk) -> Result<Self, ArchiveError> {
        let problem = |problem: String| ArchiveError::Settings {
            path: path(manifests),
            problem,
            hint: "put back what it said; for another archive: `--root DIR`",
        };
        if found.naming != NAMING {
            return Err(problem(format!(
                "asks for the naming rules {:?}, which this version does not know",
                found.naming
            )));
        }
        let layout = found.layout.parse();
        let zone = found.time_zone.parse();
        Ok(Self {
            layout: layout
                .map_err(|error| problem(format!("its layout is not usable ({error})")))?,
            time_zone: zone
                .map_err(|_| problem(format!("knows no time zone {:?}", found.time_zone)))?,
            archive_id: found.archive_id.clone(),
            created: found.created,
        })
    }
}
