//! A whole library from a seed, exported with the knobs of the format reference (§9).
//!
//! Separate from the cases: here everything follows the naming model, and it is the mixture that is to be survived.

use super::expected::Class;
use super::export::{Export, FolderId, FolderKind, ShotId};
use super::file::Claim;
use super::language::{ENGLISH, Language};
use super::names::{self, SidecarStyle};
use super::shot::{Embedded, Flags, Form, Role, Shot};
use super::sidecar;
use crate::content::splitmix::{SplitMix64, hash};

/// What the export should be like.
#[derive(Debug, Clone, Copy)]
pub struct Library {
    pub seed: u64,
    /// How many items, without their companions and copies.
    pub items: usize,
    pub language: &'static Language,
    pub style: SidecarStyle,
    /// Parts, over which the entries are spread at random: media and sidecar regularly part.
    pub parts: usize,
    /// Folders per day instead of per year: before December 2020.
    pub day_folders: bool,
    /// How many of 100 files come without a sidecar.
    pub missing_json_percent: u8,
    /// How many of 100 album entries are only a sidecar.
    pub json_only_percent: u8,
    /// How many of 100 files lie in two parts.
    pub repeated_percent: u8,
}

impl Default for Library {
    /// A hundred items in English, new style, one part, nothing missing.
    fn default() -> Self {
        Self {
            seed: 1,
            items: 100,
            language: ENGLISH,
            style: SidecarStyle::New,
            parts: 1,
            day_folders: false,
            missing_json_percent: 0,
            json_only_percent: 20,
            repeated_percent: 0,
        }
    }
}

impl Library {
    /// The export: the same fields give the same files, in the same order and parts.
    pub fn export(&self) -> Export {
        let mut numbers = SplitMix64::new(hash(self.seed, "takeout"));
        let mut export = Export::in_language(self.language);
        export.style = self.style;
        let albums = [
            "Trip to Gdansk",
            "Trip to Gdansk",
            "Zoo 6/10/23",
            "🇵🇹 Lisbonne ❤️",
        ]
        .map(|title| export.album(title));
        for n in 0..self.items {
            let shot = shot(&mut numbers, n);
            let year = 2015 + i32::from(u8::try_from(n % 5).unwrap_or_default());
            let folder = self.folder(&mut export, &shot, year);
            let (trashed, title) = (shot.flags.trashed, shot.title.clone());
            let shot = export.add(shot);
            let with_json = !numbers.percent(self.missing_json_percent);
            place(&mut export, folder, shot, &title, with_json, &mut numbers);
            if numbers.percent(30) && with_json && !trashed {
                let album = *numbers.pick(&albums);
                let json_only = numbers.percent(self.json_only_percent);
                self.copy(&mut export, album, shot, json_only);
            }
        }
        let root = export.root();
        for (name, json) in sidecar::specials() {
            export.loose(root, name, json, &[Class::Special]);
        }
        let top = export.folder_at("Takeout", FolderKind::Other);
        export.loose(top, "archive_browser.html", INDEX_PAGE, &[Class::Special]);
        self.spread(&mut export, &mut numbers);
        export
    }

    fn folder(&self, export: &mut Export, shot: &Shot, year: i32) -> FolderId {
        match (shot.flags, shot.taken) {
            (flags, _) if flags.trashed => export.folder(self.language.trash, FolderKind::Trash),
            (flags, _) if flags.archived => {
                export.folder(self.language.archive, FolderKind::Archive)
            }
            (_, Some(taken)) if self.day_folders => {
                let day = taken.date_naive();
                export.folder(&day.to_string(), FolderKind::Day(day))
            }
            _ => export.year(year),
        }
    }

    fn copy(&self, export: &mut Export, album: FolderId, shot: ShotId, json_only: bool) {
        let title = export.shot(shot).title.clone();
        let (stem, extension) = names::split(&title);
        // The number is the album folder's own: the title may be taken there by another photo.
        let counter = free(export, album, &title);
        if !json_only {
            export.media(album, &names::media(stem, "", counter, extension), shot);
        }
        let base = names::media(stem, "", 0, extension);
        export.sidecar(
            album,
            &names::sidecar(self.style, &base, counter, names::Counter::Moved),
            shot,
        );
    }

    /// Puts every file into a part, some into two, and mixes the order.
    fn spread(&self, export: &mut Export, numbers: &mut SplitMix64) {
        let parts = u32::try_from(self.parts.max(1)).unwrap_or(1);
        let mut repeated = Vec::new();
        for file in &mut export.files {
            let part = numbers.below(parts);
            file.part = part as usize;
            if parts > 1 && numbers.percent(self.repeated_percent) {
                let mut again = file.clone();
                again.part = ((part + 1) % parts) as usize;
                repeated.push(again);
            }
        }
        export.files.extend(repeated);
        for last in (1..export.files.len()).rev() {
            let other = numbers.below(u32::try_from(last + 1).unwrap_or(u32::MAX));
            export.files.swap(last, other as usize);
        }
    }
}

/// Puts a shot with its companions into its own folder.
fn place(
    export: &mut Export,
    folder: FolderId,
    shot: ShotId,
    title: &str,
    with_json: bool,
    numbers: &mut SplitMix64,
) {
    let (stem, extension) = names::split(title);
    let counter = free(export, folder, title);
    let claims: &[Claim] = if with_json {
        &[Claim::Of(shot)]
    } else {
        &[Claim::Alone]
    };
    export
        .media(folder, &names::media(stem, "", counter, extension), shot)
        .claims(claims);
    let is_still = !export.shot(shot).form.is_video();
    if export.shot(shot).form == Form::Heic {
        export
            .media_as(
                folder,
                &names::media(stem, "", counter, "MP4"),
                shot,
                Role::Motion,
            )
            .claims(claims);
    }
    // A stem that is full has no room for the word, and the name would be the original's.
    let has_room = names::sanitize(stem).encode_utf16().count() < names::MEDIA_UNITS - 2;
    if is_still && has_room && numbers.percent(15) {
        let mark = format!("-{}", export.language.edited[0]);
        export
            .media_as(
                folder,
                &names::media(stem, &mark, counter, "jpg"),
                shot,
                Role::Edited,
            )
            .claims(claims);
    }
    if with_json {
        let base = names::media(stem, "", 0, extension);
        let name = names::sidecar(export.style, &base, counter, export.counter);
        export.sidecar(folder, &name, shot);
    }
}

/// The lowest counter under which the title's name is free in a folder, for media and sidecars alike.
fn free(export: &Export, folder: FolderId, title: &str) -> u32 {
    let (stem, extension) = names::split(title);
    let base = names::media(stem, "", 0, extension);
    let root = &export.folders[folder.0].path;
    let taken = |name: String| {
        export
            .files
            .iter()
            .any(|file| file.path == format!("{root}/{name}"))
    };
    (0..10_000)
        .find(|counter| {
            !taken(names::media(stem, "", *counter, extension))
                && !taken(names::sidecar(
                    export.style,
                    &base,
                    *counter,
                    export.counter,
                ))
        })
        .unwrap_or_default()
}

fn shot(numbers: &mut SplitMix64, n: usize) -> Shot {
    let taken = format!(
        "{}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        2015 + n % 5,
        1 + numbers.below(12),
        1 + numbers.below(28),
        2 + numbers.below(20),
        numbers.below(60),
        n % 60
    );
    let mut shot = match numbers.below(10) {
        0 => Shot::video(&format!("VID_{n:04}.mp4"), &taken),
        1 | 2 => Shot::heic(&format!("IMG_{n:04}.HEIC"), &taken),
        3 => Shot {
            form: Form::Png,
            ..Shot::photo(&format!("Screenshot {n}.png"), &taken).undated()
        },
        // Numbers that start again, so that names clash within a year.
        4..=6 => Shot::photo(&format!("IMG_{:04}.jpg", n % 20), &taken)
            .variant(u32::try_from(n).unwrap_or_default()),
        7 => Shot::photo(
            &format!("A title that is far too long for the name of a file, number {n}.jpg"),
            &taken,
        ),
        _ => Shot::photo(&format!("Fête à la plage & co {n}.jpg"), &taken),
    };
    shot.flags = match numbers.below(20) {
        0 => Flags {
            trashed: true,
            ..Flags::default()
        },
        1 => Flags {
            archived: true,
            ..Flags::default()
        },
        2 | 3 => Flags {
            favorited: true,
            ..Flags::default()
        },
        4 => Flags {
            partner: true,
            ..Flags::default()
        },
        _ => Flags::default(),
    };
    if numbers.percent(30) {
        shot.geo = Some((54.352, 18.646, 12.0));
        shot.people = vec!["Susan".to_owned(), "Justin".to_owned()];
        "Two lines,\nand a \"quote\"".clone_into(&mut shot.description);
    }
    if let (Embedded::Exif { local, .. }, true) = (shot.embedded, numbers.percent(30)) {
        shot.embedded = Embedded::Exif {
            local,
            offset_minutes: None,
        };
    }
    shot
}

const INDEX_PAGE: &str = "<!DOCTYPE html><html><head><title>Archive browser</title></head><body>Google Photos</body></html>";
