//! The end of a check as one JSON object.

use serde_json::{Value, json};

use crate::archive::examine::Verdict;
use crate::sync::repair::Done;
use crate::ui::verify::{Checked, describe, rate};
use crate::ui::way_back::advice;

/// As one JSON object. The files are the data, so all of them are listed.
pub(crate) fn to_json(checked: &Checked, exit: u8) -> Value {
    let findings = &checked.findings;
    let files: Vec<Value> = findings
        .findings
        .iter()
        .map(|finding| {
            let at = match &finding.verdict {
                Verdict::Misplaced { at } => Some(at),
                _ => None,
            };
            json!({
                "path": finding.record.path,
                "verdict": finding.verdict.as_str(),
                "since": finding.known_since,
                "detail": describe(finding),
                "way_back": advice(finding),
                "found_at": at,
                "size_bytes": finding.record.size,
                "sha256": data_encoding::HEXLOWER.encode(&finding.record.sha256),
                "repaired": checked.outcome(finding).map(Result::is_ok),
                "repair": checked.outcome(finding).map(|outcome| match outcome {
                    Ok(mended) => match mended.how {
                        Done::Fetched => "fetched again",
                        Done::FetchedOther => "fetched again, with other bytes than before",
                        Done::Followed => "recorded where it is now",
                    },
                    Err(why) => why,
                }),
                "repaired_at": checked.outcome(finding).and_then(|outcome| outcome.as_ref().ok()).map(|mended| &mended.at),
            })
        })
        .collect();
    json!({
        "command": "verify",
        "exit": exit,
        // Of nothing there is no telling.
        "whole": (!findings.is_empty || !checked.is_whole()).then(|| checked.is_whole()),
        "nothing_stored": findings.is_empty,
        "mended": checked.mended,
        "unlisted": checked.unlisted,
        "slice": checked.slice.map(|slice| slice.to_string()),
        "remembered": checked.unremembered.is_none(),
        "counts": {
            "files": findings.files,
            "intact": findings.files - findings.findings.len() as u64,
            "rot": checked.count("rot"),
            "missing": checked.count("missing"),
            "misplaced": checked.count("misplaced"),
            "unreadable": checked.count("unreadable"),
            "broken": checked.count("broken"),
            "edited": checked.count("edited"),
            "unknown": findings.unknown,
        },
        "times": {
            "remembered": findings.times.remembered,
            "not_remembered": findings.times.forgotten,
            "why_not": findings.times.why,
        },
        "bytes": findings.bytes,
        "elapsed_seconds": checked.elapsed.as_secs_f64(),
        "bytes_per_second": rate(findings.bytes, checked.elapsed),
        "files": files,
        "unknown_files": findings.unknown_files,
        "index_problems": findings.index,
        "index_is_stale": checked.is_stale,
        "settings_problem": checked.settings,
        "unwalked": findings.unwalked,
        "closed": findings.closed,
        "repair": checked.repair.as_ref().map(|repair| json!({
            "repaired": repair.outcomes.values().flatten().count(),
            "not_repaired": checked.unrepaired().count(),
            "manifest": repair.manifest.as_ref().map(|path| path.display().to_string()),
            "damaged_files_in": repair.aside.iter().map(|path| path.display().to_string()).collect::<Vec<_>>(),
            "ended_early": repair.is_cut,
        })),
    })
}
