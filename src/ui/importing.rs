//! What the person sees while exports are imported: how much is read, what is needed, and what is wrong.

use indicatif::{HumanBytes, ProgressBar};
use serde_json::json;

use crate::import::step::Step;
use crate::ui::reading::Reading;
use crate::ui::{Ui, counted, escape};

/// Whoever shows an import.
pub(crate) struct Importing {
    reading: Reading,
}

/// Of work whose length is not known.
const WORKING: &str = "{spinner} {wide_msg}";

impl Importing {
    pub(crate) fn new(ui: Ui) -> Self {
        let reading = Reading::new(ui, ProgressBar::new_spinner, WORKING);
        Self { reading }
    }

    pub(crate) fn step(&self, step: &Step<'_>) {
        match (step, &self.reading.bar) {
            (Step::Warning(text), _) => self.warn(text),
            (Step::Indexing { part, number, of }, Some(bar)) => {
                let part = escape(part);
                bar.set_message(format!("part {number} of {of}: reading what is in {part}"));
            }
            (Step::Indexing { part, number, of }, None) if self.reading.is_json() => {
                self.reading.event(
                    &json!({ "event": "indexing", "part": part, "number": number, "of": of }),
                );
            }
            (
                Step::Begun {
                    files,
                    bytes,
                    needed,
                    free,
                },
                _,
            ) => self.begin(*files, *bytes, *needed, *free),
            (Step::Read { bytes }, _) => self.reading.read(*bytes),
            (Step::Deriving, Some(bar)) => {
                self.reading.set_style(WORKING);
                bar.set_message("writing sidecars and links");
            }
            (Step::Indexing { part, number, of }, None) => {
                let part = escape(part);
                self.reading
                    .doing(&format!("part {number} of {of}: reading what is in {part}"));
            }
            (Step::Deriving, None) if self.reading.is_json() => {}
            (Step::Deriving, None) => self.reading.doing("writing sidecars and links"),
        }
    }

    fn begin(&self, files: u64, bytes: u64, needed: u64, free: u64) {
        if self.reading.is_json() {
            self.reading.event(
                &json!({ "event": "importing", "files": files, "bytes": bytes, "bytes_needed": needed, "free_bytes": free }),
            );
        } else {
            let text = format!(
                "{} to read, {}. At most {} will be written, {} are free",
                counted(files, "file"),
                HumanBytes(bytes),
                HumanBytes(needed),
                HumanBytes(free)
            );
            self.reading.above(|| self.reading.ui.say(&text));
        }
        self.reading.begin(bytes);
        self.reading
            .set_style("{spinner} {bytes}/{total_bytes} read · {bytes_per_sec}{left}");
    }

    /// Heard under `-q` too.
    fn warn(&self, text: &str) {
        if self.reading.is_json() {
            Reading::write(&json!({ "event": "warning", "text": text }));
            return;
        }
        let ui = self.reading.ui;
        let text = format!("{} {}", ui.yellow("warning"), escape(text));
        self.reading.above(|| ui.print(&text));
    }
}
