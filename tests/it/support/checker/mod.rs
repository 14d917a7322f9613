//! The checker: what must hold of an archive, read from the disk by somebody who knows nothing of the writer's code.
//!
//! It has its own SQL, its own reading of the CSV and its own idea of what our files are called. It looks without leaving a
//! trace: the index is read from a copy. What it finds is a list of sentences, each beginning with the name of the invariant
//! that does not hold (I1 to I15, `docs/reliability.md`).

mod disk;
mod index;
mod lists;
mod names;
mod records;
mod truth;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gphotos_sim::{Digest, Sim};

use records::Records;

pub(crate) use disk::Snapshot;
pub(crate) use index::Held;
pub(crate) use truth::Truths;

/// What is known of one root, and what has been seen of it so far.
pub(crate) struct Checker {
    root: PathBuf,
    truths: Truths,
    /// Files that were there at some time: whoever wrote them, they must stay what they are.
    files: Snapshot,
    /// Where the index said that things are.
    places: BTreeMap<(String, String), String>,
    /// Folders that are none of ours.
    outside: Vec<(PathBuf, Snapshot)>,
    /// What must stand in no file but the token's.
    secrets: Vec<String>,
}

/// What is wrong; empty when nothing is.
pub(crate) type Violations = Vec<String>;

impl Checker {
    /// Whatever the folder holds by now is somebody else's, and must stay as it is.
    pub(crate) fn new(root: &Path, google: &Sim) -> Self {
        Self::of(root, Truths::of(google))
    }

    /// The same for a library that has been looked at before.
    pub(crate) fn of(root: &Path, truths: Truths) -> Self {
        let mut checker = Self {
            root: root.to_owned(),
            truths,
            files: Snapshot::default(),
            places: BTreeMap::new(),
            outside: Vec::new(),
            secrets: names::secrets(root),
        };
        checker.remember();
        checker
    }

    /// A folder outside the root in which nothing may change.
    pub(crate) fn guard(&mut self, folder: &Path) {
        self.outside
            .push((folder.to_owned(), Snapshot::of_all(folder)));
    }

    /// The library has changed: what is there now is to be in the archive after the next run, what was there before may be.
    pub(crate) fn learn(&mut self, google: &Sim) {
        self.truths.learn(google);
    }

    /// From now on, everything that the archive holds must stay where and what it is.
    pub(crate) fn remember(&mut self) {
        self.files.extend(Snapshot::of(&self.root));
        self.secrets.extend(names::secrets(&self.root));
        self.secrets.sort();
        self.secrets.dedup();
        if let Ok(held) = Held::read(&self.root) {
            let done = held.done();
            self.places
                .extend(done.map(|role| ((role.id.clone(), role.role.clone()), role.path.clone())));
        }
    }

    /// The person has changed something below this path (relative to the root): what was remembered of it no longer binds.
    pub(crate) fn let_go(&mut self, path: &str) {
        self.files.remove(path);
        let below = path.strip_prefix("downloads/").unwrap_or(path);
        self.places.retain(|_, place| !place.starts_with(below));
    }

    /// What must hold at any moment, whatever has happened. `exit` is how the disturbed run ended.
    pub(crate) fn after_fault(&self, exit: i32) -> Violations {
        let mut wrong = Violations::new();
        let now = Snapshot::of(&self.root);
        let held = self.common(&now, &mut wrong);
        names::check(&self.root, &mut wrong);
        if !EXITS.contains(&exit) {
            wrong.push(format!("I13: no run ends with {exit}"));
        }
        if exit == 0 {
            for lost in self.missing(&held) {
                wrong.push(format!("I13: the run ended with 0 without {lost}"));
            }
        }
        wrong
    }

    /// What must hold after a run that nothing has disturbed, and that ended with `exit`.
    pub(crate) fn after_clean_run(&self, exit: i32) -> Violations {
        let mut wrong = Violations::new();
        let now = Snapshot::of(&self.root);
        let held = self.common(&now, &mut wrong);
        names::check(&self.root, &mut wrong);
        names::check_tidy(&self.root, &mut wrong);
        for path in &held.announced {
            wrong.push(format!("I9: {path} is still announced"));
        }
        if exit != 0 {
            wrong.push(format!("I5: an undisturbed run ended with {exit}"));
        }
        for lost in self.missing(&held) {
            wrong.push(format!("I5: the archive is without {lost}"));
            if exit == 0 {
                wrong.push(format!("I13: the run ended with 0 without {lost}"));
            }
        }
        for ((id, role), _) in self.truths.expected() {
            let is_listed = lists::newest(&self.root)
                .iter()
                .any(|row| row.id == *id && row.role == *role && !row.path.is_empty());
            if !is_listed {
                wrong.push(format!("I5: the newest list is without {role} of {id}"));
            }
        }
        held.check_nothing_forgotten(&self.truths, &mut wrong);
        Records::read(&self.root).check_nothing_forgotten(&self.truths, &mut wrong);
        wrong
    }

    /// What there is to be had and is not held.
    pub(crate) fn lost(&self) -> Vec<String> {
        self.missing(&Held::read(&self.root).unwrap_or_default())
    }

    /// What must hold after a second undisturbed run: `before` was there before it, and it asked for bytes so often.
    pub(crate) fn after_idle_run(&self, before: &Snapshot, byte_requests: u64) -> Violations {
        let mut wrong = Violations::new();
        if byte_requests > 0 {
            wrong.push(format!(
                "I6: a run with nothing to do asked for bytes {byte_requests} times"
            ));
        }
        let changed = before.differences(&Snapshot::of(&self.root));
        wrong.extend(changed.into_iter().map(|what| format!("I6: {what}")));
        wrong
    }

    /// What must hold after the index was lost and a run has brought it back, which asked for bytes so often.
    pub(crate) fn after_rebuild(&self, before: &Held, byte_requests: u64) -> Violations {
        let mut wrong = Violations::new();
        if byte_requests > 0 {
            wrong.push(format!(
                "I10: bringing the index back asked for bytes {byte_requests} times"
            ));
        }
        match Held::read(&self.root) {
            Err(error) => wrong.push(format!("I10: the index cannot be read: {error}")),
            Ok(after) if after.done_set() != before.done_set() => {
                let (before, after) = (before.done_set(), after.done_set());
                let lost: Vec<_> = before.difference(&after).collect();
                let new: Vec<_> = after.difference(&before).collect();
                wrong.push(format!(
                    "I10: other files are done: lost {lost:?}, new {new:?}"
                ));
            }
            Ok(_) => {}
        }
        wrong
    }

    /// What must hold of everything that a run prints.
    pub(crate) fn of_output(&self, text: &str) -> Violations {
        let found = self
            .secrets
            .iter()
            .filter(|secret| text.contains(secret.as_str()));
        found
            .map(|_| "I11: a secret was printed".to_owned())
            .collect()
    }

    fn common(&self, now: &Snapshot, wrong: &mut Violations) -> Held {
        // I3: what was there is there, and the same.
        for what in self.files.losses(now) {
            wrong.push(format!("I3: {what}"));
        }
        for (folder, before) in &self.outside {
            for what in before.differences(&Snapshot::of_all(folder)) {
                wrong.push(format!("I4: outside, {what}"));
            }
        }
        let held = Held::read(&self.root).unwrap_or_else(|error| {
            wrong.push(format!("I2: the index cannot be read: {error}"));
            Held::default()
        });
        // I1: what is new is whole.
        for (path, digest) in now.stored() {
            let is_ours = !self.files.holds(path);
            let is_known = self.truths.is_whole(digest) || held.is_adopted(path);
            if is_ours && !is_known && !self.is_sidecar(now, path) {
                wrong.push(format!("I1: {path} is not what Google has of any item"));
            }
        }
        held.check(now, &self.truths, &self.places, wrong);
        Records::read(&self.root).check(&held, &self.truths, wrong);
        lists::check(&self.root, now, wrong);
        names::check_lock(&self.root, wrong);
        names::check_token(&self.root, wrong);
        names::check_secrets(&self.root, &self.secrets, wrong);
        held
    }

    /// A whole sidecar of ours, beside the photo that it speaks of. What it says is for the tests of `import`.
    fn is_sidecar(&self, now: &Snapshot, path: &str) -> bool {
        let photo = path.strip_suffix(".xmp").and_then(|photo| now.file(photo));
        let text = std::fs::read_to_string(self.root.join("downloads").join(path));
        let is_whole = |text: String| {
            text.starts_with("<?xpacket begin=")
                && text.contains("x:xmptk=\"gphotos-dl ")
                && text.ends_with("</x:xmpmeta>\n<?xpacket end=\"w\"?>\n")
        };
        photo.is_some() && text.is_ok_and(is_whole)
    }

    fn missing(&self, held: &Held) -> Vec<String> {
        let done = held.done_set();
        let is_missing = |((id, role), digests): &(&(String, String), &Vec<Digest>)| {
            !digests
                .iter()
                .any(|digest| done.contains(&(id.clone(), role.clone(), digest.sha256.clone())))
                && !held.is_item_adopted(id)
        };
        let expected = self.truths.expected().filter(is_missing);
        expected
            .map(|((id, role), _)| format!("{role} of {id}"))
            .collect()
    }
}

/// Fails, showing everything, unless nothing is wrong.
#[track_caller]
pub(crate) fn assert_clean(violations: &Violations, when: &str) {
    assert!(
        violations.is_empty(),
        "{when}:\n  {}",
        violations.join("\n  ")
    );
}

/// Every way in which the program may end, and death by a signal (`design.md` §3).
const EXITS: [i32; 9] = [0, 1, 3, 4, 5, 6, 7, 130, 137];
