//! What `import --dry-run` says: every file that would be stored, and where.

use std::fmt::Write;
use std::time::Duration;

use indicatif::HumanBytes;
use serde_json::{Value, json};

use crate::import::forecast::{Foreseen, Mark};
use crate::import::look::Export;
use crate::import::proven::ClockBehind;
use crate::source::takeout::Part;
use crate::ui::import::{fault, left_out, list};
use crate::ui::{Ui, counted, escape};

/// One line per file: date, bytes, what it is to its photo, where it would go, where it comes from, what describes it, and
/// whether the archive has it.
pub(crate) fn line(file: &Foreseen<'_>, mark: Mark) -> String {
    let sidecar = file.sidecar.and_then(|path| path.rsplit('/').next());
    format!(
        "{}\t{}\t{}\t{}\t{}\t{}\t{}",
        file.taken.as_deref().unwrap_or("-"),
        file.size,
        file.part,
        escape(&file.target()),
        escape(file.entry),
        escape(sidecar.unwrap_or("-")),
        mark.as_str()
    )
}

/// The same for a script.
pub(crate) fn file_json(file: &Foreseen<'_>, mark: Mark) -> Value {
    json!({
        "entry": file.entry,
        "size_bytes": file.size,
        "part": file.part,
        "sidecar": file.sidecar,
        "taken": file.taken,
        "target": file.folder.is_some().then(|| file.target()),
        "mark": mark.as_str(),
    })
}

/// What it comes to.
pub(crate) struct Totals {
    files: u64,
    /// To be read.
    bytes: u64,
    /// Files that are not new, by name and size.
    alike: u64,
    /// Bytes that would be written, at most.
    needed: u64,
    /// Bytes that the archive's disk would still take.
    free: Option<u64>,
    elapsed: Duration,
}

impl Totals {
    pub(crate) fn of(exports: &[Export], alike: u64, free: Option<u64>, elapsed: Duration) -> Self {
        Self {
            files: exports.iter().map(|export| export.to_read().0).sum(),
            bytes: exports.iter().map(|export| export.to_read().1).sum(),
            alike,
            needed: exports.iter().map(Export::needed).sum(),
            free,
            elapsed,
        }
    }
}

/// As the person reads it.
pub(crate) fn totals(ui: Ui, totals: &Totals) -> String {
    let mut text = format!(
        "{}\n  {} to read, {}",
        ui.bold("Dry run: nothing was changed"),
        counted(totals.files, "file"),
        HumanBytes(totals.bytes)
    );
    if totals.alike > 0 {
        let _ = write!(
            text,
            "\n  {} like another, or like one that is here, by name and size: equal bytes are stored once",
            counted(totals.alike, "file")
        );
    }
    let _ = write!(
        text,
        "\n  at most {} would be written",
        HumanBytes(totals.needed)
    );
    if let Some(free) = totals.free {
        let _ = write!(text, ", {} are free", HumanBytes(free));
    }
    text
}

/// What is wrong with the parts, as far as the first reading can tell.
pub(crate) fn damage(ui: Ui, exports: &[Export]) -> String {
    let mut text = String::new();
    for (part, what) in exports.iter().flat_map(Export::damaged) {
        let fault = fault(ui, &part.name(), what, !part.is_foreign());
        let _ = writeln!(text, "{fault}");
    }
    for export in exports {
        let entries = export.catalog.left_out();
        let lines =
            entries.map(|(part, entry, why)| left_out(entry, why, &export.parts[part].name()));
        let lines: Vec<String> = lines.collect();
        list(&mut text, "not stored", lines.iter().map(String::as_str));
    }
    text.trim_end().to_owned()
}

/// Why not all of it can be imported, in one line; `None` where it can.
pub(crate) fn reason(exports: &[Export]) -> Option<String> {
    let damaged = exports.iter().flat_map(Export::damaged).count();
    let left_out = exports.iter().map(|export| export.catalog.left_out());
    let left_out: usize = left_out.map(Iterator::count).sum();
    let parts = [
        (damaged > 0, format!("{} damaged", counted(damaged, "part"))),
        (
            left_out > 0,
            format!("{} not stored", counted(left_out, "entry")),
        ),
    ];
    let parts = parts.into_iter().filter(|(is_so, _)| *is_so);
    let parts: Vec<_> = parts.map(|(_, text)| text).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// `files` has those of each export.
pub(crate) fn to_json(
    exports: &[Export],
    files: Vec<Vec<Value>>,
    totals: &Totals,
    clock_behind: Option<&ClockBehind>,
    exit: u8,
) -> Value {
    let why = reason(exports);
    let exports = exports.iter().zip(files).map(|(export, files)| {
        let damaged = export
            .damaged()
            .map(|(part, damage)| json!({"part": part.name(), "damage": damage, "is_archive": !part.is_foreign()}));
        let left_out = export.catalog.left_out().map(|(part, path, why)| {
            json!({"part": export.parts[part].name(), "entry": path, "why": why})
        });
        json!({
            "export": export.id,
            "already_imported": export.finished.iter().map(Part::name).collect::<Vec<_>>(),
            "missing_parts": export.gaps,
            "damaged_parts": damaged.collect::<Vec<_>>(),
            "left_out": left_out.collect::<Vec<_>>(),
            "files": files,
            "bytes_needed": export.needed(),
        })
    });
    json!({
        "command": "import",
        "dry_run": true,
        "exit": exit,
        "error": why,
        "hint": null,
        "files_to_read": totals.files,
        "bytes_to_read": totals.bytes,
        "alike": totals.alike,
        "bytes_needed": totals.needed,
        "free_bytes": totals.free,
        "elapsed_seconds": totals.elapsed.as_secs_f64(),
        "exports": exports.collect::<Vec<_>>(),
        "clock_behind": clock_behind,
    })
}
