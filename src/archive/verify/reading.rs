//! The files themselves, read by several threads at once.

use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use crate::archive::ArchiveError;
use crate::archive::examine::{CHUNK, Verdict, examine};
use crate::archive::promise::{Promises, Record};
use crate::archive::tree::Tree;
use crate::archive::verify::times::{Gathered, Times};
use crate::archive::verify::{Check, Finding, Step};

/// What reading has brought to light.
pub(super) struct Found {
    pub(super) files: u64,
    pub(super) bytes: u64,
    pub(super) findings: Vec<Finding>,
    pub(super) times: Times,
    /// The first thing that went wrong with the index.
    pub(super) ended: Result<(), ArchiveError>,
}

/// What was seen of one file.
enum Judged {
    Intact,
    Found(Box<Finding>),
    /// Nothing that could be called a file of the archive: it is neither counted nor missed.
    Nothing,
}

/// Rows that are taken from the index at a time.
const PAGE: usize = 512;
/// A file that changes under every look is looked at so often.
const LOOKS: usize = 4;

/// Reads the files of the check's slice, and `beside` them these. Gives the connection back.
pub(super) fn read_all(
    connection: Connection,
    promises: Promises,
    beside: Vec<Record>,
    check: &Check<'_>,
    is_index_sound: bool,
) -> (Connection, Found) {
    let work = Work {
        check,
        promises,
        connection: Mutex::new(connection),
        found: Mutex::new(Found {
            files: 0,
            bytes: 0,
            findings: Vec::new(),
            times: Times::default(),
            ended: Ok(()),
        }),
        gathered: Mutex::default(),
        is_index_sound,
    };
    let (sender, records) = sync_channel(PAGE);
    let records = Mutex::new(records);
    let paged = std::thread::scope(|scope| {
        for number in 0..check.jobs {
            let started = std::thread::Builder::new().spawn_scoped(scope, || work.read(&records));
            match started {
                Ok(_) => {}
                Err(error) if number == 0 => {
                    return Err(ArchiveError::storage("start", "a thread", error));
                }
                // Fewer are slower, and enough.
                Err(_) => break,
            }
        }
        let mut take = |record| sender.send(record).is_ok();
        let _ = beside.into_iter().all(&mut take);
        let paged = work.page_all(take);
        drop(sender);
        paged
    });
    let Work {
        connection,
        found,
        gathered,
        ..
    } = work;
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    let gathered = gathered.into_inner();
    found.times = gathered
        .unwrap_or_else(PoisonError::into_inner)
        .finish(check);
    found.ended = found.ended.and(paged);
    let connection = connection.into_inner();
    (connection.unwrap_or_else(PoisonError::into_inner), found)
}

/// The threads' common state.
struct Work<'a> {
    check: &'a Check<'a>,
    promises: Promises,
    connection: Mutex<Connection>,
    found: Mutex<Found>,
    gathered: Mutex<Gathered>,
    /// Nothing is written to an index that is damaged.
    is_index_sound: bool,
}

impl Work<'_> {
    /// Hands every record on, until nobody takes them any more.
    fn page_all(&self, mut take: impl FnMut(Record) -> bool) -> Result<(), ArchiveError> {
        let mut last = 0;
        while !self.check.stop.soon.is_cancelled() {
            let (connection, slice) = (lock(&self.connection), self.check.slice);
            let page = self.promises.page(&connection, last, slice, PAGE)?;
            drop(connection);
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

    fn read(&self, records: &Mutex<Receiver<Record>>) {
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
                    (self.check.tell)(&Step::Noticed);
                    let mut found = lock(&self.found);
                    found.files += 1;
                    found.findings.push(*finding);
                }
                Ok(Judged::Intact) => lock(&self.found).files += 1,
                Ok(Judged::Nothing) => {}
                Err(error) => {
                    let mut found = lock(&self.found);
                    if found.ended.is_ok() {
                        found.ended = Err(error);
                    }
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
                Some(Verdict::Intact { at }) => {
                    if let Some(at) = at {
                        self.proved(record, at);
                    }
                    return Ok(Judged::Intact);
                }
                Some(verdict) => verdict,
            };
            let now = self.promises.file(&lock(&self.connection), record.file)?;
            let Some(now) = now else {
                // It is being replaced at this moment.
                return Ok(Judged::Nothing);
            };
            if !now.is_needed && verdict == Verdict::Missing {
                // A copy that a better one has taken the place of; whoever deletes it does no harm.
                return Ok(Judged::Nothing);
            }
            if look > 1 && now == record {
                let found = self.found(tree, record, verdict)?;
                return Ok(Judged::Found(Box::new(found)));
            }
            record = now;
        }
        Ok(Judged::Nothing)
    }

    /// Has the time remembered under which a file was proved.
    fn proved(&self, record: Record, at: i64) {
        if self.is_index_sound {
            let mut gathered = lock(&self.gathered);
            let _nobody_reads = lock(&self.connection);
            gathered.add(record, at, self.check);
        }
    }

    fn found(
        &self,
        tree: &mut Tree,
        record: Record,
        verdict: Verdict,
    ) -> Result<Finding, ArchiveError> {
        let verdict = match verdict {
            // It looked like that when it came.
            Verdict::Broken { size, .. }
                if !Promises::was_whole(&lock(&self.connection), record.file)? =>
            {
                Verdict::Edited { size }
            }
            verdict => verdict,
        };
        let in_the_way = match verdict {
            Verdict::Missing => tree.in_the_way(&record.path),
            _ => None,
        };
        let known = self.check.open.get(&record.path);
        Ok(Finding {
            known_since: known.map(|problem| problem.since),
            record,
            verdict,
            in_the_way,
            way_back: None,
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
