//! How much of many bytes has been read: a live line on a terminal, a plain line now and then elsewhere, JSON lines.

use std::fmt::Write;
use std::io::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanDuration, ProgressBar, ProgressState, ProgressStyle};
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
    /// When there was one, where there was any.
    last_line: Option<Instant>,
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
            last_line: None,
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
            bar.set_style(style.with_key("left", left));
        }
    }

    pub(super) fn begin(&self, bytes: u64) {
        let mut state = self.lock();
        (state.total, state.last_line) = (bytes, Some(Instant::now()));
        if let Some(bar) = &self.bar {
            bar.set_length(bytes);
            // What went before was no reading.
            bar.reset_elapsed();
            bar.reset_eta();
        }
    }

    pub(super) fn read(&self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.inc(bytes);
            return;
        }
        let mut state = self.lock();
        state.done += bytes;
        if self.ui.quiet || !state.is_time() {
            return;
        }
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

    /// Says what is being done, where there is no live line and none was printed for a while.
    pub(super) fn doing(&self, text: &str) {
        if self.bar.is_none() && !self.ui.quiet && self.lock().is_time() {
            self.ui.say(text);
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

    /// A JSON line of the log about what is being done, which is no error.
    pub(super) fn event(&self, object: &Value) {
        if !self.ui.quiet {
            Self::write(object);
        }
    }

    /// A JSON line of the log.
    pub(super) fn write(object: &Value) {
        let _ = writeln!(std::io::stderr().lock(), "{}", escape_json(object));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether a line is due, which is the last one then.
    fn is_time(&mut self) -> bool {
        let is_time = self
            .last_line
            .is_none_or(|last| last.elapsed() >= LINE_EVERY);
        if is_time {
            self.last_line = Some(Instant::now());
        }
        is_time
    }
}

/// How long the rest takes, once enough is read to go by: a twentieth of all, or what ten seconds brought.
fn left(state: &ProgressState, text: &mut dyn Write) {
    let all = state.len().unwrap_or(0);
    let is_enough = state.pos() >= all / 20 || state.elapsed() >= ENOUGH;
    if is_enough && state.pos() > 0 {
        let _ = write!(text, " · about {} left", HumanDuration(state.eta()));
    }
}

/// What came before this says little of the rest.
const ENOUGH: Duration = Duration::from_secs(10);

impl Drop for Reading {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
