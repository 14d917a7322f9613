//! The end of a run in words; as one JSON object in [`json`].

mod json;
pub(crate) mod shortfall;

use std::fmt::Write;

use indicatif::{HumanBytes, HumanCount};

use crate::sync::summary::{Scope, Skipped, Summary, Totals, Unfetched};
use crate::ui::skew::skew;
pub(crate) use crate::ui::summary::json::to_json;
use crate::ui::summary::shortfall::{WHOSE, damaged, nothing_listed};
use crate::ui::{Ui, counted, escape, plural};

/// The summary as the person reads it.
pub(crate) fn render(ui: Ui, summary: &Summary) -> String {
    let totals = &summary.totals;
    let mut text = String::new();
    let mut line = |label: &str, count: usize, more: &str| {
        if count > 0 {
            let _ = writeln!(
                text,
                "  {:>7}  {label}{more}",
                HumanCount(count as u64).to_string()
            );
        }
    };
    let items = |count, what| format!("{} {what}", plural(count, "item"));
    line(&items(totals.listed, "listed"), totals.listed, "");
    let outside = items(totals.outside, "listed outside these days");
    line(&outside, totals.outside, "");
    line("would be fetched", totals.would_fetch, "");
    line(
        &format!("{} downloaded", plural(totals.downloaded, "file")),
        totals.downloaded,
        &format!(" ({})", HumanBytes(totals.bytes)),
    );
    line(
        "stored once together with another item of equal bytes",
        totals.linked,
        "",
    );
    line(
        "of these brought back, because they were missing on disk",
        totals.restored,
        "",
    );
    line(
        "found in place, put there by somebody else",
        totals.adopted,
        "",
    );
    line(
        "of these matched by name, pixels and time, and not proven",
        totals.matched,
        "",
    );
    line(
        &items(totals.already_here, "already here"),
        totals.already_here,
        "",
    );
    line(
        &format!(
            "{} found under another name than before",
            plural(totals.moved, "file")
        ),
        totals.moved,
        "",
    );
    for Skipped { why, count } in &totals.skipped_because {
        line("skipped", *count, &format!(": {}", escape(why)));
    }
    line("no longer at Google", totals.gone, "");
    line("failed", totals.failed_new, "");
    line(
        "failed again, as in an earlier run",
        totals.failed_known,
        "",
    );
    write_notes(&mut text, ui, summary);
    write_skew(&mut text, ui, summary);
    let _ = writeln!(
        text,
        "  {:.1} s · {} and {}{}",
        summary.elapsed.as_secs_f64(),
        counted(summary.api_calls, "API call"),
        counted(summary.byte_requests, "byte request"),
        used_today(summary)
    );
    if let Some(manifest) = &summary.manifest {
        let _ = writeln!(
            text,
            "  manifest: {}",
            escape(&manifest.display().to_string())
        );
    }
    if summary.is_empty() {
        text.push_str(&explain_empty(summary));
    }
    format!("{}\n{}", headline(ui, summary), text.trim_end())
}

/// The day's quota, which is the Library's: the Picker's is by the minute.
fn used_today(summary: &Summary) -> String {
    if matches!(summary.scope, Scope::Picked { .. }) {
        return String::new();
    }
    let (used, limit) = (
        HumanCount(summary.used_today.api.into()),
        HumanCount(summary.api_limit.into()),
    );
    let api = if summary.used_today.api > summary.api_limit {
        format!("{used}, which is over the budget of {limit},")
    } else {
        format!("{used} of {limit}")
    };
    format!(
        " (today {api} and {}{})",
        HumanCount(summary.used_today.bytes.into()),
        // It writes nothing, so the next run will not know.
        if summary.dry_run {
            "; a dry run is not remembered"
        } else {
            ""
        },
    )
}

/// What deserves a line of its own: failures, doubts, changes, gaps.
fn write_notes(text: &mut String, ui: Ui, summary: &Summary) {
    let totals = &summary.totals;
    for failed in &totals.failures {
        let since = failed
            .since
            .map(|since| format!(" (since {})", since.date_naive()));
        let since = since.unwrap_or_default();
        let _ = writeln!(
            text,
            "           {}: {}{since}",
            escape(&failed.name),
            escape(&failed.why)
        );
    }
    for doubtful in &totals.doubtful {
        let _ = writeln!(
            text,
            "  {} {}: {}; asked for again in a day",
            ui.yellow("looks broken:"),
            escape(&doubtful.name),
            escape(&doubtful.why)
        );
    }
    write_changed(text, ui, totals);
    if totals.beside > 0 {
        let _ = writeln!(
            text,
            "  {} {} stored beside another of the same name, which is left as it is:",
            ui.yellow("not taken over:"),
            counted(totals.beside, "file")
        );
        for beside in &totals.beside_files {
            let _ = writeln!(
                text,
                "           {}: {}",
                escape(&beside.name),
                escape(&beside.why)
            );
        }
    }
    let more = (totals.failed_new + totals.failed_known).saturating_sub(totals.failures.len());
    if more > 0 {
        let _ = writeln!(
            text,
            "           and {} more; the manifest lists them all",
            HumanCount(more as u64)
        );
    }
    for part in &totals.unlisted {
        let _ = writeln!(text, "  {} {}", ui.red("not listed:"), escape(part));
    }
    for Unfetched { selection, why } in summary.unfetched() {
        let _ = writeln!(
            text,
            "  {} {selection}: {}",
            ui.yellow("not fetched:"),
            escape(why)
        );
    }
    let gone = match summary.scope {
        Scope::Days { .. } => 0,
        Scope::Picked { gone, .. } => gone,
    };
    if gone > 0 {
        let _ = writeln!(
            text,
            "  {} Google no longer has the selection: select again with `gphotos-dl pick`; what is here is not fetched twice",
            ui.bold("hint:")
        );
    }
    if totals.unlisted.len() > gone {
        let again = match summary.scope {
            Scope::Days { .. } => "run the same command again later",
            Scope::Picked { .. } => "run `gphotos-dl pick --resume` later",
        };
        let _ = writeln!(
            text,
            "  {} {again}; it asks for what is missing",
            ui.bold("hint:")
        );
    }
    for part in &totals.not_whole {
        let _ = writeln!(text, "  {} {}", ui.red("not whole:"), escape(part));
    }
    if matches!(summary.scope, Scope::Days { sparing: true, .. }) {
        let _ = writeln!(
            text,
            "  Days older than 60 days were listed by month, to spare today's quota of API calls."
        );
    }
}

/// That the clock is wrong, which `pick` has told when it began.
fn write_skew(text: &mut String, ui: Ui, summary: &Summary) {
    if let (Scope::Days { .. }, Some(skew)) = (&summary.scope, skew(summary.clock_ahead)) {
        let _ = writeln!(
            text,
            "  {} {skew}, and a run without `--until` ends with the wrong day",
            ui.yellow("warning")
        );
    }
}

/// Stored files that are not as they were stored.
fn write_changed(text: &mut String, ui: Ui, totals: &Totals) {
    if totals.changed > 0 {
        let _ = writeln!(
            text,
            "  {} of {} the size is another than when it was stored; what is there is left as it is:",
            ui.yellow("changed:"),
            counted(totals.changed, "file")
        );
        for path in &totals.changed_files {
            let _ = writeln!(text, "           {}", escape(path));
        }
    }
    if let Some(damaged) = damaged(ui, totals) {
        let _ = writeln!(text, "{damaged}");
    }
}

fn headline(ui: Ui, summary: &Summary) -> String {
    let (done, what) = match &summary.scope {
        Scope::Days { range, .. } => {
            let range = format!("{} to {}", range.first, range.last);
            (format!("Synced {range}"), range)
        }
        Scope::Picked { .. } => (
            "Fetched what was selected".to_owned(),
            "what was selected".to_owned(),
        ),
    };
    match (summary.dry_run, summary.is_whole()) {
        (true, _) => ui.bold(&format!("Dry run, {what}: nothing was changed")),
        (false, true) if summary.totals.skipped > 0 => {
            ui.green(&format!("{done}, but for what Google has not ready"))
        }
        (false, true) => ui.green(&done),
        (false, false) if summary.ended_early.is_some() => {
            ui.yellow(&format!("Not finished: {what}"))
        }
        (false, false) => ui.yellow(&format!("{done}, with gaps")),
    }
}

fn explain_empty(summary: &Summary) -> String {
    if matches!(summary.scope, Scope::Picked { .. }) {
        return String::new();
    }
    let what = if summary.is_alarming() {
        format!(
            "\n{}. Nothing was deleted here.\n{WHOSE}\n",
            nothing_listed(summary)
        )
    } else {
        "\nGoogle listed no items. That does not mean that your library is empty:\n".to_owned()
    };
    format!(
        "{what}Since 31 March 2025 the Library API shows an app only the photos and videos that the same OAuth client\n\
         has uploaded. For everything else, Google offers:\n  \
         - Google Takeout (https://takeout.google.com): everything, with albums and locations; it can be scheduled;\n    \
         then `gphotos-dl import ~/Downloads/takeout-*.zip`\n  \
         - a selection by hand, up to 2,000 at a time: `gphotos-dl pick`\n\
         See \"What Google allows\" in the README.\n"
    )
}
