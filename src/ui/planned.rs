//! What `import --dry-run` says: every file that would be stored, and where.

use std::fmt::Write;

use indicatif::HumanBytes;
use serde_json::{Value, json};

use crate::import::forecast::{Foreseen, Mark};
use crate::import::look::Export;
use crate::import::proven::ClockBehind;
use crate::source::takeout::Part;
use crate::ui::import::fault;
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
        "size": file.size,
        "part": file.part,
        "sidecar": file.sidecar,
        "taken": file.taken,
        "target": file.folder.is_some().then(|| file.target()),
        "mark": mark.as_str(),
    })
}

/// What it comes to. `alike` is how many files are not new; `free` is what the archive's disk would still take, in bytes.
pub(crate) fn totals(ui: Ui, exports: &[Export], alike: u64, free: Option<u64>) -> String {
    let sum = |of: fn(&Export) -> u64| HumanBytes(exports.iter().map(of).sum());
    let files: u64 = exports.iter().map(|export| export.to_read().0).sum();
    let mut text = format!(
        "{}\n  {} to read, {}",
        ui.bold("Dry run: nothing was changed"),
        counted(files, "file"),
        sum(|export| export.to_read().1)
    );
    if alike > 0 {
        let _ = write!(
            text,
            "\n  {} like another, or like one that is here, by name and size: equal bytes are stored once",
            counted(alike, "file")
        );
    }
    let _ = write!(text, "\n  at most {} would be written", sum(Export::needed));
    if let Some(free) = free {
        let _ = write!(text, ", {} are free", HumanBytes(free));
    }
    text
}

/// What is wrong with the parts, as far as the first reading can tell.
pub(crate) fn damage(ui: Ui, exports: &[Export]) -> Vec<String> {
    let damaged = exports.iter().flat_map(Export::damaged);
    let lines = damaged.map(|(part, what)| fault(ui, &part.name(), what, !part.is_foreign()));
    lines.collect()
}

/// `files` has those of each export.
pub(crate) fn to_json(
    exports: &[Export],
    files: Vec<Vec<Value>>,
    clock_behind: Option<&ClockBehind>,
    exit: u8,
) -> Value {
    let exports = exports.iter().zip(files).map(|(export, files)| {
        let damaged = export
            .damaged()
            .map(|(part, damage)| json!({"part": part.name(), "damage": damage, "is_archive": !part.is_foreign()}));
        json!({
            "export": export.id,
            "already_imported": export.finished.iter().map(Part::name).collect::<Vec<_>>(),
            "missing_parts": export.gaps,
            "damaged_parts": damaged.collect::<Vec<_>>(),
            "files": files,
            "bytes_needed": export.needed(),
        })
    });
    json!({
        "command": "import",
        "dry_run": true,
        "exit": exit,
        "exports": exports.collect::<Vec<_>>(),
        "clock_behind": clock_behind,
    })
}
