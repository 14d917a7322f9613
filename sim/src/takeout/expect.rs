//! Works out what must come of an export from the truth of its files: what is a copy of what, and how every entry counts.
//!
//! Separate from [`Expected`] because nobody who only asks needs to read it. It looks at no name, and shares no code with importers.
//! Time grows linearly with the number of files, as an importer's must (Q50).

use std::collections::{BTreeSet, HashMap, HashSet};

use super::date;
use super::expected::{
    Class, Expected, ExpectedAlbum, ExpectedEntry, ExpectedFile, Identity, Kept, OneOf, Reason,
};
use super::export::{Export, FolderId, FolderKind, ShotId};
use super::file::{Claim, File, Truth};
use super::identify::{Media, identified};
use super::shot::{Flags, Role};
use crate::content::sha256;

/// How an export is read: switches of the importer, and what the reader cannot get at.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// `--include-trashed`.
    pub include_trashed: bool,
    /// Indexes into [`Export::files`] whose entries cannot be seen at all: a part that is not there, what a cut took away.
    pub gone: HashSet<usize>,
    /// Indexes into [`Export::files`] of entries that are seen and cannot be read whole.
    pub damaged: HashSet<usize>,
}

impl Reading {
    /// Without these parts, counted from 0.
    pub fn without_parts(export: &Export, parts: &[usize]) -> Self {
        let files = export.files.iter().enumerate();
        Self {
            gone: files
                .filter(|(_, file)| parts.contains(&file.part))
                .map(|(index, _)| index)
                .collect(),
            ..Self::default()
        }
    }

    fn gets(&self, index: usize) -> bool {
        !self.gone.contains(&index) && !self.damaged.contains(&index)
    }
}

impl Export {
    /// What must come of the whole export.
    pub fn expected(&self) -> Expected {
        self.expected_of(&Reading::default())
    }

    /// What must come of the export as it is read here.
    pub fn expected_of(&self, reading: &Reading) -> Expected {
        Expectation::new(self, reading).work_out()
    }
}

pub(super) struct Expectation<'a> {
    pub(super) export: &'a Export,
    reading: &'a Reading,
    /// SHA-256 of every file, in order.
    pub(super) hashes: Vec<String>,
    /// Files that can be read, by index.
    pub(super) readable: Vec<(usize, &'a File)>,
    /// Readable sidecars: how many each shot has in each folder.
    pub(super) sidecars: HashMap<(FolderId, ShotId), usize>,
    /// Title of each album folder, and whether it is only the folder's name; `None` for other folders.
    titles: Vec<Option<(String, bool)>>,
}

impl<'a> Expectation<'a> {
    fn new(export: &'a Export, reading: &'a Reading) -> Self {
        let files = export.files.iter().enumerate();
        let readable: Vec<_> = files.filter(|(index, _)| reading.gets(*index)).collect();
        let mut sidecars = HashMap::new();
        let mut told = HashMap::new();
        for (_, file) in &readable {
            match &file.truth {
                Truth::Sidecar { shot, folder } => {
                    *sidecars.entry((*folder, *shot)).or_insert(0) += 1;
                }
                Truth::Album {
                    folder,
                    title: Some(title),
                } => _ = told.insert(*folder, title.clone()),
                _ => {}
            }
        }
        let titles = export.folders.iter().enumerate().map(|(index, folder)| {
            let is_album = matches!(folder.kind, FolderKind::Album | FolderKind::Untitled);
            let name = folder.path.rsplit('/').next().unwrap_or_default();
            is_album.then(|| {
                let title = told.remove(&FolderId(index));
                let untitled = title.is_none();
                (title.unwrap_or_else(|| name.to_owned()), untitled)
            })
        });
        Self {
            titles: titles.collect(),
            export,
            reading,
            hashes: export
                .files
                .iter()
                .map(|file| sha256(&file.bytes))
                .collect(),
            readable,
            sidecars,
        }
    }

    fn work_out(&self) -> Expected {
        let media = identified(self);
        let mut groups: Vec<Vec<&Media>> = Vec::new();
        let mut group_of = HashMap::new();
        let mut known = HashMap::new();
        let mut per_hash: HashMap<&str, usize> = HashMap::new();
        for one in &media {
            let hash = self.hashes[one.index].as_str();
            let group = *known
                .entry((hash, one.roles, &one.identities))
                .or_insert_with(|| {
                    groups.push(Vec::new());
                    *per_hash.entry(hash).or_default() += 1;
                    groups.len() - 1
                });
            groups[group].push(one);
            group_of.insert(one.index, group);
        }
        let albums = self.memberships(&media);
        let files = groups.iter().map(|group| self.file(group, &albums));
        let mut expected = Expected {
            files: files.collect(),
            albums: self.albums(&media),
            ..Expected::default()
        };
        let claimed = claims(&media);
        let mut order: Vec<usize> = (0..self.export.files.len())
            .filter(|index| !self.reading.gone.contains(index))
            .collect();
        order.sort_by_key(|index| self.export.files[*index].part);
        for index in order {
            let file = &self.export.files[index];
            let group = group_of.get(&index).copied();
            let class = match group {
                Some(number) => {
                    let stored = &expected.files[number];
                    let twins = per_hash[stored.sha256.as_str()] > 1;
                    media_class(stored, groups[number].len(), twins)
                }
                None => self.other_class(index, &claimed),
            };
            let may_be_kept = [Class::MediaStored, Class::Companion, Class::Duplicate];
            if group.is_none() && class.iter().any(|class| may_be_kept.contains(class)) {
                expected.tolerated.insert(self.hashes[index].clone());
            }
            expected.entries.push(ExpectedEntry {
                part: file.part,
                path: file.path.clone(),
                size: file.bytes.len() as u64,
                class: OneOf(class),
                file: group,
            });
        }
        expected
    }

    fn file(
        &self,
        group: &[&Media],
        albums: &HashMap<&BTreeSet<Identity>, BTreeSet<String>>,
    ) -> ExpectedFile {
        let first = group[0];
        let shot = self.export.shot(first.shot);
        let surely = group.iter().any(|one| one.surely_paired);
        let perhaps = surely || group.iter().any(|one| one.perhaps_paired);
        let year = group
            .iter()
            .find_map(|one| match self.export.folders[one.folder.0].kind {
                FolderKind::Year(year) => Some(year),
                _ => None,
            });
        let mut date = Vec::new();
        for (sidecar, role) in [perhaps, surely]
            .into_iter()
            .flat_map(|sidecar| first.roles.iter().map(move |role| (sidecar, role)))
        {
            for dated in date::dates(shot, *role, sidecar, year) {
                if !date.contains(&dated) {
                    date.push(dated);
                }
            }
        }
        let told = if surely { shot.flags } else { Flags::default() };
        let flags = group.iter().fold(told, |flags, one| {
            flags.or(self.export.folder_flags(one.folder))
        });
        ExpectedFile {
            sha256: self.hashes[first.index].clone(),
            size: first.file.bytes.len() as u64,
            item: OneOf(first.identities.iter().cloned().collect()),
            role: OneOf(first.roles.to_vec()),
            date: OneOf(date),
            albums: albums.get(&first.identities).cloned().unwrap_or_default(),
            flags,
            people: if surely {
                shot.people.clone()
            } else {
                Vec::new()
            },
            description: if surely {
                shot.description.clone()
            } else {
                String::new()
            },
            geo: shot.geo.filter(|_| surely),
            paths: group.iter().map(|one| one.file.path.clone()).collect(),
            kept: if flags.trashed && !self.reading.include_trashed {
                Kept::LeftOut(Reason::Trashed)
            } else {
                Kept::Stored
            },
        }
    }

    /// The albums that each item is in: by the folders of its files, and by album folders that hold its sidecar alone.
    fn memberships<'m>(
        &self,
        media: &'m [Media],
    ) -> HashMap<&'m BTreeSet<Identity>, BTreeSet<String>> {
        let mut folders: HashMap<ShotId, Vec<FolderId>> = HashMap::new();
        for (folder, shot) in self.sidecars.keys() {
            folders.entry(*shot).or_default().push(*folder);
        }
        let mut albums: HashMap<&BTreeSet<Identity>, BTreeSet<String>> = HashMap::new();
        for one in media {
            let by_sidecar = folders.get(&one.shot).filter(|_| one.surely_paired);
            let all = by_sidecar.into_iter().flatten().chain([&one.folder]);
            let titles = all.filter_map(|folder| Some(self.titles[folder.0].as_ref()?.0.clone()));
            albums.entry(&one.identities).or_default().extend(titles);
        }
        albums
    }

    fn albums(&self, media: &[Media]) -> Vec<ExpectedAlbum> {
        let shots: HashSet<ShotId> = media.iter().map(|one| one.shot).collect();
        let by_sidecar = self
            .sidecars
            .keys()
            .filter(|(_, shot)| shots.contains(shot));
        let inhabited: BTreeSet<FolderId> = by_sidecar
            .map(|(folder, _)| *folder)
            .chain(media.iter().map(|one| one.folder))
            .collect();
        let albums = inhabited.into_iter().filter_map(|folder| {
            let (title, untitled) = self.titles[folder.0].clone()?;
            let folder = self.export.folders[folder.0].path.clone();
            Some(ExpectedAlbum {
                title,
                untitled,
                folder,
            })
        });
        albums.collect()
    }

    fn other_class(&self, index: usize, claimed: &HashMap<ShotId, bool>) -> Vec<Class> {
        if self.reading.damaged.contains(&index) {
            return vec![Class::Skipped(Reason::Damaged)];
        }
        let used_or_not = vec![Class::MetadataUsed, Class::MetadataUnused];
        match &self.export.files[index].truth {
            Truth::Loose(allowed) => allowed.clone(),
            Truth::Album { title: None, .. } => [used_or_not, vec![Class::Special]].concat(),
            Truth::Album { folder, .. } => {
                let has_any = self
                    .readable
                    .iter()
                    .any(|(_, file)| file.is_media_in(*folder));
                if has_any {
                    vec![Class::MetadataUsed]
                } else {
                    used_or_not
                }
            }
            Truth::Sidecar { shot, folder } => {
                let flags = self
                    .export
                    .shot(*shot)
                    .flags
                    .or(self.export.folder_flags(*folder));
                if flags.trashed {
                    return [used_or_not, vec![Class::Skipped(Reason::Trashed)]].concat();
                }
                match claimed.get(shot) {
                    // Of two that say the same, one is enough.
                    Some(true) if self.sidecars[&(*folder, *shot)] == 1 => {
                        vec![Class::MetadataUsed]
                    }
                    None => vec![Class::MetadataUnused],
                    Some(_) => used_or_not,
                }
            }
            Truth::Media { .. } => Vec::new(),
        }
    }
}

/// The shots whose sidecars some file claims, and whether one of the claims is sure.
fn claims(media: &[Media]) -> HashMap<ShotId, bool> {
    let mut claimed = HashMap::new();
    for one in media {
        for claim in one.claims {
            if let Claim::Of(shot) = claim {
                *claimed.entry(*shot).or_insert(false) |= one.surely_paired;
            }
        }
    }
    claimed
}

/// The classes that are right for one of so many copies of a file. `twins`: another item has a file of equal bytes.
fn media_class(file: &ExpectedFile, copies: usize, twins: bool) -> Vec<Class> {
    let mut classes = match file.kept {
        Kept::LeftOut(reason) => vec![Class::Skipped(reason)],
        Kept::Stored => {
            let class = |role: &Role| match role {
                Role::Original => Class::MediaStored,
                Role::Edited | Role::Motion => Class::Companion,
            };
            file.role.0.iter().map(class).collect()
        }
    };
    if twins {
        // First: even the only copy of this item's file may be a duplicate of the other's.
        classes.insert(0, Class::Duplicate);
    } else if copies > 1 && file.kept == Kept::Stored {
        classes.push(Class::Duplicate);
    }
    classes
}
