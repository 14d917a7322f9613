//! What is to become of every entry of an export: which are photos, what describes them, and what is none of ours.
//!
//! Pure: the entries and their JSON in, one verdict per entry out. The order of the entries does not matter.

mod albums;
pub(crate) mod disputes;

use std::collections::{BTreeMap, HashSet};

use crate::media::item::Part;
use crate::takeout::address::id_of;
use crate::takeout::folders::{self, Folder, Signs};
use crate::takeout::json::{Json, Sidecar};
use crate::takeout::name::fold;
use crate::takeout::pair::{self, Named, Rule};

/// One entry of the export.
#[derive(Debug)]
pub(crate) struct Listed {
    /// In the export, with `/`.
    pub(crate) path: String,
    /// What a file with a JSON name turned out to be; `None` for anything else.
    pub(crate) json: Option<Json>,
}

impl Listed {
    /// The id of the item that a sidecar speaks of.
    pub(crate) fn address(&self) -> Option<String> {
        match &self.json {
            Some(Json::Sidecar(sidecar)) => sidecar.url.as_deref().map(|url| id_of(url).to_owned()),
            _ => None,
        }
    }
}

/// What is to become of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// A photo or video, or a file that goes with one.
    Media(Media),
    /// A sidecar that describes at least one file here, or says that a photo is in an album.
    Used,
    /// A sidecar of which there is no photo.
    Unused,
    /// An album's metadata, print orders, comments, the index page: kept, and no photo.
    Special,
    /// A JSON file that could not be read.
    Unreadable,
    /// Of another product than Google Photos.
    OtherProduct,
    /// In the trash, and the trash is not wanted.
    Trashed,
}

/// What is known of a file before it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Media {
    /// The entry that describes it.
    pub(crate) sidecar: Option<usize>,
    pub(crate) part: Part,
    /// The entry of the same photo that it goes with.
    pub(crate) of: Option<usize>,
    pub(crate) rule: Option<Rule>,
    /// Which of [`Plan::folders`] it lies in.
    pub(crate) folder: usize,
    /// Another photo here claims the address that describes it: whose it is nobody knows, and neither has it.
    pub(crate) is_disputed: bool,
}

impl Media {
    /// Its address in Google Photos, by what describes it.
    pub(crate) fn url<'a>(&self, sidecar: Option<&'a Sidecar>) -> Option<&'a str> {
        sidecar?.url.as_deref().filter(|_| !self.is_disputed)
    }
}

/// What an export holds.
#[derive(Debug)]
pub(crate) struct Plan {
    /// One per entry, in their order.
    pub(crate) verdicts: Vec<Verdict>,
    /// The folders of the Photos product, by path.
    pub(crate) folders: Vec<(String, Folder)>,
    /// Sidecars without a photo beside them that say that a photo elsewhere is in this folder's album: the entry, the folder, and an
    /// entry that is described by the same item's sidecar.
    pub(crate) memberships: Vec<Membership>,
    /// Whether anything of Google Photos is in it at all.
    pub(crate) has_photos: bool,
}

/// A sidecar that stands for a photo which lies in another folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Membership {
    pub(crate) sidecar: usize,
    pub(crate) folder: usize,
    /// A media entry of the same item.
    pub(crate) media: usize,
}

/// Plans one export. `with_trash` keeps what lies in the trash.
pub(crate) fn plan(entries: &[Listed], with_trash: bool) -> Plan {
    let roots = photo_roots(entries);
    let mut verdicts = vec![Verdict::OtherProduct; entries.len()];
    // Sorted, so that nothing depends on the order of the entries.
    let mut inside: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        let split = Split::of(&entry.path);
        if split.is_index_page() {
            verdicts[at] = Verdict::Special;
        } else if roots.contains(&split.root()) {
            let folder = entry.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            // Two parts may write one folder in two normal forms.
            inside.entry(fold_path(folder)).or_default().push(at);
        }
    }
    let mut planned = Plan {
        verdicts,
        folders: Vec::with_capacity(inside.len()),
        memberships: Vec::new(),
        has_photos: !inside.is_empty(),
    };
    let mut unpaired = Vec::new();
    for found in inside.into_values() {
        plan_folder(entries, &found, with_trash, &mut planned, &mut unpaired);
    }
    let claims = disputes::claims(entries, &planned.verdicts, |_| true);
    disputes::mark(entries, &mut planned.verdicts, |id| {
        claims.get(id).is_some_and(Option::is_none)
    });
    albums::resolve(entries, &unpaired, &mut planned);
    planned
}

/// The path of an entry as far as its product.
struct Split<'a> {
    /// What stands before and including `Takeout`, if that is in it.
    takeout: Option<&'a str>,
    rest: &'a str,
}

impl<'a> Split<'a> {
    fn of(path: &'a str) -> Self {
        let mut at = 0;
        for part in path.split('/') {
            let end = at + part.len();
            if part.eq_ignore_ascii_case("takeout") && end < path.len() {
                return Self {
                    takeout: Some(&path[..end]),
                    rest: &path[end + 1..],
                };
            }
            at = end + 1;
        }
        Self {
            takeout: None,
            rest: path,
        }
    }

    /// `Takeout/Google Photos`; without `Takeout`, everything is one product.
    fn root(&self) -> String {
        match (self.takeout, self.rest.split_once('/')) {
            (Some(takeout), Some((product, _))) => fold_path(&format!("{takeout}/{product}")),
            (Some(takeout), None) => fold_path(takeout),
            (None, _) => String::new(),
        }
    }

    fn is_index_page(&self) -> bool {
        self.takeout.is_some() && self.rest == "archive_browser.html"
    }
}

fn fold_path(path: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    if path.is_ascii() {
        return path.to_owned();
    }
    path.nfc().collect()
}

/// The products that are Google Photos: by a sidecar in them, or by their name.
fn photo_roots(entries: &[Listed]) -> HashSet<String> {
    let mut roots = HashSet::new();
    for entry in entries {
        let split = Split::of(&entry.path);
        let is_sidecar = matches!(&entry.json, Some(Json::Sidecar(_)));
        let product = split.rest.split_once('/').map(|(product, _)| product);
        let is_named = split.takeout.is_some() && product.is_some_and(folders::is_photos);
        // A file directly in `Takeout/` belongs to no product.
        let is_in_product = split.takeout.is_none() || product.is_some();
        if is_in_product && (is_sidecar || is_named) {
            roots.insert(split.root());
        }
    }
    roots
}

/// A sidecar for which its folder has no file.
struct Unpaired {
    sidecar: usize,
    folder: usize,
}

fn plan_folder(
    entries: &[Listed],
    found: &[usize],
    with_trash: bool,
    planned: &mut Plan,
    unpaired: &mut Vec<Unpaired>,
) {
    let path = entries[found[0]]
        .path
        .rsplit_once('/')
        .map_or("", |(folder, _)| folder);
    // One name may stand in several parts; the smallest entry speaks for all.
    let (mut media, mut sidecars) = (BTreeMap::new(), BTreeMap::new());
    let (mut album, mut has_print_order, mut taken) = (None, false, Vec::new());
    let has_items = found
        .iter()
        .any(|at| matches!(entries[*at].json, None | Some(Json::Sidecar(_))));
    for at in found.iter().copied() {
        let entry = &entries[at];
        match &entry.json {
            None => media
                .entry(name_of(&entry.path))
                .or_insert_with(Vec::new)
                .push(at),
            Some(Json::Sidecar(sidecar)) => {
                taken.extend(sidecar.taken);
                sidecars
                    .entry(name_of(&entry.path))
                    .or_insert_with(Vec::new)
                    .push(at);
            }
            Some(Json::Album(found)) => {
                // The longest title: an empty one says less.
                let longest: &mut Option<&str> = &mut album;
                if longest
                    .is_none_or(|known| (known.len(), known) < (found.title.len(), &found.title))
                {
                    *longest = Some(&found.title);
                }
                planned.verdicts[at] = if has_items {
                    Verdict::Used
                } else {
                    Verdict::Unused
                };
            }
            Some(Json::Special) => {
                has_print_order |= fold(name_of(path)).starts_with("print order");
                planned.verdicts[at] = Verdict::Special;
            }
            Some(Json::Unreadable) => planned.verdicts[at] = Verdict::Unreadable,
        }
    }
    let kind = folders::classify(&Signs {
        name: name_of(path),
        album,
        has_print_order,
        taken: &taken,
    });
    let folder = planned.folders.len();
    planned.folders.push((path.to_owned(), kind));

    let names: Vec<&str> = media.keys().copied().collect();
    let named: Vec<Named<'_>> = sidecars
        .iter()
        .map(|(name, found)| Named {
            name,
            sidecar: sidecar_of(entries, found[0]),
        })
        .collect();
    let sidecar_entries: Vec<usize> = sidecars.values().map(|found| found[0]).collect();
    let media_entries: Vec<&Vec<usize>> = media.values().collect();
    let mut used = vec![false; named.len()];
    for (at, paired) in pair::pair(&names, &named).into_iter().enumerate() {
        let sidecar = paired.sidecar.map(|at| {
            used[at] = true;
            sidecar_entries[at]
        });
        let in_trash = planned.folders[folder].1 == Folder::Trash
            || sidecar.is_some_and(|at| sidecar_of(entries, at).flags.trashed);
        for entry in media_entries[at] {
            planned.verdicts[*entry] = if in_trash && !with_trash {
                Verdict::Trashed
            } else {
                Verdict::Media(Media {
                    sidecar,
                    part: paired.part,
                    of: paired.of.map(|of| media_entries[of][0]),
                    rule: paired.rule,
                    folder,
                    is_disputed: false,
                })
            };
        }
    }
    for (at, found) in sidecars.values().enumerate() {
        for entry in found {
            planned.verdicts[*entry] = Verdict::Used;
            if !used[at] {
                unpaired.push(Unpaired {
                    sidecar: *entry,
                    folder,
                });
            }
        }
    }
}

fn name_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

fn sidecar_of(entries: &[Listed], at: usize) -> &Sidecar {
    match &entries[at].json {
        Some(Json::Sidecar(sidecar)) => sidecar,
        _ => unreachable!("only sidecars are listed as sidecars"),
    }
}

#[cfg(test)]
mod tests;
