//! How the last checks ended, and what they have found that is not put right.

use std::fmt::Write;

use indicatif::HumanCount;
use serde_json::{Value, json};

use crate::archive::checks::{Checks, LastCheck};
use crate::ui::status::{day, minute};
use crate::ui::{Ui, escape};

/// More than a screen holds are in what `verify --json` says.
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
            many => ui.red(&format!("{} problems", HumanCount(many))),
        };
        let what = match &check.slice {
            Some(slice) => format!("slice {}", escape(slice)),
            None => "all files".to_owned(),
        };
        let count = HumanCount(check.files);
        format!("{}: {what} ({count} files), {problems}", minute(check.at))
    };
    let _ = writeln!(text, "  {}", describe(last));
    if let Some(full) = checks.last_full.as_ref().filter(|full| *full != last) {
        let _ = writeln!(text, "  {}", describe(full));
    }
    write_open(text, ui, checks);
}

fn write_open(text: &mut String, ui: Ui, checks: &Checks) {
    let count = checks.open.len();
    if count == 0 {
        return;
    }
    let files = HumanCount(count as u64);
    let _ = writeln!(text, "  {}: {files} files", ui.red("damaged"));
    for (path, problem) in checks.open.iter().take(SHOWN) {
        let (path, verdict) = (escape(path), escape(&problem.verdict));
        let _ = writeln!(text, "    {path}: {verdict} (since {})", day(problem.since));
    }
    let more = count.saturating_sub(SHOWN);
    if more > 0 {
        let _ = writeln!(text, "    and {} more", HumanCount(more as u64));
    }
    let _ = writeln!(
        text,
        "  {} `gphotos-dl verify --repair` fetches again what Google still has",
        ui.bold("hint:")
    );
}

/// How many files are damaged, and the first of them.
pub(super) fn open(checks: &Checks) -> Value {
    let first = checks.open.iter().take(SHOWN);
    let first: Vec<_> = first
        .map(|(path, problem)| {
            json!({ "path": path, "verdict": problem.verdict, "since": problem.since })
        })
        .collect();
    json!({ "count": checks.open.len(), "first": first })
}
