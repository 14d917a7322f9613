//! The error that ends a run, kept once, whoever meets it.

use std::sync::{Arc, Mutex, PoisonError};

use crate::http::Http;
use crate::sync::SyncError;

/// The first error that ends the run. Whoever meets it stops everybody.
#[derive(Default, Clone)]
pub(super) struct Fatal(Arc<Mutex<Option<SyncError>>>);

impl Fatal {
    pub(super) fn set(&self, error: SyncError, http: &Http) {
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A stop is what the others see when somebody has met the cause.
        if first.is_none() || matches!(*first, Some(SyncError::Stopped)) {
            *first = Some(error);
        }
        http.stop.soon.cancel();
    }

    pub(super) fn take(&self) -> Option<SyncError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
