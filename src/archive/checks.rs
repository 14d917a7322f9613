//! What `verify` remembers from one run to the next, in a small file of its own, so that it need not write to the index:
//! which slice is next, how the last checks ended, and what they have found that is not put right. Losing it costs the place
//! in the round; damage is found again when its turn comes.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::archive::intruder::{self, Place};
use crate::archive::store::PRIVATE;
use crate::durable::{self, Readers};

/// How many parts the files are checked in, one a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sample(u16);

impl FromStr for Sample {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text
            .strip_prefix("1/")
            .and_then(|parts| parts.parse().ok())
            .filter(|parts| (2..=366).contains(parts));
        parts
            .map(Self)
            .ok_or("a sample is written as in 1/30, from 1/2 to 1/366")
    }
}

/// One part of the files: those whose number in the index leaves this remainder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slice {
    pub(crate) number: u16,
    pub(crate) of: u16,
}

impl Slice {
    /// Whether a file with this number in the index is part of it.
    pub(super) fn takes_in(self, file: i64) -> bool {
        file.rem_euclid(i64::from(self.of)) == i64::from(self.number)
    }
}

impl fmt::Display for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number + 1, self.of)
    }
}

/// How a check ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LastCheck {
    pub(crate) at: DateTime<Utc>,
    /// The slice, written 8/30; absent when it was everything.
    pub(crate) slice: Option<String>,
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    /// Files that were rotten, missing, misplaced or unreadable, and not repaired, whichever check has found them.
    pub(crate) problems: u64,
    /// Files that somebody had edited.
    #[serde(default)]
    pub(crate) edited: u64,
    /// The first of them.
    #[serde(default)]
    pub(crate) edited_files: Vec<String>,
}

/// A file that a check has found damaged, and none has found whole since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Problem {
    /// What it turned out to be when it was last looked at.
    pub(crate) verdict: String,
    /// When that was first found.
    pub(crate) since: DateTime<Utc>,
    /// Bytes that were there.
    #[serde(default)]
    pub(crate) size: Option<u64>,
    /// What a person can do about it.
    #[serde(default)]
    pub(crate) way_back: Option<String>,
    /// A repair has learned that Google no longer has it.
    #[serde(default)]
    pub(crate) is_gone: bool,
}

/// The file's content.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Checks {
    /// By the number of parts: the slice that is next.
    #[serde(default)]
    next: BTreeMap<u16, u16>,
    #[serde(default)]
    pub(crate) last: Option<LastCheck>,
    /// The last one that left nothing out.
    #[serde(default)]
    pub(crate) last_full: Option<LastCheck>,
    /// Why nothing is known of earlier checks, if that is not for want of any.
    #[serde(skip)]
    pub(crate) problem: Option<String>,
    /// By path: what is not put right. Each check looks at these again, so that none outlives its repair.
    #[serde(default)]
    pub(crate) open: BTreeMap<String, Problem>,
}

impl Checks {
    /// What is remembered; nothing where the file is missing or makes no sense.
    pub(crate) fn load(downloads: &Path) -> Self {
        let path = path(downloads);
        let found = match durable::read_text(&path, MOST) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| error.to_string()),
            Err(error) if is_absent(&error) => return Self::default(),
            Err(error) => Err(error.to_string()),
        };
        found.unwrap_or_else(|error| Self {
            problem: Some(format!("{} is damaged ({error})", path.display())),
            ..Self::default()
        })
    }

    /// The slice whose turn it is. Where the turns cannot be remembered, it goes by the day, so that no part is left out.
    pub(crate) fn slice(&self, downloads: &Path, sample: Sample, now: DateTime<Utc>) -> Slice {
        let number = if self.write(downloads).is_ok() {
            self.next.get(&sample.0).copied().unwrap_or(0) % sample.0
        } else {
            let days = now.timestamp().div_euclid(86_400);
            u16::try_from(days.rem_euclid(i64::from(sample.0))).unwrap_or(0)
        };
        Slice {
            number,
            of: sample.0,
        }
    }

    /// Notes a check that went through to its end, and what it leaves open: whatever it was told of and does not name is put
    /// right. A check that ran beside this one may have noted more meanwhile, which stays.
    pub(crate) fn save(
        &self,
        downloads: &Path,
        slice: Option<Slice>,
        check: LastCheck,
        mut open: BTreeMap<String, Problem>,
    ) -> io::Result<()> {
        let mut now = Self::load(downloads);
        for (path, problem) in now.open {
            if !self.open.contains_key(&path) {
                open.entry(path).or_insert(problem);
            }
        }
        now.open = open.into_iter().take(MOST_OPEN).collect();
        match slice {
            Some(slice) => {
                let next = (slice.number + 1) % slice.of;
                now.next.insert(slice.of, next);
            }
            None => now.last_full = Some(check.clone()),
        }
        now.last = Some(check);
        now.write(downloads)
    }

    fn write(&self, downloads: &Path) -> io::Result<()> {
        let path = path(downloads);
        let folder = path.parent().unwrap_or(downloads);
        intruder::refuse(folder, Place::Folder).map_err(io::Error::other)?;
        let bytes = serde_json::to_vec_pretty(self)?;
        durable::replace(&path, Readers::Umask, &[&bytes[..], b"\n"].concat())
    }
}

/// Also where something else stands in the archive's place, which is said by whoever opens it.
fn is_absent(error: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory)
}

/// Files that are remembered as damaged. Where there are more, a full check counts them, and the rest is found again when
/// its turn comes.
const MOST_OPEN: usize = 10_000;
/// Bytes: so many files have less, with 365 numbers and two checks.
const MOST: u64 = 64 << 20;

fn path(downloads: &Path) -> PathBuf {
    downloads.join(PRIVATE).join("verify.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_one_part_of_a_few() {
        for good in ["1/2", "1/30", "1/366"] {
            assert!(good.parse::<Sample>().is_ok(), "{good}");
        }
        for bad in ["30", "1/1", "1/0", "1/367", "2/30", "1/", "1/x", "1/-3", ""] {
            assert!(bad.parse::<Sample>().is_err(), "{bad}");
        }
    }

    fn of_one_file() -> LastCheck {
        LastCheck {
            at: Utc::now(),
            slice: None,
            files: 1,
            bytes: 1,
            problems: 0,
            edited: 0,
            edited_files: Vec::new(),
        }
    }

    #[test]
    fn every_slice_has_its_turn_and_each_round_its_own_count() {
        let root = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(root.path().join(PRIVATE)).expect("made");
        let check = of_one_file();
        let turn = |parts: &str| {
            let checks = Checks::load(root.path());
            let slice = checks.slice(
                root.path(),
                parts.parse().expect("a sample"),
                DateTime::UNIX_EPOCH,
            );
            checks
                .save(root.path(), Some(slice), check.clone(), BTreeMap::new())
                .expect("saved");
            slice.to_string()
        };
        let turns = ["1/3", "1/3", "1/2", "1/3", "1/3", "1/2"].map(turn);
        assert_eq!(turns, ["1/3", "2/3", "1/2", "3/3", "1/3", "2/2"]);
    }

    #[test]
    fn what_two_checks_find_beside_each_other_is_kept() {
        let root = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(root.path().join(PRIVATE)).expect("made");
        let check = of_one_file();
        let rot = |path: &str| {
            let problem = Problem {
                verdict: "rot".to_owned(),
                since: DateTime::UNIX_EPOCH,
                size: None,
                way_back: None,
                is_gone: false,
            };
            (path.to_owned(), problem)
        };
        let save = |checks: &Checks, paths: &[&str]| {
            let open = paths.iter().map(|path| rot(path)).collect();
            checks
                .save(root.path(), None, check.clone(), open)
                .expect("saved");
        };
        save(&Checks::default(), &["a.jpg", "b.jpg"]);
        let (long, short) = (Checks::load(root.path()), Checks::load(root.path()));
        save(&short, &["a.jpg", "b.jpg", "c.jpg"]);
        save(&long, &["b.jpg"]);
        let left = Checks::load(root.path()).open;
        assert_eq!(left, [rot("b.jpg"), rot("c.jpg")].into());
    }
}
