//! How the last runs ended, in a small file of its own: a run that could not even begin has no row in the index, and whoever
//! lets it run each night wants to know of that too. Losing the file costs nothing but this.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::archive::intruder::{self, Place};
use crate::archive::overview::Run;
use crate::archive::store::PRIVATE;
use crate::durable::{self, Readers};

/// A run that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ended {
    pub(crate) command: String,
    pub(crate) started: DateTime<Utc>,
    pub(crate) ended: DateTime<Utc>,
    /// The exit code.
    pub(crate) exit: u8,
    /// What has ended it before everything was done.
    #[serde(default)]
    pub(crate) error: Option<String>,
    /// How many files came to what.
    #[serde(default)]
    pub(crate) counts: BTreeMap<String, u64>,
}

/// What is remembered, the oldest first; nothing where the file is missing or makes no sense.
pub(crate) fn load(downloads: &Path) -> Vec<Ended> {
    let text = durable::read_text(&path(downloads), MOST);
    let runs = text.ok().and_then(|text| serde_json::from_str(&text).ok());
    runs.unwrap_or_default()
}

/// Remembers how a run ended.
pub(crate) fn add(downloads: &Path, ended: Ended) -> io::Result<()> {
    let path = path(downloads);
    let folder = path.parent().unwrap_or(downloads);
    intruder::refuse(folder, Place::Folder).map_err(io::Error::other)?;
    let mut runs = load(downloads);
    runs.push(ended);
    let first = runs.len().saturating_sub(KEPT);
    let bytes = serde_json::to_vec_pretty(&runs[first..])?;
    durable::replace(&path, Readers::Umask, &[&bytes[..], b"\n"].concat())
}

/// The last runs, the newest first: those of the index with how they ended, and those that never had a row in it.
pub(crate) fn merge(mut runs: Vec<Run>, ended: Vec<Ended>, most: usize) -> Vec<Run> {
    for one in ended {
        // The index counts whole seconds.
        let seconds = one.started.timestamp()..=one.ended.timestamp();
        let is_its = |run: &&mut Run| {
            let began = run.started.map(|at| at.timestamp());
            run.command == one.command
                && run.exit.is_none()
                && began.is_some_and(|began| seconds.contains(&began))
        };
        match runs.iter_mut().find(is_its) {
            Some(run) => {
                run.exit = Some(one.exit);
                run.finished = run.finished.or(Some(one.ended));
                run.error = one.error;
                run.counts = one.counts;
            }
            None => runs.push(Run {
                command: one.command,
                started: Some(one.started),
                finished: Some(one.ended),
                manifest: None,
                exit: Some(one.exit),
                error: one.error,
                counts: one.counts,
            }),
        }
    }
    runs.sort_by_key(|run| std::cmp::Reverse(run.started));
    runs.truncate(most);
    runs
}

/// Runs that are remembered.
const KEPT: usize = 20;
/// Bytes: so many runs have less.
const MOST: u64 = 1 << 20;

fn path(downloads: &Path) -> PathBuf {
    downloads.join(PRIVATE).join("runs.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 500_000_000).expect("a moment")
    }

    fn ended(command: &str, started: i64, ended: i64, exit: u8) -> Ended {
        Ended {
            command: command.to_owned(),
            started: at(started),
            ended: at(ended),
            exit,
            error: None,
            counts: BTreeMap::new(),
        }
    }

    /// As the index has it, which counts whole seconds.
    fn run(command: &str, started: i64) -> Run {
        Run {
            command: command.to_owned(),
            started: DateTime::from_timestamp(started, 0),
            finished: None,
            manifest: None,
            exit: None,
            error: None,
            counts: BTreeMap::new(),
        }
    }

    #[test]
    fn a_run_gets_its_own_end_and_one_without_a_row_is_a_run_too() {
        let runs = vec![run("sync", 300), run("import", 200), run("sync", 100)];
        let ends = vec![
            ended("sync", 100, 100, 0),
            ended("sync", 150, 160, 4),
            ended("sync", 299, 310, 3),
        ];
        let merged = merge(runs, ends, 3);
        let told: Vec<_> = merged
            .iter()
            .map(|run| (run.command.as_str(), run.exit))
            .collect();
        assert_eq!(
            told,
            [("sync", Some(3)), ("import", None), ("sync", Some(4))]
        );
    }

    #[test]
    fn the_last_ones_are_kept() {
        let root = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(root.path().join(PRIVATE)).expect("made");
        for number in 0..25 {
            add(root.path(), ended("sync", number, number, 0)).expect("kept");
        }
        let kept = load(root.path());
        assert_eq!((kept.len(), kept[0].started), (KEPT, at(5)));
        std::fs::write(path(root.path()), "[{").expect("written");
        assert_eq!(load(root.path()), []);
    }
}
