//! What the person sees while the program waits for them: one live line on a terminal, a plain line now and then elsewhere,
//! JSON lines.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use serde_json::json;

use crate::cli::LogFormat;
use crate::ui::Ui;
use crate::ui::skew::skew;

/// Whoever shows it. The live line goes when this does.
pub(crate) struct Waiting {
    ui: Ui,
    /// Only on a terminal, and not beside log lines.
    bar: Option<ProgressBar>,
    until: DateTime<Tz>,
    /// The same as the clock on the wall has it.
    shown: String,
}

impl Waiting {
    pub(crate) fn new(ui: Ui, now: DateTime<Utc>, until: DateTime<Tz>) -> Self {
        let is_today = now.with_timezone(&until.timezone()).date_naive() == until.date_naive();
        let shown = if is_today {
            until.format("%H:%M %Z").to_string()
        } else {
            minute(until)
        };
        let is_live =
            ui.terminal && !ui.quiet && ui.verbose == 0 && ui.log_format == LogFormat::Text;
        let bar = is_live.then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
                bar.set_style(style);
            }
            // Short enough for 80 columns.
            bar.set_message(format!(
                "Waiting for Done until {shown} · Ctrl-C keeps it for `pick --resume`"
            ));
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        let waiting = Self {
            ui,
            bar,
            until,
            shown,
        };
        waiting.tell("Waiting");
        waiting
    }

    /// A sign of life where there is no live line.
    pub(crate) fn remind(&self) {
        self.tell("Still waiting");
    }

    fn tell(&self, how: &str) {
        if self.bar.is_some() || self.ui.quiet {
            return;
        }
        match self.ui.log_format {
            LogFormat::Text => self.ui.say(&format!(
                "{how} for Done in Google Photos until {}",
                self.shown
            )),
            LogFormat::Json => Ui::print_json(
                &json!({ "event": "waiting", "for": "done", "until": self.until.to_rfc3339() }),
            ),
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Says that this machine's clock is off, where it is.
pub(crate) fn warn_of_clock(ui: Ui, ahead: TimeDelta) {
    if let Some(text) = skew(ahead) {
        ui.print(&format!("{} {text}", ui.yellow("warning")));
    }
}

/// A length of time, rounded as people do.
pub(crate) fn lasting(time: Duration) -> String {
    HumanDuration(time).to_string()
}

/// A moment as the clock on the wall has it.
pub(crate) fn minute(moment: DateTime<Tz>) -> String {
    moment.format("%Y-%m-%d %H:%M %Z").to_string()
}
