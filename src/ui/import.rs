//! What `import` says: the balance sheet, and the plan of a dry run.

use std::fmt::Write;

use indicatif::{HumanBytes, HumanCount};
use serde_json::{Value, json};

use crate::import::derive::Derived;
use crate::import::look::Export;
use crate::import::summary::{ExportSummary, Summary};
use crate::takeout::json::Json;
use crate::takeout::plan::Verdict;
use crate::ui::{Ui, counted, escape};

/// Lines of a kind that are shown; the JSON has all.
const SHOWN: usize = 10;

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
    line("held already", total.duplicates);
    line(
        "metadata files of photos that are here",
        total.metadata_used,
    );
    line("metadata files without a photo", total.metadata_unused);
    line("special files, recorded", total.special);
    line("files of other products, left alone", total.other_products);
    for (reason, count) in &total.skipped {
        line(&format!("skipped: {reason}"), *count);
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
    for part in &export.parts {
        if let Some(damage) = &part.damage {
            let _ = writeln!(
                text,
                "  {} {} is incomplete: {}. Download it again and import it as well",
                ui.red("damaged"),
                escape(&part.part),
                escape(damage)
            );
        }
    }
    let troubles: Vec<String> = export
        .troubles
        .iter()
        .map(|one| format!("{}: {}", one.entry, one.why))
        .collect();
    for (label, names) in [
        ("not stored", &troubles),
        (
            "without metadata, stored all the same",
            &export.unmatched_media,
        ),
        ("metadata without a photo", &export.unused_sidecars),
    ] {
        list(text, label, names.iter().map(String::as_str));
    }
}

fn list<'a>(text: &mut String, label: &str, names: impl ExactSizeIterator<Item = &'a str>) {
    let count = names.len();
    for name in names.take(SHOWN) {
        let _ = writeln!(text, "  {label}: {}", escape(name));
    }
    if count > SHOWN {
        let _ = writeln!(text, "  {label}: {} more (--json names all)", count - SHOWN);
    }
}

pub(crate) fn to_json(summary: &Summary, exit: u8, ended_early: Option<&str>) -> Value {
    json!({
        "command": "import",
        "exit_code": exit,
        "balance": summary.total,
        "accounted": summary.total.accounted(),
        "bytes": summary.bytes,
        "seconds": summary.elapsed.as_secs_f64(),
        "exports": summary.exports,
        "derived": summary.derived,
        "manifest": summary.manifest,
        "ended_early": ended_early,
    })
}

/// One line per file that would be stored.
pub(crate) fn plan_lines(exports: &[Export]) -> Vec<String> {
    let lines = exports
        .iter()
        .flat_map(|export| planned(export).map(|one| one.line()));
    lines.collect()
}

pub(crate) fn plan_to_json(exports: &[Export]) -> Value {
    let exports = exports.iter().map(|export| {
        let files: Vec<Value> = planned(export)
            .map(|one| json!({"entry": one.entry, "size": one.size, "part": one.part, "sidecar": one.sidecar, "taken": one.taken}))
            .collect();
        json!({"export": export.id, "already_imported": export.finished, "missing_parts": export.gaps, "files": files, "bytes_needed": export.needed()})
    });
    json!({"command": "import", "dry_run": true, "exports": exports.collect::<Vec<_>>()})
}

/// A file of the plan.
struct Planned<'a> {
    entry: &'a str,
    size: u64,
    part: &'static str,
    sidecar: Option<&'a str>,
    taken: Option<String>,
}

impl Planned<'_> {
    fn line(&self) -> String {
        let taken = self.taken.as_deref().unwrap_or("-");
        let sidecar = self
            .sidecar
            .and_then(|path| path.rsplit('/').next())
            .unwrap_or("-");
        format!(
            "{taken}\t{}\t{}\t{}\t{}",
            self.size,
            self.part,
            escape(self.entry),
            escape(sidecar)
        )
    }
}

fn planned(export: &Export) -> impl Iterator<Item = Planned<'_>> {
    export
        .catalog
        .origins
        .iter()
        .enumerate()
        .filter_map(|(at, origin)| {
            let Verdict::Media(media) = &export.plan.verdicts[at] else {
                return None;
            };
            let taken = media
                .sidecar
                .and_then(|sidecar| match &export.entries[sidecar].json {
                    Some(Json::Sidecar(sidecar)) => sidecar.taken,
                    _ => None,
                });
            Some(Planned {
                entry: &export.entries[at].path,
                size: origin.size,
                part: media.part.as_str(),
                sidecar: media
                    .sidecar
                    .map(|sidecar| export.entries[sidecar].path.as_str()),
                taken: taken.map(crate::media::item::timestamp),
            })
        })
}
