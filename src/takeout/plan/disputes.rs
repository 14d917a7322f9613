//! One address for two photos: somebody has put the sidecar of another photo there, or of another export.
//!
//! Copies of a photo in several folders have one name, but for a counter and where it was cut. Originals of one address whose
//! names differ otherwise are two photos. Which of them the address means cannot be told (names, title and date fit for each,
//! or they were not paired), so neither has it: each is known by its bytes, and dated and described by its own sidecar.

use std::collections::BTreeMap;

use crate::media::item::Part;
use crate::takeout::address::id_of;
use crate::takeout::name::{MediaName, fold};
use crate::takeout::plan::{Listed, Verdict, name_of, sidecar_of};

/// The addresses that photos here claim, and the longest of their names; none where they are two photos. `counts` tells of each
/// entry whether it does.
pub(crate) fn claims<'a>(
    entries: &'a [Listed],
    verdicts: &[Verdict],
    counts: impl Fn(usize) -> bool,
) -> BTreeMap<&'a str, Option<String>> {
    let mut claims: BTreeMap<&str, Option<String>> = BTreeMap::new();
    for (at, verdict) in verdicts.iter().enumerate() {
        if let Verdict::Media(media) = verdict
            && media.part == Part::Original
            && counts(at)
            && let Some(url) = media
                .sidecar
                .and_then(|sidecar| sidecar_of(entries, sidecar).url.as_deref())
        {
            let stem = stem_of(name_of(&entries[at].path));
            let longest = claims
                .entry(id_of(url))
                .or_insert_with(|| Some(stem.clone()));
            *longest = match longest.take() {
                Some(known) if known.starts_with(&stem) => Some(known),
                Some(known) if stem.starts_with(&known) => Some(stem),
                _ => None,
            };
        }
    }
    claims
}

/// Marks everything that is described by an address which is disputed.
pub(crate) fn mark(
    entries: &[Listed],
    verdicts: &mut [Verdict],
    is_disputed: impl Fn(&str) -> bool,
) {
    for verdict in verdicts {
        if let Verdict::Media(media) = verdict
            && let Some(sidecar) = media.sidecar
        {
            let url = sidecar_of(entries, sidecar).url.as_deref();
            media.is_disputed |= url.is_some_and(|url| is_disputed(id_of(url)));
        }
    }
}

/// A name without its counter and its ending. Exports write some signs one way and some another.
fn stem_of(name: &str) -> String {
    let stem = fold(&MediaName::parse(name).stem);
    let plain = |c: char| if c.is_alphanumeric() { c } else { '_' };
    stem.chars().map(plain).collect()
}
