//! `credentials/picker_sessions.json`: the selections that are not finished yet, so that `pick --resume` can go on.
//!
//! With the sign-in, a session's id opens what was selected: the file is its owner's alone.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::archive::ArchiveError;
use crate::durable::{self, Readers};
use crate::google::picker::PickingSession;

/// Selections that are not finished, oldest first.
pub(in crate::commands) struct Kept {
    path: PathBuf,
    pub(in crate::commands) sessions: Vec<KeptSession>,
    /// The file was there and made no sense.
    pub(in crate::commands) was_damaged: bool,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::commands) struct KeptSession {
    pub(super) id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::commands) begun: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::commands) expires: Option<DateTime<Utc>>,
    /// Everything of it is here; only Google has not been told.
    #[serde(default)]
    pub(in crate::commands) fetched: bool,
    /// So many items Google has listed of it. Fewer are not all of it.
    #[serde(default)]
    pub(super) listed: usize,
}

impl KeptSession {
    /// Whether Google may have let it go. `now` is by Google's clock.
    pub(super) fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}

#[derive(Default, Serialize, Deserialize)]
struct File {
    sessions: Vec<KeptSession>,
}

/// What the file may be long: some hundred selections.
const MOST: u64 = 256 << 10;

impl Kept {
    pub(in crate::commands) fn load(credentials: &Path) -> Result<Self, ArchiveError> {
        let path = credentials.join("picker_sessions.json");
        let (file, was_damaged) = match read(&path) {
            Ok(text) => match serde_json::from_slice(&text) {
                Ok(file) => (file, false),
                Err(_) => (File::default(), true),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => (File::default(), false),
            Err(error) => {
                return Err(ArchiveError::storage(
                    "read",
                    path.display().to_string(),
                    error,
                ));
            }
        };
        Ok(Self {
            path,
            sessions: file.sessions,
            was_damaged,
        })
    }

    /// Remembers a selection, durably.
    pub(super) fn keep(
        &mut self,
        session: &PickingSession,
        now: DateTime<Utc>,
    ) -> Result<(), ArchiveError> {
        self.sessions.push(KeptSession {
            id: session.id.clone(),
            begun: Some(now),
            expires: session.expires,
            fetched: false,
            listed: 0,
        });
        self.save()
    }

    /// So many items of this selection are known to be there.
    pub(super) fn listed(&mut self, id: &str, items: usize) -> Result<(), ArchiveError> {
        for session in &mut self.sessions {
            if session.id == id {
                session.listed = items;
            }
        }
        self.save()
    }

    pub(super) fn find(&self, id: &str) -> Option<&KeptSession> {
        self.sessions.iter().find(|session| session.id == id)
    }

    /// Everything of these selections is here, and those Google no longer has.
    pub(super) fn settle(&mut self, here: &[String], gone: &[String]) -> Result<(), ArchiveError> {
        for session in &mut self.sessions {
            session.fetched |= here.contains(&session.id);
        }
        self.sessions.retain(|session| !gone.contains(&session.id));
        self.save()
    }

    /// Fails where a selection could not be remembered: then none is to be begun.
    pub(super) fn check(&self) -> Result<(), ArchiveError> {
        self.save()
    }

    pub(super) fn forget(&mut self, id: &str) -> Result<(), ArchiveError> {
        self.sessions.retain(|session| session.id != id);
        self.save()
    }

    fn save(&self) -> Result<(), ArchiveError> {
        let storage =
            |error| ArchiveError::storage("write", self.path.display().to_string(), error);
        let file = File {
            sessions: self.sessions.clone(),
        };
        let text = serde_json::to_vec_pretty(&file).map_err(|error| storage(error.into()))?;
        durable::replace(&self.path, Readers::Owner, &text).map_err(storage)?;
        if self.sessions.is_empty() {
            std::fs::remove_file(&self.path).map_err(storage)?;
        }
        Ok(())
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    durable::open_regular(path)?
        .take(MOST)
        .read_to_end(&mut text)?;
    Ok(text)
}
