//! What the index says of the roles of items: wanted, done, failed and why.

use chrono::{DateTime, Utc};
use rusqlite::params;

use crate::archive::ArchiveError;
use crate::archive::index::Rows;
use crate::archive::staged::How;
use crate::known_bad::{self, Flaw};
use crate::media::item::Role;

impl Rows<'_> {
    /// A role that is to be fetched into `file`.
    pub(crate) fn want(
        &self,
        item: i64,
        role: Role,
        file: i64,
        run: i64,
    ) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached(
                "INSERT INTO roles (item, role, file, state, run) VALUES (?1, ?2, ?3, 'wanted', ?4)
                 ON CONFLICT (item, role) DO UPDATE SET file = ?3,
                     state = iif(state = 'failed', 'failed', 'wanted'), run = iif(state = 'failed', run, ?4)",
            )?
            .execute(params![item, role.text(), file, run])?;
        Ok(())
    }

    /// What is to be said of a role once its announced file is there.
    pub(crate) fn foretell(
        &self,
        item: i64,
        role: Role,
        note: Option<&str>,
        recheck_after: Option<DateTime<Utc>>,
    ) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached(
                "UPDATE roles SET note = ?3, recheck_after = ?4 WHERE item = ?1 AND role = ?2",
            )?
            .execute(params![
                item,
                role.text(),
                note,
                recheck_after.map(|moment| moment.timestamp())
            ])?;
        Ok(())
    }

    /// Remembers, together with the still, that there is a clip to be had: a run that dies in between must not lose it.
    pub(crate) fn want_clip(&self, item: i64, run: i64) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached("INSERT OR IGNORE INTO roles (item, role, state, run) VALUES (?1, ?2, 'wanted', ?3)")?
            .execute(params![item, &Role::Motion.text(), run])?;
        Ok(())
    }

    /// An item whose file is there and is not what it was: it is fetched anew, whatever that file looks like.
    pub(crate) fn dispute(&self, item: i64) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached("INSERT OR IGNORE INTO roles (item, role, state, run, note) VALUES (?1, ?2, 'wanted', 0, ?3)")?
            .execute(params![item, &Role::Original.text(), DISPUTED])?;
        Ok(())
    }

    /// A role whose file is in the archive.
    pub(crate) fn done(&self, item: i64, role: Role, done: &Done<'_>) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached(
                "INSERT INTO roles (item, role, file, state, how, run, note, recheck_after) VALUES (?1, ?2, ?3, 'done', ?4, ?5, ?6, ?7)
                 ON CONFLICT (item, role) DO UPDATE SET file = ?3, state = 'done', how = ?4, run = ?5, note = ?6,
                     recheck_after = ?7, cause = NULL, attempts = 0, first_failed = NULL, last_tried = NULL",
            )?
            .execute(params![
                item,
                role.text(),
                done.file,
                done.how.as_str(),
                done.run,
                done.note,
                done.recheck_after.map(|moment| moment.timestamp()),
            ])?;
        Ok(())
    }

    /// A kept file that was asked for once more and came the same: the question is settled.
    pub(crate) fn settle(&self, item: i64, role: Role) -> Result<(), ArchiveError> {
        self.transaction
            .prepare_cached("UPDATE roles SET recheck_after = NULL WHERE item = ?1 AND role = ?2")?
            .execute(params![item, role.text()])?;
        Ok(())
    }

    /// A role that has no file, and why. Failures are counted and keep their first date.
    pub(crate) fn not_done(
        &self,
        item: i64,
        role: Role,
        state: NotDone,
        cause: &str,
        run: i64,
        now: DateTime<Utc>,
    ) -> Result<(), ArchiveError> {
        let failed = state == NotDone::Failed;
        let is_claimed_done = failed && known_bad::makes(Flaw::FailedAsDone);
        let state = if is_claimed_done {
            "done"
        } else {
            state.as_str()
        };
        self.transaction
            .prepare_cached(
                "INSERT INTO roles (item, role, state, run, cause, attempts, first_failed, last_tried)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, iif(?6, ?7, NULL), ?7)
                 ON CONFLICT (item, role) DO UPDATE SET state = ?3, run = ?4, cause = ?5, attempts = attempts + ?6,
                     first_failed = iif(?6, coalesce(first_failed, ?7), first_failed), last_tried = ?7",
            )?
            .execute(params![item, role.text(), state, run, cause, i64::from(failed), now.timestamp()])?;
        Ok(())
    }
}

/// The note of a role whose file must come from the source, until it has come.
pub(crate) const DISPUTED: &str = "what is there under its name is not what was stored";

/// What is recorded of a role whose file is in the archive.
pub(crate) struct Done<'a> {
    pub(crate) file: i64,
    pub(crate) how: How,
    pub(crate) run: i64,
    pub(crate) note: Option<&'a str>,
    pub(crate) recheck_after: Option<DateTime<Utc>>,
}

/// Why a role has no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotDone {
    /// Tried and not got; tried again by the next run.
    Failed,
    /// Not tried, for a reason that may pass.
    Skipped,
    /// Google no longer has it.
    Gone,
    /// There is no such file: a photo without a clip.
    None,
}

impl NotDone {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Gone => "gone",
            Self::None => "none",
        }
    }
}
