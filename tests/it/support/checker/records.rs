//! The records of exports, read line by line: what an export says is there, verbatim, as soon as its photo is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use data_encoding::BASE64;
use serde_json::Value;

use super::Violations;
use super::index::Held;
use super::truth::Truths;

/// All records of one archive.
#[derive(Default)]
pub(super) struct Records {
    /// Digests of files, lower-case hexadecimal.
    digests: BTreeSet<String>,
    /// Texts, by the path of their entry.
    texts: BTreeMap<String, Vec<u8>>,
    /// Each file that has one: the digest, the path of its entry, and of the entry that describes it.
    described: Vec<(String, String, String)>,
}

impl Records {
    pub(super) fn read(root: &Path) -> Self {
        let mut records = Self::default();
        let entries = fs::read_dir(root.join("media_items_list"));
        for entry in entries.into_iter().flatten().flatten() {
            if !super::names::is_record(&entry.file_name().to_string_lossy()) {
                continue;
            }
            let text = fs::read(entry.path()).expect("a record");
            // A line without its end was cut.
            let lines = text.split_inclusive(|byte| *byte == b'\n');
            for line in lines.filter(|line| line.ends_with(b"\n")) {
                if let Ok(line) = serde_json::from_slice(line) {
                    records.take(&line);
                }
            }
        }
        records
    }

    fn take(&mut self, line: &Value) {
        let text = |name: &str| line[name].as_str().map(str::to_owned);
        let Some(entry) = text("entry") else { return };
        if let (Some(sidecar), Some(digest)) = (text("sidecar"), text("sha256")) {
            self.described.push((digest, entry.clone(), sidecar));
        }
        self.digests.extend(text("sha256"));
        let bytes = match (text("json"), text("json_base64")) {
            (Some(json), _) => Some(json.into_bytes()),
            (None, Some(coded)) => BASE64.decode(coded.as_bytes()).ok(),
            (None, None) => None,
        };
        if let Some(bytes) = bytes {
            self.texts.insert(entry, bytes);
        }
    }

    /// I2, at any moment.
    pub(super) fn check(&self, held: &Held, truths: &Truths, wrong: &mut Violations) {
        for role in held.done().filter(|role| role.source == "takeout") {
            if !self.digests.contains(&role.sha256) {
                wrong.push(format!("I2: {} is done and in no record", role.path));
            }
        }
        // A clip or an edited version may be there before the photo that brings the text of all of them.
        let done = held.done().filter(|role| role.role == "original");
        let photos: BTreeSet<_> = done.map(|role| role.sha256.as_str()).collect();
        for (digest, entry, sidecar) in &self.described {
            if photos.contains(digest.as_str()) && !self.texts.contains_key(sidecar) {
                wrong.push(format!(
                    "I2: {entry} is recorded without what describes it, {sidecar}"
                ));
            }
        }
        for (entry, text) in &self.texts {
            if truths.text(entry).is_some_and(|truth| truth != text) {
                wrong.push(format!("I2: the record of {entry} is not verbatim"));
            }
        }
    }

    /// I7, after a run.
    pub(super) fn check_nothing_forgotten(&self, truths: &Truths, wrong: &mut Violations) {
        for entry in truths.texts() {
            if !self.texts.contains_key(entry) {
                wrong.push(format!("I7: {entry} was read and is not recorded"));
            }
        }
    }
}
