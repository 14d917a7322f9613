//! What is looked at besides, where a scene asks for it: what a second run does, and one without an index.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::scene::Stage;
use super::world::DOUBTFUL;
use crate::support::{Checker, Held, Snapshot, Violations};

impl Stage {
    /// Whether the damaged bytes are somewhere: in their place, or put aside. Nothing is ever thrown away.
    pub(super) fn keeps_rotten(&self, root: &Path) -> bool {
        let Some(path) = self.scene.rotten else {
            return true;
        };
        let rotten = fs::read(self.env.path(path)).expect("prepared");
        let holds = |path: &Path| fs::read(path).is_ok_and(|bytes| bytes == rotten);
        let aside = fs::read_dir(root.join("downloads/.gphotos-dl/damaged"));
        let mut stamps = aside.into_iter().flatten().flatten();
        let below = path.strip_prefix("downloads/").unwrap_or(path);
        holds(&root.join(path)) || stamps.any(|stamp| holds(&stamp.path().join(below)))
    }

    /// A second undisturbed run has nothing to do, and neither has one without an index.
    pub(super) fn look_deeper(&self, folder: &TempDir, checker: &Checker) -> Violations {
        let root = folder.path().join("root");
        let again = (self.scene.heals)(&root)[0];
        let (before, google) = (Snapshot::of(&root), &self.env.google);
        google.reset_stats();
        let run = self.run(folder.path(), again, None);
        let mut violations = checker.after_clean_run(run.exit);
        violations.extend(checker.after_idle_run(&before, google.stats().all_byte_requests()));
        let Ok(held) = Held::read(&root) else {
            return violations;
        };
        fs::remove_dir_all(root.join("downloads/.gphotos-dl")).expect("removed");
        google.reset_stats();
        let run = self.run(folder.path(), again, None);
        violations.extend(checker.after_clean_run(run.exit));
        // One that looks broken is asked for again: only the lost index knew when that was due.
        let stats = google.stats();
        let doubtful = google.world(|world| {
            let cut = world
                .items
                .iter()
                .find(|item| item.filename.as_deref() == Some(DOUBTFUL));
            cut.map_or(0, |item| stats.byte_requests(&item.id))
        });
        violations.extend(checker.after_rebuild(&held, stats.all_byte_requests() - doubtful));
        violations
    }
}
