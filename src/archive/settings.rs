//! `media_items_list/archive.json`: what must outlive the index. Layout and time zone are fixed when the archive is made
//! and never shift because a machine, a container or a flag changed: every path in the archive depends on them.

use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::archive::ArchiveError;
use crate::durable::{self, Readers};
use crate::media::layout::Layout;

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

#[derive(Serialize, Deserialize)]
struct OnDisk {
    archive_id: String,
    created: DateTime<Utc>,
    layout: String,
    time_zone: String,
    naming: String,
}

/// The rules by which names are made ([`crate::media::naming`]).
const NAMING: &str = "v1";
const NAME: &str = "archive.json";

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

    /// The archive's settings; `None` when it has none yet. A flag that contradicts them is an error.
    pub(crate) fn load(manifests: &Path, wanted: &Wanted) -> Result<Option<Self>, ArchiveError> {
        let path = manifests.join(NAME);
        let problem = |problem: String| ArchiveError::Settings {
            path: path.clone(),
            problem,
        };
        let text = match durable::open_regular(&path).and_then(io::read_to_string) {
            Ok(text) => text,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(problem(format!("could not be read ({error})"))),
        };
        let found: OnDisk = serde_json::from_str(&text)
            .map_err(|error| problem(format!("is damaged ({error})")))?;
        if found.naming != NAMING {
            return Err(problem(format!(
                "asks for the naming rules {:?}, which this version does not know",
                found.naming
            )));
        }
        let settings = Self {
            layout: found
                .layout
                .parse()
                .map_err(|error| problem(format!("its layout is not usable ({error})")))?,
            time_zone: found
                .time_zone
                .parse()
                .map_err(|_| problem(format!("knows no time zone {:?}", found.time_zone)))?,
            archive_id: found.archive_id,
            created: found.created,
        };
        if wanted
            .layout
            .as_ref()
            .is_some_and(|layout| *layout != settings.layout)
        {
            return Err(problem(format!(
                "this archive was made with --layout {:?}, and keeps it",
                settings.layout.to_string()
            )));
        }
        if wanted
            .time_zone
            .is_some_and(|zone| zone != settings.time_zone)
        {
            return Err(problem(format!(
                "this archive was made with --time-zone {}, and keeps it",
                settings.time_zone
            )));
        }
        Ok(Some(settings))
    }

    pub(crate) fn load_or_create(manifests: &Path, wanted: &Wanted) -> Result<Self, ArchiveError> {
        match Self::load(manifests, wanted)? {
            Some(settings) => Ok(settings),
            None => Self::create(manifests, wanted),
        }
    }

    /// Settings for an archive without files, which may still be what the user wants. What they did not ask for stays.
    pub(crate) fn create(manifests: &Path, wanted: &Wanted) -> Result<Self, ArchiveError> {
        let before = Wanted {
            layout: None,
            time_zone: None,
            ..wanted.clone()
        };
        let before = Self::load(manifests, &before)?;
        if let Some(before) = &before
            && wanted
                .layout
                .as_ref()
                .is_none_or(|layout| *layout == before.layout)
            && wanted.time_zone.is_none_or(|zone| zone == before.time_zone)
        {
            return Ok(before.clone());
        }
        let mut settings = Self::new(wanted);
        if let Some(before) = before {
            settings.layout = wanted.layout.clone().unwrap_or(before.layout);
            settings.time_zone = wanted.time_zone.unwrap_or(before.time_zone);
        }
        let on_disk = OnDisk {
            archive_id: settings.archive_id.clone(),
            created: settings.created,
            layout: settings.layout.to_string(),
            time_zone: settings.time_zone.to_string(),
            naming: NAMING.to_owned(),
        };
        let path = manifests.join(NAME);
        let bytes = serde_json::to_vec_pretty(&on_disk).map_err(io::Error::other);
        bytes
            .map(|bytes| [bytes, b"\n".to_vec()].concat())
            .and_then(|bytes| durable::replace(&path, Readers::Umask, &bytes))
            .map_err(|error| ArchiveError::storage("write", path.display().to_string(), error))?;
        Ok(settings)
    }
}
