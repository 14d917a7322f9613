//! What happens between two nights: to the library at Google, and to the files at home.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use gphotos_sim::{Item, Seeded, World};

use crate::support::{Checker, Dice, TestEnv, Violations};

/// A household and its photos.
#[derive(Default)]
pub(super) struct Life {
    /// Items that were ever uploaded: a number for the next one.
    uploaded: u64,
    /// Ids that were removed at Google.
    removed: BTreeSet<String>,
    /// Ids whose photo somebody has deleted or edited at home. They stay at Google, or nobody could bring them back.
    needed: BTreeSet<String>,
    /// Those that are edited: without an index nobody knows whose the files are, so Google's are fetched again.
    pub(super) edited: BTreeSet<String>,
    /// What was deleted or edited since the checker was told, relative to the root.
    changed: BTreeSet<String>,
    /// Photos that were ever deleted or edited at home, relative to `downloads/`: the index and older lists say otherwise.
    excused: BTreeSet<String>,
    /// Files that are the user's own, and their bytes: edited photos, and notes beside them.
    pub(super) own: BTreeMap<PathBuf, Vec<u8>>,
}

/// The library on the first day: photos of three years.
pub(super) fn library() -> World {
    let seeded = Seeded {
        seed: 60,
        items: 200,
        start: "2023-01-01".parse().expect("a date"),
        days: 1000,
        photo_size: 0,
        video_share_percent: 5,
        motion_share_percent: 5,
    };
    World::new().with_items(seeded.items())
}

impl Life {
    /// One day of it, ending `now`.
    pub(super) fn day(&mut self, env: &TestEnv, dice: &mut Dice, now: DateTime<Utc>) {
        self.upload(env, dice, now);
        self.tidy(env, dice);
        let files = self.photos(env);
        if dice.percent(15)
            && let Some((id, path)) = dice.pick(&files)
        {
            fs::remove_file(path).expect("removed");
            self.needed.insert(id.clone());
            self.changed.insert(relative(env, path));
        }
        let files = self.photos(env);
        if dice.percent(10)
            && let Some((id, path)) = dice.pick(&files)
        {
            self.needed.insert(id.clone());
            self.edited.insert(id.clone());
            let mut bytes = fs::read(path).expect("read");
            bytes.extend(b"edited at home");
            self.write(env, path.clone(), bytes);
        }
        if dice.percent(10) {
            let name = format!("downloads/note {}.txt", dice.below(1_000_000));
            self.write(env, env.path(&name), name.into_bytes());
        }
    }

    /// Tells the checker what the household did and what Google has now.
    pub(super) fn tell(&mut self, env: &TestEnv, checker: &mut Checker) {
        for path in std::mem::take(&mut self.changed) {
            checker.let_go(&path);
            self.excused
                .extend(path.strip_prefix("downloads/").map(str::to_owned));
        }
        checker.learn(&env.google);
        checker.remember();
    }

    /// What is wrong, but for what the household itself did: a photo that was deleted or edited at home is not what a row
    /// says of it. That the edited ones stay as they are is not excused.
    pub(super) fn without_known(&self, mut wrong: Violations) -> Violations {
        let is_known = |text: &String| {
            let of = |path: &String| text.contains(path.as_str());
            text.starts_with("I2: ") && self.excused.iter().any(of)
        };
        wrong.retain(|text| !is_known(text));
        wrong
    }

    fn upload(&mut self, env: &TestEnv, dice: &mut Dice, now: DateTime<Utc>) {
        env.google.world(|world| {
            for item in &mut world.items {
                item.fresh = false;
            }
            for _ in 0..dice.below(6) {
                self.uploaded += 1;
                // Most are of today; some are old pictures, scanned or found.
                let taken = if dice.percent(20) {
                    now - TimeDelta::days(6000)
                        + TimeDelta::hours(17) * i32::try_from(self.uploaded).unwrap_or(0)
                } else {
                    now - TimeDelta::minutes(i64::try_from(dice.below(1400)).unwrap_or(0))
                };
                // Cameras count to four digits, and people use more than one.
                let name = format!("IMG_{:04}.jpg", dice.below(300));
                let mut item = Item::photo(1000 + self.uploaded, &name, &taken.to_rfc3339());
                item.fresh = dice.percent(30);
                world.items.push(item);
            }
        });
    }

    /// Somebody removes a photo at Google, or writes something under one.
    fn tidy(&mut self, env: &TestEnv, dice: &mut Dice) {
        let (held, removed) = (&self.needed, &mut self.removed);
        env.google.world(|world| {
            let count = world.items.len();
            if dice.percent(20) {
                let at = dice.below(count);
                if !held.contains(&world.items[at].id) {
                    removed.insert(world.items.remove(at).id);
                }
            }
            if dice.percent(20) {
                let at = dice.below(world.items.len());
                world.items[at].description = Some(format!("Written on day {count}"));
            }
        });
    }

    fn write(&mut self, env: &TestEnv, path: PathBuf, bytes: Vec<u8>) {
        fs::write(&path, &bytes).expect("written");
        self.changed.insert(relative(env, &path));
        self.own.insert(path, bytes);
    }

    /// Stored photos that are at Google too and that nobody has touched, with their items' ids, by the newest manifest.
    fn photos(&self, env: &TestEnv) -> Vec<(String, PathBuf)> {
        let rows = env.archive().rows;
        let mut shared = BTreeMap::<&String, u32>::new();
        for row in &rows {
            *shared.entry(&row["local_path"]).or_default() += 1;
        }
        rows.iter()
            .filter(|row| !row["local_path"].is_empty() && shared[&row["local_path"]] == 1)
            .filter(|row| !self.removed.contains(&row["id"]))
            .map(|row| {
                (
                    row["id"].clone(),
                    env.path("downloads").join(&row["local_path"]),
                )
            })
            .filter(|(_, path)| path.is_file() && !self.own.contains_key(path))
            .collect()
    }
}

fn relative(env: &TestEnv, path: &Path) -> String {
    let relative = path.strip_prefix(env.root()).expect("below the root");
    relative.to_str().expect("UTF-8").to_owned()
}
