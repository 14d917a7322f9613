//! The error that ends a run, kept once, whoever meets it.

use std::sync::{Arc, Mutex, PoisonError};

use crate::http::Http;
use crate::sync::SyncError;

/// The first error that ends the run. Whoever meets it stops everybody.
#[derive(Default, Clone)]
pub(super) struct Fatal(Arc<Mutex<Option<SyncError>>>);

impl Fatal {
    pub(super) fn set(&self, error: SyncError, http: &Http) {
        self.note(error);
        http.stop.soon.cancel();
    }

    /// Nothing more can be listed, and what was listed is fetched all the same.
    pub(super) fn note(&self, error: SyncError) {
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A stop is what the others see when somebody has met the cause, and an end of listing alone ends nobody's work.
        let is_worse = first.as_ref().is_none_or(|first| match first {
            SyncError::Stopped => true,
            first => first.is_end_of_calls() && !matches!(error, SyncError::Stopped),
        });
        if is_worse {
            *first = Some(error);
        }
    }

    pub(super) fn take(&self) -> Option<SyncError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
