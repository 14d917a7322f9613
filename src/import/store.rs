//! From what was read to what the archive holds: whose each file is, and what is recorded of it.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use data_encoding::BASE64;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::archive::ArchiveError;
use crate::archive::commit::{Command, Commands, Listed as Recording, Wish};
use crate::archive::export_record::{EntryLine, Line};
use crate::archive::own::{BY_CONTENT, Owned};
use crate::archive::settings::Settings;
use crate::archive::staged::{Said, Staged};
use crate::archive::store::{self, Store};
use crate::import::catalog::Catalog;
use crate::import::describe::{Described, Read, describe};
use crate::import::fate::Fate;
use crate::import::known::Known;
use crate::import::look::Export;
use crate::import::second::{Bytes, Sink};
use crate::media::item::{MediaItem, Part, Role};
use crate::source::takeout::Entry;
use crate::takeout::json::{Json, Sidecar};
use crate::takeout::plan::{Listed, Media, Plan, Verdict};

/// What the second reading needs to know, and what it has found out.
pub(crate) struct Importer<'a> {
    /// Which of this import's exports.
    pub(crate) number: usize,
    pub(crate) export: Arc<str>,
    pub(crate) catalog: &'a Catalog,
    /// Those of the catalog, and behind them what earlier imports have recorded of other parts.
    pub(crate) entries: &'a [Listed],
    pub(crate) plan: &'a Plan,
    pub(crate) known: &'a Known,
    pub(crate) part_names: &'a [String],
    pub(crate) settings: &'a Settings,
    pub(crate) store: &'a Store,
    pub(crate) commands: Commands,
    pub(crate) runtime: Handle,
    pub(crate) syncing: Arc<Semaphore>,
    pub(crate) min_free: u64,
    pub(crate) now: DateTime<Utc>,
    pub(crate) go_on: &'a (dyn Fn() -> bool + Send + core::marker::Sync),
    /// Which part is being read.
    pub(crate) part: usize,
    /// The catalog's entries by part and ordinal.
    pub(crate) places: HashMap<(usize, u64), usize>,
    pub(crate) imported: Imported,
    /// Files that go with one that has not been read yet.
    pub(crate) waiting: HashMap<usize, Vec<(usize, Bytes)>>,
    /// Bytes that are stored or on their way, and whose they are: id, part and row of the item.
    pub(crate) met: Met,
}

/// By their SHA-256.
pub(crate) type Met = HashMap<[u8; 32], Vec<Held>>;

/// Whose some bytes are.
pub(crate) struct Held {
    id: String,
    part: Part,
    item: i64,
    /// Which export has said so.
    export: usize,
}

/// What became of the entries of the catalog so far.
#[derive(Default)]
pub(crate) struct Imported {
    /// One per entry of the catalog; what is on its way has none yet.
    pub(crate) fates: Vec<Option<Fate>>,
    /// The item that each media entry belongs to.
    pub(crate) items: Vec<Option<i64>>,
    /// The id of that item.
    pub(crate) ids: Vec<Option<String>>,
    /// JSON files whose text is on its way to the record.
    pub(crate) recorded: HashSet<usize>,
    /// Files whose line brings such a text along, and which: it is recorded only if the file is stored.
    pub(crate) brought: HashMap<usize, usize>,
    /// Entries whose bytes could not be had, and why.
    pub(crate) troubles: Vec<(usize, String)>,
}

/// Files that are being made durable at a time.
pub(crate) const SYNCING: usize = 32;

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
        match &self.plan.verdicts[entry] {
            Verdict::Media(media) => Some(media),
            _ => None,
        }
    }

    fn sidecar(&self, media: &Media) -> Option<&'a Sidecar> {
        match &self.entries[media.sidecar?].json {
            Some(Json::Sidecar(sidecar)) => Some(sidecar),
            _ => None,
        }
    }

    /// Keeps a file that was read, or lets it wait until the file that it goes with is known.
    fn keep_in_turn(&mut self, entry: usize, mut bytes: Bytes) -> Result<(), ArchiveError> {
        let Some(media) = self.media(entry) else {
            return self.discard(&bytes);
        };
        let is_described = self
            .sidecar(media)
            .is_some_and(|sidecar| sidecar.url.is_some());
        let of = match media.of.filter(|_| !is_described) {
            None => None,
            Some(of) => match &self.imported.ids[of] {
                Some(id) => Some(id.clone()),
                None if self.imported.fates[of].is_none() => {
                    bytes.file = None;
                    self.waiting.entry(of).or_default().push((entry, bytes));
                    return Ok(());
                }
                // It could not be read.
                None => None,
            },
        };
        let mut ready = vec![(entry, bytes, of)];
        while let Some((entry, bytes, of)) = ready.pop() {
            self.keep(entry, bytes, of.as_deref())?;
            // Others may wait for these: an edited version of an edited version.
            for (entry, bytes) in self.waiting.remove(&entry).unwrap_or_default() {
                let of = media_id(&self.imported, self.plan, entry);
                ready.push((entry, bytes, of));
            }
        }
        Ok(())
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
        let (path, kind) = &self.plan.folders[media.folder];
        let digest = bytes.sha256_text();
        let read = Read {
            name: last(&self.entries[entry].path),
            folder: last(path),
            kind,
            part: media.part,
            sidecar: self.sidecar(media),
            inspection: &bytes.inspection,
            sha256: &digest,
        };
        let described = describe(&read, of, self.settings, self.now);
        let id = described.item.id.0.clone();
        self.imported.ids[entry] = Some(id.clone());
        let lines = self.lines(entry, media, &digest)?;
        let is_by_content = id.starts_with(BY_CONTENT);
        let met = self.met.entry(bytes.sha256).or_default();
        let again = met
            .iter()
            .find(|held| is_by_content || (held.id == id && held.part == media.part));
        if let Some(held) = again {
            let is_told_anew =
                held.export != self.number && !is_by_content && media.part == Part::Original;
            self.imported.ids[entry] = Some(held.id.clone());
            self.imported.items[entry] = Some(held.item);
            self.imported.fates[entry] = Some(Fate::Duplicate);
            self.discard(&bytes)?;
            if is_told_anew {
                self.describe_anew(described.item)?;
            }
            return self.send(Command::Say(self.said(lines)));
        }
        let (reply, answer) = tokio::sync::oneshot::channel();
        self.send(Command::Own {
            item: Box::new(described.item.clone()),
            part: media.part,
            sha256: bytes.sha256,
            reply,
        })?;
        let owned = answer
            .blocking_recv()
            .map_err(|_| ArchiveError::CommitterGone)?;
        let (item, role) = match owned {
            Owned::Held { item } => {
                self.meet(entry, &bytes, id, media.part, item);
                self.imported.fates[entry] = Some(Fate::Duplicate);
                self.discard(&bytes)?;
                return self.send(Command::Say(self.said(lines)));
            }
            Owned::Wanted { item, role } => (item, role),
        };
        self.meet(entry, &bytes, id, media.part, item);
        let file = match bytes.file.take() {
            Some(file) => file,
            None => self.reopen(&bytes)?,
        };
        self.settle(entry, (bytes, file), (item, role), described, lines);
        Ok(())
    }

    fn reopen(&self, bytes: &Bytes) -> Result<File, ArchiveError> {
        let again = self.store.open_temp(&bytes.temp, bytes.size);
        let again = again.and_then(|file| {
            file.ok_or_else(|| std::io::Error::other("it was changed by somebody else"))
        });
        again.map_err(|error| ArchiveError::storage("open again", &bytes.temp.0, error))
    }

    /// A later export's word on a photo is the newer one.
    fn describe_anew(&self, item: MediaItem) -> Result<(), ArchiveError> {
        let (reply, _) = tokio::sync::oneshot::channel();
        let listed = vec![Recording {
            item,
            wish: Wish::Describe,
            clip: None,
        }];
        self.send(Command::Record { listed, reply })
    }

    fn meet(&mut self, entry: usize, bytes: &Bytes, id: String, part: Part, item: i64) {
        self.imported.items[entry] = Some(item);
        self.met.entry(bytes.sha256).or_default().push(Held {
            id,
            part,
            item,
            export: self.number,
        });
    }

    /// Makes a file durable, off this thread, and passes it to the committer.
    fn settle(
        &self,
        entry: usize,
        (bytes, file): (Bytes, File),
        (item, role): (i64, Role),
        described: Described,
        lines: Vec<Line>,
    ) {
        let staged = Staged {
            item,
            role,
            place: described.place,
            temp: bytes.temp,
            size: bytes.size,
            sha256: bytes.sha256,
            inspection: bytes.inspection,
            note: described.note,
            beside: None,
            doubtful: false,
            has_clip: false,
            ticket: Some((self.number, entry)),
            said: Some(self.said(lines)),
        };
        let (created, commands) = (described.item.created, self.commands.clone());
        let syncing = self.syncing.clone();
        let permit = self.runtime.block_on(syncing.acquire_owned());
        let Ok(permit) = permit else { return };
        self.runtime.spawn(async move {
            let synced = tokio::task::spawn_blocking(move || {
                if let Some(created) = created {
                    store::set_modified(&file, created);
                }
                file.sync_all()
            });
            let command = match synced
                .await
                .unwrap_or_else(|error| Err(std::io::Error::other(error)))
            {
                Ok(()) => Command::Store(Box::new(staged)),
                // After a failed sync nothing is known of the bytes.
                Err(error) => Command::Abort(ArchiveError::storage("sync", staged.temp.0, error)),
            };
            // Fails only when the committer has stopped, which tells its own story.
            let _ = commands.send(command).await;
            drop(permit);
        });
    }

    /// What is recorded of a file: itself, and what describes it if that is not recorded yet.
    fn lines(
        &mut self,
        entry: usize,
        media: &Media,
        digest: &str,
    ) -> Result<Vec<Line>, ArchiveError> {
        let mut lines = Vec::with_capacity(2);
        let sidecar = media.sidecar;
        if let Some(sidecar) = sidecar.filter(|sidecar| *sidecar < self.catalog.origins.len()) {
            let known = (self.known, &mut self.imported.recorded);
            let text = text_line(self.catalog, self.entries, self.part_names, known, sidecar)?;
            if text.is_some() {
                self.imported.brought.insert(entry, sidecar);
            }
            lines.extend(text);
        }
        let path = self.entries[entry].path.clone();
        let size = self.catalog.origins[entry].size;
        let is_known = self
            .known
            .files
            .get(&(path.clone(), size))
            .is_some_and(|known| known.iter().any(|known| known == digest));
        if !is_known {
            lines.push(Line::Entry(EntryLine {
                entry: path,
                part: self.part_names[self.catalog.origins[entry].part].clone(),
                size,
                sha256: Some(digest.to_owned()),
                sidecar: sidecar.map(|sidecar| self.entries[sidecar].path.clone()),
                ..EntryLine::default()
            }));
        }
        Ok(lines)
    }

    fn said(&self, lines: Vec<Line>) -> Said {
        Said {
            export: self.export.clone(),
            lines,
        }
    }

    fn discard(&self, bytes: &Bytes) -> Result<(), ArchiveError> {
        let removed = self.store.remove_temp(&bytes.temp);
        removed.map_err(|error| ArchiveError::storage("remove", &bytes.temp.0, error))
    }

    pub(crate) fn send(&self, command: Command) -> Result<(), ArchiveError> {
        self.runtime.block_on(self.commands.send(command))
    }

    fn check_space(&self, wanted: u64) -> Result<(), ArchiveError> {
        let free = self.store.free_space();
        let free =
            free.map_err(|error| ArchiveError::storage("look at", "the archive's disk", error))?;
        if free < self.min_free.saturating_add(wanted) {
            return Err(ArchiveError::LowSpace {
                free: free >> 20,
                wanted: self.min_free >> 20,
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
        let wanted = matches!(self.plan.verdicts[at], Verdict::Media(_));
        if wanted {
            self.check_space(entry.size)?;
        }
        Ok(wanted)
    }

    fn take(&mut self, entry: &Entry, bytes: Bytes) -> Result<(), ArchiveError> {
        match self.places.get(&(self.part, entry.ordinal)).copied() {
            Some(at) => self.keep_in_turn(at, bytes),
            None => self.discard(&bytes),
        }
    }

    fn damaged(&mut self, entry: &Entry, why: &str) -> Result<(), ArchiveError> {
        if let Some(at) = self.places.get(&(self.part, entry.ordinal)).copied() {
            self.imported.fates[at] = Some(Fate::Skipped(DAMAGED.to_owned()));
            self.imported.troubles.push((at, why.to_owned()));
        }
        Ok(())
    }
}

/// The reason of an entry whose bytes could not be had.
pub(crate) const DAMAGED: &str = "damaged";

/// The line of a JSON file, unless it is recorded.
pub(crate) fn text_line(
    catalog: &Catalog,
    entries: &[Listed],
    part_names: &[String],
    (known, recorded): (&Known, &mut HashSet<usize>),
    entry: usize,
) -> Result<Option<Line>, ArchiveError> {
    let origin = &catalog.origins[entry];
    let key = (entries[entry].path.clone(), origin.size);
    if known.texts.contains(&key) || !recorded.insert(entry) {
        return Ok(None);
    }
    let text = catalog.text(entry);
    let text =
        text.map_err(|error| ArchiveError::storage("read again", "what the export says", error))?;
    let Some(text) = text else { return Ok(None) };
    let (json, json_base64) = match String::from_utf8(text) {
        Ok(text) => (Some(text), None),
        Err(error) => (None, Some(BASE64.encode(error.as_bytes()))),
    };
    Ok(Some(Line::Entry(EntryLine {
        entry: key.0,
        part: part_names[origin.part].clone(),
        size: origin.size,
        json,
        json_base64,
        ..EntryLine::default()
    })))
}

impl Imported {
    /// This file was not stored, and what its line would have said is to be recorded without it: the part that has the
    /// text may be read to its end, and then nobody reads it again.
    pub(crate) fn take_back(&mut self, entry: usize) {
        if let Some(sidecar) = self.brought.remove(&entry) {
            self.recorded.remove(&sidecar);
        }
    }

    pub(crate) fn of(export: &Export) -> Self {
        Self {
            fates: vec![None; export.catalog.origins.len()],
            items: vec![None; export.entries.len()],
            ids: vec![None; export.entries.len()],
            recorded: HashSet::new(),
            brought: HashMap::new(),
            troubles: Vec::new(),
        }
    }
}

/// The id of the item that a file goes with.
fn media_id(imported: &Imported, plan: &Plan, entry: usize) -> Option<String> {
    match &plan.verdicts[entry] {
        Verdict::Media(media) => imported.ids[media.of?].clone(),
        _ => None,
    }
}

fn last(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}
