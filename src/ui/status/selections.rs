//! What `status` says of selections that are not finished.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::ui::Ui;
use crate::ui::status::minute;

/// A selection of `pick` that is not finished. Its session is a secret, and not told.
#[derive(Debug, Serialize)]
pub(crate) struct Unfinished {
    pub(crate) begun: Option<DateTime<Utc>>,
    /// Until then Google keeps it.
    pub(crate) expires: Option<DateTime<Utc>>,
    /// Everything of it is here; only Google has not been told.
    pub(crate) fetched: bool,
}

pub(super) fn write(text: &mut String, ui: Ui, selections: &[Unfinished], now: DateTime<Utc>) {
    if selections.is_empty() {
        return;
    }
    let _ = writeln!(text, "{}", ui.bold("Unfinished selections"));
    for (index, selection) in selections.iter().enumerate() {
        let begun = selection
            .begun
            .map_or(String::new(), |begun| format!(", begun {}", minute(begun)));
        let state = match selection.expires {
            _ if selection.fetched => {
                "everything of it is here; Google has not been told".to_owned()
            }
            Some(expires) if expires <= now => format!("expired on {}", minute(expires)),
            Some(expires) => format!("Google keeps it until {}", minute(expires)),
            None => "Google keeps it for some days".to_owned(),
        };
        let _ = writeln!(text, "  selection {}{begun}: {state}", index + 1);
    }
    text.push_str("  `gphotos-dl pick --resume` goes on: with all that are ready, or else with the first in which Done is pressed\n");
}
