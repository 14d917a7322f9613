//! How the last checks ended, and what they have found that is not put right.

use std::fmt::Write;

use indicatif::HumanCount;
use serde_json::{Value, json};

use crate::archive::checks::{Checks, LastCheck};
use crate::ui::status::{day, minute};
use crate::ui::{Ui, counted, escape, way_back};

/// More than a screen holds are in what `--json` says.
const SHOWN: usize = 20;

pub(super) fn write(text: &mut String, ui: Ui, checks: &Checks) {
    let _ = writeln!(text, "{}", ui.bold("Last check"));
    if let Some(problem) = &checks.problem {
        let _ = writeln!(
            text,
            "  {} {}; the next `gphotos-dl verify` makes it anew",
            ui.yellow("warning"),
            escape(problem)
        );
        return;
    }
    let Some(last) = &checks.last else {
        text.push_str("  never; `gphotos-dl verify` reads every file\n");
        return;
    };
    let describe = |check: &LastCheck| {
        let problems = match check.problems {
            0 => "no problem".to_owned(),
            1 => ui.red("1 problem"),
            many => ui.red(&counted(many, "problem")),
        };
        let what = match &check.slice {
            Some(slice) => format!("slice {}", escape(slice)),
            None => "all files".to_owned(),
        };
        let files = counted(check.files, "file");
        format!("{}: {what} ({files}), {problems}", minute(check.at))
    };
    let _ = writeln!(text, "  {}", describe(last));
    if let Some(full) = checks.last_full.as_ref().filter(|full| *full != last) {
        let _ = writeln!(text, "  {}", describe(full));
    }
    // A part of the files says less of them than all did.
    let edited = checks
        .last_full
        .as_ref()
        .filter(|full| full.edited > last.edited);
    write_edited(text, edited.unwrap_or(last));
    write_open(text, ui, checks);
}

fn write_edited(text: &mut String, check: &LastCheck) {
    if check.edited == 0 {
        return;
    }
    let files = counted(check.edited, "file");
    let _ = writeln!(text, "  edited since stored, and left as they are: {files}");
    for path in &check.edited_files {
        let _ = writeln!(text, "    {}", escape(path));
    }
    let more = check.edited.saturating_sub(check.edited_files.len() as u64);
    if more > 0 {
        let _ = writeln!(text, "    and {} more", HumanCount(more));
    }
}

fn write_open(text: &mut String, ui: Ui, checks: &Checks) {
    let count = checks.open.len();
    if count == 0 {
        return;
    }
    let files = counted(count, "file");
    let _ = writeln!(text, "  {}: {files}", ui.red("damaged"));
    for (path, problem) in checks.open.iter().take(SHOWN) {
        let (path, verdict) = (escape(path), escape(&problem.verdict));
        let _ = writeln!(text, "    {path}: {verdict} (since {})", day(problem.since));
    }
    let more = count.saturating_sub(SHOWN);
    if more > 0 {
        let more = HumanCount(more as u64);
        let _ = writeln!(text, "    and {more} more; --json names them all");
    }
    let advised = checks.open.iter().map(|(path, problem)| {
        let advice = problem.way_back.as_deref().unwrap_or(LOOK);
        (path.as_str(), advice)
    });
    way_back::write(text, ui, advised);
}

/// Of what an older program has noted.
const LOOK: &str = "`gphotos-dl verify` names what brings it back";

/// How many files are damaged, and which.
pub(super) fn open(checks: &Checks) -> Value {
    let files = checks.open.iter();
    let files: Vec<_> = files
        .map(|(path, problem)| {
            json!({ "path": path, "verdict": problem.verdict, "since": problem.since, "way_back": problem.way_back })
        })
        .collect();
    json!({ "count": checks.open.len(), "files": files })
}
