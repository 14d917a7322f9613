//! Large files that a cut does not send back to their first byte, within a run and from one run to the next.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::archive::command::Command;
use crate::archive::parts::Part;
use crate::http::retry::Failure;
use crate::media::item::Role;
use crate::sync::fetch::Fetcher;
use crate::sync::sink::Sink;

/// What earlier runs have begun, until somebody goes on with it.
pub(crate) struct Parts(Mutex<HashMap<(i64, Role), Part>>);

/// Whose file: the item's row in the index, and the role.
pub(super) type Owner = (i64, Role);

impl Parts {
    pub(crate) fn new(parts: Vec<Part>) -> Self {
        let parts = parts.into_iter();
        Self(Mutex::new(
            parts.map(|part| ((part.item, part.role), part)).collect(),
        ))
    }

    fn take(&self, owner: Owner) -> Option<Part> {
        let mut parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        parts.remove(&owner)
    }
}

impl Fetcher {
    /// What an earlier run has left of this file.
    pub(super) async fn reopen(&self, owner: Owner) -> Option<Sink> {
        let part = self.parts.take(owner)?;
        let (store, name) = (self.store.clone(), part.temp.clone());
        let reopened = tokio::task::spawn_blocking(move || {
            let sink = Sink::reopen(store.clone(), &part);
            if !matches!(sink, Ok(Some(_))) {
                let _ = store.remove_temp(&name);
            }
            sink
        });
        if let Ok(Ok(Some(sink))) = reopened.await {
            return Some(sink);
        }
        tracing::debug!("the beginning of a file is not what it was; fetching it anew");
        self.forget(owner).await;
        None
    }

    /// Makes durable what has come so far, and has it remembered: the next run goes on from there.
    pub(super) async fn keep(&self, owner: Owner, mut sink: Sink) -> Result<Sink, Failure> {
        let kept = tokio::task::spawn_blocking(move || {
            let kept = sink.keep(owner.0, owner.1);
            (sink, kept)
        });
        let (sink, kept) = kept
            .await
            .map_err(|error| Failure::Refused(error.to_string()))?;
        match kept {
            Ok(Some(part)) => {
                // Fails only when the committer has stopped, which tells its own story.
                let _ = self.commands.send(Command::KeepPart(Box::new(part))).await;
                Ok(sink)
            }
            Ok(None) => Ok(sink),
            // After a failed sync nothing is known of the bytes, and a second one would succeed without them.
            Err(error) => {
                self.drop_sink(owner, sink).await;
                Err(Failure::Disk(error))
            }
        }
    }

    /// Begins again: neither the file nor the memory of it is of use any more.
    pub(super) async fn drop_sink(&self, owner: Owner, sink: Sink) {
        let was_kept = sink.kept > 0;
        let _ = tokio::task::spawn_blocking(move || sink.discard()).await;
        if was_kept {
            self.forget(owner).await;
        }
    }

    pub(super) async fn forget(&self, (item, role): Owner) {
        let _ = self.commands.send(Command::ForgetPart { item, role }).await;
    }
}
