//! What is to be done about each finding, decided before anything is.

use std::collections::HashMap;

use crate::archive::ArchiveError;
use crate::archive::examine::Verdict;
use crate::archive::in_the_way::InTheWay;
use crate::archive::known::Reader;
use crate::archive::repair::Owner;
use crate::archive::verify::Finding;
use crate::media::item::SourceName;
use crate::sync::repair::Outcomes;

/// Every finding that something can be done about.
pub(crate) struct Plan<'a> {
    /// Files that somebody has moved: they are recorded where they are.
    pub(super) moved: Vec<&'a Finding>,
    pub(super) owed: Vec<Owed<'a>>,
    /// What only a person can mend, and how.
    pub(super) outcomes: Outcomes,
}

/// A file that the Library can be asked for again.
pub(super) struct Owed<'a> {
    pub(super) finding: &'a Finding,
    /// Whose file it is, as far as the Library serves them: the one that brought it first.
    pub(super) owners: Vec<Owner>,
    /// Why the others who have the same file get nothing from the Library, if there are any.
    pub(super) by_hand: Option<&'static str>,
}

impl<'a> Plan<'a> {
    pub(crate) fn of(findings: &'a [Finding], reader: &Reader) -> Result<Self, ArchiveError> {
        let mut plan = Self {
            moved: Vec::new(),
            owed: Vec::new(),
            outcomes: HashMap::new(),
        };
        for finding in findings {
            if matches!(finding.verdict, Verdict::Misplaced { .. }) {
                plan.moved.push(finding);
            } else if let Some(InTheWay { path, is }) = &finding.in_the_way
                && *path != finding.record.path
            {
                let why = format!("{path} is {is}, and nothing of that is replaced; move it away");
                plan.outcomes.insert(finding.record.file, Err(why));
            } else if matches!(finding.verdict, Verdict::Broken { .. }) {
                let why = "somebody has changed it, and nothing that a person did is replaced";
                plan.outcomes
                    .insert(finding.record.file, Err(why.to_owned()));
            } else if is_fetched(&finding.verdict) {
                let file = finding.record.file;
                let is_library = |owner: &Owner| owner.source == SourceName::Library.as_str();
                let (owners, others): (Vec<_>, Vec<_>) =
                    reader.owners(file)?.into_iter().partition(is_library);
                let by_hand = by_hand(&others);
                match (owners.is_empty(), by_hand) {
                    (false, by_hand) => plan.owed.push(Owed {
                        finding,
                        owners,
                        by_hand,
                    }),
                    (true, by_hand) => {
                        let why = by_hand.unwrap_or(UNNEEDED);
                        plan.outcomes.insert(file, Err(why.to_owned()));
                    }
                }
            }
        }
        Ok(plan)
    }

    /// How many files Google is asked for.
    pub(crate) fn owed(&self) -> usize {
        self.owed.len()
    }

    /// Whether anything of it is Google's to give.
    pub(crate) fn asks_google(&self) -> bool {
        !self.owed.is_empty()
    }
}

const UNNEEDED: &str = "no item needs this copy any more; it may be deleted";

/// Whether fetching can mend it.
fn is_fetched(verdict: &Verdict) -> bool {
    matches!(
        verdict,
        Verdict::Rot { .. }
            | Verdict::Missing
            | Verdict::Unreadable {
                is_broken: true,
                ..
            }
    )
}

/// Why the Library is no help with a file that these have.
fn by_hand(owners: &[Owner]) -> Option<&'static str> {
    let is_picked = |owner: &Owner| owner.source == SourceName::Picker.as_str();
    match (owners.is_empty(), owners.iter().all(is_picked)) {
        (true, _) => None,
        (false, true) => Some("it was selected by hand, and a repair cannot ask for it"),
        (false, false) => Some("it came from an export, and a repair cannot ask for it"),
    }
}
