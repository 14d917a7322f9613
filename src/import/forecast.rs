//! Where the files of an export would go, and which of them are here, as far as that can be said before they are read.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::archive::ArchiveError;
use crate::archive::known::Reader;
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

/// What a file is to the archive, by name and size: equal bytes are stored once, and only reading them proves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    New,
    /// The archive holds such a file.
    Here,
    /// Another line is of such a file.
    Again,
    /// Where it would go is not known yet, so neither is whether the archive holds it.
    Open,
}

impl Mark {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Here => "here",
            Self::Again => "again",
            Self::Open => "?",
        }
    }
}

/// Tells which files are new, of all exports of an import in their order.
pub(crate) struct Marks {
    archive: Reader,
    has_files: bool,
    /// Names and sizes that had a line.
    told: HashSet<(String, u64)>,
    /// Lines of files that are not new.
    pub(crate) alike: u64,
}

impl Marks {
    pub(crate) fn new(archive: Reader) -> Result<Self, ArchiveError> {
        Ok(Self {
            has_files: archive.has_files()?,
            archive,
            told: HashSet::new(),
            alike: 0,
        })
    }

    pub(crate) fn mark(
        &mut self,
        export: &Export,
        file: &Foreseen<'_>,
    ) -> Result<Mark, ArchiveError> {
        let entry = (file.entry.to_owned(), file.size);
        let is_here = export.known.files.contains_key(&entry)
            || file.folder.is_some() && self.archive.holds(&file.target(), file.size)?;
        let is_first = self.told.insert((last(file.entry).to_owned(), file.size));
        let mark = if is_here {
            Mark::Here
        } else if !is_first {
            Mark::Again
        } else if file.folder.is_none() && self.has_files {
            Mark::Open
        } else {
            Mark::New
        };
        self.alike += u64::from(matches!(mark, Mark::Here | Mark::Again));
        Ok(mark)
    }
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
        let described = describe(&read, None, &self.settings, export.judged_at(self.now));
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

fn last(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}
