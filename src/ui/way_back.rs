//! What a person can do about a file that is damaged or missing, in one sentence with the command for it.

use std::fmt::Write;

use indicatif::HumanCount;

use crate::archive::examine::Verdict;
use crate::archive::in_the_way::InTheWay;
use crate::archive::verify::Finding;
use crate::archive::way_back::WayBack;
use crate::error::quoted;
use crate::sync::repair::GONE;
use crate::ui::import::IN_THEIR_FOLDER;
use crate::ui::{Ui, escape};

/// What helps, if anything does.
pub(crate) fn advice(finding: &Finding) -> Option<String> {
    let Some(way) = &finding.way_back else {
        return may_be_deleted(finding).then(|| NOBODY.to_owned());
    };
    if *way == WayBack::Follow {
        return Some(
            "`gphotos-dl verify --repair` records where it is now, without the network; the next `sync` does so too if it lists it"
                .to_owned(),
        );
    }
    let is_changed = matches!(finding.verdict, Verdict::Broken { .. });
    let is_there = finding.verdict != Verdict::Missing;
    // Something of its own name is stored beside; a folder on the way is needed.
    let (beside, on_the_way) = match &finding.in_the_way {
        Some(InTheWay { path, .. }) => (*path == finding.record.path, *path != finding.record.path),
        None => (false, false),
    };
    if *way == WayBack::Restore {
        let is_gone = !is_there || matches!(finding.verdict, Verdict::Misplaced { .. });
        return Some(match (on_the_way, is_gone) {
            (true, _) => RESTORE_FOLDER.to_owned(),
            (false, true) => RESTORE.to_owned(),
            (false, false) => RESTORE_FIRST.to_owned(),
        });
    }
    let first = if on_the_way {
        "move away what stands in its folder's place, then "
    } else if is_changed || is_there && *way == WayBack::Pick {
        "move the file away, then "
    } else {
        ""
    };
    let kept = if beside {
        ", under another name while something else has its own"
    } else if is_there && first.is_empty() {
        ", and keeps the damaged file aside"
    } else {
        ""
    };
    Some(match way {
        WayBack::Fetch | WayBack::Follow | WayBack::Restore => {
            format!("{first}`gphotos-dl verify --repair` fetches it again{kept}")
        }
        WayBack::Import { parts } if parts.is_empty() => format!(
            "{first}import the export that it came from once more: `gphotos-dl import --reread takeout-*.zip` in the folder of the \
             parts{kept}"
        ),
        WayBack::Import { parts } => {
            let parts: Vec<_> = parts.iter().map(|part| quoted(part)).collect();
            let parts = parts.join(" ");
            format!(
                "{first}`gphotos-dl import --reread {parts}`{IN_THEIR_FOLDER} puts it back{kept}"
            )
        }
        WayBack::Pick => format!("{first}select it again with `gphotos-dl pick`"),
        WayBack::Gone => GONE.to_owned(),
    })
}

/// What helps with which files, each with some of those that it helps with. `advised` has pairs of path and advice.
pub(crate) fn write<'a>(
    text: &mut String,
    ui: Ui,
    advised: impl IntoIterator<Item = (&'a str, &'a str)>,
) {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for (path, advice) in advised {
        match groups.iter_mut().find(|(known, _)| *known == advice) {
            Some((_, paths)) => paths.push(path),
            None => groups.push((advice, vec![path])),
        }
    }
    for (advice, paths) in groups {
        let _ = writeln!(text, "  {} {}:", ui.bold("hint:"), escape(advice));
        for path in paths.iter().take(SHOWN) {
            let _ = writeln!(text, "           {}", escape(path));
        }
        let more = paths.len().saturating_sub(SHOWN);
        if more > 0 {
            let more = HumanCount(more as u64);
            let _ = writeln!(text, "           and {more} more; --json names them all");
        }
    }
}

fn may_be_deleted(finding: &Finding) -> bool {
    finding.verdict.is_damage() && !finding.record.is_needed
}

const RESTORE: &str = "most files are gone: is the disk mounted? To fetch everything again: `gphotos-dl sync --since YYYY-MM-DD --restore`";
const RESTORE_FOLDER: &str = "most files are gone: move away what stands in their folder's place and put the folder back, or fetch everything \
     again: `gphotos-dl sync --since YYYY-MM-DD --restore`";
const RESTORE_FIRST: &str = "most other files are gone: is the disk mounted? After `gphotos-dl sync --since YYYY-MM-DD --restore` has brought those \
     back, `gphotos-dl verify --repair` fetches this one again";
const NOBODY: &str = "no item needs this copy any more; it may be deleted";
/// Paths under one advice: more than a screen holds are in what `verify --json` says.
const SHOWN: usize = 20;
