//! Files that go with another one: edited versions, the clips of live and motion photos, and second files for which Google
//! wrote no sidecar.

use crate::media::item::Part;
use crate::takeout::json::Sidecar;
use crate::takeout::name::{MediaName, SIDECAR_STEM, cut, fits, fold, split_extension};
use crate::takeout::pair::index::Index;
use crate::takeout::pair::table::Table;
use crate::takeout::pair::{Named, Paired, Rule};
use crate::takeout::words;

/// What a clip's still may end in, the likeliest first.
const STILLS: [&str; 7] = ["heic", "heif", "jpg", "jpeg", "png", "webp", "avif"];
/// What a clip may end in. `MP` and `MV` are what exports call the clips of Pixel phones; so does `MP~2` after an edit.
const CLIPS: [&str; 5] = ["mp4", "mov", "m4v", "mp", "mv"];

/// Joins what has no sidecar of its own to what it goes with.
pub(super) fn join(
    media: &[&str],
    names: &[MediaName],
    sidecars: &[Named<'_>],
    index: &Index,
    paired: &mut [Paired],
) {
    let folder = Folder::new(media, names);
    for at in 0..media.len() {
        if paired[at].sidecar.is_none() {
            join_edited(at, names, sidecars, index, &folder, paired);
        }
    }
    join_clips(media, names, sidecars, index, &folder, paired);
    for at in 0..media.len() {
        let name = &names[at];
        if paired[at] != Paired::default() || name.counter.is_none() || !name.may_be_cut() {
            continue;
        }
        let found = index.exact(cut(&name.base(), SIDECAR_STEM), None);
        let found = found
            .into_iter()
            .find(|found| fits(&sidecars[*found].sidecar.title, &name.stem));
        if let Some(found) = found {
            paired[at].sidecar = Some(found);
            paired[at].rule = Some(Rule::Forgotten);
        }
    }
}

/// The folder's files.
struct Folder<'a> {
    media: &'a [&'a str],
    names: &'a [MediaName],
    /// By the stem with its counter, case-folded.
    by_stem: Table,
}

impl<'a> Folder<'a> {
    fn new(media: &'a [&'a str], names: &'a [MediaName]) -> Self {
        let mut by_stem = Table::default();
        for (at, name) in names.iter().enumerate() {
            by_stem.push(&fold(&name.counted_stem()), None, at);
        }
        by_stem.sort();
        Self {
            media,
            names,
            by_stem,
        }
    }

    fn all(&self, stem: &str) -> Vec<usize> {
        self.by_stem.get(&fold(stem), None).collect()
    }

    /// The stills of this name, the likeliest for a clip first.
    fn stills(&self, stem: &str) -> Vec<usize> {
        let rank = |at: usize| still_rank(&self.names[at].extension);
        let mut found = self.all(stem);
        found.retain(|at| rank(*at).is_some());
        found.sort_by_key(|at| (rank(*at), self.media[*at]));
        found
    }
}

fn join_edited(
    at: usize,
    names: &[MediaName],
    sidecars: &[Named<'_>],
    index: &Index,
    folder: &Folder<'_>,
    paired: &mut [Paired],
) {
    let name = &names[at];
    let Some(before) = words::unedited(name) else {
        return;
    };
    let original = MediaName {
        stem: before.to_owned(),
        ..name.clone()
    };
    let same_extension = |other: &str| other.eq_ignore_ascii_case(&name.extension);
    let mut originals = folder.all(&original.counted_stem());
    originals.sort_by_key(|other| !same_extension(&names[*other].extension));
    let of = originals
        .iter()
        .find(|other| paired[**other].sidecar.is_some())
        .or(originals.first())
        .copied();
    let sidecar = of.and_then(|of| paired[of].sidecar).or_else(|| {
        let mut found = index.exact(cut(&original.base(), SIDECAR_STEM), original.counter);
        found.extend(index.of_stem(before, original.counter));
        found
            .into_iter()
            .find(|found| fits(&sidecars[*found].sidecar.title, before))
    });
    // With neither, it is a photo whose title happens to end so.
    if of.is_some() || sidecar.is_some() {
        paired[at] = Paired {
            sidecar,
            part: Part::Edited,
            of,
            rule: Some(Rule::Companion),
        };
    }
}

fn join_clips(
    media: &[&str],
    names: &[MediaName],
    sidecars: &[Named<'_>],
    index: &Index,
    folder: &Folder<'_>,
    paired: &mut [Paired],
) {
    let mut has_clip = vec![false; media.len()];
    let mut left = Vec::new();
    let mut clips: Vec<usize> = (0..media.len())
        .filter(|at| is_clip(&names[*at].extension) && paired[*at].part == Part::Original)
        .collect();
    // The order of the names, not that of the archive.
    clips.sort_by_key(|at| (names[*at].counter, media[*at]));
    for at in clips {
        if let Some(own) = paired[at].sidecar
            && !is_of_a_still(sidecars[own].sidecar)
        {
            continue;
        }
        // `PXL_1.MP` goes with `PXL_1.MP.jpg`, `IMG_1.MOV` with `IMG_1.HEIC`.
        let stills = [media[at], &names[at].counted_stem()];
        let still = stills
            .iter()
            .flat_map(|stem| folder.stills(stem))
            .find(|still| !has_clip[*still] && paired[*still].part == Part::Original);
        match still {
            Some(still) => {
                has_clip[still] = true;
                become_clip(at, still, paired);
            }
            None if paired[at].sidecar.is_none() => left.push(at),
            None => {}
        }
    }
    for at in left {
        join_leftover_clip(at, names, sidecars, index, folder, &mut has_clip, paired);
    }
}

/// A clip whose still has another counter or is not there at all.
fn join_leftover_clip(
    at: usize,
    names: &[MediaName],
    sidecars: &[Named<'_>],
    index: &Index,
    folder: &Folder<'_>,
    has_clip: &mut [bool],
    paired: &mut [Paired],
) {
    let name = &names[at];
    // Several stills of one name and as many clips: Google counts the clips, because their names are equal, and not the
    // stills, because their extensions differ.
    let stills = folder.stills(&name.stem);
    let is_counted = name.counter.is_some() && !name.extension.is_empty() && stills.len() > 1;
    let free = stills.iter().find(|still| !has_clip[**still]);
    if let (true, Some(still)) = (is_counted, free) {
        has_clip[*still] = true;
        become_clip(at, *still, paired);
        return;
    }
    if name.extension.is_empty() {
        return;
    }
    let found = index.of_stem(&name.stem, name.counter);
    let found = found.into_iter().find(|found| {
        let sidecar = sidecars[*found].sidecar;
        is_of_a_still(sidecar) && fits(&sidecar.title, &name.stem)
    });
    if let Some(sidecar) = found {
        paired[at] = Paired {
            sidecar: Some(sidecar),
            part: Part::Motion,
            of: None,
            rule: Some(Rule::Companion),
        };
    }
}

fn become_clip(at: usize, still: usize, paired: &mut [Paired]) {
    let sidecar = paired[still].sidecar.or(paired[at].sidecar);
    if paired[still].sidecar.is_none() && sidecar.is_some() {
        paired[still].sidecar = sidecar;
        paired[still].rule = Some(Rule::Companion);
    }
    paired[at] = Paired {
        sidecar,
        part: Part::Motion,
        of: Some(still),
        rule: Some(Rule::Companion),
    };
}

fn is_of_a_still(sidecar: &Sidecar) -> bool {
    still_rank(split_extension(&sidecar.title).1).is_some()
}

fn still_rank(extension: &str) -> Option<usize> {
    let extension = extension.strip_prefix('.')?;
    STILLS
        .iter()
        .position(|still| still.eq_ignore_ascii_case(extension))
}

/// A clip without extension counts only beside its still; who asks, looks for that.
fn is_clip(extension: &str) -> bool {
    let Some(extension) = extension.strip_prefix('.') else {
        return true;
    };
    let extension = extension
        .split_once('~')
        .map_or(extension, |(before, _)| before);
    CLIPS
        .iter()
        .any(|clip| clip.eq_ignore_ascii_case(extension))
}
