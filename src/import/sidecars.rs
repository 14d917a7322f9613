//! Sidecars beside the photos: what the export says of each, for programs that look at folders. Derived, so only ever written
//! over one of our own.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Serialize;

use crate::archive::ArchiveError;
use crate::archive::beside::{Beside, There};
use crate::archive::described::Shown;
use crate::archive::export_record::{self, Line};
use crate::archive::index::Rows;
use crate::archive::store::Store;
use crate::archive::word::Told;
use crate::import::embedded::dated_by;
use crate::import::outcome::Outcome;
use crate::media::item::SourceName;
use crate::takeout::plan::Verdict;
use crate::takeout::taken::By;
use crate::takeout::xmp::{self, Said};

/// Which sidecars are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sidecars {
    Xmp,
    /// Google's own, verbatim.
    Json,
    Both,
    None,
}

impl Sidecars {
    pub(crate) fn has_json(self) -> bool {
        matches!(self, Self::Json | Self::Both)
    }
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Written {
    pub(crate) written: u64,
    pub(crate) unchanged: u64,
    /// Names under which there is something that is not ours: nothing was written there.
    pub(crate) foreign: Vec<String>,
}

/// What writing them needs to know.
pub(crate) struct Writing<'a> {
    pub(crate) wanted: Sidecars,
    pub(crate) zone: Tz,
    pub(crate) manifests: &'a Path,
    pub(crate) now: DateTime<Utc>,
    pub(crate) go_on: &'a dyn Fn() -> bool,
}

/// Where an item is described.
#[derive(Clone, Copy)]
struct Source {
    outcome: usize,
    /// The entry that describes it.
    sidecar: Option<usize>,
}

/// A sidecar is a kilobyte or a few; what has its name and more bytes than this is somebody else's.
const MOST: u64 = 16 << 20;

impl Writing<'_> {
    pub(crate) fn all(
        &self,
        rows: &Rows<'_>,
        store: &Store,
        outcomes: &[Outcome],
    ) -> Result<Written, ArchiveError> {
        let mut work = Work {
            writing: self,
            rows,
            beside: Beside::new(store),
            outcomes,
            differing: Vec::new(),
            done: Written::default(),
        };
        if self.wanted != Sidecars::None {
            let mut sources = sources(outcomes);
            if let Some(outcome) = outcomes.iter().position(|one| one.export.is_unchanged) {
                // Which of all the items are that export's, nobody has looked up.
                let sidecar = None;
                for item in rows.items_of(SourceName::Takeout)? {
                    sources.entry(item).or_insert(Source { outcome, sidecar });
                }
            }
            for (item, source) in sources {
                if !(self.go_on)() {
                    return Err(ArchiveError::Stopped);
                }
                work.item(item, source)?;
            }
            work.replace_recorded()?;
            work.beside.flush().map_err(failed)?;
        }
        work.done.foreign.sort();
        Ok(work.done)
    }
}

/// The items of these exports, and what describes each: the newest of them that says something, in it the first by path.
fn sources(outcomes: &[Outcome]) -> BTreeMap<i64, Source> {
    let mut sources: BTreeMap<i64, Source> = BTreeMap::new();
    for (outcome, one) in outcomes.iter().enumerate() {
        let entries = &one.export.entries;
        for (entry, verdict) in one.export.plan.verdicts.iter().enumerate() {
            let (Verdict::Media(media), Some(item)) = (verdict, one.imported.items[entry]) else {
                continue;
            };
            if one.imported.doubtful.contains(&entry) {
                continue;
            }
            let of = media.of.and_then(|of| match &one.export.plan.verdicts[of] {
                Verdict::Media(of) => of.sidecar,
                _ => None,
            });
            let new = Source {
                outcome,
                sidecar: media.sidecar.or(of),
            };
            let known = sources.entry(item).or_insert(new);
            let is_better = match (known.sidecar, new.sidecar) {
                (_, None) => false,
                (None, Some(_)) => true,
                (Some(_), Some(_)) if known.outcome != outcome => {
                    outcomes[known.outcome].export.made <= one.export.made
                }
                (Some(known), Some(sidecar)) => entries[sidecar].path < entries[known].path,
            };
            if is_better {
                *known = new;
            }
        }
    }
    sources
}

struct Work<'a> {
    writing: &'a Writing<'a>,
    rows: &'a Rows<'a>,
    beside: Beside,
    outcomes: &'a [Outcome],
    /// JSON that is there and says something else: its name, its digest, where the new one is.
    differing: Vec<(String, [u8; 32], Source)>,
    done: Written,
}

impl Work<'_> {
    fn item(&mut self, item: i64, source: Source) -> Result<(), ArchiveError> {
        let shown = self.rows.shown(item)?;
        if shown.is_empty() {
            return Ok(());
        }
        let albums = self.rows.albums_of(item)?;
        let (created, description) = self.rows.dated_and_described(item)?;
        let told = self.rows.told(item)?;
        // What an older export has beside it is in the record, and not what is known of the photo.
        let export = &self.outcomes[source.outcome].export;
        let is_newest = told
            .as_ref()
            .is_none_or(|told| told.exported <= export.made);
        let judged_at = export.judged_at(self.writing.now);
        for file in &shown {
            let there = self.beside.tree.entry(&file.path).map_err(failed)?;
            if !there.is_some_and(|there| there.is_file) {
                continue;
            }
            if matches!(self.writing.wanted, Sidecars::Xmp | Sidecars::Both) {
                let taken = match created {
                    Some(created) if self.is_news((item, file), told.as_ref(), judged_at)? => {
                        Some(created)
                    }
                    _ => None,
                };
                let said = Said {
                    taken,
                    description: description.as_deref(),
                    place: told.as_ref().and_then(|told| told.place),
                    people: told.as_ref().map_or(&[], |told| &told.people),
                    favorited: told.as_ref().is_some_and(|told| told.favorited),
                    albums: &albums,
                };
                self.put_xmp(file, &said)?;
            }
            if is_newest && self.writing.wanted.has_json() {
                self.put_json(file, source)?;
            }
        }
        Ok(())
    }

    /// Whether the archive's date is one that the file does not have.
    fn is_news(
        &mut self,
        (item, file): (i64, &Shown),
        told: Option<&Told>,
        judged_at: DateTime<Utc>,
    ) -> Result<bool, ArchiveError> {
        let noted = file.note.as_deref().and_then(By::of_note);
        let by = match (noted, told.and_then(|told| told.taken)) {
            (Some(by @ (By::Both | By::Export | By::Correction)), _) => by,
            (noted, None) => return Ok(noted == Some(By::FileName)),
            // It was stored before anybody knew what describes it.
            (_, Some(said)) => {
                let judged = (self.writing.zone, judged_at);
                match dated_by(&mut self.beside.tree, &file.path, said, judged)? {
                    Some(by) => {
                        self.rows.note_date(item, file, by)?;
                        by
                    }
                    None => return Ok(false),
                }
            }
        };
        Ok(matches!(by, By::Export | By::Correction))
    }

    fn put_xmp(&mut self, file: &Shown, said: &Said<'_>) -> Result<(), ArchiveError> {
        let path = format!("{}.xmp", file.path);
        let text = xmp::write(said, self.writing.zone);
        match self.beside.look(&path, MOST).map_err(failed)? {
            There::Nothing if said.is_nothing() => {}
            There::Nothing => self.put(path, text.as_bytes(), false)?,
            There::File(bytes) if bytes == text.as_bytes() => self.done.unchanged += 1,
            There::File(bytes) if xmp::is_ours(&bytes) => self.put(path, text.as_bytes(), true)?,
            _ if said.is_nothing() => {}
            _ => self.done.foreign.push(path),
        }
        Ok(())
    }

    fn put_json(&mut self, file: &Shown, source: Source) -> Result<(), ArchiveError> {
        let Some(text) = self.text(source)? else {
            return Ok(());
        };
        let path = format!("{}.json", file.path);
        match self.beside.look(&path, MOST).map_err(failed)? {
            There::Nothing => self.put(path, &text, false)?,
            There::File(bytes) if bytes == text => self.done.unchanged += 1,
            There::File(bytes) => self.differing.push((path, digest_of(&bytes), source)),
            There::Something => self.done.foreign.push(path),
        }
        Ok(())
    }

    /// JSON says nowhere who wrote it: ours is what the record of an export has, byte for byte.
    fn replace_recorded(&mut self) -> Result<(), ArchiveError> {
        let differing = std::mem::take(&mut self.differing);
        if differing.is_empty() {
            return Ok(());
        }
        let wanted: HashSet<[u8; 32]> = differing.iter().map(|(_, digest, _)| *digest).collect();
        let mut recorded = HashSet::new();
        for (export, _) in export_record::all(self.writing.manifests)? {
            for line in export_record::read(self.writing.manifests, &export)? {
                if let (_, Line::Entry(entry)) = line.map_err(failed)? {
                    let digest = entry.text().map(|text| digest_of(&text));
                    recorded.extend(digest.filter(|digest| wanted.contains(digest)));
                }
            }
        }
        for (path, digest, source) in differing {
            match self.text(source)? {
                Some(text) if recorded.contains(&digest) => self.put(path, &text, true)?,
                _ => self.done.foreign.push(path),
            }
        }
        Ok(())
    }

    /// Unless the name belongs to a photo's own file.
    fn put(&mut self, path: String, bytes: &[u8], replaces: bool) -> Result<(), ArchiveError> {
        if self.rows.is_free(&path)? {
            self.beside.put(path, bytes, replaces).map_err(failed)?;
            self.done.written += 1;
        } else {
            self.done.foreign.push(path);
        }
        Ok(())
    }

    /// What Google says, verbatim.
    fn text(&self, source: Source) -> Result<Option<Vec<u8>>, ArchiveError> {
        let export = &self.outcomes[source.outcome].export;
        let Some(entry) = source.sidecar else {
            return Ok(None);
        };
        match entry.checked_sub(export.catalog.origins.len()) {
            None => export.catalog.text(entry).map_err(failed),
            Some(behind) => {
                let line = export.recorded[behind].line;
                export_record::text_at(self.writing.manifests, &export.id, line)
            }
        }
    }
}

fn digest_of(bytes: &[u8]) -> [u8; 32] {
    let digest = digest(&SHA256, bytes);
    digest.as_ref().first_chunk().copied().unwrap_or_default()
}

fn failed(error: std::io::Error) -> ArchiveError {
    ArchiveError::storage("write", "sidecars", error)
}
