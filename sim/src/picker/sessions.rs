//! Picking sessions: who may use which, what has been picked, and what clients have done with them.

use std::collections::HashSet;

use aws_lc_rs::rand;
use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use hyper::StatusCode;

use crate::library::index::id_hash;
use crate::picker::{Gone, Picker};
use crate::reply::Reply;
use crate::route::PICKER_PAGE;

/// A picking session as it stands at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickerSession {
    pub id: String,
    /// The page, without `/autoclose`.
    pub picker_uri: String,
    /// `maxItemCount` after what Google does to it.
    pub max_items: usize,
    pub expires: DateTime<Utc>,
    /// How often clients asked for it.
    pub polls: u32,
    /// Ids as the Picker gives them. `None` until somebody has pressed Done.
    pub picked: Option<Vec<String>>,
    pub deleted: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Sessions {
    /// Oldest first. Deleted and expired ones stay, to be told from those that never were.
    pub(crate) all: Vec<Session>,
    /// Hashes of items whose bytes have been served, in whatever session.
    pub(crate) fetched: HashSet<u64>,
}

#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) max_items: usize,
    pub(crate) created_ms: i64,
    pub(crate) expires_ms: i64,
    pub(crate) polls: u32,
    /// Ids of items of the world.
    pub(crate) picked: Option<Vec<String>>,
    pub(crate) deleted: bool,
    pub(crate) manners: Manners,
}

/// How a client polls a session.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Manners {
    /// When the session was last asked for or made.
    pub(crate) last_ms: i64,
    /// Polls in a row that came too soon.
    pub(crate) hasty: u32,
    /// The last answer left nothing to poll for.
    pub(crate) over: bool,
}

impl Sessions {
    pub(crate) fn open(&mut self, max_items: usize, now_ms: i64, picker: &Picker) -> &Session {
        let life = i64::try_from(picker.session_seconds.saturating_mul(1000));
        self.all.push(Session {
            id: uuid(),
            max_items,
            created_ms: now_ms,
            expires_ms: now_ms.saturating_add(life.unwrap_or(i64::MAX)),
            polls: 0,
            picked: None,
            deleted: false,
            manners: Manners {
                last_ms: now_ms,
                ..Manners::default()
            },
        });
        &self.all[self.all.len() - 1]
    }

    /// Living or not.
    pub(crate) fn find(&mut self, id: &str) -> Option<&mut Session> {
        self.all.iter_mut().find(|session| session.id == id)
    }

    /// By the hash of its id, which is what a base URL carries.
    pub(crate) fn find_hashed(&self, hash: u64) -> Option<&Session> {
        self.all.iter().find(|session| id_hash(&session.id) == hash)
    }

    pub(crate) fn living(&self, now_ms: i64) -> usize {
        let living = self.all.iter().filter(|session| session.lives(now_ms));
        living.count()
    }

    /// A session that can be used, or the refusal.
    pub(crate) fn living_mut(
        &mut self,
        id: &str,
        now_ms: i64,
        picker: &Picker,
    ) -> Result<&mut Session, Reply> {
        self.find(id)
            .filter(|session| session.lives(now_ms))
            .ok_or_else(|| picker.gone.refusal())
    }
}

impl Session {
    pub(crate) fn lives(&self, now_ms: i64) -> bool {
        !self.deleted && now_ms < self.expires_ms
    }

    pub(crate) fn uri(&self, endpoint: &str) -> String {
        format!("{endpoint}{PICKER_PAGE}{}", self.id)
    }

    /// What is left of `timeoutIn`, in milliseconds.
    pub(crate) fn patience_ms(&self, now_ms: i64, picker: &Picker) -> Option<i64> {
        let whole = i64::try_from(picker.timeout_seconds?.saturating_mul(1000)).unwrap_or(i64::MAX);
        let left = whole
            .saturating_sub(now_ms.saturating_sub(self.created_ms))
            .max(0);
        Some(if picker.timeout_counts_down || left == 0 {
            left
        } else {
            whole
        })
    }
}

impl Gone {
    fn refusal(self) -> Reply {
        const MESSAGE: &str = "Requested entity was not found.";
        match self {
            Self::NotFound => Reply::error(StatusCode::NOT_FOUND, MESSAGE),
            Self::InvalidArgument => Reply::bad_request("Invalid session ID."),
            Self::FailedPrecondition => Reply::failed_precondition(MESSAGE),
        }
    }
}

/// A random UUID of version 4, the form that the reference shows (§5.2).
fn uuid() -> String {
    let mut noise = [0; 16];
    // Without randomness all sessions would be one, which no test would overlook.
    _ = rand::fill(&mut noise);
    noise[6] = noise[6] & 0x0f | 0x40;
    noise[8] = noise[8] & 0x3f | 0x80;
    let hex = HEXLOWER.encode(&noise);
    [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ]
    .join("-")
}
