//! What the person sees while exports are imported: one live line on a terminal, a plain line now and then elsewhere, JSON lines.

use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::cli::LogFormat;
use crate::import::step::Step;
use crate::ui::{Ui, escape, escape_json};

/// Whoever shows an import.
pub(crate) struct Importing {
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

impl Importing {
    pub(crate) fn new(ui: Ui) -> Self {
        let is_live =
            ui.terminal && !ui.quiet && ui.verbose == 0 && ui.log_format == LogFormat::Text;
        let bar = is_live.then(|| {
            let bar = ProgressBar::new_spinner();
            set_style(&bar, "{spinner} {wide_msg}");
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
        match (step, &self.bar) {
            (Step::Warning(text), _) => self.warn(text),
            (Step::Indexing { part, number, of }, Some(bar)) => {
                let part = escape(part);
                bar.set_message(format!("part {number} of {of}: reading what is in {part}"));
            }
            (Step::Indexing { part, number, of }, None) if self.is_json() => {
                write(&json!({ "event": "indexing", "part": part, "number": number, "of": of }));
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
            (Step::Read { bytes }, _) => self.read(*bytes),
            (Step::Deriving, Some(bar)) => {
                set_style(bar, "{spinner} {wide_msg}");
                bar.set_message("writing sidecars and links");
            }
            (Step::Indexing { .. } | Step::Deriving, None) => {}
        }
    }

    fn begin(&self, files: u64, bytes: u64, needed: u64, free: u64) {
        self.lock().total = bytes;
        if self.is_json() {
            write(
                &json!({ "event": "importing", "files": files, "bytes": bytes, "needed": needed, "free": free }),
            );
            return;
        }
        let text = format!(
            "{} files to read, {}. At most {} will be written, {} are free",
            HumanCount(files),
            HumanBytes(bytes),
            HumanBytes(needed),
            HumanBytes(free)
        );
        match &self.bar {
            Some(bar) => bar.suspend(|| self.ui.say(&text)),
            None => self.ui.say(&text),
        }
        if let Some(bar) = &self.bar {
            bar.set_length(bytes);
            set_style(
                bar,
                "{spinner} {bytes}/{total_bytes} read · {bytes_per_sec} · {eta} left",
            );
        }
    }

    fn read(&self, bytes: u64) {
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
            write(&json!({ "event": "read", "bytes": state.done, "of": state.total }));
        } else {
            self.ui.say(&format!(
                "{} of {} read",
                HumanBytes(state.done),
                HumanBytes(state.total)
            ));
        }
    }

    /// Heard under `-q` too, on a line of its own above the live one.
    fn warn(&self, text: &str) {
        if self.is_json() {
            write(&json!({ "event": "warning", "text": text }));
            return;
        }
        let text = format!("{} {}", self.ui.yellow("warning"), escape(text));
        match &self.bar {
            Some(bar) => bar.suspend(|| self.ui.print(&text)),
            None => self.ui.print(&text),
        }
    }

    fn is_json(&self) -> bool {
        self.ui.log_format == LogFormat::Json
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Importing {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn set_style(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
}

fn write(object: &Value) {
    let _ = writeln!(std::io::stderr().lock(), "{}", escape_json(object));
}
