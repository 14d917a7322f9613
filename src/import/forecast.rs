//! Where the files of an export would go, as far as that can be said before they are read.

use chrono::{DateTime, Utc};

use crate::archive::settings::Settings;
use crate::import::describe::{Read, describe};
use crate::import::look::Export;
use crate::media::inspect::Inspector;
use crate::media::item::timestamp;
use crate::takeout::json::{Json, Sidecar};
use crate::takeout::plan::Verdict;

/// What a forecast depends on besides the export.
pub(crate) struct Forecast {
    pub(crate) settings: Settings,
    pub(crate) now: DateTime<Utc>,
}

/// A file that would be stored.
pub(crate) struct Foreseen<'a> {
    pub(crate) entry: &'a str,
    /// Bytes.
    pub(crate) size: u64,
    /// What it is to its photo.
    pub(crate) part: &'static str,
    /// What describes it.
    pub(crate) sidecar: Option<&'a str>,
    /// By the export.
    pub(crate) taken: Option<String>,
    /// In the archive; `None` where only the date in the file decides.
    pub(crate) folder: Option<String>,
    name: String,
}

impl Foreseen<'_> {
    /// Its path in the archive, unless another file has the name; `?` stands for a folder that is not known yet.
    pub(crate) fn target(&self) -> String {
        match self.folder.as_deref() {
            Some("") => self.name.clone(),
            folder => format!("{}/{}", folder.unwrap_or("?"), self.name),
        }
    }
}

impl Forecast {
    /// The files of an export that would be stored.
    pub(crate) fn files<'a>(&'a self, export: &'a Export) -> impl Iterator<Item = Foreseen<'a>> {
        (0..export.catalog.origins.len()).filter_map(|entry| self.file(export, entry))
    }

    fn file<'a>(&self, export: &'a Export, entry: usize) -> Option<Foreseen<'a>> {
        let Verdict::Media(media) = &export.plan.verdicts[entry] else {
            return None;
        };
        let path = &export.entries[entry].path;
        let sidecar: Option<&Sidecar> = match media.sidecar.map(|at| &export.entries[at].json) {
            Some(Some(Json::Sidecar(sidecar))) => Some(sidecar),
            _ => None,
        };
        let (folder, kind) = &export.plan.folders[media.folder];
        let last = |path: &'a str| path.rsplit_once('/').map_or(path, |(_, name)| name);
        let unread = Inspector::new().finish();
        let read = Read {
            name: last(path),
            folder: last(folder),
            kind,
            part: media.part,
            sidecar,
            url: media.url(sidecar),
            exported: export.made,
            inspection: &unread,
            sha256: "",
        };
        let described = describe(&read, None, &self.settings, self.now);
        let taken = sidecar.and_then(|sidecar| sidecar.taken);
        let is_flat = described.place.folder.is_empty();
        Some(Foreseen {
            entry: path,
            size: export.catalog.origins[entry].size,
            part: media.part.as_str(),
            sidecar: media.sidecar.map(|at| export.entries[at].path.as_str()),
            taken: taken.map(timestamp),
            folder: (taken.is_some() || is_flat).then_some(described.place.folder),
            name: described.place.name,
        })
    }
}
