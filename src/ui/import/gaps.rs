//! What an import could not bring: parts that are damaged, entries that are not stored, files that only other parts have.

use std::fmt::Write;

use crate::error::quoted;
use crate::import::summary::{ExportSummary, Summary};
use crate::ui::import::list;
use crate::ui::{Ui, counted, escape};

/// Where a command is to be run that has only the names of parts, as records do.
pub(in crate::ui) const IN_THEIR_FOLDER: &str = ", in the folder of the parts,";

/// Why it is not whole, in one line; `None` where it is.
pub(crate) fn reason(summary: &Summary) -> Option<String> {
    let of = |count: fn(&ExportSummary) -> usize| summary.exports.iter().map(count).sum::<usize>();
    let damaged = of(|export| {
        let damaged = export.parts.iter().filter(|part| part.damage.is_some());
        damaged.count()
    });
    let troubles = of(|export| export.troubles.len());
    let missing: u64 = summary.missing.iter().map(|missing| missing.files).sum();
    let parts = [
        (damaged > 0, format!("{} damaged", counted(damaged, "part"))),
        (
            troubles > 0,
            format!("{} not stored", counted(troubles, "entry")),
        ),
        (missing > 0, format!("{} missing", counted(missing, "file"))),
    ];
    let parts = parts.into_iter().filter(|(is_so, _)| *is_so);
    let parts: Vec<_> = parts.map(|(_, text)| text).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What of the balance sheet even `-q` is told.
pub(crate) fn unsaid(ui: Ui, summary: &Summary) -> String {
    let mut text = String::new();
    for export in &summary.exports {
        write(&mut text, ui, export);
    }
    write_missing(&mut text, ui, summary);
    text.trim_end().to_owned()
}

/// How the damage of a part begins of which nothing can be read.
const UNREADABLE: &str = "it cannot be read";

/// What is wrong with its parts, and what of them is not stored.
pub(super) fn write(text: &mut String, ui: Ui, export: &ExportSummary) {
    for part in &export.parts {
        if let Some(damage) = &part.damage {
            let advice = if !part.is_archive {
                ". Leave it out"
            } else if damage.starts_with(UNREADABLE) {
                ". Import it when it can be read"
            } else if part.unproven && part.balance.entries > 0 {
                ". What could be read is stored and marked unproven. Download it again and import it as well"
            } else {
                ". Download it again and import it as well"
            };
            let fault = fault(ui, &part.part, damage, part.is_archive);
            let _ = writeln!(text, "  {fault}{advice}");
        }
    }
    let troubles: Vec<String> = export
        .troubles
        .iter()
        .map(|one| left_out(&one.entry, &one.why, &one.part))
        .collect();
    list(text, "not stored", troubles.iter().map(String::as_str));
}

pub(super) fn write_missing(text: &mut String, ui: Ui, summary: &Summary) {
    for missing in &summary.missing {
        let path = |part| {
            missing
                .paths
                .get(part)
                .map(|path| path.display().to_string())
        };
        let parts: Vec<_> = missing
            .parts
            .iter()
            .map(|part| quoted(&path(part).unwrap_or_else(|| part.clone())).into_owned())
            .collect();
        let place = if missing.paths.len() < missing.parts.len() {
            IN_THEIR_FOLDER
        } else {
            ""
        };
        let _ = writeln!(
            text,
            "  {} {} that export {} has brought: `gphotos-dl import --reread {}`{place} puts back what it holds",
            ui.red("missing"),
            counted(missing.files, "file"),
            escape(&missing.export),
            escape(&parts.join(" "))
        );
    }
}

/// Of an entry that is not stored.
pub(in crate::ui) fn left_out(entry: &str, why: &str, part: &str) -> String {
    let entry = if entry.is_empty() { "an entry" } else { entry };
    format!("{entry}: {why} (in {part})")
}

/// What is wrong with a part.
pub(in crate::ui) fn fault(ui: Ui, part: &str, damage: &str, is_archive: bool) -> String {
    let (part, damage) = (escape(part), escape(damage));
    if is_archive {
        format!("{} {part} is incomplete: {damage}", ui.red("damaged"))
    } else {
        format!("{} {part}: {damage}", ui.red("not a Takeout archive"))
    }
}
