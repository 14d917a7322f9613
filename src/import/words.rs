//! What an item is said to be, by all that is known now: of several files that describe it one counts, whichever was read first.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use crate::archive::ArchiveError;
use crate::archive::index::Rows;
use crate::archive::word::Told;
use crate::import::claims::{At, Sha256};
use crate::import::known::digest;
use crate::import::outcome::Outcome;
use crate::import::reconcile::Reconciling;
use crate::media::item::Part;
use crate::takeout::json::Sidecar;
use crate::takeout::plan::Verdict;

/// A file of an item.
struct File {
    item: i64,
    at: At,
}

/// Sees to it that what is said of every item is what the newest export says of it, of its files the original first, and of those the
/// one whose path comes first; and that nothing is said any more which nobody says.
pub(super) fn settle(
    reconciling: &Reconciling<'_>,
    rows: &Rows<'_>,
    outcomes: &[Outcome],
) -> Result<(), ArchiveError> {
    let is_first = reconciling.is_first;
    let (said, mut unsaid) = files(outcomes);
    let is_said = |item| said.binary_search_by_key(&item, |file| file.item).is_ok();
    let half_said: HashSet<i64> = unsaid
        .iter()
        .map(|file| file.item)
        .filter(|item| is_said(*item))
        .collect();
    unsaid.retain(|file| !is_first && !half_said.contains(&file.item));
    let unsaid = taken_back(rows, outcomes, &unsaid)?;
    let mut news = Vec::new();
    for files in said.chunk_by(|one, other| one.item == other.item) {
        let words = files.iter().filter_map(|file| word(outcomes, file));
        let is_one = words.clone().is_sorted_by(|one, other| {
            one.told == other.told && one.description == other.description
        });
        if is_first && is_one && !half_said.contains(&files[0].item) {
            continue;
        }
        let Some(best) = words.min_by(|one, other| one.rank().cmp(&other.rank())) else {
            continue;
        };
        let (told, description) = rows.said_of(best.item)?;
        let is_older = |known: &Told| known.exported > best.told.exported;
        let is_known = told.as_ref() == Some(&best.told) && description == best.description;
        if !is_known && !told.as_ref().is_some_and(is_older) {
            news.push(File {
                item: best.item,
                at: best.at,
            });
        }
    }
    if news.is_empty() && unsaid.is_empty() {
        return Ok(());
    }
    let digests = digests(reconciling, outcomes, news.iter().chain(&unsaid));
    let mut others = reconciling.others(rows);
    for file in news {
        if let Some(sha256) = digests.get(&file.at) {
            others.describe_by(&outcomes[file.at.0].export, file.at.1, *sha256, file.item)?;
        }
    }
    for file in unsaid {
        if let Some(sha256) = digests.get(&file.at) {
            others.date_by_copy(&outcomes[file.at.0].export, file.at.1, *sha256, file.item)?;
        }
    }
    Ok(())
}

/// Takes back what these exports have said of items that they say nothing of any more. Returns the files of these, and of those that
/// have no date.
fn taken_back(
    rows: &Rows<'_>,
    outcomes: &[Outcome],
    unsaid: &[File],
) -> Result<Vec<File>, ArchiveError> {
    // One that was not looked at says what it has always said.
    let heard = outcomes.iter().filter(|one| !one.export.is_unchanged);
    let made = heard.map(|one| one.export.made);
    // Nobody knows which of the exports without a time has said something.
    let made: HashSet<i64> = made.filter(|made| *made != 0).collect();
    let mut back = Vec::new();
    for files in unsaid.chunk_by(|one, other| one.item == other.item) {
        let item = files[0].item;
        // What another export has said stays.
        let is_back = match rows.told(item)? {
            Some(known) => made.contains(&known.exported),
            None => rows.is_undated(item)?,
        };
        if is_back {
            rows.untell(item)?;
            back.extend(files.iter().map(|file| File { item, at: file.at }));
        }
    }
    Ok(back)
}

/// What a file's export says of its item.
struct Word<'a> {
    item: i64,
    at: At,
    part: Part,
    path: &'a str,
    told: Told,
    description: Option<String>,
}

impl Word<'_> {
    /// The best first.
    fn rank(&self) -> (Reverse<i64>, Part, &str) {
        (Reverse(self.told.exported), self.part, self.path)
    }
}

fn word<'a>(outcomes: &'a [Outcome], file: &File) -> Option<Word<'a>> {
    let (number, entry) = file.at;
    let export = &outcomes[number].export;
    let (part, sidecar) = described(&outcomes[number], entry)?;
    let sidecar = sidecar?;
    Some(Word {
        item: file.item,
        at: file.at,
        part,
        path: &export.entries[entry].path,
        told: Told::of(sidecar, export.made),
        description: sidecar.description.clone(),
    })
}

fn described(outcome: &Outcome, entry: usize) -> Option<(Part, Option<&Sidecar>)> {
    let Verdict::Media(media) = &outcome.export.plan.verdicts[entry] else {
        return None;
    };
    let sidecar = outcome.export.sidecar(media);
    let sidecar = sidecar.filter(|_| !outcome.imported.doubtful.contains(&entry));
    Some((media.part, sidecar))
}

/// The files that something describes, and those that nothing does: both item by item.
fn files(outcomes: &[Outcome]) -> (Vec<File>, Vec<File>) {
    let (mut said, mut unsaid) = (Vec::new(), Vec::new());
    for (number, outcome) in outcomes.iter().enumerate() {
        for (entry, item) in outcome.imported.items.iter().enumerate() {
            let Some(item) = *item else { continue };
            let at = (number, entry);
            match described(outcome, entry) {
                Some((_, Some(_))) => said.push(File { item, at }),
                Some((_, None)) => unsaid.push(File { item, at }),
                None => {}
            }
        }
    }
    for files in [&mut said, &mut unsaid] {
        files.sort_unstable_by_key(|file| (file.item, file.at));
    }
    (said, unsaid)
}

/// The bytes of these files.
fn digests<'a>(
    reconciling: &Reconciling<'_>,
    outcomes: &[Outcome],
    files: impl Iterator<Item = &'a File>,
) -> HashMap<At, Sha256> {
    let (mut digests, mut tickets) = (HashMap::new(), HashMap::new());
    for file in files {
        let (number, entry) = file.at;
        let outcome = &outcomes[number];
        let first = outcome.export.catalog.origins.len();
        if let Some(recorded) = entry.checked_sub(first) {
            let sha256 = outcome.export.recorded[recorded].sha256.as_deref();
            let sha256 = sha256.and_then(digest);
            digests.extend(sha256.map(|sha256| (file.at, sha256)));
        } else {
            let ticket = outcome.imported.ticket(file.at);
            tickets.entry(ticket).or_insert_with(Vec::new).push(file.at);
        }
    }
    for (sha256, ticket) in reconciling.read.all() {
        for at in tickets.get(ticket).into_iter().flatten() {
            digests.insert(*at, *sha256);
        }
    }
    digests
}
