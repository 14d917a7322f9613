//! What `import --dry-run` says: every file that would be stored, and where.

use std::fmt::Write;

use indicatif::HumanBytes;
use serde_json::{Value, json};

use crate::import::forecast::Forecast;
use crate::import::look::Export;
use crate::ui::{Ui, counted, escape};

/// One line per file: date, bytes, what it is to its photo, where it would go, where it comes from, what describes it.
pub(crate) fn lines<'a>(
    exports: &'a [Export],
    forecast: &'a Forecast,
) -> impl Iterator<Item = String> + 'a {
    let files = exports.iter().flat_map(|export| forecast.files(export));
    files.map(|file| {
        let sidecar = file.sidecar.and_then(|path| path.rsplit('/').next());
        format!(
            "{}\t{}\t{}\t{}\t{}\t{}",
            file.taken.as_deref().unwrap_or("-"),
            file.size,
            file.part,
            escape(&file.target()),
            escape(file.entry),
            escape(sidecar.unwrap_or("-"))
        )
    })
}

/// What it comes to; `free` is what the archive's disk would still take, in bytes.
pub(crate) fn totals(ui: Ui, exports: &[Export], free: Option<u64>) -> String {
    let sum = |of: fn(&Export) -> u64| HumanBytes(exports.iter().map(of).sum());
    let files: u64 = exports.iter().map(|export| export.to_read().0).sum();
    let alike: u64 = exports.iter().map(Export::alike).sum();
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
    let lines = damaged.map(|(part, what)| {
        format!(
            "{} {} is incomplete: {}",
            ui.red("damaged"),
            escape(&part),
            escape(what)
        )
    });
    lines.collect()
}

pub(crate) fn to_json(exports: &[Export], forecast: &Forecast, exit: u8) -> Value {
    let exports = exports.iter().map(|export| {
        let files = forecast.files(export).map(|file| {
            json!({
                "entry": file.entry,
                "size": file.size,
                "part": file.part,
                "sidecar": file.sidecar,
                "taken": file.taken,
                "target": file.folder.is_some().then(|| file.target()),
            })
        });
        let damaged = export
            .damaged()
            .map(|(part, damage)| json!({"part": part, "damage": damage}));
        json!({
            "export": export.id,
            "already_imported": export.finished,
            "missing_parts": export.gaps,
            "damaged_parts": damaged.collect::<Vec<_>>(),
            "files": files.collect::<Vec<_>>(),
            "bytes_needed": export.needed(),
        })
    });
    json!({
        "command": "import",
        "dry_run": true,
        "exit": exit,
        "exports": exports.collect::<Vec<_>>(),
    })
}
