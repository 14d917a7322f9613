//! Gives bytes to those who have a claim to them, and to nobody else.

use std::collections::HashSet;

use crate::archive::ArchiveError;
use crate::archive::index::Rows;
use crate::import::claims::Claims;
use crate::import::finish::{Closing, follow};
use crate::import::outcome::Outcome;
use crate::import::{disputed, elsewhere, replay};

/// Says in `outcomes` whose the files are then. What the exports of this import leave idle may be claimed by another one: these
/// are heard from their records.
pub(super) fn settle(
    closing: &Closing<'_>,
    rows: &Rows<'_>,
    outcomes: &mut [Outcome],
) -> Result<(), ArchiveError> {
    let mut claims = Claims::find(rows, outcomes, closing.met)?;
    let idle: HashSet<[u8; 32]> = claims.idle().iter().map(|idle| idle.sha256).collect();
    if idle.is_empty() {
        return Ok(());
    }
    let heard = outcomes.iter().filter(|one| !one.export.is_unchanged);
    let heard: Vec<&str> = heard.map(|one| one.export.id.as_str()).collect();
    let elsewhere = elsewhere::with(&closing.paths.manifests, &heard, &idle)?;
    let mut further = Vec::with_capacity(elsewhere.len());
    if !elsewhere.is_empty() {
        let mut exports = replay::read(closing.paths, &elsewhere, &|| true)?;
        disputed::mark(rows, &mut exports)?;
        for export in exports {
            let mut outcome = Outcome::of_record(export);
            closing.others(rows).own(&mut outcome)?;
            further.push(outcome);
        }
        follow(rows, &mut further)?;
        for (number, outcome) in (outcomes.len()..).zip(&further) {
            claims.hear(outcome, number, closing.met);
        }
    }
    let settled = claims.idle().into_iter();
    for idle in settled.filter(|one| idle.contains(&one.sha256)) {
        let mut others = closing.others(rows);
        if idle.owner.is_none() && !others.has(&idle.sha256)? {
            continue;
        }
        for holder in &idle.holders {
            rows.disown((holder.item, holder.role), idle.owner)?;
        }
        let mut owner = idle.owner;
        for (number, entry) in claims.untold(idle.sha256) {
            let mut all = outcomes.iter_mut().chain(&mut further);
            let Some(outcome) = all.nth(number) else {
                continue;
            };
            if owner.is_none() {
                owner = others.own_by_bytes(&outcome.export, entry, idle.sha256)?;
            }
            outcome.imported.items[entry] = owner;
        }
    }
    Ok(())
}
