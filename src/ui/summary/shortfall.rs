//! Why a run that came to its end is no success: in one line for `status` and scripts, and what of it even `-q` is told.

use crate::sync::summary::{Summary, Totals, Unfetched};
use crate::ui::diagnostic::render_parts;
use crate::ui::{Ui, counted, escape};

/// What to ask oneself where Google lists nothing any more.
pub(crate) const WHOSE: &str = "Is it the same Google account and the same OAuth client as then?";

/// Why it is not whole, in one line; `None` where it is.
pub(crate) fn reason(summary: &Summary) -> Option<String> {
    if summary.is_alarming() {
        return Some(nothing_listed(summary));
    }
    let totals = &summary.totals;
    let files = |count, what| (count, format!("{} {what}", counted(count, "file")));
    let (unlisted, unfetched) = (totals.unlisted.len(), summary.unfetched().len());
    let parts = [
        (
            unlisted,
            format!("{} could not be listed", counted(unlisted, "part")),
        ),
        (
            unfetched,
            format!("{} not fetched", counted(unfetched, "selection")),
        ),
        (totals.not_whole.len(), totals.not_whole.join(", ")),
        files(totals.failed_new, "failed"),
        files(totals.failed_known, "failed again, as in an earlier run"),
        files(totals.gone, "no longer at Google"),
        files(totals.damaged, "damaged on this disk"),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<_> = parts.map(|(_, text)| text).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What no line has said while it went on, for whoever asked for nothing but errors. Files and days that failed were named
/// as they did so, and those that failed in an earlier run in that run.
pub(crate) fn unsaid(ui: Ui, summary: &Summary) -> Vec<String> {
    let mut texts = Vec::new();
    if summary.is_alarming() {
        texts.push(render_parts(ui, &nothing_listed(summary), Some(WHOSE)));
    }
    for text in &summary.totals.not_whole {
        texts.push(format!("{} {}", ui.red("not whole:"), escape(text)));
    }
    texts.extend(damaged(ui, &summary.totals));
    for Unfetched { selection, why } in summary.unfetched() {
        texts.push(format!(
            "{} {selection}: {}",
            ui.yellow("not fetched:"),
            escape(why)
        ));
    }
    texts
}

/// Stored files that nobody has changed and that are not what was stored, if there are any.
pub(super) fn damaged(ui: Ui, totals: &Totals) -> Option<String> {
    if totals.damaged == 0 {
        return None;
    }
    let mut text = format!(
        "  {} {}: another size under the old time, and no whole picture or video; `gphotos-dl verify --repair` brings back what \
         Google has:",
        ui.red("damaged:"),
        counted(totals.damaged, "file")
    );
    for path in &totals.damaged_files {
        text.push_str("\n           ");
        text.push_str(&escape(path));
    }
    Some(text)
}

pub(super) fn nothing_listed(summary: &Summary) -> String {
    format!(
        "Google listed nothing, but this archive holds {} of what it listed before",
        counted(summary.held_before(), "item")
    )
}
