//! What earlier imports have stored of an export, seen again now that more of it is here: whose each file is, and what
//! describes it.
//!
//! Item, role, date, description, albums and sidecars become what they would be had all parts come at once. The file
//! keeps its place and its own time, even where another date would have put it elsewhere: what the archive has stored it never
//! moves, so that no path dies that somebody uses. The manifest tells the date, and where the file lies.

use chrono::{DateTime, Utc};

use crate::archive::export_record::{self, EntryLine, Line};
use crate::archive::index::Rows;
use crate::archive::settings::Settings;
use crate::archive::store::Store;
use crate::archive::tree::Tree;
use crate::archive::word::{Described, Told};
use crate::archive::{ArchiveError, Paths};
use crate::import::describe::{self, Read, known_item};
use crate::import::embedded::inspect;
use crate::import::known::key;
use crate::import::look::{Export, Origins};
use crate::import::outcome::Outcome;
use crate::media::item::{Part, SourceName};
use crate::takeout::json::Sidecar;
use crate::takeout::plan::{Media, Verdict};

/// Looks again at all that earlier imports have recorded of one export.
pub(crate) struct Others<'a> {
    pub(crate) rows: &'a Rows<'a>,
    pub(crate) tree: Tree,
    pub(crate) settings: &'a Settings,
    pub(crate) run: i64,
    pub(crate) now: DateTime<Utc>,
}

/// A file that an earlier import has stored.
struct Stored<'a> {
    entry: usize,
    media: &'a Media,
    sidecar: Option<&'a Sidecar>,
    origin: &'a Origins,
    /// Lower-case hexadecimal, and as bytes.
    digest: &'a str,
    sha256: Vec<u8>,
}

impl<'a> Others<'a> {
    pub(crate) fn new(
        rows: &'a Rows<'a>,
        store: &Store,
        settings: &'a Settings,
        (run, now): (i64, DateTime<Utc>),
    ) -> Self {
        Self {
            rows,
            tree: Tree::new(store.clone()),
            settings,
            run,
            now,
        }
    }

    /// Returns the files that something else describes now: their entries, and where their lines begin.
    pub(crate) fn own(&mut self, outcome: &mut Outcome) -> Result<Vec<(usize, u64)>, ArchiveError> {
        let mut news = Vec::new();
        let export = &outcome.export;
        let first = export.catalog.origins.len();
        for (number, origin) in export.recorded.iter().enumerate() {
            let entry = first + number;
            let Some(stored) = Stored::of(export, entry, origin) else {
                continue;
            };
            let is_addressed = stored.media.url(stored.sidecar).is_some();
            let of = stored.media.of.filter(|_| !is_addressed);
            let of = of.and_then(|of| outcome.imported.ids[of].clone());
            if stored.sidecar.is_none() && of.is_none() {
                let source = SourceName::Takeout.as_str();
                outcome.imported.items[entry] = self.rows.owner_of(source, &stored.sha256)?;
                continue;
            }
            let (id, item) = self.one(export, &stored, of.as_deref(), &mut news)?;
            outcome.imported.ids[entry] = Some(id);
            outcome.imported.items[entry] = item;
        }
        Ok(news)
    }

    /// Whether a stored file with these bytes is there.
    pub(crate) fn has(&mut self, sha256: &[u8; 32]) -> Result<bool, ArchiveError> {
        let path = self.rows.path_with(sha256)?;
        Ok(path.is_some_and(|path| inspect(&mut self.tree, &path).is_ok()))
    }

    /// Makes a file known by its bytes `sha256` alone, whoever had it before. Returns its item, `None` where the archive does not
    /// have it any more.
    pub(crate) fn own_by_bytes(
        &mut self,
        export: &Export,
        entry: usize,
        sha256: [u8; 32],
    ) -> Result<Option<i64>, ArchiveError> {
        let origin = Origins::read_now(sha256);
        let Some(stored) = Stored::of(export, entry, &origin) else {
            return Ok(None);
        };
        let (_, item) = self.one(export, &stored, None, &mut Vec::new())?;
        Ok(item)
    }

    /// Describes an item by what describes this file of it.
    pub(crate) fn describe_by(
        &mut self,
        export: &Export,
        entry: usize,
        sha256: [u8; 32],
        item: i64,
    ) -> Result<(), ArchiveError> {
        let Some((part, described)) = self.seen_now(export, entry, sha256)? else {
            return Ok(());
        };
        let file = Described {
            item: &described.item,
            part,
            told: described.told.as_deref(),
        };
        self.rows.describe_anew(item, &file)?;
        self.put_down((item, &sha256), described.note)
    }

    /// Notes of an item's file what this entry tells of it.
    pub(crate) fn note(
        &mut self,
        export: &Export,
        entry: usize,
        sha256: [u8; 32],
        item: i64,
    ) -> Result<(), ArchiveError> {
        let seen = self.seen_now(export, entry, sha256)?;
        let note = seen.and_then(|(_, described)| described.note);
        self.put_down((item, &sha256), note)
    }

    fn put_down(
        &self,
        (item, sha256): (i64, &[u8; 32]),
        note: Option<String>,
    ) -> Result<(), ArchiveError> {
        note.map_or(Ok(()), |note| self.rows.note_file(item, sha256, &note))
    }

    /// Dates an item that is known by these bytes by what this copy tells.
    pub(crate) fn date_by_copy(
        &mut self,
        export: &Export,
        entry: usize,
        sha256: [u8; 32],
        item: i64,
    ) -> Result<(), ArchiveError> {
        let seen = self.seen_now(export, entry, sha256)?;
        if let Some((at, note)) = seen.and_then(|(_, one)| one.item.created.zip(one.note)) {
            self.rows.date_by_copy((item, &sha256), at, &note)?;
        }
        Ok(())
    }

    /// What this file is and what is told of it, whatever its record says; `None` where the archive does not have it.
    fn seen_now(
        &mut self,
        export: &Export,
        entry: usize,
        sha256: [u8; 32],
    ) -> Result<Option<(Part, describe::Described)>, ArchiveError> {
        let origin = Origins::read_now(sha256);
        let Some(stored) = Stored::of(export, entry, &origin) else {
            return Ok(None);
        };
        let described = self.describe(export, &stored, None)?;
        Ok(described.map(|described| (stored.media.part, described)))
    }

    fn one(
        &mut self,
        export: &Export,
        stored: &Stored<'_>,
        of: Option<&str>,
        news: &mut Vec<(usize, u64)>,
    ) -> Result<(String, Option<i64>), ArchiveError> {
        let (entry, media) = (stored.entry, stored.media);
        let path = &export.entries[entry].path;
        let described_by = media.sidecar.map(|at| key(&export.entries[at].path));
        let is_news = described_by != stored.origin.described_by;
        let judged_at = export.judged_at(self.now);
        let seen = if is_news || stored.sidecar.is_none() {
            self.describe(export, stored, of)?
        } else {
            None
        };
        let (item, note) = match (seen, stored.sidecar) {
            (Some(described), _) => (described.item, described.note),
            (None, Some(sidecar)) => {
                let url = media.url(stored.sidecar);
                let item = known_item(path, (sidecar, url, of), stored.digest, judged_at);
                (item, None)
            }
            // It is not here any more.
            (None, None) => return Ok((of.unwrap_or_default().to_owned(), None)),
        };
        let told = stored.sidecar.map(|sidecar| Told::of(sidecar, export.made));
        let file = Described {
            item: &item,
            part: media.part,
            told: told.as_ref(),
        };
        let rows = self.rows;
        let row = rows.own_stored(&file, &stored.sha256, self.run, self.now)?;
        if let (Some(row), Some(note)) = (row, note) {
            if stored.sidecar.is_some() {
                rows.described(&file, self.now)?;
            }
            rows.note_file(row, &stored.sha256, &note)?;
            rows.unite_alone(row, stored.digest, self.run)?;
            if is_news {
                news.push((entry, stored.origin.line));
            }
        }
        Ok((item.id.0.clone(), row))
    }

    /// Describes a file as if it were read from the export now; `None` where the archive does not have it any more.
    fn describe(
        &mut self,
        export: &Export,
        stored: &Stored<'_>,
        of: Option<&str>,
    ) -> Result<Option<describe::Described>, ArchiveError> {
        let Some(path) = self.rows.path_with(&stored.sha256)? else {
            return Ok(None);
        };
        let Ok(inspection) = inspect(&mut self.tree, &path) else {
            return Ok(None);
        };
        let (folder, kind) = &export.plan.folders[stored.media.folder];
        let read = Read {
            name: last(&export.entries[stored.entry].path),
            folder: last(folder),
            kind,
            part: stored.media.part,
            sidecar: stored.sidecar,
            url: stored.media.url(stored.sidecar),
            exported: export.made,
            inspection: &inspection,
            sha256: stored.digest,
        };
        let judged_at = export.judged_at(self.now);
        Ok(Some(describe::describe(
            &read,
            of,
            self.settings,
            judged_at,
        )))
    }
}

impl<'a> Stored<'a> {
    fn of(export: &'a Export, entry: usize, origin: &'a Origins) -> Option<Self> {
        let Verdict::Media(media) = &export.plan.verdicts[entry] else {
            return None;
        };
        let digest = origin.sha256.as_deref()?;
        let sha256 = data_encoding::HEXLOWER_PERMISSIVE.decode(digest.as_bytes());
        Some(Self {
            entry,
            media,
            sidecar: export.sidecar(media),
            origin,
            digest,
            sha256: sha256.ok()?,
        })
    }
}

/// Says in the record by what these files are described now.
pub(crate) fn record(
    export: &Export,
    news: &[(usize, u64)],
    paths: &Paths,
) -> Result<Vec<Line>, ArchiveError> {
    let mut lines = Vec::with_capacity(news.len());
    for (entry, begins) in news {
        let Verdict::Media(media) = &export.plan.verdicts[*entry] else {
            continue;
        };
        let line = export_record::entry_at(&paths.manifests, &export.id, *begins)?;
        lines.extend(line.map(|line| {
            Line::Entry(EntryLine {
                sidecar: media.sidecar.map(|at| export.entries[at].path.clone()),
                ..line
            })
        }));
    }
    Ok(lines)
}

fn last(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}
