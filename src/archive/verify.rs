//! Every stored file read again and compared with the index: with one thread for each core, a page of the index at a time.
//!
//! Nothing is written and nothing is locked: a run may work beside it. What such a run has changed between reading the
//! index and reading the file is looked at once more before anything is said of it.

use std::collections::{HashMap, HashSet};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, params};

use crate::archive::checks::Slice;
use crate::archive::examine::{CHUNK, Record, Verdict, digest, examine};
use crate::archive::look::Look;
use crate::archive::store::Store;
use crate::archive::tree::Tree;
use crate::archive::walk::{Walked, walk};
use crate::archive::{ArchiveError, content, fault};
use crate::http::Stop;
use crate::media::naming;

/// What to check, and how.
pub(crate) struct Check<'a> {
    pub(crate) store: &'a Store,
    /// Everything where there is none.
    pub(crate) slice: Option<Slice>,
    /// Files that are read at a time.
    pub(crate) jobs: usize,
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
    Found(&'a Finding),
    /// All files of the index are read; the folder is walked.
    Walking,
}

/// A file that is not as the index says.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    pub(crate) record: Record,
    pub(crate) verdict: Verdict,
}

/// What a check has found.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// Files that were checked, and the bytes that were read of them.
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    pub(crate) findings: Vec<Finding>,
    /// Files of which the index does not know.
    pub(crate) unknown: u64,
    /// Folders that could not be walked.
    pub(crate) unwalked: Vec<String>,
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
    fn bear(&mut self, result: Result<(), ArchiveError>) -> Result<(), ArchiveError> {
        match result {
            Err(ArchiveError::Index(error)) if !self.index.is_empty() => {
                self.index.push(error.to_string());
                Ok(())
            }
            result => result,
        }
    }
}

/// Rows that are taken from the index at a time.
const PAGE: usize = 512;
/// A file that changes under every look is looked at so often.
const LOOKS: usize = 4;

/// Checks the files of an index.
pub(crate) fn verify(look: Look, check: &Check<'_>) -> Result<Findings, ArchiveError> {
    let mut findings = Findings {
        index: quick_check(&look.connection)?,
        ..Findings::default()
    };
    let (files, bytes) = expected(&look.connection, check.slice)?;
    (check.tell)(&Step::Begun { files, bytes });
    let work = Work {
        check,
        connection: Mutex::new(look.connection),
        found: Mutex::new(Found::default()),
    };
    let (sender, records) = sync_channel(PAGE);
    let records = Mutex::new(records);
    let paged = std::thread::scope(|scope| {
        for _ in 0..check.jobs {
            scope.spawn(|| work.read_all(&records));
        }
        let paged = work.page_all(|record| sender.send(record).is_ok());
        drop(sender);
        paged
    });
    let Work {
        connection, found, ..
    } = work;
    let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    if check.stop.soon.is_cancelled() {
        return Err(ArchiveError::Stopped);
    }
    findings.files = found.files;
    findings.bytes = found.bytes;
    findings.findings = found.findings;
    findings.findings.sort_by_key(|finding| finding.record.file);
    findings.bear(found.error.map_or(Ok(()), Err))?;
    findings.bear(paged)?;
    let connection = connection
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    (check.tell)(&Step::Walking);
    let searched = search(&connection, check, &mut findings);
    findings.bear(searched)?;
    for finding in &findings.findings {
        if matches!(
            finding.verdict,
            Verdict::Missing | Verdict::Misplaced { .. }
        ) {
            (check.tell)(&Step::Found(finding));
        }
    }
    Ok(findings)
}

/// Which of these files are whole by now, or not needed any more.
pub(crate) fn recheck(
    connection: &Connection,
    store: &Store,
    files: &[i64],
    stop: &Stop,
) -> Result<Vec<bool>, ArchiveError> {
    let mut tree = Tree::new(store.clone());
    let mut chunk = vec![0; CHUNK];
    let whole = |file: &i64| {
        let Some(record) = Record::of(connection, *file)? else {
            return Ok(false);
        };
        let verdict = examine(&mut tree, &record, &mut chunk, stop, &|_| {});
        Ok(verdict == Some(Verdict::Intact) || !record.is_needed)
    };
    files.iter().map(whole).collect()
}

/// The threads' common state.
struct Work<'a> {
    check: &'a Check<'a>,
    connection: Mutex<Connection>,
    found: Mutex<Found>,
}

/// What was seen of one file.
enum Judged {
    Intact,
    Found(Finding),
    /// Nothing that could be called a file of the archive: it is neither counted nor missed.
    Nothing,
}

#[derive(Default)]
struct Found {
    files: u64,
    bytes: u64,
    findings: Vec<Finding>,
    error: Option<ArchiveError>,
}

impl Work<'_> {
    /// Hands every record on, until nobody takes them any more.
    fn page_all(&self, mut take: impl FnMut(Record) -> bool) -> Result<(), ArchiveError> {
        let mut last = 0;
        while !self.check.stop.soon.is_cancelled() {
            let page = self.page(last)?;
            let Some(end) = page.last() else { break };
            last = end.file;
            for record in page {
                if !take(record) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// A page is one short read, so that a run at work is never kept from writing.
    fn page(&self, after: i64) -> Result<Vec<Record>, ArchiveError> {
        let (parts, number) = parts(self.check.slice);
        let connection = lock(&self.connection);
        let mut statement = connection.prepare_cached(&format!(
            "SELECT {} FROM files WHERE state = 'stored' AND file > ?1 AND file % ?2 = ?3 ORDER BY file LIMIT ?4",
            Record::COLUMNS
        ))?;
        let rows = statement.query_map(params![after, parts, number, PAGE], Record::read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn read_all(&self, records: &Mutex<Receiver<Record>>) {
        let mut tree = Tree::new(self.check.store.clone());
        let mut chunk = vec![0; CHUNK];
        loop {
            let Ok(record) = lock(records).recv() else {
                return;
            };
            if self.check.stop.soon.is_cancelled() {
                continue;
            }
            match self.judge(&mut tree, record, &mut chunk) {
                Ok(Judged::Found(finding)) => {
                    // What is missing may yet be found elsewhere.
                    if finding.verdict != Verdict::Missing {
                        (self.check.tell)(&Step::Found(&finding));
                    }
                    let mut found = lock(&self.found);
                    found.files += 1;
                    found.findings.push(finding);
                }
                Ok(Judged::Intact) => lock(&self.found).files += 1,
                Ok(Judged::Nothing) => {}
                Err(error) => {
                    lock(&self.found).error.get_or_insert(error);
                }
            }
        }
    }

    /// What is wrong with a file, looked at twice: a run may have changed it, or its row, in between.
    fn judge(
        &self,
        tree: &mut Tree,
        mut record: Record,
        chunk: &mut [u8],
    ) -> Result<Judged, ArchiveError> {
        for look in 1..=LOOKS {
            let read = |bytes| {
                if look == 1 {
                    lock(&self.found).bytes += bytes;
                    (self.check.tell)(&Step::Read { bytes });
                }
            };
            let verdict = match examine(tree, &record, chunk, self.check.stop, &read) {
                None => return Ok(Judged::Nothing),
                Some(Verdict::Intact) => return Ok(Judged::Intact),
                Some(verdict) => verdict,
            };
            let Some(now) = Record::of(&lock(&self.connection), record.file)? else {
                // It is being replaced at this moment.
                return Ok(Judged::Nothing);
            };
            if !now.is_needed && verdict == Verdict::Missing {
                // A copy that a better one has taken the place of; whoever deletes it does no harm.
                return Ok(Judged::Nothing);
            }
            if look > 1 && now == record {
                return Ok(Judged::Found(Finding { record, verdict }));
            }
            record = now;
        }
        Ok(Judged::Nothing)
    }
}

/// Walks the folder for files of which the index does not know, and looks among them for what is missing.
fn search(
    connection: &Connection,
    check: &Check<'_>,
    findings: &mut Findings,
) -> Result<(), ArchiveError> {
    let mut wanted: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut gone: HashSet<String> = HashSet::new();
    for (number, finding) in findings.findings.iter().enumerate() {
        if finding.verdict == Verdict::Missing {
            let size = finding.record.size;
            wanted.entry(size).or_default().push(number);
            gone.insert(finding.record.path.clone());
        }
    }
    let mut tree = Tree::new(check.store.clone());
    let mut chunk = vec![0; CHUNK];
    for walked in walk(check.store) {
        if check.stop.soon.is_cancelled() {
            return Err(ArchiveError::Stopped);
        }
        let (path, entry) = match walked {
            Walked::File { path, entry } => (path, entry),
            Walked::Unnameable { .. } => {
                findings.unknown += 1;
                continue;
            }
            Walked::Unreadable { path, error } => {
                findings.unwalked.push(format!("{path}: {error}"));
                continue;
            }
        };
        if is_known(connection, &path, &gone)? {
            continue;
        }
        findings.unknown += 1;
        let Some(candidates) = wanted.get(&entry.size) else {
            continue;
        };
        let is_open = candidates
            .iter()
            .any(|number| findings.findings[*number].verdict == Verdict::Missing);
        if !is_open {
            continue;
        }
        tree.forget();
        // One that cannot be read proves nothing.
        let found = tree
            .open(&path)
            .and_then(|mut file| digest(&mut file, &mut chunk, check.stop, &|_| {}));
        let Ok(Some(found)) = found else { continue };
        for number in candidates {
            let finding = &mut findings.findings[*number];
            if finding.verdict == Verdict::Missing && found == finding.record.sha256[..] {
                finding.verdict = Verdict::Misplaced { at: path.clone() };
            }
        }
    }
    Ok(())
}

/// Whether the index knows this path, or one that this file system takes for it and under which nothing is missing.
fn is_known(
    connection: &Connection,
    path: &str,
    gone: &HashSet<String>,
) -> Result<bool, ArchiveError> {
    let mut exact =
        connection.prepare_cached("SELECT 1 FROM files WHERE path = ?1 AND state <> 'claimed'")?;
    if exact.exists([path])? {
        return Ok(true);
    }
    let mut alike = connection
        .prepare_cached("SELECT path FROM files WHERE fold = ?1 AND state <> 'claimed'")?;
    let twin: Option<String> = alike
        .query_row([naming::fold_key(path)], |row| row.get(0))
        .optional()?;
    Ok(twin.is_some_and(|twin| !gone.contains(&twin)))
}

/// How much there is to check.
fn expected(connection: &Connection, slice: Option<Slice>) -> Result<(u64, u64), ArchiveError> {
    let (parts, number) = parts(slice);
    Ok(connection.query_row(
        "SELECT count(*), coalesce(sum(size), 0) FROM files WHERE state = 'stored' AND file % ?1 = ?2",
        [parts, number],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?)
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

/// As a divisor and a remainder; everything leaves 0 when it is divided by 1.
fn parts(slice: Option<Slice>) -> (u16, u16) {
    slice.map_or((1, 0), |slice| (slice.of, slice.number))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
