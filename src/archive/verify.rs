//! Every stored file read again and compared with the index: with one thread for each core, a page of the index at a time.
//!
//! Nothing is locked, and nothing is written but times that were proved ([`times`]): a run may work beside it. What such a run has changed between reading the
//! index and reading the file is looked at once more before anything is said of it.

mod reading;
mod search;
mod times;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use crate::archive::checks::{Problem, Slice};
use crate::archive::examine::Verdict;
use crate::archive::in_the_way::InTheWay;
use crate::archive::look::Look;
use crate::archive::promise::{Promises, Record};
use crate::archive::store::Store;
use crate::archive::tree::Tree;
pub(crate) use crate::archive::verify::times::Times;
use crate::archive::way_back::{self, WayBack};
use crate::archive::{ArchiveError, Paths, content, fault, loss};
use crate::http::Stop;

/// What to check, and how.
pub(crate) struct Check<'a> {
    pub(crate) paths: &'a Paths,
    pub(crate) store: &'a Store,
    /// Everything where there is none.
    pub(crate) slice: Option<Slice>,
    /// What former checks have found, by its path: looked at again whatever the slice.
    pub(crate) open: &'a BTreeMap<String, Problem>,
    /// Files that are read at a time.
    pub(crate) jobs: usize,
    /// Whoever checks holds the archive's lock, to mend it afterwards.
    pub(crate) holds_lock: bool,
    /// Names the files of which the index does not know.
    pub(crate) names_unknown: bool,
    pub(crate) stop: &'a Stop,
    /// Hears what happens, from every thread.
    pub(crate) tell: &'a (dyn Fn(&Step<'_>) + Sync),
}

/// Something that has just happened.
pub(crate) enum Step<'a> {
    /// So much is to be read.
    Begun {
        files: u64,
        bytes: u64,
    },
    Read {
        bytes: u64,
    },
    /// A file is not as the index says. More is said when all is read.
    Noticed,
    Found(&'a Finding),
    /// All files of the index are read; the folder is walked.
    Walking,
}

/// A file that is not as the index says.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    pub(crate) record: Record,
    pub(crate) verdict: Verdict,
    /// When a former check first found it damaged, if one did.
    pub(crate) known_since: Option<DateTime<Utc>>,
    /// What stands in the place of a missing one.
    pub(crate) in_the_way: Option<InTheWay>,
    /// How it can be had again.
    pub(crate) way_back: Option<WayBack>,
}

/// What a check has found.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// The archive has no file yet: there was nothing to check.
    pub(crate) is_empty: bool,
    /// Files that were checked, and the bytes that were read of them.
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    /// Of intact files that the index had another time of.
    pub(crate) times: Times,
    /// By path.
    pub(crate) findings: Vec<Finding>,
    /// Files of which the index does not know.
    pub(crate) unknown: u64,
    /// Their names, in their order, where those were asked for.
    pub(crate) unknown_files: Option<Vec<String>>,
    /// Folders that could not be looked into, although the index has files in them.
    pub(crate) unwalked: Vec<String>,
    /// Folders of somebody else's that could not be looked into.
    pub(crate) closed: Vec<String>,
    /// What the database says is wrong with itself.
    pub(crate) index: Vec<String>,
}

impl Findings {
    pub(crate) fn damaged(&self) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(|finding| finding.verdict.is_damage())
    }

    /// A database that has said what is wrong with it may fail: what could be read of it is checked.
    fn bear<T: Default>(&mut self, result: Result<T, ArchiveError>) -> Result<T, ArchiveError> {
        match result {
            Err(ArchiveError::Index(error)) if !self.index.is_empty() => {
                self.index.push(error.to_string());
                Ok(T::default())
            }
            result => result,
        }
    }
}

/// Checks the files of an index.
pub(crate) fn verify(look: Look, check: &Check<'_>) -> Result<Findings, ArchiveError> {
    let mut findings = Findings {
        index: quick_check(&look.connection)?,
        unknown_files: check.names_unknown.then(Vec::new),
        ..Findings::default()
    };
    let promises = Promises::of(&look.connection)?;
    let again = findings.bear(open_beside(&look.connection, promises, check))?;
    let (files, bytes) = findings.bear(promises.sum(&look.connection, check.slice))?;
    findings.is_empty = files == 0
        && promises
            .sum(&look.connection, None)
            .is_ok_and(|all| all.0 == 0);
    (check.tell)(&Step::Begun {
        files: files + again.len() as u64,
        bytes: bytes + again.iter().map(|record| record.size).sum::<u64>(),
    });
    let (connection, found) = reading::read_all(
        look.connection,
        promises,
        again,
        check,
        findings.index.is_empty(),
    );
    findings.times = found.times;
    findings.files = found.files;
    findings.bytes = found.bytes;
    findings.findings = found.findings;
    // Threads find them in any order.
    findings.findings.sort_by(by_path);
    if check.stop.soon.is_cancelled() {
        tell_all(&findings, check);
        return Err(ArchiveError::Stopped);
    }
    findings.bear(found.ended)?;
    (check.tell)(&Step::Walking);
    let searched = search::search(&connection, check, &mut findings);
    let searched = findings.bear(searched);
    if searched.is_ok() {
        let found = way_back::find(&connection, check.paths, check.open, &mut findings.findings);
        findings.bear(found)?;
    }
    if searched.is_ok() && !check.holds_lock {
        let refused = is_refused(&connection, check, &findings);
        if findings.bear(refused)? {
            way_back::by_restoring(&mut findings.findings);
        }
    }
    tell_all(&findings, check);
    searched?;
    Ok(findings)
}

/// Whether a repair would refuse to begin, because most files are gone.
fn is_refused(
    connection: &Connection,
    check: &Check<'_>,
    findings: &Findings,
) -> Result<bool, ArchiveError> {
    let count = |is_it: fn(&Verdict) -> bool| {
        let findings = findings.findings.iter();
        findings.filter(|finding| is_it(&finding.verdict)).count() as u64
    };
    let missing = count(|verdict| *verdict == Verdict::Missing);
    let moved = count(|verdict| matches!(verdict, Verdict::Misplaced { .. }));
    if missing == 0 {
        return Ok(false);
    }
    loss::is_refused(
        connection,
        &mut Tree::new(check.store.clone()),
        missing,
        moved,
    )
}

fn by_path(one: &Finding, other: &Finding) -> std::cmp::Ordering {
    one.record.path.cmp(&other.record.path)
}

fn tell_all(findings: &Findings, check: &Check<'_>) {
    for finding in &findings.findings {
        (check.tell)(&Step::Found(finding));
    }
}

/// What former checks have found and this slice leaves out.
fn open_beside(
    connection: &Connection,
    promises: Promises,
    check: &Check<'_>,
) -> Result<Vec<Record>, ArchiveError> {
    let Some(slice) = check.slice else {
        return Ok(Vec::new());
    };
    let mut beside = Vec::new();
    for path in check.open.keys() {
        let record = promises.at(connection, path)?;
        beside.extend(record.filter(|record| !slice.takes_in(record.file)));
    }
    Ok(beside)
}

/// What the database finds wrong with itself, and what no index can say; nothing when all is well.
fn quick_check(connection: &Connection) -> Result<Vec<String>, ArchiveError> {
    let mut statement = connection.prepare(&format!("PRAGMA quick_check({MOST_PROBLEMS})"))?;
    let rows = statement.query_map([], |row| row.get(0))?;
    let mut lines: Vec<String> = rows.collect::<Result<_, _>>()?;
    lines.retain(|line| line != "ok");
    match content::problems(connection, MOST_PROBLEMS) {
        Ok(problems) => lines.extend(problems),
        Err(error) if fault::is_damage(&error) => lines.push(error.to_string()),
        Err(error) => return Err(error.into()),
    }
    Ok(lines)
}

/// More than these tell nothing new.
const MOST_PROBLEMS: usize = 20;
