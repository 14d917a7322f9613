//! Several exports of one account as one, to work out what must come of all of them together.

use std::collections::HashMap;

use super::export::{Export, FolderId, ShotId};
use super::file::{Claim, Truth};

impl Export {
    /// All files of all exports; parts are counted through. Folders stay apart, as nothing pairs across exports. Shots of one url are
    /// one, with what the last export says of them. Only for expectations: written parts need the names of their own exports.
    pub fn joined(exports: &[Self]) -> Self {
        let mut all = Self::new();
        let mut known: HashMap<String, ShotId> = HashMap::new();
        for export in exports {
            let (first_part, first_folder) = (all.parts(), all.folders.len());
            let mut shots = Vec::new();
            for shot in &export.shots {
                let id = shot.url().and_then(|url| known.get(&url).copied());
                let id = id.unwrap_or_else(|| all.add(shot.clone()));
                all.shots[id.0] = shot.clone();
                if let Some(url) = shot.url() {
                    known.insert(url, id);
                }
                shots.push(id);
            }
            all.folders.extend(export.folders.iter().cloned());
            for file in &export.files {
                let mut file = file.clone();
                file.part += first_part;
                match &mut file.truth {
                    Truth::Media {
                        shot,
                        folder,
                        claims,
                        ..
                    } => {
                        *shot = shots[shot.0];
                        *folder = FolderId(folder.0 + first_folder);
                        for claim in claims {
                            if let Claim::Of(shot) = claim {
                                *shot = shots[shot.0];
                            }
                        }
                    }
                    Truth::Sidecar { shot, folder } => {
                        *shot = shots[shot.0];
                        *folder = FolderId(folder.0 + first_folder);
                    }
                    Truth::Album { folder, .. } => *folder = FolderId(folder.0 + first_folder),
                    Truth::Loose(_) => {}
                }
                all.files.push(file);
            }
        }
        all
    }
}
