//! What a dry run shows besides.

use std::sync::{Arc, Mutex, PoisonError};

use crate::sync::event::{Event, Reporter};
use crate::sync::summary::Planned;
use crate::ui::progress::{Progress, reporter};
use crate::ui::{Ui, escape};

/// A dry run: what would be fetched goes to stdout, a line each.
pub(crate) struct Plan {
    progress: Progress,
}

impl Plan {
    pub(crate) fn new(ui: Ui) -> Self {
        Self {
            progress: Progress::new(ui),
        }
    }
}

impl Reporter for Plan {
    fn event(&self, event: &Event<'_>) {
        if let Event::WouldFetch { path, why, .. } = event {
            let line = format!("{}\t{}", escape(path), why.as_str());
            match &self.progress.bar {
                Some(bar) => bar.suspend(|| Ui::data(&line)),
                None => Ui::data(&line),
            }
        }
        self.progress.event(event);
    }
}

/// The same for a script, which gets the list when all is known.
pub(crate) struct PlanList {
    progress: Arc<dyn Reporter>,
    files: Mutex<Vec<Planned>>,
}

impl PlanList {
    pub(crate) fn new(ui: Ui) -> Self {
        Self {
            progress: reporter(ui),
            files: Mutex::default(),
        }
    }

    /// What would be fetched, in the order in which it was listed.
    pub(crate) fn take(&self) -> Vec<Planned> {
        std::mem::take(&mut self.files.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Reporter for PlanList {
    fn event(&self, event: &Event<'_>) {
        if let Event::WouldFetch { path, id, why } = event {
            let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
            files.push(Planned {
                path: (*path).to_owned(),
                id: (*id).to_owned(),
                why: why.as_str(),
            });
        }
        self.progress.event(event);
    }
}
