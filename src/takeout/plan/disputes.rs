//! One address for two photos: somebody has put the sidecar of another photo there, or of another export.
//!
//! Copies of a photo in several folders have one name, but for a counter and where it was cut. Originals of one address whose
//! names differ otherwise are two photos. Which of them the address means cannot be told (names, title and date fit for each,
//! or they were not paired), so neither has it: each is known by its bytes, and dated and described by its own sidecar.

use std::collections::{BTreeMap, HashSet};

use crate::media::item::Part;
use crate::takeout::name::{MediaName, fold};
use crate::takeout::plan::{Listed, Verdict, name_of, sidecar_of};

/// Marks the photos whose address another one claims.
pub(super) fn find(entries: &[Listed], verdicts: &mut [Verdict]) {
    let mut claims: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (at, verdict) in verdicts.iter().enumerate() {
        if let Verdict::Media(media) = verdict
            && media.part == Part::Original
            && let Some(url) = media
                .sidecar
                .and_then(|sidecar| sidecar_of(entries, sidecar).url.as_deref())
        {
            let stem = fold(&MediaName::parse(name_of(&entries[at].path)).stem);
            let stems = claims.entry(url).or_default();
            if !stems.contains(&stem) {
                stems.push(stem);
            }
        }
    }
    let is_one = |stems: &[String]| {
        let longest = stems.iter().max_by_key(|stem| stem.len());
        longest.is_none_or(|longest| stems.iter().all(|stem| longest.starts_with(stem.as_str())))
    };
    let disputed: HashSet<&str> = claims
        .into_iter()
        .filter(|(_, stems)| !is_one(stems))
        .map(|(url, _)| url)
        .collect();
    if disputed.is_empty() {
        return;
    }
    for verdict in verdicts {
        if let Verdict::Media(media) = verdict
            && let Some(sidecar) = media.sidecar
        {
            let url = sidecar_of(entries, sidecar).url.as_deref();
            media.is_disputed = url.is_some_and(|url| disputed.contains(url));
        }
    }
}
