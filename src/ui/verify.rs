//! The end of a check in words; as one JSON object in [`json`].

mod json;
mod shortfall;

use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

use indicatif::{HumanBytes, HumanCount};

use crate::archive::checks::Slice;
use crate::archive::examine::Verdict;
use crate::archive::in_the_way::InTheWay;
use crate::archive::verify::{Finding, Findings, Times};
use crate::archive::way_back::WayBack;
use crate::sync::repair::{Done, Mended, Outcomes};
pub(crate) use crate::ui::verify::json::to_json;
pub(crate) use crate::ui::verify::shortfall::{reason, unsaid};
use crate::ui::way_back::{self, advice};
use crate::ui::{Ui, counted, escape, plural};

/// A finished check.
pub(crate) struct Checked {
    pub(crate) findings: Findings,
    pub(crate) slice: Option<Slice>,
    /// Why the next run will not know of this one, if so.
    pub(crate) unremembered: Option<String>,
    /// What had to be put right before there was anything to check.
    pub(crate) mended: Option<String>,
    /// Which manifests the index could not be rebuilt from.
    pub(crate) unlisted: Option<String>,
    /// What is wrong with the archive's settings.
    pub(crate) settings: Option<String>,
    /// The index could only be read without its log.
    pub(crate) is_stale: bool,
    pub(crate) elapsed: Duration,
    /// Absent where nobody asked for a repair, or where there was nothing to repair.
    pub(crate) repair: Option<Repaired>,
}

/// What a repair came to.
pub(crate) struct Repaired {
    pub(crate) outcomes: Outcomes,
    pub(crate) manifest: Option<PathBuf>,
    /// The folders of damaged files that made room.
    pub(crate) aside: Vec<PathBuf>,
    /// It ended before everything was done.
    pub(crate) is_cut: bool,
}

impl Checked {
    /// Every file that was checked is here, and nobody but a person has changed one.
    pub(crate) fn is_whole(&self) -> bool {
        self.unrepaired().next().is_none()
            && self.findings.index.is_empty()
            && self.findings.unwalked.is_empty()
            && self.settings.is_none()
            && self.unlisted.is_none()
    }

    /// What is damaged still, and why it could not be repaired if that was tried.
    pub(crate) fn unrepaired(&self) -> impl Iterator<Item = (&Finding, Option<&str>)> {
        self.findings
            .damaged()
            .filter_map(|finding| match self.outcome(finding) {
                Some(Ok(_)) => None,
                Some(Err(why)) => Some((finding, Some(why.as_str()))),
                None => Some((finding, None)),
            })
    }

    /// What can be done about each file that is damaged still, by its path. A repair that went through has said what it could
    /// not do, and doing it again is no help.
    fn advised(&self) -> Vec<(&str, String)> {
        let is_repaired = self.repair.as_ref().is_some_and(|repair| !repair.is_cut);
        let is_new = |finding: &Finding| {
            let is_a_persons =
                matches!(finding.verdict, Verdict::Broken { .. }) || finding.in_the_way.is_some();
            let is_for_repair = !is_a_persons
                && matches!(
                    finding.way_back,
                    Some(WayBack::Fetch | WayBack::Follow | WayBack::Gone)
                );
            !(is_repaired && is_for_repair) || self.outcome(finding).is_none()
        };
        let left = self.unrepaired().filter(|(finding, _)| is_new(finding));
        left.filter_map(|(finding, _)| Some((finding.record.path.as_str(), advice(finding)?)))
            .collect()
    }

    /// Paths of damaged files that are whole again.
    pub(crate) fn repaired(&self) -> impl Iterator<Item = &str> {
        let damaged = self.findings.damaged();
        let repaired = damaged.filter(|finding| matches!(self.outcome(finding), Some(Ok(_))));
        repaired.map(|finding| finding.record.path.as_str())
    }

    fn outcome(&self, finding: &Finding) -> Option<&Result<Mended, String>> {
        let repair = self.repair.as_ref()?;
        repair.outcomes.get(&finding.record.file)
    }

    /// Paths of files that somebody has edited.
    pub(crate) fn edited(&self) -> impl Iterator<Item = &str> {
        let findings = self.findings.findings.iter();
        let edited = findings.filter(|finding| matches!(finding.verdict, Verdict::Edited { .. }));
        edited.map(|finding| finding.record.path.as_str())
    }

    fn count(&self, verdict: &str) -> usize {
        let is_it = |finding: &&Finding| finding.verdict.as_str() == verdict;
        self.findings.findings.iter().filter(is_it).count()
    }
}

/// What is to be said of a file besides its verdict.
pub(crate) fn describe(finding: &Finding) -> String {
    match &finding.verdict {
        Verdict::Intact { .. } => "as it was stored".to_owned(),
        Verdict::Rot { .. } if finding.record.is_needed => {
            "its time is as recorded, and its bytes are not".to_owned()
        }
        Verdict::Rot { .. } => {
            "the bytes are not as recorded; no item needs this copy any more, it may be deleted"
                .to_owned()
        }
        Verdict::Broken { size, what } => format!(
            "changed since it was stored, and looks broken ({what}): {} bytes instead of {}",
            HumanCount(*size),
            HumanCount(finding.record.size)
        ),
        Verdict::Edited { size } if *size == finding.record.size => {
            "changed since it was stored".to_owned()
        }
        Verdict::Edited { size } => format!(
            "changed since it was stored: {} bytes instead of {}",
            HumanCount(*size),
            HumanCount(finding.record.size)
        ),
        Verdict::Missing => match &finding.in_the_way {
            Some(InTheWay { path, is }) if *path == finding.record.path => {
                format!("{is} stands in its place, and its bytes are nowhere else")
            }
            Some(InTheWay { path, is }) => {
                format!("{path} is {is}, which is not followed, and its bytes are nowhere else")
            }
            None => "nothing has this name, and its bytes are nowhere else".to_owned(),
        },
        Verdict::Misplaced { at } => format!("its bytes are in {at}"),
        Verdict::Unreadable { why, .. } => why.clone(),
    }
}

/// As the person reads it.
pub(crate) fn render(ui: Ui, checked: &Checked) -> String {
    let findings = &checked.findings;
    let what = match checked.slice {
        Some(slice) => format!("slice {slice}"),
        None => "the archive".to_owned(),
    };
    let headline = if checked.is_whole() && findings.is_empty {
        "Nothing is stored yet: there is nothing to verify".to_owned()
    } else if checked.is_whole() {
        let again = if self_repaired(checked) { " again" } else { "" };
        ui.green(&format!("Verified {what}: whole{again}"))
    } else {
        ui.red(&format!("Verified {what}: not whole"))
    };
    let mut text = format!("{headline}\n");
    let mut line = |label: &str, count: usize| {
        if count > 0 {
            let count = HumanCount(count as u64).to_string();
            let _ = writeln!(text, "  {count:>7}  {label}");
        }
    };
    let intact = findings.files - findings.findings.len() as u64;
    line(
        &format!("{} intact", plural(intact, "file")),
        usize::try_from(intact).unwrap_or(0),
    );
    line(
        "of them with another time than they were stored with, which is remembered now",
        usize::try_from(findings.times.remembered).unwrap_or(0),
    );
    line("rotten", checked.count("rot"));
    line("missing", checked.count("missing"));
    line("under another name", checked.count("misplaced"));
    line("unreadable", checked.count("unreadable"));
    line("changed, and looking broken", checked.count("broken"));
    line("edited, and left as they are", checked.count("edited"));
    line(
        "in the folder and not in the index",
        usize::try_from(findings.unknown).unwrap_or(0),
    );
    let seconds = checked.elapsed.as_secs_f64();
    let _ = writeln!(
        text,
        "  {} read in {seconds:.1} s, {}/s",
        HumanBytes(findings.bytes),
        HumanBytes(rate(findings.bytes, checked.elapsed))
    );
    shortfall::write(&mut text, ui, checked);
    for folder in &findings.closed {
        let label = ui.yellow("could not look into:");
        let _ = writeln!(text, "  {label} {}", escape(folder));
    }
    if checked.is_stale {
        let _ = writeln!(
            text,
            "  {} the index could only be read without its log; what a run did last may be missing",
            ui.yellow("warning")
        );
    }
    if let Some(repair) = &checked.repair {
        write_repair(&mut text, ui, checked, repair);
    }
    text.push_str(&hints(ui, checked));
    text.trim_end().to_owned()
}

/// That the next run will not know of this one.
pub(crate) fn render_unremembered(ui: Ui, slice: Option<Slice>, why: &str) -> String {
    let next = match slice {
        Some(_) => "the slice goes by the date, and a run on another day reads another",
        None => "`status` will not know of it",
    };
    format!(
        "{}: this check could not be remembered ({}): {next}",
        ui.yellow("warning"),
        escape(why)
    )
}

/// That rot in some files would be taken for an edit.
pub(crate) fn render_forgotten(ui: Ui, times: &Times) -> Option<String> {
    (times.forgotten > 0).then(|| {
        format!(
            "{}: the times of {} are not as stored, which could not be remembered ({}): rot in them cannot be told from edits \
             until a `gphotos-dl verify` can",
            ui.yellow("warning"),
            counted(times.forgotten, "file"),
            escape(times.why.as_deref().unwrap_or_default())
        )
    })
}

fn self_repaired(checked: &Checked) -> bool {
    checked.repair.is_some() && checked.findings.damaged().next().is_some()
}

fn write_repair(text: &mut String, ui: Ui, checked: &Checked, repair: &Repaired) {
    let done = repair.outcomes.values().flatten().count();
    let count = HumanCount(done as u64).to_string();
    let _ = writeln!(text, "  {count:>7}  repaired");
    for finding in &checked.findings.findings {
        if let Some(Ok(Mended { how, at })) = checked.outcome(finding)
            && !at.is_empty()
            && *how != Done::Followed
        {
            let _ = writeln!(
                text,
                "  {} {} is {} now",
                ui.yellow("under another name:"),
                escape(&finding.record.path),
                escape(&at.join(", "))
            );
        }
    }
    for (finding, why) in checked.unrepaired() {
        let _ = writeln!(
            text,
            "  {} {}: {}",
            ui.red("not repaired:"),
            escape(&finding.record.path),
            escape(why.unwrap_or(not_tried(finding, repair)))
        );
    }
    for folder in &repair.aside {
        let folder = folder.display().to_string();
        let _ = writeln!(text, "  damaged files are in {}", escape(&folder));
    }
    if let Some(manifest) = &repair.manifest {
        let manifest = manifest.display().to_string();
        let _ = writeln!(text, "  manifest: {}", escape(&manifest));
    }
}

fn not_tried(finding: &Finding, repair: &Repaired) -> &'static str {
    match finding.verdict {
        Verdict::Unreadable { .. } => "may this user read it?",
        _ if repair.is_cut => "the repair ended before its turn; run the same command again",
        _ => "it could not be fetched",
    }
}

fn hints(ui: Ui, checked: &Checked) -> String {
    let mut text = String::new();
    let advised = checked.advised();
    let advised = advised
        .iter()
        .map(|(path, advice)| (*path, advice.as_str()));
    way_back::write(&mut text, ui, advised);
    let mut hint = |words: &str| {
        let _ = writeln!(text, "  {} {words}", ui.bold("hint:"));
    };
    if checked.findings.unknown > 0 && checked.findings.unknown_files.is_none() {
        hint("`gphotos-dl verify --unknown` names the files that are not in the index");
    }
    if checked.count("unreadable") > 0 {
        hint(
            "may this user read them? If it is the disk that cannot: copy what you can before it dies",
        );
    }
    text
}

fn rate(bytes: u64, elapsed: Duration) -> u64 {
    let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    bytes.saturating_mul(1000) / millis.max(1)
}
