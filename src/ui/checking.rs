//! What the person sees while files are read again: one live line on a terminal, a plain line now and then elsewhere, JSON
//! lines, and what is wrong as soon as it is found.

use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};
use serde_json::json;

use crate::archive::examine::Verdict;
use crate::archive::verify::{Finding, Step};
use crate::cli::LogFormat;
use crate::ui::verify::describe;
use crate::ui::{Ui, escape, escape_json};

/// Whoever shows a check.
pub(crate) struct Checking {
    ui: Ui,
    /// Only on a terminal, and not beside log lines.
    bar: Option<ProgressBar>,
    state: Mutex<State>,
}

struct State {
    last_line: Instant,
    done: u64,
    total: u64,
}

/// How often a line appears where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(30);

impl Checking {
    pub(crate) fn new(ui: Ui) -> Self {
        let is_live =
            ui.terminal && !ui.quiet && ui.verbose == 0 && ui.log_format == LogFormat::Text;
        let bar = is_live.then(|| {
            let bar = ProgressBar::no_length();
            let template =
                "{spinner} {bytes}/{total_bytes} read · {bytes_per_sec} · {eta} left {msg}";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        let state = State {
            last_line: Instant::now(),
            done: 0,
            total: 0,
        };
        Self {
            ui,
            bar,
            state: Mutex::new(state),
        }
    }

    pub(crate) fn step(&self, step: &Step<'_>) {
        match step {
            Step::Begun { files, bytes } => self.begin(*files, *bytes),
            Step::Read { bytes } => self.read(*bytes),
            Step::Found(finding) => self.found(finding),
            Step::Walking => {
                if let Some(bar) = &self.bar {
                    bar.set_message("· looking for files that are not in the index");
                }
            }
        }
    }

    fn begin(&self, files: u64, bytes: u64) {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .total = bytes;
        match (&self.bar, self.ui.log_format) {
            (Some(bar), _) => bar.set_length(bytes),
            (None, LogFormat::Json) => {
                line(&json!({ "event": "verifying", "files": files, "bytes": bytes }));
            }
            (None, LogFormat::Text) => self.ui.say(&format!(
                "Reading {} files, {}",
                HumanCount(files),
                HumanBytes(bytes)
            )),
        }
    }

    fn read(&self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.inc(bytes);
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.done += bytes;
        if self.ui.quiet || state.last_line.elapsed() < LINE_EVERY {
            return;
        }
        state.last_line = Instant::now();
        match self.ui.log_format {
            LogFormat::Json => {
                line(&json!({ "event": "read", "bytes": state.done, "of": state.total }));
            }
            LogFormat::Text => self.ui.say(&format!(
                "{} of {} read",
                HumanBytes(state.done),
                HumanBytes(state.total)
            )),
        }
    }

    fn found(&self, finding: &Finding) {
        let (path, verdict) = (&finding.record.path, &finding.verdict);
        if self.ui.log_format == LogFormat::Json {
            line(
                &json!({ "event": "found", "path": path, "verdict": verdict.as_str(), "known_since": finding.known_since, "detail": describe(finding) }),
            );
            return;
        }
        if matches!(verdict, Verdict::Edited { .. }) && self.ui.quiet {
            return;
        }
        let label = if verdict.is_damage() {
            self.ui.red(verdict.as_str())
        } else {
            self.ui.yellow(verdict.as_str())
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
        match &self.bar {
            Some(bar) => bar.suspend(|| self.ui.print(&text)),
            None => self.ui.print(&text),
        }
    }
}

impl Drop for Checking {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn line(object: &serde_json::Value) {
    let _ = writeln!(std::io::stderr().lock(), "{}", escape_json(object));
}
