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
    /// Its number in the index; absent where it never had a row there.
    #[serde(default)]
    pub(crate) run: Option<i64>,
    pub(crate) command: String,
    pub(crate) started: DateTime<Utc>,
    pub(crate) ended: DateTime<Utc>,
    /// The exit code.
    pub(crate) exit: u8,
    /// What has ended it before everything was done.
    #[serde(default)]
    pub(crate) error: Option<String>,
    /// When Google said that the day's quota is used up, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) quota_refused: Option<DateTime<Utc>>,
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
        // An index that was rebuilt counts its runs anew: the time, of which it has whole seconds, has to agree.
        let seconds = one.started.timestamp()..=one.ended.timestamp();
        let is_its = |run: &&mut Run| {
            let began = run.started.map(|at| at.timestamp());
            run.run.is_some()
                && run.run == one.run
                && run.command == one.command
                && began.is_some_and(|began| seconds.contains(&began))
        };
        match runs.iter_mut().find(is_its) {
            Some(run) => {
                run.started = Some(one.started);
                run.exit = Some(one.exit);
                run.finished = run.finished.or(Some(one.ended));
                run.error = one.error;
                run.counts = one.counts;
            }
            None => runs.push(Run {
                run: None,
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
    // Of a run that has left no end, the second is known, and that it began after the one before it.
    let mut before = None;
    for run in runs.iter_mut().rev().filter(|run| run.run.is_some()) {
        let second = |at: Option<DateTime<Utc>>| at.map(|at| at.timestamp());
        if second(before) == second(run.started) {
            run.started = run.started.max(before);
        }
        before = run.started;
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
    use chrono::TimeDelta;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 500_000_000).expect("a moment")
    }

    fn ended(command: &str, started: i64, ended: i64, exit: u8) -> Ended {
        Ended {
            run: None,
            command: command.to_owned(),
            started: at(started),
            ended: at(ended),
            exit,
            error: None,
            quota_refused: None,
            counts: BTreeMap::new(),
        }
    }

    /// As the index has it, which counts whole seconds.
    fn run(number: i64, command: &str, started: i64) -> Run {
        Run {
            run: Some(number),
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
        let with = |run: i64, ended: Ended| Ended {
            run: Some(run),
            ..ended
        };
        let told = |runs: Vec<Run>, ends: Vec<Ended>| -> Vec<_> {
            let merged = merge(runs, ends, 3).into_iter();
            merged.map(|run| (run.command, run.run, run.exit)).collect()
        };
        let sync = |run, exit| ("sync".to_owned(), run, exit);
        let runs = vec![
            run(3, "sync", 300),
            run(2, "import", 200),
            run(1, "sync", 100),
        ];
        let ends = vec![
            with(1, ended("sync", 100, 100, 0)),
            ended("sync", 150, 160, 4),
            with(3, ended("sync", 299, 310, 3)),
        ];
        let import = ("import".to_owned(), Some(2), None);
        assert_eq!(
            told(runs, ends),
            [sync(Some(3), Some(3)), import, sync(None, Some(4))]
        );
        // All in one second; the one in the middle was refused, and the last is at work.
        let runs = vec![run(2, "sync", 100), run(1, "sync", 100)];
        let ends = vec![
            with(1, ended("sync", 99, 100, 3)),
            ended("sync", 100, 100, 6),
        ];
        assert_eq!(
            told(runs, ends),
            [
                sync(None, Some(6)),
                sync(Some(2), None),
                sync(Some(1), Some(3))
            ]
        );
        // All in one second, and one in the middle that was refused.
        let within = |run: Option<i64>, millis: i64, exit| Ended {
            run,
            started: at(100) + TimeDelta::milliseconds(millis),
            ..ended("sync", 100, 100, exit)
        };
        let runs = vec![
            run(3, "sync", 100),
            run(2, "sync", 100),
            run(1, "sync", 100),
        ];
        let ends = vec![
            within(Some(1), -400, 0),
            within(None, -200, 6),
            within(Some(2), 0, 3),
        ];
        assert_eq!(
            told(runs, ends),
            [
                sync(Some(3), None),
                sync(Some(2), Some(3)),
                sync(None, Some(6))
            ]
        );
        // An index that was rebuilt has another run of that number.
        let ends = vec![with(1, ended("sync", 10, 20, 0))];
        let expected = [sync(Some(1), None), sync(None, Some(0))];
        assert_eq!(told(vec![run(1, "sync", 100)], ends), expected);
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
