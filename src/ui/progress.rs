//! What the person sees while a run works: one live line on a terminal, a plain line now and then elsewhere, JSON lines, or
//! only what went wrong.

mod plan;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};

use crate::cli::LogFormat;
use crate::source::Lane;
use crate::sync::event::{Event, Reporter};
use crate::ui::json_lines::JsonLines;
pub(crate) use crate::ui::progress::plan::{Plan, PlanList};
use crate::ui::{Ui, counted, escape, plural};

/// Whoever shows this run.
pub(crate) fn reporter(ui: Ui) -> Arc<dyn Reporter> {
    match ui.log_format {
        LogFormat::Json => Arc::new(JsonLines { is_quiet: ui.quiet }),
        LogFormat::Text => Arc::new(Progress::new(ui)),
    }
}

/// Progress for people.
struct Progress {
    ui: Ui,
    /// Only on a terminal, and not beside log lines.
    bar: Option<ProgressBar>,
    state: Mutex<State>,
}

struct State {
    started: Instant,
    last_line: Instant,
    windows: usize,
    windows_done: usize,
    unit: &'static str,
    full_pending: bool,
    items: usize,
    queued: usize,
    finished: usize,
    bytes: u64,
    failed: usize,
}

/// How often a line appears where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(30);

impl Progress {
    fn new(ui: Ui) -> Self {
        let bar = (ui.terminal && !ui.quiet && ui.verbose == 0).then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        let now = Instant::now();
        let state = State {
            started: now,
            last_line: now,
            windows: 0,
            windows_done: 0,
            unit: "days",
            full_pending: false,
            items: 0,
            queued: 0,
            finished: 0,
            bytes: 0,
            failed: 0,
        };
        Self {
            ui,
            bar,
            state: Mutex::new(state),
        }
    }

    /// A line of its own above the live one.
    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| self.ui.print(text)),
            None => self.ui.print(text),
        }
    }

    fn tell(&self, event: &Event<'_>) {
        let ui = &self.ui;
        match event {
            // A script that runs every night wants to hear of a failure once.
            Event::Failed { since: Some(_), .. } if ui.quiet => {}
            Event::Failed { name, why, since } => {
                let known = if since.is_some() { " (known)" } else { "" };
                self.line(&format!(
                    "{} {}: {}{known}",
                    ui.red("failed"),
                    escape(name),
                    escape(why)
                ));
            }
            Event::ListingFailed { lane, why } => {
                let part = match lane {
                    Lane::Window(window) => window.to_string(),
                    Lane::Full => "the full listing".to_owned(),
                    Lane::Selection(number) => format!("selection {number}"),
                };
                self.line(&format!(
                    "{} could not list {part}: {}",
                    ui.red("failed"),
                    escape(why)
                ));
            }
            Event::Gone { name } => self.line(&format!(
                "{} {}: Google no longer has it",
                ui.yellow("gone"),
                escape(name)
            )),
            Event::Warning { text } => {
                self.line(&format!("{} {}", ui.yellow("warning"), escape(text)));
            }
            Event::Retrying { name, why, wait } if ui.verbose > 0 => {
                self.line(&format!(
                    "retrying {} in {:.1} s: {}",
                    escape(name),
                    wait.as_secs_f64(),
                    escape(why)
                ));
            }
            Event::Moved { path, from } if ui.verbose > 0 => {
                self.line(&format!("{} was moved to {}", escape(from), escape(path)));
            }
            Event::Matched { path } if ui.verbose > 0 => {
                self.line(&format!("{} was there already", escape(path)));
            }
            Event::Saved { path, size, .. } if ui.verbose > 0 => {
                self.line(&format!("saved {} ({})", escape(path), HumanBytes(*size)));
            }
            _ => {}
        }
    }
}

impl Reporter for Progress {
    fn event(&self, event: &Event<'_>) {
        let status = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.count(event);
            let is_time =
                self.bar.is_none() && !self.ui.quiet && state.last_line.elapsed() >= LINE_EVERY;
            if is_time {
                state.last_line = Instant::now();
            }
            (self.bar.is_some() || is_time).then(|| state.status())
        };
        match (&self.bar, status) {
            // Whoever else holds this may live on: the live line must not.
            (Some(bar), _) if matches!(event, Event::Ended) => bar.finish_and_clear(),
            (Some(bar), Some(status)) => bar.set_message(status),
            (None, Some(status)) => self.ui.say(&status),
            _ => {}
        }
        self.tell(event);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl State {
    fn count(&mut self, event: &Event<'_>) {
        match event {
            Event::Listing {
                windows,
                unit,
                full,
            } => {
                self.windows = *windows;
                self.unit = unit;
                self.full_pending = *full;
            }
            Event::Listed { lane } | Event::ListingFailed { lane, .. } => match lane {
                Lane::Window(_) | Lane::Selection(_) => self.windows_done += 1,
                Lane::Full => self.full_pending = false,
            },
            Event::Seen { items } => self.items += items,
            Event::Queued => self.queued += 1,
            Event::Received { bytes } => self.bytes += bytes,
            Event::Saved { .. } | Event::KeptFirst { .. } | Event::Gone { .. } => {
                self.finished += 1;
            }
            Event::Failed { .. } => self.failed += 1,
            _ => {}
        }
    }

    /// The most important first: a narrow terminal cuts the end.
    fn status(&self) -> String {
        let mut parts = Vec::new();
        let done = self.finished.min(self.queued);
        if self.queued > 0 {
            parts.push(format!(
                "{}/{} {} fetched",
                HumanCount(done as u64),
                HumanCount(self.queued as u64),
                plural(self.queued, "item")
            ));
        }
        if let Some(left) = self.time_left(done) {
            parts.push(format!("about {} left", indicatif::HumanDuration(left)));
        }
        if self.failed > 0 {
            parts.push(format!("{} failed", HumanCount(self.failed as u64)));
        }
        parts.push(format!(
            "listed {}/{} {}, {}",
            HumanCount(self.windows_done as u64),
            HumanCount(self.windows as u64),
            plural(self.windows, self.unit.trim_end_matches('s')),
            counted(self.items, "item")
        ));
        if self.bytes > 0 {
            let elapsed = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
            let rate = self.bytes * 1000 / elapsed.max(100);
            parts.push(format!(
                "{}, {}/s",
                HumanBytes(self.bytes),
                HumanBytes(rate)
            ));
        }
        parts.join(" · ")
    }

    /// An estimate once all is listed and enough is done to go by.
    fn time_left(&self, done: usize) -> Option<Duration> {
        let is_listed = self.windows_done == self.windows && !self.full_pending;
        let is_enough = done >= 20 || done * 20 >= self.queued;
        if !is_listed || !is_enough || done == 0 || done >= self.queued {
            return None;
        }
        let seconds = self.started.elapsed().as_secs_f64();
        Some(Duration::from_secs_f64(
            seconds / done as f64 * (self.queued - done) as f64,
        ))
    }
}
