//! What goes into the record of an export: a line for every file, and the text of every JSON file verbatim.

use std::collections::HashSet;

use data_encoding::BASE64;

use crate::archive::ArchiveError;
use crate::archive::export_record::{EntryLine, Line};
use crate::import::known::key;
use crate::import::look::Export;
use crate::source::takeout::Part;

/// The lines of one export.
pub(crate) struct Lines<'a> {
    export: &'a Export,
    part_names: Vec<String>,
}

impl<'a> Lines<'a> {
    pub(crate) fn of(export: &'a Export) -> Self {
        Self {
            export,
            part_names: export.parts.iter().map(Part::name).collect(),
        }
    }

    /// What is recorded of a photo: the text that describes it, and the file itself, unless they are recorded already.
    /// `digest`: of its bytes, hexadecimal.
    pub(crate) fn photo(
        &self,
        entry: usize,
        sidecar: Option<usize>,
        digest: &str,
        recorded: &mut HashSet<usize>,
    ) -> Result<Vec<Line>, ArchiveError> {
        let mut lines = Vec::with_capacity(2);
        if let Some(sidecar) = sidecar.filter(|at| *at < self.export.catalog.origins.len()) {
            lines.extend(self.text(sidecar, recorded)?);
        }
        let line = self.line(entry);
        let known = self
            .export
            .known
            .files
            .get(&(line.entry.clone(), line.size));
        let is_known = known.is_some_and(|known| known.iter().any(|known| known == digest));
        if !is_known || self.is_settled(entry, key(&line.entry), key(digest)) {
            lines.push(Line::Entry(EntryLine {
                sha256: Some(digest.to_owned()),
                sidecar: sidecar.map(|sidecar| self.export.entries[sidecar].path.clone()),
                ..line
            }));
        }
        Ok(lines)
    }

    /// The line of a JSON file, unless it is recorded; none of one that is too large for a line.
    pub(crate) fn text(
        &self,
        entry: usize,
        recorded: &mut HashSet<usize>,
    ) -> Result<Option<Line>, ArchiveError> {
        if !self.is_new(entry, recorded) {
            return Ok(None);
        }
        let text = self.export.catalog.text(entry).map_err(unread)?;
        let Some(text) = text else { return Ok(None) };
        recorded.insert(entry);
        let (json, json_base64) = match String::from_utf8(text) {
            Ok(text) => (Some(text), None),
            Err(error) => (None, Some(BASE64.encode(error.as_bytes()))),
        };
        Ok(Some(Line::Entry(EntryLine {
            json,
            json_base64,
            ..self.line(entry)
        })))
    }

    /// The lines of a JSON file that is too large for one, unless they are recorded. Each is made when it is asked for:
    /// together they may be larger than memory.
    pub(crate) fn pieces(
        &self,
        entry: usize,
        recorded: &mut HashSet<usize>,
    ) -> impl Iterator<Item = Result<Line, ArchiveError>> {
        let mut pieces = Vec::new();
        if self.is_new(entry, recorded) {
            pieces = self.export.catalog.pieces(entry);
        }
        if !pieces.is_empty() {
            recorded.insert(entry);
        }
        let of = pieces.len() as u64;
        (0..).zip(pieces).map(move |(number, piece)| {
            let bytes = self.export.catalog.piece(&piece).map_err(unread)?;
            Ok(Line::Entry(EntryLine {
                json_base64: Some(BASE64.encode(&bytes)),
                piece: Some((number, of)),
                ..self.line(entry)
            }))
        })
    }

    fn is_new(&self, entry: usize, recorded: &HashSet<usize>) -> bool {
        let text = self.export.catalog.origins[entry].text_key;
        let place = key(&self.export.entries[entry].path);
        let is_known = text.is_some_and(|text| self.export.known.texts.contains(&(place, text)));
        let is_settled = text.is_some_and(|text| self.is_settled(entry, place, text));
        (!is_known || is_settled) && !recorded.contains(&entry)
    }

    /// Whether a line says no more than the record does, except that its bytes are proven by now.
    fn is_settled(&self, entry: usize, path: u64, content: u64) -> bool {
        self.export.known.doubted.is_open(path, content) && self.export.is_proven(entry)
    }

    fn line(&self, entry: usize) -> EntryLine {
        let origin = &self.export.catalog.origins[entry];
        EntryLine {
            entry: self.export.entries[entry].path.clone(),
            part: self.part_names[origin.part].clone(),
            size: origin.size,
            unproven: !self.export.is_proven(entry),
            ..EntryLine::default()
        }
    }
}

fn unread(error: std::io::Error) -> ArchiveError {
    ArchiveError::storage("read again", "what the export says", error)
}
