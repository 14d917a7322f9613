//! What the person sees while files are read again: one live line on a terminal, a plain line now and then elsewhere, JSON
//! lines, and what is wrong as soon as it is found.

use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{HumanBytes, ProgressBar};
use serde_json::json;

use crate::archive::examine::Verdict;
use crate::archive::verify::{Finding, Step};
use crate::ui::reading::Reading;
use crate::ui::verify::describe;
use crate::ui::{Ui, counted, escape};

/// Whoever shows a check.
pub(crate) struct Checking {
    reading: Reading,
    noticed: AtomicU64,
}

impl Checking {
    pub(crate) fn new(ui: Ui) -> Self {
        let template = "{spinner} {bytes}/{total_bytes} read · {bytes_per_sec}{left} {msg}";
        let reading = Reading::new(ui, ProgressBar::no_length, template);
        Self {
            reading,
            noticed: AtomicU64::new(0),
        }
    }

    pub(crate) fn step(&self, step: &Step<'_>) {
        match step {
            Step::Begun { files, bytes } => self.begin(*files, *bytes),
            Step::Read { bytes } => self.reading.read(*bytes),
            Step::Noticed => self.notice(),
            Step::Found(finding) => self.found(finding),
            Step::Walking => {
                if let Some(bar) = &self.reading.bar {
                    bar.set_message("· looking for files that are not in the index");
                }
            }
        }
    }

    fn begin(&self, files: u64, bytes: u64) {
        self.reading.begin(bytes);
        if self.reading.is_json() {
            self.reading
                .event(&json!({ "event": "verifying", "files": files, "bytes": bytes }));
        } else if self.reading.bar.is_none() {
            self.reading.ui.say(&format!(
                "Reading {}, {}",
                counted(files, "file"),
                HumanBytes(bytes)
            ));
        }
    }

    /// Which they are is said in their order, when all is read.
    fn notice(&self) {
        let count = self.noticed.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(bar) = &self.reading.bar {
            let files = counted(count, "file");
            bar.set_message(format!("· {files} not as stored"));
        }
    }

    fn found(&self, finding: &Finding) {
        let (path, verdict) = (&finding.record.path, &finding.verdict);
        let ui = self.reading.ui;
        if matches!(verdict, Verdict::Edited { .. }) && ui.quiet {
            return;
        }
        if self.reading.is_json() {
            Reading::write(
                &json!({ "event": "found", "path": path, "verdict": verdict.as_str(), "since": finding.known_since, "detail": describe(finding) }),
            );
            return;
        }
        let label = if verdict.is_damage() {
            ui.red(verdict.as_str())
        } else {
            ui.yellow(verdict.as_str())
        };
        let since = match finding.known_since {
            Some(since) => format!(" (known since {})", since.format("%Y-%m-%d")),
            None => String::new(),
        };
        let text = format!(
            "{label} {}: {}{since}",
            escape(path),
            escape(&describe(finding))
        );
        self.reading.above(|| ui.print(&text));
    }
}
