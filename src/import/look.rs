//! What is to be done, before anything is done: every export among the parts, read for the first time and planned.

use std::collections::HashSet;
use std::fs::File;
use std::path::Path;

use chrono::{NaiveDate, NaiveTime};
use data_encoding::HEXLOWER;

use crate::archive::export_record::Line;
use crate::import::catalog::{Catalog, Origin};
use crate::import::group::{Exports, Grouped, group};
use crate::import::known::{Known, KnownParts, Recorded, key};
use crate::import::step::{Step, Tell};
use crate::import::{ImportError, Request};
use crate::source::takeout::{Integrity, Part};
use crate::takeout::json::{Json, Sidecar};
use crate::takeout::plan::{self, Listed, Media, Plan, Verdict};

/// One export, read for the first time.
pub(crate) struct Export {
    /// Names its record.
    pub(crate) id: String,
    /// The ids of recorded exports that turn out to be this one: its record is to take in theirs.
    pub(crate) united: Vec<String>,
    /// These, and those that its record has taken in before.
    pub(crate) formerly: Vec<String>,
    /// What is to be recorded before anything is stored.
    pub(crate) begun: Vec<Line>,
    /// Those that are read; [`Export::finished`] has the others.
    pub(crate) parts: Vec<Part>,
    /// Hexadecimal, one per part; none for a folder.
    pub(crate) fingerprints: Vec<Option<String>>,
    /// Parts that an earlier import has read to their end.
    pub(crate) finished: Vec<Part>,
    /// Numbers that are missing between the parts, those of earlier imports included.
    pub(crate) gaps: Vec<u32>,
    pub(crate) catalog: Catalog,
    /// When the export was made, as far as can be told: seconds since 1970; 0 where it cannot.
    pub(crate) made: i64,
    /// Those of the catalog, and behind them what earlier imports have recorded of other parts.
    pub(crate) entries: Vec<Listed>,
    /// Of the entries behind the catalog's.
    pub(crate) recorded: Vec<Origins>,
    pub(crate) plan: Plan,
    pub(crate) known: Known,
    /// All its parts are known, and the index holds all that is known of them: nothing of it was looked at.
    pub(crate) is_unchanged: bool,
}

/// Where an entry comes from that an earlier import has recorded.
pub(crate) struct Origins {
    /// Of a photo's bytes, hexadecimal.
    pub(crate) sha256: Option<String>,
    /// The key of the path of what describes it, where something does.
    pub(crate) described_by: Option<u64>,
    /// Where its line in the record begins.
    pub(crate) line: u64,
    /// Nothing vouches for it.
    pub(crate) is_doubted: bool,
}

impl Origins {
    /// Of a file that is in no record yet, or of which none is needed.
    pub(crate) fn read_now(sha256: [u8; 32]) -> Self {
        Self {
            sha256: Some(HEXLOWER.encode(&sha256)),
            described_by: None,
            line: 0,
            is_doubted: false,
        }
    }

    fn of(recorded: Recorded) -> (Listed, Self) {
        let origins = Self {
            sha256: recorded.sha256,
            described_by: recorded.described_by,
            line: recorded.line,
            is_doubted: recorded.doubted_in.is_some(),
        };
        (recorded.listed, origins)
    }
}

impl Export {
    /// It is none that the user has named, and only taken in again from its record.
    pub(crate) fn is_replayed(&self) -> bool {
        self.parts.is_empty() && self.finished.is_empty()
    }

    /// Nothing of it is of Google Photos, as far as it can be read and all of it can.
    fn is_foreign(&self) -> bool {
        let is_whole = |integrity: &Integrity| *integrity == Integrity::Whole;
        !self.plan.has_photos
            && self.finished.is_empty()
            && self.catalog.integrity.iter().all(is_whole)
    }

    /// What describes a file, where something does.
    pub(crate) fn sidecar(&self, media: &Media) -> Option<&Sidecar> {
        match &self.entries[media.sidecar?].json {
            Some(Json::Sidecar(sidecar)) => Some(sidecar),
            _ => None,
        }
    }

    /// The parts that are not whole, and the first thing that is wrong with each.
    pub(crate) fn damaged(&self) -> impl Iterator<Item = (&Part, &str)> {
        let parts = self.parts.iter().zip(&self.catalog.integrity);
        parts.filter_map(|(part, integrity)| match integrity {
            Integrity::Whole => None,
            Integrity::Damaged { what, .. } => Some((part, what.as_str())),
        })
    }

    /// Whether what is read of an entry is what was put into its part.
    pub(crate) fn is_proven(&self, entry: usize) -> bool {
        let origin = self.catalog.origins.get(entry);
        origin.is_none_or(|origin| self.catalog.integrity[origin.part].is_proven())
    }

    /// The files that are to be read, and their bytes.
    pub(crate) fn to_read(&self) -> (u64, u64) {
        let media = self.catalog.origins.iter().enumerate();
        let media = media.filter(|(at, _)| matches!(self.plan.verdicts[*at], Verdict::Media(_)));
        media.fold((0, 0), |(files, bytes), (_, origin)| {
            (files + 1, bytes + origin.size)
        })
    }

    /// Bytes that will be written at the most: photos, every name and size counted once, and the record.
    pub(crate) fn needed(&self) -> u64 {
        let origins = self.catalog.origins.iter().zip(&self.entries);
        let texts = origins.filter(|(origin, entry)| {
            let is_new = |text| !self.known.texts.contains(&(key(&entry.path), text));
            origin.text_key.is_some_and(is_new)
        });
        // In the record, text grows by what JSON escapes, and what is no text by a third.
        let texts: u64 = texts.map(|(origin, _)| origin.size / 3 * 4).sum();
        let media = self.unlike().map(|at| self.catalog.origins[at].size);
        media.sum::<u64>() + texts
    }

    /// The media that nothing is known of, every name and size once.
    fn unlike(&self) -> impl Iterator<Item = usize> {
        let mut counted = HashSet::new();
        let all = 0..self.catalog.origins.len();
        let media = all.filter(|at| matches!(self.plan.verdicts[*at], Verdict::Media(_)));
        media.filter(move |at| {
            let (path, size) = (&self.entries[*at].path, self.catalog.origins[*at].size);
            let is_known = self.known.files.contains_key(&(path.clone(), size));
            let name = path
                .rsplit_once('/')
                .map_or(path.as_str(), |(_, name)| name);
            !is_known && counted.insert((name, size))
        })
    }
}

/// Reads and plans all exports among the parts, and those that are to be taken in again from their records. `spool` makes
/// the file that a catalog keeps its texts in.
pub(crate) fn look(
    request: &Request,
    manifests: &Path,
    replayed: &[String],
    mut spool: impl FnMut() -> std::io::Result<Option<File>>,
    tell: &Tell,
    go_on: &dyn Fn() -> bool,
) -> Result<Vec<Export>, ImportError> {
    let mut number = 0;
    let grouped = grouped(request, manifests, replayed, go_on)?;
    let mut exports = Vec::with_capacity(grouped.len());
    for (id, Grouped { parts, united }) in grouped {
        let records: Vec<String> = std::iter::once(&id).chain(&united).cloned().collect();
        let known = KnownParts::read(manifests, &records)?;
        let (mut reading, mut finished) = (Vec::new(), Vec::new());
        let mut fingerprints: Vec<Option<String>> = Vec::new();
        let mut numbers: Vec<u32> = known.numbers.clone();
        let sizes: Vec<u64> = parts.iter().filter_map(Part::size_to_hash).collect();
        for part in parts {
            // What has to be read whole for it is read whole anyway, unless it may be known already.
            let may_be_known = part.size_to_hash().is_none_or(|size| {
                let is_twin = sizes.iter().filter(|other| **other == size).count() > 1;
                is_twin || known.finished_sizes.contains(&size)
            });
            let fingerprint = may_be_known.then(|| part.fingerprint()).flatten();
            let fingerprint = fingerprint.map(|fingerprint| HEXLOWER.encode(&fingerprint));
            numbers.extend(part.number);
            let is_finished = fingerprint
                .as_ref()
                .is_some_and(|found| known.is_finished(found, request.include_trashed));
            if is_finished && !request.reread {
                number += 1;
                finished.push(part);
            } else if !fingerprints
                .iter()
                .any(|known| known.is_some() && *known == fingerprint)
            {
                reading.push(part);
                fingerprints.push(fingerprint);
            }
        }
        let is_unchanged = reading.is_empty()
            && united.is_empty()
            && !finished.is_empty()
            && !replayed.contains(&id)
            && !request.beside.sidecars.has_json();
        let known_parts = known;
        let mut known = if is_unchanged {
            Known::default()
        } else {
            Known::read(manifests, &records)?
        };
        let spool = spool().map_err(crate::import::catalog::CatalogError::Spool)?;
        let mut begin = |part: &Part| {
            number += 1;
            let (part, of) = (&part.name(), request.parts.len());
            tell(&Step::Indexing { part, number, of });
        };
        let mut catalog = Catalog::read(&reading, spool, &mut begin, go_on)?;
        complete(&mut fingerprints, &reading);
        let mut entries = std::mem::take(&mut catalog.entries);
        let others = take_others(&mut known, (&reading, &catalog), &mut entries);
        let others = others.into_iter().map(Origins::of);
        let (others, recorded): (Vec<Listed>, Vec<Origins>) = others.unzip();
        entries.extend(others);
        let plan = plan::plan(&entries, request.include_trashed);
        let begun = reading.iter().zip(&fingerprints);
        let begun = begun.filter_map(|(part, found)| known_parts.begin(part, found.as_ref()));
        let begun = begun.collect();
        let made = made(&id).or(known_parts.exported.max(catalog.written));
        exports.push(Export {
            id,
            united,
            formerly: known_parts.united,
            begun,
            parts: reading,
            fingerprints,
            finished,
            gaps: gaps(numbers),
            catalog,
            made: made.unwrap_or(0),
            entries,
            recorded,
            plan,
            known,
            is_unchanged,
        });
    }
    let mut named = exports.iter().filter(|export| !export.is_replayed());
    if !request.parts.is_empty() && named.all(Export::is_foreign) {
        let parts = exports.iter().flat_map(|export| &export.parts);
        let names: Vec<String> = parts.map(Part::name).collect();
        return Err(ImportError::NoPhotos(names.join(", ")));
    }
    Ok(exports)
}

/// What is recorded of other parts than these. Where these are damaged and the record has a text that a part vouched for, that text
/// takes the place of what is read now.
fn take_others(
    known: &mut Known,
    (reading, catalog): (&[Part], &Catalog),
    entries: &mut [Listed],
) -> Vec<Recorded> {
    let is_proven = |origin: &Origin| catalog.integrity[origin.part].is_proven();
    let here = entries.iter().zip(&catalog.origins);
    let here = here.map(|(entry, origin)| (entry.path.as_str(), origin.size, is_proven(origin)));
    let whole = reading.iter().zip(&catalog.integrity);
    let whole = whole.filter(|(_, integrity)| **integrity == Integrity::Whole);
    let whole = whole.map(|(part, _)| key(&part.name())).collect();
    let (others, mut better) = known.take_others(here, &whole);
    if !better.is_empty() {
        for (entry, origin) in entries.iter_mut().zip(&catalog.origins) {
            if !is_proven(origin)
                && let Some(json) = better.remove(&entry.path)
            {
                entry.json = Some(json);
            }
        }
    }
    others
}

/// Some can be told only when the parts were read.
fn complete(fingerprints: &mut [Option<String>], parts: &[Part]) {
    for (part, fingerprint) in parts.iter().zip(fingerprints) {
        let read = part.read_fingerprint();
        let read = read.map(|fingerprint| HEXLOWER.encode(&fingerprint));
        *fingerprint = fingerprint.take().or(read);
    }
}

/// The exports among the parts, and those to be taken in again.
fn grouped(
    request: &Request,
    manifests: &Path,
    replayed: &[String],
    go_on: &dyn Fn() -> bool,
) -> Result<Exports, ImportError> {
    let mut grouped = group(&request.parts, manifests, go_on)?;
    for id in replayed {
        let is_another = grouped.values().any(|export| export.united.contains(id));
        if !is_another {
            grouped.entry(id.clone()).or_default();
        }
    }
    Ok(grouped)
}

/// When an export was made, by its id: `20240525T201456Z`. Since 2025 some have a time that no clock shows; then the day has to
/// do.
fn made(id: &str) -> Option<i64> {
    let (day, time) = id.split_once('T')?;
    let day = NaiveDate::parse_from_str(day, "%Y%m%d").ok()?;
    let time = time.get(..6);
    let time = time.and_then(|time| NaiveTime::parse_from_str(time, "%H%M%S").ok());
    Some(day.and_time(time.unwrap_or_default()).and_utc().timestamp())
}

/// Numbers between 1 and the largest that no part has.
fn gaps(mut numbers: Vec<u32>) -> Vec<u32> {
    numbers.sort_unstable();
    numbers.dedup();
    // A name with a number in the millions is nobody's part.
    let last = numbers.last().copied().unwrap_or(0).min(9_999);
    (1..last)
        .filter(|number| numbers.binary_search(number).is_err())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exports_id_tells_when_it_was_made() {
        for (id, expected) in [
            ("20240525T201456Z", Some("2024-05-25T20:14:56Z")),
            ("20250921T1994402Z", Some("2025-09-21T00:00:00Z")),
            ("20250921T12Z", Some("2025-09-21T00:00:00Z")),
            ("local-0123456789ab", None),
            ("20251399T000000Z", None),
        ] {
            let expected = expected.map(|moment| {
                let moment: chrono::DateTime<chrono::Utc> = moment.parse().expect("a moment");
                moment.timestamp()
            });
            assert_eq!(made(id), expected, "{id}");
        }
    }
}
