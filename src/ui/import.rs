//! What `import` says: the balance sheet.

mod gaps;

use std::collections::BTreeMap;
use std::fmt::Write;

use indicatif::{HumanBytes, HumanCount};
use serde_json::{Value, json};

use crate::import::derive::Derived;
use crate::import::fate::IN_TRASH;
use crate::import::proven::ClockBehind;
use crate::import::summary::{ExportSummary, Summary};
pub(super) use crate::ui::import::gaps::{IN_THEIR_FOLDER, fault, left_out};
pub(crate) use crate::ui::import::gaps::{reason, unsaid};
use crate::ui::{Ui, counted, escape};

/// Lines of a kind that are shown; the JSON has all.
const SHOWN: usize = 10;
/// Of the names in one folder.
const NAMED: usize = 3;

/// As the person reads it.
pub(crate) fn render(ui: Ui, summary: &Summary) -> String {
    let total = &summary.total;
    let headline = if summary.is_whole() && summary.ended_early.is_none() {
        ui.green("Imported")
    } else {
        ui.red("Imported in part")
    };
    let parts: usize = summary
        .exports
        .iter()
        .map(|export| export.parts.len())
        .sum();
    let mut text = format!(
        "{headline}: {} of {}\n",
        counted(total.entries, "entry"),
        counted(parts, "part")
    );
    let mut line = |label: &str, count: u64| {
        if count > 0 {
            let _ = writeln!(text, "  {:>9}  {label}", HumanCount(count).to_string());
        }
    };
    line("photos and videos stored", total.media_stored);
    line("edited versions and clips stored", total.companions);
    line(
        "of these put back, because they were missing or damaged",
        summary.put_back.files,
    );
    line("held already", total.duplicates);
    line(
        "metadata files of photos that are here",
        total.metadata_used,
    );
    line("metadata files without a photo", total.metadata_unused);
    line("special files, recorded", total.special);
    line("files of other products, left alone", total.other_products);
    for (reason, count) in &total.skipped {
        let hint = if reason == IN_TRASH {
            " (--include-trashed keeps it)"
        } else {
            ""
        };
        line(&format!("skipped: {reason}{hint}"), *count);
    }
    let _ = writeln!(
        text,
        "  {} stored in {:.1} s",
        HumanBytes(summary.bytes),
        summary.elapsed.as_secs_f64()
    );
    for export in &summary.exports {
        say_export(&mut text, ui, export);
    }
    gaps::write_missing(&mut text, ui, summary);
    for folder in &summary.put_back.damaged_files_in {
        let folder = folder.display().to_string();
        let _ = writeln!(text, "  damaged files are in {}", escape(&folder));
    }
    if let Some(behind) = &summary.clock_behind {
        let _ = writeln!(text, "  {}", clock_behind(ui, behind));
    }
    if let Some(derived) = &summary.derived {
        say_derived(&mut text, ui, derived);
    }
    if let Some(manifest) = &summary.manifest {
        let _ = writeln!(
            text,
            "  manifest: {}",
            escape(&manifest.display().to_string())
        );
    }
    text.trim_end().to_owned()
}

/// What a person has to know of a clock that is behind.
pub(crate) fn clock_behind(ui: Ui, behind: &ClockBehind) -> String {
    format!(
        "{} this machine's clock says {}, and export {} was made at {}: dates are judged by that; set the clock",
        ui.yellow("warning"),
        behind.clock,
        escape(&behind.export),
        behind.made
    )
}

fn say_derived(text: &mut String, ui: Ui, derived: &Derived) {
    let (sidecars, albums) = (&derived.sidecars, &derived.albums);
    if sidecars.written > 0 {
        let _ = writeln!(
            text,
            "  {} written beside the photos",
            counted(sidecars.written, "sidecar")
        );
    }
    let foreign = sidecars.foreign.iter().map(String::as_str);
    list(text, "left alone, not written by us", foreign);
    if albums.albums > 0 {
        let _ = writeln!(
            text,
            "  {} in albums/ ({} made, {} removed)",
            counted(albums.albums, "album"),
            counted(albums.made, "link"),
            HumanCount(albums.removed)
        );
    }
    if let Some(problem) = &albums.problem {
        let _ = writeln!(
            text,
            "  {} albums/ is not complete: {}",
            ui.yellow("warning"),
            escape(problem)
        );
    }
}

fn say_export(text: &mut String, ui: Ui, export: &ExportSummary) {
    for part in &export.already_imported {
        let _ = writeln!(
            text,
            "  {}: imported before (--reread reads it again)",
            escape(part)
        );
    }
    if !export.missing_parts.is_empty() {
        let numbers: Vec<String> = export
            .missing_parts
            .iter()
            .map(|number| format!("{number:03}"))
            .collect();
        let _ = writeln!(
            text,
            "  {} export {} has no part {}: import it as well when you have it",
            ui.yellow("warning"),
            escape(&export.export),
            numbers.join(", ")
        );
    }
    gaps::write(text, ui, export);
    for (label, names) in [
        (
            "without metadata, stored all the same",
            &export.unmatched_media,
        ),
        ("metadata without a photo", &export.unused_sidecars),
    ] {
        let folders = by_folder(names);
        list(text, label, folders.iter().map(String::as_str));
    }
}

/// The first of them, one a line.
pub(super) fn list<'a>(
    text: &mut String,
    label: &str,
    names: impl ExactSizeIterator<Item = &'a str>,
) {
    let count = names.len();
    for name in names.take(SHOWN) {
        let _ = writeln!(text, "  {label}: {}", escape(name));
    }
    if count > SHOWN {
        let more = HumanCount((count - SHOWN) as u64);
        let _ = writeln!(text, "  {label}: {more} more (--json names all)");
    }
}

/// Of every folder the first names, and how many there are.
fn by_folder(paths: &[String]) -> Vec<String> {
    let mut folders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in paths {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        folders.entry(folder).or_default().push(name);
    }
    let lines = folders.into_iter().map(|(folder, names)| {
        let shown = names[..names.len().min(NAMED)].join(", ");
        let more = names.len().saturating_sub(NAMED);
        match (more, folder) {
            (0, "") => shown,
            (0, _) => format!("{folder}: {shown}"),
            _ => format!("{folder}: {shown} and {} more", HumanCount(more as u64)),
        }
    });
    lines.collect()
}

/// All but the exit code, and why it is that.
pub(crate) fn to_json(summary: &Summary) -> Value {
    json!({
        "command": "import",
        "balance": summary.total,
        "accounted": summary.total.accounted(),
        "bytes": summary.bytes,
        "elapsed_seconds": summary.elapsed.as_secs_f64(),
        "exports": summary.exports,
        "put_back": summary.put_back,
        "missing": summary.missing,
        "clock_behind": summary.clock_behind,
        "derived": summary.derived,
        "manifest": summary.manifest.as_ref().map(|path| path.display().to_string()),
        "ended_early": summary.ended_early.is_some(),
    })
}
