//! Which sidecar belongs to which file of one folder, and which files are one photo.
//!
//! From the media's name to the sidecar's, never the other way: the first is how Google makes them. Each rule asks for one key
//! in a table, so that 100,000 files of one folder take 100,000 times as long as one. What is not sure is not paired: a
//! file without a sidecar is a photo all the same, and a wrong date is worse than none.

mod companions;
mod index;
mod table;

use crate::media::item::Part;
use crate::media::naming;
use crate::takeout::json::Sidecar;
use crate::takeout::name::{MediaName, SIDECAR_STEM, cut, fits, split_extension};
use crate::takeout::pair::index::Index;

/// A sidecar of the folder.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named<'a> {
    pub(crate) name: &'a str,
    pub(crate) sidecar: &'a Sidecar,
}

/// What one media file of the folder turned out to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Paired {
    /// Which of the sidecars describes it.
    pub(crate) sidecar: Option<usize>,
    pub(crate) part: Part,
    /// The file of the same photo that it goes with: the still of a clip, the original of an edited version.
    pub(crate) of: Option<usize>,
    pub(crate) rule: Option<Rule>,
}

/// Why a sidecar was taken for a file's. The order is that of trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    /// By name, the counter where Google puts it.
    Name,
    /// By name cut to 46 units.
    CutName,
    /// By name with the counter as a part of the title.
    CountedName,
    /// By name without extension: the title had none.
    Stem,
    /// By name, but for upper and lower case.
    FoldedName,
    /// By the title in the sidecar.
    Title,
    /// It goes with another file of the photo.
    Companion,
    /// A second file of a title that was cut, for which Google wrote no sidecar of its own.
    Forgotten,
}

/// Pairs the files of one folder. Names are distinct among the media and among the sidecars; the answer has one entry per
/// media file, in their order.
pub(crate) fn pair(media: &[&str], sidecars: &[Named<'_>]) -> Vec<Paired> {
    let names: Vec<MediaName> = media.iter().map(|name| MediaName::parse(name)).collect();
    let index = Index::new(sidecars);
    let mut paired = vec![Paired::default(); media.len()];
    let mut taken = vec![false; sidecars.len()];
    for rule in [
        Rule::Name,
        Rule::CutName,
        Rule::CountedName,
        Rule::Stem,
        Rule::FoldedName,
        Rule::Title,
    ] {
        let mut claims: Vec<(usize, usize)> = Vec::new();
        for (at, name) in names.iter().enumerate() {
            if paired[at].sidecar.is_some() {
                continue;
            }
            let candidate = candidates(&index, name, media[at], rule)
                .into_iter()
                .find(|found| {
                    !taken[*found]
                        && fits(&sidecars[*found].sidecar.title, &name.stem)
                        && !contradicts_extension(&sidecars[*found].sidecar.title, name, rule)
                });
            claims.extend(candidate.map(|found| (found, at)));
        }
        settle(claims, &names, sidecars, rule, &mut paired, &mut taken);
    }
    companions::join(media, &names, sidecars, &index, &mut paired);
    paired
}

/// The sidecars that a rule proposes for a file.
fn candidates(index: &Index, name: &MediaName, full: &str, rule: Rule) -> Vec<usize> {
    let base = name.base();
    let is_long = |text: &str| cut(text, SIDECAR_STEM).len() < text.len();
    // A number behind a space is more often the title's own.
    let counted = |text: &str| match (name.counter, name.is_spaced) {
        (Some(_), true) => index.exact(text, None),
        _ => Vec::new(),
    };
    // Cut with its counter as a part of it, where the cut leaves that.
    let whole = Some(cut(full, SIDECAR_STEM))
        .filter(|whole| is_long(full) && whole.len() >= name.counted_stem().len());
    match rule {
        Rule::Name => {
            let kept = counted(full);
            if kept.is_empty() {
                index.exact(&base, name.counter)
            } else {
                kept
            }
        }
        Rule::CutName => {
            let kept = whole.map_or_else(Vec::new, &counted);
            if kept.is_empty() && is_long(&base) {
                index.exact(cut(&base, SIDECAR_STEM), name.counter)
            } else {
                kept
            }
        }
        Rule::CountedName if name.counter.is_some() => {
            let mut found = index.exact(full, None);
            found.extend(whole.map_or_else(Vec::new, |whole| index.exact(whole, None)));
            if name.is_spaced {
                found.extend(index.exact(&base, name.counter));
            }
            found
        }
        Rule::Stem => index.exact(cut(&name.stem, SIDECAR_STEM), name.counter),
        Rule::FoldedName => {
            let mut found = index.folded(&base, name.counter);
            if is_long(&base) {
                found.extend(index.folded(cut(&base, SIDECAR_STEM), name.counter));
            }
            if name.counter.is_some() {
                found.extend(index.folded(full, None));
            }
            found
        }
        Rule::Title => index.titled(name),
        Rule::CountedName | Rule::Companion | Rule::Forgotten => Vec::new(),
    }
}

/// A sidecar found without regard to the extension belongs to a title that has none, or the same.
fn contradicts_extension(title: &str, name: &MediaName, rule: Rule) -> bool {
    rule == Rule::Stem
        && match split_extension(title).1 {
            "" => false,
            extension => {
                naming::has_media_extension(title)
                    && !extension.eq_ignore_ascii_case(&name.extension)
            }
        }
}

/// Gives each claimed sidecar to its one claimant. Of several, the one whose extension is the title's; else to nobody.
fn settle(
    mut claims: Vec<(usize, usize)>,
    names: &[MediaName],
    sidecars: &[Named<'_>],
    rule: Rule,
    paired: &mut [Paired],
    taken: &mut [bool],
) {
    claims.sort_unstable();
    for claimants in claims.chunk_by(|a, b| a.0 == b.0) {
        let sidecar = claimants[0].0;
        let title = split_extension(&sidecars[sidecar].sidecar.title).1;
        let mut fitting = claimants.iter().filter(|(_, media)| {
            claimants.len() == 1 || names[*media].extension.eq_ignore_ascii_case(title)
        });
        // Disputed: nobody else may have it either.
        taken[sidecar] = true;
        if let (Some((_, media)), None) = (fitting.next(), fitting.next()) {
            paired[*media].sidecar = Some(sidecar);
            paired[*media].rule = Some(rule);
        }
    }
}

#[cfg(test)]
mod tests;
