//! From what was read to what the archive holds: whose each file is, and what is recorded of it.

use std::collections::HashMap;
use std::fs::File;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::oneshot;

use crate::archive::ArchiveError;
use crate::archive::command::Command;
use crate::archive::export_record::Line;
use crate::archive::settings::Settings;
use crate::archive::staged::Said;
use crate::archive::store::Store;
use crate::import::dated;
use crate::import::describe::{Read, describe};
use crate::import::fate::{DAMAGED, Fate, NOT_STORED};
use crate::import::imported::{Held, Imported, Met};
use crate::import::lines::Lines;
use crate::import::look::Export;
use crate::import::second::{Bytes, Sink};
use crate::import::settle::{Settling, Unowned};
use crate::media::item::Part;
use crate::source::takeout::Entry;
use crate::takeout::name::is_json;
use crate::takeout::plan::{Media, Verdict};

/// What the second reading needs to know, and what it has found out.
pub(crate) struct Importer<'a> {
    /// Which of this import's exports.
    pub(crate) number: usize,
    pub(crate) export: &'a Export,
    pub(crate) id: Arc<str>,
    pub(crate) lines: Lines<'a>,
    pub(crate) settings: &'a Settings,
    pub(crate) store: &'a Store,
    pub(crate) settling: Settling,
    pub(crate) min_free: u64,
    /// By which dates are judged.
    pub(crate) now: DateTime<Utc>,
    pub(crate) go_on: &'a (dyn Fn() -> bool + Send + core::marker::Sync),
    /// Which part is being read.
    pub(crate) part: usize,
    /// Entries whose parts vouch for their bytes, by the key of the path; none where all parts do.
    pub(crate) vouched: HashMap<u64, usize>,
    /// The catalog's entries by part and ordinal.
    pub(crate) places: HashMap<(usize, u64), usize>,
    pub(crate) imported: Imported,
    /// Files that go with one that has not been read yet.
    pub(crate) waiting: HashMap<usize, Vec<(usize, Bytes)>>,
    /// Bytes that are stored or on their way, and whose they are.
    pub(crate) met: Met,
}

impl<'a> Importer<'a> {
    /// The files that waited for one that did not come: they stand for themselves.
    pub(crate) fn finish(&mut self) -> Result<(), ArchiveError> {
        let waiting = std::mem::take(&mut self.waiting);
        let mut waiting: Vec<(usize, Bytes)> = waiting.into_values().flatten().collect();
        waiting.sort_by_key(|(entry, _)| *entry);
        for (entry, bytes) in waiting {
            self.keep(entry, bytes, None)?;
        }
        Ok(())
    }

    fn media(&self, entry: usize) -> Option<&'a Media> {
        match &self.export.plan.verdicts[entry] {
            Verdict::Media(media) => Some(media),
            _ => None,
        }
    }

    /// Keeps a file that was read, or lets it wait until the file that it goes with is known.
    fn keep_in_turn(&mut self, entry: usize, mut bytes: Bytes) -> Result<(), ArchiveError> {
        let Some(media) = self.media(entry) else {
            return self.discard(&bytes);
        };
        let is_described = media.url(self.export.sidecar(media)).is_some();
        let of = match media.of.filter(|_| !is_described) {
            None => None,
            Some(of) => match &self.imported.ids[of] {
                Some(id) => Some(id.clone()),
                None if self.imported.fates.get(of).is_some_and(Option::is_none) => {
                    bytes.file = None;
                    self.waiting.entry(of).or_default().push((entry, bytes));
                    return Ok(());
                }
                // It could not be read, or an earlier import has stored it as what goes with another one.
                None => None,
            },
        };
        let mut ready = vec![(entry, bytes, of)];
        while let Some((entry, bytes, of)) = ready.pop() {
            self.keep(entry, bytes, of.as_deref())?;
            // Others may wait for these: an edited version of an edited version.
            for (entry, bytes) in self.waiting.remove(&entry).unwrap_or_default() {
                let of = self.imported.id_of_main(&self.export.plan, entry);
                ready.push((entry, bytes, of));
            }
        }
        Ok(())
    }

    /// Keeps the bytes of a file whose name cannot be believed: nothing describes it, and it goes with nothing.
    fn keep_doubtful(
        &mut self,
        at: usize,
        entry: &Entry,
        bytes: Bytes,
        doubt: String,
    ) -> Result<(), ArchiveError> {
        self.imported.troubles.push((at, doubt));
        if entry.other_name.as_deref().is_some_and(is_json) {
            self.imported.fates[at] = Some(Fate::Skipped(DAMAGED.to_owned()));
            return self.discard(&bytes);
        }
        self.imported.doubtful.insert(at);
        self.keep(at, bytes, None)
    }

    fn keep(
        &mut self,
        entry: usize,
        mut bytes: Bytes,
        of: Option<&str>,
    ) -> Result<(), ArchiveError> {
        let Some(media) = self.media(entry) else {
            return self.discard(&bytes);
        };
        let is_doubtful = self.imported.doubtful.contains(&entry);
        let alone = Media {
            sidecar: None,
            part: Part::Original,
            of: None,
            rule: None,
            folder: media.folder,
            is_disputed: false,
        };
        let media = if is_doubtful { &alone } else { media };
        let (path, kind) = &self.export.plan.folders[media.folder];
        let digest = bytes.sha256_text();
        let read = Read {
            name: last(&self.export.entries[entry].path),
            folder: last(path),
            kind,
            part: media.part,
            sidecar: self.export.sidecar(media),
            url: media.url(self.export.sidecar(media)),
            exported: self.export.made,
            inspection: &bytes.inspection,
            sha256: &digest,
        };
        let described = describe(&read, of, self.settings, self.now);
        if self.is_outdone(entry, &bytes.sha256, &digest) {
            return self.leave_out(entry, &bytes);
        }
        let id = described.item.id.0.clone();
        self.imported.ids[entry] = Some(id.clone());
        let copies = &mut self.imported.copies;
        dated::remember(copies, (entry, media), &described, bytes.sha256);
        let recorded = &mut self.imported.recorded;
        let before = recorded.len();
        let lines = if is_doubtful {
            // What the record says of an export is what its parts are completed by.
            Vec::new()
        } else {
            self.lines.photo(entry, media.sidecar, &digest, recorded)?
        };
        if let Some(sidecar) = media.sidecar.filter(|_| recorded.len() > before) {
            self.imported.brought.insert(entry, sidecar);
        }
        let is_told = read.url.is_some() || of.is_some();
        let met = self.met.entry(bytes.sha256).or_default();
        let again = met
            .iter()
            .find(|held| !is_told || (held.id == id && held.part == media.part));
        if let Some(held) = again {
            let is_told_anew =
                held.ticket.0 != self.number && read.url.is_some() && media.part == Part::Original;
            self.imported.ids[entry] = Some(held.id.clone());
            self.imported.same.insert(entry, held.ticket);
            self.imported.fates[entry] = Some(Fate::Duplicate);
            self.discard(&bytes)?;
            if is_told_anew {
                self.settling.send(Command::Describe {
                    item: Box::new(described.item),
                    told: described.told,
                })?;
            }
            return self.settling.send(Command::Say(self.said(lines)));
        }
        let (reply, owned) = oneshot::channel();
        self.settling.send(Command::Own {
            item: Box::new(described.item.clone()),
            part: media.part,
            told: described.told.clone(),
            sha256: bytes.sha256,
            belief: self.belief(entry, &bytes.sha256),
            reply,
        })?;
        let ticket = (self.number, entry);
        let met = self.met.entry(bytes.sha256).or_default();
        // Hardly ever is there a second one, and room for four would be made.
        met.reserve_exact(1);
        met.push(Held {
            id,
            part: media.part,
            ticket,
        });
        let file = bytes.file.take();
        let file = file.map_or_else(|| self.reopen(&bytes), Ok)?;
        let unowned = Unowned {
            place: described.place,
            temp: bytes.temp,
            size: bytes.size,
            sha256: bytes.sha256,
            inspection: bytes.inspection,
            note: self.noted(entry, described.note),
            created: described.item.created,
            ticket,
            is_known: lines.is_empty(),
            said: self.said(lines),
        };
        self.settling.settle(unowned, file, owned);
        Ok(())
    }

    fn reopen(&self, bytes: &Bytes) -> Result<File, ArchiveError> {
        let again = self.store.open_temp(&bytes.temp, bytes.size);
        let again = again.and_then(|file| {
            file.ok_or_else(|| std::io::Error::other("it was changed by somebody else"))
        });
        again.map_err(|error| ArchiveError::storage("open again", &bytes.temp.0, error))
    }

    fn said(&self, lines: Vec<Line>) -> Said {
        Said {
            export: self.id.clone(),
            lines,
        }
    }

    pub(super) fn discard(&self, bytes: &Bytes) -> Result<(), ArchiveError> {
        let removed = self.store.remove_temp(&bytes.temp);
        removed.map_err(|error| ArchiveError::storage("remove", &bytes.temp.0, error))
    }

    fn skip(&mut self, entry: &Entry, reason: &str, why: &str) {
        if let Some(at) = self.places.get(&(self.part, entry.ordinal)).copied() {
            self.imported.fates[at] = Some(Fate::Skipped(reason.to_owned()));
            self.imported.troubles.push((at, why.to_owned()));
        }
    }

    fn check_space(&self, wanted: u64) -> Result<(), ArchiveError> {
        let free = self.store.free_space();
        let free =
            free.map_err(|error| ArchiveError::storage("look at", "the archive's disk", error))?;
        if free < self.min_free.saturating_add(wanted) {
            return Err(ArchiveError::LowSpace {
                free,
                wanted: self.min_free,
            });
        }
        Ok(())
    }
}

impl Sink for Importer<'_> {
    fn wants(&mut self, entry: &Entry) -> Result<bool, ArchiveError> {
        if !(self.go_on)() {
            return Err(ArchiveError::Stopped);
        }
        let Some(at) = self.places.get(&(self.part, entry.ordinal)).copied() else {
            return Ok(false);
        };
        let wanted = matches!(self.export.plan.verdicts[at], Verdict::Media(_));
        if wanted {
            self.check_space(entry.size)?;
        }
        Ok(wanted)
    }

    fn take(&mut self, entry: &Entry, bytes: Bytes) -> Result<(), ArchiveError> {
        match self.places.get(&(self.part, entry.ordinal)).copied() {
            Some(at) => match entry.doubt() {
                Some(doubt) => self.keep_doubtful(at, entry, bytes, doubt),
                None => self.keep_in_turn(at, bytes),
            },
            None => self.discard(&bytes),
        }
    }

    fn damaged(&mut self, entry: &Entry, why: &str) -> Result<(), ArchiveError> {
        self.skip(entry, DAMAGED, why);
        Ok(())
    }

    fn unkept(&mut self, entry: &Entry, why: &str) -> Result<(), ArchiveError> {
        self.skip(entry, NOT_STORED, why);
        Ok(())
    }
}

fn last(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}
