//! An export as a list of files, each with what it truly is: built by hand for the named cases, by the library for the large ones.
//!
//! The truth is stated when a file is added and never read back out of names, so that what is expected of an importer owes nothing
//! to any importer's reasoning.

use bytes::Bytes;
use chrono::NaiveDate;

use super::expected::Class;
use super::file::{Claim, File, Truth};
use super::language::{ENGLISH, Language};
use super::names::{self, Counter, SidecarStyle};
use super::shot::{Flags, Role, Shot};
use super::sidecar::{self, AlbumForm};

/// One export of one account: everything that lies in its parts.
#[derive(Debug, Clone)]
pub struct Export {
    /// The time stamp of the part names, and so the export id: `20261101T000000Z` (§1).
    pub stamp: String,
    pub language: &'static Language,
    pub style: SidecarStyle,
    pub counter: Counter,
    /// Writes `&` and its like as `\u0026` in sidecars.
    pub escaped: bool,
    pub(super) shots: Vec<Shot>,
    pub(super) folders: Vec<Folder>,
    pub(super) files: Vec<File>,
}

/// A handle to a shot of one export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShotId(pub(super) usize);

/// A handle to a folder of one export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FolderId(pub(super) usize);

#[derive(Debug, Clone)]
pub(super) struct Folder {
    /// From the root of a part on: `Takeout/Google Photos/Photos from 2019`.
    pub(super) path: String,
    pub(super) kind: FolderKind,
}

/// What a folder is, whatever its language calls it (§2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FolderKind {
    Year(i32),
    /// Of exports before December 2020.
    Day(NaiveDate),
    Album,
    /// Without title of its own: memberships stay under the folder's name.
    Untitled,
    Archive,
    Trash,
    Locked,
    Failed,
    /// Of the Photos product, but none of the above: its root, print orders.
    Other,
    /// Not of the Photos product.
    OtherProduct,
}

impl Default for Export {
    fn default() -> Self {
        Self::new()
    }
}

impl Export {
    /// An empty export: English, new style of sidecars, one part.
    pub fn new() -> Self {
        Self {
            stamp: "20261101T000000Z".to_owned(),
            language: ENGLISH,
            style: SidecarStyle::New,
            counter: Counter::Moved,
            escaped: false,
            shots: Vec::new(),
            folders: Vec::new(),
            files: Vec::new(),
        }
    }

    /// In this language; only for folders that are made afterwards.
    pub fn in_language(language: &'static Language) -> Self {
        Self {
            language,
            ..Self::new()
        }
    }

    /// Makes a shot known; nothing lies in any folder yet.
    pub fn add(&mut self, shot: Shot) -> ShotId {
        self.shots.push(shot);
        ShotId(self.shots.len() - 1)
    }

    pub fn shot(&self, shot: ShotId) -> &Shot {
        &self.shots[shot.0]
    }

    /// `Photos from 2019`: English in most languages (§2.1).
    pub fn year(&mut self, year: i32) -> FolderId {
        let name = format!("{} {year}", self.language.year_prefix);
        self.folder(&name, FolderKind::Year(year))
    }

    /// A folder of the Photos product under exactly this name; the same name gives the same folder.
    pub fn folder(&mut self, name: &str, kind: FolderKind) -> FolderId {
        let path = format!("Takeout/{}/{name}", self.language.photos);
        self.folder_at(&path, kind)
    }

    /// The root of the Photos product itself.
    pub fn root(&mut self) -> FolderId {
        let path = format!("Takeout/{}", self.language.photos);
        self.folder_at(&path, FolderKind::Other)
    }

    /// Any folder, by its path from the root of a part on.
    pub fn folder_at(&mut self, path: &str, kind: FolderKind) -> FolderId {
        let known = self.folders.iter().position(|folder| folder.path == path);
        FolderId(known.unwrap_or_else(|| {
            self.folders.push(Folder {
                path: path.to_owned(),
                kind,
            });
            self.folders.len() - 1
        }))
    }

    /// An album's folder with its metadata file, named and cut as Google does; a title that is taken gets `(1)` (§2).
    pub fn album(&mut self, title: &str) -> FolderId {
        let bare = names::folder(title);
        let mut name = bare.clone();
        let mut taken = 0;
        while self.has_folder(&name) {
            taken += 1;
            name = format!("{bare}({taken})");
        }
        let folder = self.folder(&name, FolderKind::Album);
        self.album_metadata(folder, self.language.album_metadata, title, AlbumForm::Flat);
        folder
    }

    fn has_folder(&self, name: &str) -> bool {
        let path = format!("Takeout/{}/{name}", self.language.photos);
        self.folders.iter().any(|folder| folder.path == path)
    }

    /// The metadata file of an album folder.
    pub fn album_metadata(
        &mut self,
        folder: FolderId,
        name: &str,
        title: &str,
        form: AlbumForm,
    ) -> &mut File {
        let told = form != AlbumForm::Empty && !title.is_empty();
        let truth = Truth::Album {
            folder,
            title: told.then(|| title.to_owned()),
        };
        self.put(folder, name, sidecar::album(title, form, None), truth)
    }

    /// The original of a shot under this name.
    pub fn media(&mut self, folder: FolderId, name: &str, shot: ShotId) -> &mut File {
        self.media_as(folder, name, shot, Role::Original)
    }

    /// A file of a shot under this name, paired with the shot's sidecar in the same folder unless said otherwise.
    pub fn media_as(
        &mut self,
        folder: FolderId,
        name: &str,
        shot: ShotId,
        role: Role,
    ) -> &mut File {
        let bytes = self.shots[shot.0].bytes(role);
        let truth = Truth::Media {
            shot,
            folder,
            roles: vec![role],
            claims: vec![Claim::Of(shot)],
        };
        self.put(folder, name, bytes, truth)
    }

    /// The sidecar of a shot under this name.
    pub fn sidecar(&mut self, folder: FolderId, name: &str, shot: ShotId) -> &mut File {
        let json = sidecar::media(&self.shots[shot.0], self.escaped);
        self.sidecar_holding(folder, name, shot, json)
    }

    /// A sidecar with other bytes, of which a tolerant reader gets what the shot says.
    pub fn sidecar_holding(
        &mut self,
        folder: FolderId,
        name: &str,
        shot: ShotId,
        json: impl Into<Bytes>,
    ) -> &mut File {
        self.put(folder, name, json, Truth::Sidecar { shot, folder })
    }

    /// A file that may be counted as any of these; see [`Class`].
    pub fn loose(
        &mut self,
        folder: FolderId,
        name: &str,
        bytes: impl Into<Bytes>,
        allowed: &[Class],
    ) -> &mut File {
        self.put(folder, name, bytes, Truth::Loose(allowed.to_vec()))
    }

    /// The files in the order in which they were added.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// One more than the highest part in use.
    pub fn parts(&self) -> usize {
        self.files
            .iter()
            .map(|file| file.part + 1)
            .max()
            .unwrap_or(0)
    }

    /// The files of one part, in the order in which they are written.
    pub fn part(&self, part: usize) -> impl Iterator<Item = &File> {
        self.files.iter().filter(move |file| file.part == part)
    }

    pub(super) fn folder_flags(&self, folder: FolderId) -> Flags {
        let kind = self.folders[folder.0].kind;
        Flags {
            archived: kind == FolderKind::Archive,
            trashed: kind == FolderKind::Trash,
            locked: kind == FolderKind::Locked,
            failed: kind == FolderKind::Failed,
            ..Flags::default()
        }
    }

    fn put(
        &mut self,
        folder: FolderId,
        name: &str,
        bytes: impl Into<Bytes>,
        truth: Truth,
    ) -> &mut File {
        self.files.push(File {
            path: format!("{}/{name}", self.folders[folder.0].path),
            part: 0,
            modified: EXPORTED.parse().expect("the constant is RFC 3339"),
            bytes: bytes.into(),
            truth,
        });
        self.files.last_mut().expect("one was just added")
    }
}

/// The one time that all entries of an export carry (§1).
const EXPORTED: &str = "2026-11-01T00:00:00Z";
