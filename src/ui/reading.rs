//! How much of many bytes has been read: a live line on a terminal, a plain line now and then elsewhere, JSON lines.

use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::cli::LogFormat;
use crate::ui::{Ui, escape_json};

/// Whoever shows it. The live line goes when this does.
pub(super) struct Reading {
    pub(super) ui: Ui,
    /// Only on a terminal, and not beside log lines.
    pub(super) bar: Option<ProgressBar>,
    state: Mutex<State>,
}

struct State {
    last_line: Instant,
    done: u64,
    total: u64,
}

/// How often a line appears where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(30);

impl Reading {
    /// `bar` is shown with this template, in the words of indicatif.
    pub(super) fn new(ui: Ui, bar: fn() -> ProgressBar, template: &str) -> Self {
        let is_live =
            ui.terminal && !ui.quiet && ui.verbose == 0 && ui.log_format == LogFormat::Text;
        let state = State {
            last_line: Instant::now(),
            done: 0,
            total: 0,
        };
        let reading = Self {
            ui,
            bar: is_live.then(bar),
            state: Mutex::new(state),
        };
        reading.set_style(template);
        if let Some(bar) = &reading.bar {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        reading
    }

    pub(super) fn set_style(&self, template: &str) {
        if let Some(bar) = &self.bar
            && let Ok(style) = ProgressStyle::with_template(template)
        {
            bar.set_style(style);
        }
    }

    pub(super) fn begin(&self, bytes: u64) {
        self.lock().total = bytes;
        if let Some(bar) = &self.bar {
            bar.set_length(bytes);
        }
    }

    pub(super) fn read(&self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.inc(bytes);
            return;
        }
        let mut state = self.lock();
        state.done += bytes;
        if self.ui.quiet || state.last_line.elapsed() < LINE_EVERY {
            return;
        }
        state.last_line = Instant::now();
        if self.is_json() {
            Self::write(&json!({ "event": "read", "bytes": state.done, "of": state.total }));
        } else {
            self.ui.say(&format!(
                "{} of {} read",
                HumanBytes(state.done),
                HumanBytes(state.total)
            ));
        }
    }

    /// Does what prints a line, above the live one.
    pub(super) fn above(&self, print: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    pub(super) fn is_json(&self) -> bool {
        self.ui.log_format == LogFormat::Json
    }

    /// A JSON line of the log.
    pub(super) fn write(object: &Value) {
        let _ = writeln!(std::io::stderr().lock(), "{}", escape_json(object));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
