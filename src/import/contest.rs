//! Gives bytes to those who have a claim to them, and to nobody else.

use std::collections::HashSet;

use crate::archive::ArchiveError;
use crate::archive::index::Rows;
use crate::import::albums::file_albums;
use crate::import::claims::{Claims, Settlement};
use crate::import::outcome::Outcome;
use crate::import::owner::owner;
use crate::import::reconcile::{Reconciling, follow};
use crate::import::{disputed, elsewhere, replay};
use crate::takeout::plan::Verdict;

/// Says in `outcomes` whose the files are then.
pub(super) fn settle(
    reconciling: &Reconciling<'_>,
    rows: &Rows<'_>,
    outcomes: &mut Vec<Outcome>,
) -> Result<(), ArchiveError> {
    let own = outcomes.len();
    // Whose a file is may depend on whose another one is: an edited version of an edited version.
    for _ in 0..ROUNDS {
        if !once(reconciling, rows, outcomes)? {
            break;
        }
        follow(rows, outcomes)?;
    }
    for outcome in outcomes.iter_mut() {
        go_with(outcome);
    }
    // What others say of albums is about photos that may be others by now.
    for outcome in outcomes.drain(own..) {
        file_albums(rows, &outcome, true)?;
    }
    Ok(())
}

/// What goes with a file is that one's item's.
fn go_with(outcome: &mut Outcome) {
    for entry in 0..outcome.export.entries.len() {
        if let Verdict::Media(media) = &outcome.export.plan.verdicts[entry] {
            outcome.imported.items[entry] = owner(outcome, entry, media).item();
        }
    }
}

/// Rounds at the most: no name has so many endings for what goes with what.
const ROUNDS: usize = 8;

/// Returns whether anything has changed. What the exports of this import leave in question may be claimed by another one: these
/// are heard from their records, and put behind those of the import.
fn once(
    reconciling: &Reconciling<'_>,
    rows: &Rows<'_>,
    outcomes: &mut Vec<Outcome>,
) -> Result<bool, ArchiveError> {
    let mut claims = Claims::find(rows, outcomes, reconciling.read, reconciling.is_first)?;
    let questions = claims.settled().filter(Settlement::is_question);
    let questions: HashSet<[u8; 32]> = questions.map(|one| one.sha256).collect();
    if !questions.is_empty() {
        let further = elsewhere(reconciling, rows, outcomes, &questions)?;
        for (number, outcome) in (outcomes.len()..).zip(&further) {
            claims.hear(outcome, number, reconciling.read);
        }
        outcomes.extend(further);
    }
    let mut is_changed = false;
    for one in claims.settled() {
        // What came up only by what other exports say is asked of all of them in the next round.
        if !one.is_question() || questions.contains(&one.sha256) {
            is_changed |= carry_out(reconciling, rows, outcomes, &one)?;
        } else {
            is_changed = true;
        }
    }
    Ok(is_changed)
}

fn carry_out(
    reconciling: &Reconciling<'_>,
    rows: &Rows<'_>,
    outcomes: &mut [Outcome],
    settled: &Settlement<'_>,
) -> Result<bool, ArchiveError> {
    let sha256 = &settled.sha256;
    for item in settled.owners.keys() {
        // It has become another one in this round: the next one says which.
        if rows.is_now(*item)? != *item {
            return Ok(true);
        }
    }
    let mut others = reconciling.others(rows);
    let is_news = settled.is_news();
    if is_news && !others.has(sha256)? {
        return Ok(false);
    }
    let mut idle = settled.idle.clone();
    for (item, (part, at)) in &settled.owners {
        if !settled.held.contains(item) {
            let before = idle.iter().position(|holder| holder.item == *item);
            let before = before.map(|at| idle.remove(at).role);
            rows.give((*item, *part), sha256, before, reconciling.run)?;
            others.note(&outcomes[at.0].export, at.1, *sha256, *item)?;
        }
    }
    let mut owner = rows.first_of(settled.owners.keys().copied())?;
    for holder in &idle {
        rows.disown((holder.item, holder.role))?;
    }
    let mut is_changed = is_news;
    for (number, entry) in settled.untold {
        let Some(outcome) = outcomes.get_mut(*number) else {
            continue;
        };
        match owner {
            None => owner = others.own_by_bytes(&outcome.export, *entry, *sha256)?,
            Some(item) if is_news && settled.owners.is_empty() => {
                others.date_by_copy(&outcome.export, *entry, *sha256, item)?;
            }
            Some(_) => {}
        }
        is_changed |= outcome.imported.items[*entry] != owner;
        outcome.imported.items[*entry] = owner;
    }
    for (holder, owner) in idle.iter().zip(owner.into_iter().cycle()) {
        rows.succeed(holder.item, owner)?;
    }
    Ok(is_changed)
}

/// The other exports that have such bytes, by their records.
fn elsewhere(
    reconciling: &Reconciling<'_>,
    rows: &Rows<'_>,
    outcomes: &[Outcome],
    digests: &HashSet<[u8; 32]>,
) -> Result<Vec<Outcome>, ArchiveError> {
    let heard = outcomes.iter().filter(|one| !one.export.is_unchanged);
    let heard: Vec<&str> = heard.map(|one| one.export.id.as_str()).collect();
    let ids = elsewhere::with(&reconciling.paths.manifests, &heard, digests)?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut exports = replay::read(reconciling.paths, &ids, &|| true)?;
    disputed::mark(rows, &mut exports)?;
    let mut outcomes: Vec<Outcome> = exports.into_iter().map(Outcome::of_record).collect();
    for outcome in &mut outcomes {
        reconciling.others(rows).own(outcome)?;
    }
    follow(rows, &mut outcomes)?;
    Ok(outcomes)
}
